"""The contract of a sensor: an asynchronous iterator of observations with a typed configuration.

A sensor is one module in `node/sensors/` with the constant `SENSOR`; its module name is its `type` in the configuration. It
reconnects by itself, takes its input for hostile (caps before parsing), counts what it dropped by reason, and reports its own
silence as an observation. It never ends by itself: it stops when `aclose` is called.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from node.allowed import allowed
from node.clock import Clock
from node.observation import Observation
from protocol.ids import Random, UnixMs

_NAME = re.compile(r"[a-z][a-z_]{0,39}")


class SensorError(Exception):
    """No such sensor, or one that cannot be opened as configured; says which are known or what to change."""


class Said(StrEnum):
    """What a sensor says of itself, by its code."""

    NOT_OPEN = "not_open"
    NOT_CONNECTED = "not_connected"
    HEARD = "heard"
    SILENT = "silent"
    CLOSED = "closed"
    NO_ANSWER = "no_answer"


@dataclass(frozen=True, slots=True)
class SensorHealth:
    """How a sensor is: `last_heard` is the arrival (Unix ms) of its last valid input, `words` a code of `Said`, or one line of the
    system's own English where none fits.
    """

    name: str
    type: str
    connected: bool
    silent: bool
    last_heard: UnixMs | None
    words: str


class Listening(Protocol):
    """An open sensor."""

    def __aiter__(self) -> AsyncIterator[Observation]:
        """The observations as they come; one iterator at a time."""
        ...

    def stats(self) -> Mapping[str, int]:
        """Counters since it was opened: what was taken, and what was dropped, by reason."""
        ...

    def health(self) -> SensorHealth:
        """How it is now."""
        ...

    async def aclose(self) -> None:
        """Stop and let go of sockets; the iterator ends."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """Where a sensor stands in this node: its name in the configuration, its site, and what it may not read for itself."""

    name: str
    site: str
    clock: Clock
    random: Random


C = TypeVar("C", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensor(Generic[C]):
    """What a plug-in offers: its type's name, the model of its whole table, and how to open it (connects in the background).

    `counted`: those counters of `stats` that metrics tell, to readers without clearance: what came in alone moves them, not how
    busy this node is.
    """

    name: str
    config: type[C]
    open: Callable[[C, Station], Listening]
    counted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A configured sensor under its name; can be opened again and again."""

    name: str
    sensor: Sensor[Any]
    config: Any

    def open(self, clock: Clock, random: Random) -> Listening:
        """Begin to listen."""
        place = Station(name=self.name, site=str(self.config.site), clock=clock, random=random)
        return self.sensor.open(self.config, place)


def source(name: str, table: Mapping[str, Any]) -> Source:
    """One `[sensors.<name>]` table, checked; `SensorError` names key and problem."""
    try:
        sensor = load(str(table.get("type", "")))
        return Source(name, sensor, sensor.config.model_validate(dict(table)))
    except SensorError as error:
        raise SensorError(f"sensors.{name}.type: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise SensorError(f"sensors.{name}.{key}: {allowed(first)}") from error


def load(sensor: str) -> Sensor[Any]:
    """The sensor of that type; `SensorError` names the known ones."""
    if _NAME.fullmatch(sensor) and (found := _constant(sensor)):
        return found
    raise SensorError(f"no sensor type {sensor[:40]!r}; known: {', '.join(known())}")


def known() -> tuple[str, ...]:
    """All sensor types, sorted."""
    import node.sensors

    return tuple(
        sorted(name for _, name, _ in pkgutil.iter_modules(node.sensors.__path__) if _constant(name))
    )


def _constant(name: str) -> Sensor[Any] | None:
    module = f"node.sensors.{name}"
    try:
        found = getattr(importlib.import_module(module), "SENSOR", None)
    except ModuleNotFoundError as error:
        if error.name == module:
            return None
        raise
    return found if isinstance(found, Sensor) else None
