"""The self-check's picture: its checks hold where it is whole and entitled, and turn red where it is another, withheld or still there."""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path

import demo_scene as told
import pytest
from demo_scene import ANTWERP, LIEGE, LIMBURG, MARKER, NORTH_SEA, RECORD

from node.demo.check import image, picture, scene
from node.demo.check.scene import Scene

DATA = "a picture of it"
PATH = f"/records/{RECORD}/files/{hashlib.sha256(DATA.encode()).hexdigest()}"
ENTITLED = (ANTWERP, NORTH_SEA, LIEGE)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No wait lasts, and the picture is text, as told pages are."""
    monkeypatch.setattr(scene, "BUDGET_S", 0.0)
    monkeypatch.setattr(scene, "_TICK_S", 0.0)
    monkeypatch.setattr(picture, "picture", lambda _: DATA.encode())


def shown(folder: Path) -> Scene:
    where = told.scene(folder)
    for node in ENTITLED:
        told.pages(where, node)[PATH] = DATA
    return where


def held(where: Scene, name: str) -> list[bool]:
    return [check.ok for check in where.report.checks if check.name == name]


def test_where_it_is_as_it_should_be_the_checks_hold(tmp_path: Path) -> None:
    where = shown(tmp_path)
    picture.check_received(where, told.alert(where), MARKER)
    assert held(where, "picture_received") == [True, True, True]
    assert held(where, "picture_withheld") == [True]
    for node in ENTITLED:
        del told.pages(where, node)[PATH]
    picture.check_withdrawn(where, told.alert(where), MARKER)
    assert held(where, "picture_withdrawn") == [True, True, True]


def test_a_port_that_does_not_get_it_gets_another_or_may_not_have_it_is_seen(tmp_path: Path) -> None:
    where = shown(tmp_path)
    del told.pages(where, NORTH_SEA)[PATH]
    told.pages(where, LIEGE)[PATH] = "another picture"
    told.pages(where, LIMBURG)[PATH] = DATA
    picture.check_received(where, told.alert(where), MARKER)
    assert sorted(held(where, "picture_received")) == [False, False, True]
    assert held(where, "picture_withheld") == [False]


def test_one_that_stays_after_the_withdrawal_is_seen(tmp_path: Path) -> None:
    where = shown(tmp_path)
    del told.pages(where, LIEGE)[PATH]
    picture.check_withdrawn(where, told.alert(where), MARKER)
    assert sorted(held(where, "picture_withdrawn")) == [False, False, True]


def test_it_is_a_picture_that_says_the_marker() -> None:
    data = image.picture(MARKER)
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert MARKER.encode() in data
    at = data.index(b"IDAT")
    assert len(zlib.decompress(data[at + 4 : at + 4 + int.from_bytes(data[at - 4 : at], "big")])) == 16 * 17
