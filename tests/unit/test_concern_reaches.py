"""What only refers to a record that concerns somebody concerns him too: in lists, on pages, in the stream, in plans, drafts and files."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import officers_here
import pytest
from concerned_here import MINE, OTHER, PERSONAL, Desk, about, declare
from google.protobuf.message import DecodeError
from officers_here import hire, visitor
from ports import ANTWERP, NORTH_SEA, Port, port
from record_examples import example, ref

from node.commands import concern, draft, reach, release
from node.commands.publish import Released
from node.commands.reach import Reach
from policies.decision import Deny, DenyCode
from policies.plan import Plan
from protocol.label import parse
from protocol.marks import subjects
from protocol.v1 import records_pb2 as pb


def pointed(released: Released) -> pb.Ref:
    return pb.Ref(record_id=released.record, feed=released.feed.feed)


def titled(title: str, record: pb.Record) -> pb.Record:
    record.common.title = title
    return record


def derived(one: pb.Ref) -> pb.Record:
    record = example("alert")
    record.common.derived_from.append(one)
    return record


def endangered(one: pb.Ref) -> pb.Record:
    record = derived(one)
    record.alert.life_safety, record.alert.severity = True, pb.Alert.SEVERITY_SEVERE
    return record


REFERRING: dict[str, Callable[[pb.Ref], pb.Record]] = {
    "outcome": lambda one: example("outcome", about=one),
    "notice": lambda one: example("notice", about=[one]),
    "incident": lambda one: example("incident", linked=[one]),
    "modus operandi": lambda one: example("modus_operandi", linked=[one]),
    "request": lambda one: example("request", about=one),
    "given": lambda one: example(
        "request",
        step=pb.Request.STEP_GRANTED,
        request=ref(3),
        given=one,
        owner=None,
        wanted=None,
        grounds=None,
    ),
    "derived": derived,
    "sighting": lambda one: example("sighting", indicator=one),
}


class Here:
    """A port with somebody whom one alert is about, and somebody else."""

    def __init__(self, at: Port) -> None:
        self.at = at
        self.me, self.other = hire(at, "a.peeters"), hire(at, "b.maes")
        declare(at, self.me, MINE)
        self.mine = pointed(at.publish(about(MINE, "mine"), PERSONAL))
        self.others = pointed(at.publish(about(OTHER, "another's"), PERSONAL))

    def seen(self, who: str) -> list[str]:
        return Desk(self.at, who).titles()

    def planned(self, who: str, message: pb.Record) -> Plan | Deny | None:
        row = self.at.store.write(
            lambda tx: draft.make(tx, self.at.ctx, message, owner=self.other, label=parse(PERSONAL))
        ).result()
        people = officers_here.everyone(self.at)
        return self.at.store.read(
            lambda r: release.preview(
                r, self.at.ctx, row.record, officer=visitor(self.at, who), people=people
            )
        )


@pytest.fixture(scope="module", name="here")
def here_at() -> Here:
    return Here(port(ANTWERP))


@pytest.mark.parametrize("how", sorted(REFERRING))
def test_what_refers_to_a_record_about_me_is_nowhere_for_me(here: Here, how: str) -> None:
    made = here.at.publish(titled(f"to mine by {how}", REFERRING[how](here.mine)), PERSONAL)
    free = here.at.publish(titled(f"to another's by {how}", REFERRING[how](here.others)), PERSONAL)
    mine, other = Desk(here.at, here.me), Desk(here.at, here.other)
    assert f"to mine by {how}" not in mine.titles()
    assert {f"to another's by {how}", f"to mine by {how}"} <= set(other.titles())
    assert f"to another's by {how}" in mine.titles()
    assert not mine.opens(made.record)
    assert mine.opens(free.record)
    assert other.opens(made.record)
    assert made.record not in {row.id for row in mine.changed().rows}
    assert made.record in {row.id for row in other.changed().rows}


def test_no_act_on_it_is_mine(here: Here) -> None:
    made = here.at.publish(example("outcome", about=here.mine), PERSONAL)
    for who, code in ((here.me, DenyCode.CONFLICT), (here.other, None)):
        found = here.at.store.read(
            lambda r, who=who: concern.concerned(  # type: ignore[misc]
                r, visitor(here.at, who), made.feed.lineage, made.record
            )
        )
        assert (found.code if found is not None else None) is code


def test_a_plan_counts_only_those_who_will_see_it(here: Here) -> None:
    message = about(OTHER, "derived")
    message.common.derived_from.append(here.mine)
    refused, plan = here.planned(here.me, message), here.planned(here.other, message)
    assert isinstance(refused, Deny)
    assert refused.code is DenyCode.NO_ANSWER  # what it names concerns me: to me it is not held here
    assert isinstance(plan, Plan)
    assert plan.recipients[0].people == (here.other,)
    message.common.derived_from[0].CopyFrom(here.others)
    plan = here.planned(here.me, message)
    assert isinstance(plan, Plan)
    assert set(plan.recipients[0].people or ()) == {here.me, here.other}


def test_a_draft_that_goes_on_from_what_is_about_me_is_not_mine_to_see(here: Here) -> None:
    first = here.at.publish(about(MINE, "before"), PERSONAL)
    row = here.at.store.write(
        lambda tx: draft.make(tx, here.at.ctx, about(OTHER), owner=here.other, label=parse(PERSONAL))
    ).result()
    onward = dataclasses.replace(row, lineage=first.feed.lineage, replaces=first.record)
    for who, mine in ((here.me, True), (here.other, False)):
        found = here.at.store.read(
            lambda r, who=who: concern.concerned_by_draft(r, visitor(here.at, who), onward)  # type: ignore[misc]
        )
        assert found is mine


def test_it_reaches_over_several_records_and_stops_after_so_many() -> None:
    here = Here(port(ANTWERP))
    last = here.mine
    for step in range(1, reach.STEPS + 2):
        last = pointed(here.at.publish(titled(f"{step} away", derived(last)), PERSONAL))
    assert here.seen(here.me) == [f"{reach.STEPS + 1} away", "another's"]


def test_every_version_of_what_is_referred_counts_and_it_counts_withdrawn() -> None:
    here = Here(port(ANTWERP))
    first = here.at.publish(about(MINE, "first"), PERSONAL)
    here.at.publish(about(OTHER, "corrected"), PERSONAL, record=first.record, version=2)
    here.at.withdraw(first)
    here.at.publish(titled("outcome", example("outcome", about=pointed(first))), PERSONAL)
    assert "outcome" not in here.seen(here.me)
    assert "outcome" in here.seen(here.other)


def test_what_is_not_held_here_tells_nothing_and_what_the_record_says_counts() -> None:
    here = Here(port(ANTWERP))
    here.at.publish(titled("far", example("outcome", about=ref(7))), PERSONAL)
    told = about(MINE, "said itself", "outcome", about=ref(8))
    here.at.publish(told, PERSONAL)
    assert here.seen(here.me)[0] == "far"
    assert here.seen(here.other)[:2] == ["said itself", "far"]


def test_a_record_of_another_port_counts_too() -> None:
    here, there = Here(port(ANTWERP)), port(NORTH_SEA)
    released = there.publish(about(MINE, "theirs"), PERSONAL)
    here.at.pull(there, released.feed.feed)
    here.at.publish(titled("outcome", example("outcome", about=pointed(released))), PERSONAL)
    assert "outcome" not in here.seen(here.me)


def test_circles_end_and_what_is_too_much_to_read_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    here = Here(port(ANTWERP))
    one = here.at.publish(titled("one", derived(here.others)), PERSONAL)
    here.at.publish(derived(pointed(one)), PERSONAL, record=one.record, version=2)  # refers to itself
    assert len(here.seen(here.me)) == 2
    monkeypatch.setattr(reach, "VERSIONS_MAX", 1)
    assert here.seen(here.me) == ["another's"]
    assert len(here.seen(here.other)) == 3


@pytest.mark.parametrize("doubted", [False, True])
def test_danger_to_life_is_decided_on_what_is_known(doubted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """No port takes it from those who are to act by how often it writes what it refers to; doubted: the fault planted."""
    here, there = Here(port(ANTWERP)), port(NORTH_SEA)
    long = there.publish(titled("long", example("alert")), PERSONAL)
    for version in (2, 3):
        there.publish(titled("long", example("alert")), PERSONAL, record=long.record, version=version)
    mine = there.publish(about(MINE, "mine too"), PERSONAL)
    there.publish(titled("beside", derived(pointed(long))), PERSONAL)
    there.publish(titled("danger", endangered(pointed(long))), PERSONAL)
    there.publish(titled("danger, mine", endangered(pointed(mine))), PERSONAL)
    here.at.pull(there, long.feed.feed)
    monkeypatch.setattr(reach, "VERSIONS_MAX", 2)
    if doubted:
        monkeypatch.setattr(reach, "in_danger", lambda _: False)
    shown = here.seen(here.me)
    assert ("danger" in shown) is not doubted
    assert "beside" not in shown
    assert "danger, mine" not in shown


def test_what_another_port_adds_takes_nothing_away_of_what_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """An alert of danger refers to what names me, and to another: neither a version that nobody can read nor very many show it to me."""
    here, there = Here(port(ANTWERP)), port(NORTH_SEA)
    mine, long = (
        there.publish(about(MINE, "names me"), PERSONAL),
        there.publish(titled("long", example("alert")), PERSONAL),
    )
    danger = endangered(pointed(mine))
    danger.common.derived_from.append(pointed(long))
    here.at.publish(titled("danger", danger), PERSONAL)
    for version in (2, 3, 4, 5):
        there.publish(titled("long", example("alert")), PERSONAL, record=long.record, version=version)
        there.publish(titled("not me", example("alert")), PERSONAL, record=mine.record, version=version)
    here.at.pull(there, mine.feed.feed)
    monkeypatch.setattr(reach, "VERSIONS_MAX", 4)
    assert "danger" not in here.seen(here.me)
    assert "danger" in here.seen(here.other)
    read = subjects

    def unreadable(content: bytes) -> frozenset[str]:
        if b"not me" in content:
            raise DecodeError
        return read(content)

    monkeypatch.setattr(reach, "subjects", unreadable)
    assert "danger" not in here.seen(here.me)
    monkeypatch.setattr(
        reach, "references", lambda _content: frozenset()
    )  # the fault: what a record refers to is forgotten
    assert "danger" in here.seen(here.me)


@pytest.mark.parametrize("unfair", [False, True])
def test_a_neighbour_of_much_takes_nothing_from_what_is_two_steps_away(
    monkeypatch: pytest.MonkeyPatch, unfair: bool
) -> None:
    """An alert of danger refers to what refers to what names me, and to one of many versions, each of which refers to others."""
    here, there = Here(port(ANTWERP)), port(NORTH_SEA)
    mine = there.publish(about(MINE, "names me"), PERSONAL)
    way = there.publish(titled("way", derived(pointed(mine))), PERSONAL)
    much = there.publish(titled("much", example("alert")), PERSONAL)
    danger = endangered(pointed(way))
    danger.common.derived_from.append(pointed(much))
    here.at.publish(titled("danger", danger), PERSONAL)
    for version in range(2, 9):
        many = example("alert")
        for number in range(5):
            other = bytes((0, version, number, 0, 0, 0, 0x70, 0, 0x80)) + bytes(
                7
            )  # sorts before any real one
            many.common.derived_from.add(record_id=other, feed=mine.feed.feed)
        there.publish(many, PERSONAL, record=much.record, version=version)
    here.at.pull(there, mine.feed.feed)
    monkeypatch.setattr(reach, "VERSIONS_MAX", 4)
    if unfair:  # the fault: by id, whatever each was named among
        monkeypatch.setattr(reach.Reach, "_fairly", lambda _, wave, seen: sorted(wave.keys() - seen)[:4])
    assert ("danger" in here.seen(here.me)) is unfair
    assert "danger" in here.seen(here.other)


def test_who_reads_an_alert_of_danger_acts_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its first version was none, and refers to what somebody made too long to read."""
    here, there = Here(port(ANTWERP)), port(NORTH_SEA)
    long = there.publish(titled("long", example("alert")), PERSONAL)
    here.at.pull(there, long.feed.feed)
    alert = here.at.publish(titled("plain", derived(pointed(long))), PERSONAL)
    here.at.publish(titled("danger", endangered(pointed(long))), PERSONAL, record=alert.record, version=2)
    for version in (2, 3):
        there.publish(titled("long", example("alert")), PERSONAL, record=long.record, version=version)
    here.at.pull(there, long.feed.feed)
    monkeypatch.setattr(reach, "VERSIONS_MAX", 2)
    assert "danger" in here.seen(here.me)
    who = visitor(here.at, here.me)
    key = alert.feed.lineage, alert.record
    assert here.at.store.read(lambda r: concern.concerned(r, who, *key)) is None
    monkeypatch.setattr(concern, "danger_shown", lambda *_: False)
    assert here.at.store.read(lambda r: concern.concerned(r, who, *key)) is not None


