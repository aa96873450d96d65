"""The self-check's own checks turn red when what they look for is planted, and green only when nothing is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import demo_scene as told
import ports
import pytest
from demo_scene import ANTWERP, LIEGE, LIMBURG, MARKER, NORTH_SEA, RECORD

from node.commands import receipt
from node.commands.address import Address
from node.commands.prove import prove
from node.demo.check import after, scene
from node.demo.check.alerts import check_plan
from node.demo.check.receipts import cosigned
from node.demo.check.report import Failed
from node.demo.check.scene import Scene
from node.demo.check.withdrawn import check_withdrawn
from node.demo.check.withheld import check_withheld
from node.store.feeds import FeedRole
from protocol.ids import NodeId


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No wait lasts: what is not there at once is not there."""
    monkeypatch.setattr(scene, "BUDGET_S", 0.0)
    monkeypatch.setattr(scene, "_TICK_S", 0.0)


# ---- Withheld ---------------------------------------------------------------------------------------------------------------


def as_it_should_be(folder: Path) -> Scene:
    """North Sea Port has the alert on a page, in its stream and in a file; Limburg has nothing of it."""
    where = told.scene(folder)
    told.pages(where, NORTH_SEA)["/"] = f"<li>{MARKER}</li>"
    told.stream(where, NORTH_SEA, f"data: {MARKER}\n")
    (told.folder(where, NORTH_SEA) / "node.db-wal").write_bytes(b"\x00" + MARKER.encode())
    return where


def on_a_page(where: Scene) -> None:
    told.pages(where, LIMBURG)["/drafts"] = f"<p>{MARKER}</p>"


def in_the_api(where: Scene) -> None:
    told.pages(where, LIMBURG)["/api/v1/records?shelf=watch"] = json.dumps({"records": [{"title": MARKER}]})


def in_the_stream(where: Scene) -> None:
    told.stream(where, LIMBURG, f"data: <strong>{MARKER}</strong>\n")


def its_id_in_the_stream(where: Scene) -> None:
    told.stream(where, LIMBURG, f"event: touched\ndata: {RECORD}\n")


def in_the_log(where: Scene) -> None:
    (told.folder(where, LIMBURG) / "node.log").write_text(json.dumps({"event": f"stored {MARKER}"}))


def in_the_database(where: Scene) -> None:
    (told.folder(where, LIMBURG) / "data").mkdir()
    (told.folder(where, LIMBURG) / "data" / "node.db").write_bytes(
        bytes(5000) + MARKER.encode() + bytes(5000)
    )


def its_id_in_the_database(where: Scene) -> None:
    (told.folder(where, LIMBURG) / "node.db").write_bytes(bytes(10) + bytes.fromhex(RECORD))


def as_a_record(where: Scene) -> None:
    told.pages(where, LIMBURG)[f"/records/{RECORD}"] = "Withdrawn"


PLANTED: dict[str, tuple[Callable[[Scene], None], str]] = {
    "page": (on_a_page, "withheld_pages"),
    "api": (in_the_api, "withheld_pages"),
    "stream": (in_the_stream, "withheld_pages"),
    "id in the stream": (its_id_in_the_stream, "withheld_pages"),
    "log": (in_the_log, "withheld_files"),
    "database": (in_the_database, "withheld_files"),
    "id in the database": (its_id_in_the_database, "withheld_files"),
    "record": (as_a_record, "withheld_record"),
}


def test_where_nothing_is_the_checks_hold(tmp_path: Path) -> None:
    where = as_it_should_be(tmp_path)
    check_withheld(where, told.alert(where), MARKER, NORTH_SEA)
    assert told.verdicts(where) == dict.fromkeys(
        ("withheld_record", "withheld_pages", "withheld_files"), True
    )


