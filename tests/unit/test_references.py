"""What a record names of others: held, of its kind, in force, no more open than it, and answered to its origin by name."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from all_kinds import record, register
from matters import Desk
from ports import AMBER, ANTWERP, NORTH_SEA, SCHELDT, Port, port
from record_examples import ref

from node.commands import draft
from node.commands.publish import Released
from policies.decision import Deny
from policies.plan import Plan
from protocol.errors import BadRecord
from protocol.kind import Pointer
from protocol.kinds import known
from protocol.label import parse
from protocol.v1 import records_pb2 as pb

ADOPTION = pb.Notice.CATEGORY_ADOPTION
BACK = "BE:NONE//TLP:AMBER//AUD ports-be//TO node:port-antwerp-bruges"
TO_SEA = "BE:NONE//TLP:AMBER//AUD ports-be//TO node:north-sea-port"


def pointed(released: Released) -> pb.Ref:
    return pb.Ref(record_id=released.record, feed=released.feed.feed)


class World:
    """Two ports; what Antwerp released is held at North Sea Port, where somebody writes."""

    def __init__(self) -> None:
        self.there: Port = port(ANTWERP, register=register())
        self.desk = Desk(port(NORTH_SEA, register=register()))

    def given(self, kind: str, label: str = AMBER, **changes: Any) -> pb.Ref:
        released = self.there.publish(record(kind, **changes), label)
        self.desk.at.pull(self.there, released.feed.feed)
        return pointed(released)

    def asked(self, message: pb.Record, label: str) -> Plan | Deny:
        at = self.desk.at
        row = at.store.write(
            lambda tx: draft.make(tx, at.ctx, message, owner=self.desk.who.id, label=parse(label))
        ).result()
        return self.desk.plan(row)


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def code(found: Plan | Deny) -> str:
    return found.rule if isinstance(found, Deny) else ""


def test_an_outcome_goes_back_to_the_origin_by_name(world: World) -> None:
    about = world.given("alert")
    outcome = record("outcome", about=about)
    assert code(world.asked(outcome, AMBER)) == "addressee"
    found = world.asked(outcome, BACK)
    assert isinstance(found, Plan)
    assert found.nodes == {"north-sea-port", "port-antwerp-bruges"}


def test_an_outcome_of_ones_own_record_goes_where_its_readers_are(world: World) -> None:
    own = world.desk.release(AMBER, record("alert"))
    assert isinstance(world.asked(record("outcome", about=pointed(own)), AMBER), Plan)


def test_what_is_not_held_or_of_another_kind_is_no_reference(world: World) -> None:
    assert code(world.asked(record("outcome", about=ref(9)), BACK)) == "reference"
    practice = world.given("best_practice")
    assert code(world.asked(record("outcome", about=practice), BACK)) == "reference"
    assert code(world.asked(record("incident", linked=[practice]), AMBER)) == "reference"
    made = record("alert")
    made.common.derived_from.append(ref(9))
    assert code(world.asked(made, AMBER)) == "reference"


def test_a_record_names_none_that_its_readers_may_not_read(world: World) -> None:
    narrow = world.given("alert", SCHELDT)
    assert code(world.asked(record("incident", linked=[narrow]), AMBER)) == "derived"
    assert isinstance(world.asked(record("incident", linked=[narrow]), SCHELDT), Plan)


def test_a_sighting_answers_an_indicator_in_force(world: World) -> None:
    there = world.there
    released = there.publish(record("indicator"), AMBER)
    world.desk.at.pull(there, released.feed.feed)
    seen = record("sighting", indicator=pointed(released))
    assert code(world.asked(seen, AMBER)) == "addressee"
    assert isinstance(world.asked(seen, BACK), Plan)
    there.withdraw(released)
    world.desk.at.pull(there, released.feed.feed)
    assert code(world.asked(seen, BACK)) == "reference"


def test_a_request_goes_to_its_owner_and_the_answer_to_who_asked(world: World) -> None:
    to_owner = record("request", owner="port-antwerp-bruges")
    assert code(world.asked(to_owner, AMBER)) == "addressee"
    assert isinstance(world.asked(to_owner, BACK), Plan)
    asked = world.given("request", TO_SEA, owner="north-sea-port")
    practice = world.desk.release(AMBER, record("best_practice"))
    step = {"owner": None, "wanted": None, "grounds": None, "request": asked}
    grant = record("request", **step, step=pb.Request.STEP_GRANTED, given=pointed(practice))
    refusal = record("request", **step, step=pb.Request.STEP_REFUSED, reason="Die is er niet.")
    for answer in (grant, refusal):
        assert code(world.asked(answer, AMBER)) == "addressee"
        found = world.asked(answer, BACK)
        assert isinstance(found, Plan)
        assert "port-antwerp-bruges" in found.nodes


def test_an_owner_is_a_node_and_a_method_is_listed(world: World) -> None:
    with pytest.raises(BadRecord, match="owner: a node in the register"):
        world.asked(record("request", owner="port-nowhere"), BACK)
    with pytest.raises(BadRecord, match="code: in the register's list modus_operandi"):
        world.asked(record("modus_operandi", code="unheard_of"), AMBER)


def test_a_security_level_takes_the_register_right(world: World) -> None:
    level = record("security_level")
    assert code(world.asked(level, AMBER)) == "right"
    desk = Desk(world.there)
    row = desk.at.store.write(
        lambda tx: draft.make(tx, desk.at.ctx, level, owner=desk.who.id, label=parse(AMBER))
    ).result()
    assert code(desk.plan(row)) == "kind"  # the register has not been written into the relations yet


def test_the_captain_confirms_an_incident(world: World) -> None:
    at = world.desk.at
    first = world.desk.release(AMBER, record("incident"))
    confirmed = record("incident", status=pb.Incident.STATUS_CONFIRMED)
    confirmed.common.change_reason = "bevestigd"
    row = at.store.write(
        lambda tx: draft.supersede(tx, at.ctx, first.record, confirmed, editor=world.desk.who.id)
    ).result()
    assert row is not None
    assert isinstance(world.desk.plan(row), Plan)
    captain = world.desk.who
    world.desk.who = world.desk.second
    try:
        assert code(world.desk.plan(row)) == "step"
    finally:
        world.desk.who = captain
    world.desk.gone(row)
    back = record("incident")
    back.common.change_reason = "toch niet"
    with pytest.raises(BadRecord, match="never back"):
        at.store.write(
            lambda tx: draft.supersede(tx, at.ctx, first.record, back, editor=world.desk.who.id)
        ).result()


def narrow(world: World) -> pb.Ref:
    """A record of the desk's own port that fewer may read than AMBER says."""
    return pointed(world.desk.release(SCHELDT, record("best_practice")))


