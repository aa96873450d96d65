"""What a file is told by its bytes, and what it may be called."""

from __future__ import annotations

import unicodedata

import pytest
from multipart_web import JPEG, MP4, OGG, PDF, PNG, TEXT, WEBP

from protocol.parts import MEDIA_TYPES
from protocol.text import fault
from web.media import NAME_MAX, PICTURES, TAKEN, Look, disposition, shown_name

KNOWN = {
    "image/jpeg": JPEG,
    "image/png": PNG,
    "image/webp": WEBP,
    "application/pdf": PDF,
    "video/mp4": MP4,
    "audio/ogg": OGG,
    "text/plain": TEXT,
}


PIECES = (1, 7, 1 << 16)
"""How many bytes come at once."""


def told(data: bytes, piece: int = 1 << 16) -> str | None:
    look = Look()
    for start in range(0, len(data), piece):
        look.feed(data[start : start + piece])
    return look.told()


def test_every_type_that_is_taken_may_stand_in_a_record_and_is_known_by_its_bytes() -> None:
    assert set(TAKEN) == set(KNOWN)
    assert set(TAKEN) <= set(MEDIA_TYPES)
    assert set(PICTURES) == {each for each in MEDIA_TYPES if each.startswith("image/")}


@pytest.mark.parametrize(("media_type", "data"), KNOWN.items(), ids=lambda each: str(each)[:12])
@pytest.mark.parametrize("piece", PIECES)
def test_a_type_is_told_however_its_bytes_come(media_type: str, data: bytes, piece: int) -> None:
    assert told(data, piece) == media_type


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><script>alert(1)</script>",
        b"\xef\xbb\xbf \n<svg xmlns='http://www.w3.org/2000/svg'>",
        b"#!/bin/sh\nrm -rf /\n",
        b"%!PS-Adobe-3.0\n",
        b"\xef\xbb\xbf\r\n\t {\\rtf1 x}",
        b"#!",
        b"GIF89a" + bytes(80),
        b"MZ\x90\x00" + bytes(80),
        b"PK\x03\x04" + bytes(80),
        b"junk before %PDF-1.7",
        b"\x00\x00\x00\x18ftypheic" + bytes(80),
        b"\x00\x00\x00\x18ftypqt  " + bytes(80),
        b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(80),
        b"OggS\x00\x02" + bytes(20) + b"\x01\x13\x80theora" + bytes(60),
        b"text and then \x00 a zero",
        "half a character ä".encode()[:-1],
        "Männer".encode("latin-1"),
        b" \r\n\t ",
    ],
)
def test_what_is_none_of_them_is_told_so(data: bytes, piece: int) -> None:
    if data.startswith(b"junk"):
        assert told(data, piece) == "text/plain"  # nothing runs it, whatever its name says
    else:
        assert told(data, piece) is None


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize(
    "data", [b"#", b"# a heading\n", b"%", b"{", b" \n{\\rt", b"x #!/bin/sh", b"5 < 6\n"]
)
def test_what_only_resembles_them_is_text(data: bytes, piece: int) -> None:
    assert told(data, piece) == "text/plain"


def test_a_zero_far_behind_makes_text_no_text() -> None:
    assert told(b"plain words\n" * 50_000) == "text/plain"
    assert told(b"plain words\n" * 50_000 + b"\x00") is None


def test_what_cannot_become_anything_is_known_early() -> None:
    look = Look()
    look.feed(b"MZ\x90\x00" + bytes(60))
    assert look.hopeless
    fine = Look()
    fine.feed(JPEG[:64])
    assert not fine.hopeless


@pytest.mark.parametrize(
    ("given", "media_type", "name"),
    [
        ("IMG_2041.JPG", "image/jpeg", "IMG_2041.JPG"),
        ("../../etc/passwd", "image/png", "passwd.png"),
        ("C:\\Users\\x\\fence.png", "image/png", "fence.png"),
        ("/", "image/png", "file.png"),
        ("..", "application/pdf", "file.pdf"),
        (".htaccess", "text/plain", "htaccess.txt"),
        ("run.exe", "image/jpeg", "run.exe.jpg"),
        ("gnp\u202etxt.exe", "image/png", "gnptxt.exe.png"),
        ("a\x00b\r\nc.png", "image/png", "abc.png"),
        ("Za\u0308une  am   Kai.png", "image/png", "Zäune am Kai.png"),
        ("", "audio/ogg", "file.ogg"),
        ("report.pdf", "something/else", "report.pdf"),
    ],
)
def test_a_name_is_for_people(given: str, media_type: str, name: str) -> None:
    assert shown_name(given, media_type) == name


@pytest.mark.parametrize(
    "given", ["x" * 300, "x" * 300 + ".jpg", "é" * 200, "\U0001f6a2" * 120, "a\u0301\u200d" * 99]
)
def test_a_name_may_stand_in_a_record(given: str) -> None:
    name = shown_name(given, "image/jpeg")
    assert len(name) <= NAME_MAX
    assert name.endswith(".jpg")
    assert fault(name, most=NAME_MAX) is None
    assert unicodedata.is_normalized("NFC", name)


@pytest.mark.parametrize(
    ("name", "media_type", "told"),
    [
        ("fence.png", "image/png", "inline; filename=\"fence.png\"; filename*=UTF-8''fence.png"),
        (
            'a"; x="b.pdf',
            "application/pdf",
            "attachment; filename=\"a__ x__b.pdf\"; filename*=UTF-8''a%22%3B%20x%3D%22b.pdf",
        ),
        (
            "Zäune.pdf",
            "application/pdf",
            "attachment; filename=\"Zaune.pdf\"; filename*=UTF-8''Z%C3%A4une.pdf",
        ),
        ("evil.html", "text/plain", "attachment; filename=\"evil.html.txt\"; filename*=UTF-8''evil.html.txt"),
        (
            "x\r\nSet-Cookie: a",
            "text/csv",
            "attachment; filename=\"xSet-Cookie_ a.csv\"; filename*=UTF-8''xSet-Cookie%3A%20a.csv",
        ),
    ],
)
def test_a_download_has_a_safe_name(name: str, media_type: str, told: str) -> None:
    assert disposition(name, media_type) == told