@pytest.mark.parametrize("planted", PLANTED)
def test_a_trace_at_the_withheld_port_is_found(tmp_path: Path, planted: str) -> None:
    plant, name = PLANTED[planted]
    where = as_it_should_be(tmp_path)
    plant(where)
    check_withheld(where, told.alert(where), MARKER, NORTH_SEA)
    assert not told.verdicts(where)[name]
    assert not where.report.ok


@pytest.mark.parametrize("blind", ["pages", "files"])
def test_a_search_that_finds_nothing_where_it_should_is_a_failed_check(tmp_path: Path, blind: str) -> None:
    where = as_it_should_be(tmp_path)
    if blind == "pages":
        told.pages(where, NORTH_SEA)["/"] = ""
    else:
        (told.folder(where, NORTH_SEA) / "node.db-wal").unlink()
    check_withheld(where, told.alert(where), MARKER, NORTH_SEA)
    assert not told.verdicts(where)[f"withheld_{blind}"]
    assert any("the search itself fails" in check.detail for check in where.report.checks)


# ---- Withdrawn --------------------------------------------------------------------------------------------------------------

ROW = {
    "id": RECORD,
    "state": "retracted",
    "title": "",
    "origin": {"id": ANTWERP},
    "withdrawal": {"at_ms": told.AT, "reason": 4, "by": {"id": ANTWERP, "name": "Port of Antwerp-Bruges"}},
}
LINE = (
    f'<li class="row gone" id="r-{RECORD}" data-record="{RECORD}">Withdrawn Test sent as real · '
    '<time datetime="x">now</time> · Port of Antwerp-Bruges</li>'
)


def withdrawn(folder: Path) -> Scene:
    """Every port that had it shows that it is gone, and the row that stays."""
    where = told.scene(folder)
    for node in (ANTWERP, NORTH_SEA, LIEGE):
        told.pages(where, node)[f"/api/v1/records/{RECORD}"] = json.dumps({"row": ROW})
        told.pages(where, node)["/"] = f"<ul>{LINE}</ul>"
        told.stream(where, node, f"data: <strong>{MARKER}</strong>\n", told.AT - 1000)
        told.stream(where, node, f"data: {LINE}\n", told.AT + 50)
    return where


def row_with(**changes: Any) -> Callable[[Scene], None]:
    def plant(where: Scene) -> None:
        told.pages(where, LIEGE)[f"/api/v1/records/{RECORD}"] = json.dumps({"row": {**ROW, **changes}})

    return plant


def line_without(words: str) -> Callable[[Scene], None]:
    def plant(where: Scene) -> None:
        assert words in told.pages(where, LIEGE)["/"]
        told.pages(where, LIEGE)["/"] = told.pages(where, LIEGE)["/"].replace(words, "")

    return plant


def text_still_shown(where: Scene) -> None:
    told.pages(where, LIEGE)["/look-outs"] = MARKER


def text_streamed_again(where: Scene) -> None:
    told.stream(where, LIEGE, f"data: {MARKER}\n", told.AT + 90)


def never_streamed(where: Scene) -> None:
    where.streams[LIEGE]._lines.clear()


NOT_GONE = {
    "still in force": row_with(state="current"),
    "keeps its title": row_with(title="What happened"),
    "no time": row_with(withdrawal={**ROW["withdrawal"], "at_ms": 0}),  # type: ignore[dict-item]
    "another reason": row_with(withdrawal={**ROW["withdrawal"], "reason": 1}),  # type: ignore[dict-item]
    "another port": row_with(withdrawal={**ROW["withdrawal"], "by": {"id": LIEGE}}),  # type: ignore[dict-item]
    "no word": line_without("Withdrawn"),
    "no reason in words": line_without("Test sent as real"),
    "no port in words": line_without("Port of Antwerp-Bruges"),
    "text on a page": text_still_shown,
    "text in the stream": text_streamed_again,
    "not on the open page": never_streamed,
}


def test_gone_everywhere_holds(tmp_path: Path) -> None:
    where = withdrawn(tmp_path)
    check_withdrawn(where, told.alert(where), MARKER, told.AT)
    assert [check.ok for check in where.report.checks] == [True, True, True]


