"""A second person at another port: who may be asked about what, and who is shown it there."""

from __future__ import annotations

import uuid

import pytest
from cases_here import opened, puts
from elsewhere import SOURCE, Elsewhere, carry
from matters import alert
from officers_here import MODEL, hire, readable, visitor
from ports import ANTWERP, LIEGE, LIMBURG, NORTH_SEA, port
from record_examples import NOW

from node.commands import draft, interest, roster, search, second, second_heard, second_here
from node.commands.address import Address
from node.commands.interest import Whose
from node.store import seconds, unheard
from node.store.interests import ShiftRow
from policies.clearance import may_follow
from policies.decision import Deny, DenyCode, Permit
from policies.officers import Role
from policies.second import sealed
from protocol.ids import RecordId, UnixMs
from protocol.indicator import Subject
from protocol.label import parse

CLI = "administrator/cli"
HOUR = 3_600_000


def test_only_ports_that_may_have_the_draft_and_publish_such_a_record_are_offered() -> None:
    assert Elsewhere().ports() == (NORTH_SEA, "police-limburg", LIEGE, LIMBURG)
    scheldt = SOURCE.replace("ports-be", "ports-scheldt")
    assert Elsewhere(label=scheldt).ports() == (NORTH_SEA, LIEGE)
    clients = SOURCE.replace("ports-be", "pfso-network")
    assert Elsewhere(label=clients).ports() == (NORTH_SEA,)  # no client
    named = "BE:NONE//TLP:RED//AUD ports-be//TO node:port-liege"
    world = Elsewhere(label=named)
    assert world.ports() == (LIEGE,)
    refused = world.ask(NORTH_SEA)
    assert isinstance(refused, Deny)
    assert refused.code is DenyCode.RECIPIENT
    assert isinstance(world.ask(NORTH_SEA), Deny)
    assert not world.origin.store.read(lambda r: seconds.of_draft(r, world.row.record))


def test_nobody_need_be_asked_about_what_needs_no_second_person() -> None:
    world = Elsewhere(label="BE:NONE//TLP:AMBER//AUD ports-be")
    assert world.ports() == ()
    assert isinstance(world.ask(), Deny)


def test_files_do_not_travel_with_a_question() -> None:
    message = alert()
    message.common.attachments.add(sha256=bytes(32), size=3, media_type="text/plain", name="a.txt")
    world = Elsewhere(message=message)
    assert world.ports() == ()


def test_somebody_else_does_not_ask_in_the_owners_name() -> None:
    world = Elsewhere()
    world.owner, owner = hire(world.origin, "c.colleague", Role.SECURITY_OFFICER), world.owner
    assert world.ports() == ()
    refused = world.ask()
    assert isinstance(refused, Deny)
    assert owner == world.now.owner


def test_a_port_has_so_many_questions_waiting_elsewhere_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second, "OPEN_MAX", 2)
    monkeypatch.setattr(second_heard, "WAITING_MAX", 1)
    world = Elsewhere()
    world.asked()
    world.row = world.drafted(alert(description="another"))
    world.asked()
    world.row = world.drafted(alert(description="a third"))
    refused = world.ask()
    assert isinstance(refused, Deny)
    assert refused.code is DenyCode.CEILING
    world.carry()
    assert len(world.waiting()) == 1


def test_the_question_reaches_the_port_that_is_asked_and_no_other() -> None:
    world, liege = Elsewhere(), port(LIEGE)
    one = world.asked()
    world.carry()
    world.answer(one.question)
    for source in (world.origin, world.there):
        carry(source, liege)
    assert not liege.store.read(lambda r: r.all("SELECT 1 FROM feed WHERE own = 0 AND label LIKE '%RED%'"))
    for_one = sealed(parse(SOURCE), NORTH_SEA)
    for node in world.origin.ctx.register.nodes.values():
        permit = may_follow(node, for_one, world.origin.ctx.register, origin=ANTWERP, now=UnixMs(NOW))
        assert isinstance(permit, Permit) is (node.id in {ANTWERP, NORTH_SEA})