def test_what_cannot_be_read_concerns_whoever_declared_anything() -> None:
    here = Here(port(ANTWERP))
    named = here.at.store.read(lambda r: Reach(r).of(b"\xff"))
    assert not named.whole
    assert here.at.store.read(lambda r: Reach(r).of(None)).whole


def test_without_the_references_it_shows(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault planted: only what a record itself names counts."""
    here.at.publish(titled("planted", example("outcome", about=here.mine)), PERSONAL)
    monkeypatch.setattr(reach, "references", lambda _content: frozenset())
    assert "planted" in here.seen(here.me)


@pytest.mark.parametrize("forgetful", [False, True])
def test_a_list_reads_what_its_rows_refer_to_once_and_so_much_in_all(
    forgetful: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many rows of another port refer to the same records of many versions; forgetful: the fault planted, and read anew for each row."""
    here, there = Here(port(ANTWERP)), port(NORTH_SEA)
    many = [there.publish(titled(f"many {n}", example("alert")), PERSONAL) for n in range(4)]
    for one in many:
        for version in range(2, 9):
            there.publish(titled("many", example("alert")), PERSONAL, record=one.record, version=version)
    for number in range(10):
        row = titled(f"row {number}", example("alert"))
        row.common.derived_from.extend(pointed(one) for one in many)
        there.publish(row, PERSONAL)
    plain = there.publish(titled("plain", derived(pointed(many[0]))), PERSONAL)
    here.at.pull(there, plain.feed.feed)
    monkeypatch.setattr(reach, "VERSIONS_MAX", 8)
    looked, read = list[bytes](), subjects

    def counted(content: bytes) -> frozenset[str]:
        looked.append(content)
        return read(content)

    monkeypatch.setattr(reach, "subjects", counted)
    if forgetful:
        begun = Reach._begun

        def anew(self: Reach, ref: tuple[bytes, bytes]) -> object:
            self._known.pop(ref, None)
            return begun(self, ref)

        monkeypatch.setattr(Reach, "_begun", anew)
    assert not [title for title in here.seen(here.me) if title.startswith("row")]  # in doubt
    rows, most = 17, 4 * 8
    assert (len(looked) <= rows + most) is not forgetful
    looked.clear()
    monkeypatch.setattr(reach, "WORK", 0)
    monkeypatch.setattr(reach, "SHARE", 0)
    assert not [title for title in here.seen(here.me) if title in {"plain", "row 1"}]
    assert len(looked) <= rows
