"""The screens of changing one's mind, over real commands: what a form makes, what a page shows, and whom it shows it to."""

from __future__ import annotations

import re

import pytest
from browser_web import Browser, hidden
from form_web import stands
from offices_web import Screens, released, screens

from policies.officers import Role

BOTH = {"audience": "ports-be", "tlp": "AMBER"}
SCHELDT = {"audience": "ports-scheldt", "tlp": "AMBER"}


@pytest.fixture(name="antwerp")
def antwerp_screens() -> Screens:
    return screens()


def plan(browser: Browser, page: str, path: str, **fields: object) -> str:
    """Fill in the form of a page; the address of the plan that it leads to."""
    answer = browser.submit(page, f"{page}/{path}" if path else page, **fields)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def correction(browser: Browser, record: str, **changes: str) -> dict[str, object]:
    """What the form of a correction offers, with changes."""
    return {
        **stands(browser.get(f"{record}/correct").text),
        "change_reason": "The tank was another one",
        **changes,
    }


def test_a_correction_takes_the_place_of_what_was_said(antwerp: Screens) -> None:
    officer = antwerp.officer()
    record = released(officer)
    fields = correction(officer, record, title="Fence cut behind tank 13")
    assert fields["severity"] == "Severe"
    draft = plan(officer, f"{record}/correct", "", **fields)
    shown = officer.get(draft).text
    assert "Same readers as now" in shown
    assert "The tank was another one" in shown
    officer.submit(draft, f"{draft}/release")
    page = officer.get(record).text
    assert "Fence cut behind tank 13" in page
    assert "Version 2" in page
    assert "The tank was another one" in page


def test_a_correction_without_a_reason_is_shown_again(antwerp: Screens) -> None:
    officer = antwerp.officer()
    record = released(officer)
    answer = officer.submit(
        f"{record}/correct", f"{record}/correct", **correction(officer, record, change_reason="")
    )
    assert answer.status_code == 422
    assert "Why it changes" in answer.text
    assert officer.get("/drafts").text.count("Who will see this") == 0


def test_a_part_that_is_removed_is_said_before_it_leaves(antwerp: Screens) -> None:
    officer = antwerp.officer()
    record = released(officer)
    draft = plan(officer, f"{record}/correct", "", **correction(officer, record, removes="yes"))
    assert "What it said before is erased at every port" in officer.get(draft).text
    officer.submit(draft, f"{draft}/release")
    rows = antwerp.port.store.read(
        lambda r: r.all(
            "SELECT op FROM entry e JOIN feed f ON f.number = e.feed WHERE f.role = 0 ORDER BY e.key"
        )
    )
    assert [row[0] for row in rows] == [1, 2, 2, 4]


def test_narrowing_shows_who_loses_and_leads_to_the_new_record(antwerp: Screens) -> None:
    officer = antwerp.officer()
    record = released(officer)
    ports = {"ports": "north-sea-port"}
    draft = plan(officer, f"{record}/audience", "", **BOTH, **ports)
    shown = officer.get(draft).text
    assert "Narrower than now" in shown
    lost = shown[shown.index("Had it and will not any more") :]
    assert "Port of Liège" in lost or "Liege" in lost
    answer = officer.submit(draft, f"{draft}/release")
    new = answer.headers["location"]
    assert new != record
    assert officer.get(record).status_code == 404
    assert "Fence cut behind tank 12" in officer.get(new).text


def test_widening_shows_who_gains_and_waits_for_a_second_person(antwerp: Screens) -> None:
    officer, second = antwerp.officer(), antwerp.officer("b.maes")
    record = released(officer, ports="north-sea-port")
    draft = plan(officer, f"{record}/audience", "", **BOTH)
    shown = officer.get(draft).text
    assert "Will get it and could not before" in shown
    assert "it reaches ports that did not have it before" in shown
    second.submit(draft, f"{draft}/approve")
    new = officer.submit(draft, f"{draft}/release").headers["location"]
    assert "Fence cut behind tank 12" in officer.get(new).text


def test_the_label_it_has_is_no_move(antwerp: Screens) -> None:
    officer = antwerp.officer()
    record = released(officer)
    answer = officer.submit(f"{record}/audience", f"{record}/audience", **BOTH)
    assert answer.status_code == 422
    assert "It has this label already" in answer.text


def test_who_may_not_release_is_offered_neither(antwerp: Screens) -> None:
    record = released(antwerp.officer())
    analyst = antwerp.officer("c.analyst", Role.ANALYST)
    assert "/correct" not in analyst.get(record).text
    for way in ("correct", "audience", "hold", "sealed"):
        assert analyst.get(f"{record}/{way}").status_code == 404


def test_sealed_content_opens_once_with_a_reason(antwerp: Screens) -> None:
    captain = antwerp.officer("k.captain", Role.PORT_CAPTAIN)
    record = released(captain)
    captain.submit(f"{record}/withdraw", f"{record}/withdraw", reason="1")
    assert "Fence cut" not in captain.get(record).text
    missing = captain.submit(f"{record}/sealed", f"{record}/sealed")
    assert missing.status_code == 422
    assert "Fence cut" not in missing.text
    opened = captain.submit(f"{record}/sealed", f"{record}/sealed", reason="4")
    assert "Fence cut behind tank 12" in opened.text
    assert opened.headers["cache-control"] == "no-store"
    assert "Fence cut" not in captain.get(record).text
    last = antwerp.port.audits()[-1]
    assert (last.act, dict(last.details)) == ("unseal", {"reason": "4"})


