"""The search for what must be nowhere finds it wherever it is: every spelling, every file, across any boundary."""

from __future__ import annotations

import base64
import sqlite3
from pathlib import Path

import pytest

from node.demo.check import scan
from node.demo.check.scan import files_with, spellings

MARKER = "SELFCHECK-0123456789ABCDEF"
RECORD = "019a" + "0" * 27 + "7"

PLANTED = {
    "text": b"... " + MARKER.encode() + b" ...",
    "utf-16 little": MARKER.encode("utf-16-le"),
    "utf-16 big": MARKER.encode("utf-16-be"),
    "hexadecimal": MARKER.encode().hex().encode(),
    "base64, first place": base64.b64encode(b"abc" + MARKER.encode() + b"xyz"),
    "base64, second place": base64.b64encode(b"abcd" + MARKER.encode() + b"xyz"),
    "base64, third place": base64.b64encode(b"abcde" + MARKER.encode() + b"x"),
    "the record's id": bytes.fromhex(RECORD),
    "the record's id in hexadecimal": f"/records/{RECORD}/proof".encode(),
}


@pytest.mark.parametrize("how", PLANTED)
def test_every_spelling_is_found(tmp_path: Path, how: str) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    planted = tmp_path / "deep" / "er" / "node.db-wal"
    planted.write_bytes(bytes(1000) + PLANTED[how] + bytes(1000))
    (tmp_path / "clean.log").write_bytes(b"nothing here")
    assert files_with(tmp_path, spellings(MARKER, RECORD)) == [planted]


@pytest.mark.parametrize("offset", [-30, -13, -1, 0, 1])
def test_a_boundary_between_two_reads_hides_nothing(tmp_path: Path, offset: int) -> None:
    (tmp_path / "file").write_bytes(bytes(scan.CHUNK + offset) + MARKER.encode() + bytes(100))
    assert files_with(tmp_path, spellings(MARKER))


def test_a_database_is_searched_with_its_write_ahead_log(tmp_path: Path) -> None:
    kept = sqlite3.connect(tmp_path / "node.db")
    kept.execute("PRAGMA journal_mode=WAL")
    kept.execute("CREATE TABLE entry (content BLOB)")
    kept.execute("INSERT INTO entry VALUES (?)", (b"\x0a\x1a" + MARKER.encode(),))
    kept.commit()
    assert [path.name for path in files_with(tmp_path, spellings(MARKER))] == ["node.db-wal"]
    kept.close()
    assert [path.name for path in files_with(tmp_path, spellings(MARKER))] == ["node.db"]


def test_what_is_clean_is_clean(tmp_path: Path) -> None:
    (tmp_path / "node.log").write_bytes(MARKER[:-1].encode() + b"?")
    (tmp_path / "empty").write_bytes(b"")
    assert files_with(tmp_path, spellings(MARKER, RECORD)) == []
