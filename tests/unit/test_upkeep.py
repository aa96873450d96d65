"""Content leaves when its time is over, and not while the clock is in doubt."""

from __future__ import annotations

import asyncio
import errno
import hashlib
from typing import Any

import files_here
import officers_here
import ports
import pytest
from officers_here import officer, readable
from record_examples import example
from structlog.testing import capture_logs
from virtual_time import run

from node.blobs import Owner, of_entry
from node.commands import search
from node.peers import CLOCK_DOUBT_MS, PeerBoard
from node.store import entries
from node.store.errors import StoreFull
from node.upkeep import Upkeep

DAY = 86_400_000


BAN = "BE:NONE//TLP:AMBER//AUD ports-be//CAVEAT NO-EXPORT,PERSONAL"


def contents(port: ports.Port, number: int) -> list[bool]:
    return [row.content is not None for row in port.store.read(lambda r: entries.between(r, number, 1, 100))]


def passed(port: ports.Port, board: PeerBoard) -> None:
    async def main() -> None:
        task = asyncio.create_task(Upkeep(port.ctx, board).run())
        await asyncio.sleep(61)
        task.cancel()

    run(main())


def test_content_past_its_retention_is_destroyed_and_the_rest_stays() -> None:
    port = ports.port()
    first = port.release()
    port.clock.at += 20 * DAY
    port.release()
    port.clock.at += 10 * DAY
    passed(port, PeerBoard())
    assert contents(port, first.feed.number) == [False, True]


def test_once_a_day_it_says_how_much_ends_soon_and_whose_it_is_nowhere() -> None:
    port, said = ports.port(), "roles, seats or clearances end soon"
    officers_here.hire(port, "a.peeters")
    port.clock.at += 295 * DAY
    with capture_logs() as logs:

        async def main() -> None:
            task = asyncio.create_task(Upkeep(port.ctx, PeerBoard()).run())
            await asyncio.sleep(200)
            port.clock.at += DAY
            await asyncio.sleep(61)
            task.cancel()

        run(main())
    told = [line for line in logs if line["event"] == said]
    assert [line["within_7_days"] for line in told] == [1, 1]  # the clearance; roles end later
    assert "peeters" not in str(logs)


def test_nothing_is_destroyed_while_the_clock_is_far_from_its_peers() -> None:
    port, board = ports.port(), PeerBoard()
    first = port.release()
    port.clock.at += 40 * DAY
    board.update(ports.LIEGE, connected=True, ahead_ms=-CLOCK_DOUBT_MS - 1)
    passed(port, board)
    assert contents(port, first.feed.number) == [True]
    board.update(ports.LIEGE, ahead_ms=0)
    passed(port, board)
    assert contents(port, first.feed.number) == [False]


@pytest.mark.parametrize("ahead_ms", [CLOCK_DOUBT_MS + 1, 0])
def test_no_ban_ends_while_the_clock_is_far_from_its_peers(ahead_ms: int) -> None:
    board = PeerBoard()
    port = ports.port()
    object.__setattr__(port.ctx, "in_doubt", board.in_doubt)
    board.update(ports.LIEGE, connected=True, ahead_ms=ahead_ms)
    who, memory = officer(port).reading, readable(port)
    port.publish(example("port_ban"), BAN)
    port.clock.at += 2 * DAY
    (found,) = port.store.read(lambda r: search.newest(r, port.ctx, memory, who)).rows
    assert (found.state is search.State.EXPIRED) == (ahead_ms == 0)


def test_a_full_disk_does_not_end_retention_and_is_said_once() -> None:
    port = ports.port()
    first = port.release()
    port.clock.at += 40 * DAY
    failing, real = [3], port.store.awrite

    async def awrite(act: Any, *, urgent: bool = False) -> Any:
        if failing[0]:
            failing[0] -= 1
            raise StoreFull("the disk is full (SQLITE_FULL)")
        return await real(act, urgent=urgent)

    port.store.awrite = awrite  # type: ignore[method-assign]

    async def main() -> None:
        task = asyncio.create_task(Upkeep(port.ctx, PeerBoard()).run())
        await asyncio.sleep(60 * 5 + 1)
        assert not task.done()
        task.cancel()

    with capture_logs() as lines:
        run(main())
    assert contents(port, first.feed.number) == [False]
    said = [line["event"] for line in lines]
    assert said.count("a pass over the store failed: nothing is destroyed until one succeeds") == 1
    assert said.count("a pass over the store succeeded again") == 1


def test_a_file_that_cannot_be_destroyed_ends_nothing_is_said_once_and_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    port = ports.port()
    stuck, other = b"stuck", b"other"
    first = files_here.release(port, stuck, other)
    port.clock.at += 40 * DAY
    failing, real = [3], port.ctx.blobs.drop

    def drop(owner: Owner, sha256: bytes) -> None:
        if sha256 == hashlib.sha256(stuck).digest() and failing[0]:
            failing[0] -= 1
            raise PermissionError(errno.EACCES, "not allowed", "a name")
        real(owner, sha256)

    monkeypatch.setattr(port.ctx.blobs, "drop", drop)

    def here(data: bytes) -> bool:
        owner = of_entry(files_here.key_of(port, first))
        return port.ctx.blobs.held(owner, hashlib.sha256(data).digest())

    async def main() -> None:
        upkeep = Upkeep(port.ctx, PeerBoard())
        for _ in range(3):
            await upkeep.pass_once()
            assert (here(stuck), here(other)) == (True, False)
        await upkeep.pass_once()
        assert not here(stuck)

    with capture_logs() as lines:
        asyncio.run(main())
    said = [line for line in lines if "files whose time" in line["event"]]
    assert [line["log_level"] for line in said] == ["error", "info"]
    assert (said[0]["why"], said[0]["files"]) == ("not allowed", 1)


def test_while_a_file_cannot_be_destroyed_the_database_is_not_scrubbed_for_what_waits_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    port = ports.port()
    stuck, real, scrub = [True], port.ctx.blobs.drop, port.store.scrub
    scrubs: list[int] = []

    def drop(owner: Owner, sha256: bytes) -> None:
        if stuck:
            raise PermissionError(errno.EACCES, "not allowed", "a name")
        real(owner, sha256)

    async def counted(page: int) -> int | None:
        scrubs.append(page)
        return await scrub(page)

    monkeypatch.setattr(port.ctx.blobs, "drop", drop)
    monkeypatch.setattr(port.store, "scrub", counted)
    monkeypatch.setattr("node.upkeep.destroy.unfinished", lambda _: True)

    async def main() -> None:
        upkeep = Upkeep(port.ctx, PeerBoard())
        upkeep._left = [(of_entry(1), bytes(32))]
        for _ in range(3):
            await upkeep.pass_once()
        assert not scrubs
        stuck.clear()
        await upkeep.pass_once()
        assert scrubs

    asyncio.run(main())
