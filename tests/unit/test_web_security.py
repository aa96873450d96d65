"""The headers of every answer, the locks of every form, and what must not stand in a template."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from browser_web import ORIGIN, Browser, app_routes, screens, signed_in
from fakes_cases import CASE, ENTRY
from fakes_data import PERSON, ROWS, rid
from fastapi import FastAPI
from structlog.testing import capture_logs

from web import app as app_module
from web.forms import BODY_MAX

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
WEB = Path(app_module.__file__).parent


def routes(app: FastAPI, method: str) -> Iterator[str]:
    """Every address of ours that takes a method, its parameters filled in."""
    values = {
        "record": rid(11),
        "draft": "d1",
        "hold": f"{rid(11)}-{rid(12)}-{rid(13)}",
        "person": PERSON.id,
        "version": app.state.desk.assets.version,
        "path": "css/frame.css",
        "sha256": "0" * 64,
        "kind": "notice",
        "question": rid(14),
        "case": CASE,
        "entry": ENTRY,
    }
    for route in app_routes(app):
        if method in (route.methods or ()):
            yield re.sub(r"\{(\w+)(:path)?\}", lambda found: values[found[1]], route.path)


def test_every_answer_has_exactly_the_policy() -> None:
    app, _ = screens()
    stranger, officer = Browser(app), Browser(app).sign_in()
    paths = [path for path in routes(app, "GET") if path != "/events"]
    assert len(paths) > 15
    for browser in (stranger, officer):
        for path in [*paths, "/nothing", "/static/x/y.js", "/records/zz"]:
            answer = browser.get(path)
            assert answer.headers["content-security-policy"] == CSP, path
            assert answer.headers["x-content-type-options"] == "nosniff", path
            assert answer.headers["referrer-policy"] == "same-origin", path
            if "/static/" not in path or answer.status_code != 200:
                assert answer.headers["cache-control"] == "no-store", path


def test_a_fault_is_answered_with_the_policy_and_without_its_inside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    officer, office = signed_in()

    async def broken(_session: object) -> object:
        raise RuntimeError("SECRET-WORDS")

    monkeypatch.setattr(office, "health", broken)
    answer = officer.get("/health")
    assert answer.status_code == 500
    assert answer.headers["content-security-policy"] == CSP
    assert "SECRET-WORDS" not in answer.text
    assert "Reference" in answer.text


def test_every_change_is_refused_without_its_token() -> None:
    app, office = screens()
    officer = Browser(app).sign_in()
    paths = list(routes(app, "POST"))
    assert len(paths) >= 11
    before = (dict(office.drafts_kept), dict(office.sessions), list(office.log))
    for path in paths:
        assert officer.post(path).status_code == 403, path
        assert officer.post(path, csrf="0" * 64).status_code == 403, path
    assert before == (office.drafts_kept, office.sessions, office.log)


def test_a_token_of_another_session_opens_nothing() -> None:
    app, _ = screens()
    one, other = Browser(app).sign_in(), Browser(app).sign_in()
    token = re.search(r'name="csrf" content="(\w+)"', other.get("/").text)
    assert token
    assert one.post("/sign-out", csrf=token[1]).status_code == 403
    assert other.post("/sign-out", csrf=token[1]).status_code == 303


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:8402", ""])
def test_a_change_from_another_origin_is_refused(origin: str) -> None:
    app, office = screens()
    officer = Browser(app).sign_in()
    page = officer.get("/preferences").text
    token = re.search(r'name="csrf" content="(\w+)"', page)
    assert token
    answer = officer.send("POST", "/sign-out", form={"csrf": token[1]}, headers={"origin": origin})
    assert answer.status_code == 403
    assert office.sessions


def test_another_host_name_gets_no_answer() -> None:
    app, _ = screens()
    assert Browser(app).get("/sign-in", host="rebound.example").status_code == 421
    assert Browser(app).get("/sign-in", host="localhost:8401").status_code == 200
    assert Browser(app).get("/healthz", host="10.0.0.1").status_code == 200


def test_cookies_are_out_of_reach() -> None:
    app, _ = screens()
    answer = Browser(app).submit("/sign-in", "/sign-in", name="jansen", password="correct horse")
    cookie = answer.headers.get_list("set-cookie")[0]
    assert cookie.startswith("p2p-port-antwerp-bruges=")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Secure" not in cookie


def test_cookies_are_secure_away_from_loopback() -> None:
    app, _ = screens(public_url="https://p2p.port.example")
    browser = Browser(app, headers={"host": "p2p.port.example"})
    cookie = browser.get("/sign-in").headers["set-cookie"]
    assert cookie.startswith("__Host-p2p-")
    assert "Secure" in cookie
    assert "max-age" in browser.get("/sign-in").headers["strict-transport-security"]


def test_a_form_is_read_with_a_cap() -> None:
    officer, _ = signed_in()
    assert officer.post("/alerts/new", description="x" * BODY_MAX).status_code == 403
    answer = officer.send("POST", "/alerts/new", headers={"content-type": "application/json"})
    assert answer.status_code == 403


def test_static_files_are_only_those_that_were_there() -> None:
    app, _ = screens()
    version = app.state.desk.assets.version
    good = Browser(app).get(f"/static/{version}/js/main.js")
    assert good.status_code == 200
    assert "immutable" in good.headers["cache-control"]
    for path in (
        f"/static/{version}/../app.py",
        f"/static/{version}/%2e%2e/app.py",
        "/static/0/js/main.js",
    ):
        assert Browser(app).get(path).status_code == 404


# ---- what must not stand in a page ------------------------------------------------------------

_FORBIDDEN = {
    "inline handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "inline style": re.compile(r"<[^>]*\sstyle\s*=|<style", re.IGNORECASE),
    "inline script": re.compile(r"<script(?![^>]*\ssrc=)", re.IGNORECASE),
    "script address": re.compile(r"javascript:", re.IGNORECASE),
    "other host": re.compile(r"(?:src|href|action)=\"(?:https?:)?//", re.IGNORECASE),
    "unescaped": re.compile(r"\|\s*safe\b|autoescape\s+false|Markup\("),
}


def offences(markup: str) -> list[str]:
    """What in a page the policy would block or a reader could abuse."""
    return [name for name, pattern in _FORBIDDEN.items() if pattern.search(markup)]


@pytest.mark.parametrize("path", sorted((WEB / "templates").glob("*.html")), ids=lambda p: p.name)
def test_no_template_holds_what_the_policy_blocks(path: Path) -> None:
    assert offences(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "planted",
    [
        '<a onclick="x()">',
        '<p style="color:red">',
        "<style>p{}</style>",
        "<script>alert(1)</script>",
        '<a href="javascript:x">',
        '<img src="//cdn.example/x.png">',
        "{{ title|safe }}",
    ],
)
def test_the_lint_sees_a_planted_fault(planted: str) -> None:
    assert offences(f"<div>{planted}</div>")


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def test_hostile_text_is_text_on_every_page() -> None:
    app, office = screens()
    officer = Browser(app).sign_in()
    for number, row in enumerate(ROWS[:3]):
        fields = {"title": HOSTILE, "place": HOSTILE, "lang": '"><b>', "category": '"><b>', "severity": "<b>"}
        office.rows[row.id] = replace(row, **fields) if number else replace(row, title=HOSTILE)  # type: ignore[arg-type]
    office._keep("alert", HOSTILE, "<b>")
    for path in (
        "/",
        f"/records/{ROWS[0].id}",
        f"/records/{ROWS[1].id}",
        f"/records/{ROWS[0].id}/withdraw",
        "/drafts",
        "/drafts/d1",
    ):
        page = officer.get(path).text
        assert "<script>alert" not in page, path
        assert "onerror=alert(1)>" not in page.replace("&gt;", ""), path
        assert "&lt;script&gt;alert(1)" in page, path
        assert not offences(page.replace("onerror=alert", "")), path


def test_a_hostile_form_comes_back_as_text() -> None:
    officer, _ = signed_in()
    page = officer.submit(
        "/alerts/new", "/alerts/new", title=HOSTILE, description=f"</textarea>{HOSTILE}"
    ).text
    assert "<script>alert" not in page
    assert "&lt;/textarea&gt;" in page
    assert ORIGIN not in page


def test_a_visitor_who_leaves_in_the_middle_of_a_form_is_no_fault() -> None:
    app, _ = screens()
    sent: list[object] = []
    parts: list[dict[str, object]] = [
        {"type": "http.request", "body": b"csrf=", "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> dict[str, object]:
        return parts.pop(0) if len(parts) > 1 else parts[0]

    async def send(message: object) -> None:
        sent.append(message)

    headers = {
        "host": ORIGIN.removeprefix("http://"),
        "origin": ORIGIN,
        "content-type": "application/x-www-form-urlencoded",
    }
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/sign-in",
        "raw_path": b"/sign-in",
        "root_path": "",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("192.0.2.7", 1),
    }
    with capture_logs() as logs:
        asyncio.run(app(scope, receive, send))
    assert (sent, logs) == ([], [])