@pytest.mark.parametrize(
    "made",
    [
        lambda one: record("notice", about=[one]),
        lambda one: record("notice", category=ADOPTION, adoption=pb.Notice.ADOPTION_TRIED, about=[one]),
    ],
)
def test_a_notice_tells_nobody_of_a_record_that_he_may_not_read(world: World, made: Any) -> None:
    one = narrow(world)
    assert code(world.asked(made(one), AMBER)) == "derived"
    assert isinstance(world.asked(made(one), SCHELDT), Plan)


def test_a_request_may_name_what_is_not_here_and_what_is_here_to_those_who_may_read_it(world: World) -> None:
    def asking(one: pb.Ref) -> pb.Record:
        return record("request", owner="port-antwerp-bruges", about=one)

    assert isinstance(world.asked(asking(ref(9)), BACK), Plan)
    assert code(world.asked(asking(narrow(world)), BACK)) == "derived"
    assert isinstance(world.asked(asking(narrow(world)), BACK.replace("ports-be", "ports-scheldt")), Plan)
    given = world.given("best_practice", TO_SEA)  # to this port by name: its origin reads its own
    assert isinstance(world.asked(asking(given), BACK), Plan)


def test_what_the_author_may_not_read_is_not_held_here_for_him(world: World) -> None:
    above = "BE:RESTRICTED//TLP:AMBER//AUD ports-be"
    known_to_others = pointed(world.desk.at.publish(record("best_practice"), above))
    for made in (record("notice", about=[known_to_others]), record("notice", about=[ref(9)])):
        found = world.asked(made, AMBER)
        assert isinstance(found, Deny)
        assert (found.rule, found.words) == ("reference", "about: a record that it names is not held here")
    asking = record("request", owner="port-antwerp-bruges", about=known_to_others)
    assert isinstance(world.asked(asking, BACK), Plan)  # as of one that is not held


def test_references_that_nobody_holds_against_a_reader_would_be_seen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted faults: a notice that names whatever it likes, and an author to whom everything is known."""
    bare = dataclasses.replace(known()["notice"], pointers=())
    monkeypatch.setattr("node.commands.references.known", lambda: {**known(), "notice": bare})
    with pytest.raises(AssertionError):
        test_a_notice_tells_nobody_of_a_record_that_he_may_not_read(
            world, lambda one: record("notice", about=[one])
        )
    monkeypatch.undo()
    monkeypatch.setattr("node.commands.references.privy", lambda *_: True)
    with pytest.raises(AssertionError):
        test_what_the_author_may_not_read_is_not_held_here_for_him(world)


def test_a_pointer_that_asks_for_nothing_would_be_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault: a kind whose references are not looked at."""
    bare = dataclasses.replace(known()["outcome"], pointers=(Pointer("about"),))
    monkeypatch.setattr("node.commands.references.known", lambda: {**known(), "outcome": bare})
    with pytest.raises(AssertionError):
        test_an_outcome_goes_back_to_the_origin_by_name(world)
