"""Invariant 3 and 4 on the simulator while members join: who joins gets all that is said from then on and nothing older, over any
relay, whatever is cut or crashes meanwhile; and the others get all of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
import registers
from dramas import Drama, check_sound
from histories import breaks, hold
from ports import AMBER, LIMBURG, SCHELDT
from simulator import FOUR, World

from federation import dues, gaps
from node.commands import entitled, epoch
from node.store import feeds
from node.store.feeds import FeedRole
from policies.clearance import may_follow
from policies.decision import Decision, Permit
from protocol.label import parse
from protocol.register import build_register
from protocol.register_view import Register


@pytest.fixture(autouse=True)
def _short_pushes(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (gaps, dues):
        monkeypatch.setattr(module, "PUSH_LAG", 5)


def register(version: int, *, joined: bool) -> Register:
    """The Scheldt's ports, with Limburg since version 5 or without it."""
    board = registers.board()
    if joined:
        board["communities"]["ports-scheldt"]["members"]["port-limburg"] = 5
        board["communities"]["ports-scheldt"]["serving"].append("port-limburg")
    return build_register(
        board, registers.nodes(), version=version, hash=bytes([version] * 32), expires_ms=registers.EXPIRES
    )


async def joins(seed: int) -> None:
    """Limburg becomes a member in the middle of a drama; some nodes know it before others."""
    world = World(seed)
    drama = Drama(world, labels=(AMBER, SCHELDT, SCHELDT))
    await drama.play(10)
    old = {secret.marker for secret in drama.secrets if LIMBURG not in secret.readers}
    world.restart_all()
    first = world.random.choice(FOUR)
    world.publish_register(register(5, joined=True), first)
    await drama.play(10)
    world.restart_all()
    world.heal()
    await asyncio.sleep(60)
    new = [drama.publish(world.nodes[name], SCHELDT, "afterwards") for name in FOUR if name != LIMBURG]
    await drama.end_well()
    check_sound(world)
    _check_all_have_theirs(world)
    got = b"".join(world.got[LIMBURG])
    assert not [marker for marker in old if marker in got], "who joined was sent what is older"
    for one in new:
        assert len(world.nodes[LIMBURG].contents(one.feed.feed)) > one.index, "who joined lacks what is new"


def _check_all_have_theirs(world: World) -> None:
    now = world.registers[-1]
    for origin in world.nodes.values():
        assert origin.register is now, f"{origin.name} has register {origin.register.version}"
        for row in origin.port.store.read(feeds.every):
            if not row.own or row.role is not FeedRole.RECORDS:
                continue
            wanted = origin.contents(row.feed)
            for name, node in world.nodes.items():
                may = may_follow(
                    now.nodes[name],
                    parse(row.label),
                    now,
                    origin=origin.name,
                    epoch_since=row.register_version,
                )
                held = node.contents(row.feed)
                if name != origin.name:
                    assert held == (wanted if isinstance(may, Permit) else []), (
                        f"{name} holds {len(held)} of {len(wanted)}"
                    )


def test_who_joins_gets_what_is_said_from_then_on_and_nothing_older() -> None:
    hold(joins, of=10)


def test_an_origin_that_goes_on_in_the_old_epoch_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epoch, "joined_since", lambda *_, **__: False)
    assert breaks(joins, of=5, seeing="lacks what is new")


def test_a_node_that_forgets_when_an_epoch_began_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[..., Decision] = may_follow

    def forgetful(node, label, register, *, origin, epoch_since=None, now=None):  # type: ignore[no-untyped-def]
        return real(node, label, register, origin=origin, now=now)

    monkeypatch.setattr(entitled, "may_follow", forgetful)
    assert breaks(joins, of=5, seeing="what is older|holds")
