"""Signing in: nothing tells whether an account exists, guessing stops, a link is burned by a press alone."""

from __future__ import annotations

import re

import pytest
from browser_web import Browser, screens, signed_in

from protocol.ids import UnixMs
from web.desk import safe_path
from web.throttle import Throttle


def plain(page: str) -> str:
    """A page without what differs by design: the form's token and what was typed as a name."""
    return re.sub(r'name="(?:csrf|name)" value="[^"]*"|content="\w{64}"', "", page)


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


def test_the_sixth_try_waits_and_says_how_long() -> None:
    app, office = screens()
    browser = Browser(app)
    for _ in range(5):
        assert browser.submit("/sign-in", "/sign-in", name="jansen", password="x").status_code == 401
    before = office.queries
    answer = browser.submit("/sign-in", "/sign-in", name="jansen", password="correct horse")
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "300"
    assert "looked at in 300 s" in answer.text
    assert office.queries == before
    elsewhere = Browser(app, address="192.0.2.99").submit(
        "/sign-in", "/sign-in", name="jansen", password="correct horse"
    )
    assert elsewhere.status_code == 303


def test_an_unknown_account_is_limited_like_a_known_one() -> None:
    app, _ = screens()
    browser = Browser(app)
    for _ in range(5):
        browser.submit("/sign-in", "/sign-in", name="nobody", password="x")
    assert browser.submit("/sign-in", "/sign-in", name="NOBODY ", password="x").status_code == 429


def test_the_window_slides() -> None:
    now = [UnixMs(1_000_000)]
    throttle = Throttle(attempts=2, window_s=60, now_ms=lambda: now[0])
    for _ in range(2):
        throttle.failed("a", "c")
    assert throttle.wait_s("a", "c") == 60
    now[0] = UnixMs(now[0] + 59_001)
    assert throttle.wait_s("a", "c") == 1
    now[0] = UnixMs(now[0] + 1_000)
    assert throttle.wait_s("a", "c") == 0


def test_one_address_cannot_walk_through_accounts() -> None:
    throttle = Throttle(attempts=2, window_s=60, now_ms=lambda: UnixMs(5))
    for number in range(8):
        assert throttle.wait_s(f"account-{number}", "c") == 0
        throttle.failed(f"account-{number}", "c")
    assert throttle.wait_s("account-99", "c") == 60
    assert throttle.wait_s("account-99", "d") == 0


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
    again = Browser(app).submit("/sign-in/once?code=once-1", "/sign-in/once")
    wrong = Browser(app).submit("/sign-in/once?code=never", "/sign-in/once")
    assert again.status_code == wrong.status_code == 401
    assert plain(again.text) == plain(wrong.text)


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
