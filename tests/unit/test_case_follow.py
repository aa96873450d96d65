"""What refers to a record goes into a case with it, and each of that which others read until now is told to whoever reviews conduct: as many,
of the kinds and the ports that it is, whatever came between the form and the act.
"""

from __future__ import annotations

from collections.abc import Collection

import pytest
from case_follow_world import SECRET, World, about
from cases_here import overseen, put, puts, seen, titles
from officers_here import MODEL, visitor
from offices_web import screens_of
from ports import AMBER, ANTWERP, NORTH_SEA

from node.commands import follow, handle, put_in
from node.commands.follow import Again, Look
from node.store import naming
from node.store.drafts import Hand
from node.store.unit import Reader
from policies.decision import Deny, DenyCode
from protocol.v1 import records_pb2 as pb


@pytest.fixture(name="here")
def world() -> World:
    return World()


def hides_nothing_untold(here: World) -> None:
    """AssertionError where a record disappears that is not told."""
    ours, theirs = here.says("ours", here.find, kind="incident"), here.brings("theirs", here.find)
    further = here.says("further", ours)
    beyond = here.brings("beyond", here.says("way", further))
    here.brings("not drawn", theirs)  # theirs is no record of this node's own, and draws nothing further
    assert here.counted(here.lead) == 5
    before = set(titles(here.at, here.other))
    assert put(here.at, here.lead, here.case, here.find.record) is True
    gone = before - set(titles(here.at, here.other))
    assert gone == {"find", "ours", "theirs", "further", "way", "beyond"}
    assert here.told() == [
        (("alert", str(NORTH_SEA), 2), ("alert", str(ANTWERP), 3), ("incident", str(ANTWERP), 1))
    ], "something disappears and is not told"
    assert len(here.followed()) == 5
    assert {ours.record.hex(), theirs.record.hex(), beyond.record.hex()} < set(here.followed())


def test_each_record_that_goes_with_it_is_told_by_kind_and_port(here: World) -> None:
    hides_nothing_untold(here)


def test_what_is_of_the_case_or_stays_open_to_everybody_is_not_told(here: World) -> None:
    decoy = here.says("decoy")
    both = here.says("of both", here.find, decoy)
    here.says("danger", here.find, life_safety=True, severity=pb.Alert.SEVERITY_SEVERE)
    puts(here.at, here.lead, here.case, decoy)
    assert here.followed() == [both.record.hex()]
    assert here.counted(here.lead) == 0
    assert put(here.at, here.lead, here.case, here.find.record) is True
    assert here.followed() == [both.record.hex()]
    assert titles(here.at, here.other) == ["danger"]
    assert here.told() == [(("alert", str(ANTWERP), 3),)]


def test_drafts_of_colleagues_are_told_and_ones_own_are_not(here: World) -> None:
    theirs = here.drafts(here.other, here.find, kind="incident")
    here.drafts(here.lead, here.find, hand=Hand.KEPT)
    here.drafts(here.other)
    assert put(here.at, here.lead, here.case, here.find.record) is True
    assert here.followed() == [theirs.record.hex()]
    assert here.told() == [(("alert", str(ANTWERP), 1), ("incident", str(ANTWERP), 1))]


def test_a_hub_is_refused_and_nothing_is_put_in(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "FOLLOW_MAX", 2)
    first, *_ = [here.says(f"of it {number}", here.find) for number in range(3)]
    denied = put(here.at, here.lead, here.case, here.find.record)
    assert isinstance(denied, Deny)
    assert (denied.code, denied.rule) == (DenyCode.MANY_FOLLOW, "case")
    assert len(titles(here.at, here.other)) == 4
    assert (here.told(), here.followed()) == ([], [])
    puts(here.at, here.lead, here.case, first)  # as the refusal says
    assert put(here.at, here.lead, here.case, here.find.record) is True
    assert here.told() == [(("alert", str(ANTWERP), 4),)]


