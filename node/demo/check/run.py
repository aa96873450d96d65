"""The self-check from beginning to end: found, start, act as officers do, stop, look at what is left.

Guarantees that whatever goes wrong every process is stopped and the answer says which check does not hold; that an answer
which took longer than a minute is one that does not hold; that neither the marker nor a link is printed.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from node.clock import SystemClock
from node.demo.check import after, alerts, lookout, picture, receipts, withdrawn, withheld
from node.demo.check.report import Failed, Report
from node.demo.check.scan import spellings
from node.demo.check.scene import Scene
from node.demo.check.stream import Stream
from node.demo.check.visitor import Visitor
from node.demo.founding import found
from node.demo.house import House, check_free, free_base
from node.demo.people import Invited, invite_all
from node.demo.plan import Plan, read_plan
from node.demo.supervise import Stop
from node.exits import Refused
from node.register import RegisterStore
from protocol.ids import NodeId
from protocol.register_view import Register

RULE, OFFICER, ASKER = NodeId("north-sea-port"), NodeId("port-antwerp-bruges"), NodeId("port-liege")
"""Where the rule's alert is awaited, who writes one, who looks for a ship that passes at `OFFICER`."""

PORTS_WANTED = 12
SETTLED_S = 8.0


def selfcheck(
    *, folder: Path | None, base_port: int | None, as_json: bool, say: Callable[[str], None]
) -> int:
    """Exit code 0 only if every check holds. With `folder` everything is kept there, else it is gone afterwards."""
    if folder is not None and folder.exists() and any(folder.iterdir()):
        raise Refused(f"{folder}: is not empty; a self-check begins with nothing")
    report = Report(version("port2port"), say=(lambda _: None) if as_json else say)
    root = folder or Path(tempfile.mkdtemp(prefix="port2port-selfcheck-"))
    stop = Stop()
    try:
        with stop.listening():
            plan = read_plan(root / "demo", base_port=base_port or free_base(PORTS_WANTED))
            check_free(plan)
            run(plan, report, stop, root)
    finally:
        if folder is None:
            shutil.rmtree(root, ignore_errors=True)
    report.close()
    say(json.dumps(report.as_json()) if as_json else _summary(report))
    return 0 if report.ok else 1


def run(plan: Plan, report: Report, stop: Stop, scratch: Path) -> None:
    """Everything between an empty folder and a full report."""
    began, house = time.monotonic(), House(plan)
    proof, officer_alert, scene = b"", None, None
    marker = f"SELFCHECK-{secrets.token_hex(12).upper()}"
    try:
        with report.making("started"):
            scene = _open(plan, house, report, stop, began)
        if scene is not None:
            proof, officer_alert = _act(scene, marker)
    finally:
        house.stop()
        house.release()
    after.check_stop(house, report)
    report.nodes = after.nodes_of(house)
    if scene is not None:
        _look_after(scene, officer_alert, proof, marker, scratch)


def _open(plan: Plan, house: House, report: Report, stop: Stop, began: float) -> Scene:
    try:
        found(plan, now=SystemClock().now_ms(), random=os.urandom, say=report.say)
        invited = invite_all(plan)
        house.open(stop.going_on)
    except Refused as error:
        raise Failed(str(error)) from error
    if not stop.going_on():
        raise Failed("interrupted")
    report.hold("started", ok=True, detail=f"{len(house.nodes)} ports, {len(house.receivers)} receivers")
    visitors = _signed_in(invited)
    streams = {node: Stream(visitor) for node, visitor in visitors.items()}
    for stream in streams.values():
        stream.open()
    return Scene(plan, house, report, _register(plan), stop.going_on, visitors, streams, began)


def _signed_in(invited: list[Invited]) -> dict[NodeId, Visitor]:
    """The first officer of each port."""
    visitors: dict[NodeId, Visitor] = {}
    for one in invited:
        if one.port.node not in visitors:
            visitor = Visitor(one.port)
            visitor.sign_in(one.urls[0])
            visitors[one.port.node] = visitor
    return visitors


def _register(plan: Plan) -> Register:
    """As any node reads it, from the published files."""
    public = plan.ceremony / "public"
    with tempfile.TemporaryDirectory() as place:
        opened = RegisterStore.open(
            Path(place) / "register", trusted_root=public / "root.json", now=SystemClock().now_ms()
        )
        return opened.current


