"""Nobody sees or touches what concerns himself, a declared relation or a close colleague: in lists, on pages, in the stream, in drafts."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import officers_here
import pytest
from concerned_here import HIS, MINE, OTHER, PERSONAL, Desk, about, declare
from officers_here import MODEL, hire, visitor
from offices_web import FORM, basis, screens
from ports import AMBER, ANTWERP, Port, port
from record_examples import example

from node.commands import contest, draft, erase, hold, interest, move, release, retract, search
from node.commands.interest import Whose
from node.commands.people import Visitor
from node.store.entries import Listing
from node.store.unit import Reader, Tx
from policies.conflicts import NO_CONFLICTS, Conflicts, Named, digest
from policies.decision import Deny, DenyCode
from policies.officers import Role, Tie
from policies.plan import Plan
from protocol.indicator import subject
from protocol.label import parse
from protocol.marks import subjects
from protocol.v1 import records_pb2 as pb


@pytest.fixture(name="antwerp")
def antwerp_port() -> Port:
    return port(ANTWERP)


def test_what_names_me_is_nowhere_for_me_and_as_ever_for_others(antwerp: Port) -> None:
    me, other = hire(antwerp, "a.peeters"), hire(antwerp, "b.maes")
    assert declare(antwerp, me, MINE)
    released = antwerp.publish(about(MINE, "mine"), PERSONAL)
    antwerp.publish(about(OTHER, "another's"), PERSONAL)
    mine, theirs = Desk(antwerp, me), Desk(antwerp, other)
    assert mine.titles() == ["another's"]
    assert theirs.titles() == ["another's", "mine"]
    assert not mine.opens(released.record)
    assert theirs.opens(released.record)
    assert [row.record.title for row in mine.changed().rows if row.record] == ["another's"]
    assert len(theirs.changed().rows) == 2


def test_it_stays_nowhere_when_it_is_withdrawn_or_corrected(antwerp: Port) -> None:
    me, other = hire(antwerp, "a.peeters"), hire(antwerp, "b.maes", Role.PORT_CAPTAIN)
    declare(antwerp, me, MINE)
    released = antwerp.publish(about(MINE), PERSONAL)
    done = antwerp.store.write(
        lambda tx: retract.retract(
            tx, antwerp.ctx, released.record, reason=1, officer=visitor(antwerp, other)
        )
    ).result()
    assert isinstance(done, retract.Retracted)
    assert Desk(antwerp, other).titles() == ["-"]
    assert Desk(antwerp, me).titles() == []
    assert not Desk(antwerp, me).opens(released.record)


def test_pages_are_as_full_as_anybody_s(antwerp: Port) -> None:
    me = hire(antwerp, "a.peeters")
    declare(antwerp, me, MINE)
    for n in range(9):
        antwerp.publish(about(MINE if n % 2 else OTHER, f"n{n}"), PERSONAL)
    assert Desk(antwerp, me).pages(2) == [["n8", "n6"], ["n4", "n2"], ["n0"]]
    assert Desk(antwerp, me).pages(5)[0] == ["n8", "n6", "n4", "n2", "n0"]


def test_a_look_out_for_me_and_its_sightings_are_nowhere(antwerp: Port) -> None:
    me, other = hire(antwerp, "a.peeters"), hire(antwerp, "b.maes")
    declare(antwerp, me, MINE)
    looked = example("indicator", value=pb.IndicatorValue(type="plate", value=MINE))
    looked.common.title = "look out"
    looked.common.subject_category.append(pb.Common.SUBJECT_CATEGORY_SUSPECT)
    released = antwerp.publish(looked, PERSONAL)
    seen = about(
        MINE, "seen", "sighting", indicator=pb.Ref(record_id=released.record, feed=released.feed.feed)
    )
    antwerp.publish(seen, PERSONAL)
    assert Desk(antwerp, me).titles() == []
    assert Desk(antwerp, me).titles(listings=[Listing.LOOKOUTS]) == []
    assert Desk(antwerp, other).titles() == ["seen", "look out"]


def test_relations_and_colleagues_count_with_what_is_theirs_and_both_ways(antwerp: Port) -> None:
    me, him, third = hire(antwerp, "a.peeters"), hire(antwerp, "b.maes"), hire(antwerp, "c.claes")
    declare(antwerp, me, MINE)
    declare(antwerp, him, HIS)
    declare(antwerp, third, OTHER, Whose.RELATION)
    ids = [uuid.UUID(one).bytes for one in (me, him, third)]
    for plate in (MINE, HIS, OTHER):
        antwerp.publish(about(plate, plate), PERSONAL)

    def tied(act: object, one: bytes, other: bytes, as_: Tie) -> None:
        antwerp.store.write(
            lambda tx: act(tx, antwerp.ctx, MODEL, one, other, as_, actor="administrator/cli")  # type: ignore[operator]
        ).result()

    tied(interest.join, ids[0], ids[1], Tie.COLLEAGUE)
    tied(interest.join, ids[1], ids[2], Tie.RELATION)
    assert Desk(antwerp, me).titles() == [OTHER]
    assert Desk(antwerp, him).titles() == [OTHER]  # the third's relation is not his
    assert Desk(antwerp, third).titles() == [MINE]
    tied(interest.part, ids[1], ids[0], Tie.COLLEAGUE)
    assert Desk(antwerp, me).titles() == [OTHER, HIS]
    with pytest.raises(ValueError, match="two people"):
        tied(interest.join, ids[0], ids[0], Tie.RELATION)


def test_nothing_that_concerns_me_is_released_approved_or_counted_as_mine_to_read(antwerp: Port) -> None:
    me, other = hire(antwerp, "a.peeters"), hire(antwerp, "b.maes")
    declare(antwerp, me, MINE)
    row = antwerp.store.write(
        lambda tx: draft.make(
            tx, antwerp.ctx, about(MINE), owner="detector/watch_list", label=parse(PERSONAL)
        )
    ).result()
    people = officers_here.everyone(antwerp)

    def planned(who: str) -> Plan | Deny | None:
        return antwerp.store.read(
            lambda r: release.preview(
                r, antwerp.ctx, row.record, officer=visitor(antwerp, who), people=people
            )
        )

    refused, plan = planned(me), planned(other)
    assert isinstance(refused, Deny)
    assert refused.code is DenyCode.CONFLICT
    assert isinstance(plan, Plan)
    assert plan.recipients[0].people == (other,)
    approved = antwerp.store.write(
        lambda tx: release.approve(
            tx, antwerp.ctx, row.record, officer=visitor(antwerp, me), people=people, digest=plan.digest
        )
    ).result()
    assert isinstance(approved, Deny)
    assert approved.code is DenyCode.CONFLICT


def test_no_act_on_it_is_mine_whatever_my_role(antwerp: Port) -> None:
    roles = (Role.PORT_CAPTAIN, Role.DPO, Role.SECURITY_OFFICER)
    me, other = hire(antwerp, "a.peeters", *roles), hire(antwerp, "b.maes", *roles)
    declare(antwerp, me, MINE)
    released = antwerp.publish(about(MINE), PERSONAL)
    lineage = released.feed.lineage

    def held(tx: Tx, who: Visitor) -> object:
        return hold.ask(tx, antwerp.ctx, lineage, released.record, reference="x", officer=who)

    def acts(tx: Tx, who: Visitor) -> Sequence[object]:
        return (
            contest.contest(tx, antwerp.ctx, lineage, released.record, officer=who),
            erase.request_erase(tx, antwerp.ctx, released.record, reason=2, officer=who),
            retract.retract(tx, antwerp.ctx, released.record, reason=1, officer=who),
        )

    def may(reader: Reader, who: Visitor) -> tuple[bool, ...]:
        return (
            retract.may_retract(reader, antwerp.ctx, released.record, who),
            move.may_change(reader, antwerp.ctx, released.record, who),
            erase.may_erase(reader, antwerp.ctx, released.record, who),
        )

    assert antwerp.store.read(lambda r: may(r, visitor(antwerp, me))) == (False, False, False)
    assert antwerp.store.read(lambda r: may(r, visitor(antwerp, other))) == (True, True, True)
    mine = antwerp.store.write(lambda tx: acts(tx, visitor(antwerp, me))).result()
    assert [one.code for one in mine if isinstance(one, Deny)] == [DenyCode.CONFLICT] * 3
    assert (
        antwerp.store.write(lambda tx: held(tx, visitor(antwerp, me))).result() is None
    )  # as of what is not here
    assert antwerp.store.write(lambda tx: held(tx, visitor(antwerp, other))).result() is not None
    theirs = antwerp.store.write(lambda tx: acts(tx, visitor(antwerp, other))).result()
    assert not [one for one in theirs if isinstance(one, Deny)]


def test_a_declaration_is_audited_and_kept_by_its_digest_alone(antwerp: Port) -> None:
    me = hire(antwerp, "a.peeters")
    assert declare(antwerp, me, "be:1-abc-123")  # as typed; the stored form counts
    assert not declare(antwerp, me, MINE)
    told = antwerp.audits()[-1]
    assert told.act == "interest_declare"
    assert dict(told.details) == {"person": me, "type": "plate", "whose": "oneself"}
    kept = antwerp.store.read(lambda r: r.all("SELECT digest FROM interest"))
    assert len(kept) == 1
    for table in ("interest", "interest_key", "entry", "relation"):
        for line in antwerp.store.read(lambda r, table=table: r.all(f"SELECT * FROM {table}")):  # type: ignore[misc]
            assert not any("1ABC123" in str(cell) for cell in line)
    assert MINE not in repr(visitor(antwerp, me))
    gone = antwerp.store.write(
        lambda tx: interest.withdraw(
            tx, antwerp.ctx, uuid.UUID(me).bytes, subject("plate", MINE), actor="administrator/cli"
        )
    ).result()
    assert gone
    assert antwerp.audits()[-1].act == "interest_withdraw"
    antwerp.publish(about(MINE, "mine"), PERSONAL)
    assert Desk(antwerp, me).titles() == ["mine"]


@pytest.mark.parametrize("before", [Whose.RELATION, Whose.COLLEAGUE])
def test_what_turns_out_to_be_ones_own_counts_for_a_colleague_too(antwerp: Port, before: Whose) -> None:
    me, other = hire(antwerp, "a.peeters"), hire(antwerp, "b.maes")
    antwerp.store.write(
        lambda tx: interest.join(
            tx,
            antwerp.ctx,
            MODEL,
            uuid.UUID(me).bytes,
            uuid.UUID(other).bytes,
            Tie.COLLEAGUE,
            actor="administrator/cli",
        )
    ).result()
    antwerp.publish(about(MINE, "mine"), PERSONAL)
    assert declare(antwerp, me, MINE, before)
    assert (Desk(antwerp, me).titles(), Desk(antwerp, other).titles()) == ([], ["mine"])
    assert declare(antwerp, me, MINE, Whose.ONESELF)
    told = antwerp.audits()[-1]
    assert (told.act, told.details["whose"]) == ("interest_declare", "oneself")
    assert (Desk(antwerp, me).titles(), Desk(antwerp, other).titles()) == ([], [])


def test_two_nodes_keep_the_same_plate_under_different_digests() -> None:
    keys = []
    for seed in (1, 2):
        at = port(ANTWERP, seed=seed)
        declare(at, hire(at, "a.peeters"), MINE)
        keys.append(at.store.read(lambda r: r.all("SELECT digest FROM interest"))[0][0])
    assert keys[0] != keys[1]


def test_a_record_of_an_unknown_kind_is_judged_by_its_common_part() -> None:
    record = about(MINE)
    record.ClearField("alert")
    key = bytes(32)
    mine = Conflicts(key, frozenset({digest(key, f"plate:{MINE}")}))
    named = Named(subjects(record.SerializeToString()))
    assert mine.touched(named)
    assert not Conflicts(bytes([1]) * 32, mine.digests).touched(named)


def test_of_what_is_not_all_known_nobody_knows_that_it_does_not_concern_him() -> None:
    key = bytes(32)
    assert Conflicts(key, frozenset({digest(key, f"plate:{MINE}")})).touched(Named(whole=False))
    assert not NO_CONFLICTS.touched(Named(whole=False))


def test_without_the_question_a_reader_finds_himself(antwerp: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault planted: labels alone decide."""
    me = hire(antwerp, "a.peeters")
    declare(antwerp, me, MINE)
    released = antwerp.publish(about(MINE, "mine"), PERSONAL)
    monkeypatch.setattr(search, "conflicts", lambda *_: False)
    assert Desk(antwerp, me).titles() == ["mine"]
    assert Desk(antwerp, me).opens(released.record)
    assert AMBER != PERSONAL


