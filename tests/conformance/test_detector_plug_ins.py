"""Every detector plug-in makes findings that become alerts: words of the alert kind's lists, lengths that a record holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import ports
import pytest
from ais_samples import START, drive, ship, square

from node.commands.raise_alert import alert_of
from node.detector import Bench, Detection, known, running
from protocol.errors import BadRecord
from protocol.ids import UnixMs
from protocol.record import content_type, serialise, validate

MIN = 60_000
LONGEST = "W" * 20
"""The longest name that AIS carries."""


def gap(folder: Path) -> list[Detection]:
    square(folder / "coverage.geojson", 2.0, 51.0, 5.0, 52.0)
    square(folder / "quays.geojson", 4.2, 51.2, 4.4, 51.4)
    table = {"rule": "ais_gap", "coverage": "coverage.geojson", "quays": "quays.geojson"}
    crowd = [
        replace(ship(mmsi), at=UnixMs(at), lat=51.6)
        for at in range(START, START + 40 * MIN, 10_000)
        for mmsi in range(200_000_100, 200_000_110)
    ]
    found = running("x", table, Bench(folder=folder)).detector
    return drive(found, [ship(name=LONGEST), *crowd], until=START + 40 * MIN)


def jumps(folder: Path) -> list[Detection]:
    """One ship that jumps, a second that is at two places, and later a crowd that jumps alike."""
    table = {"rule": "impossible_speed", "two_places_window": "5m"}
    fixes = [
        ship(at=START + second * 1000, name=LONGEST, lat=52.5 if second % 20 else 51.49)
        for second in range(0, 100, 10)
    ]
    for step in (0, 10_000):
        for number in range(30):
            lat = 51.0 + number / 1000 + (1.0 if step else 0.0)
            fixes.append(ship(200_000_100 + number, at=START + 300_000 + step, lat=lat, name=LONGEST))
    found = running("x", table, Bench(folder=folder)).detector
    return drive(found, fixes, until=START + 400_000)


SCENES: dict[str, Callable[[Path], list[Detection]]] = {"ais_gap": gap, "impossible_speed": jumps}


def test_every_plug_in_has_a_scene() -> None:
    assert set(SCENES) == set(known())


@pytest.mark.parametrize("rule", sorted(SCENES))
def test_what_it_finds_is_a_record(rule: str, tmp_path: Path) -> None:
    port = ports.port()
    found = SCENES[rule](tmp_path)
    assert found
    for detection in found:
        message = alert_of(detection, port.ctx)
        validate(
            content_type("alert"), serialise(message), register=port.ctx.register, now=detection.occurred_to
        )
        assert len(detection.title.text) <= 120
        assert len(detection.explanation) <= 10
        assert len(detection.observations) <= 50
        assert detection.rearm_ms > 0


@pytest.mark.parametrize("field", ["category", "severity", "certainty", "urgency"])
def test_a_word_of_no_list_is_refused_as_the_record_it_would_be(field: str, tmp_path: Path) -> None:
    (good, *_) = gap(tmp_path)
    changes: dict[str, Any] = {field: "Purple"}
    bad = replace(good, **changes)
    with pytest.raises(BadRecord, match=rf"alert\.{field}: one of "):
        alert_of(bad, ports.port().ctx)


def test_what_the_wire_format_cannot_hold_is_refused_as_the_record_it_would_be(tmp_path: Path) -> None:
    (good, *_) = gap(tmp_path)
    half = replace(good, title=replace(good.title, text="\ud800"))
    for bad in (half, replace(good, occurred_from=UnixMs(1 << 70))):
        with pytest.raises(BadRecord, match="values that a record can hold"):
            alert_of(bad, ports.port().ctx)
