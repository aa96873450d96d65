"""Erasures as screens show them: what waits for a second person, and what the ports say of what was erased."""

from __future__ import annotations

from dataclasses import dataclass

from protocol.ids import UnixMs
from web.views.names import Named
from web.views.records import Row


@dataclass(frozen=True, slots=True)
class ErasureAsked:
    """A record that somebody wants erased. `row` None: it stands in no list of this officer now, on hold for one.

    `digest`: exactly what an agreement is to, in hex. `may_agree`: somebody else asked for it.
    """

    record: str
    kind: str
    row: Row | None
    reason: int
    digest: str
    asked_by: str
    asked_ms: UnixMs
    may_agree: bool


@dataclass(frozen=True, slots=True)
class ErasedThere:
    """A port that may have had an erased record. `state`: destroyed, held (by an authority's reference), waiting; `at_ms` of its word."""

    node: Named
    state: str
    at_ms: UnixMs | None = None


@dataclass(frozen=True, slots=True)
class ErasureDone:
    """An erased record of this port, without a word of it. `here`: cooling, destroyed, held."""

    record: str
    kind: str
    reason: int
    at_ms: UnixMs
    here: str
    ports: tuple[ErasedThere, ...]


@dataclass(frozen=True, slots=True)
class ErasuresView:
    """What is asked for, the oldest first; what was erased, the newest first, and whether there is more of that."""

    asked: tuple[ErasureAsked, ...]
    done: tuple[ErasureDone, ...]
    more: bool = False


@dataclass(frozen=True, slots=True)
class ErasureChanged:
    """It is not what was agreed to. `dropped`: nobody asks for it any more; else it was asked for anew meanwhile."""

    dropped: bool
