"""What a record kind is: the value `KIND` of a file in `protocol/kinds/`, found by its module's name.

Guarantees nothing by itself; `protocol/record.py` applies it and one shared test runs over all kinds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from protocol.fields import Table
from protocol.ids import UnixMs
from protocol.v1 import records_pb2 as pb

Faults = Iterable[tuple[str, str]]
Values = Iterable[tuple[str, pb.IndicatorValue]]
Places = Iterable[tuple[str, pb.Place]]


def _no_values(_body: Any) -> Values:
    return ()


def _no_places(_body: Any) -> Places:
    return ()


def _no_caveats(_body: Any) -> Iterable[str]:
    return ()


def _no_persons(_body: Any) -> bool:
    return False


def _no_faults(_record: pb.Record, _now: UnixMs | None) -> Faults:
    return ()


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """One kind: its table, what no single field can say, and what screens, matching and policy ask of it."""

    name: str
    table: Table
    check: Callable[[pb.Record, UnixMs | None], Faults] = _no_faults
    """Cross checks: (path, rule); the time is the author's clock, at a holder the header's issue time."""
    summary: str = ""
    """The field that says in words what it is about."""
    words: tuple[str, ...] = ()
    """Fields a person typed, scanned for what should not be in them."""
    values: Callable[[Any], Values] = _no_values
    """The indicators in the body, each with its path."""
    places: Callable[[Any], Places] = _no_places
    """The places in the body, each with its path."""
    persons: Callable[[Any], bool] = _no_persons
    """Whether the body concerns persons, beyond its indicators."""
    caveats: Callable[[Any], Iterable[str]] = _no_caveats
    """Caveats that this body asks of its label, beyond PERSONAL."""
    listed: tuple[tuple[str, str], ...] = ()
    """(field, list of the register's vocabulary its codes stand in)"""
    expires_most_ms: int | None = None
    """Such a record expires, at most so long after issue."""
    common: tuple[str, ...] | None = None
    """Required fields of the common part, where not all that are usual; then nobody is asked who is responsible."""
    published: bool = True
    """False: only content of another op."""
