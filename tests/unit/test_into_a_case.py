"""What others read here is drawn into no case by what a later text of it refers to, of whoever here or of another port: putting the record
itself in is the only way, and that is told.
"""

from __future__ import annotations

import re

import pytest
from cases_here import lines, opened, put, puts, reads_in, shown, titles
from drafters_here import World as Screens
from drafters_here import record_of, text_of, wrote
from form_web import stands
from officers_here import everyone, hire, visitor
from ports import AMBER, ANTWERP, NORTH_SEA, port
from record_examples import example

from node.commands import draft, into_case, move, plan, release
from node.commands.into_case import IntoCase
from node.commands.publish import Released
from node.commands.reach import Reach
from node.store.drafts import DraftRow
from policies.decision import Deny, DenyCode
from policies.officers import Role
from policies.plan import Plan
from protocol.label import parse
from protocol.v1 import records_pb2 as pb

ALL = (Role.PORT_CAPTAIN, Role.SECURITY_OFFICER, Role.DPO)


def titled(title: str, *named: Released, kind: str = "alert", **changes: object) -> pb.Record:
    record = example(kind, **changes)
    record.common.title, record.common.legal_basis = title, "port-security-be"
    for one in named:
        record.common.derived_from.add(record_id=one.record, feed=one.feed.feed)
    return record


def danger(title: str, *named: Released) -> pb.Record:
    return titled(title, *named, life_safety=True, severity=pb.Alert.SEVERITY_SEVERE)


class World:
    """An officer with a case of his own and a decoy in it, a colleague with a record beside it, and who reviews conduct."""

    def __init__(self) -> None:
        self.at = port(ANTWERP)
        self.bad, self.captain = hire(self.at, "a.bad"), hire(self.at, "b.captain", *ALL)
        self.integrity = hire(self.at, "d.integrity", Role.INTEGRITY_OFFICER)
        self.case = opened(self.at, self.bad)
        self.decoy = self.released(self.bad, titled("decoy"))
        self.find = self.released(self.captain, titled("find"))

    def make(self, who: str, text: pb.Record) -> DraftRow:
        return self.at.store.write(
            lambda tx: draft.make(tx, self.at.ctx, text, owner=who, label=parse(AMBER))
        ).result()

    def correct(self, who: str, text: pb.Record, one: Released | None = None) -> DraftRow | None:
        text.common.change_reason = "typo"
        record = (one or self.find).record
        return self.at.store.write(
            lambda tx: draft.supersede(tx, self.at.ctx, record, text, editor=who)
        ).result()

    def rewrite(self, who: str, row: DraftRow, text: pb.Record) -> DraftRow | None:
        return self.at.store.write(
            lambda tx: draft.rewrite(tx, self.at.ctx, row.record, text, editor=who)
        ).result()

    def plan(self, who: str, row: DraftRow | None) -> Plan | Deny | None:
        assert row is not None
        officer, people = visitor(self.at, who), everyone(self.at)
        return self.at.store.read(
            lambda r: release.preview(r, self.at.ctx, row.record, officer=officer, people=people)
        )

    def leave(self, who: str, row: DraftRow | None) -> Released:
        found = self.plan(who, row)
        assert isinstance(found, Plan), found
        assert row is not None
        officer, people = visitor(self.at, who), everyone(self.at)
        done = self.at.store.write(
            lambda tx: release.release(
                tx, self.at.ctx, row.record, officer=officer, people=people, digest=found.digest
            )
        ).result()
        assert isinstance(done, Released), done
        return done

    def released(self, who: str, text: pb.Record) -> Released:
        return self.leave(who, self.make(who, text))


@pytest.fixture(name="here")
def world() -> World:
    return World()


# ---- By an officer here -----------------------------------------------------------------------------------------------------