@pytest.mark.parametrize("planted", NOT_GONE)
def test_one_port_where_it_is_not_gone_is_enough(tmp_path: Path, planted: str) -> None:
    where = withdrawn(tmp_path)
    NOT_GONE[planted](where)
    check_withdrawn(where, told.alert(where), MARKER, told.AT)
    assert not told.verdicts(where)["withdrawn_everywhere"]


# ---- Plan, receipts, roots ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "ok"),
    [
        ((ANTWERP, NORTH_SEA, LIEGE), True),
        ((ANTWERP, NORTH_SEA), False),
        ((ANTWERP, NORTH_SEA, LIEGE, LIMBURG), False),
        ((), False),
    ],
)
def test_the_preview_is_held_to_the_register(tmp_path: Path, seen: tuple[str, ...], ok: bool) -> None:
    where = told.scene(tmp_path)
    check_plan(where, told.alert(where), seen)
    assert told.verdicts(where) == {"officer_alert_plan": ok}


def test_a_receipt_counts_only_by_the_key_of_its_holder_in_the_register() -> None:
    antwerp, north_sea = ports.port(), ports.port(ports.NORTH_SEA)
    released = antwerp.release()
    north_sea.pull(antwerp, released.feed.feed)
    given = north_sea.receipt(released.feed.feed)
    assert given is not None
    antwerp.store.write(lambda tx: receipt.take(tx, antwerp.ctx, ports.NORTH_SEA, given)).result()
    raw = antwerp.store.read(lambda r: prove(r, antwerp.ctx, Address(released.record)))
    assert raw is not None
    register = antwerp.ctx.register
    assert cosigned(raw, NORTH_SEA, register)
    assert not cosigned(raw, LIEGE, register)
    impostor = {**register.nodes, NORTH_SEA: register.nodes[LIEGE]}
    assert not cosigned(raw, NORTH_SEA, _with(register, impostor))


def _with(register: Any, nodes: Any) -> Any:
    import dataclasses

    return dataclasses.replace(register, nodes=nodes)


class ToldFeed:
    """What the check of roots looks at of a feed."""

    feed = bytes(32)
    origin = ANTWERP
    label = told.LABEL
    role = FeedRole.RECORDS


Held = dict[NodeId, tuple[int, str, str]]
GOOD: Held = dict.fromkeys((ANTWERP, NORTH_SEA, LIEGE), (3, "aa", "aa"))

DIFFERENT: dict[str, Held] = {
    "another root": {**GOOD, LIEGE: (3, "bb", "bb")},
    "another size": {**GOOD, LIEGE: (2, "aa", "aa")},
    "entries that do not give the root": {**GOOD, LIEGE: (3, "aa", "cc")},
    "an entitled port without it": {node: GOOD[node] for node in (ANTWERP, LIEGE)},
    "a port that may not hold it": {**GOOD, LIMBURG: (3, "aa", "aa")},
    "nobody": {},
}


def roots(where: Scene, held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    def feeds(port: Any) -> list[Any]:
        return [(ToldFeed, *held[port.node])] if port.node in held else []

    monkeypatch.setattr(after, "_feeds", feeds)
    with where.report.making("roots_equal"):
        after.check_roots(where)


def test_equal_roots_at_exactly_the_entitled_ports_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = told.scene(tmp_path)
    roots(where, GOOD, monkeypatch)
    assert told.verdicts(where) == {"roots_equal": True}


@pytest.mark.parametrize("planted", DIFFERENT)
def test_any_difference_between_holders_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, planted: str
) -> None:
    where = told.scene(tmp_path)
    roots(where, DIFFERENT[planted], monkeypatch)
    assert told.verdicts(where) == {"roots_equal": False}


def test_a_wait_ends_with_what_it_waited_for_named(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="a sighting: not within 5 s"):
        told.scene(tmp_path).until("a sighting", lambda: None, wait_s=5)