def _act(scene: Scene, marker: str) -> tuple[bytes, alerts.Released | None]:
    """What officers do while everything runs; the rule's proof file, and the alert that is withdrawn at the end.

    Both officers release at once: each release can be stopped for ten seconds, in which the rule's alert is looked at.
    """
    report = scene.report
    asked = sent = None
    with report.making("connected"):
        _check_connected(scene)
    with report.making("lookout_released"):
        asked = lookout.ask_for(scene, ASKER)
    with report.making("officer_alert_released"):
        sent = alerts.write(scene, OFFICER, marker)
    proof = _rule(scene)
    with report.making("lookout_released"):
        if asked is not None:
            alerts.left(scene, asked)
            report.hold("lookout_released", ok=True, detail="by an officer, on the screens", node=ASKER)
    written = _officer(scene, sent, marker) if sent is not None else None
    with report.making("sighting_came_back"):
        if asked is not None:
            lookout.check_sighting(scene, ASKER, OFFICER, asked.record)
    if written is not None:
        receipts.check_receipts(scene, written)
        with report.making("withdrawn_everywhere"):
            withdrawn.check_withdrawn(scene, written, marker, withdrawn.withdraw(scene, written))
        picture.check_withdrawn(scene, written, marker)
    with report.making("roots_equal"):
        _settle(scene)
    return proof, written


def _officer(scene: Scene, sent: alerts.Leaving, marker: str) -> alerts.Released | None:
    report, written = scene.report, None
    with report.making("officer_alert_released"):
        alerts.left(scene, sent)
        written = alerts.released(scene, OFFICER, sent.record, how="officer")
        report.alerts.append(written.alert)
        report.hold("officer_alert_released", ok=True, detail=written.alert.label, node=OFFICER)
        alerts.check_plan(scene, written, sent.seen)
    if written is not None:
        alerts.check_received(scene, "officer_alert_received", written)
        picture.check_received(scene, written, marker)
        withheld.check_withheld(scene, written, marker, NodeId(written.alert.entitled[0]))
    return written


def _rule(scene: Scene) -> bytes:
    report, released = scene.report, None
    with report.making("rule_alert_released"):
        released = alerts.by_rule(scene, RULE)
        report.alerts.append(released.alert)
        report.hold("rule_alert_released", ok=True, detail=f"by {released.alert.detector}", node=RULE)
    if released is None:
        return b""
    alerts.check_received(scene, "rule_alert_received", released)
    return receipts.check_receipts(scene, released)


def _check_connected(scene: Scene) -> None:
    """Every node says that every other is connected."""
    for port in scene.plan.ports:
        others = {other.node for other in scene.plan.ports} - {port.node}

        def all_there(node: NodeId = port.node, others: set[NodeId] = others) -> bool:
            peers = scene.visitors[node].json("/api/v1/peers")["peers"]
            return {peer["node"]["id"] for peer in peers if peer["connected"]} >= others

        scene.until(f"{port.node}: all peers connected", all_there, wait_s=15.0)
        scene.report.hold("connected", ok=True, detail=f"to {len(others)} others", node=port.node)


def _settle(scene: Scene) -> None:
    """No more ships; then every entry of everybody confirmed by all who get it."""
    scene.house.family.stop(scene.house.receivers)
    for port in scene.plan.ports:

        def caught_up(node: NodeId = port.node) -> bool:
            peers = scene.visitors[node].json("/api/v1/peers")["peers"]
            return all(peer["behind"] == 0 for peer in peers)

        scene.until(f"{port.node}: everything confirmed", caught_up, wait_s=SETTLED_S)


def _look_after(
    scene: Scene, written: alerts.Released | None, proof: bytes, marker: str, scratch: Path
) -> None:
    report = scene.report
    for stream in scene.streams.values():
        stream.close()
    if written is not None:
        needles = spellings(marker, written.id)
        control = NodeId(written.alert.entitled[0])
        for node in (NodeId(one.node) for one in written.alert.withheld):
            with report.making("withheld_after_stop"):
                withheld.check_files(scene, "withheld_after_stop", node, needles, control)
                if scene.streams[node].holds(marker.encode()):
                    raise Failed(f"{node}: found in the stream")
    with report.making("roots_equal"):
        after.check_roots(scene)
    if proof:
        with report.making("proof_verifies_offline"):
            rule = next(one for one in report.alerts if one.how == "rule")
            after.check_offline(scene, alerts.Released(RULE, rule, 0), proof, scratch)


def _summary(report: Report) -> str:
    held = sum(check.ok for check in report.checks)
    words = "all checks hold" if report.ok else "not every check holds"
    return f"{words}: {held} of {len(report.checks)}, in {report.seconds:.0f} s"
