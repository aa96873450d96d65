"""What a run of the benchmarks says: figures, each with its limit and the floor it stands on, and floors that are missing.

A figure without its floor says nothing, since this machine is shared and no other one is like it: so a run in which a floor is
missing ends with exit code 1. A target that is missed is reported as missed and ends nothing.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SCHEMA = "port2port/benchmarks/v1"
AT_MOST, AT_LEAST = "at most", "at least"


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """What the machine does without the product, or the product without the load; `samples` of which `value` is the median."""

    id: str
    target: int
    what: str
    unit: str
    samples: Sequence[float]

    @property
    def value(self) -> float:
        return statistics.median(self.samples)

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "target": self.target,
            "what": self.what,
            "unit": self.unit,
            "value": _round(self.value),
            "samples": [_round(one) for one in self.samples],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured figure. `limit`: what `performance.md` asks; `floor`: the id of what it is held against.

    With `times_floor` the limit is so many times the floor, else it is in the figure's own unit. Without either it is told only.
    """

    id: str
    target: int
    what: str
    unit: str
    samples: Sequence[float]
    limit: float | None = None
    sense: str = AT_MOST
    floor: str | None = None
    times_floor: bool = False

    @property
    def value(self) -> float:
        return statistics.median(self.samples)

    def ratio(self, floors: Mapping[str, Floor]) -> float | None:
        """How many times its floor it is."""
        floor = floors.get(self.floor or "")
        return self.value / floor.value if floor and floor.value else None

    def held(self, floors: Mapping[str, Floor]) -> bool | None:
        """Whether the target is met; None where none is set, or its floor is missing."""
        measured = self.ratio(floors) if self.times_floor else self.value
        if self.limit is None or measured is None:
            return None
        return measured <= self.limit if self.sense == AT_MOST else measured >= self.limit

    def as_json(self, floors: Mapping[str, Floor]) -> dict[str, Any]:
        ratio = self.ratio(floors)
        return {
            "id": self.id,
            "target": self.target,
            "what": self.what,
            "unit": self.unit,
            "value": _round(self.value),
            "samples": [_round(one) for one in self.samples],
            "limit": self.limit,
            "sense": self.sense,
            "times_floor": self.times_floor,
            "floor": self.floor,
            "ratio": None if ratio is None else _round(ratio),
            "held": self.held(floors),
        }


@dataclass(slots=True)
class Report:
    """One run. `wanted`: the floors without which it is worth nothing."""

    version: str
    quick: bool = False
    wanted: tuple[str, ...] = ()
    machine: dict[str, Any] = field(default_factory=dict)
    started: str = ""
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)
    quiet: list[dict[str, Any]] = field(default_factory=list)
    """How quiet the machine was in each section: share of the cores that others used, and what the host took."""
    series: dict[str, list[float]] = field(default_factory=dict)
    _floors: dict[str, Floor] = field(default_factory=dict)
    _figures: dict[str, Figure] = field(default_factory=dict)

    def floor(self, id: str, target: int, what: str, unit: str, samples: Iterable[float]) -> None:  # noqa: A002
        """Note a floor; one without samples is missing."""
        if found := list(samples):
            self._floors[id] = Floor(id=id, target=target, what=what, unit=unit, samples=found)

    def figure(self, figure: Figure) -> None:
        """Note a figure."""
        if figure.samples:
            self._figures[figure.id] = figure

    @property
    def floors(self) -> Mapping[str, Floor]:
        return self._floors

    @property
    def figures(self) -> Sequence[Figure]:
        return list(self._figures.values())

    @property
    def missing(self) -> list[str]:
        """Floors that were not measured: those wanted, and those that a figure names."""
        named = [figure.floor for figure in self._figures.values() if figure.floor]
        return [name for name in dict.fromkeys([*self.wanted, *named]) if name not in self._floors]

    @property
    def missed(self) -> list[str]:
        """Targets that do not hold."""
        return [one.id for one in self._figures.values() if one.held(self._floors) is False]

    @property
    def code(self) -> int:
        """Of the process: 1 where a floor is missing."""
        return 1 if self.missing else 0

    def as_json(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "version": self.version,
            "started": self.started,
            "seconds": round(self.seconds, 1),
            "quick": self.quick,
            "machine": self.machine,
            "quiet": self.quiet,
            "floors": [one.as_json() for one in self._floors.values()],
            "figures": [one.as_json(self._floors) for one in self._figures.values()],
            "missing": self.missing,
            "missed": self.missed,
            "notes": self.notes,
            "series": {name: [_round(one) for one in values] for name, values in self.series.items()},
        }


def percentile(samples: Sequence[float], share: float) -> float:
    """The value below which this share of the samples lies (nearest rank)."""
    ranked = sorted(samples)
    return ranked[min(int(len(ranked) * share), len(ranked) - 1)]


def _round(value: float) -> float:
    """Four significant digits: more would be noise."""
    return float(f"{value:.4g}")
