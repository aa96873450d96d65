"""Cases: who is in them, what is in them, what a broken glass opens and for how long, who hears of it, and what it never opens."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace

import pytest
from cases_here import (
    HOUR_MS,
    breaks,
    broken,
    notices,
    opened,
    puts,
    raw,
    reads_in,
    reads_out,
    reviews,
    seen,
    shown,
    takes,
    titles,
    told,
)
from officers_here import MODEL, everyone, hire, visitor
from ports import AMBER, ANTWERP, NORTH_SEA, Port, port
from record_examples import example

from node.commands import (
    contest,
    erase,
    explain,
    handle,
    hold,
    interest,
    move,
    open_case,
    people,
    put_in,
    reach,
    read_in,
    release,
    retract,
    review_conduct,
    search,
    unseal,
)
from node.commands import draft as drafting
from node.commands.address import Address
from node.commands.interest import Whose
from node.commands.people import Visitor
from node.commands.publish import Released
from node.commands.readable import Readable
from node.store import cases as case_rows
from node.store import conduct, feeds
from node.store.tuples import SnapshotTuples
from node.store.unit import Reader, Tx
from policies.cases import Part, of_case
from policies.decision import Deny, DenyCode
from policies.need import CaseId
from policies.officers import Place, Role, Tie, place
from policies.plan import Plan
from policies.relations import Condition
from protocol.fields import DAY_MS
from protocol.ids import RecordId, UnixMs
from protocol.indicator import subject
from protocol.label import parse
from protocol.v1 import records_pb2 as pb

ALL = (Role.PORT_CAPTAIN, Role.SECURITY_OFFICER, Role.DPO)


class World:
    """A lead, a person read in, a colleague who is not, an integrity officer; a case with one record in it, and one record beside it."""

    def __init__(self) -> None:
        self.at = port(ANTWERP)
        self.lead, self.member = hire(self.at, "a.lead"), hire(self.at, "b.member", *ALL)
        self.other = hire(self.at, "c.other", *ALL)
        self.integrity = hire(self.at, "d.integrity", Role.INTEGRITY_OFFICER)
        self.inside = self.at.publish(titled("inside"))
        self.beside = self.at.publish(titled("beside"))
        self.case = opened(self.at, self.lead)
        reads_in(self.at, self.lead, self.case, self.member)
        puts(self.at, self.member, self.case, self.inside)


def titled(title: str, kind: str = "alert", **changes: object) -> pb.Record:
    record = example(kind, **changes)
    record.common.title = title
    record.common.legal_basis = "port-security-be"
    return record


@pytest.fixture(name="here")
def world() -> World:
    return World()


def changed(at: Port, who: str, after: int) -> search.Changed:
    person, readable = visitor(at, who), Readable(at.ctx)
    return at.store.read(lambda r: search.changes(r, at.ctx, readable, person.reading, after))


def last(at: Port) -> int:
    return at.store.read(feeds.last_arrival)


# ---- Need to know ---------------------------------------------------------------------------------------------------------


def test_what_is_in_a_case_is_read_by_who_is_in_it_and_is_absent_for_all_others(here: World) -> None:
    at, inside = here.at, here.inside.record
    for who in (here.lead, here.member):
        assert titles(at, who) == ["beside", "inside"]
        assert shown(at, who, inside) is not None
    for who in (here.other, here.integrity):
        assert titles(at, who) == ["beside"]
        assert shown(at, who, inside) is None
        assert not [row for row in changed(at, who, 0).rows if row.id == inside]


def test_a_new_version_and_a_withdrawal_open_nothing_and_take_out_does(here: World) -> None:
    at = here.at
    at.publish(titled("inside again"), record=here.inside.record, version=2)
    assert titles(at, here.other) == ["beside"]
    at.withdraw(replace(here.inside, version=2))
    assert titles(at, here.other) == ["beside"]
    assert sorted(titles(at, here.lead)) == ["-", "beside"]
    done = takes(at, here.member, here.case, here.inside)
    assert isinstance(done, Deny)  # a lead takes out
    before = last(at)
    assert takes(at, here.lead, here.case, here.inside) is True
    assert sorted(titles(at, here.other)) == ["-", "beside"]
    assert [row.id for row in changed(at, here.other, before).rows] == [here.inside.record]
    assert takes(at, here.lead, here.case, here.inside) is False


def test_a_page_that_shows_it_learns_that_it_is_gone_and_nobody_else_anything(here: World) -> None:
    at = here.at
    another, before = at.publish(titled("another")), last(at)
    puts(at, here.lead, here.case, another)
    assert changed(at, here.other, before).gone
    assert not changed(at, here.member, before).gone
    before = last(at)
    at.publish(titled("another, corrected"), record=another.record, version=2)
    assert changed(at, here.other, before) == search.Changed((), (), last(at))


def test_purpose_of_label_and_of_case_are_one_purpose(here: World) -> None:
    at = here.at
    both = hire(at, "e.both", purposes="port-security,learning")
    reads_in(at, here.lead, here.case, both, "learning")
    assert titles(at, both) == ["beside", "inside"]
    narrow = at.publish(titled("narrow"), f"{AMBER}//PURPOSE port-security")
    puts(at, here.lead, here.case, narrow)
    assert titles(at, both) == ["beside", "inside"]
    assert titles(at, here.member) == ["narrow", "beside", "inside"]
    wrong = hire(at, "f.wrong")
    reads_in(at, here.lead, here.case, wrong, "enforcement")
    assert titles(at, wrong) == ["beside"]


def test_being_read_in_ends_by_its_time_and_at_once(here: World) -> None:
    at = here.at
    at.clock.at += 10 * DAY_MS - 1
    assert shown(at, here.member, here.inside.record) is not None
    at.clock.at += 1
    assert shown(at, here.member, here.inside.record) is None
    reads_in(at, here.lead, here.case, here.member)
    assert shown(at, here.member, here.inside.record) is not None
    reads_out(at, here.lead, here.case, here.member)
    assert shown(at, here.member, here.inside.record) is None
    assert breaks(at, here.member, here.case) is None
    reads_in(at, here.lead, here.case, here.member)
    assert shown(at, here.member, here.inside.record) is not None
    reads_out(at, here.lead, here.case, here.member, Part.CONFLICTED)
    reads_in(at, here.lead, here.case, here.member)
    assert shown(at, here.member, here.inside.record) is None  # a conflict is not taken back by reading in


def test_the_circle_is_the_registers_and_whoever_is_expelled_is_out(here: World) -> None:
    at = here.at

    def expel(tx: Tx) -> None:
        from node.store.tuples import WritingTuples

        out = place(here.member, Place.EXPELLED, "ports-be", Condition("x"))
        WritingTuples(tx).change([out], [])

    at.store.write(expel).result()
    assert shown(at, here.member, here.inside.record) is None


def test_only_a_lead_reads_in_and_out_and_closes_and_nobody_himself(here: World) -> None:
    at, case = here.at, here.case

    def reading(who: str, person: str) -> bool | Deny:
        return at.store.write(
            lambda tx: read_in.read_in(
                tx,
                at.ctx,
                MODEL,
                case,
                person=visitor(at, person),
                purposes=frozenset({"port-security"}),
                until=UnixMs(at.clock.at + DAY_MS),
                officer=visitor(at, who),
            )
        ).result()

    def closing(who: str) -> bool | Deny:
        return at.store.write(
            lambda tx: open_case.close_case(tx, at.ctx, case, officer=visitor(at, who))
        ).result()

    assert isinstance(reading(here.member, here.other), Deny)
    assert isinstance(reading(here.lead, here.lead), Deny)
    assert reading(here.other, here.member) is False
    assert isinstance(closing(here.member), Deny)
    assert closing(here.other) is False
    assert closing(here.lead) is True
    assert closing(here.lead) is False
    assert reading(here.lead, here.other) is False
    assert titles(at, here.other) == ["beside"]  # it stays as it was
    assert titles(at, here.member) == ["beside", "inside"]
    found = seen(at, visitor(at, here.lead), here.beside.record)
    assert found is not None
    assert (
        at.store.write(
            lambda tx: put_in.put_in(tx, at.ctx, MODEL, case, found, officer=visitor(at, here.lead))
        ).result()
        is False
    )
    assert takes(at, here.lead, case, here.inside) is True


def test_a_record_is_in_one_case_and_danger_to_life_in_none(here: World) -> None:
    at = here.at
    second = opened(at, here.lead, name="Another")
    one = seen(at, visitor(at, here.lead), here.inside.record)
    danger = at.publish(titled("danger", life_safety=True, severity=pb.Alert.SEVERITY_SEVERE))
    life = seen(at, visitor(at, here.lead), danger.record)
    assert one is not None
    assert life is not None
    for case, each, code in ((second, one, DenyCode.ANOTHER_CASE), (here.case, life, DenyCode.FOR_EVERYBODY)):
        done = at.store.write(
            lambda tx, case=case, each=each: put_in.put_in(  # type: ignore[misc]
                tx, at.ctx, MODEL, case, each, officer=visitor(at, here.lead)
            )
        ).result()
        assert isinstance(done, Deny)
        assert done.code is code


def danger(title: str) -> pb.Record:
    return titled(title, life_safety=True, severity=pb.Alert.SEVERITY_SEVERE)


def test_what_becomes_an_alert_of_danger_to_life_is_read_and_handled_by_everybody_on_duty(
    here: World,
) -> None:
    at, before = here.at, last(here.at)
    at.publish(danger("inside, and now danger"), record=here.inside.record, version=2)
    assert titles(at, here.other) == ["inside, and now danger", "beside"]
    assert [row.id for row in changed(at, here.other, before).rows] == [here.inside.record]
    page = shown(at, here.other, here.inside.record)
    assert page is not None
    assert (page.case, page.reading_only) == (None, False)  # nor that it is in one
    own = shown(at, here.member, here.inside.record)
    assert own is not None
    assert own.case == here.case
    who = visitor(at, here.other)
    done = at.store.write(lambda tx: handle.claim(tx, at.ctx, page.found, officer=who)).result()
    assert not isinstance(done, Deny), done
    at.withdraw(replace(here.inside, version=2))
    assert sorted(titles(at, here.other)) == ["-", "beside"]  # who was alarmed hears that it is over


def test_an_alert_of_danger_to_life_is_read_by_everybody_whatever_it_refers_to(here: World) -> None:
    at = here.at
    for title in ("derived", "derived, and danger"):
        record = danger(title) if "danger" in title else titled(title)
        record.common.derived_from.add(record_id=here.inside.record, feed=here.inside.feed.feed)
        at.publish(record)
    assert titles(at, here.other) == ["derived, and danger", "beside"]


def test_what_is_too_much_to_read_takes_nothing_from_who_is_in_no_case(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, other = here.at, port(NORTH_SEA)
    source = other.publish(titled("of another port", kind="incident"))
    at.pull(other, source.feed.feed)
    both = titled("of another port and inside")
    both.common.derived_from.add(record_id=here.inside.record, feed=here.inside.feed.feed)
    for record in (titled("of another port alone"), both):
        record.common.derived_from.add(record_id=source.record, feed=source.feed.feed)
        at.publish(record)
    before = titles(at, here.other)
    assert "of another port alone" in before
    other.publish(titled("of another port", kind="incident"), record=source.record, version=2)
    at.pull(other, source.feed.feed)
    monkeypatch.setattr(reach, "VERSIONS_MAX", 1)
    assert sorted(titles(at, here.other)) == sorted(before)
    assert "of another port and inside" not in before
    assert "of another port and inside" in titles(at, here.member)


def test_a_plan_of_danger_to_life_counts_everybody_whom_its_label_admits(here: World) -> None:
    at = here.at
    record = danger("danger")
    record.common.derived_from.add(record_id=here.inside.record, feed=here.inside.feed.feed)
    counted = [_people(at, here.member, each) for each in (danger("danger"), record)]
    assert counted[0] == counted[1] != ()


def _people(at: Port, owner: str, message: pb.Record) -> tuple[str, ...]:
    draft = at.store.write(
        lambda tx: drafting.make(tx, at.ctx, message, owner=owner, label=parse(AMBER))
    ).result()
    who, people = visitor(at, owner), everyone(at)
    plan = at.store.read(lambda r: release.preview(r, at.ctx, draft.record, officer=who, people=people))
    assert isinstance(plan, Plan), plan
    return next(one.people for one in plan.recipients if one.people is not None)


def test_who_may_not_publish_incidents_opens_no_case_and_nobody_beyond_his_community(here: World) -> None:
    at = here.at

    def opening(who: str, circle: str) -> object:
        officer = visitor(at, who)
        return at.store.write(
            lambda tx: open_case.open_case(
                tx, at.ctx, MODEL, officer=officer, name="x", circle=circle, lead=officer
            )
        ).result()

    analyst = hire(at, "g.analyst", Role.ANALYST)
    refused = [opening(analyst, "ports-be"), opening(here.lead, "ports-nowhere")]
    assert [one.code for one in refused if isinstance(one, Deny)] == [
        DenyCode.NOT_COMPETENT,
        DenyCode.AUDIENCE,
    ]
    with pytest.raises(ValueError, match="name"):
        at.store.write(
            lambda tx: open_case.open_case(
                tx,
                at.ctx,
                MODEL,
                officer=visitor(at, here.lead),
                name="",
                circle="ports-be",
                lead=visitor(at, here.lead),
            )
        ).result()


def opens_many(here: World) -> None:
    """So many cases that one person opened are all, whoever leads them, also after one was closed; others open theirs, and so does he later."""
    at, officer, lead = here.at, visitor(here.at, here.member), visitor(here.at, here.other)

    def opening() -> CaseId | Deny:
        return at.store.write(
            lambda tx: open_case.open_case(
                tx, at.ctx, MODEL, officer=officer, name="x", circle="ports-be", lead=lead
            )
        ).result()

    first = opening()
    assert not isinstance(first, Deny)
    for _ in range(open_case.CASES_MAX - 1):
        assert not isinstance(opening(), Deny)
    refused = opening()
    assert isinstance(refused, Deny)
    assert refused.code is DenyCode.MANY_CASES
    led = visitor(at, here.other)
    assert at.store.write(lambda tx: open_case.close_case(tx, at.ctx, first, officer=led)).result() is True
    assert isinstance(opening(), Deny)
    opened(at, here.lead)
    at.clock.at += open_case.RECENT_MS
    officer, lead = visitor(at, here.member), visitor(at, here.other)
    assert not isinstance(opening(), Deny)
    assert isinstance(opening(), Deny)


def test_one_person_opens_so_many_cases_and_no_more(here: World) -> None:
    opens_many(here)


def test_cases_without_end_are_seen(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_rows, "opened_by", lambda *_: 0)
    with pytest.raises(AssertionError):
        opens_many(here)


def test_what_names_a_record_in_a_case_is_for_who_is_in_it(here: World) -> None:
    at = here.at
    ref = pb.Ref(record_id=here.inside.record, feed=here.inside.feed.feed)
    told_of = titled("derived")
    told_of.common.derived_from.append(ref)
    at.publish(told_of)
    looked = at.publish(titled("looked for", "indicator"))
    puts(at, here.lead, here.case, looked)
    at.publish(titled("seen", "sighting", indicator=pb.Ref(record_id=looked.record, feed=looked.feed.feed)))
    assert titles(at, here.other) == ["beside"]
    assert titles(at, here.member)[:2] == ["seen", "looked for"]


# ---- Broken glass ---------------------------------------------------------------------------------------------------------


def test_a_broken_glass_reads_for_four_hours_and_no_longer(here: World) -> None:
    at = here.at
    broken(at, here.other, here.case)
    assert titles(at, here.other) == ["beside", "inside"]
    assert visitor(at, here.other).reading.need.until == at.clock.at + 4 * HOUR_MS
    at.clock.at += 4 * HOUR_MS - 1
    page = shown(at, here.other, here.inside.record)
    assert page is not None
    assert page.reading_only
    assert page.audited
    at.clock.at += 1
    assert titles(at, here.other) == ["beside"]
    assert shown(at, here.other, here.inside.record) is None


def test_it_ends_after_four_hours_whatever_the_tuple_says(here: World) -> None:
    at = here.at
    row = broken(at, here.other, here.case, lasts_ms=HOUR_MS)

    def longer(tx: Tx) -> None:
        from node.store.tuples import WritingTuples

        held = WritingTuples(tx).find(of_case(here.case), Part.GLASS, f"user:{here.other}")
        assert held is not None
        assert held.condition is not None
        assert held.condition.context["audit_entry"] == row.entry.hex()
        context = {**held.condition.context, "valid_until": "2090-01-01T00:00:00Z"}
        WritingTuples(tx).change([replace(held, condition=Condition("glass_broken", context))], [])

    at.store.write(longer).result()
    assert shown(at, here.other, here.inside.record) is None


@pytest.mark.parametrize("lasts", [0, 4 * HOUR_MS + 1])
def test_it_is_not_broken_for_longer_nor_without_a_reason(here: World, lasts: int) -> None:
    with pytest.raises(ValueError, match="four hours"):
        breaks(here.at, here.other, here.case, lasts_ms=lasts)
    for reason in ("", "  ", "x" * 401):
        with pytest.raises(ValueError, match="reason"):
            breaks(here.at, here.other, here.case, reason=reason)
    assert told(here.at, here.lead) == []


def test_lead_and_integrity_officer_are_told_at_once_until_it_is_reviewed(here: World) -> None:
    at = here.at
    row = broken(at, here.other, here.case)
    assert told(at, here.lead) == told(at, here.integrity) == [row]
    assert told(at, here.other) == told(at, here.member) == []
    noted = at.audits()[-1]
    assert (noted.act, noted.actor, noted.details["case"]) == ("glass_break", here.other, here.case.hex())
    assert row.reason not in str(noted)
    assert reviews(at, here.other, row) is False
    assert reviews(at, here.member, row) is False
    at.clock.at += 300 * HOUR_MS
    assert told(at, here.lead) == [row]  # over, and still not reviewed
    assert reviews(at, here.integrity, row) is True
    assert told(at, here.lead) == told(at, here.integrity) == []
    assert reviews(at, here.lead, row) is False
    kept = at.store.read(lambda r: conduct.get(r, row.entry))
    assert kept is not None
    assert (kept.reviewer, kept.words) == (raw(here.integrity), "Right to do so")
    assert at.audits()[-1].act == "conduct_review"


def lead_says(here: World) -> None:
    """What the lead of the case finds of a broken glass is seen by who reviews conduct, and takes it from nobody but the lead."""
    at = here.at
    row = broken(at, here.other, here.case)
    assert reviews(at, here.lead, row, "A friend's words") is True
    noted = at.audits()[-1]
    assert (noted.act, noted.details["as"], noted.details["acts"]) == ("conduct_review", "lead", "1")
    assert told(at, here.lead) == []
    assert reviews(at, here.lead, row) is False
    (waiting,) = told(at, here.integrity)
    assert (waiting.reviewer, waiting.lead, waiting.lead_words) == (None, raw(here.lead), "A friend's words")
    at.clock.at += 4 * HOUR_MS
    assert isinstance(breaks(at, here.other, here.case), Deny)
    assert reviews(at, here.integrity, row) is True
    assert told(at, here.integrity) == []
    assert isinstance(broken(at, here.other, here.case), conduct.ConductRow)


def test_a_leads_review_ends_no_notice_of_who_reviews_conduct(here: World) -> None:
    lead_says(here)


def test_where_nobody_reviews_conduct_any_more_a_leads_words_before_end_nothing_and_after_end_it(
    here: World,
) -> None:
    at, admin = here.at, hire(here.at, "h.admin", Role.ADMINISTRATOR)
    another = hire(at, "i.another")
    first, second = broken(at, here.other, here.case), broken(at, another, here.case)
    assert reviews(at, here.lead, first) is True
    at.store.write(
        lambda tx: people.close(tx, at.ctx, raw(here.integrity), actor="administrator/cli")
    ).result()
    stuck = notices(at, admin).stuck
    assert (here.other in stuck, another in stuck) == (True, False)  # of the second the lead can be the one
    assert reviews(at, here.lead, second) is True
    kept = at.store.read(lambda r: conduct.get(r, second.entry))
    assert kept is not None
    assert (kept.reviewer, kept.lead) == (raw(here.lead), None)


def test_a_lead_who_ends_every_notice_is_seen(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review_conduct, "_ends", lambda *_: True)
    with pytest.raises(AssertionError, match="lead"):
        lead_says(here)


def test_it_is_not_broken_again_before_it_was_reviewed(here: World) -> None:
    at = here.at
    row = broken(at, here.other, here.case)
    assert breaks(at, here.other, here.case) is None  # he reads it already
    at.clock.at += 4 * HOUR_MS
    again = breaks(at, here.other, here.case)
    assert isinstance(again, Deny)
    assert again.code is DenyCode.NOT_REVIEWED
    assert reviews(at, here.integrity, row) is True
    broken(at, here.other, here.case)
    assert titles(at, here.other) == ["beside", "inside"]


def test_it_is_not_broken_where_nobody_would_be_told() -> None:
    at = port(ANTWERP)
    lead, other = hire(at, "a.lead"), hire(at, "c.other")
    case = opened(at, lead)
    at.clock.at += 299 * DAY_MS
    assert not isinstance(breaks(at, other, case), Deny)
    at = port(ANTWERP)
    lead, other = hire(at, "a.lead"), hire(at, "c.other")
    case = opened(at, lead)
    at.store.write(
        lambda tx: tx.run("DELETE FROM relation WHERE user = ? AND relation = 'lead'", f"user:{lead}")
    ).result()
    refused = breaks(at, other, case)
    assert isinstance(refused, Deny)
    assert not at.store.read(conduct.waiting)


def test_a_close_colleague_does_not_review(here: World) -> None:
    at = here.at
    ids = [uuid.UUID(one).bytes for one in (here.other, here.lead, here.integrity)]
    for tied in ids[1:]:
        at.store.write(
            lambda tx, tied=tied: interest.join(  # type: ignore[misc]
                tx, at.ctx, MODEL, ids[0], tied, Tie.COLLEAGUE, actor="administrator/cli"
            )
        ).result()
    row = broken(at, here.other, here.case)
    assert isinstance(reviews(at, here.lead, row), Deny)  # told, for it is his case
    assert reviews(at, here.integrity, row) is False
    assert told(at, here.lead) == [row]


def test_it_opens_no_label_no_community_no_conflict_and_nothing_to_who_was_read_out(here: World) -> None:
    at = here.at
    named = f"{AMBER}//TO officer:{at.name}/{here.lead}"
    labelled = at.publish(titled("for the lead"), named)
    mine = titled("about me")
    mine.common.subjects.append(pb.IndicatorValue(type="mmsi", value="200123456"))
    concerning = at.publish(mine)
    at.store.write(
        lambda tx: interest.declare(
            tx,
            at.ctx,
            raw(here.other),
            subject("mmsi", "200123456"),
            Whose.ONESELF,
            actor="administrator/cli",
        )
    ).result()
    puts(at, here.lead, here.case, labelled)
    puts(at, here.lead, here.case, concerning)
    second = opened(at, here.lead, name="Another")
    elsewhere = at.publish(titled("in another case"))
    puts(at, here.lead, second, elsewhere)
    scheldt = opened(at, here.lead, circle="ports-scheldt")
    broken(at, here.other, here.case)
    assert titles(at, here.other) == ["beside", "inside"]
    assert shown(at, here.other, elsewhere.record) is None
    reads_out(at, here.lead, here.case, here.other)
    assert titles(at, here.other) == ["beside"]
    auditor = hire(at, "h.auditor", Role.AUDITOR)
    assert shown(at, auditor, here.inside.record) is None
    assert scheldt


def acts(at: Port, who: Visitor, one: Released, found: search.Found, other_case: CaseId) -> list[object]:
    """Everything that is done with a record, by this officer."""
    lineage, record, ctx = one.feed.lineage, one.record, at.ctx

    def every(tx: Tx) -> list[object]:
        return [
            hold.ask(tx, ctx, lineage, record, reference="x", officer=who),
            contest.contest(tx, ctx, lineage, record, officer=who),
            handle.claim(tx, ctx, found, officer=who),
            erase.request_erase(tx, ctx, record, reason=2, officer=who),
            put_in.put_in(tx, ctx, MODEL, other_case, found, officer=who),
            retract.retract(tx, ctx, record, reason=1, officer=who),
            unseal.unseal(tx, ctx, Readable(ctx), Address(record, b""), reason=1, officer=who),
        ]

    def may(reader: Reader) -> list[bool]:
        return [
            retract.may_retract(reader, ctx, record, who),
            move.may_change(reader, ctx, record, who),
            erase.may_erase(reader, ctx, record, who),
            bool(handle.steps(reader, ctx, found, who)),
        ]

    allowed = at.store.read(may)
    assert len(set(allowed)) == 1, allowed
    return [*at.store.write(every).result(), *allowed[:1]]


def test_whoever_reads_by_broken_glass_does_nothing_else(here: World) -> None:
    at = here.at
    broken(at, here.other, here.case)
    found = seen(at, visitor(at, here.other), here.inside.record)
    assert found is not None
    done = acts(at, visitor(at, here.other), here.inside, found, here.case)
    assert done[0] is None  # a hold is not told of to who may not act on what it is on
    assert [one.code for one in done if isinstance(one, Deny)] == [DenyCode.NEED_TO_KNOW] * 5
    assert done[-1] is False
    theirs = acts(at, visitor(at, here.member), here.inside, found, here.case)
    assert not [one for one in theirs if isinstance(one, Deny)]
    at.withdraw(here.inside)
    sealed = at.store.write(
        lambda tx: unseal.unseal(
            tx,
            at.ctx,
            Readable(at.ctx),
            Address(here.inside.record, b""),
            reason=1,
            officer=visitor(at, here.other),
        )
    ).result()
    assert isinstance(sealed, Deny)


def test_plans_count_who_is_in_the_case_and_are_of_those_who_contribute(here: World) -> None:
    at = here.at

    def previewed(who: str, record: RecordId) -> Plan | Deny | None:
        return at.store.read(
            lambda r: release.preview(r, at.ctx, record, officer=visitor(at, who), people=everyone(at))
        )

    at.clock.at += 1000
    moved = at.store.write(
        lambda tx: move.begin(
            tx, at.ctx, here.inside.record, editor=here.member, label=parse(f"{AMBER}//CAVEAT ORCON")
        )
    ).result()
    broken(at, here.other, here.case)
    assert moved is not None
    plan = previewed(here.member, moved.record)
    assert isinstance(plan, Plan), plan
    assert set(plan.recipients[0].people or ()) == {here.lead, here.member, here.other}
    refused = previewed(here.other, moved.record)
    assert isinstance(refused, Deny)
    assert refused.code is DenyCode.NEED_TO_KNOW
    at.clock.at += 5 * HOUR_MS
    plan = previewed(here.member, moved.record)
    assert isinstance(plan, Plan)
    assert set(plan.recipients[0].people or ()) == {here.lead, here.member}
    before = last(at)
    left = at.store.write(
        lambda tx: release.release(
            tx,
            at.ctx,
            moved.record,
            officer=visitor(at, here.member),
            people=everyone(at),
            digest=plan.digest,
        )
    ).result()
    assert not isinstance(left, Deny)
    assert titles(at, here.other) == ["beside"]
    assert changed(at, here.other, before) == search.Changed((), (), last(at))
    assert shown(at, here.other, moved.record) is None
    assert shown(at, here.member, moved.record) is not None


def test_the_operator_is_told_that_a_case_is_why(here: World) -> None:
    def why(login: str) -> Sequence[explain.Line]:
        told_ = here.at.store.read(
            lambda r: explain.explain_person(r, here.at.ctx, MODEL, Address(here.inside.record, b""), login)
        )
        assert told_ is not None
        return [line for line in told_.lines if not line.holds]

    assert [line.part for line in why("c.other")] == ["case"]
    assert why("b.member") == []


# ---- Faults planted -------------------------------------------------------------------------------------------------------


def test_without_the_question_everybody_reads_what_is_in_a_case(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "needed", lambda *_: True)
    with pytest.raises(AssertionError):
        test_what_is_in_a_case_is_read_by_who_is_in_it_and_is_absent_for_all_others(here)


def test_a_glass_that_nobody_is_told_of_is_seen(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conduct, "lines", lambda *_, **__: ([], 0))
    with pytest.raises(AssertionError):
        test_lead_and_integrity_officer_are_told_at_once_until_it_is_reviewed(here)


def test_a_glass_that_contributes_is_seen(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from policies.need import Need

    monkeypatch.setattr(Need, "acts", Need.reads)
    with pytest.raises(AssertionError):
        test_whoever_reads_by_broken_glass_does_nothing_else(here)


def test_a_tuple_outlives_no_request(here: World) -> None:
    """Nothing has to be taken away for a glass to end: the relation stands and the question says no."""
    broken(here.at, here.other, here.case)
    here.at.clock.at += 4 * HOUR_MS
    held = here.at.store.read(lambda r: SnapshotTuples(r).read(of_case(here.case), Part.GLASS))
    assert len(held) == 1
    assert not visitor(here.at, here.other).reading.need.read
