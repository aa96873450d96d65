"""What follows a record into a case is looked for within bounds: the writer looks through nothing, no other port keeps a record out of a case or
makes that slow, and the form looks at nothing but what its officer reads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from case_follow_world import SECRET, World, about
from cases_here import overseen, put, seen, titles
from officers_here import MODEL, visitor
from offices_web import screens_of
from ports import ANTWERP, LIMBURG, NORTH_SEA, Port, port

from node.commands import follow, put_in
from node.commands.follow import AGAIN, Again, Look, Named
from node.commands.publish import Released
from node.store import drafts, entries, naming
from node.store.entries import Listing, Standing
from node.store.naming import Wanted
from node.store.unit import Reader
from policies.decision import Deny
from protocol.ids import RecordId
from web.offices.case_acts import TRIES, CaseActs


@pytest.fixture(name="here")
def world() -> World:
    return World()


def looked(here: World) -> tuple[Look, Callable[[Look], bool | Deny | Again]]:
    """A look in a snapshot, and the act with it."""
    officer = visitor(here.at, here.lead)
    one = seen(here.at, officer, here.find.record)
    assert one is not None

    def act(look: Look) -> bool | Deny | Again:
        return here.at.store.write(
            lambda tx: put_in.put_in(tx, here.at.ctx, MODEL, here.case, one, officer=officer, looked=look)
        ).result()

    return here.at.store.read(lambda r: put_in.look(r, here.at.ctx, here.case, one, officer=officer)), act


def brings(here: World, there: Port, many: int, *named: Released) -> list[Released]:
    """So many records of another port, here."""
    made = [there.publish(about(f"of {there.name} {number}", *named)) for number in range(many)]
    here.at.pull(there, made[-1].feed.feed)
    return made


def found(here: World, *, each: int = 100) -> list[RecordId]:
    wanted = Wanted(frozenset({bytes(here.find.record)}))
    return [key[1] for key in here.at.store.read(lambda r: naming.others(r, wanted, each=each))]


def judges(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What is judged from now on."""
    judged, real = list[object](), follow._named

    def named(*given: Any) -> Named | None:
        judged.append(given)
        return real(*given)

    monkeypatch.setattr(follow, "_named", named)
    return judged


