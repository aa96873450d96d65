"""The office over real commands: what officers of a port see and do, through the screens."""

from __future__ import annotations

import asyncio
import html
import time
import uuid
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import ports
import pytest
from browser_web import Browser, Line, hidden
from officers_here import MODEL, hire
from offices_web import FORM, Screens, basis, own_feeds, released, screens
from ports import ANTWERP, LIMBURG, NORTH_SEA
from record_examples import example

from node.commands import draft, sign_in
from node.commands.outcome import Accepted
from node.peers import PeerBoard
from node.store import people as rows
from node.store.changes import ChangeKind
from protocol.proof import read_proof
from protocol.v1 import records_pb2 as pb
from web.leaving import LEFT_MS
from web.office import NodeOffice
from web.offices.password_line import AGAIN_S, PLACES
from web.views import Limited, PlanView, Shelf, Waiting

LOOKOUT = {
    "type": "mmsi",
    "value": "200123456",
    "title": "DEMO HERON, false identity twice",
    "reason": "spoofing",
    "grounds": "Decided by the unit.",
    "on_hit": "observe",
    "contact": "Unit 24/7",
    "owner": "Unit",
    "valid_days": "7",
    "lang": "en",
    "audience": "ports-be",
    "tlp": "AMBER",
}


@pytest.fixture(name="antwerp")
def antwerp_screens() -> Screens:
    return screens()


def test_an_officer_raises_releases_and_withdraws(antwerp: Screens) -> None:
    officer = antwerp.officer()
    address = released(officer)
    page = officer.get(address).text
    for words in (
        "Fence cut behind tank 12",
        "Hole of a metre",
        "Signature valid",
        "Intrusion",
        "High",
        "A.Peeters",
    ):
        assert words in page, words
    assert "Fence cut" in officer.get("/").text
    assert officer.submit(f"{address}/withdraw", f"{address}/withdraw", reason="3").status_code == 303
    for path in ("/", address, "/api/v1/records", f"/api/v1{address}"):
        assert "Fence cut" not in officer.get(path).text
    assert "Withdrawn" in officer.get("/").text
    assert officer.get(f"{address}/proof").status_code == 404


def test_scripts_read_the_index_of_the_log_and_people_count_from_one(antwerp: Screens) -> None:
    officer = antwerp.officer()
    released(officer)
    address = released(officer)
    proven = read_proof(officer.get(f"{address}/proof").content)
    told = officer.get(f"/api/v1{address}").json()["provenance"]
    assert (told["feed"], told["index"], told["size"]) == (proven.feed.hex(), proven.index, 3)
    assert told["index"] == 2
    assert "3 of 3" in officer.get(address).text


def test_the_preview_is_the_plan(antwerp: Screens) -> None:
    officer = antwerp.officer()
    antwerp.officer("b.maes")
    drafted = officer.submit(
        "/alerts/new",
        "/alerts/new",
        **{**FORM, **basis(officer), "audience": "ports-scheldt"},
    )
    page = officer.get(drafted.headers["location"]).text
    assert "2 people" in page
    withheld = html.unescape(page.partition("Withheld from")[2].partition("</ul>")[0])
    assert antwerp.office._names().node(LIMBURG).name in withheld
    assert antwerp.office._names().node(NORTH_SEA).name not in withheld
    assert "Not in the community this is for" in withheld


def test_a_second_look_at_a_changed_world_is_refused(antwerp: Screens) -> None:
    officer = antwerp.officer()
    drafted = officer.submit("/alerts/new", "/alerts/new", **{**FORM, **basis(officer)})
    page = drafted.headers["location"]
    fields = hidden(officer.get(page).text, f"{page}/release")
    antwerp.officer("b.maes")
    answer = officer.post(f"{page}/release", **fields)
    assert answer.status_code == 409
    assert "Nothing was released" in answer.text
    assert officer.get("/api/v1/records").json()["records"] == []


