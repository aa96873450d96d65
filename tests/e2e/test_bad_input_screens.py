"""Hostile HTTP at a real node's screens, from a stranger and from an officer's own session: each request is answered with the
status of its row, nothing is stored or released, nothing of it is logged, and an officer elsewhere does not notice.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import multipart_web as multipart
import pytest
from officers_there import signed_in, titles, written
from running import ANTWERP, Federation, Running, looking
from store_state import state_lines

from node.demo.check.forms import Form, form_to
from node.demo.check.visitor import Visitor

pytestmark = pytest.mark.processes

CANARY = "QXZ731ZZ"
"""In every request: it may come back only on the page that was asked with it, and stand in no log line and no file."""
WAIT_S = 10.0


@dataclass
class Scene:
    """One node with one officer signed in."""

    federation: Federation
    node: Running
    officer: Visitor

    @property
    def database(self) -> Path:
        return self.federation.port(ANTWERP).folder / "data" / "node.db"

    def held(self) -> tuple[list[str], list[Any]]:
        """Everything released, and every draft and account."""
        with looking(self.database) as reader:
            drafts = reader.all("SELECT record, revision, state FROM draft ORDER BY record")
            people = reader.all("SELECT id, changed_ms FROM person ORDER BY id")
            return state_lines(reader), [tuple(row) for row in (*drafts, *people)]

    def assert_undisturbed(self, before: tuple[list[str], list[Any]]) -> None:
        """The node runs, stores nothing of it and says nothing of it; another request is answered."""
        assert self.node.ended() is None
        assert self.held() == before
        loud = [line for line in self.node.events() if line.get("level") == "error"]
        assert loud == [], "a hostile request made a fault"
        assert CANARY.encode() not in self.node.log.read_bytes()
        assert CANARY.encode() not in self.database.read_bytes()
        assert self.officer.get("/api/v1/me").status == 200


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with Federation.founded(tmp_path_factory.mktemp("screens") / "ports") as federation:
        federation.add(ANTWERP, "federation", 'dial = "none"')
        node = federation.fork(federation.starter(), ANTWERP)
        node.wait_said("ready")
        yield Scene(federation, node, signed_in(federation, ANTWERP))


def raw(scene: Scene, sent: bytes) -> tuple[int, bytes]:
    """Send bytes as they are; the status that came back (0: the connection was closed without one) and all of the answer."""
    host, _, number = scene.federation.port(ANTWERP).web.rpartition(":")
    with socket.create_connection((host, int(number)), WAIT_S) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(sent)
        answer = bytearray()
        with contextlib.suppress(ConnectionResetError):
            while chunk := connection.recv(65_536):
                answer += chunk
    first = bytes(answer).split(b"\r\n", 1)[0].split(b" ")
    return (int(first[1]) if len(first) > 1 and first[1].isdigit() else 0), bytes(answer)


def request(
    scene: Scene,
    line: str,
    *headers: str,
    host: str | None = None,
    body: bytes = b"",
    cookies: bool = False,
) -> bytes:
    """One request that closes its connection."""
    port = scene.federation.port(ANTWERP)
    own = [f"Host: {host or port.web}", "Connection: close", *headers]
    if cookies:
        own.append(f"Cookie: {scene.officer.headers()['Cookie']}")
    if body:
        own += [f"Content-Length: {len(body)}", f"Origin: {port.url}"]
    return "\r\n".join([line, *own, "", ""]).encode() + body


Sent = Callable[[Scene], bytes]


@dataclass(frozen=True)
class Case:
    """What is sent, and the statuses that may answer it."""

    name: str
    sent: Sent
    statuses: tuple[int, ...]


FORM = "Content-Type: application/x-www-form-urlencoded"
PARTS = "Content-Type: multipart/form-data"


def posted(path: str, body: bytes, *headers: str, cookies: bool = False) -> Sent:
    return lambda scene: request(
        scene, f"POST {path} HTTP/1.1", *(headers or (FORM,)), body=body, cookies=cookies
    )


def got(target: str, *headers: str, host: str | None = None, cookies: bool = False) -> Sent:
    return lambda scene: request(scene, f"GET {target} HTTP/1.1", *headers, host=host, cookies=cookies)


STRANGERS = (
    Case(
        "garbage",
        lambda _: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(300) + b"\r\n\r\n",
        (0, 400),
    ),
    Case("no-version", lambda _: b"GET /\r\n\r\n", (0, 400)),
    Case("headers-too-long", got("/", "X-Much: " + "a" * 900_000), (0, 400, 431)),
    Case("headers-too-many", got("/", *(f"X-{n}: {CANARY}" for n in range(60_000))), (0, 400, 431)),
    Case("target-too-long", got("/" + "a" * 900_000), (0, 400, 414, 431)),
    Case(
        "two-lengths",
        lambda s: request(s, "POST /sign-in HTTP/1.1", "Content-Length: 5", "Content-Length: 6"),
        (400, 403),
    ),
    Case("length-no-number", lambda s: request(s, "POST /sign-in HTTP/1.1", "Content-Length: 1e3"), (400,)),
    Case(
        "smuggled",
        lambda s: (
            request(s, "POST /sign-in HTTP/1.1", "Content-Length: 4", "Transfer-Encoding: chunked")
            + b"0\r\n\r\n"
        ),
        (400, 403),
    ),
    Case(
        "chunk-no-number",
        lambda s: request(s, "POST /sign-in HTTP/1.1", "Transfer-Encoding: chunked") + b"zz\r\n",
        (400, 403),
    ),
    Case("method-unknown", lambda s: request(s, f"{CANARY} / HTTP/1.1"), (403, 405)),
    Case("another-host", got("/", host="evil.example"), (421,)),
    Case("no-host", lambda _: b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", (400, 421)),
    Case("out-of-the-static", got("/static/x/../../../etc/passwd"), (404,)),
    Case("out-of-the-static-encoded", got("/static/x/%2e%2e%2f%2e%2e%2fnode.db"), (404,)),
    Case("nul-in-path", got("/records/%00%00"), (303, 404)),
    Case("no-utf8-in-path", got("/records/%ff%fe"), (303, 404)),
    Case("cookie-garbage", got("/", "Cookie: p2p=" + "%00;;;=" * 200), (303,)),
    Case("cookie-guessed", got("/api/v1/me", f"Cookie: p2p-session={CANARY}"), (401,)),
    Case("once-garbage", got(f"/sign-in/once?code={CANARY}"), (200, 400, 404)),
    Case("once-sent-garbage", posted("/sign-in/once", f"code={CANARY}".encode()), (403,)),
    Case("body-too-large", posted("/sign-in", b"login=" + b"a" * 5_000_000), (0, 400, 403, 413)),
    Case("body-no-utf8", posted("/sign-in", b"login=\xff\xfe&password=\xff"), (403,)),
    Case("fields-too-many", posted("/sign-in", b"&".join(b"a=1" for _ in range(5_000))), (403,)),
    Case("no-form", posted("/sign-in", b'{"login": 1}', "Content-Type: application/json"), (403,)),
    Case(
        "a-file",
        posted("/sign-in", b"--x\r\n\r\n--x--", "Content-Type: multipart/form-data; boundary=x"),
        (403,),
    ),
    Case("events-of-a-stranger", got("/events"), (401,)),
)

OFFICERS = (
    Case("record-garbage", got(f"/records/{CANARY}", cookies=True), (404,)),
    Case("record-of-nobody", got(f"/records/{'0' * 32}", cookies=True), (404,)),
    Case("draft-garbage", got("/drafts/..%2f..%2f", cookies=True), (404,)),
    Case("cursor-garbage", got(f"/?before={CANARY}%00", cookies=True), (200, 404)),
    Case("cursor-garbage-events", got(f"/events?after={CANARY}", cookies=True), (200, 204, 400, 404)),
    Case("shelf-garbage", got("/api/v1/records?shelf=everything", cookies=True), (404, 422)),
    Case("scope-garbage", got("/?scope=%3Cscript%3E", cookies=True), (200, 404)),
    Case("without-token", posted("/alerts/new", f"title={CANARY}".encode(), cookies=True), (403,)),
    Case("token-garbage", posted("/alerts/new", f"csrf={CANARY}&title=x".encode(), cookies=True), (403,)),
    Case("parts-without-boundary", posted("/alerts/new", b"--x\r\n", PARTS, cookies=True), (403,)),
    Case("parts-garbage", posted("/alerts/new", bytes(70_000), f"{PARTS}; boundary=x", cookies=True), (403,)),
    Case(
        "file-before-token",
        posted(
            "/alerts/new",
            multipart.body([("files", f"../{CANARY}.jpg", "image/jpeg", multipart.JPEG)]),
            f"{PARTS}; boundary={multipart.BOUNDARY}",
            cookies=True,
        ),
        (403,),
    ),
    Case("file-garbage", got(f"/records/{'0' * 32}/files/..%2f..%2fnode.db", cookies=True), (404,)),
    Case(
        "another-origin",
        lambda s: request(s, "POST /alerts/new HTTP/1.1", FORM, "Origin: http://evil.example", cookies=True),
        (403,),
    ),
)


@pytest.mark.parametrize("case", STRANGERS + OFFICERS, ids=lambda case: case.name)
def test_a_hostile_request_is_answered_and_changes_nothing(scene: Scene, case: Case) -> None:
    before = scene.held()
    status, answer = raw(scene, case.sent(scene))
    assert status in case.statuses, answer[:400]
    assert b"Traceback" not in answer
    scene.assert_undisturbed(before)


WRONG_FIELDS: tuple[tuple[str, dict[str, str]], ...] = (
    ("severity", {"severity": "Apocalyptic"}),
    ("category", {"category": "17"}),
    ("certainty", {"certainty": ""}),
    ("audience-control", {"audience": "control"}),
    ("audience-audit", {"audience": "audit"}),
    ("audience-unknown", {"audience": f"ports-be//CAVEAT ORCON{CANARY}"}),
    ("tlp", {"tlp": "PURPLE"}),
    ("title-empty", {"title": " "}),
    ("title-too-long", {"title": CANARY * 200}),
    ("title-turned-around", {"title": f"\u202e{CANARY}"}),
    ("title-with-nul", {"title": f"x\x00{CANARY}"}),
    ("description-too-long", {"description": CANARY * 2_000}),
    ("vessel", {"vessel": f"IMO {CANARY}"}),
    ("vessel-check-digit", {"vessel": "1234568"}),
    ("place-unknown", {"place": "NLRTM"}),
    ("legal-basis-unknown", {"legal_basis": CANARY}),
)


@pytest.mark.parametrize("change", [c for _, c in WRONG_FIELDS], ids=[name for name, _ in WRONG_FIELDS])
def test_a_form_with_a_value_that_was_not_offered_makes_no_draft(
    scene: Scene, change: dict[str, str]
) -> None:
    before = scene.held()
    status, page = sent(scene, "/alerts/new", {**good(scene), **change})
    assert status == 422, page[:400]
    assert b'aria-invalid="true"' in page
    scene.assert_undisturbed(before)


def test_the_same_form_unspoilt_makes_one(scene: Scene) -> None:
    before = scene.held()
    status, _ = sent(scene, "/alerts/new", good(scene))
    assert status == 303
    assert len(scene.held()[1]) == len(before[1]) + 1


def test_a_release_by_another_digest_or_of_another_draft_is_refused(scene: Scene) -> None:
    draft = written(scene.officer, "Not to be released")
    form = values(form_to(scene.officer.page(draft), f"{draft}/release"))
    before = scene.held()
    for change in ({"digest": "00" * 32}, {"digest": CANARY}, {"digest": ""}):
        status, page = sent(scene, f"{draft}/release", {**form, **change})
        assert status in {200, 303, 400, 403, 404, 409, 422}
        assert b"Traceback" not in page
        scene.assert_undisturbed(before)
    status, _ = sent(scene, "/drafts/00000000000000000000000000000000/release", form)
    assert status == 404
    scene.assert_undisturbed(before)
    assert "Not to be released" not in titles(scene.officer)


def test_connections_that_say_nothing_hold_nobody_up(scene: Scene) -> None:
    host, _, number = scene.federation.port(ANTWERP).web.rpartition(":")
    before = scene.held()
    elsewhere = ("127.0.0.2", 0)  # somebody else's address: one address has a share of the door, not the door
    with contextlib.ExitStack() as silent:
        for _ in range(200):
            connection = socket.create_connection((host, int(number)), WAIT_S, source_address=elsewhere)
            silent.enter_context(connection)
            with contextlib.suppress(ConnectionError):  # over its share it is let go at once
                connection.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
        scene.assert_undisturbed(before)


def good(scene: Scene) -> dict[str, str]:
    """Every field of a new alert as an officer would fill it in."""
    page = scene.officer.page("/alerts/new")
    filled = form_to(page, "/alerts/new").fill(
        severity="Severe",
        category="intrusion",
        title="A fence was cut",
        description="Nothing happened.",
        certainty="Observed",
        urgency="Immediate",
        audience="ports-be",
        tlp="AMBER",
    )
    return values(filled)


def values(form: Form) -> dict[str, str]:
    return dict(form.values)


def sent(scene: Scene, path: str, fields: dict[str, str]) -> tuple[int, bytes]:
    return raw(scene, posted(path, urlencode(fields).encode(), cookies=True)(scene))
