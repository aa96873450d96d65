"""What a full disk does to a node's parts: the log stops nobody, the store says it once, bulk waits for the reserve."""

from __future__ import annotations

import errno
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from node import log
from node.space import Space
from node.store import writer
from node.store.errors import StoreFull
from node.store.sqlite import SqliteStore
from node.store.unit import Tx

PUT = "INSERT INTO attempt (subject, at_ms) VALUES (x'00', 1)"


class Disk(io.StringIO):
    """A log's file on a disk that may be full."""

    full = False

    def write(self, text: str) -> int:
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(text)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]


@pytest.fixture
def disk() -> Disk:
    made = Disk()
    log.configure("info", stream=made, node="port-a")
    return made


def test_a_log_without_room_stops_nobody_and_says_how_much_was_lost(disk: Disk) -> None:
    logger = log.get("room")
    logger.info("one")
    disk.full = True
    for _ in range(3):
        logger.error("two")
    disk.full = False
    logger.info("three")
    assert [line["event"] for line in disk.lines()] == ["one", "three", "lines of this log are lost"]
    assert disk.lines()[-1]["lines"] == 3


def limit(pages: int) -> Callable[[Tx], object]:
    return lambda tx: tx.all(f"PRAGMA max_page_count = {pages}")


def big(tx: Tx) -> None:
    tx.run("INSERT INTO one_time (hash, person, expires_ms) VALUES (zeroblob(100000), x'00', 0)")


def test_a_full_disk_is_said_once_and_that_it_is_over_once(
    disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqliteStore(tmp_path / "node.db")
    store.write(limit(1)).result()
    for _ in range(5):
        with pytest.raises(StoreFull):
            store.write(big).result()
        store.write(lambda tx: tx.run(PUT)).result()  # what is small still finds a place
    assert [(line["event"], line["level"]) for line in disk.lines()] == [
        ("the disk is full: nothing new is stored until there is room", "error")
    ]
    monkeypatch.setattr(writer, "ROOM_AGAIN_S", 0.0)
    store.write(limit(1 << 20)).result()
    for _ in range(3):
        store.write(big if _ == 0 else lambda tx: tx.run(PUT)).result()
    store.close()
    assert [line["event"] for line in disk.lines()][1:] == ["there is room on the disk again"]


def test_bulk_waits_while_there_is_less_room_than_the_reserve(disk: Disk, tmp_path: Path) -> None:
    assert Space(tmp_path, reserve=0).roomy()
    short = Space(tmp_path, reserve=1 << 62)
    assert [short.roomy() for _ in range(3)] == [False] * 3
    assert len(disk.lines()) == 1
    assert "limits.disk_reserve" in disk.lines()[0]["event"]


def test_bulk_goes_on_when_the_reserve_is_there_again(disk: Disk, tmp_path: Path) -> None:
    space = Space(tmp_path, reserve=1 << 62)
    assert not space.roomy()
    space._reserve = 0
    assert space.roomy()
    assert space.roomy()
    assert len(disk.lines()) == 2