def test_red_takes_a_second_person_who_is_not_the_author(antwerp: Screens) -> None:
    author, second = antwerp.officer(), antwerp.officer("b.maes")
    drafted = author.submit(
        "/alerts/new", "/alerts/new", **{**FORM, **basis(author), "tlp": "RED", "ports": [NORTH_SEA]}
    )
    page = drafted.headers["location"]
    alone = author.get(page).text
    assert "A second person must approve first" in alone
    assert f'action="{page}/approve"' not in alone
    assert f'action="{page}/release"' not in alone
    assert second.submit(page, f"{page}/approve").status_code == 303
    assert "You approved exactly this." in second.get(page).text
    assert f'action="{page}/approve"' not in second.get(page).text
    assert "approved this plan: B.Maes" in author.get(page).text
    assert (
        f'action="{page}/release"' not in second.get(page).text
    )  # who approved does not release: two people
    assert author.submit(page, f"{page}/release").headers["location"].startswith("/records/")


def test_a_node_that_left_the_register_says_so_to_everybody(antwerp: Screens) -> None:
    officer, anybody = antwerp.officer(), Browser(antwerp.app)
    before = antwerp.port.ctx.register
    others = {name: node for name, node in before.nodes.items() if name != ANTWERP}
    without = replace(before, version=before.version + 1, nodes=others)
    object.__setattr__(antwerp.port.ctx, "registers", lambda: without)
    for path in ("/", "/drafts", "/alerts/new", "/sign-in", "/health", "/nothing", f"/records/{'0' * 32}"):
        for one in (officer, anybody):
            answer = one.get(path)
            assert answer.status_code in {503, 404}
            assert answer.status_code == 503 or path == "/nothing"
            if answer.status_code == 503:
                assert "This node is not in the register any more" in answer.text
                assert "A.Peeters" not in answer.text
    for path in ("/events", "/api/v1/records"):
        assert officer.get(path).status_code == 503
    object.__setattr__(antwerp.port.ctx, "registers", lambda: before)
    assert officer.get("/").status_code == 200


def test_named_ports_include_our_own(antwerp: Screens) -> None:
    officer = antwerp.officer()
    address = released(officer, ports=[NORTH_SEA])
    assert f"TO node:{NORTH_SEA},node:{ANTWERP}" in officer.get(address).text


def test_a_draft_without_a_label_gets_one(antwerp: Screens) -> None:
    officer = antwerp.officer()
    found = example("alert")
    found.common.legal_basis = "port-security-be"
    row = antwerp.port.store.write(
        lambda tx: draft.make(tx, antwerp.port.ctx, found, owner="detector/ais_gap", detector="ais_gap")
    ).result()
    page = f"/drafts/{row.record.hex()}"
    assert "No label yet" in officer.get("/drafts").text
    assert "For which community" in officer.get(page).text
    assert officer.submit(page, f"{page}/label", audience="nobody", tlp="AMBER").status_code == 422
    answer = officer.submit(page, f"{page}/label", audience="ports-be", tlp="AMBER")
    assert answer.headers["location"] == page
    assert "Gets it" in officer.get(page).text
    assert officer.submit(page, f"{page}/release").status_code == 303


def test_what_is_above_an_officer_is_nowhere(antwerp: Screens) -> None:
    officer = antwerp.officer()
    outsider = antwerp.officer("c.other", purposes="navigation-safety")
    address = released(officer, title="CANARY-TITLE")
    assert "CANARY" in officer.get("/").text
    for path in (
        "/",
        address,
        f"{address}/proof",
        f"/api/v1{address}",
        "/api/v1/records",
        "/peers",
        "/look-outs",
    ):
        assert "CANARY" not in outsider.get(path).text
    assert outsider.get(address).content == outsider.get("/records/" + "0" * 32).content
    assert "TLP:AMBER" not in outsider.get("/peers").text


def test_it_arrives_at_another_port_and_the_receipt_comes_back(antwerp: Screens) -> None:
    officer = antwerp.officer()
    address = released(officer)
    other = screens(NORTH_SEA)
    feed = next(f for f in own_feeds(antwerp.port))
    other.port.pull(antwerp.port, feed.feed)
    reader = other.officer("d.jansen")
    page = reader.get(address).text
    assert "Fence cut behind tank 12" in page
    assert "A.Peeters" not in page
    assert "Signature valid" in page
    assert "/withdraw" not in page
    assert "Not yet" in officer.get(address).text


