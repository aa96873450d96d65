"""A node that the register in force does not list any more: it refuses in words, keeps what its senses find, and loses nothing."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import ports
import pytest
from ais_samples import START, drive, ship
from google.protobuf.message import Message
from officers_here import MODEL, everyone, hire
from ports import ANTWERP, LIEGE, Port
from record_examples import example
from simulator import World
from virtual_time import run

from federation.node_desk import NodeDesk
from node.commands import draft, people, release
from node.commands.auto_release import take_detection
from node.commands.context import NoLongerListed
from node.commands.everyone import readership
from node.commands.outcome import Refusal
from node.detector import Bench, Detection, running
from node.exits import Refused
from node.store import drafts, feeds
from policies.auto_release import AutoRule, parse_rules
from policies.decision import Deny, DenyCode
from protocol.errors import Code
from protocol.fields import DAY_MS
from protocol.ids import FeedId, NodeId, UnixMs
from protocol.label import parse
from protocol.v1 import federation_pb2 as pb

RULES = b"""version = 1
[[rule]]
name = "ais-spoof"
detector = "impossible_speed"
severity_min = "Minor"
certainty_min = "Unlikely"
label = "BE:NONE//TLP:AMBER//AUD ports-be//PURPOSE navigation-safety,port-security"
expires = "24h"
"""


def finding() -> Detection:
    found = running("x", {"rule": "impossible_speed"}, Bench(folder=Path())).detector
    (one,) = drive(found, [ship(), ship(at=START + 1000, lat=52.5)], until=START + 9000)
    return one


def unlisted(port: Port) -> None:
    """Its register is followed by one without it."""
    before = port.ctx.register
    nodes = {name: node for name, node in before.nodes.items() if name != port.name}
    without = replace(before, version=before.version + 1, nodes=nodes)
    object.__setattr__(port.ctx, "registers", lambda: without)


def withdrawn(port: Port) -> None:
    """Its register says since when it is gone: now."""
    before = port.ctx.register
    entry = replace(before.nodes[port.name], withdrawn_until=port.ctx.now())
    after = replace(before, version=before.version + 1, nodes={**before.nodes, port.name: entry})
    object.__setattr__(port.ctx, "registers", lambda: after)


@pytest.fixture
def antwerp() -> Port:
    return ports.port()


def test_what_a_detector_finds_is_kept_and_does_not_leave(antwerp: Port) -> None:
    rules = parse_rules(RULES)
    assert isinstance(rules.rules[0], AutoRule)
    unlisted(antwerp)
    outcome = antwerp.store.write(
        lambda tx: take_detection(tx, antwerp.ctx, finding(), rules, readership(tx, antwerp.ctx, MODEL))
    ).result()
    assert outcome.released is None
    assert outcome.kept is not None
    assert (outcome.kept.code, outcome.kept.rule) == (DenyCode.SUSPENDED, "listed")
    assert [row.record for row in antwerp.store.read(drafts.waiting)] == [outcome.draft.record]
    assert antwerp.store.read(feeds.every)[0].role is feeds.FeedRole.AUDIT


def test_a_release_is_refused_in_words(antwerp: Port) -> None:
    who = hire(antwerp, "a.peeters")
    visitor = antwerp.store.read(lambda r: people.visitor(r, antwerp.ctx, MODEL, uuid.UUID(who).bytes))
    assert visitor is not None
    message = example("alert")
    message.common.legal_basis = "port-security-be"
    row = antwerp.store.write(
        lambda tx: draft.make(tx, antwerp.ctx, message, owner=who, label=parse(ports.AMBER))
    ).result()
    unlisted(antwerp)
    plan = antwerp.store.read(
        lambda r: release.preview(r, antwerp.ctx, row.record, officer=visitor, people=everyone(antwerp))
    )
    assert isinstance(plan, Deny)
    assert "does not list this node" in plan.words


def test_nobody_is_anybody_there(antwerp: Port) -> None:
    who = uuid.UUID(hire(antwerp, "a.peeters")).bytes
    assert len(everyone(antwerp)) == 1
    unlisted(antwerp)
    assert len(everyone(antwerp)) == 0
    assert antwerp.store.read(lambda r: people.visitor(r, antwerp.ctx, MODEL, who)) is None


def test_a_batch_is_refused_as_a_matter_of_registers(antwerp: Port) -> None:
    liege = ports.port(LIEGE)
    released = liege.release()
    batch = liege.serve(antwerp, released.feed.feed, 0)
    assert batch is not None
    unlisted(antwerp)
    outcome = antwerp.accept(batch, liege)
    assert isinstance(outcome, Refusal)
    assert outcome.code is Code.OLD_REGISTER
    assert not outcome.ends_session
    assert not outcome.refuses_feed


def test_to_ask_for_its_rights_anyway_is_a_refusal_for_a_person(antwerp: Port) -> None:
    unlisted(antwerp)
    with pytest.raises(NoLongerListed, match=rf"{ANTWERP}: register \d+ does not list this node") as error:
        antwerp.ctx.entry(antwerp.ctx.register)
    assert isinstance(error.value, Refused)


def _told(desk: NodeDesk, peer: NodeId, feeds: list[FeedId]) -> list[object]:
    """Everything that names or serves a feed."""

    async def ask() -> list[object]:
        found: list[object] = [
            [head.feed for head in await desk.holdings(peer)],
            list(await desk.behind(peer)),
        ]
        found += [[FeedId(one.feed) for one in await desk.receipts_for(peer)]]
        for feed in feeds:
            due, piece = await desk.due(peer, feed, 0, 64), await desk.run(peer, feed, 0, 0, 64)
            found += [desk.may_serve(peer, feed), desk.size_for(peer, feed), due is not None, piece.count]
        return found

    return asyncio.run(ask())


@pytest.mark.parametrize("leave", [unlisted, withdrawn])
def test_it_serves_and_names_nothing(antwerp: Port, leave: Any) -> None:
    liege = ports.port(LIEGE)
    theirs = liege.release().feed.feed
    antwerp.pull(liege, theirs)
    own = antwerp.release().feed.feed
    desk = NodeDesk(antwerp.ctx, cast("Any", None))
    before = _told(desk, LIEGE, [own, theirs])
    assert before == [sorted([own, theirs]), [own], [theirs], *[True, 2, True, 2] * 2]
    leave(antwerp)
    assert _told(desk, LIEGE, [own, theirs]) == [[], [], [], *[False, 0, False, 0] * 2]


def test_its_own_withdrawal_takes_effect_when_its_time_comes(antwerp: Port) -> None:
    own = antwerp.release().feed.feed
    entry = replace(antwerp.ctx.register.nodes[ANTWERP], withdrawn_until=UnixMs(antwerp.ctx.now() + DAY_MS))
    register = replace(antwerp.ctx.register, nodes={**antwerp.ctx.register.nodes, ANTWERP: entry})
    object.__setattr__(antwerp.ctx, "registers", lambda: register)
    desk = NodeDesk(antwerp.ctx, cast("Any", None))
    assert desk.may_serve(LIEGE, own)
    antwerp.clock.at += DAY_MS
    assert not desk.may_serve(LIEGE, own)


class Sent:
    """How often batches with entries were sent to one node, in whichever way."""

    def __init__(self, world: World, target: NodeId) -> None:
        self.times, self._target = 0, target
        world.tamper = self._look

    def _look(self, _source: NodeId, target: NodeId, kind: type[Message], raw: bytes) -> bytes:
        message = kind.FromString(raw)
        batch = message if isinstance(message, pb.Batch) else getattr(message, "batch", None)
        if target == self._target and isinstance(batch, pb.Batch) and batch.entries:
            self.times += 1
        return raw


@pytest.mark.parametrize("entries", [3, 700], ids=["pushed", "in bulk"])
def test_it_asks_nobody_for_what_it_may_not_hold(entries: int) -> None:
    """In a quarter of an hour next to nothing of what waits for it travels; once it is listed again, all does."""

    async def story() -> None:
        world = World(3, (LIEGE, ANTWERP))
        liege, antwerp = world.nodes[LIEGE], world.nodes[ANTWERP]
        world.cut(LIEGE, ANTWERP)
        released = [antwerp.release() for _ in range(entries)]
        before = liege.port.ctx.register
        unlisted(liege.port)
        object.__setattr__(liege.desk, "register", antwerp.desk.register)  # and does not say so
        sent = Sent(world, LIEGE)
        world.heal()
        await asyncio.sleep(900)
        assert sent.times < 20
        assert liege.sizes() == {}
        object.__setattr__(liege.port.ctx, "registers", lambda: before)
        await liege.exchange.register_changed()
        await asyncio.sleep(60)
        assert liege.desk.size(released[-1].feed.feed) == released[-1].index + 1

    run(story())


def test_a_peer_with_an_older_register_is_not_sent_the_same_for_ever() -> None:
    """A batch is refused, and those on the way behind it are gaps: neither makes the sender start over at once."""

    async def story() -> None:
        world = World(3, (LIEGE, ANTWERP))
        liege, antwerp = world.nodes[LIEGE], world.nodes[ANTWERP]
        antwerp.release()
        await asyncio.sleep(20)
        newer = replace(antwerp.port.ctx.register, version=antwerp.port.ctx.register.version + 1)
        object.__setattr__(antwerp.desk, "register", liege.desk.register)  # it does not say so
        object.__setattr__(antwerp.port.ctx, "registers", lambda: newer)
        released = [antwerp.release() for _ in range(200)]
        sent = Sent(world, LIEGE)
        await asyncio.sleep(900)
        assert liege.exchange.counters["declined", "OLD_REGISTER"] > 1
        assert sent.times < 60
        object.__setattr__(liege.port.ctx, "registers", lambda: newer)
        await liege.exchange.register_changed()
        await asyncio.sleep(60)
        assert liege.desk.size(released[-1].feed.feed) == released[-1].index + 1

    run(story())
