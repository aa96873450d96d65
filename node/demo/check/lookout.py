"""A look-out: a port without a receiver asks for a ship, a port that hears it answers with a sighting."""

from __future__ import annotations

from typing import Any

from node.demo.check.alerts import Leaving, release
from node.demo.check.forms import form_to
from node.demo.check.report import Failed
from node.demo.check.scene import Scene
from protocol.ids import NodeId

MMSI = "200000101"
"""DEMO WATCHED, an invented ship of deploy/demo/vessels.csv: it only passes."""
SIGHTED_S = 25.0


COMMUNITY = "ports-be"
"""A rule may answer in it: the register's ceiling for release by rule names it."""


def ask_for(scene: Scene, asker: NodeId) -> Leaving:
    """Enter a look-out for the ship and release it."""
    visitor = scene.visitors[asker]
    form = form_to(visitor.page("/look-outs/new"), "/look-outs/new")
    reason = next((value for name, value in sorted(form.offered) if name == "reason" and value), "")
    filled = form.fill(
        type="mmsi",
        value=MMSI,
        title="Ship looked for by the self-check",
        reason=reason,
        grounds="Self-check of the demonstration; the ship is invented.",
        contact="Duty desk of the demonstration",
        owner="Duty desk of the demonstration",
        valid_days="1",
        audience=COMMUNITY,
    )
    return release(visitor, visitor.send(filled).path)


def check_sighting(scene: Scene, asker: NodeId, listener: NodeId, lookout: str) -> None:
    """A sighting by `listener` is readable at `asker`, and stands beside the look-out there."""

    def look() -> dict[str, Any] | None:
        rows = [r for r in scene.rows(asker) if r["kind"] == "sighting" and r["origin"]["id"] == listener]
        return rows[0] if rows else None

    row = scene.until(f"{asker}: a sighting by {listener}", look, wait_s=SIGHTED_S)
    page = scene.visitors[asker].page("/look-outs")
    entry = page.partition(f'href="/records/{lookout}"')[2].partition("</tr>")[0]
    if MMSI not in entry or " time" not in entry:
        raise Failed(f"{asker}: the sighting does not stand beside its look-out")
    detail = scene.visitors[asker].page(f"/records/{row['id']}")
    if MMSI not in detail:
        raise Failed(f"{asker}: the sighting does not say which ship was seen")
    scene.report.hold(
        "sighting_came_back",
        ok=True,
        detail=f"ship heard at {listener}, sighting read at {asker}",
        node=asker,
    )
