"""What is put into a case hides a record from everybody else here: whoever reviews conduct is told until he looked, where nobody could be
told nothing is put in, and what protects the gate goes on doing so.
"""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Callable
from functools import cached_property
from typing import Any

import pytest
from browser_web import Browser, Line
from cases_here import lines, opened, put, puts, raw, reads_in, shown, takes, titles
from officers_here import MODEL, hire, visitor
from offices_web import Screens, screens_of
from ports import ANTWERP, NORTH_SEA, port
from record_examples import NOW, example
from registers import EXPIRES, board, nodes

from node.commands import interest, need, put_in, review_conduct, watch_list
from node.commands import sight as sighting
from node.commands.sight import Seen
from node.observation import VesselPosition
from node.store import conduct
from node.store.changes import Change
from node.store.conduct import ConductRow, Deed
from node.store.tuples import WritingTuples
from node.store.unit import Tx
from policies import officers
from policies.decision import Deny, DenyCode
from policies.officers import Role, Tie
from protocol.ids import UnixMs
from protocol.register import build_register
from protocol.v1 import records_pb2 as pb
from web import live

ALL = (Role.PORT_CAPTAIN, Role.SECURITY_OFFICER, Role.DPO)
BAN = "BE:NONE//TLP:AMBER//AUD ports-be//CAVEAT NO-EXPORT,PERSONAL"
MMSI = 205123456
WORDS = "Asked him: it is for the inquiry of Tuesday"


def sights() -> Any:
    """A register with a ground for sightings."""
    founded = board()
    founded["processing"][0]["kinds"] = ["alert", "incident", "indicator", "sighting"]
    return build_register(founded, nodes(), version=3, hash=bytes(32), expires_ms=EXPIRES)


REGISTER = sights()


class World:
    """An officer with a case of his own, a colleague who is not in it, and who reviews conduct."""

    def __init__(self, *, reviewed: bool = True) -> None:
        self.at, self.there = (port(name, register=REGISTER) for name in (NORTH_SEA, ANTWERP))
        self.lead, self.member = hire(self.at, "a.lead"), hire(self.at, "b.member", *ALL)
        self.other = hire(self.at, "c.other", *ALL)
        self.integrity = hire(self.at, "d.integrity", Role.INTEGRITY_OFFICER) if reviewed else ""
        self.case = opened(self.at, self.lead)
        reads_in(self.at, self.lead, self.case, self.member)

    @cached_property
    def screens(self) -> Screens:
        return screens_of(self.at)

    def theirs(self, title: str, kind: str = "alert", label: str | None = None, **changes: Any) -> Any:
        """What Antwerp released, here."""
        record = titled(title, kind, **changes)
        released = self.there.publish(record, label) if label else self.there.publish(record)
        self.at.pull(self.there, released.feed.feed)
        return released

    def told(self, who: str) -> list[list[tuple[Deed, str, str, str]]]:
        """Lines: what was done, by whom, of which kind and whose."""
        found = lines(self.at, who)
        return [
            [
                (line.newest.act, str(uuid.UUID(bytes=line.newest.person)), kind, origin)
                for kind, origin, number in line.counts
                for _ in range(number)
            ]
            for line in found
        ]

    def reviews(self, who: str, entry: bytes, words: str = WORDS) -> bool | Deny:
        officer = visitor(self.at, who)
        return self.at.store.write(
            lambda tx: review_conduct.review(tx, self.at.ctx, MODEL, entry, words=words, officer=officer)  # type: ignore[arg-type]
        ).result()

    def write(self, act: Callable[[Tx], object]) -> None:
        self.at.store.write(act).result()


def titled(title: str, kind: str = "alert", **changes: Any) -> pb.Record:
    record = example(kind, **changes)
    record.common.title = title
    return record


@pytest.fixture(name="here")
def world() -> World:
    return World()


# ---- Told -----------------------------------------------------------------------------------------------------------------


def test_whoever_reviews_conduct_is_told_of_what_is_put_in_and_nobody_else(here: World) -> None:
    looked = here.theirs("SECRET", "indicator")
    puts(here.at, here.lead, here.case, looked)
    noted = here.at.audits()[-1]
    assert here.told(here.integrity) == [[(Deed.PUT, here.lead, "indicator", str(ANTWERP))]]
    (line,) = lines(here.at, here.integrity)
    row = line.newest
    assert (row.file, row.at_ms) == (here.case, here.at.clock.at)
    assert (noted.act, noted.actor, noted.details["case"]) == ("case_put", here.lead, here.case.hex())
    for who in (here.lead, here.member, here.other):
        assert here.told(who) == []
    assert titles(here.at, here.other) == titles(here.at, here.integrity) == []
    assert shown(here.at, here.integrity, looked.record) is None  # told, and not read in
    assert "SECRET" not in repr(row)


