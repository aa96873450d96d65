"""Signing in: nothing tells whether an account exists, guessing stops, a link is burned by a press alone."""

from __future__ import annotations

import re
from ipaddress import ip_network
from urllib.parse import parse_qs, urlsplit

import pytest
from browser_web import Browser, hidden, screens, signed_in
from httpx import Response

from protocol.ids import UnixMs
from web.desk import safe_path
from web.views import Limited


def plain(page: str) -> str:
    """A page without what differs by design: the form's token and what was typed as a name."""
    return re.sub(r'name="(?:csrf|name)" value="[^"]*"|content="\w{64}"', "", page)


def burn(browser: Browser, code: str) -> Response:
    """Presses the button of a link's page as it was while the link worked."""
    token = hidden(browser.get("/sign-in").text, "/sign-in")["csrf"]
    return browser.post("/sign-in/once", csrf=token, code=code)


def test_password_opens_a_session_and_signing_out_ends_it() -> None:
    officer, office = signed_in()
    assert "E. Jansen" in officer.get("/").text
    assert officer.submit("/preferences", "/sign-out").status_code == 303
    assert office.sessions == {}
    assert officer.get("/").headers["location"] == "/sign-in"


def test_a_wrong_name_and_a_wrong_password_are_one_answer() -> None:
    app, _ = screens()
    wrong_name = Browser(app).submit("/sign-in", "/sign-in", name="nobody", password="correct horse")
    wrong_word = Browser(app).submit("/sign-in", "/sign-in", name="jansen", password="wrong horse!")
    assert wrong_name.status_code == wrong_word.status_code == 401
    assert plain(wrong_name.text) == plain(wrong_word.text)


@pytest.mark.parametrize(
    ("limit", "words"),
    [(Limited(300), "looked at in 300 s"), (Limited(2, crowded=True), "Try again in 2 s")],
)
def test_who_must_wait_is_told_how_long(limit: Limited, words: str) -> None:
    app, office = screens()
    office.limit = limit
    browser = Browser(app)
    password = browser.submit("/sign-in", "/sign-in", name="jansen", password="correct horse")
    once = browser.submit("/sign-in/once?code=once-1", "/sign-in/once")
    for answer in (password, once):
        assert answer.status_code == 429
        assert answer.headers["retry-after"] == str(limit.wait_s)
        assert words in answer.text
    assert office.codes, "a code is not used up by waiting"


def test_attempts_count_against_the_address_that_a_trusted_proxy_names() -> None:
    proxied = {"x-forwarded-for": "198.51.100.9, 203.0.113.66"}
    trusted = (ip_network("127.0.0.1"), ip_network("10.0.0.0/8"))
    app, office = screens(trusted_proxies=trusted)
    for address, headers in (("127.0.0.1", proxied), ("192.0.2.7", proxied), ("127.0.0.1", {})):
        visitor = Browser(app, address=address, headers=headers)
        visitor.submit("/sign-in", "/sign-in", name="jansen", password="x")
        burn(visitor, "no")
    assert office.clients == [
        *["203.0.113.66"] * 2,
        *["192.0.2.7"] * 2,
        *["127.0.0.1"] * 2,
    ]


def test_a_link_is_burned_by_the_button_and_not_by_looking() -> None:
    app, office = screens()
    browser = Browser(app)
    for _ in range(3):
        assert browser.get("/sign-in/once?code=once-1").status_code == 200
    assert office.codes
    answer = browser.submit("/sign-in/once?code=once-1", "/sign-in/once")
    assert answer.status_code == 303
    assert office.codes == {}
    assert browser.get("/").status_code == 200
    again, wrong = burn(Browser(app), "once-1"), burn(Browser(app), "never")
    assert again.status_code == wrong.status_code == 401
    assert plain(again.text) == plain(wrong.text)
    for code in ("once-1", "never", ""):
        looked = Browser(app).get(f"/sign-in/once?code={code}")
        assert plain(looked.text) == plain(wrong.text), "a used link offers no button"


def test_an_ended_session_reaches_nothing() -> None:
    officer, office = signed_in()
    office.now = UnixMs(office.now + 13 * 3_600_000)
    assert officer.get("/records/" + "0" * 32).headers["location"] == "/sign-in?next=/records/" + "0" * 32
    assert officer.get("/api/v1/me").status_code == 401
    assert officer.get("/events").status_code == 401
    assert officer.get("/").status_code == 303


def test_a_session_of_before_the_sign_in_is_not_taken_over() -> None:
    app, _ = screens()
    browser = Browser(app)
    browser.cookies.set("p2p-port-antwerp-bruges", "planted", domain="127.0.0.1")
    browser.sign_in()
    assert "planted" not in str(list(browser.cookies.jar))


@pytest.mark.parametrize(
    "path", ["/records/%E2%82%AC", "/records/a%0d%0aSet-Cookie:x", "/records/a%26lang=fr"]
)
def test_whatever_the_address_was_a_stranger_is_sent_to_sign_in(path: str) -> None:
    app, _ = screens()
    answer = Browser(app).get(path)
    assert answer.status_code == 303
    location = urlsplit(answer.headers["location"])
    assert (location.path, list(parse_qs(location.query))) == ("/sign-in", ["next"])


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "/\\evil.example", "https://evil.example", "/a//b", "javascript:x", "/%0d%0a", ""],
)
def test_signing_in_goes_on_to_pages_of_ours_only(path: str) -> None:
    assert safe_path(path) == "/"
    app, _ = screens()
    answer = Browser(app).submit("/sign-in", "/sign-in", name="jansen", password="correct horse", next=path)
    assert answer.headers["location"] == "/"


def test_signing_in_goes_on_to_the_page_that_was_wanted() -> None:
    app, _ = screens()
    answer = Browser(app).submit("/sign-in?next=/peers", "/sign-in", name="jansen", password="correct horse")
    assert answer.headers["location"] == "/peers"


def test_the_language_of_the_door_is_kept() -> None:
    app, _ = screens()
    browser = Browser(app)
    assert "Aanmelden" in browser.get("/sign-in?lang=nl").text
    assert "Wachtwoord" in browser.get("/sign-in").text
    assert "Mot de passe" in Browser(app, headers={"accept-language": "fr-BE,fr;q=0.9"}).get("/sign-in").text