def test_it_stands_in_no_list_of_either_port() -> None:
    world = Elsewhere()
    one = world.asked()
    world.carry()
    world.answer(one.question)
    world.carry()
    for at, person in ((world.origin, world.owner), (world.there, world.second)):
        who, known = visitor(at, person), readable(at)
        listed = at.store.read(lambda r: search.newest(r, at.ctx, known, who.reading))  # noqa: B023
        assert listed.rows == ()
        address = Address(one.question)
        assert at.store.read(lambda r: search.found(r, at.ctx, known, who.reading, address)) is None  # noqa: B023
        assert at.store.read(lambda r: search.changes(r, at.ctx, known, who.reading, 0)).rows == ()  # noqa: B023


def test_who_is_not_on_duty_does_not_see_it() -> None:
    world = Elsewhere()
    one = world.asked()
    world.carry()
    at, person = world.there, uuid.UUID(world.second).bytes
    later = ShiftRow(person=person, from_ms=UnixMs(NOW + 10 * HOUR), until_ms=UnixMs(NOW + 18 * HOUR))
    at.store.write(lambda tx: roster.add(tx, at.ctx, MODEL, later, actor=CLI)).result()
    assert world.waiting() == []
    assert world.answer(one.question, leaf=one.leaf) is None
    at.clock.at = NOW + 11 * HOUR
    assert [each.row.question for each in world.waiting()] == [one.question]


@pytest.mark.parametrize("role", [Role.ANALYST, Role.AUDITOR, Role.DPO])
def test_who_has_not_the_right_does_not_see_it(role: Role) -> None:
    world = Elsewhere(roles=(role,))
    one = world.asked()
    world.carry()
    assert world.waiting() == []
    assert world.answer(one.question, leaf=one.leaf) is None


def test_whom_it_concerns_and_who_wrote_it_do_not_see_it() -> None:
    message = alert()
    message.common.subjects.add(type="imo", value="9074729")
    world = Elsewhere(message=message)
    world.asked()
    world.carry()
    at, person = world.there, uuid.UUID(world.second).bytes
    assert len(world.waiting()) == 1
    subject = Subject("imo", "9074729")
    at.store.write(
        lambda tx: interest.declare(tx, at.ctx, person, subject, Whose.ONESELF, actor=CLI)
    ).result()
    assert world.waiting() == []

    mine = Elsewhere()
    at = mine.origin
    at.store.write(
        lambda tx: draft.change(tx, at.ctx, mine.row.record, editor=mine.second, label=parse(SOURCE))
    ).result()
    refused = mine.ask()
    assert isinstance(refused, seconds.AskedRow)  # its owner asks; its last editor has an account there too
    mine.carry()
    assert mine.waiting() == []


def test_who_is_not_in_a_case_that_it_refers_to_does_not_see_it(monkeypatch: pytest.MonkeyPatch) -> None:
    world = Elsewhere()
    world.asked()
    world.carry()
    assert len(world.waiting()) == 1
    monkeypatch.setattr(
        second_here, "barred_by", lambda _r, _o, content, _record: content == world.row.content
    )
    assert world.waiting() == []


def test_the_next_version_of_what_is_in_a_case_here_is_shown_to_who_is_in_it_alone() -> None:
    world = Elsewhere()
    one = world.asked()
    world.carry()
    body = world.waiting()[0].body
    earlier = world.there.publish(
        alert(), record=RecordId(body.record)
    )  # by its id: another port's lineage may be another epoch
    lead = hire(world.there, "c.lead", Role.SECURITY_OFFICER)
    puts(world.there, lead, opened(world.there, lead), earlier)
    assert not world.waiting()
    assert world.shown(one.question) is None
    assert [each.row.question for each in world.waiting(lead)] == [one.question]


def test_a_restored_port_shows_no_question_before_its_origin_is_heard() -> None:
    world = Elsewhere()
    one = world.asked()
    world.carry()
    world.there.store.write(lambda tx: unheard.hide(tx, UnixMs(NOW))).result()
    assert world.waiting() == []
    assert world.answer(one.question, leaf=one.leaf) is None
