"""The contract of a detector: a pure state machine over observations.

A detector is one module in `node/detectors/` with the constant `DETECTOR`; its module name is its `rule` in the configuration.
It reads no clock, no file and no random number after it was made, so that the same observations and times give the same
detections. Its state is bounded whatever is fed to it. It proposes; whether anything is released is decided elsewhere.
Deduplication and re-arming are the intake's (`node/intake.py`); a detection only carries its key and its re-arm time.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from node.allowed import allowed
from node.observation import Observation, Scalar, Subject, VesselPosition
from protocol.ids import UnixMs

_NAME = re.compile(r"[a-z][a-z_]{0,39}")


class DetectorError(Exception):
    """No such detector, or one that cannot be made as configured; says which are known or what to change."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where: WGS84 degrees, and within how many metres; `radius_m` 0 is a point."""

    lat: float
    lon: float
    accuracy_m: int = 0
    radius_m: int = 0


@dataclass(frozen=True, slots=True)
class Sentence:
    """A code for a catalogue with its values, and the English it comes to (at most 400 characters, units included)."""

    code: str
    text: str
    values: tuple[tuple[str, Scalar], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """What a detector found. Severity, certainty and urgency are CAP's words, the category one of the alert kind's list.

    `title` is at most 120 characters, `explanation` at most 10 sentences, `observations` at most 50, oldest first. Two
    detections with one `key` are the same finding; after one was raised, `rearm_ms` pass before the next.
    """

    detector: str
    version: str
    rule: str
    category: str
    severity: str
    certainty: str
    urgency: str
    title: Sentence
    explanation: tuple[Sentence, ...]
    observations: tuple[Observation, ...]
    subjects: tuple[Subject, ...]
    place: Spot | None
    occurred_from: UnixMs
    occurred_to: UnixMs
    score: float
    key: str
    rearm_ms: int


def claimed(fix: VesselPosition) -> tuple[Sentence, ...]:
    """What a ship says it is called, quoted and said to be its own word; for an explanation, never for a title."""
    name = fix.static.name if fix.static else ""
    return (Sentence("ship.claims", f"It calls itself “{name}”.", (("ship_name", name),)),) if name else ()


class Detector(Protocol):
    """A running detector."""

    def on(self, observation: Observation, now: UnixMs) -> list[Detection]:
        """Take one observation of a type it consumes; `now` is this node's time, never earlier than at the call before."""
        ...

    def tick(self, now: UnixMs) -> list[Detection]:
        """What follows from time alone; called about twice a second."""
        ...

    def size(self) -> int:
        """How many entries its state holds now."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What a detector is made with: the folder its paths are relative to, and simulated seconds a real second (1: none)."""

    folder: Path
    speed: float = 1.0


C = TypeVar("C", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorType(Generic[C]):
    """What a plug-in offers. `files` names the configuration's keys that are paths of files it reads when it is made.

    `follows_workers` (it follows people at work or joins ports): it does not start without its legal-basis card.
    """

    name: str
    rule: str
    version: str
    consumes: frozenset[type[Observation]]
    config: type[C]
    make: Callable[[C, Bench], Detector]
    files: tuple[str, ...] = ()
    follows_workers: bool = False


@dataclass(frozen=True, slots=True)
class Running:
    """A detector at work, under its name in the configuration."""

    name: str
    type: DetectorType[Any]
    detector: Detector


def running(name: str, table: Mapping[str, Any], bench: Bench) -> Running:
    """One `[detectors.<name>]` table, checked and made; `DetectorError` names key and problem."""
    try:
        sort = load(str(table.get("rule", "")))
        config = sort.config.model_validate(dict(table))
        _carded(sort, config)
        return Running(name, sort, sort.make(config, bench))
    except DetectorError as error:
        raise DetectorError(f"detectors.{name}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise DetectorError(f"detectors.{name}.{key}: {allowed(first)}") from error


def _carded(sort: DetectorType[Any], config: BaseModel) -> None:
    if sort.follows_workers and getattr(config, "legal_basis", None) is None:
        raise DetectorError("follows people at work; needs its table legal_basis")


def load(rule: str) -> DetectorType[Any]:
    """The detector of that rule name; `DetectorError` names the known ones."""
    if _NAME.fullmatch(rule) and (found := _constant(rule)):
        return found
    raise DetectorError(f"no detector rule {rule[:40]!r}; known: {', '.join(known())}")


def known() -> tuple[str, ...]:
    """All detector rules, sorted."""
    import node.detectors

    return tuple(
        sorted(name for _, name, _ in pkgutil.iter_modules(node.detectors.__path__) if _constant(name))
    )


def _constant(name: str) -> DetectorType[Any] | None:
    module = f"node.detectors.{name}"
    try:
        found = getattr(importlib.import_module(module), "DETECTOR", None)
    except ModuleNotFoundError as error:
        if error.name == module:
            return None
        raise
    return found if isinstance(found, DetectorType) else None