def test_a_look_out_is_checked_and_released(antwerp: Screens) -> None:
    officer = antwerp.officer()
    form = {**LOOKOUT, **basis(officer, "/look-outs/new")}
    wrong = officer.submit("/look-outs/new", "/look-outs/new", **{**form, "type": "imo", "value": "1234568"})
    assert wrong.status_code == 422
    assert "check digit" in wrong.text
    drafted = officer.submit("/look-outs/new", "/look-outs/new", **form)
    page = drafted.headers["location"]
    assert officer.submit(page, f"{page}/release").status_code == 303
    shown = officer.get("/look-outs").text
    assert "MMSI 200123456" in shown
    assert "False position or identity" in shown


def test_the_vessel_of_an_alert_is_an_indicator(antwerp: Screens) -> None:
    officer = antwerp.officer()
    assert "200123456" in officer.get(released(officer, vessel="200 123 456")).text
    answer = officer.submit("/alerts/new", "/alerts/new", **{**FORM, **basis(officer), "vessel": "1234568"})
    assert "check digit" in answer.text


def test_rules_of_the_kind_stand_at_the_field(antwerp: Screens) -> None:
    officer = antwerp.officer()
    basis = {"legal_basis": "nothing-there"}
    answer = officer.submit("/alerts/new", "/alerts/new", **{**FORM, **basis})
    assert answer.status_code == 422
    assert 'id="legal_basis-problem"' in answer.text


def test_a_password_opens_a_session_and_five_wrong_ones_close_the_door(antwerp: Screens) -> None:
    who = hire(antwerp.port, "p.word")
    hashed = sign_in.hash_password("correct horse battery")
    antwerp.port.store.write(
        lambda tx: rows.set_password(tx, uuid.UUID(who).bytes, hashed, antwerp.port.ctx.now())
    ).result()
    browser = Browser(antwerp.app)
    good = {"name": "P.Word ", "password": "correct horse battery"}
    assert browser.submit("/sign-in", "/sign-in", **good).status_code == 303
    other = Browser(antwerp.app, address="192.0.2.50")
    for _ in range(5):
        assert other.submit("/sign-in", "/sign-in", name="p.word", password="x").status_code == 401
    assert other.submit("/sign-in", "/sign-in", **good).status_code == 429


