"""Withdrawing: title and text are gone from every screen, a row with time, reason and port stays."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from node.demo.check.alerts import Released
from node.demo.check.forms import form_to
from node.demo.check.report import Failed
from node.demo.check.scene import Scene
from node.demo.check.withheld import pages_with
from protocol.ids import NodeId

REASON, REASON_WORDS = "4", "Test sent as real"
WITHDRAWN_S = 8.0


def withdraw(scene: Scene, one: Released) -> int:
    """Withdraw it at its own port, by the screens' own form; when, Unix ms."""
    visitor = scene.visitors[one.origin]
    path = f"/records/{one.id}/withdraw"
    form = form_to(visitor.page(path), "").fill(reason=REASON)
    at = time.time_ns() // 1_000_000
    answer = visitor.send(form, at=path)
    if answer.status != 200 or answer.path != f"/records/{one.id}":
        raise Failed(f"{one.origin}: withdrawing answers {answer.status}")
    return at


def check_withdrawn(scene: Scene, one: Released, marker: str, at_ms: int) -> None:
    """At the origin and at every port that had it."""
    for node in (one.origin, *(NodeId(node) for node in one.alert.entitled)):
        with scene.report.making("withdrawn_everywhere"):
            gone = partial(_gone, scene, node, one.id)
            row = scene.until(f"{node}: withdrawn", gone, wait_s=WITHDRAWN_S)
            _check_row(node, row, one.origin)
            if shown := pages_with(scene, node, marker, one.id):
                raise Failed(f"{node}: its text still stands on {', '.join(shown)}")
            _check_line(scene, node, one)
            came = partial(_streamed, scene, node, one.id)
            arrived = scene.until(f"{node}: on the open page", came, wait_s=WITHDRAWN_S)
            if scene.streams[node].holds(marker.encode(), since_ms=arrived):
                raise Failed(f"{node}: its text came over the stream after the withdrawal")
            detail = f"row stays, text gone; on the open page {arrived - at_ms} ms after the form was sent"
            scene.report.hold("withdrawn_everywhere", ok=True, detail=detail, node=node)


def _gone(scene: Scene, node: NodeId, record: str) -> dict[str, Any] | None:
    row = scene.row(node, record)
    return row if row and row["state"] == "retracted" else None


def _check_row(node: NodeId, row: dict[str, Any], origin: NodeId) -> None:
    told = row["withdrawal"] or {}
    if row["title"]:
        raise Failed(f"{node}: the row keeps a title")
    if str(told.get("reason")) != REASON or not told.get("at_ms") or told.get("by", {}).get("id") != origin:
        raise Failed(f"{node}: the row lacks time, reason or port")


def _check_line(scene: Scene, node: NodeId, one: Released) -> None:
    """The line of the list, as a person reads it."""
    line = scene.visitors[node].page("/").partition(f'id="r-{one.id}"')[2].partition("</li>")[0]
    name = next(port.name for port in scene.plan.ports if port.node == one.origin)
    missing = [words for words in ("Withdrawn", REASON_WORDS, "<time", name) if words not in line]
    if missing:
        raise Failed(f"{node}: the line of the list lacks {', '.join(missing)}")


def _streamed(scene: Scene, node: NodeId, record: str) -> int | None:
    """When the row came as one that is gone."""
    wanted = f'data-record="{record}"'.encode()
    return next(
        (at for at, line in scene.streams[node].lines() if wanted in line and b'class="row gone' in line),
        None,
    )