def test_a_hold_goes_from_the_record_over_two_people_to_out_of_sight(antwerp: Screens) -> None:
    dpo, second = antwerp.officer("d.dpo", Role.DPO), antwerp.officer()
    record = released(second)
    answer = dpo.submit(f"{record}/hold", f"{record}/hold", reference="PV 1234/26")
    assert answer.headers["location"] == "/holds"
    assert "PV 1234/26" in dpo.get("/holds").text
    confirm = re.search(r'action="(/holds/[0-9a-f-]+/confirm)"', second.get("/holds").text)
    assert confirm is not None
    assert second.get(record).status_code == 200
    second.submit("/holds", confirm[1])
    assert second.get(record).status_code == 404
    assert "Fence cut" not in second.get("/").text
    end = re.search(r'action="(/holds/[0-9a-f-]+/end)"', dpo.get("/holds").text)
    assert end is not None
    dpo.submit("/holds", end[1])
    keep = re.search(r'action="(/holds/[0-9a-f-]+/keep)"', dpo.get("/holds").text)
    assert keep is not None
    dpo.submit("/holds", keep[1])
    assert "/confirm" not in second.get("/holds").text
    dpo.submit("/holds", end[1])
    second.submit("/holds", confirm[1])
    assert second.get(record).status_code == 200


def test_a_second_authority_holds_what_is_on_hold_already(antwerp: Screens) -> None:
    dpo, second = antwerp.officer("d.dpo", Role.DPO), antwerp.officer()
    record = released(second)
    dpo.submit(f"{record}/hold", f"{record}/hold", reference="COURT A")
    confirm = re.search(r'action="(/holds/[0-9a-f-]+/confirm)"', second.get("/holds").text)
    assert confirm is not None
    second.submit("/holds", confirm[1])
    assert dpo.get(f"{record}/hold").status_code == 404  # a record on hold is on no page
    assert "/another" not in second.get("/holds").text
    another = re.search(r'href="(/holds/[0-9a-f-]+/another)"', dpo.get("/holds").text)
    assert another is not None
    assert second.get(another[1]).status_code == 404
    again = dpo.submit(another[1], another[1], reference="COURT A")
    assert (again.status_code, "by this reference already" in again.text) == (422, True)
    assert dpo.submit(another[1], another[1], reference="").status_code == 422
    assert dpo.submit(another[1], another[1], reference="COURT B").headers["location"] == "/holds"
    confirms = re.findall(r'action="(/holds/[0-9a-f-]+/confirm)"', second.get("/holds").text)
    second.submit("/holds", confirms[0])
    page = dpo.get("/holds").text
    assert "COURT A" in page
    assert "COURT B" in page
    for reference in ("A", "B"):  # sealed until the last one ended
        assert second.get(record).status_code == 404, reference
        (end, *_) = re.findall(r'action="(/holds/[0-9a-f-]+/end)"', dpo.get("/holds").text)
        dpo.submit("/holds", end)
        (confirming, *_) = re.findall(r'action="(/holds/[0-9a-f-]+/confirm)"', second.get("/holds").text)
        second.submit("/holds", confirming)
    assert second.get(record).status_code == 200


def test_contested_stands_in_list_and_page_until_it_ends(antwerp: Screens) -> None:
    dpo, officer = antwerp.officer("d.dpo", Role.DPO), antwerp.officer()
    record = released(officer)
    dpo.submit(record, f"{record}/contested", contested="yes")
    assert "Contested" in officer.get("/").text
    assert "somebody it concerns says that it is wrong" in officer.get(record).text
    assert f"{record}/contested" not in officer.get(record).text
    csrf = hidden(dpo.get(record).text, f"{record}/contested")["csrf"][0]
    before = len(antwerp.port.audits())
    for said in ({}, {"contested": ""}, {"contested": "maybe"}):  # a field that is missing ends nothing
        assert dpo.post(f"{record}/contested", csrf=csrf, **said).status_code == 404
    assert len(antwerp.port.audits()) == before
    assert "Contested" in officer.get("/").text
    dpo.submit(record, f"{record}/contested", contested="no")
    assert "Contested" not in officer.get("/").text


def test_an_alert_is_claimed_and_closed_on_its_page(antwerp: Screens) -> None:
    officer, captain = antwerp.officer(), antwerp.officer("k.captain", Role.PORT_CAPTAIN)
    record = released(officer)
    assert "Nobody has claimed it yet" in officer.get(record).text
    officer.submit(record, f"{record}/handle", step="claim")
    assert "Claimed" in captain.get(record).text
    officer.submit(record, f"{record}/handle", step="guard")
    page = officer.submit(record, f"{record}/handle", step="close", verdict="true")
    assert page.status_code == 303
    assert "Closed here" in captain.get(record).text
    assert f"{record}/handle" not in officer.get(record).text


def test_a_withdrawn_alert_of_this_port_asks_whether_anyone_acted(antwerp: Screens) -> None:
    officer = antwerp.officer()
    record = released(officer)
    officer.submit(f"{record}/withdraw", f"{record}/withdraw", reason="1")
    page = officer.get(record).text
    assert "Did anyone act on it?" in page
    assert "No port has answered yet." in page