def test_guesses_made_at_once_are_no_more_than_guesses_made_in_turn(
    antwerp: Screens, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, at_once, most = 0, 0, 0

    def matches(person: object, password: str) -> bool:
        nonlocal looked, at_once, most
        looked, at_once = looked + 1, at_once + 1
        most = max(most, at_once)
        time.sleep(0.01)
        at_once -= 1
        return False

    monkeypatch.setattr(sign_in, "matches", matches)

    async def guess(number: int) -> object:
        return await antwerp.office.sign_in("a.peeters", f"guess {number}", client="192.0.2.66")

    async def all_of_them() -> list[object]:
        return await asyncio.gather(*(guess(number) for number in range(200)))

    answers = asyncio.run(all_of_them())
    assert looked == antwerp.port.ctx.settings.sign_in_attempts
    assert most == 1
    assert answers.count(None) == looked
    assert all(isinstance(one, Limited) for one in answers if one is not None)


def test_a_line_of_guesses_is_short_and_whoever_finds_no_place_is_not_counted(
    antwerp: Screens, monkeypatch: pytest.MonkeyPatch
) -> None:
    def matches(person: object, password: str) -> bool:
        time.sleep(0.01)
        return False

    monkeypatch.setattr(sign_in, "matches", matches)

    async def all_of_them() -> list[object]:
        return await asyncio.gather(
            *(antwerp.office.sign_in(f"n{n}", "x", client=f"198.51.100.{n}") for n in range(100))
        )

    answers = asyncio.run(all_of_them())
    assert answers.count(None) == PLACES
    assert answers.count(Limited(AGAIN_S, crowded=True)) == 100 - PLACES
    counted = antwerp.port.store.read(lambda r: r.one("SELECT count(DISTINCT subject) FROM attempt"))
    assert counted == (3 * PLACES,)


def test_a_session_ends_by_idleness_and_use_keeps_it(antwerp: Screens) -> None:
    officer = antwerp.officer()
    for _ in range(3):
        antwerp.port.clock.at += 20 * 60_000
        assert officer.get("/").status_code == 200
    antwerp.port.clock.at += 31 * 60_000
    assert officer.get("/").status_code == 303


def test_a_token_that_is_none_of_ours_is_nobody(antwerp: Screens) -> None:
    for token in ("", "x", "zz" * 32, "00" * 32, "é" * 64):
        assert asyncio.run(antwerp.office.session(token, touch=True)) is None


def test_a_release_can_be_stopped_and_leaves_after_its_window() -> None:
    slow = screens(cancel_ms=60)
    officer = slow.officer()
    drafted = officer.submit("/alerts/new", "/alerts/new", **{**FORM, **basis(officer)})
    record = drafted.headers["location"].rpartition("/")[2]

    async def run() -> None:
        office = slow.office
        session = await office.session(_token(officer, slow), touch=False)
        assert session is not None
        plan = await office.plan_preview(session, record)
        assert isinstance(plan, PlanView)
        digest = plan.digest
        assert isinstance(await office.release(session, record, digest=digest), Waiting)
        assert await office.cancel_release(session, record)
        await asyncio.sleep(0.15)
        assert (await office.newest(session, Shelf.WATCH)).rows == ()
        await office.release(session, record, digest=digest)
        assert (await office.drafts(session))[0].leaves_ms
        async with asyncio.timeout(5):
            while not await office.left(session):  # noqa: ASYNC110 - waits for a task of the office
                await asyncio.sleep(0.02)
        assert not await office.cancel_release(session, record)
        assert await office.drafts(session) == ()
        assert [row.id for row in await office.left(session)] == [record]

    outsider = slow.officer("c.other", purposes="navigation-safety")
    asyncio.run(run())
    assert f'href="/records/{record}"' in officer.get("/drafts").text
    assert officer.get(f"/drafts/{record}").headers["location"] == f"/records/{record}"
    assert record not in outsider.get("/drafts").text
    assert outsider.get(f"/drafts/{record}").status_code == 404
    slow.port.clock.at += LEFT_MS + 60
    assert record not in officer.get("/drafts").text


def test_a_plan_that_moves_in_the_window_leaves_nothing_and_says_so() -> None:
    slow = screens(cancel_ms=60)
    officer = slow.officer()
    drafted = officer.submit("/alerts/new", "/alerts/new", **{**FORM, **basis(officer)})
    record = drafted.headers["location"].rpartition("/")[2]

    async def run() -> None:
        session = await slow.office.session(_token(officer, slow), touch=False)
        assert session is not None
        plan = await slow.office.plan_preview(session, record)
        assert isinstance(plan, PlanView)
        await slow.office.release(session, record, digest=plan.digest)
        hire(slow.port, "b.maes")
        async with asyncio.timeout(5):
            while not (await slow.office.drafts(session))[0].trouble:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.02)
        assert (await slow.office.newest(session, Shelf.WATCH)).rows == ()

    asyncio.run(run())
    assert "The plan changed since the preview" in officer.get("/drafts").text


def test_what_was_about_to_leave_leaves_after_a_restart() -> None:
    before = screens(cancel_ms=60_000)
    officer = before.officer()
    drafted = officer.submit("/alerts/new", "/alerts/new", **{**FORM, **basis(officer)})
    page = drafted.headers["location"]

    async def run() -> None:
        session = await before.office.session(_token(officer, before), touch=False)
        assert session is not None
        record = page.rpartition("/")[2]
        plan = await before.office.plan_preview(session, record)
        assert isinstance(plan, PlanView)
        assert isinstance(await before.office.release(session, record, digest=plan.digest), Waiting)
        await before.office.close()
        assert (await before.office.newest(session, Shelf.WATCH)).rows == ()
        before.port.clock.at += 60_000
        ground = SimpleNamespace(ctx=before.port.ctx, model=MODEL, bus=before.bus)
        after = NodeOffice(ground=cast("Any", ground), board=PeerBoard(), cancel_ms=60_000)
        await after.resume()
        async with asyncio.timeout(5):
            while not await after.left(session):  # noqa: ASYNC110 - waits for a task of the office
                await asyncio.sleep(0.02)
        assert [row.id for row in (await after.newest(session, Shelf.WATCH)).rows] == [record]
        await after.close()

    asyncio.run(run())


def test_a_danger_to_life_leaves_at_once() -> None:
    slow = screens(cancel_ms=60_000)
    officer = slow.officer()
    assert released(officer, life_safety="yes").startswith("/records/")