def test_a_correction_draws_no_record_into_a_case_that_it_is_not_in(here: World) -> None:
    """Before the record itself was put in, which is told; his own, that others read, no more than another's."""
    at = here.at
    puts(at, here.bad, here.case, here.decoy)
    own = here.released(here.bad, titled("own"))
    before = titles(at, here.captain)
    for one in (here.find, own):
        with pytest.raises(IntoCase):
            here.correct(here.bad, titled("hidden", here.decoy), one)
    assert titles(at, here.captain) == before
    told = len(lines(at, here.integrity))
    puts(at, here.bad, here.case, here.find)
    (line,) = lines(at, here.integrity)
    assert (told, line.number) == (1, 2)
    here.leave(here.bad, here.correct(here.bad, titled("in it", here.decoy)))
    assert "in it" in titles(at, here.bad)


def test_a_correction_goes_on_referring_to_what_it_refers_to_already(here: World) -> None:
    about = here.released(here.bad, titled("about the decoy", here.decoy))
    puts(here.at, here.bad, here.case, here.decoy)
    again = here.released(here.bad, titled("new, about the decoy", here.decoy))
    for one in (about, again):
        here.leave(here.bad, here.correct(here.bad, titled("corrected", here.decoy), one))
    assert "corrected" not in titles(here.at, here.captain)


def test_what_is_put_in_meanwhile_keeps_a_version_from_leaving_and_locks_nothing(here: World) -> None:
    at = here.at
    row = here.correct(here.bad, titled("hidden", here.decoy))
    puts(at, here.bad, here.case, here.decoy)
    refused = here.plan(here.bad, row)
    assert isinstance(refused, Deny)
    assert refused.code is DenyCode.INTO_A_CASE
    by_rule = at.store.write(
        lambda tx: release.release_by_rule(tx, at.ctx, here.find.record, rule="auto x")
    ).result()
    assert isinstance(by_rule, Deny)
    assert by_rule.code is DenyCode.INTO_A_CASE
    assert here.correct(here.bad, titled("hidden", here.decoy)) is None  # his own waits
    here.leave(here.captain, here.correct(here.captain, titled("mended")))
    assert titles(at, here.captain) == ["mended"]


def test_a_colleagues_draft_is_not_drawn_in_and_a_new_text_refers_as_it_likes(here: World) -> None:
    puts(here.at, here.bad, here.case, here.decoy)
    theirs, own = here.make(here.captain, titled("theirs")), here.make(here.bad, titled("own"))
    with pytest.raises(IntoCase):
        here.rewrite(here.bad, theirs, titled("theirs", here.decoy))
    assert here.rewrite(here.bad, theirs, titled("mended")) is not None
    assert isinstance(here.plan(here.captain, theirs), Plan)
    assert here.rewrite(here.bad, own, titled("own", here.decoy)) is not None
    here.leave(here.bad, own)


def test_a_move_draws_in_nothing_that_an_older_version_refers_to(here: World) -> None:
    at = here.at
    here.leave(here.bad, here.correct(here.bad, titled("refers", here.decoy)))
    here.leave(here.bad, here.correct(here.bad, titled("refers no more")))
    puts(at, here.bad, here.case, here.decoy)
    at.clock.at += 1000

    def moving(label: str) -> DraftRow | None:
        return at.store.write(
            lambda tx: move.begin(tx, at.ctx, here.find.record, editor=here.bad, label=parse(label))
        ).result()

    with pytest.raises(IntoCase):
        moving(f"{AMBER}//CAVEAT ORCON")  # it would derive from all of the versions
    assert titles(at, here.captain) == ["refers no more"]


def test_an_alert_of_danger_to_life_that_refers_to_what_is_inside_becomes_nothing_less(here: World) -> None:
    alarm = here.released(here.captain, danger("alarm", here.decoy))
    puts(here.at, here.bad, here.case, here.decoy)
    reads_in(here.at, here.bad, here.case, here.captain)
    with pytest.raises(IntoCase):
        here.correct(here.bad, titled("hidden", here.decoy), alarm)
    here.leave(here.bad, here.correct(here.bad, danger("alarm, again", here.decoy), alarm))
    here.leave(here.bad, here.correct(here.bad, titled("it is over"), alarm))
    other = hire(here.at, "c.other")
    assert titles(here.at, other) == ["it is over", "find"]


