"""Scrubbing a database under a real store: readers and writers go on, nothing of theirs is harmed, and no lock on the file is lost."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from node.store.errors import StoreBroken
from node.store.scrub import MAX_PAGES, scrub
from node.store.sqlite import SqliteStore
from node.store.unit import Reader, Tx

ROWS = 400
PAUSE_S = 0.002  # between two reads of a thread: without, a slow machine has no moment in which nobody reads


def filled(store: SqliteStore, draws: random.Random) -> dict[int, bytes]:
    """Rows in the table of drafts' neighbour `raised`, grown after others came between: what balancing moves."""
    texts = {n: draws.randbytes(draws.randint(20, 900)).hex().encode() for n in range(ROWS)}
    order = list(texts)
    draws.shuffle(order)
    for start in range(0, ROWS, 20):
        part = order[start : start + 20]
        store.write(_putting(dict.fromkeys(part, b"short"))).result()
    for start in range(0, ROWS, 20):
        part = order[start : start + 20]
        store.write(_putting({n: texts[n] for n in part})).result()
    return texts


def _putting(texts: Mapping[int, bytes]) -> Callable[[Tx], None]:
    def act(tx: Tx) -> None:
        for number, text in texts.items():
            _put(tx, number, text)

    return act


def _put(tx: Tx, number: int, text: bytes) -> None:
    tx.run(
        "INSERT OR REPLACE INTO draft (record, version, kind, content_type, content, lasts_ms, state, owner, editor, created_ms, "
        "updated_ms, revision, replaces_version, removes, leaves_ms, trouble) VALUES (?, 1, '', '', ?, 0, '', '', '', 0, 0, 1, 0, 0, 0, '')",
        *(number.to_bytes(16, "big"), text),
    )


def kept(reader: Reader) -> dict[int, bytes]:
    rows = reader.all("SELECT record, content FROM draft")
    return {int.from_bytes(record, "big"): content for record, content in rows}


async def whole(store: SqliteStore, *, tries: int = 5_000) -> int:
    """A whole pass, while others read and write; how often something was in the way."""
    page, busy = 1, 0
    while page:
        after = await store.scrub(page)
        if after is None:
            busy += 1
            assert busy < tries
            await asyncio.sleep(0)
            continue
        page = after
    return busy


def test_a_pass_harms_nothing_that_is_read_and_written_meanwhile(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "node.db")
    texts = filled(store, random.Random(1))
    gone = set(range(0, ROWS, 3))
    for number in gone:
        record = number.to_bytes(16, "big")
        store.write(lambda tx, r=record: tx.run("DELETE FROM draft WHERE record = ?", r)).result()  # type: ignore[misc]
    stop, wrong = threading.Event(), list[str]()

    def write() -> None:
        number = ROWS
        while not stop.wait(PAUSE_S):
            number += 1
            store.write(lambda tx, n=number: _put(tx, n, b"new")).result()  # type: ignore[misc]

    def read() -> None:
        while not stop.wait(PAUSE_S):
            held = store.read(kept)
            wrong.extend(str(n) for n in texts if n not in gone and held.get(n) != texts[n])

    threads = [threading.Thread(target=work) for work in (write, read, read)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(3):
            asyncio.run(whole(store))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    asyncio.run(whole(store))
    disk = (tmp_path / "node.db").read_bytes()
    held = store.read(kept)
    assert not wrong
    assert {n: held[n] for n in texts if n not in gone} == {n: t for n, t in texts.items() if n not in gone}
    assert not [n for n in gone if texts[n][:32] in disk]
    assert store.read(lambda r: r.one("PRAGMA integrity_check")) == ("ok",)
    store.close()


def test_a_reader_in_the_middle_of_something_puts_it_off(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "node.db")
    filled(store, random.Random(2))
    with sqlite3.connect(tmp_path / "node.db", isolation_level=None) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM draft").fetchone()
        store.write(lambda tx: _put(tx, 9_999, b"later")).result()
        assert asyncio.run(store.scrub(1)) is None
        other.execute("COMMIT")
    assert asyncio.run(store.scrub(1)) is not None
    store.close()


def test_another_process_that_closes_does_not_take_itself_for_the_last(tmp_path: Path) -> None:
    """Closing a descriptor of the file would drop this process's locks, and the log would be removed under the store."""
    store = SqliteStore(tmp_path / "node.db")
    filled(store, random.Random(3))
    asyncio.run(whole(store))
    store.write(lambda tx: _put(tx, 9_999, b"after")).result()
    words = f"import sqlite3; c = sqlite3.connect({str(tmp_path / 'node.db')!r}); print(c.execute('SELECT count(*) FROM draft').fetchone()[0]); c.close()"
    told = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == str(ROWS + 1)
    assert (tmp_path / "node.db-wal").stat().st_size > 0
    store.write(lambda tx: _put(tx, 10_000, b"again")).result()
    assert len(store.read(kept)) == ROWS + 2
    store.close()


def test_a_closed_descriptor_would_be_seen(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "node.db")
    filled(store, random.Random(3))
    os.close(os.open(tmp_path / "node.db", os.O_RDWR))
    store.write(lambda tx: _put(tx, 9_999, b"after")).result()
    words = f"import sqlite3; c = sqlite3.connect({str(tmp_path / 'node.db')!r}); c.execute('SELECT count(*) FROM draft').fetchone(); c.close()"
    subprocess.run([sys.executable, "-c", words], check=True)
    assert not (tmp_path / "node.db-wal").exists()


def test_what_is_too_large_to_tell_its_pages_apart_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "large.db"
    with path.open("wb") as file:
        file.write(b"SQLite format 3\x00" + struct.pack(">H", 512) + bytes(494))
        file.truncate(512 * MAX_PAGES)
    descriptor = os.open(path, os.O_RDWR)
    try:
        with pytest.raises(StoreBroken, match="too many pages"):
            scrub(descriptor, 1, 10)
    finally:
        os.close(descriptor)
