"""Who loads the address of an act again, after it was refused, is led to the page that has its form."""

from __future__ import annotations

import re
from collections.abc import Iterable

import httpx
import pytest
from browser_web import Browser, app_routes, screens
from fakes_cases import CASE, ENTRY, OTHER
from fakes_data import HOLDS, PERSON, rid
from fastapi import APIRouter

from web import app as apps
from web.landing import BY_SCRIPTS

THERE = {
    "record": rid(11),
    "draft": "d1",
    "hold": HOLDS[1].id,
    "person": PERSON.id,
    "kind": "notice",
    "question": rid(14),
    "case": CASE,
    "entry": ENTRY,
    "sha256": "0" * 64,
}
"""What the fake office has."""
OTHERS = {"/cases/{case}/glass": {"case": OTHER}, "/records/{record}/sealed": {"record": rid(7)}}
"""What has such a page; in the fake office no draft has a text of its own to write again, and no question waits."""
OF_THE_FIRST_PAGE = frozenset({"/sign-in", "/sign-out"})
NOT_THERE = frozenset({"/drafts/{draft}/text", "/asked/{question}/approve", "/asked/{question}/return"})


def given(path: str, values: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], path)


def acts(officer: Browser) -> list[str]:
    """Every address that takes a POST from a person."""
    found = {route.path for route in app_routes(officer.app) if "POST" in (route.methods or ())}
    return sorted(found - BY_SCRIPTS)


def one_officer() -> Browser:
    app, office = screens()
    office._keep("alert", "Fence cut", "Severe")
    THERE["draft"] = next(iter(office.drafts_kept))
    return Browser(app).sign_in()


def lost(officer: Browser) -> list[str]:
    """The acts whose address shows no page to who loads it, or only the first one, which is above all."""
    return [path for path in acts(officer) if path not in NOT_THERE and not _is_found(officer, path)]


def _is_found(officer: Browser, path: str) -> bool:
    answer = landed(officer, given(path, {**THERE, **OTHERS.get(path, {})}))
    return answer.status_code == 200 and (answer.request.url.path != "/" or path in OF_THE_FIRST_PAGE)


def landed(officer: Browser, path: str) -> httpx.Response:
    answer = officer.get(path)
    return officer.get(answer.headers["location"]) if answer.status_code == 303 else answer


def test_the_address_of_every_act_leads_to_a_page() -> None:
    officer = one_officer()
    assert len(acts(officer)) > 50
    assert lost(officer) == []


def test_an_act_that_leads_to_the_first_page_for_want_of_its_own_is_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("web.landing.ELSEWHERE", {})
    assert "/conduct/{entry}/take" in lost(one_officer())


def test_an_act_without_a_way_to_its_page_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_rooms: Iterable[APIRouter]) -> APIRouter:
        return APIRouter()

    monkeypatch.setattr(apps, "landings", none)
    assert "/records/{record}/handle" in lost(one_officer())


@pytest.mark.parametrize(
    ("act", "page"),
    [
        ("/people/{person}/seats/take", "/people/{person}"),
        ("/asked/{question}/approve", "/asked/{question}"),
        ("/asked/{question}/return", "/asked/{question}"),
        ("/conduct/{entry}/review", "/cases"),
        ("/conduct/{entry}/take", "/cases"),
        ("/drafts/{draft}/files/{sha256}/remove", "/drafts/{draft}"),
        ("/preferences/declared", "/preferences"),
        ("/holds/{hold}/end", "/holds"),
        ("/sign-out", "/"),
    ],
)
def test_it_is_the_page_that_has_the_form(act: str, page: str) -> None:
    answer = one_officer().get(given(act, THERE))
    assert (answer.status_code, answer.headers["location"]) == (303, given(page, THERE))


def test_what_is_there_and_what_is_not_are_one_answer_and_a_stranger_signs_in() -> None:
    app, office = screens()
    officer, stranger = Browser(app).sign_in(), Browser(app)
    hidden, absent = rid(11), "0" * 32
    office.hidden.add(hidden)
    told = [officer.get(f"/records/{one}/handle") for one in (hidden, absent)]
    assert [(one.status_code, one.headers["location"]) for one in told] == [
        (303, f"/records/{hidden}"),
        (303, f"/records/{absent}"),
    ]
    assert [officer.get(f"/records/{one}").status_code for one in (hidden, absent)] == [404, 404]
    for one in (hidden, absent):
        answer = stranger.get(f"/records/{one}/handle")
        assert answer.headers["location"] == f"/sign-in?next=/records/{one}/handle"


def test_a_name_in_the_address_stays_inside_it() -> None:
    answer = one_officer().get("/people/..%5C%3Fx=1/roles")
    assert answer.headers["location"] == "/people/..%5C%3Fx%3D1"
