"""What a self-check found: `docs/cli/demo-selfcheck.schema.json`. `ok` holds only if every check that had to be made holds."""

from __future__ import annotations

import statistics
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

SCHEMA = "port2port/demo-selfcheck/v1"

NAMES = (
    "started",
    "connected",
    "lookout_released",
    "rule_alert_released",
    "rule_alert_received",
    "officer_alert_released",
    "officer_alert_plan",
    "officer_alert_received",
    "picture_received",
    "picture_withheld",
    "withheld_record",
    "withheld_pages",
    "withheld_files",
    "sighting_came_back",
    "receipts_verify",
    "withdrawn_everywhere",
    "picture_withdrawn",
    "clean_stop",
    "withheld_after_stop",
    "roots_equal",
    "proof_verifies_offline",
    "in_time",
)
"""Every check there is; one that was not reached counts as one that does not hold."""


BUDGET_S = 60.0
"""From the beginning to the last check, founding, start and stop included."""


class Failed(Exception):
    """A check does not hold, in words for a person. Never holds a title, a text or a link."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check; `node` where it is about one node."""

    name: str
    ok: bool
    node: str | None
    detail: str


@dataclass(frozen=True, slots=True)
class Withheld:
    """A node that may not hold an alert, and why: a code of `docs/protocol.md`, who may follow a feed."""

    node: str
    code: str


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert that was released; `entitled` are other nodes than its own."""

    id: str
    how: str
    detector: str | None
    label: str
    feed: str
    index: int
    entitled: tuple[str, ...]
    withheld: tuple[Withheld, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """A node's receipt for an alert. Times from the commit: to the receipt at the origin, to the row on a screen there."""

    id: str
    node: str
    size: int
    cosignature_ok: bool
    commit_to_durable_ms: float | None
    commit_to_sse_ms: float | None


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the demonstration as it ran."""

    node: str
    name: str
    web: str
    federation: str
    pid: int
    exit_code: int | None


@dataclass(slots=True)
class Report:
    """Grows as the self-check goes on."""

    version: str
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    clock: Callable[[], float] = time.monotonic
    began: float = field(init=False)
    seconds: float = 0.0
    nodes: list[Node] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    say: Callable[[str], None] = lambda _: None

    def __post_init__(self) -> None:
        self.began = self.clock()

    @property
    def ok(self) -> bool:
        """Every check was made and holds."""
        return {check.name for check in self.checks} >= set(NAMES) and all(check.ok for check in self.checks)

    def hold(self, name: str, ok: bool, detail: str, *, node: str | None = None) -> None:
        """Note one check."""
        if name not in NAMES:
            raise ValueError(f"{name}: no check of this self-check")
        self.checks.append(Check(name, ok, node, detail))
        self.say(f"{'ok  ' if ok else 'FAIL'}  {name}{f' at {node}' if node else ''}: {detail}")

    def making(self, name: str) -> Making:
        """Whatever goes wrong inside makes the check `name` one that does not hold; the self-check goes on."""
        return Making(self, name)

    def close(self) -> None:
        """Note how long it took, and what was not reached."""
        took = self.clock() - self.began
        self.seconds = round(took, 1)
        self.hold("in_time", took <= BUDGET_S, f"{took:.1f} s, of at most {BUDGET_S:.0f} s")
        made = {check.name for check in self.checks}
        for name in NAMES:
            if name not in made:
                self.hold(name, ok=False, detail="not reached")

    def as_json(self) -> dict[str, Any]:
        """The values of the schema."""
        return {
            "schema": SCHEMA,
            "ok": self.ok,
            "version": self.version,
            "started": f"{self.started:%Y-%m-%dT%H:%M:%SZ}",
            "seconds": self.seconds,
            "nodes": [asdict(node) for node in self.nodes],
            "alerts": [asdict(alert) for alert in self.alerts],
            "receipts": [asdict(receipt) for receipt in self.receipts],
            "latency_ms": {
                "commit_to_durable": _figures([r.commit_to_durable_ms for r in self.receipts]),
                "commit_to_sse": _figures([r.commit_to_sse_ms for r in self.receipts]),
            },
            "checks": [asdict(check) for check in self.checks],
        }


@dataclass(frozen=True, slots=True)
class Making:
    """A piece of a self-check, named after the check that fails with it."""

    report: Report
    name: str

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if isinstance(error, Failed):
            self.report.hold(self.name, ok=False, detail=str(error))
        elif isinstance(error, Exception):
            self.report.hold(self.name, ok=False, detail=f"the check itself failed: {_where(error)}")
        return isinstance(error, Exception)


def _figures(values: Sequence[float | None]) -> dict[str, float | int | None]:
    known = [value for value in values if value is not None]
    return {
        "samples": len(known),
        "min": min(known, default=None),
        "median": statistics.median(known) if known else None,
        "max": max(known, default=None),
    }


def _where(error: Exception) -> str:
    """The sort of a fault and the line it came from; its words might hold content."""
    frames = traceback.extract_tb(error.__traceback__)
    return (
        f"{type(error).__name__} at {frames[-1].name}:{frames[-1].lineno}" if frames else type(error).__name__
    )
