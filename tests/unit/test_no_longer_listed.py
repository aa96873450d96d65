"""A node that the register in force does not list any more: it refuses in words, keeps what its senses find, and loses nothing."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path

import ports
import pytest
from ais_samples import START, drive, ship
from officers_here import MODEL, hire
from ports import ANTWERP, LIEGE, Port
from record_examples import example

from node.commands import draft, people, release
from node.commands.auto_release import take_detection
from node.commands.context import NoLongerListed
from node.commands.outcome import Refusal
from node.detector import Bench, Detection, running
from node.exits import Refused
from node.store import drafts, feeds
from policies.auto_release import AutoRule, parse_rules
from policies.decision import Deny, DenyCode
from protocol.errors import Code
from protocol.label import parse

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


@pytest.fixture
def antwerp() -> Port:
    return ports.port()


def test_what_a_detector_finds_is_kept_and_does_not_leave(antwerp: Port) -> None:
    rules = parse_rules(RULES)
    assert isinstance(rules.rules[0], AutoRule)
    unlisted(antwerp)
    outcome = antwerp.store.write(
        lambda tx: take_detection(tx, antwerp.ctx, finding(), rules, people.everyone(tx, antwerp.ctx, MODEL))
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
        lambda r: release.preview(r, antwerp.ctx, row.record, officer=visitor, people=[visitor])
    )
    assert isinstance(plan, Deny)
    assert "does not list this node" in plan.words


def test_nobody_is_anybody_there(antwerp: Port) -> None:
    who = uuid.UUID(hire(antwerp, "a.peeters")).bytes
    assert len(antwerp.store.read(lambda r: people.everyone(r, antwerp.ctx, MODEL))) == 1
    unlisted(antwerp)
    assert antwerp.store.read(lambda r: people.everyone(r, antwerp.ctx, MODEL)) == []
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
