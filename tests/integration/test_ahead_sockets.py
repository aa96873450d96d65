"""Over real sockets: an alert raised while a long backlog is being fetched stands at the reader before the backlog."""

from __future__ import annotations

from pathlib import Path

from ports import AMBER, ANTWERP, NORTH_SEA, Port
from record_examples import example
from stations import Federation, Station, tell

from node.commands.append import append
from node.commands.publish import Released
from node.store.changes import Change, ChangeKind
from protocol.entry import SALT, build_publish
from protocol.fields import DAY_MS
from protocol.ids import FeedId, UnixMs, new_record_id
from protocol.label import parse
from protocol.record import content_type, serialise

MANY = 20_000
AT_ONCE = 2_000


def backlog(at: Port, count: int) -> FeedId:
    """So many notices in one feed, in few transactions."""
    ctx = at.ctx
    register, content = ctx.register, serialise(example("notice"))
    now, label = ctx.now(), parse(AMBER)
    for _ in range(count // AT_ONCE):
        run = [
            build_publish(
                record_id=new_record_id(now, ctx.random),
                version=1,
                content_type=content_type("notice"),
                content=content,
                salt=ctx.random(SALT),
                issued_ms=now,
                retain_until_ms=UnixMs(now + 30 * DAY_MS),
                register=register.version,
            )
            for _ in range(AT_ONCE)
        ]
        done = at.store.write(lambda tx, run=run: append(tx, ctx, label, run, register)).result()  # type: ignore[misc]
    return done.feed.feed


def stands(at: Station, one: Released) -> bool:
    query = "SELECT 1 FROM entry WHERE record = ? AND standing = 1"
    return bool(at.store.read(lambda r: r.all(query, one.record)))


def test_an_alert_raised_during_a_long_backlog_stands_before_it_is_there(tmp_path: Path) -> None:
    async def story(built: Federation) -> None:
        antwerp, ghent = built.stations
        feed = backlog(antwerp, MANY)
        order: list[tuple[int, bool]] = []

        def heard(change: Change) -> None:
            if change.kind is ChangeKind.FEED and change.feed == feed:
                order.append((change.size, bool(raised) and stands(ghent, raised[0])))

        raised: list[Released] = []
        ghent.heard = heard
        ghent.dial(antwerp)
        await ghent.until(lambda: ghent.size(feed) >= 256)
        raised.append(antwerp.release())
        await ghent.until(lambda: stands(ghent, raised[0]))
        await ghent.until(lambda: ghent.size(feed) == MANY + 2)
        first = next(size for size, there in order if there)
        assert first < MANY, "it waited for the backlog"
        await antwerp.until(
            lambda: (r := antwerp.receipt_of(ghent, feed)) and r.has(raised[0].index), "the receipt"
        )

    tell(tmp_path, story, ANTWERP, NORTH_SEA)
