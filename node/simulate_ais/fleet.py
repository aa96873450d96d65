"""What the ships send and when: ITU-R M.1371 messages 1, 5, 18 and 24 in AIVDM sentences, by pyais.

Two clocks: ships sail and report in simulated seconds; those that misbehave do so in real seconds, so that a demonstration
need not wait for them. A jump shows within `JUMP_S`, a silence begins `DARK_AFTER_S` after somebody began to listen. Same
table, seed and times: same sentences.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pyais import encode_dict

from node.geo import ahead
from node.simulate_ais.table import Vessel
from node.simulate_ais.track import Fix, Line, Track

JUMP_S = 2.0
"""Real seconds at each of its two places."""

DARK_AFTER_S = 10.0
"""Real seconds of sending before a dark ship falls silent."""

DARK_S = 1_500.0
"""Simulated seconds of silence (25 min, R6 asks for 15), and at least `DARK_AFTER_S` real ones."""

_STATIC_S = 360.0
_MISBEHAVING_S = 0.8
_CLASS_B_S = 30.0
_CLASS_B_SLOW_S = 180.0
_AT_REST = frozenset({1, 5, 6})


@dataclass(slots=True)
class _Ship:
    vessel: Vessel
    track: Track
    next_s: float
    next_static_s: float


class Fleet:
    """All ships of the area; `due` is asked again and again as time goes on."""

    def __init__(
        self, vessels: Iterable[Vessel], fairways: Mapping[str, Line], *, seed: int, speed: float = 1.0
    ) -> None:
        self._speed = speed
        self._random = random.Random(seed)  # noqa: S311 a spread of reports over time, no secret
        self._sequence = 0
        self._channel = "B"
        self._turn = 0
        self._listened_from = 0.0
        self._ships = [self._launch(vessel, fairways) for vessel in vessels]

    def __len__(self) -> int:
        """How many ships there are."""
        return len(self._ships)

    def listener(self, real_s: float) -> list[str]:
        """Somebody begins to listen: who everybody is, and dark ships begin anew."""
        self._listened_from = real_s
        return [line for ship in self._ships for line in self._static(ship.vessel)]

    def due(self, real_s: float) -> list[str]:
        """The sentences that are due `real_s` real seconds after the beginning."""
        found: list[str] = []
        now = real_s * self._speed
        for ship in self._ships:
            if now >= ship.next_static_s:
                ship.next_static_s = now + _STATIC_S
                if not self._dark(ship.vessel, real_s):
                    found += self._static(ship.vessel)
            if now >= ship.next_s:
                fix = self._fix(ship, real_s)
                ship.next_s = now + self._interval_s(ship.vessel, fix)
                if not self._dark(ship.vessel, real_s):
                    found += self._position(ship.vessel, fix, now)
        return found

    def next(self, real_s: float, count: int) -> list[str]:
        """The next `count` reports, ships in turn, however soon: for load."""
        found: list[str] = []
        for _ in range(count):
            ship = self._ships[self._turn % len(self._ships)]
            self._turn += 1
            if not self._dark(ship.vessel, real_s):
                found += self._position(ship.vessel, self._fix(ship, real_s), real_s * self._speed)
        return found

    def _launch(self, vessel: Vessel, fairways: Mapping[str, Line]) -> _Ship:
        track = Track(vessel, fairways)
        first = self._random.random() * self._interval_s(vessel, track.at(0))
        return _Ship(vessel, track, first, self._random.random() * _STATIC_S)

    def _fix(self, ship: _Ship, real_s: float) -> Fix:
        fix = ship.track.at(real_s * self._speed)
        if ship.vessel.role.startswith("jump") and int(real_s / JUMP_S) % 2:
            _, course, km = ship.vessel.role.split(":")
            lat, lon = ahead(fix.lat, fix.lon, float(course), float(km) * 1000)
            return Fix(lat, lon, fix.course_deg, fix.speed_kn)
        return fix

    def _dark(self, vessel: Vessel, real_s: float) -> bool:
        if vessel.role != "dark":
            return False
        silent_s = max(DARK_S / self._speed, DARK_AFTER_S)
        return (real_s - self._listened_from) % (DARK_AFTER_S + silent_s) >= DARK_AFTER_S

    def _interval_s(self, vessel: Vessel, fix: Fix) -> float:
        """Simulated seconds to its next report (M.1371-5 annex 1, table 1 and 2); misbehaving ones more often."""
        if vessel.role:
            return _MISBEHAVING_S * self._speed
        if vessel.ship_class == "B":
            return _CLASS_B_S if fix.speed_kn > 2 else _CLASS_B_SLOW_S
        if fix.speed_kn <= 3 and (vessel.nav_status in _AT_REST or fix.speed_kn <= 0.5):
            return 180.0
        return 10.0 if fix.speed_kn <= 14 else 6.0 if fix.speed_kn <= 23 else 2.0

    def _position(self, vessel: Vessel, fix: Fix, now: float) -> list[str]:
        message: dict[str, Any] = {
            "type": 1 if vessel.ship_class == "A" else 18,
            "mmsi": vessel.mmsi,
            "speed": fix.speed_kn,
            "accuracy": True,
            "lat": round(fix.lat, 6),
            "lon": round(fix.lon, 6),
            "course": 360.0 if fix.course_deg is None else round(fix.course_deg, 1) % 360,
            "heading": 511 if vessel.heading_deg is None else self._heading(vessel, fix),
            "second": int(now) % 60,
        }
        if vessel.ship_class == "A":
            message |= {"status": 15 if vessel.nav_status is None else vessel.nav_status, "turn": -128}
        return self._encoded(message)

    def _heading(self, vessel: Vessel, fix: Fix) -> int:
        under_way = fix.speed_kn > 0.5 and fix.course_deg is not None
        return round(fix.course_deg or 0) % 360 if under_way else vessel.heading_deg or 0

    def _static(self, vessel: Vessel) -> list[str]:
        if not vessel.name and vessel.ship_type is None:
            return []  # the recording does not say who it is
        bow, beam = (vessel.length_m or 0) // 2, (vessel.beam_m or 0) // 2
        hull = {
            "to_bow": bow,
            "to_stern": (vessel.length_m or 0) - bow,
            "to_port": beam,
            "to_starboard": (vessel.beam_m or 0) - beam,
        }
        kind: dict[str, Any] = {"mmsi": vessel.mmsi, "ship_type": vessel.ship_type or 0, **hull}
        if vessel.ship_class == "B":
            named = {"type": 24, "partno": 0, "mmsi": vessel.mmsi, "shipname": vessel.name}
            return [*self._encoded(named), *self._encoded({"type": 24, "partno": 1, **kind})]
        return self._encoded({"type": 5, "imo": vessel.imo or 0, "shipname": vessel.name, "epfd": 1, **kind})

    def _encoded(self, message: dict[str, Any]) -> list[str]:
        self._channel = "A" if self._channel == "B" else "B"
        self._sequence = (self._sequence + 1) % 10
        return encode_dict(
            message,
            talker_id="AI",
            sentence_type="VDM",
            radio_channel=self._channel,
            seq_id=self._sequence,
        )