def tells_no_more_than_he_reads(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """AssertionError where who puts it in learns how much refers to it that he may not read."""
    monkeypatch.setattr(follow, "FOLLOW_MAX", 1)
    here.says("to be read", here.find)
    for number in range(3):
        here.says(f"above him {number}", here.find, label=SECRET)
    assert here.counted(here.lead) == 1, "he is told of what he may not read"
    done = put(here.at, here.lead, here.case, here.find.record)
    assert done is True, "he is told of what he may not read"
    assert here.told() == [(("alert", str(ANTWERP), 5),)]


def test_what_he_may_not_read_is_told_to_who_reviews_and_not_to_him(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tells_no_more_than_he_reads(here, monkeypatch)


def too_much_in_all(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """AssertionError where more goes in than one transaction notes, though who puts it in reads little of it."""
    monkeypatch.setattr(follow, "EVERY_MAX", min(follow.EVERY_MAX, 3))
    for number in range(2):
        here.says(f"above him {number}", here.find, label=SECRET)
    first, _ = here.drafts(here.other, here.find), here.drafts(here.other, here.find, kind="incident")
    assert here.counted(here.lead) == 0
    denied = put(here.at, here.lead, here.case, here.find.record)
    assert isinstance(denied, Deny), "more than one transaction notes"
    assert (denied.code, denied.rule, denied.words) == (DenyCode.MANY_FOLLOW, "case", follow.WORDS)
    assert (here.told(), here.followed()) == ([], [])
    here.at.store.write(lambda tx: tx.run("DELETE FROM draft WHERE record = ?", first.record)).result()
    assert put(here.at, here.lead, here.case, here.find.record) is True
    assert len(here.followed()) == 3


def test_what_he_reads_none_of_is_bounded_too(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    too_much_in_all(here, monkeypatch)


def in_between(here: World) -> None:
    """AssertionError where what came between the look and the act is not told."""
    officer = visitor(here.at, here.lead)
    one = seen(here.at, officer, here.find.record)
    assert one is not None
    looked = here.at.store.read(lambda r: put_in.look(r, here.at.ctx, here.case, one, officer=officer))
    assert looked.records == ()
    here.says("meanwhile", here.find)
    act = lambda tx: put_in.put_in(tx, here.at.ctx, MODEL, here.case, one, officer=officer, looked=looked)  # noqa: E731
    if here.at.store.write(act).result() == Again():
        assert put(here.at, here.lead, here.case, here.find.record) is True
    assert here.told() == [(("alert", str(ANTWERP), 2),)], "what came meanwhile is not told"


def test_what_came_between_the_look_and_the_act_is_told(here: World) -> None:
    in_between(here)


def test_what_came_that_names_nothing_of_it_costs_no_second_look(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = visitor(here.at, here.lead)
    here.says("of it", here.find)
    one = seen(here.at, officer, here.find.record)
    assert one is not None
    looked = here.at.store.read(lambda r: put_in.look(r, here.at.ctx, here.case, one, officer=officer))
    here.says("of something else")

    def again(*_: object) -> Look:
        raise AssertionError("looked again, in the writer")

    monkeypatch.setattr(follow, "look", again)
    act = lambda tx: put_in.put_in(tx, here.at.ctx, MODEL, here.case, one, officer=officer, looked=looked)  # noqa: E731
    assert here.at.store.write(act).result() is True
    assert here.told() == [(("alert", str(ANTWERP), 2),)]


def test_the_form_says_how_many_go_with_it() -> None:
    here = World()
    overseen(here.at)
    lead, path = screens_of(here.at).enter(here.lead), f"/records/{here.find.record.hex()}/case"
    assert "goes with it.</b>" not in lead.get(path).text
    here.says("of it", here.find)
    assert "1 record that you read refers to it and goes with it." in lead.get(path).text
    here.says("of it too", here.find)
    assert "2 records that you read refer to it and go with it." in lead.get(path).text
    assert lead.submit(path, path, case=here.case.hex()).status_code == 303
    assert here.told() == [(("alert", str(ANTWERP), 3),)]


# ---- Faults planted -------------------------------------------------------------------------------------------------------


def test_what_follows_and_is_not_told_is_seen(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "followers", lambda *_: [])
    with pytest.raises(AssertionError):
        hides_nothing_untold(here)


def test_a_look_that_goes_one_reference_far_is_seen(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "STEPS", 0)
    with pytest.raises(AssertionError):
        hides_nothing_untold(here)


def test_a_bound_that_counts_what_he_reads_alone_is_seen(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def of_his(every: list[follow.Follower]) -> Deny | None:
        return (
            None if sum(one.his for one in every) <= follow.FOLLOW_MAX else Deny(DenyCode.MANY_FOLLOW, "", "")
        )

    monkeypatch.setattr(follow, "too_many", of_his)
    with pytest.raises(AssertionError, match="one transaction"):
        too_much_in_all(here, monkeypatch)


def test_an_act_that_trusts_an_old_look_is_seen(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(_reader: Reader, _records: Collection[bytes], _after: int) -> bool:
        return False

    monkeypatch.setattr(naming, "came", nothing)
    with pytest.raises(AssertionError, match="came meanwhile"):
        in_between(here)


def test_a_count_of_what_he_may_not_read_is_seen(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "_reads", lambda *_: True)
    with pytest.raises(AssertionError, match="may not read"):
        tells_no_more_than_he_reads(here, monkeypatch)


def test_who_reads_the_version_that_stands_acts_on_it_whatever_an_older_one_named(here: World) -> None:
    theirs = here.there.publish(about("theirs", here.find))
    here.at.pull(here.there, theirs.feed.feed)
    here.there.publish(about("theirs"), AMBER, record=theirs.record, version=2)
    here.at.pull(here.there, theirs.feed.feed)
    assert put(here.at, here.lead, here.case, here.find.record) is True
    officer = visitor(here.at, here.other)
    one = seen(here.at, officer, theirs.record)
    assert one is not None
    assert "find" not in titles(here.at, here.other)
    done = here.at.store.write(lambda tx: handle.claim(tx, here.at.ctx, one, officer=officer)).result()
    assert not isinstance(done, Deny), done
