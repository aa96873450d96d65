"""What time takes away: shown no longer at the moment, destroyed in the next pass, never taken in again, still provable."""

from __future__ import annotations

import pytest
from inline_store import InlineStore
from officers_here import officer, readable
from ports import ANTWERP, NORTH_SEA, RETENTION, Port, port
from record_examples import NOW

from node.commands import expire, search
from node.commands.context import Settings
from node.commands.outcome import Accepted
from node.store import entries
from node.store.entries import EntryRow, Standing
from protocol.fields import DAY_MS


def swept(at: Port, *, scan: int = expire.SCAN) -> int:
    """One whole pass."""
    total, after = 0, 0
    while True:
        step = at.store.read(lambda r, a=after: expire.look(r, at.ctx, a, scan=scan))  # type: ignore[misc]
        total += at.store.write(lambda tx, due=step.due: expire.forget(tx, at.ctx, due)).result().entries  # type: ignore[misc]
        after = step.next
        if not after:
            return total


def shown(at: Port) -> list[search.State]:
    who = officer(at, f"o{at.clock.at}")
    listed = at.store.read(lambda r: search.newest(r, at.ctx, readable(at), who.reading))
    return [row.state for row in listed.rows]


def contents(at: Port) -> list[tuple[int, bool]]:
    rows = at.store.read(
        lambda r: r.all(
            "SELECT e.standing, e.content IS NOT NULL FROM entry e JOIN feed f ON f.number = e.feed WHERE f.role = 0 AND op = 2 ORDER BY key"
        )
    )
    return [(row[0], bool(row[1])) for row in rows]


@pytest.mark.parametrize("scan", [1, 2, 2000])
def test_content_past_its_retention_is_destroyed_and_the_log_still_proves(scan: int) -> None:
    antwerp, north = port(ANTWERP), port(NORTH_SEA)
    old = antwerp.release()
    antwerp.clock.at += 10 * DAY_MS
    antwerp.release()
    north.pull(antwerp, old.feed.feed)
    north.clock.at = NOW + 30 * DAY_MS - 1
    assert swept(north, scan=scan) == 0
    north.clock.at += 1
    assert swept(north, scan=scan) == 1
    assert contents(north) == [(Standing.ERASED, False), (Standing.CURRENT, True)]
    whole = antwerp.serve(north, old.feed.feed, 0)
    assert whole is not None
    taken = north.accept(whole)
    assert isinstance(taken, Accepted)
    assert (taken.filled, taken.size) == (0, 3)
    assert contents(north)[0] == (Standing.ERASED, False)


def test_withdrawn_content_stays_sealed_for_its_period_and_its_row_for_longer() -> None:
    short = Settings(retention={**RETENTION, expire.SEALED: 5 * DAY_MS})
    antwerp, north = port(ANTWERP), port(NORTH_SEA, settings=short)
    out = antwerp.release(kind="notice")
    antwerp.withdraw(out)
    north.pull(antwerp, out.feed.feed)
    north.clock.at += 5 * DAY_MS - 1
    assert swept(north) == 0
    north.clock.at += 1
    swept(north)
    assert contents(north) == [(Standing.RETRACTED, False)]
    assert shown(north) == [search.State.RETRACTED]
    batch = antwerp.serve(north, out.feed.feed, 0)
    assert batch is not None
    again = north.accept(batch)
    assert isinstance(again, Accepted)
    assert again.filled == 0


def test_what_is_past_its_retention_is_not_shown_even_before_it_is_destroyed() -> None:
    at = port()
    at.release()
    at.clock.at += 31 * DAY_MS
    assert search.state_of(_row(at.store), at.ctx.now()) is search.State.ERASED


def _row(store: InlineStore) -> EntryRow:
    row = store.read(lambda r: entries.get(r, 1, 1))
    assert row is not None
    return row