def test_on_the_screens_nothing_about_me_is_made_shown_or_counted() -> None:
    """A ship of one's own: no look-out for it can be entered, no draft about it is listed or opened, no record of it is there."""
    here = screens(ANTWERP)
    mine, others = hire(here.port, "a.peeters"), hire(here.port, "b.maes")
    me, other = here.enter(mine), here.enter(others)
    assert here.port.store.write(
        lambda tx: interest.declare(
            tx,
            here.port.ctx,
            uuid.UUID(mine).bytes,
            subject("mmsi", "200123456"),
            Whose.ONESELF,
            actor="node",
        )
    ).result()
    form = {**FORM, **basis(other), "vessel": "200 123 456", "headline": "A ship of an officer"}
    refused = me.submit("/alerts/new", "/alerts/new", **form)
    assert refused.status_code != 303
    drafted = other.submit("/alerts/new", "/alerts/new", **form)
    assert drafted.status_code == 303
    page = drafted.headers["location"]
    assert page in other.get("/drafts").text
    assert page not in me.get("/drafts").text
    assert me.get(page).status_code == 404
    address = other.submit(page, f"{page}/release").headers["location"]
    assert other.get(address).status_code == 200
    assert me.get(address).status_code == 404
    assert "200123456" not in me.get("/").text
