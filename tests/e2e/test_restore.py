"""A real port whose database is put back to a backup: it says so, an alert goes out at once in a new epoch, and what was lost comes back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from officers_there import alert, signed_in, titles
from running import ANTWERP, LIEGE, Federation, looking, until

from node.store import feeds
from node.store.feeds import FeedRole, FeedRow, FeedState


@pytest.fixture
def federation(tmp_path: Path) -> Iterator[Federation]:
    with Federation.founded(tmp_path / "ports") as made:
        for name in (ANTWERP, LIEGE):
            made.add(name, "web", 'cancel_window = "0s"')
        yield made


def own(database: Path) -> dict[int, FeedRow]:
    """The feeds of records that Antwerp wrote, by epoch."""
    with looking(database) as reader:
        rows = feeds.every(reader)
    return {row.epoch: row for row in rows if row.origin == ANTWERP and row.role is FeedRole.RECORDS}


def heads(database: Path) -> dict[int, tuple[int, bytes]]:
    return {epoch: (row.size, row.root) for epoch, row in own(database).items()}


@pytest.mark.processes
def test_a_restored_port_contradicts_nothing_waits_for_nobody_and_gets_back_what_it_lost(
    federation: Federation,
) -> None:
    database = federation.port(ANTWERP).folder / "data" / "node.db"
    there = federation.port(LIEGE).folder / "data" / "node.db"
    running = federation.run(ANTWERP)
    visitor = signed_in(federation, ANTWERP)
    alert(visitor, "Before the backup")
    until("the release", lambda: "Before the backup" in titles(visitor))
    with closing(sqlite3.connect(database)) as disk:
        backup = disk.serialize()
    federation.run(LIEGE)
    alert(visitor, "After the backup")
    until("the other port to have both", lambda: own(there).get(1) is not None and own(there)[1].size == 3)
    signed = own(database)[1]
    running.kill()
    for more in ("-wal", "-shm"):
        database.with_name(database.name + more).unlink(missing_ok=True)
    database.write_bytes(backup)
    again = federation.run(ANTWERP)
    assert "it was restored" in again.log.read_text("utf-8")
    until("the lost entry", lambda: own(database)[1].size >= signed.size)
    visitor = signed_in(federation, ANTWERP)
    alert(visitor, "After the restore")
    until("the release", lambda: {"After the backup", "After the restore"} <= set(titles(visitor)))
    until("the other port to have all of it", lambda: heads(there) == heads(database))
    assert all(row.state is not FeedState.FORKED for row in own(there).values())
