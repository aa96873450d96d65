"""Files on the screens: what is taken, what is refused and when, who is given what and how."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from dataclasses import replace

import pytest
from browser_web import Browser, screens, signed_in
from fakes_data import FORM as GOOD
from fakes_data import ROWS, record_of, rid
from fakes_web import FakeOffice
from multipart_web import BOUNDARY, JPEG, PDF, PNG, TEXT, Part, body, post, submit
from starlette.requests import Request

from web import uploads
from web.desk import BadToken
from web.forms import BODY_MAX, FIELDS_MAX, BadForm, Form
from web.security import CONTENT_SECURITY_POLICY, csrf_token
from web.uploads import FILES_MAX, Coming, Sent, sent_form
from web.views import FileView

ORCA = rid(11)
PAGE, ADD = "/drafts/d1", "/drafts/d1/files"


def drafted() -> tuple[Browser, FakeOffice]:
    """An officer with a draft."""
    officer, office = signed_in()
    office._keep("alert", "Fence cut", "Moderate")
    return officer, office


def on_disk(office: FakeOffice) -> list[str]:
    """What the node has stored, whoever owns it."""
    return office.blobs._names()


def token(office: FakeOffice) -> str:
    """The token of the only session."""
    return csrf_token("".join(office.sessions))


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# ---- taking -----------------------------------------------------------------------------------


def test_a_picture_goes_with_the_alert_in_one_step() -> None:
    officer, office = signed_in()
    answer = submit(officer, "/alerts/new", "/alerts/new", ("IMG_1.jpg", JPEG), ("note.txt", TEXT), **GOOD)
    assert answer.headers["location"] == PAGE
    assert office.alerts[0].title == GOOD["title"]
    page = officer.get(PAGE).text
    assert f'<img src="{ADD}/{sha(JPEG)}" alt="IMG_1.jpg" loading="lazy"' in page
    assert f'href="{ADD}/{sha(TEXT)}"' in page
    assert officer.get(f"{ADD}/{sha(JPEG)}").content == JPEG


def test_a_form_without_files_is_read_as_before() -> None:
    officer, office = signed_in()
    none = submit(officer, "/alerts/new", "/alerts/new", ("", b""), **GOOD)
    assert none.headers["location"] == PAGE
    assert (office.files, office.incomings) == ({}, 0)
    assert "position, time, device" in officer.get("/alerts/new").text


def test_files_are_put_to_a_draft_and_taken_off_it() -> None:
    officer, office = drafted()
    assert submit(officer, PAGE, ADD, ("a.png", PNG), ("b.pdf", PDF)).status_code == 303
    page = officer.get(PAGE).text
    assert "a.png" in page
    assert f"{ADD}/{sha(PDF)}/remove" in page
    assert officer.submit(PAGE, f"{ADD}/{sha(PDF)}/remove").status_code == 303
    assert list(office.files["d1"]) == [sha(PNG)]
    assert officer.post(f"{ADD}/{sha(PDF)}/remove", csrf=token(office)).status_code == 404
    office.drafts_kept["d1"] = replace(office.drafts_kept["d1"], leaves_ms=office.now)
    assert ADD + '"' not in officer.get(PAGE).text
    assert post(officer, ADD, [("csrf", token(office)), ("files", "a.png", "", PNG)]).status_code == 404


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([("x.jpg", b"<html><script>alert(1)</script></html>")], "none of these"),
        ([("x.png", b"GIF89a" + bytes(99))], "none of these"),
        ([("x.jpg", JPEG), ("tool.exe", b"MZ\x90\x00" + bytes(4000))], "none of these"),
        ([("x.jpg", b"")], "A file is empty."),
        ([("x.jpg", JPEG + bytes(1 << 20))], "at most 1 MB"),
        ([("", b"")], "Choose a file."),
        ([(f"{n}.jpg", JPEG + bytes([n])) for n in range(FILES_MAX + 1)], "At most 20 files."),
    ],
)
def test_what_cannot_stay_is_refused_whole_with_one_sentence(
    files: list[tuple[str, bytes]], words: str
) -> None:
    officer, office = drafted()
    answer = submit(officer, PAGE, ADD, *files)
    assert answer.status_code == 422
    assert words in answer.text
    assert 'id="files-problem"' in answer.text
    assert (office.files, on_disk(office)) == ({}, [])


def test_the_twenty_first_is_refused_across_forms_too() -> None:
    officer, office = drafted()
    twenty = [(f"{n}.jpg", JPEG + bytes([n])) for n in range(FILES_MAX)]
    assert submit(officer, PAGE, ADD, *twenty).status_code == 303
    answer = submit(officer, PAGE, ADD, ("last.jpg", JPEG))
    assert answer.status_code == 422
    assert "At most 20 files." in answer.text
    assert len(on_disk(office)) == FILES_MAX


def test_a_type_is_what_the_bytes_say_and_a_name_is_no_path() -> None:
    officer, office = drafted()
    parts: list[Part] = [
        ("csrf", token(office)),
        ("files", "../../../etc/cron.d/x.html", "text/html", PNG + b"<script>alert(1)</script>"),
    ]
    assert post(officer, ADD, parts).status_code == 303
    (kept,) = office.files["d1"].values()
    assert (kept.media_type, kept.name) == ("image/png", "x.html.png")
    assert all("/" not in name and "html" not in name for name in on_disk(office))


def test_no_room_is_said_and_the_alert_can_go_without() -> None:
    officer, office = signed_in()
    office.has_room = False
    answer = submit(officer, "/alerts/new", "/alerts/new", ("x.jpg", JPEG), **GOOD)
    assert answer.status_code == 422
    assert "no room for files" in answer.text
    assert submit(officer, "/alerts/new", "/alerts/new", **GOOD).status_code == 303
    assert office.incomings == 0


def test_another_error_asks_for_the_files_again_and_keeps_none() -> None:
    officer, office = signed_in()
    answer = submit(officer, "/alerts/new", "/alerts/new", ("x.jpg", JPEG), **{**GOOD, "title": ""})
    assert answer.status_code == 422
    assert "Choose the files again" in answer.text
    assert on_disk(office) == []


# ---- the token, before anything ------------------------------------------------------------------


def test_no_byte_of_a_file_is_kept_before_the_token_holds() -> None:
    officer, office = drafted()
    good, file = ("csrf", token(office)), ("files", "x.jpg", "image/jpeg", JPEG)
    orders: list[list[Part]] = [
        [file],
        [file, good],
        [("csrf", "0" * 64), file],
        [("csrf", "0" * 64), good, file],
        [("csrf", csrf_token("another")), file],
        [("files", "csrf", "text/plain", token(office).encode()), file],
    ]
    for parts in orders:
        assert post(officer, ADD, parts).status_code == 403
    assert (office.incomings, office.files, on_disk(office)) == (0, {}, [])
    assert post(officer, ADD, [good, file]).status_code == 303


def test_a_stranger_and_one_without_the_right_send_nothing() -> None:
    app, office = screens()
    assert post(Browser(app), ADD, [("files", "x.jpg", "", JPEG)]).status_code == 303
    office.may = frozenset()
    officer = Browser(app).sign_in()
    office._keep("alert", "Fence cut", "Moderate")
    for path in (ADD, "/alerts/new"):
        answer = post(officer, path, [("csrf", token(office)), ("files", "x.jpg", "", JPEG)])
        assert answer.status_code == 404
    assert office.incomings == 0


# ---- how much of it, and how broken ------------------------------------------------------------


async def chunks(data: bytes, size: int, *, ends: bool = True) -> list[dict[str, object]]:
    pieces = [data[start : start + size] for start in range(0, len(data), size)] or [b""]
    told: list[dict[str, object]] = [
        {"type": "http.request", "body": piece, "more_body": True} for piece in pieces
    ]
    return [
        *told,
        {"type": "http.request", "body": b"", "more_body": False} if ends else {"type": "http.disconnect"},
    ]


def read(
    data: bytes,
    *,
    size: int = 1 << 16,
    boundary: str = BOUNDARY,
    ends: bool = True,
    office: FakeOffice | None = None,
) -> Sent:
    """What a body is read as, given in pieces of a size."""
    room = office or FakeOffice()

    async def run() -> Sent:
        messages = await chunks(data, size, ends=ends)

        async def receive() -> dict[str, object]:
            return messages.pop(0)

        kind = f"multipart/form-data; boundary={boundary}".encode()
        request = Request({"type": "http", "method": "POST", "headers": [(b"content-type", kind)]}, receive)

        def admit(form: Form) -> None:
            if form.one("csrf") != "good":
                raise BadToken

        async with sent_form(request, room, Coming(), officer="peeters", admit=admit) as sent:
            return sent

    try:
        return asyncio.run(run())
    finally:
        assert on_disk(room) == [], "what nobody took is still there"


GOOD_PARTS: list[Part] = [("csrf", "good"), ("title", "Zäune"), ("files", "x.jpg", "image/jpeg", JPEG)]


@pytest.mark.parametrize("size", [1, 3, 17, 64, 4096])
def test_a_form_is_the_same_however_it_comes(size: int) -> None:
    sent = read(body(GOOD_PARTS), size=size)
    assert sent.form.one("title") == "Zäune"
    assert [(each.name, each.size, each.media_type) for each in sent.files] == [
        ("x.jpg", len(JPEG), "image/jpeg")
    ]


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"no boundary at all",
        body(GOOD_PARTS)[:-40],
        body(GOOD_PARTS).replace(b'name="title"', b""),
        body(GOOD_PARTS).replace(b"form-data", b"attachment"),
        body([("csrf", "good"), ("title", b"\xff\xfe")]),
        body([("csrf", "good"), ("title", "x" * BODY_MAX)]),
        body([("csrf", "good"), *[("a", "b")] * FIELDS_MAX]),
        body([("csrf", "good"), ("x" * 2000, "b")]),
        body([("csrf", "good"), ("title", "a" + "\u0308" * 31)]),
        body(GOOD_PARTS).replace(b"Content-Type: ", b"X: y\r\n" * 9 + b"Content-Type: "),
    ],
)
def test_a_broken_form_is_no_form(broken: bytes) -> None:
    with pytest.raises(BadForm):
        read(broken)


@pytest.mark.parametrize("boundary", ["", "x" * 71])
def test_a_boundary_is_one(boundary: str) -> None:
    with pytest.raises(BadForm):
        read(body(GOOD_PARTS, boundary), boundary=boundary)


def test_who_leaves_in_the_middle_of_a_file_leaves_nothing() -> None:
    from starlette.requests import ClientDisconnect

    with pytest.raises(ClientDisconnect):
        read(body(GOOD_PARTS)[:-100], ends=False)


def test_a_great_file_is_never_in_memory_and_its_rest_is_not_stored() -> None:
    office = FakeOffice(most=4096)
    written: list[int] = []
    incoming = office.incoming

    def watched() -> object:
        one = incoming()
        write = one.write

        def noted(data: bytes) -> None:
            written.append(len(data))
            write(data)

        one.write = noted  # type: ignore[method-assign]
        return one

    office.incoming = watched  # type: ignore[method-assign,assignment]
    sent = read(
        body([("csrf", "good"), ("files", "x.jpg", "", JPEG + bytes(1 << 20))]), size=1000, office=office
    )
    assert [error.code for error in sent.errors] == ["file_size"]
    assert max(written) <= 1000
    assert sum(written) <= 4096 + 1000


def test_files_are_written_off_the_loop() -> None:
    office, threads = FakeOffice(), set[str]()
    incoming = office.incoming

    def noted() -> object:
        threads.add(threading.current_thread().name)
        return incoming()

    office.incoming = noted  # type: ignore[method-assign,assignment]
    read(body(GOOD_PARTS), office=office)
    assert threads
    assert threading.main_thread().name not in threads


def test_so_many_forms_bring_files_at_once_and_an_alert_without_them_never_waits() -> None:
    officer, office = drafted()
    coming = officer.app.state.desk.coming
    others = [f"officer {i}" for i in range(uploads.AT_ONCE)]
    assert all(coming.enter(each) for each in others)
    answer = submit(officer, "/alerts/new", "/alerts/new", ("x.jpg", JPEG), **GOOD)
    assert answer.status_code == 422
    assert "no room for files" in answer.text
    assert submit(officer, "/alerts/new", "/alerts/new", ("", b""), **GOOD).status_code == 303
    coming.leave(others[0])
    for _ in range(3):
        assert submit(officer, PAGE, ADD, ("x.jpg", JPEG)).status_code == 303
        assert submit(officer, PAGE, ADD, ("x.jpg", b"GIF89a" + bytes(99))).status_code == 422
        assert (
            post(
                officer, ADD, [("csrf", token(office)), ("files", "x.jpg", "", JPEG), ("a", b"\xff")]
            ).status_code
            == 403
        )
    assert coming.enter(others[0]), "a place is given back, whatever became of the form"


def test_no_officer_takes_all_places() -> None:
    coming = Coming()
    assert [coming.enter("slow") for _ in range(3)] == [True, True, False]
    assert coming.enter("another")
    coming.leave("slow")
    assert coming.enter("slow")


# ---- giving -----------------------------------------------------------------------------------


def listing(office: FakeOffice, *files: tuple[str, str, bytes], here: bool = True) -> None:
    """The record of the ORCA lists these."""
    found = []
    for name, media_type, data in files:
        one = office.blobs.incoming(1 << 20)
        one.write(data)
        one.take(office.owner)
        picture = media_type.startswith("image/")
        found.append(FileView(sha(data), len(data), media_type, name, here, picture))
    office.records[ORCA] = replace(record_of(ROWS[1]), files=tuple(found))


def test_a_record_shows_its_pictures_and_gives_its_documents() -> None:
    officer, office = signed_in()
    listing(office, ("quay <b>.png", "image/png", PNG), ("report.pdf", "application/pdf", PDF))
    page = officer.get(f"/records/{ORCA}").text
    home = f"/records/{ORCA}/files"
    assert f'<img src="{home}/{sha(PNG)}" alt="quay &lt;b&gt;.png" loading="lazy"' in page
    assert f'<a href="{home}/{sha(PDF)}" download' in page
    assert "1 kB" in page
    picture, document = (officer.get(f"{home}/{sha(each)}") for each in (PNG, PDF))
    assert (picture.content, document.content) == (PNG, PDF)
    assert picture.headers["content-type"] == "image/png"
    assert document.headers["content-type"] == "application/pdf"
    assert picture.headers["content-disposition"].startswith("inline; ")
    assert document.headers["content-disposition"].startswith("attachment; ")
    for answer in (picture, document):
        assert answer.headers["content-security-policy"] == f"{CONTENT_SECURITY_POLICY}; sandbox"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "private, no-store"


def test_what_has_not_come_is_named_and_not_given() -> None:
    officer, office = signed_in()
    listing(office, ("quay.png", "image/png", PNG), here=False)
    page = officer.get(f"/records/{ORCA}").text
    assert "quay.png" in page
    assert "On its way" in page
    assert f"files/{sha(PNG)}" not in page
    assert officer.get(f"/records/{ORCA}/files/{sha(PNG)}").status_code == 404


def test_whatever_there_is_no_file_to_give_for_is_one_answer() -> None:
    officer, office = signed_in()
    listing(office, ("quay.png", "image/png", PNG))
    home = f"/records/{ORCA}/files"
    absent = officer.get("/nothing")
    paths = [
        f"{home}/{sha(PDF)}",
        f"{home}/{sha(PNG).upper()}",
        f"{home}/{sha(PNG)}0",
        f"{home}/..%2f..%2fnode.db",
        f"{home}/%2e%2e/%2e%2e",
        f"/records/{'0' * 32}/files/{sha(PNG)}",
        f"/records/{rid(12)}/files/{sha(PNG)}",
        f"/drafts/d1/files/{sha(PNG)}",
        f"/drafts/..%2f/files/{sha(PNG)}",
    ]
    for path in paths:
        answer = officer.get(path)
        assert (answer.status_code, answer.content) == (404, absent.content), path
        assert sorted(answer.headers) == sorted(absent.headers), path
    record = office.records[ORCA]
    office.records[ORCA] = replace(record, row=replace(record.row, state="retracted"))
    assert officer.get(f"{home}/{sha(PNG)}").content == absent.content
    page = officer.get(f"/records/{ORCA}").text
    assert "quay.png" not in page
    assert sha(PNG) not in page
    assert Browser(officer.app).get(f"{home}/{sha(PNG)}").status_code == 303