def test_it_is_told_until_one_who_reviews_conduct_looked_and_the_audit_has_no_words(here: World) -> None:
    second = hire(here.at, "e.second", Role.INTEGRITY_OFFICER)
    one = here.at.publish(titled("one"))
    puts(here.at, here.lead, here.case, one)
    assert takes(here.at, here.lead, here.case, one) is True
    here.at.clock.at += 300 * 3_600_000
    (line,) = lines(here.at, here.integrity)  # out again, long ago, and still nobody looked
    row = line.newest
    for who in (here.lead, here.member, here.other):
        assert here.reviews(who, row.entry) is False
    with pytest.raises(ValueError, match="words"):
        here.reviews(here.integrity, row.entry, " ")
    assert here.reviews(here.integrity, row.entry) is True
    assert here.told(here.integrity) == here.told(second) == []
    assert here.reviews(second, row.entry) is False
    noted = here.at.audits()[-1]
    assert (noted.act, noted.actor, noted.rule) == ("conduct_review", here.integrity, "case_put")
    assert dict(noted.details) == {
        "entry": row.entry.hex(),
        "case": here.case.hex(),
        "person": here.lead,
        "acts": "1",
    }
    assert WORDS not in str(noted)
    held = here.at.store.read(
        lambda r: review_conduct.reviewed(r, here.at.ctx, MODEL, visitor(here.at, second))
    )
    assert [(one.reviewer, one.words) for one in held] == [(raw(here.integrity), WORDS)]
    lead = visitor(here.at, here.lead)
    assert not here.at.store.read(lambda r: review_conduct.reviewed(r, here.at.ctx, MODEL, lead))


def test_what_one_person_puts_into_one_case_is_one_line_and_is_reviewed_as_far_as_it_was_seen(
    here: World,
) -> None:
    another = opened(here.at, here.lead, name="Another")
    for title in ("one", "two", "three"):
        puts(here.at, here.lead, here.case, here.at.publish(titled(title)))
    puts(here.at, here.member, here.case, here.at.publish(titled("of another person")))
    puts(here.at, here.lead, another, here.at.publish(titled("in another case")))
    assert [line.number for line in lines(here.at, here.integrity)] == [3, 1, 1]
    seen = lines(here.at, here.integrity)[0].newest
    puts(here.at, here.lead, here.case, here.at.publish(titled("while he looks")))
    assert here.reviews(here.integrity, seen.entry) is True
    left = lines(here.at, here.integrity)
    assert sorted(line.number for line in left) == [1, 1, 1]
    assert {line.newest.entry for line in left}.isdisjoint({seen.entry})
    assert here.at.audits()[-1].details["acts"] == "3"


def test_neither_who_did_it_nor_who_is_tied_to_him_is_told(here: World) -> None:
    second = hire(here.at, "e.second", Role.INTEGRITY_OFFICER, Role.SECURITY_OFFICER)
    case = opened(here.at, second)
    here.write(
        lambda tx: interest.join(
            tx, here.at.ctx, MODEL, raw(here.lead), raw(second), Tie.COLLEAGUE, actor="administrator/cli"
        )
    )
    puts(here.at, here.lead, here.case, here.at.publish(titled("of a close colleague")))
    puts(here.at, second, case, here.at.publish(titled("of his own")))
    assert [line[0][1] for line in here.told(here.integrity)] == [here.lead, second]
    assert here.told(second) == []


# ---- Nobody to tell -------------------------------------------------------------------------------------------------------


def hides_nothing(here: World, who: str = "") -> None:
    """AssertionError where something is put in of which nobody is told."""
    one = here.at.publish(titled("seen by all"))
    done = put(here.at, who or here.lead, here.case, one.record)
    assert isinstance(done, Deny), "put in, and nobody is told"
    assert (done.code, done.rule) == (DenyCode.NOBODY_TOLD, "case")
    assert "seen by all" in titles(here.at, here.other)
    assert not here.at.store.read(conduct.waiting)


