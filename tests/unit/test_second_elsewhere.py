"""A second person at another port: who is asked, what is seen there, what comes back, and when it counts."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest
import registers
from cases_here import opened, puts
from elsewhere import SOURCE, Elsewhere, carry
from matters import alert
from officers_here import MODEL, everyone, hire, readable, visitor
from ports import ANTWERP, LIEGE, LIMBURG, NORTH_SEA, Port, port
from record_examples import NOW

from node.commands import draft, expire, interest, release, roster, search, second, second_heard, second_here
from node.commands.address import Address
from node.commands.interest import Whose
from node.commands.publish import Released
from node.store import entries, feeds, seconds, unheard
from node.store.drafts import DraftState
from node.store.interests import ShiftRow
from node.store.seconds import State
from policies.clearance import may_follow
from policies.decision import Deny, DenyCode, Permit
from policies.officers import Role
from policies.plan import Plan
from policies.second import back, sealed
from protocol.errors import BadRecord
from protocol.ids import RecordId, UnixMs
from protocol.indicator import Subject
from protocol.label import parse
from protocol.register import build_register
from protocol.register_view import Register
from protocol.v1 import records_pb2 as pb

CLI = "administrator/cli"
HOUR = 3_600_000


def approved() -> tuple[Elsewhere, seconds.AskedRow]:
    world = Elsewhere()
    one = world.asked()
    world.carry()
    done = world.answer(one.question)
    assert isinstance(done, second_here.Answered), done
    world.carry()
    return world, one


def test_a_yes_from_another_port_lets_a_draft_leave() -> None:
    world = Elsewhere()
    refused = world.release()
    assert isinstance(refused, Deny)
    assert refused.code is DenyCode.SECOND_PERSON
    one = world.asked()
    assert isinstance(world.release(), Deny)
    world.carry()
    (listed,), shown = world.waiting(), world.shown(one.question)
    assert shown is not None
    plan = world.plan()
    assert isinstance(plan, Plan)
    assert {r.node for r in shown.recipients} == plan.nodes  # the same "who will see this" at both ports
    assert {(w.node, w.code) for w in shown.withheld} == {(w.node, w.code) for w in plan.withheld}
    assert listed.draft.title == world.message.common.title
    assert isinstance(world.release(), Deny)
    assert isinstance(world.answer(one.question), second_here.Answered)
    assert isinstance(world.release(), Deny)
    world.carry()
    assert world.now.state is DraftState.APPROVED
    assert isinstance(world.release(), Released)
    left = world.origin.audits()[-1]
    assert left.act == "release"
    assert left.details["second"] == f"officer:{NORTH_SEA}/{world.second}"


def test_both_sides_write_down_who_and_what() -> None:
    world, one = approved()
    mine = {act.act: act for act in world.origin.audits()}
    theirs = {act.act: act for act in world.there.audits()}
    assert mine["second_ask"].actor == world.owner
    assert mine["second_ask"].details["node"] == NORTH_SEA
    assert mine["second_answered"].details["by"] == f"officer:{NORTH_SEA}/{world.second}"
    assert mine["second_answered"].details["roles"] == "security_officer"
    assert theirs["second_asked"].details["origin"] == ANTWERP
    assert theirs["second_answer"].actor == world.second
    plan = one.plan.hex()
    assert {
        act.details["plan"] for act in (*mine.values(), *theirs.values()) if act.act.startswith("second_")
    } == {plan}


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


def accredited(*names: str, level: str = "SECRET") -> Register:
    """A register in which these ports may hold up to a level."""
    board, nodes = registers.board(), registers.nodes()
    for name in names:
        board["organisations"][name]["level"] = {"BE": level}
        nodes[name][0]["level"] = {"BE": level}
        nodes[name][0]["approval"] = {"number": "2027-014", "issuer": "nsa-be", "expires": "2029-06-30"}
    return build_register(board, nodes, version=3, hash=bytes(32), expires_ms=registers.EXPIRES)


def test_a_classified_draft_goes_only_to_a_node_that_holds_its_level_and_is_shown_to_who_is_cleared() -> None:
    register = accredited(ANTWERP, NORTH_SEA)
    world = Elsewhere(
        origin=port(ANTWERP, register=register),
        there=port(NORTH_SEA, register=register),
        label="BE:SECRET//TLP:AMBER//AUD ports-be",
        level=3,
    )
    assert world.ports() == (NORTH_SEA, "police-limburg")  # Liège and Limburg hold nothing above NONE
    refused = world.ask(LIEGE)
    assert isinstance(refused, Deny)
    assert refused.code is DenyCode.LEVEL
    one = world.asked()
    kept = world.origin.store.read(lambda r: feeds.numbered(r, one.feed))
    assert kept.label == f"BE:SECRET//TLP:RED//AUD ports-be//TO node:{NORTH_SEA}"
    world.carry()
    assert len(world.waiting()) == 1
    for level in (0, 2):
        below = hire(world.there, f"c.below{level}", Role.SECURITY_OFFICER, level=level)
        assert world.waiting(below) == []
        assert world.answer(one.question, leaf=one.leaf, who=below) is None
    assert isinstance(world.answer(one.question), second_here.Answered)
    world.carry()
    assert isinstance(world.release(), Released)


def test_a_yes_of_a_port_whose_approval_ended_meanwhile_does_not_count() -> None:
    register = accredited(ANTWERP, NORTH_SEA, level="CONFIDENTIAL")
    world = Elsewhere(
        origin=port(ANTWERP, register=register),
        there=port(NORTH_SEA, register=register),
        label="BE:CONFIDENTIAL//TLP:AMBER//AUD ports-be",
        level=2,
    )
    one = world.asked()
    world.carry()
    assert isinstance(world.answer(one.question), second_here.Answered)
    world.carry()
    entry = register.nodes[NORTH_SEA]
    assert entry.approval is not None
    ended = replace(entry, approval=replace(entry.approval, expires_ms=UnixMs(NOW)))
    nodes = {**register.nodes, NORTH_SEA: ended}
    object.__setattr__(world.origin.ctx, "registers", lambda: replace(register, nodes=nodes))
    assert isinstance(world.release(), Deny)


def test_nobody_need_be_asked_about_what_needs_no_second_person() -> None:
    world = Elsewhere(label="BE:NONE//TLP:AMBER//AUD ports-be")
    assert world.ports() == ()
    assert isinstance(world.ask(), Deny)


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


def test_it_comes_back_with_a_reason() -> None:
    world = Elsewhere()
    one = world.asked()
    world.carry()
    with pytest.raises(BadRecord):
        world.answer(one.question, reason="x" * 401)
    assert isinstance(world.answer(one.question, reason="Which quay?"), second_here.Answered)
    world.carry()
    told = world.state(one.question)
    assert (told.state, told.reason, told.officer) == (State.RETURNED, "Which quay?", world.second)
    assert world.now.state is DraftState.DRAFT
    assert isinstance(world.release(), Deny)
    assert world.answer(one.question, leaf=one.leaf) is None  # one answer
    assert isinstance(world.asked(), seconds.AskedRow)


def test_a_yes_lapses_with_its_question() -> None:
    world, _ = approved()
    world.origin.clock.at = NOW + second.ASK_MS
    refused = world.release()
    assert isinstance(refused, Deny)
    assert refused.code is DenyCode.SECOND_PERSON


def test_a_question_lapses() -> None:
    world = Elsewhere()
    one = world.asked()
    world.carry()
    world.there.clock.at = NOW + second.ASK_MS
    assert world.waiting() == []
    assert world.answer(one.question, leaf=one.leaf) is None


def test_another_text_makes_it_void_at_both_ports() -> None:
    world, one = approved()
    at, text = world.origin, alert(description="Something else.")
    at.store.write(
        lambda tx: draft.change(tx, at.ctx, world.row.record, editor=world.owner, message=text)
    ).result()
    assert (world.state(one.question).state, world.state(one.question).why) == (State.VOID, "text")
    assert isinstance(world.release(), Deny)

    waits = Elsewhere()
    two = waits.asked()
    waits.carry()
    at = waits.origin
    at.store.write(
        lambda tx: draft.change(tx, at.ctx, waits.row.record, editor=waits.owner, message=text)
    ).result()
    waits.carry()
    assert waits.waiting() == []
    assert waits.answer(two.question, leaf=two.leaf) is None
    waits.origin.clock.at += 1
    three = waits.asked()
    waits.carry()
    assert [each.row.question for each in waits.waiting()] == [three.question]


def test_another_register_makes_it_void() -> None:
    held = [registers.register()]
    world = Elsewhere(
        origin=port(ANTWERP, register=lambda: held[0]), there=port(NORTH_SEA, register=lambda: held[0])
    )
    one = world.asked()
    world.carry()
    board = registers.board()
    board["communities"]["ports-be"]["serving"].remove(LIEGE)
    held[0] = build_register(
        board, registers.nodes(), version=4, hash=bytes(32), expires_ms=registers.EXPIRES
    )
    shown = world.shown(one.question)
    assert shown is not None
    assert shown.moved == ("register", "ports")
    refused = world.answer(one.question)
    assert isinstance(refused, Deny)
    assert refused.code is DenyCode.PLAN_CHANGED
    held[0] = registers.register()
    assert isinstance(world.answer(one.question), second_here.Answered)
    world.carry()
    assert world.now.state is DraftState.APPROVED
    held[0] = build_register(
        board, registers.nodes(), version=4, hash=bytes(32), expires_ms=registers.EXPIRES
    )
    assert isinstance(world.release(), Deny)


def test_a_restored_port_shows_no_question_before_its_origin_is_heard() -> None:
    world = Elsewhere()
    one = world.asked()
    world.carry()
    world.there.store.write(lambda tx: unheard.hide(tx, UnixMs(NOW))).result()
    assert world.waiting() == []
    assert world.answer(one.question, leaf=one.leaf) is None


def test_taking_it_back_hides_it_there() -> None:
    world = Elsewhere()
    one = world.asked()
    world.carry()
    at = world.origin
    assert at.store.write(lambda tx: second.take_back(tx, at.ctx, one.question, officer=world.who)).result()
    assert not at.store.write(
        lambda tx: second.take_back(tx, at.ctx, one.question, officer=world.who)
    ).result()
    world.carry()
    assert world.waiting() == []
    assert world.answer(one.question, leaf=one.leaf) is None
    assert [destroyed(each) for each in (world.origin, world.there)] == [True, True]


def test_what_was_asked_is_destroyed_at_both_ports_after_the_answer() -> None:
    world, _ = approved()
    assert not destroyed(world.there, by=0)
    assert [destroyed(each) for each in (world.origin, world.there)] == [True, True]
    assert isinstance(world.release(), Released)  # the yes stands without it


def test_a_question_that_nobody_answers_is_destroyed_when_it_lapses() -> None:
    world = Elsewhere()
    world.asked()
    world.carry()
    assert not destroyed(world.there)
    assert destroyed(world.there, by=second.ASK_MS)


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


# ---- What a hostile peer may answer -----------------------------------------------------------------------------------------


def forged(world: Elsewhere, one: seconds.AskedRow, at: Port, **changes: Any) -> str:
    """An answer as no honest port makes it, and what became of the question."""
    label = changes.pop("label", back(parse(SOURCE), ANTWERP, at.name))
    feed = world.origin.store.read(lambda r: feeds.numbered(r, one.feed))
    fields: dict[str, Any] = {
        "step": pb.Approval.STEP_APPROVED,
        "plan": one.plan,
        "until": NOW + HOUR,
        "question": pb.Ref(record_id=one.question, feed=feed.feed),
        "leaf": one.leaf,
        "officer": world.second,
        "roles": ["security_officer"],
        **changes,
    }
    common = pb.Common(kind="approval", regime=pb.Common.REGIME_GDPR)
    at.publish(pb.Record(common=common, approval=pb.Approval(**fields)), label.text)
    carry(at, world.origin)
    told = world.state(one.question)
    assert (world.now.state is DraftState.APPROVED) is (told.state is State.APPROVED)
    return f"{told.state} {told.why}".strip()


def test_an_answer_that_is_not_over_what_was_asked_is_void() -> None:
    def told(**changes: Any) -> str:
        world = Elsewhere()
        one = world.asked()
        world.carry()
        return forged(world, one, world.there, **changes)

    assert told() == "approved"
    assert told(leaf=bytes(32)) == "void plan"
    assert told(plan=bytes(32)) == "void plan"
    assert told(until=NOW + second.ASK_MS + 1) == "void late"
    assert told(label=parse(f"BE:NONE//TLP:RED//AUD ports-be//TO node:{ANTWERP}")) == "void label"


def test_an_answer_of_another_port_or_person_does_not_count() -> None:
    world = Elsewhere()
    one = world.asked()
    assert forged(world, one, port(LIEGE)) == "open"
    assert forged(world, one, world.there, officer=world.owner) == "void person"
    assert isinstance(world.release(), Deny)


def test_a_late_yes_takes_no_newer_one_away() -> None:
    world = Elsewhere()
    one = world.asked()
    world.carry()
    assert isinstance(world.answer(one.question), second_here.Answered)
    at, local = (
        world.origin,
        hire(world.origin, "z.local", Role.SECURITY_OFFICER),
    )  # whom the plan counts, too
    plan, who = world.plan(), visitor(at, local)
    assert isinstance(plan, Plan)
    assert plan.digest != one.plan
    at.clock.at += 1
    given: Any = {"officer": who, "people": everyone(at), "digest": plan.digest}
    done = at.store.write(lambda tx: release.approve(tx, at.ctx, world.row.record, **given)).result()
    assert isinstance(done, Plan)
    world.carry()
    assert world.state(one.question).state is State.APPROVED
    assert world.now.approver == local
    assert isinstance(world.release(), Released)


def test_a_yes_from_elsewhere_counts_after_one_here_to_an_older_plan() -> None:
    world = Elsewhere()
    at, local = world.origin, hire(world.origin, "z.local", Role.SECURITY_OFFICER)
    plan, who = world.plan(), visitor(at, local)
    assert isinstance(plan, Plan)
    given: Any = {"officer": who, "people": everyone(at), "digest": plan.digest}
    assert isinstance(
        at.store.write(lambda tx: release.approve(tx, at.ctx, world.row.record, **given)).result(), Plan
    )
    hire(at, "y.another", Role.SECURITY_OFFICER)
    at.clock.at += 1
    one = world.asked()
    world.carry()
    assert isinstance(world.answer(one.question), second_here.Answered)
    world.carry()
    assert isinstance(world.release(), Released)


def test_an_old_yes_is_none_to_a_new_question() -> None:
    world, one = approved()
    at = world.origin
    at.store.write(
        lambda tx: draft.change(tx, at.ctx, world.row.record, editor=world.owner, label=parse(SOURCE))
    ).result()
    at.clock.at += 1
    again = world.asked()
    assert again.plan == one.plan  # the same text once more: and still another question
    assert forged(world, again, world.there, leaf=one.leaf) == "void plan"
    assert isinstance(world.release(), Deny)


def test_a_port_that_may_not_be_asked_any_more_gives_no_yes() -> None:
    held = [registers.register()]
    world = Elsewhere(origin=port(ANTWERP, register=lambda: held[0]))
    one = world.asked()
    world.carry()
    assert isinstance(world.answer(one.question), second_here.Answered)
    board = registers.board()
    board["organisations"][NORTH_SEA]["withdrawn_until"] = "2027-01-01"
    held[0] = build_register(
        board, registers.nodes(), version=4, hash=bytes(32), expires_ms=registers.EXPIRES
    )
    carry(world.there, world.origin)
    assert world.state(one.question).state is not State.APPROVED
    assert isinstance(world.release(), Deny)


def test_a_question_that_does_not_fit_its_label_is_kept_aside_without_content() -> None:
    world = Elsewhere()
    at = world.origin
    one = world.asked()
    row = at.store.read(lambda r: entries.get(r, one.feed, one.at))
    assert row is not None
    good = pb.Record.FromString(row.content or b"")
    wrong = SOURCE.replace("AMBER", "GREEN").replace("SOURCE", "ORCON")
    for changes, field in (
        ({"label": wrong}, "label"),
        ({"content": b"no record"}, "content"),
        ({"content_type": "port2port/audit;v=1"}, "content"),
    ):
        bad = pb.Record.FromString(good.SerializeToString())
        for name, value in changes.items():
            setattr(bad.approval, name, value)
        out = at.publish(bad, sealed(parse(SOURCE), NORTH_SEA).text)
        world.carry()
        held = world.there.store.read(
            lambda r: r.all(
                "SELECT q.field, e.content FROM quarantine q JOIN entry e ON e.key = q.key ORDER BY e.key"
            )
        )
        assert held[-1] == (f"approval.{field}", None), out
    assert len(world.waiting()) == 1


def destroyed(at: Port, *, by: int = 1) -> bool:
    """Whether a pass over the store, so much later, leaves no text of a draft in any question."""
    now, at.clock.at = at.clock.at, at.clock.at + by
    if by:
        found = at.store.read(lambda r: expire.look(r, at.ctx))
        at.store.write(lambda tx: expire.forget(tx, at.ctx, found.due)).result()
    at.clock.at = now
    rows = at.store.read(lambda r: r.all("SELECT content FROM entry WHERE kind LIKE 'port2port/approval%'"))
    bodies = [pb.Record.FromString(content).approval for (content,) in rows if content is not None]
    return not any(body.content for body in bodies)
