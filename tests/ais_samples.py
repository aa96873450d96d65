"""Ships, sentences and a clock that is told, for tests of the senses."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pyais import encode_dict

from node.clock import Clock
from node.detector import Detection, Detector
from node.observation import Observation, VesselPosition, VesselStatic
from node.sensors.ais import AisConfig, Receiver
from protocol.ids import UnixMs

START = UnixMs(1_800_000_000_000)
DEMO_GEO = Path(__file__).resolve().parent.parent / "deploy" / "demo" / "geo"


@dataclass(slots=True)
class ToldClock(Clock):
    now: UnixMs = START

    def now_ms(self) -> UnixMs:
        return self.now

    def pass_s(self, seconds: float) -> UnixMs:
        self.now = UnixMs(self.now + round(seconds * 1000))
        return self.now


def ais_config(**changes: Any) -> AisConfig:
    table: dict[str, Any] = {"type": "ais", "site": "antwerp", "source": "tcp://127.0.0.1:1", **changes}
    return AisConfig.model_validate(table)


def receiver(**changes: Any) -> Receiver:
    return Receiver(ais_config(**changes), sensor="vts", now=START)


def sentences(sort: int = 1, *, seq: int = 1, channel: str = "A", **fields: Any) -> list[bytes]:
    message: dict[str, Any] = {"type": sort, "mmsi": 200_000_001, **fields}
    if sort in {1, 18}:
        message = {"lat": 51.4, "lon": 3.0, "speed": 12.0, "course": 90.0, "status": 0, **message}
    lines = encode_dict(message, talker_id="AI", sentence_type="VDM", radio_channel=channel, seq_id=seq)
    return [line.encode("ascii") for line in lines]


def checksum(body: bytes) -> bytes:
    total = 0
    for byte in body:
        total ^= byte
    return b"%02X" % total


def tagged(line: bytes, **tags: object) -> bytes:
    block = ",".join(f"{name}:{value}" for name, value in tags.items()).encode()
    return b"\\" + block + b"*" + checksum(block) + b"\\" + line


def ship(mmsi: int = 200_000_001, *, at: int = START, name: str = "", **changes: Any) -> VesselPosition:
    static = VesselStatic("vts", "antwerp", UnixMs(at), "", mmsi, name=name) if name else None
    fix = VesselPosition(
        "vts", "antwerp", UnixMs(at), "", mmsi, 51.49, 2.95, "A", 10, 12.0, 90.0, 0, static=static
    )
    return replace(fix, **changes)


def drive(
    detector: Detector, fixes: Sequence[Observation], *, until: int = 0, step_ms: int = 500
) -> list[Detection]:
    """Feeds observations at their event times, with a tick every half second all along and on to `until`."""
    found: list[Detection] = []
    tick = fixes[0].at + step_ms
    for fix in fixes:
        while tick <= fix.at:
            found += detector.tick(UnixMs(tick))
            tick += step_ms
        found += detector.on(fix, fix.at)
    while tick <= until:
        found += detector.tick(UnixMs(tick))
        tick += step_ms
    return found


def square(path: Path, west: float, south: float, east: float, north: float) -> Path:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "properties": {}, "geometry": shape}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return path
