"""Where a self-check happens: a started demonstration, one officer at each port with an open page, and the register.

Guarantees that every wait ends: with what was waited for, or with `Failed` when its own time or the whole check's is over.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from node.demo.check.report import Failed, Report, Withheld
from node.demo.check.stream import Stream
from node.demo.check.visitor import Visitor
from node.demo.house import House
from node.demo.plan import Plan
from policies.clearance import may_follow
from policies.decision import Deny
from protocol.ids import NodeId
from protocol.label import parse
from protocol.register_view import Register

BUDGET_S = 45.0
"""From the first step to the last before the stop; stopping, and looking at what is left, take up to a quarter of a minute more."""
_TICK_S = 0.1
T = TypeVar("T")


@dataclass(slots=True)
class Scene:
    """What the steps of a check share."""

    plan: Plan
    house: House
    report: Report
    register: Register
    going_on: Callable[[], bool]
    visitors: Mapping[NodeId, Visitor]
    streams: Mapping[NodeId, Stream]
    began: float

    def until(self, what: str, ask: Callable[[], T | None], *, wait_s: float) -> T:
        """What `ask` gives as soon as it is something; Failed after `wait_s`."""
        deadline = min(time.monotonic() + wait_s, self.began + BUDGET_S)
        while self.going_on():
            if found := ask():
                return found
            if time.monotonic() > deadline:
                raise Failed(f"{what}: not within {wait_s:.0f} s")
            time.sleep(_TICK_S)
        raise Failed(f"{what}: interrupted")

    def row(self, node: NodeId, record: str) -> dict[str, Any] | None:
        """A record's row as the officer at a node may read it; None where it is not theirs or not there."""
        found = self.visitors[node].json(f"/api/v1/records/{record}")
        return found["row"] if found else None

    def rows(self, node: NodeId, shelf: str = "watch") -> list[dict[str, Any]]:
        """The newest rows of a shelf for the officer at a node."""
        found = self.visitors[node].json(f"/api/v1/records?shelf={shelf}")
        return list(found["records"]) if found else []

    def entitled(self, label: str, origin: NodeId) -> tuple[tuple[NodeId, ...], tuple[Withheld, ...]]:
        """Who may follow a feed of this label by the register, and who not, the origin left out: asked of policy, not of a node."""
        may: list[NodeId] = []
        withheld: list[Withheld] = []
        for port in self.plan.ports:
            if port.node == origin:
                continue
            entry = self.register.nodes[port.node]
            decision = may_follow(entry, parse(label), self.register, origin=origin)
            if isinstance(decision, Deny):
                withheld.append(Withheld(port.node, str(decision.code)))
            else:
                may.append(port.node)
        return tuple(may), tuple(withheld)