def _token(browser: Browser, shown: Screens) -> str:
    return str(browser.cookies.get(f"p2p-{shown.port.name}"))


def test_a_closed_account_ends_its_session(antwerp: Screens) -> None:
    officer = antwerp.officer()
    antwerp.port.store.write(lambda tx: tx.run("UPDATE person SET disabled = 1")).result()
    assert officer.get("/").status_code == 303


def test_peers_and_health_are_shown(antwerp: Screens) -> None:
    officer = antwerp.officer()
    released(officer)
    page = officer.get("/peers").text
    assert "Not connected" in page
    assert "Behind" in page
    assert officer.get("/health").status_code == 200


def test_an_idle_page_asks_the_store_nothing_and_a_commit_reaches_it(antwerp: Screens) -> None:
    officer = antwerp.officer()
    asked = 0
    store = antwerp.port.store

    def counted(ask: Any) -> Any:
        nonlocal asked
        asked += 1
        return real(ask)

    async def run() -> None:
        nonlocal asked
        async with Line(antwerp.app, officer, "shelf=watch&scope=all") as line:
            await line.until(lambda: ": beat" in line.text)
            asked = 0
            beats = line.text.count(": beat")
            await line.until(lambda: line.text.count(": beat") >= beats + 5)
            assert asked == 0
            antwerp.port.release(ports.AMBER)
            antwerp.bus.publish([c for c in antwerp.port.changes if c.kind is ChangeKind.FEED])
            await line.until(lambda: "row" in line.events)
            assert asked > 0

    real = store.aread
    store.aread = counted  # type: ignore[method-assign]
    try:
        asyncio.run(run())
    finally:
        store.aread = real  # type: ignore[method-assign]


def test_a_proof_is_of_the_record_shown_and_audited_like_it(antwerp: Screens) -> None:
    browser = antwerp.officer()
    sea, liege = ports.port(NORTH_SEA), ports.port(ports.LIEGE)
    secret = sea.release(
        f"BE:NONE//TLP:RED//AUD ports-be//TO node:{ports.LIEGE},officer:{ANTWERP}/{uuid.UUID(int=4 << 76 | 2 << 62)}"
    )
    assert isinstance(antwerp.port.pull(sea, secret.feed.feed), Accepted)
    antwerp.port.clock.at += 1_000
    copied = liege.release("BE:NONE//TLP:AMBER//AUD ports-be//CAVEAT PERSONAL", record=secret.record)
    antwerp.port.pull(liege, copied.feed.feed)
    proof = browser.send("GET", f"/records/{secret.record.hex()}/proof")
    assert proof.status_code == 200
    assert f"port2port/{ports.LIEGE}/" in proof.json()["checkpoint"]
    opened = [act for act in antwerp.port.audits() if act.act == "open"]
    assert [act.record.record_id for act in opened] == [secret.record]


def test_lists_give_no_title_of_personal_data_and_opening_it_is_audited(antwerp: Screens) -> None:
    browser, sea = antwerp.officer(), ports.port(NORTH_SEA)
    message = example("alert")
    message.common.title = "Jan Canary at gate 4"
    hidden_away = sea.publish(message, "BE:NONE//TLP:AMBER//AUD ports-be//CAVEAT PERSONAL")
    antwerp.port.pull(sea, hidden_away.feed.feed)
    plate = example("indicator", value=pb.IndicatorValue(type="plate", value="BE:1CAN234"))
    plate.common.title = "Canary van"
    plate.common.subject_category.append(pb.Common.SUBJECT_CATEGORY_OTHER)
    antwerp.port.pull(sea, sea.publish(plate, "BE:NONE//TLP:AMBER//AUD ports-be//CAVEAT PERSONAL").feed.feed)
    for page in ("/", "/look-outs", "/api/v1/records", "/api/v1/records?shelf=lookouts"):
        text = browser.get(page).text
        assert "Canary" not in text, page
        assert "1CAN234" not in text, page
    assert "Personal data: open to read" in browser.get("/").text
    assert "Personal data: open to read" in browser.get("/look-outs").text
    assert [act.act for act in antwerp.port.audits()].count("open") == 0
    assert "Jan Canary at gate 4" in browser.get(f"/records/{hidden_away.record.hex()}").text
    assert [act.act for act in antwerp.port.audits()].count("open") == 1
