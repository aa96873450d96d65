"""A member that is withdrawn until a day: its control feeds and the register until then, and from the day on nothing."""

from __future__ import annotations

import pytest
import registers
from ports import ANTWERP, LIEGE, Port, port

from node.commands import control, entitled
from node.commands.entitled import may_serve
from node.store import feeds
from policies.decision import Permit
from protocol.control import build_withdraw
from protocol.ids import FeedId, UnixMs
from protocol.register import Register

UNTIL = UnixMs(1_877_472_000_000)
"""2029-06-30, 00:00 UTC."""


def leaving() -> Register:
    organisations = registers.board()["organisations"]
    organisations["port-liege"]["withdrawn_until"] = "2029-06-30"
    return registers.register(version=4, organisations=organisations)


def named(at: Port, peer: Port) -> set[FeedId]:
    rows = at.store.read(feeds.every)
    return {row.feed for row in rows if may_serve(at.ctx, peer.name, row, at.ctx.register)}


@pytest.fixture
def antwerp() -> Port:
    """It gave Liège a record, and asks it under the new register to purge."""
    now: list[Register] = [registers.register()]
    made = port(ANTWERP, register=lambda: now[0])
    feed = made.release().feed.feed
    assert named(made, port(LIEGE)) == {feed}
    now[0] = leaving()
    entry = build_withdraw(feed=feed, issued_ms=made.ctx.now(), register=4)
    made.store.write(lambda tx: control.say(tx, made.ctx, LIEGE, [entry])).result()
    return made


def controls(at: Port) -> set[FeedId]:
    return {row.feed for row in at.store.read(feeds.every) if row.role is feeds.FeedRole.CONTROL}


def test_until_the_day_it_hears_what_it_must_purge_and_nothing_else(antwerp: Port) -> None:
    liege = port(LIEGE, register=leaving())
    antwerp.clock.at = UnixMs(UNTIL - 1)
    assert named(antwerp, liege) == controls(antwerp) != set()
    antwerp.release()  # for the others
    assert named(antwerp, liege) == controls(antwerp)


def test_from_the_day_on_it_is_told_nothing(antwerp: Port) -> None:
    antwerp.clock.at = UNTIL
    assert named(antwerp, port(LIEGE, register=leaving())) == set()
    assert not antwerp.ctx.register.member(LIEGE, UNTIL)


def test_without_the_question_it_would_be_told_on(antwerp: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault."""
    monkeypatch.setattr(entitled, "follows", lambda *given: Permit("label", register=4))
    antwerp.clock.at = UNTIL
    assert len(named(antwerp, port(LIEGE, register=leaving()))) > 1
