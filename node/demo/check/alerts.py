"""Two alerts: one that a rule releases from what the sensors hear, one that an officer writes on the screens."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from node.demo.check.forms import form_to
from node.demo.check.image import NAME, picture
from node.demo.check.report import Alert, Failed
from node.demo.check.scene import Scene
from node.demo.check.visitor import Visitor
from protocol.ids import NodeId
from protocol.proof import read_proof

BY_RULE_S = 25.0
RECEIVED_S = 8.0
LEAVES_S = 15.0
DETECTOR = "impossible_speed"
COMMUNITY = "ports-scheldt"


@dataclass(frozen=True, slots=True)
class Released:
    """An alert as its own port shows it."""

    origin: NodeId
    alert: Alert
    issued_ms: int

    @property
    def id(self) -> str:
        """Of the record."""
        return self.alert.id


@dataclass(frozen=True, slots=True)
class Leaving:
    """A draft whose release an officer sent; `seen` are the nodes that its preview named."""

    visitor: Visitor
    record: str
    seen: tuple[str, ...]


def by_rule(scene: Scene, origin: NodeId) -> Released:
    """The first alert of the detector at a port that listens to AIS."""

    def look() -> dict[str, Any] | None:
        found = [row for row in scene.rows(origin) if row["own"] and row["detector"] == DETECTOR]
        return found[-1] if found else None

    row = scene.until(f"an alert of {DETECTOR} at {origin}", look, wait_s=BY_RULE_S)
    return released(scene, origin, row["id"], how="rule")


def write(scene: Scene, origin: NodeId, marker: str) -> Leaving:
    """Write an alert with a picture for one community, look at its plan, release it."""
    visitor = scene.visitors[origin]
    form = form_to(visitor.page("/alerts/new"), "/alerts/new").fill(
        severity="Severe",
        category="intrusion",
        title=f"Self-check {marker}",
        description=f"Written by the self-check of the demonstration, {marker}. Nothing happened.",
        certainty="Observed",
        urgency="Immediate",
        audience=COMMUNITY,
        tlp="AMBER",
    )
    return release(visitor, visitor.send_file(form, "files", NAME, picture(marker), "image/png").path)


def release(visitor: Visitor, draft: str) -> Leaving:
    """Release the draft whose preview is at this path, as the preview shows it."""
    if not draft.startswith("/drafts/"):
        raise Failed(f"{visitor.port.node}: the form made no draft, but led to {draft.partition('?')[0]}")
    form = form_to(visitor.page(draft), f"{draft}/release")
    seen = tuple(pair.partition(" ")[0] for pair in form.all("seen"))
    answer = visitor.send(form)
    if answer.status != 200:
        raise Failed(f"{visitor.port.node}: the release answers {answer.status}")
    return Leaving(visitor, draft.removeprefix("/drafts/").replace("-", ""), seen)


def left(scene: Scene, one: Leaving) -> None:
    """Return when it has left: a release can be stopped for some seconds, and is a draft until then."""
    there = partial(one.visitor.json, f"/api/v1/records/{one.record}")
    scene.until(f"{one.visitor.port.node}: the record after its release", there, wait_s=LEAVES_S)


def released(scene: Scene, origin: NodeId, record: str, *, how: str) -> Released:
    """What the origin shows and proves of a record, with who may have it by the register."""
    found = scene.visitors[origin].json(f"/api/v1/records/{record}")
    proof = scene.visitors[origin].get(f"/records/{record}/proof")
    if found is None or proof.status != 200:
        raise Failed(f"{origin}: what was released is not there")
    row, place = found["row"], read_proof(proof.body)
    entitled, withheld = scene.entitled(row["label"]["text"], origin)
    alert = Alert(
        id=record,
        how=how,
        detector=row["detector"] or None,
        label=row["label"]["text"],
        feed=place.feed.hex(),
        index=place.index,
        entitled=entitled,
        withheld=withheld,
    )
    return Released(origin, alert, row["issued_ms"])


def check_received(scene: Scene, name: str, one: Released) -> None:
    """At every entitled port an officer can read it, and its row came over the open page's stream."""
    for node in (NodeId(node) for node in one.alert.entitled):
        with scene.report.making(name):
            row = scene.until(f"{node}: readable", partial(scene.row, node, one.id), wait_s=RECEIVED_S)
            if not row["title"] or row["origin"]["id"] != one.origin:
                raise Failed(f"{node}: shows no title, or another origin")
            shown = partial(scene.streams[node].first_ms, one.id)
            scene.until(f"{node}: on the open page", shown, wait_s=RECEIVED_S)
            detail = "read by an officer there, and on the open page"
            scene.report.hold(name, ok=True, detail=detail, node=node)


def check_plan(scene: Scene, one: Released, seen: tuple[str, ...]) -> None:
    """The preview named its own port and those that the register entitles, and nobody else."""
    expected = {one.origin, *one.alert.entitled}
    scene.report.hold(
        "officer_alert_plan",
        ok=set(seen) == expected and bool(one.alert.withheld),
        detail=f"named {', '.join(sorted(seen))}; withheld from {', '.join(w.node for w in one.alert.withheld)}",
        node=one.origin,
    )
