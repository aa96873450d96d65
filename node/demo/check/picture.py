"""The picture of the officer's alert: it reaches whoever may have the alert, whole, and goes with it."""

from __future__ import annotations

import hashlib
from functools import partial

from node.demo.check.alerts import Released
from node.demo.check.image import picture
from node.demo.check.report import Failed
from node.demo.check.scene import Scene
from protocol.ids import NodeId

RECEIVED_S = 8.0


def check_received(scene: Scene, one: Released, marker: str) -> None:
    """At its own port and every entitled one an officer opens it, byte for byte; at the withheld ones it does not exist."""
    data = picture(marker)
    for node in (one.origin, *(NodeId(node) for node in one.alert.entitled)):
        with scene.report.making("picture_received"):
            same = partial(_is, scene, node, _path(one, data), data)
            scene.until(f"{node}: the picture", same, wait_s=RECEIVED_S)
            scene.report.hold("picture_received", ok=True, detail=f"{len(data)} bytes, the same", node=node)
    for node in (NodeId(withheld.node) for withheld in one.alert.withheld):
        with scene.report.making("picture_withheld"):
            _absent(scene, node, _path(one, data))
            scene.report.hold(
                "picture_withheld", ok=True, detail="not there, as one that never was", node=node
            )


def check_withdrawn(scene: Scene, one: Released, marker: str) -> None:
    """After the withdrawal nobody opens it."""
    for node in (one.origin, *(NodeId(node) for node in one.alert.entitled)):
        with scene.report.making("picture_withdrawn"):
            _absent(scene, node, _path(one, picture(marker)))
            scene.report.hold("picture_withdrawn", ok=True, detail="not there any more", node=node)


def _path(one: Released, data: bytes) -> str:
    return f"/records/{one.id}/files/{hashlib.sha256(data).hexdigest()}"


def _is(scene: Scene, node: NodeId, path: str, data: bytes) -> bool:
    answer = scene.visitors[node].get(path)
    if answer.status == 200 and answer.body != data:
        raise Failed(f"{node}: the picture is another one")
    return answer.status == 200


def _absent(scene: Scene, node: NodeId, path: str) -> None:
    status = scene.visitors[node].get(path).status
    if status != 404:
        raise Failed(f"{node}: the picture's address answers {status}, not 404")
