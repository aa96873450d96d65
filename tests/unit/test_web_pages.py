"""What pages show and refuse, over a fake office."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from browser_web import Browser, hidden, screens, signed_in
from fakes_data import AMBER, PERSON, RED, ROWS, provenance, record_of, rid
from fakes_data import FORM as GOOD

from node.languages import LANGUAGES
from web.security import csrf_token
from web.views import LabelView

ORCA = rid(11)
GONE = rid(7)


def test_absent_and_not_yours_are_one_answer() -> None:
    officer, office = signed_in()
    office.hidden.add(ORCA)
    for tail in ("", "/withdraw", "/proof"):
        hidden, absent = officer.get(f"/records/{ORCA}{tail}"), officer.get(f"/records/{'0' * 32}{tail}")
        assert hidden.status_code == absent.status_code == 404
        assert hidden.content == absent.content
        assert sorted(hidden.headers) == sorted(absent.headers)
    for path in ("/records/{}", "/api/v1/records/{}"):
        assert officer.get(path.format(ORCA)).content == officer.get(path.format("0" * 32)).content
    assert officer.get("/drafts/nothing").content == officer.get("/nothing").content


def test_what_is_hidden_is_in_no_list_and_no_count() -> None:
    officer, office = signed_in()
    office.hidden.add(ROWS[0].id)
    for path in ("/", "/?scope=own", "/api/v1/records", f"/records/{ORCA}"):
        page = officer.get(path).text
        assert "quay fence" not in page
        assert ROWS[0].id not in page
    assert '<b data-count="Extreme">0</b>' in officer.get("/").text


def test_a_page_of_a_missing_right_is_not_there() -> None:
    app, office = screens()
    office.may = frozenset()
    officer = Browser(app).sign_in()
    office._keep("alert", "x", "Minor")
    for path in ("/alerts/new", "/look-outs/new", "/drafts/d1"):
        assert officer.get(path).status_code == 404
    assert "/alerts/new" not in officer.get("/").text


def test_a_withdrawn_row_says_only_that() -> None:
    officer, office = signed_in()
    office.rows[GONE] = replace(office.rows[GONE], title="TITLE-CANARY", place="PLACE-CANARY")
    for path in ("/", f"/records/{GONE}"):
        page = officer.get(path).text
        assert "CANARY" not in page
        assert "Withdrawn" in page
        assert "It was wrong" in page
        assert "Port of Liège" in page
    assert "Copies outside the network" in officer.get(f"/records/{GONE}").text


def test_a_record_that_does_not_verify_is_closed() -> None:
    officer, office = signed_in()
    broken = replace(record_of(ROWS[1]), provenance=provenance(ROWS[1], state="mismatch"))
    office.records[ORCA] = broken
    page = officer.get(f"/records/{ORCA}", x_part="detail").text
    assert "Not shown" in page
    assert "Class A ship" not in page
    assert "DEMO ORCA" not in page
    assert "/proof" not in page


def test_the_band_has_the_highest_marking_on_the_page() -> None:
    officer, office = signed_in()
    assert 'data-on-screen="NONE.AMBER+STRICT"' in officer.get("/").text
    assert 'data-on-screen="NONE.GREEN"' in officer.get("/library").text
    assert 'data-on-screen="NONE."' in officer.get("/alerts/new").text
    office.rows[ORCA] = replace(office.rows[ORCA], label=RED)
    assert 'data-on-screen="NONE.RED"' in officer.get(f"/records/{ORCA}").text
    secret = LabelView("BE:SECRET//…", "GREEN", level="SECRET")
    office.rows[ORCA] = replace(office.rows[ORCA], label=secret)
    part = officer.get(f"/records/{ORCA}", x_part="detail", x_on_screen="NONE.AMBER")
    assert 'data-on-screen="SECRET.AMBER"' in part.text


def test_every_list_says_truly_what_waits() -> None:
    officer, office = signed_in()
    office._keep("alert", "Fence cut", "Moderate")
    for path in ("/", "/library"):
        figure = officer.get(path).text.partition("Waiting for an officer")[2].partition("</div>")[0]
        assert 'href="/drafts"' in figure, path
    assert '<dl class="figures tight">' in officer.get("/library").text
    assert '<dl class="figures">' not in officer.get("/library").text


def test_the_record_says_who_has_it_and_who_not() -> None:
    officer, _ = signed_in()
    page = officer.get(f"/records/{ORCA}", x_part="detail").text
    assert "<html" not in page
    for words in (
        "Has it",
        "Stored, receipt follows",
        "Not yet",
        "1 of 3",
        "Signature valid",
        "Speed 9.4 kn before",
        "For members of: Belgian seaports.",
    ):
        assert words in page, words


def test_the_proof_file_is_a_download() -> None:
    officer, _ = signed_in()
    answer = officer.get(f"/records/{ORCA}/proof")
    assert answer.headers["content-disposition"].startswith('attachment; filename="port2port-')


# ---- drafts and release -----------------------------------------------------------------------


def test_the_preview_names_everyone_and_why() -> None:
    officer, office = signed_in()
    office._keep("alert", "Fence cut", "Moderate")
    page = officer.get("/drafts/d1").text
    for words in (
        "Port of Antwerp-Bruges",
        "4 people",
        "North Sea Port",
        "Port of Liège",
        "may pass it on",
        "Not in the community this is for",
        "Limburg",
        "Release to 2 ports",
        "Raw observations",
    ):
        assert words in page, words


def test_more_than_eight_recipients_are_grouped_and_all_there() -> None:
    officer, office = signed_in()
    office._keep("alert", "Fence cut", "Moderate")
    office.many = 20
    page = officer.get("/drafts/d1").text
    assert "<summary>Port 19" in page
    assert all(f"<b>Port {n}</b>" in page for n in range(20))
    assert "Release to 22 ports" in page


def test_a_release_carries_the_digest_that_was_shown() -> None:
    officer, office = signed_in()
    office._keep("alert", "Fence cut", "Moderate")
    answer = officer.submit("/drafts/d1", "/drafts/d1/release")
    assert answer.headers["location"] == "/drafts"
    assert office.drafts_kept["d1"].leaves_ms == office.now + 10_000
    assert "Stop the release" in officer.get("/drafts").text
    assert officer.submit("/drafts", "/drafts/d1/cancel").headers["location"] == "/drafts/d1"
    assert office.drafts_kept["d1"].leaves_ms is None


def test_what_left_at_the_end_of_its_window_is_found_from_where_it_waited() -> None:
    officer, office = signed_in()
    office.became = {"d1": ORCA}
    page = officer.get("/drafts").text
    assert "No drafts." in page
    assert f'href="/records/{ORCA}"' in page
    assert "DEMO ORCA" in page
    assert officer.get("/drafts/d1").headers["location"] == f"/records/{ORCA}"
    late = officer.post("/drafts/d1/cancel", csrf=csrf_token("".join(office.sessions)))
    assert late.status_code == 409
    assert f'href="/records/{ORCA}"' in late.text
    assert "nothing left this node" not in late.text
    office.hidden.add(ORCA)
    assert "DEMO ORCA" not in officer.get("/drafts").text
    assert officer.get("/drafts/d1").content == officer.get("/drafts/d2").content


def test_the_second_person_reads_what_a_yes_covers_and_that_it_sends_nothing() -> None:
    officer, office = signed_in()
    office.needs_second = ("red",)
    office._keep("alert", "Fence cut", "Moderate")
    page = officer.get("/drafts/d1").text
    assert "this text, this label, these ports" in page
    assert "sends nothing by itself" in page
    office.approved_here = True
    page = officer.get("/drafts/d1").text
    assert "You approved exactly this." in page
    assert 'action="/drafts/d1/approve"' not in page


def test_a_moved_plan_is_refused_with_the_difference() -> None:
    officer, office = signed_in()
    office._keep("alert", "Fence cut", "Moderate")
    fields = hidden(officer.get("/drafts/d1").text, "/drafts/d1/release")
    office.plan_moves = True
    answer = officer.post("/drafts/d1/release", **fields)
    assert answer.status_code == 409
    assert "Nothing was released" in answer.text
    assert "No longer: Port of Liège" in answer.text
    assert office.drafts_kept["d1"].leaves_ms is None
    assert 'value="d2"' in answer.text


def test_a_release_that_left_cannot_be_stopped() -> None:
    officer, office = signed_in()
    office._keep("alert", "Fence cut", "Moderate")
    officer.submit("/drafts/d1", "/drafts/d1/release")
    token = "".join(office.sessions)
    office.drafts_kept["d1"] = replace(office.drafts_kept["d1"], leaves_ms=None)
    answer = officer.post("/drafts/d1/cancel", csrf=csrf_token(token))
    assert answer.status_code == 409
    assert "It has already left" in answer.text


# ---- raising, looking out, withdrawing ----------------------------------------------------------


def test_an_alert_becomes_a_draft_with_its_label() -> None:
    officer, office = signed_in()
    answer = officer.submit("/alerts/new", "/alerts/new", **GOOD, ports=["north-sea-port"], orcon="yes")
    assert answer.headers["location"] == "/drafts/d1"
    draft = office.alerts[0]
    assert draft.title == GOOD["title"]
    assert draft.label.ports == ("north-sea-port",)
    assert draft.label.orcon
    assert draft.occurred_ms == 1_795_385_400_000


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("severity", "", "Choose one."),
        ("severity", "Mild", "Not one of the choices"),
        ("title", "", "Fill this in."),
        ("title", "x" * 121, "At most 120 characters."),
        ("title", "a\u202eb", "cannot be shown"),
        ("description", "x" * 4001, "At most 4000 characters."),
        ("occurred", "yesterday", "Give a day and a time."),
        ("occurred", "2026-11-23T23:10", "Lies in the future."),
        ("audience", "somebody", "Not one of the choices"),
        ("tlp", "RED", "needs at least one named port"),
        ("ports", "evil-port", "Not one of the choices"),
        ("vessel", "12345", "9 digits for an MMSI"),
    ],
)
def test_an_error_stands_at_its_field_and_keeps_the_rest(field: str, value: str, words: str) -> None:
    officer, office = signed_in()
    answer = officer.submit("/alerts/new", "/alerts/new", **{**GOOD, field: value})
    assert answer.status_code == 422
    assert office.alerts == []
    page = answer.text
    wrong = "ports" if (field, value) == ("tlp", "RED") else field
    assert f'id="{wrong}-problem"' in page
    assert f'href="#{wrong}"' in page
    assert words in page
    assert page.count('aria-invalid="true"') == 1
    if field != "title":
        assert GOOD["title"] in page


@pytest.mark.parametrize("page", ["/alerts/new", "/look-outs/new", "/drafts/d1/label"])
def test_no_community_is_chosen_for_the_officer(page: str) -> None:
    officer, office = signed_in()
    office._keep("alert", "Fence cut", "Moderate")
    for choice in re.findall(r'<input type="radio" name="audience"[^>]*>', officer.get(page).text):
        assert "checked" not in choice
    without = {name: value for name, value in GOOD.items() if name != "audience"}
    answer = officer.submit(page, page, **without)
    assert answer.status_code == 422
    assert 'id="audience-problem"' in answer.text
    assert (office.alerts, office.labels) == ([], [])


def test_a_danger_to_life_is_severe() -> None:
    officer, _ = signed_in()
    answer = officer.submit(
        "/alerts/new", "/alerts/new", **{**GOOD, "severity": "Minor", "life_safety": "yes"}
    )
    assert 'id="life_safety-problem"' in answer.text


def test_a_look_out_is_checked_by_the_node() -> None:
    officer, _ = signed_in()
    form = {
        **GOOD,
        "type": "imo",
        "value": "1234568",
        "reason": "spoofing",
        "grounds": "Decided by the unit.",
        "on_hit": "observe",
        "contact": "Unit 24/7",
        "owner": "Unit",
        "valid_days": "7",
    }
    answer = officer.submit("/look-outs/new", "/look-outs/new", **form)
    assert answer.status_code == 422
    assert "check digit" in answer.text
    assert "1234568" not in answer.text.replace('value="1234568"', "")
    assert (
        officer.submit("/look-outs/new", "/look-outs/new", **{**form, "value": "1234567"}).status_code == 303
    )


def test_withdrawing_needs_a_reason_and_takes_effect() -> None:
    officer, office = signed_in()
    page = f"/records/{ORCA}/withdraw"
    assert officer.submit(page, page).status_code == 422
    assert office.rows[ORCA].state == "current"
    assert officer.submit(page, page, reason="9").status_code == 422
    assert officer.submit(page, page, reason="3").headers["location"] == f"/records/{ORCA}"
    shown = officer.get("/").text
    assert "DEMO ORCA" not in shown
    assert "Resolved" in shown


def test_what_is_not_ours_cannot_be_withdrawn_here() -> None:
    officer, _ = signed_in()
    assert officer.get(f"/records/{rid(10)}/withdraw").status_code == 404


# ---- the house --------------------------------------------------------------------------------


def test_peers_say_what_they_hold() -> None:
    officer, _ = signed_in()
    page = officer.get("/peers").text
    for words in (
        "12 of 12",
        "11 of 12",
        "1 behind",
        "Register version 4",
        "No feed of ours is for this node.",
    ):
        assert words in page, words


def test_preferences_are_kept() -> None:
    officer, _ = signed_in()
    assert (
        officer.submit("/preferences", "/preferences", lang="de", theme="light", keys="off").status_code
        == 303
    )
    page = officer.get("/").text
    assert '<html lang="de" data-theme="light">' in page
    assert 'data-keys="off"' in page
    assert "Lage" in page
    officer.submit("/preferences", "/preferences", lang="xx", theme="<b>", keys="on")
    assert '<html lang="de" data-theme="light">' in officer.get("/").text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_renders_in_every_language(language: str) -> None:
    officer, office = signed_in()
    officer.cookies.set("p2p-lang", language, domain="127.0.0.1")
    office._keep("alert", "Fence cut", "Moderate")
    for path in (
        *("/", "/library", "/drafts", "/drafts/d1", "/alerts/new", "/look-outs", "/look-outs/new"),
        *(
            "/peers",
            "/health",
            "/rules",
            "/rules/propose",
            "/rules/agree",
            "/audit",
            "/people",
            "/erasures",
            f"/records/{ORCA}/erase",
            f"/people/{PERSON.id}",
            "/preferences",
            f"/records/{ORCA}",
            f"/records/{GONE}",
            f"/records/{ORCA}/withdraw",
        ),
    ):
        answer = officer.get(path)
        assert answer.status_code == 200, path
        assert f'<html lang="{language}"' in answer.text


def test_the_json_is_what_the_screen_shows() -> None:
    officer, _ = signed_in()
    rows = officer.get("/api/v1/records").json()["records"]
    assert [row["id"] for row in rows] == [row.id for row in ROWS]
    one = officer.get(f"/api/v1/records/{ORCA}").json()
    assert one["row"]["title"] == ROWS[1].title
    assert one["row"]["label"]["text"] == AMBER.text
    assert officer.get("/api/v1/me").json()["may"] == [
        "approve",
        "audit",
        "enter_indicator",
        "erase",
        "hold",
        "people",
        "raise_alert",
        "release",
        "retract",
        "rules",
        "write",
    ]
    assert "token" not in officer.get("/api/v1/me").text
    assert officer.get("/api/v1/peers").json()["peers"][1]["behind"] == 1
    assert officer.get("/api/v1/records?shelf=nonsense").status_code == 404
    assert officer.get("/api/v1/openapi.json").status_code == 404
