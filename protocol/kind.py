"""What a record kind is: the value `KIND` of a file in `protocol/kinds/`, found by its module's name.

Guarantees nothing by itself; `protocol/record.py` applies it and one shared test runs over all kinds. What other rooms
need to know of a kind stands here too, as words that they give a meaning: a shelf, a key of the configuration, rights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from protocol.fields import Table
from protocol.ids import UnixMs
from protocol.indicator import Subject
from protocol.v1 import records_pb2 as pb

Faults = Iterable[tuple[str, str]]
Values = Iterable[tuple[str, pb.IndicatorValue]]
Places = Iterable[tuple[str, pb.Place]]
Files = Iterable[pb.Blob]


class Shelf(StrEnum):
    """The list of the screens that a kind stands in; one that is not known stands in the library, and what is `none` in no list."""

    WATCH = "watch"
    LOOKOUTS = "lookouts"
    LIBRARY = "library"
    NONE = "none"


def no_values(_body: Any) -> Values:
    return ()


def _no_identities(_body: Any) -> Iterable[Subject]:
    return ()


def _no_places(_body: Any) -> Places:
    return ()


def _no_files(_body: Any) -> Files:
    return ()


def _no_caveats(_body: Any) -> Iterable[str]:
    return ()


def no_persons(_body: Any) -> bool:
    return False


def _no_turn(_before: Any, _after: Any) -> Faults:
    return ()


def _no_step(_before: Any, _after: Any) -> str:
    return ""


def _no_faults(_record: pb.Record, _now: UnixMs | None) -> Faults:
    return ()


@dataclass(frozen=True, slots=True)
class Pointer:
    """A field of the body that names other records (a `Ref` or a list of them), and what its author is held to.

    Each is held here, of one of these `kinds` (empty: any), and the label's readers may all read it, as with what the record derives
    from: else its id would tell them of it. `current`: it is in force. `back`: what names it goes to its origin, by name, unless
    that is this node. `held` false: it need not be here; where it is, the same holds of it.
    """

    field: str
    kinds: frozenset[str] = frozenset()
    held: bool = True
    current: bool = False
    back: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """One kind: its table, what no single field can say, and what screens, matching and policy ask of it."""

    name: str
    table: Table
    check: Callable[[pb.Record, UnixMs | None], Faults] = _no_faults
    """Cross checks: (path, rule); the time is the author's clock, at a holder the header's issue time."""
    says: tuple[str, ...] = ()
    """What `check` holds, in words, for the page of the protocol."""
    summary: str = ""
    """The field that says in words what it is about."""
    words: tuple[str, ...] = ()
    """Fields a person typed, scanned for what should not be in them, and searched: none of personal data."""
    values: Callable[[Any], Values] = no_values
    """The indicators in the body, each with its path."""
    identities: Callable[[Any], Iterable[Subject]] = _no_identities
    """Who the body says that it is about, beyond its indicators, as `protocol/identity.py` writes it; for conflicts of interest."""
    places: Callable[[Any], Places] = _no_places
    """The places in the body, each with its path."""
    files: Callable[[Any], Files] = _no_files
    """The files that the body lists, beyond the common part's attachments."""
    persons: Callable[[Any], bool] = no_persons
    """Whether the body concerns persons, beyond its indicators."""
    caveats: Callable[[Any], Iterable[str]] = _no_caveats
    """Caveats that this body asks of its label, beyond PERSONAL and those of every record of the kind."""
    always: frozenset[str] = frozenset()
    """Caveats of every record of the kind, whatever is in it: a label without them is refused by everybody."""
    listed: tuple[tuple[str, str], ...] = ()
    """(field, list of the register's vocabulary its codes stand in)"""
    pointers: tuple[Pointer, ...] = ()
    """The fields of the body that name other records."""
    addressee: str = ""
    """The field of the body that names the node it goes to, where it is set."""
    branch: str = ""
    """The field of the body that says which others may be there."""
    branches: Mapping[int, tuple[tuple[str, ...], tuple[str, ...]]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """By what stands in it: those that have to be there, and those that may be."""
    unique: str = ""
    """The field of the body of which an origin has each value in one record only."""
    turn: Callable[[Any, Any], Faults] = _no_turn
    """What a version may not change: (path, rule), from the bodies before (None: the first version) and after; authors only."""
    step: Callable[[Any, Any], str] = _no_step
    """The right that this version takes beside that of the kind, from the same two; "": none."""
    turns: tuple[str, ...] = ()
    """What `turn` and `step` hold, in words, for the page of the protocol."""
    lapses: str = ""
    """The field of the body that says until when it is in force; 0 there: it does not lapse."""
    expires_most_ms: int | None = None
    """Such a record expires, at most so long after issue."""
    common: tuple[str, ...] | None = None
    """Required fields of the common part, where not all that are usual; then nobody is asked who is responsible."""
    shelf: Shelf = Shelf.LIBRARY
    """Where screens list it."""
    retention: str = ""
    """The key of a node's [retention] that says how long it is kept; "": it is never released."""
    right: str = ""
    """The right at a node that publishing it takes, by its name in the relations model; "": nobody publishes it."""
    register_right: str = ""
    """The right that an organisation must have in the register; "": every organisation may say such a thing."""
    urgent: bool = False
    """Such a record goes ahead of a backlog, and a feed that has carried one has a beat."""
    exercises: bool = True
    """Whether it may be part of an exercise or test."""