class Asked:
    """What is asked of the store: each statement, with how many rows and bytes of content it gave."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.every: list[tuple[str, int]] = []
        real = Reader.all

        def all_(reader: Reader, sql: str, *values: Any) -> Any:
            rows = real(reader, sql, *values)
            self.every.append((sql, len(rows)))
            return rows

        monkeypatch.setattr(Reader, "all", all_)

    def of(self, act: Callable[[], object]) -> list[tuple[str, int]]:
        self.every.clear()
        act()
        return list(self.every)


# ---- Looking through what is held -----------------------------------------------------------------------------------------


def passes_over_what_is_kept_aside(here: World) -> None:
    """AssertionError where what is kept aside is looked at."""
    aside, shown = brings(here, here.there, 2, here.find)
    key = here.at.store.read(lambda r: r.all("SELECT key FROM entry WHERE record = ?", aside.record))[0][0]
    here.at.store.write(lambda tx: entries.set_standing(tx, key, Standing.QUARANTINED, Listing.NONE)).result()
    assert found(here) == [shown.record], "what is kept aside is looked at"


def test_what_is_kept_aside_is_passed_over(here: World) -> None:
    passes_over_what_is_kept_aside(here)


def test_a_look_at_what_is_kept_aside_is_seen(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real = naming._Place.window
    monkeypatch.setattr(
        naming._Place, "window", lambda place, reader, _: real(place, reader, "content IS NOT NULL")
    )
    with pytest.raises(AssertionError, match="kept aside"):
        passes_over_what_is_kept_aside(here)


def test_contents_are_in_memory_a_window_at_a_time(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(naming, "_WINDOW", 2)
    theirs = brings(here, here.there, 7, here.find)
    asked = Asked(monkeypatch)
    rows = [count for sql, count in asked.of(lambda: found(here)) if "content FROM entry" in sql]
    assert (max(rows), sum(rows)) == (2, 7)
    assert set(found(here)) == {one.record for one in theirs}


def shares_the_room(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """AssertionError where one port takes the room of another."""
    limburg = port(LIMBURG)
    flood = brings(here, here.there, 9, here.find)
    (one,) = brings(here, limburg, 1, here.find)
    monkeypatch.setattr(naming, "_WINDOW", 2)
    monkeypatch.setattr(naming, "OTHERS_BYTES", 1)
    assert one.record in found(here), "one port takes the room of another"
    assert len(found(here)) <= 3, "there is no bound"
    monkeypatch.setattr(naming, "OTHERS_BYTES", 1 << 20)
    assert one.record in found(here)[:2]
    assert len(found(here, each=3)) == 4
    assert {each.record for each in flood} < set(found(here))


def test_ports_have_their_window_in_turn_and_one_takes_no_room_of_another(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    shares_the_room(here, monkeypatch)


def test_bytes_like_a_reference_hide_none_behind_them() -> None:
    ident = bytes(range(16))
    content = b"text\x0a\x10" + b"\x0a\x10" + ident
    assert Wanted(frozenset(), frozenset({ident})).named(content)


# ---- Between the look and the act -----------------------------------------------------------------------------------------


def looks_in_no_writer(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """AssertionError where the writer looks through what is held."""
    here.says("of it", here.find)
    before, act = looked(here)
    late = here.says("meanwhile", here.find)

    def scans(*_: object, **__: object) -> None:
        raise AssertionError("the writer looks through what is held")

    with monkeypatch.context() as patched:
        patched.setattr(naming, "ours", scans)
        patched.setattr(naming, "others", scans)
        assert act(before) == AGAIN, "it goes in with what came untold"
        assert (here.told(), here.followed()) == ([], [])
    again, act = looked(here)
    assert act(again) is True
    assert late.record.hex() in here.followed()


def test_where_something_came_the_writer_says_so_and_does_nothing(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks_in_no_writer(here, monkeypatch)


def test_a_writer_that_looks_itself_is_seen(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real = follow.followers

    def itself(reader: Reader, ctx: Any, officer: Any, matter: Any, case: Any, _: Look) -> Any:
        return real(reader, ctx, officer, matter, case, follow.look(reader, officer, matter, case))

    monkeypatch.setattr(follow, "followers", itself)
    with pytest.raises(AssertionError, match="the writer looks"):
        looks_in_no_writer(here, monkeypatch)


@pytest.mark.parametrize("times", [TRIES - 1, TRIES])
def test_the_office_looks_anew_and_at_last_says_so(
    here: World, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    overseen(here.at)
    real, left = CaseActs._looked, [times]

    async def overtaken(office: CaseActs, session: Any, case: str, record: str) -> Look | None:
        look = await real(office, session, case, record)
        if left[0]:
            left[0] -= 1
            here.says("meanwhile", here.find)
        return look

    monkeypatch.setattr(CaseActs, "_looked", overtaken)
    lead, path = screens_of(here.at).enter(here.lead), f"/records/{here.find.record.hex()}/case"
    answer = lead.submit(path, path, case=here.case.hex())
    if times == TRIES:
        assert "Others are writing about it now; try again" in answer.text
        assert (here.told(), here.followed()) == ([], [])
    else:
        assert answer.status_code == 303
        assert here.told() == [(("alert", str(ANTWERP), 1 + times),)]


def test_what_other_ports_write_meanwhile_overtakes_nothing_and_is_told(here: World) -> None:
    before, act = looked(here)
    late = here.brings("late", here.find)
    here.brings("of something else")
    assert act(before) is True
    assert here.followed() == [late.record.hex()]


def test_a_case_that_changed_meanwhile_counts_as_it_is(here: World) -> None:
    decoy = here.says("decoy")
    here.says("of both", here.find, decoy)
    before, act = looked(here)
    assert put(here.at, here.lead, here.case, decoy.record) is True
    assert len(here.followed()) == 1
    assert act(before) is True
    assert len(here.followed()) == 1, "it was of the case already"


# ---- Other ports ----------------------------------------------------------------------------------------------------------


def keeps_nothing_out(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """AssertionError where what another port writes keeps a record out of a case, or the writer judges it."""
    monkeypatch.setattr(follow, "FOLLOW_MAX", 2)
    monkeypatch.setattr(follow, "EVERY_MAX", 4)
    limburg = port(LIMBURG)
    brings(here, here.there, 9, here.find)
    brings(here, limburg, 1, here.find)
    own = here.says("ours", here.find)
    before, act = looked(here)
    judged = judges(monkeypatch)
    assert act(before) is True, "another port keeps it out"
    assert judged == [], "the writer judges what was judged"
    assert (own.record.hex() in here.followed(), len(here.followed())) == (True, 3)
    (counts,) = here.told()
    assert set(counts) == {
        ("alert", str(origin), n) for origin, n in ((ANTWERP, 2), (NORTH_SEA, 1), (LIMBURG, 1))
    }
    assert titles(here.at, here.other) == []


def test_no_other_port_keeps_a_record_out_and_as_many_as_the_bound_are_told(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeps_nothing_out(here, monkeypatch)


def test_a_bound_that_counts_other_ports_is_seen(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        follow, "_follower", lambda one: follow.Follower(one.kind, one.feed.origin, one.key[1], his=True)
    )
    with pytest.raises(AssertionError, match="keeps it out"):
        keeps_nothing_out(here, monkeypatch)


def test_a_look_stops_at_the_bound(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "FOLLOW_MAX", 1)
    for number in range(4):
        here.says(f"of it {number}", here.find)
    judged = judges(monkeypatch)
    look, act = looked(here)
    assert (look.cut, len(judged)) == (True, 2)
    assert isinstance(act(look), Deny)


def test_the_form_says_at_least_where_there_may_be_more(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    overseen(here.at)
    monkeypatch.setattr(follow, "FOLLOW_MAX", 2)
    brings(here, here.there, 3, here.find)
    page = screens_of(here.at).enter(here.lead).get(f"/records/{here.find.record.hex()}/case").text
    assert "At least 2 records that you read refer to it and go with it." in page


# ---- The form -------------------------------------------------------------------------------------------------------------


def asks_the_same(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """AssertionError where what the officer may not read changes what the form looks at."""
    here.says("hidden", label=SECRET)
    here.brings("theirs")
    asked = Asked(monkeypatch)
    before = asked.of(lambda: here.counted(here.lead))
    for number in range(3):
        here.says(f"hidden {number}", here.find, label=SECRET)
    assert asked.of(lambda: here.counted(here.lead)) == before, "the form tells by its work"


def test_the_form_asks_the_same_whatever_the_officer_may_not_read(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asks_the_same(here, monkeypatch)


def test_a_form_that_looks_at_everything_is_seen(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real = follow._look

    def everything(reader: Reader, officer: Any, matter: Any, case: Any, _: Any) -> Look:
        return real(reader, officer, matter, case, None)

    monkeypatch.setattr(follow, "_look", everything)
    with pytest.raises(AssertionError, match="by its work"):
        asks_the_same(here, monkeypatch)


def test_the_form_counts_nothing_that_only_what_is_hidden_leads_to(here: World) -> None:
    here.says("beyond", here.says("way", here.find, label=SECRET))
    assert here.counted(here.lead) == 0
    assert put(here.at, here.lead, here.case, here.find.record) is True
    assert len(here.followed()) == 2


# ---- Drafts of one's own --------------------------------------------------------------------------------------------------


def tells_ones_own_draft(here: World) -> None:
    """AssertionError where a draft disappears untold from a colleague who worked on it."""
    row = here.drafts(here.lead, here.find, kind="incident")
    here.at.store.write(lambda tx: drafts.put(tx, replace(row, editor=here.other))).result()
    overseen(here.at)
    colleague, path = screens_of(here.at).enter(here.other), f"/drafts/{row.record.hex()}"
    assert colleague.get(path).status_code == 200
    assert put(here.at, here.lead, here.case, here.find.record) is True
    assert colleague.get(path).status_code == 404
    assert here.followed() == [row.record.hex()], "it disappears untold"


def test_ones_own_draft_that_others_could_read_is_told(here: World) -> None:
    tells_ones_own_draft(here)


def test_a_draft_that_is_left_out_for_its_owner_is_seen(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "_his_alone", lambda row, officer: row.owner == officer.id)
    with pytest.raises(AssertionError, match="untold"):
        tells_ones_own_draft(here)
