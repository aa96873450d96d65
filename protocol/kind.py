"""What a record kind is: the value `KIND` of a file in `protocol/kinds/`, found by its module's name.

Guarantees nothing by itself; `protocol/record.py` applies it and one shared test runs over all kinds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from protocol.fields import Table
from protocol.ids import UnixMs
from protocol.v1 import records_pb2 as pb

Faults = Iterable[tuple[str, str]]


def _none(_body: Any) -> tuple[pb.IndicatorValue, ...]:
    return ()


def _nowhere(_body: Any) -> tuple[tuple[str, pb.Place], ...]:
    return ()


def _nobody(_body: Any) -> bool:
    return False


def _nothing(_record: pb.Record, _now: UnixMs | None) -> Faults:
    return ()


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """One kind: its table, what no single field can say, and what screens and matching ask of it.

    `check(record, now)` yields (path, rule); `now` is the author's clock, or the header's issue time at a holder.
    `expires_most_ms`: such a record must expire, at most so long after issue. `bare`: the common part holds only the kind.
    """

    name: str
    table: Table
    check: Callable[[pb.Record, UnixMs | None], Faults] = _nothing
    summary: str = ""
    """The field that says in words what it is about."""
    values: Callable[[Any], Iterable[pb.IndicatorValue]] = _none
    """The indicators in the body."""
    places: Callable[[Any], Iterable[tuple[str, pb.Place]]] = _nowhere
    """The places in the body, each with its path."""
    listed: tuple[tuple[str, str], ...] = ()
    """(field, list of the register's vocabulary its codes must stand in)."""
    words: tuple[str, ...] = ()
    """Fields with text a person typed, scanned for what should not be in it."""
    caveats: frozenset[str] = field(default_factory=frozenset)
    """Caveats every record of this kind carries."""
    expires_most_ms: int | None = None
    bare: bool = False
    persons: Callable[[Any], bool] = _nobody
    """Whether the body concerns persons, beyond its indicators."""
