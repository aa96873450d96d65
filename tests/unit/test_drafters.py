"""Who may draft a kind and not publish it: the same form, and a draft that is theirs until they hand it over to who may publish it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from browser_web import Browser, hidden
from cases_here import opened, overseen, put, reads_in, seen
from concerned_here import HIS, MINE, declare
from drafters_here import RED, World, posted, text_of, wrote
from form_web import stands
from officers_here import MODEL, everyone, hire, visitor
from offices_web import FORM, basis, released

from node.commands import hand_over, leave, people, plan, release, roles, roster, send_back
from node.commands.publishers import publishers
from node.store import drafts
from node.store.drafts import DraftState, Hand
from node.store.interests import ShiftRow
from node.store.unit import Tx
from policies.decision import Deny, DenyCode
from policies.officers import PUBLISH, Place, Right, Role
from policies.officers import drafts as drafted_by
from policies.plan import Plan
from protocol.ids import RecordId, UnixMs
from web.offices import visible


@pytest.fixture(name="world", scope="module")
def one_world() -> World:
    return World()


@pytest.fixture(name="handed")
def handed_over(world: World) -> str:
    page = wrote(world.browser("analyst"))
    assert posted(world.browser("analyst"), f"{page}/hand-over") == 303
    return page


# ---- Who may draft what ---------------------------------------------------------------------------------------------------


def test_the_right_to_draft_is_for_every_kind_but_a_ban() -> None:
    every = set(PUBLISH)
    assert drafted_by(frozenset({Right.DRAFT})) == every - {"port_ban"}
    assert drafted_by(frozenset({Right.DRAFT_BEST_PRACTICE})) == {"best_practice"}
    assert drafted_by(frozenset({Right.REGISTER_BAN})) == {"port_ban"}
    assert drafted_by(frozenset({Right.AUDIT, Right.CHECK_BAN})) == frozenset()


def test_each_is_offered_what_they_draft_and_is_told_what_they_hand_over(world: World) -> None:
    analyst = world.browser("analyst").get("/write").text
    assert 'href="/write/incident"' in analyst
    assert "/write/port_ban" not in analyst
    assert "You hand it over." in analyst
    staff = world.browser("staff").get("/write").text
    assert re.findall(r'href="/write/(\w+)"', staff) == ["best_practice"]
    assert "You hand it over." not in world.browser("captain").get("/write/best_practice").text
    assert world.browser("staff").get("/write/incident").status_code == 404
    assert world.browser("f.auditor", Role.AUDITOR).get("/write").status_code == 404


# ---- From one to the other ------------------------------------------------------------------------------------------------


def test_a_draft_is_its_authors_until_it_is_handed_over_and_then_theirs_who_publish(world: World) -> None:
    analyst, other, officer = (world.browser(name) for name in ("analyst", "other", "officer"))
    page = wrote(analyst)
    own = analyst.get(page).text.partition("<main")[2]
    for words in ("A.Peeters", "Security officer"):
        assert words in own
    for words in ("Liège", "North Sea", "Withheld", f"{page}/release", "/approve"):
        assert words not in own
    for somebody in (other, officer):
        assert page not in somebody.get("/drafts").text
        assert somebody.get(page).status_code == 404
    assert analyst.submit(page, f"{page}/hand-over").status_code == 303
    assert world.acts()[-1] == "draft_hand_over"
    assert page not in other.get("/drafts").text
    assert other.get(page).status_code == 404
    told = officer.get("/drafts").text
    for words in (page, "C.Analyst", "Handed over"):
        assert words in told
    assert f'action="{page}/release"' in officer.get(page).text
    assert officer.submit(page, f"{page}/release").headers["location"].startswith("/records/")
    assert world.row(page).owner == world.names["analyst"]
    assert page not in analyst.get("/drafts").text


def test_who_publishes_corrects_the_text_and_releases_it(world: World, handed: str) -> None:
    officer, analyst = world.browser("officer"), world.browser("analyst")
    form = f"{handed}/text"
    stale = hidden(officer.get(form).text, form)
    assert "Nothing marked on this screen" not in officer.get(form).text
    assert analyst.get(form).status_code == 404
    changed = {"type": "drug_find", "status": "suspected", "narrative": "Seal broken, three men ran."}
    stood = {"title": "Container opened at quay 12", "lang": "en", "statement": "fact"}
    before = world.row(handed)
    given = {**text_of(officer, form), **changed, **stood}
    assert officer.submit(form, form, **given).status_code == 303
    after = world.row(handed)
    assert (after.editor, after.owner, after.hand) == (world.names["officer"], before.owner, Hand.OVER)
    assert "three men" in officer.get(handed).text
    assert world.acts()[-1] == "draft_text"
    late = officer.post(form, **{**stale, **given, "narrative": "Somebody else's words"})
    assert late.status_code == 409
    assert "three men" in officer.get(handed).text
    address = officer.submit(handed, f"{handed}/release").headers["location"]
    next_one = _corrected(officer, address)
    assert f"{next_one}/send-back" not in officer.get(next_one).text
    assert posted(officer, f"{next_one}/send-back", word="yours") == 404
    assert posted(analyst, f"{next_one}/discard") == 404
    assert officer.submit(f"{address}/withdraw", f"{address}/withdraw", reason="3").status_code == 303


def _corrected(browser: Browser, address: str) -> str:
    form = f"{address}/correct"
    given = {**stands(browser.get(form).text), "change_reason": "Four men."}
    return browser.submit(form, form, **given).headers["location"]


def test_what_is_sent_back_is_its_authors_again_with_a_word(world: World, handed: str) -> None:
    officer, analyst = world.browser("officer"), world.browser("analyst")
    empty = officer.submit(handed, f"{handed}/send-back", word=" ")
    assert empty.status_code == 422
    assert "Fill this in." in empty.text
    sent = officer.submit(handed, f"{handed}/send-back", word="Which quay? Say the berth.")
    assert sent.status_code == 303
    assert world.acts()[-1] == "draft_send_back"
    assert all("berth" not in str(one.details) for one in world.port.audits())
    assert officer.get(handed).status_code == 404
    page = analyst.get(handed).text
    assert "Which quay? Say the berth." in page
    form = f"{handed}/text"
    given = {**text_of(analyst, form), "narrative": "Berth 1742."}
    assert analyst.submit(form, form, **given).status_code == 303
    assert analyst.submit(handed, f"{handed}/hand-over").status_code == 303
    assert world.row(handed).word == ""
    assert "Berth 1742." in officer.get(handed).text


def test_the_short_form_of_an_alert_is_handed_over_too(world: World) -> None:
    analyst = world.browser("analyst")
    drafted = analyst.submit("/alerts/new", "/alerts/new", **{**FORM, **basis(analyst)})
    page = drafted.headers["location"]
    assert world.row(page).hand is Hand.KEPT
    assert "Hand it over" in analyst.get(page).text
    officer = world.browser("officer")
    own = officer.submit("/alerts/new", "/alerts/new", **{**FORM, **basis(officer)}).headers["location"]
    assert world.row(own).hand is Hand.NONE


def test_a_best_practice_is_drafted_by_anybody_who_works_here(world: World) -> None:
    staff = world.browser("staff")
    page = wrote(
        staff,
        "best_practice",
        summary="Count seals twice.",
        problem="Seals were counted by one.",
        area=["cargo_release"],
        measure="Two people count.",
        applies_to=["terminal"],
        review_by="2027-06-01T10:00",
    )
    assert staff.submit(page, f"{page}/hand-over").status_code == 303
    assert page in world.browser("captain").get("/drafts").text
    assert page not in world.browser("g.police", Role.POLICE).get("/drafts").text


# ---- What a drafter cannot do ---------------------------------------------------------------------------------------------


def test_who_posts_to_the_addresses_of_a_release_is_refused_by_the_command(world: World, handed: str) -> None:
    analyst, officer = world.browser("analyst"), world.browser("officer")
    good = hidden(officer.get(handed).text, f"{handed}/release")["digest"][0]
    for page in (handed, wrote(analyst)):
        assert posted(analyst, f"{page}/release", digest=good) == 409
        assert posted(analyst, f"{page}/elsewhere", digest=good, port="north-sea-port") == 409
        assert world.row(page).state is DraftState.DRAFT
    who, row = visitor(world.port, world.names["analyst"]), world.row(handed)
    given: dict[str, Any] = {"officer": who, "people": everyone(world.port), "digest": bytes.fromhex(good)}
    for act in (release.release, release.approve):
        asked: Callable[[Tx], object] = partial(act, ctx=world.port.ctx, record=row.record, **given)
        assert isinstance(world.port.store.write(asked).result(), Deny)
    for path in ("label", "discard", "text", "files/" + "0" * 64 + "/remove", "send-back", "hand-over"):
        assert posted(analyst, f"{handed}/{path}", word="x", audience="ports-be", tlp="GREEN") in {404, 409}
    assert world.row(handed) == row
    assert world.port.store.read(lambda r: drafts.get(r, row.record)) == row


def test_who_cannot_release_it_does_not_stop_its_release(world: World, handed: str) -> None:
    row, officer = world.row(handed), visitor(world.port, world.names["officer"])
    people_here = everyone(world.port)
    preview = world.port.store.read(
        lambda r: release.preview(r, world.port.ctx, row.record, officer=officer, people=people_here)
    )
    assert isinstance(preview, Plan)
    world.port.store.write(
        lambda tx: leave.begin(
            tx,
            world.port.ctx,
            row.record,
            officer=officer,
            people=people_here,
            digest=preview.digest,
            after_ms=10_000,
        )
    ).result()
    analyst = world.browser("analyst")
    assert f"{handed}/cancel" not in analyst.get("/drafts").text
    assert posted(analyst, f"{handed}/cancel") == 409
    assert world.row(handed).state is DraftState.LEAVING
    assert posted(world.browser("captain"), f"{handed}/cancel") == 303


def test_nobody_releases_what_is_not_handed_over_but_once_its_author_is_gone(world: World) -> None:
    row = world.row(wrote(world.browser("leaves", Role.ANALYST)))
    officer, people_here = visitor(world.port, world.names["officer"]), everyone(world.port)

    def preview() -> Plan | Deny | None:
        return world.port.store.read(
            lambda r: release.preview(r, world.port.ctx, row.record, officer=officer, people=people_here)
        )

    said = preview()
    assert isinstance(said, Deny)
    assert said.rule == "hand"
    gone = uuid.UUID(world.names["leaves"]).bytes
    world.port.store.write(
        lambda tx: people.close(tx, world.port.ctx, gone, actor="administrator/cli")
    ).result()
    assert isinstance(preview(), Plan)
    assert row.record.hex() in world.browser("officer").get("/drafts").text


def test_its_author_is_no_second_person_and_two_who_publish_are_asked_for(world: World) -> None:
    analyst, officer, captain = (world.browser(name) for name in ("analyst", "officer", "captain"))
    page = wrote(analyst, **RED)
    assert analyst.submit(page, f"{page}/hand-over").status_code == 303
    assert f'action="{page}/release"' not in officer.get(page).text
    good = hidden(officer.get(page).text, f"{page}/approve")["digest"][0]
    assert posted(analyst, f"{page}/approve", digest=good) == 404
    assert posted(officer, f"{page}/release", digest=good) == 409
    assert captain.submit(page, f"{page}/approve").status_code == 303
    assert officer.submit(page, f"{page}/release").headers["location"].startswith("/records/")


def test_what_was_approved_is_void_once_it_was_sent_back(world: World) -> None:
    analyst, officer, captain = (world.browser(name) for name in ("analyst", "officer", "captain"))
    page = wrote(analyst, **RED)
    assert posted(analyst, f"{page}/hand-over") == 303
    assert captain.submit(page, f"{page}/approve").status_code == 303
    assert f'action="{page}/release"' in officer.get(page).text
    assert officer.submit(page, f"{page}/send-back", word="Which quay?").status_code == 303
    assert posted(analyst, f"{page}/hand-over") == 303
    assert f'action="{page}/release"' not in officer.get(page).text
    assert captain.submit(page, f"{page}/approve").status_code == 303
    assert officer.submit(page, f"{page}/release").headers["location"].startswith("/records/")


PLACED = {"places.0.at": "facility", "places.0.code": "BEANR-0123"}


def plated(plate: str) -> dict[str, Any]:
    """The inputs of one subject."""
    return {"subjects.0.type": "plate", "subjects.0.value": plate}


# ---- Who may not see it ---------------------------------------------------------------------------------------------------


def test_it_is_handed_over_to_nobody_whom_it_concerns(world: World) -> None:
    concerned = world.browser("i.concerned", Role.SECURITY_OFFICER)
    page = wrote(world.browser("analyst"), **plated(MINE), subject_category=["suspect"])
    declare(world.port, world.names["i.concerned"], MINE)
    assert posted(world.browser("analyst"), f"{page}/hand-over") == 303
    assert page not in concerned.get("/drafts").text
    assert concerned.get(page).status_code == 404
    assert page in world.browser("captain").get("/drafts").text
    row, officer = world.row(page), visitor(world.port, world.names["i.concerned"])
    said = world.port.store.write(
        lambda tx: send_back.send_back(tx, world.port.ctx, row.record, officer=officer, word="mine")
    ).result()
    assert isinstance(said, Deny)
    assert said.code is DenyCode.CONFLICT
    assert "I.Concerned" in world.browser("analyst").get(page).text  # a name that is missing would tell


def test_an_author_whom_it_concerns_since_hands_nothing_over(world: World) -> None:
    name = f"analyst-{len(world.names)}"
    page = wrote(world.browser(name, Role.ANALYST), **plated(HIS), subject_category=["suspect"])
    declare(world.port, world.names[name], HIS)
    row, author = world.row(page), visitor(world.port, world.names[name])
    said = world.port.store.write(
        lambda tx: hand_over.hand_over(tx, world.port.ctx, row.record, officer=author)
    ).result()
    assert isinstance(said, Deny)
    assert said.code is DenyCode.CONFLICT
    assert world.row(page).hand is Hand.KEPT


def test_of_a_case_it_goes_to_those_alone_who_work_on_it(world: World) -> None:
    lead = world.names["captain"]
    case = opened(world.port, lead)
    reads_in(world.port, lead, case, world.names["analyst"])
    record = released(world.browser("captain")).rpartition("/")[2].partition("-")[0]
    one = seen(world.port, visitor(world.port, lead), RecordId(bytes.fromhex(record)))
    assert one is not None
    overseen(world.port)
    assert put(world.port, lead, case, one.id) is True
    page = wrote(world.browser("analyst"), linked=f"/records/{one.address}")
    assert posted(world.browser("analyst"), f"{page}/hand-over") == 303
    assert page in world.browser("captain").get("/drafts").text
    assert page not in world.browser("officer").get("/drafts").text
    assert world.browser("officer").get(page).status_code == 404


def test_a_label_that_its_author_does_not_read_is_not_taken(world: World) -> None:
    analyst = world.browser("j.expelled", Role.ANALYST)
    world.port.store.write(
        lambda tx: roles.give_place(
            tx,
            world.port.ctx,
            MODEL,
            uuid.UUID(world.names["j.expelled"]).bytes,
            Place.EXPELLED,
            "ports-scheldt",
            until=UnixMs(0),
            actor="administrator/cli",
        )
    ).result()
    page = wrote(analyst)
    row = world.row(page)
    answer = analyst.submit(f"{page}/label", f"{page}/label", audience="ports-scheldt", tlp="AMBER")
    assert answer.status_code == 422
    assert "You do not read under this label yourself" in answer.text
    assert world.row(page) == row


# ---- To whom --------------------------------------------------------------------------------------------------------------


def test_it_names_who_publishes_and_is_on_duty_by_the_roles_that_do(world: World) -> None:
    def told(kind: str) -> tuple[tuple[Role, ...], list[str]]:
        found = world.port.store.read(lambda r: publishers(r, world.port.ctx, MODEL, kind))
        return found.roles, [one.name for one in found.on_duty]

    by, names = told("incident")
    assert by == (Role.SECURITY_OFFICER, Role.PORT_CAPTAIN, Role.POLICE, Role.CUSTOMS)
    assert {"A.Peeters", "B.Maes"} <= set(names)
    assert not {"C.Analyst", "E.Staff"} & set(names)
    assert {"A.Peeters", "C.Analyst"} <= set(told("request")[1])
    suspended = uuid.UUID(hire(world.port, "k.away", Role.POLICE)).bytes
    assert "K.Away" in told("incident")[1]
    world.port.store.write(
        lambda tx: roles.suspend(tx, world.port.ctx, MODEL, suspended, actor="administrator/cli")
    ).result()
    assert "K.Away" not in told("incident")[1]
    shift = ShiftRow(
        suspended, UnixMs(world.port.ctx.now() + 3_600_000), UnixMs(world.port.ctx.now() + 7_200_000)
    )
    resumed = world.port.store.write(
        lambda tx: roles.resume(tx, world.port.ctx, MODEL, suspended, actor="administrator/cli")
    ).result()
    assert resumed
    world.port.store.write(
        lambda tx: roster.add(tx, world.port.ctx, MODEL, shift, actor="administrator/cli")
    ).result()
    assert "K.Away" not in told("incident")[1]  # his shift begins in an hour


# ---- Planted faults -------------------------------------------------------------------------------------------------------


def test_a_node_that_keeps_nothing_from_others_is_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visible, "kept_from", lambda *_: False)
    monkeypatch.setattr(plan, "kept_from", lambda *_: False)
    with pytest.raises(AssertionError):
        test_a_draft_is_its_authors_until_it_is_handed_over_and_then_theirs_who_publish(world)


@pytest.mark.parametrize(
    "check",
    [
        test_who_posts_to_the_addresses_of_a_release_is_refused_by_the_command,
        test_who_cannot_release_it_does_not_stop_its_release,
    ],
)
def test_a_node_that_takes_who_drafts_for_who_publishes_is_seen(
    check: Callable[[World, str], None], world: World, handed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people.Visitor, "kinds", people.Visitor.drafts)
    with pytest.raises(AssertionError):
        check(world, handed)


def test_a_command_that_looks_at_no_conflict_is_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hand_over, "untouchable", lambda *_: None)
    with pytest.raises(AssertionError):
        test_an_author_whom_it_concerns_since_hands_nothing_over(world)


def test_a_node_where_what_was_sent_back_stays_approved_is_seen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(row: drafts.DraftRow, **changed: Any) -> drafts.DraftRow:
        return replace(row, **{name: changed[name] for name in ("hand", "word", "updated_ms")})

    monkeypatch.setattr(send_back, "replace", careless)
    with pytest.raises(AssertionError):
        test_what_was_approved_is_void_once_it_was_sent_back(world)


def test_the_page_of_a_draft_says_when_where_and_of_what(world: World) -> None:
    """Before it leaves, to its author and to who releases it: what the record will say."""
    analyst = world.browser("analyst")
    page = wrote(analyst, **plated("BE:1-ABC-234"), **PLACED, subject_category=["suspect"])
    for who in ("analyst", "captain"):
        if who == "captain":
            assert posted(analyst, f"{page}/hand-over") == 303
        facts = world.browser(who).get(page).text.partition('<dl class="facts">')[2].partition("</dl>")[0]
        for words in ("When", "Where", "BEANR-0123", "Plate", "BE:1ABC234"):
            assert words in facts, (who, words)