def test_where_nobody_could_be_told_nothing_is_put_in() -> None:
    here = World(reviewed=False)
    hides_nothing(here)
    alone = hire(here.at, "d.alone", Role.INTEGRITY_OFFICER, Role.SECURITY_OFFICER)
    reads_in(here.at, here.lead, here.case, alone)
    hides_nothing(here, alone)  # nobody tells himself
    here.write(
        lambda tx: interest.join(
            tx, here.at.ctx, MODEL, raw(here.lead), raw(alone), Tie.RELATION, actor="administrator/cli"
        )
    )
    hides_nothing(here)
    last = hire(here.at, "e.last", Role.INTEGRITY_OFFICER)
    out = officers.suspension(last, officers.of_node(here.at.name))
    here.write(lambda tx: WritingTuples(tx).change([out], []))
    hides_nothing(here)
    here.write(lambda tx: WritingTuples(tx).change([], [out]))
    puts(here.at, here.lead, here.case, here.at.publish(titled("told")))
    assert len(here.told(last)) == 1


# ---- What protects the gate -----------------------------------------------------------------------------------------------


def test_a_ban_and_a_level_are_put_in_no_case_and_no_case_hides_them(here: World) -> None:
    inside = here.theirs("inside", "incident")
    puts(here.at, here.lead, here.case, inside)
    for kind, label in (("port_ban", BAN), ("security_level", None)):
        theirs = here.theirs(f"their {kind}", kind, label)
        done = put(here.at, here.lead, here.case, theirs.record)
        assert isinstance(done, Deny), f"a {kind} is hidden"
        assert done.code is DenyCode.FOR_EVERYBODY
        derived = titled(f"derived {kind}", kind)
        derived.common.derived_from.add(record_id=inside.record, feed=inside.feed.feed)
        released = here.there.publish(derived, label) if label else here.there.publish(derived)
        here.at.pull(here.there, released.feed.feed)
        page = shown(here.at, here.other, released.record)
        assert page is not None, f"a {kind} is hidden by what it refers to"
        assert (page.case, page.reading_only) == (None, False)
    assert "inside" not in titles(here.at, here.other)


def test_a_look_out_in_a_case_is_matched_and_answered_and_everybody_on_duty_has_the_alert(
    here: World,
) -> None:
    looked = here.theirs("looked for", "indicator", value=pb.IndicatorValue(type="mmsi", value=str(MMSI)))
    puts(here.at, here.lead, here.case, looked)
    assert shown(here.at, here.other, looked.record) is None
    watching = here.at.store.read(lambda r: watch_list.load(r, here.at.ctx))
    found = watching.match([("mmsi", str(MMSI))], UnixMs(NOW + 1))
    assert [one.record for one in found] == [looked.record], "not watched any more"
    report = VesselPosition(
        sensor="vts",
        site="ghent",
        at=UnixMs(NOW),
        station="",
        mmsi=MMSI,
        lat=51.2,
        lon=4.3,
        ship_class="A",
        accuracy_m=10,
    )
    seen = Seen(count=1, first=UnixMs(NOW), last=UnixMs(NOW + 1000), newest=report)
    done = here.at.store.write(lambda tx: sighting.sight(tx, here.at.ctx, found[0], seen)).result()
    assert done.released is not None  # the origin hears of it
    assert shown(here.at, here.other, done.sighting) is None  # it names what is in the case
    assert done.alert is not None
    assert f"/drafts/{done.alert.hex()}" in here.screens.enter(here.other).get("/drafts").text


# ---- On the screens -------------------------------------------------------------------------------------------------------


def commits(here: World, act: Callable[[], object]) -> None:
    """An act, told on the bus."""
    before = len(here.at.changes)
    act()
    here.screens.bus.publish(list[Change](here.at.changes[before:]))


def heard(here: World, browser: Browser, most_s: float = 3.0) -> str:
    """What an open page hears when a record is put in."""
    one = here.theirs("SECRET-1", "indicator")

    async def run() -> str:
        async with Line(here.screens.app, browser, "shelf=watch&scope=all&band=NONE.AMBER") as line:
            await line.until(lambda: line.status == 200)
            await line.until(lambda: ": beat" in line.text)
            await asyncio.to_thread(commits, here, lambda: puts(here.at, here.lead, here.case, one))
            await line.until(lambda: "conduct" in line.events, most_s)
            return line.text

    return asyncio.run(run())


