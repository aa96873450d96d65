"""What each sensor and detector is tried with: one line here for a new plug-in, and the shared conformance tests run over it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ais_samples import START, ship, square

from node.observation import Observation
from protocol.ids import UnixMs

SENSORS: Mapping[str, dict[str, Any]] = {
    "ais": {"type": "ais", "site": "antwerp", "source": "tcp://127.0.0.1:1"},
}
"""A table that opens, by type; its source need not be there."""


LONGEST = "W" * 20
"""The longest name that AIS carries."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A detector's table, files it reads beside it, a run in which it finds something, and a flood of strangers.

    `flood(i)` are observations of ever new subjects; however many come, the state holds at most `most` entries.
    """

    table: dict[str, Any]
    files: Callable[[Path], None]
    run: tuple[Observation, ...]
    until: UnixMs
    flood: Callable[[int], tuple[Observation, ...]]
    most: int


def _nothing(_folder: Path) -> None:
    return


def _waters(folder: Path) -> None:
    square(folder / "coverage.geojson", 2.0, 51.0, 5.0, 52.0)
    square(folder / "quays.geojson", 4.2, 51.2, 4.4, 51.4)


def _dark() -> tuple[Observation, ...]:
    """One ship that stops reporting among ten that go on, every 10 s for 40 min."""
    crowd = [
        replace(ship(200_000_100 + n), at=UnixMs(START + s * 1000), lat=51.6)
        for s in range(0, 2400, 10)
        for n in range(10)
    ]
    return (ship(200_000_001, name=LONGEST), *crowd)


def _leaping() -> tuple[Observation, ...]:
    """A ship that jumps and then is at two places by turns, and later a crowd that jumps alike."""
    places = [
        ship(at=START + s * 1000, name=LONGEST, lat=52.5 if s % 20 else 51.49) for s in range(0, 100, 10)
    ]
    crowd = [
        ship(200_000_100 + n, at=START + 300_000 + later, lat=51.0 + n / 1000 + jump, name=LONGEST)
        for later, jump in ((0, 0.0), (10_000, 1.0))
        for n in range(30)
    ]
    return (*places, *crowd)


def _stranger(i: int) -> tuple[Observation, ...]:
    return (ship(200_000_000 + i, at=START + i),)


def _leaping_stranger(i: int) -> tuple[Observation, ...]:
    fix = ship(200_000_000 + i, at=START + i)
    return fix, replace(fix, lat=20.0, at=UnixMs(START + i + 1))


DETECTORS: Mapping[str, Sample] = {
    "ais_gap": Sample(
        {"rule": "ais_gap", "coverage": "coverage.geojson", "quays": "quays.geojson"},
        _waters,
        _dark(),
        UnixMs(START + 2_400_000),
        _stranger,
        most=40_000,
    ),
    "impossible_speed": Sample(
        {"rule": "impossible_speed", "two_places_window": "5m"},
        _nothing,
        _leaping(),
        UnixMs(START + 400_000),
        _leaping_stranger,
        most=24_000,
    ),
}