def test_without_the_question_a_correction_hides_it_and_nobody_is_told(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault planted."""
    for module in (draft, plan):
        monkeypatch.setattr(module, "of_version", lambda *_: None)
    puts(here.at, here.bad, here.case, here.decoy)
    here.leave(here.bad, here.correct(here.bad, titled("hidden", here.decoy)))
    assert titles(here.at, here.captain) == []
    assert [line.number for line in lines(here.at, here.integrity)] == [1]
    monkeypatch.setattr(draft, "of_text", lambda *_, **__: None)
    with pytest.raises(pytest.fail.Exception):
        test_a_colleagues_draft_is_not_drawn_in_and_a_new_text_refers_as_it_likes(World())


def test_asked_of_the_making_alone_it_leaves_when_the_case_changed(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault planted: the release does not ask again."""
    monkeypatch.setattr(plan, "of_version", lambda *_: None)
    with pytest.raises(AssertionError):
        test_what_is_put_in_meanwhile_keeps_a_version_from_leaving_and_locks_nothing(here)


def test_danger_that_is_judged_like_anything_else_is_seen(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault planted."""
    monkeypatch.setattr(into_case, "stays_open", lambda _: False)
    with pytest.raises(pytest.fail.Exception):
        test_an_alert_of_danger_to_life_that_refers_to_what_is_inside_becomes_nothing_less(here)


def test_the_form_says_what_to_do() -> None:
    screens = Screens()
    screens.here.office._cancel_ms = 0
    at, bad, captain = screens.port, screens.browser("officer"), screens.browser("captain")
    hire(at, "z.integrity", Role.INTEGRITY_OFFICER)
    theirs, find, decoy = (wrote(captain), wrote(captain), wrote(bad))
    for whose, page in ((captain, find), (bad, decoy)):
        whose.get(page)
        assert whose.submit(page, f"{page}/release").status_code == 303
    inside = record_of(decoy)
    case = opened(at, screens.names["officer"])
    assert put(at, screens.names["officer"], case, inside) is True
    shows = f"/records/{record_of(find).hex()}"
    text = bad.get(f"{shows}/correct").text
    action = next(each for each in re.findall(r'action="([^"]+)"', text) if each.startswith(shows))
    given = {**stands(text), "linked": inside.hex(), "change_reason": "typo"}
    answers = [bad.submit(f"{shows}/correct", action, **given)]
    form = f"{theirs}/text"
    answers.append(bad.submit(form, form, **{**text_of(bad, form), "linked": inside.hex()}))
    for answer in answers:
        assert answer.status_code == 409
        assert "put the record itself into the case first" in answer.text
    assert captain.get(shows).status_code == captain.get(theirs).status_code == 200


# ---- By another port --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trusted", [False, True])
def test_what_another_port_says_in_its_record_draws_in_no_record_of_ours(
    trusted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trusted: the fault planted, its references are followed as ours are."""
    here, there = World(), port(NORTH_SEA)
    at = here.at
    puts(at, here.bad, here.case, here.decoy)
    theirs = there.publish(titled("theirs"))
    at.pull(there, theirs.feed.feed)
    ours = titled("ours", kind="incident")
    ours.incident.linked.add(record_id=theirs.record, feed=theirs.feed.feed)
    ours_ = at.publish(ours)
    at.publish(titled("of ours", ours_))
    way = at.publish(titled("way", here.decoy))
    at.publish(titled("of way", way))
    second = titled("theirs")
    second.common.derived_from.add(record_id=here.decoy.record, feed=bytes(32))
    there.publish(second, record=theirs.record, version=2)
    at.pull(there, theirs.feed.feed)
    if trusted:
        monkeypatch.setattr(Reach, "_is_ours", lambda *_: True)
    open_to_all = ["of ours", "ours", "find"]
    assert titles(at, here.captain) == (["find"] if trusted else open_to_all)  # nor what it says it is of
    assert (shown(at, here.captain, ours_.record) is None) is trusted
    assert titles(at, here.bad) == ["theirs", "of way", "way", "of ours", "ours", "find", "decoy"]