def test_it_is_told_live_and_on_every_page_and_reviewed_by_a_form(here: World) -> None:
    integrity, lead, other = (here.screens.enter(who) for who in (here.integrity, here.lead, here.other))
    assert "A.Lead put a record into the case Scouts at tank 12" in heard(here, integrity)
    puts(here.at, here.lead, here.case, here.theirs("SECRET-2", "indicator"))
    for path in ("/", "/drafts", "/peers"):
        assert "A.Lead put 2 records into the case" in integrity.get(path).text
    for who in (lead, other):
        assert "into the case Scouts" not in who.get("/").text
    page = integrity.get("/cases").text
    assert "2 × Look-out · Port of Antwerp-Bruges" in page
    assert "SECRET" not in page
    form = _form(page)
    for who in (lead, other):
        assert who.post(form, csrf=_csrf(who.get("/").text), words=WORDS).status_code == 404
    assert integrity.submit("/cases", form, words="").status_code == 422
    assert integrity.submit("/cases", form, words=WORDS).status_code == 303
    assert "put 2 records" not in integrity.get("/").text
    assert WORDS in integrity.get("/cases").text
    for who in (lead, other):
        assert WORDS not in who.get("/cases").text
    assert WORDS not in lead.get(f"/cases/{here.case.hex()}").text


def test_the_form_says_why_nothing_can_be_put_in() -> None:
    here = World(reviewed=False)
    record = here.at.publish(titled("seen by all")).record.hex()
    lead, path = here.screens.enter(here.lead), f"/records/{record}/case"
    page = lead.get(path).text
    assert "Nobody here could be told of it" in page
    assert 'big">Put it in<' not in page
    refused = lead.post(path, csrf=_csrf(page), case=here.case.hex())
    assert refused.status_code == 409
    assert "Nobody here could be told of it" in refused.text
    hire(here.at, "d.integrity", Role.INTEGRITY_OFFICER)
    assert lead.submit(path, path, case=here.case.hex()).status_code == 303


def _csrf(page: str) -> str:
    found = re.search(r'name="csrf" content="([^"]+)"', page)
    assert found
    return found[1]


def _form(page: str) -> str:
    found = re.search(r'action="(/conduct/[0-9a-f]{32}/review)"', page)
    assert found
    return found[1]


# ---- Faults planted -------------------------------------------------------------------------------------------------------


def test_a_record_that_is_put_in_and_not_noted_is_seen(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conduct, "note", lambda *_: None)
    with pytest.raises(AssertionError):
        test_whoever_reviews_conduct_is_told_of_what_is_put_in_and_nobody_else(here)


def test_a_page_that_is_not_told_is_seen(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_told", lambda *_: ())
    with pytest.raises(TimeoutError):
        heard(here, here.screens.enter(here.integrity), most_s=0.3)


def test_a_notice_to_who_leads_the_case_is_seen(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conduct, "_LED", "file IN")
    monkeypatch.setattr(conduct, "_OTHERS", "person <> x'' AND ? <> x''")
    with pytest.raises(AssertionError):
        test_whoever_reviews_conduct_is_told_of_what_is_put_in_and_nobody_else(here)


def test_a_review_of_what_nobody_saw_is_seen(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real = conduct.review

    def all_of_it(tx: Tx, row: ConductRow, *given: Any) -> int:
        sql = "SELECT entry FROM conduct WHERE person = ? AND file = ? ORDER BY number DESC"
        newest = conduct.get(tx, tx.all(sql, row.person, row.file)[0][0])
        assert newest is not None
        return real(tx, newest, *given)

    monkeypatch.setattr(conduct, "review", all_of_it)
    with pytest.raises(AssertionError):
        test_what_one_person_puts_into_one_case_is_one_line_and_is_reviewed_as_far_as_it_was_seen(here)


def test_a_record_that_is_hidden_with_nobody_told_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(put_in, "anybody_told", lambda *_: True)
    with pytest.raises(AssertionError, match="nobody is told"):
        test_where_nobody_could_be_told_nothing_is_put_in()


def test_a_ban_that_a_case_hides_is_seen(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(need, "ORDERS", frozenset[str]())
    with pytest.raises(AssertionError, match="is hidden"):
        test_a_ban_and_a_level_are_put_in_no_case_and_no_case_hides_them(here)


def test_a_watch_that_a_case_blinds_is_seen(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    blind = (
        " AND NOT EXISTS (SELECT 1 FROM case_record c WHERE c.record = entry.record AND c.file IS NOT NULL)"
    )
    monkeypatch.setattr(watch_list, "_ROWS", watch_list._ROWS + blind)
    with pytest.raises(AssertionError, match="not watched"):
        test_a_look_out_in_a_case_is_matched_and_answered_and_everybody_on_duty_has_the_alert(here)
