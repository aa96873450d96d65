"""R11: a ship that cannot have sailed from where it was to where it says it is.

Three findings: an implied speed between two fixes above what its class can do; one MMSI at two places at once; or, when
several ships jump by the same vector, a disturbed satellite positioning in the area, which replaces the ships' own alerts.
Holds jumps for `jamming_hold` to tell the last from the first. Distances by haversine (error at most 0.56 %, `node/geo.py`).

Not flagged: positions that differ by no more than the reports' own accuracy and a delay of `time_slack` on the way explain.
Sources: Katsilieris 2013, Androjna 2021; ITU-R M.1371-5 for classes and accuracies.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from math import hypot
from typing import Final

from node.detector import Bench, Detection, DetectorType
from node.detectors.impossible_speed.terms import (
    JAMMING_WINDOW_MS,
    VERSION,
    ImpossibleSpeedConfig,
    Jump,
    area_detection,
    ship_detection,
)
from node.geo import KN_MS, distance_m, offset_m
from node.observation import Observation, VesselPosition
from protocol.ids import UnixMs

SHIPS_MAX: Final = 20_000
JUMPS_MAX: Final = 300
"""Jumps looked at together; what a hostile stream adds beyond costs nothing, comparing all pairs stays below 50 ms."""
FIXES_MAX: Final = 8
"""Fixes kept of a ship for the two-places rule; at the fastest interval of M.1371 (2 s) two transmitters fill it in 8 s."""

_ALIKE: Final = 0.2
_ALIKE_MIN_M: Final = 500.0
"""Two jumps are by the same vector when they differ by less than a fifth of the longer one, or 500 m."""

_SLACK_MIN_MS: Final = 1_000
_NEAR_M: Final = 500.0
_TWICE_MS: Final = 1_000


@dataclass(slots=True)
class _Held:
    jump: Jump
    places: tuple[VesselPosition, ...] = ()


@dataclass(slots=True)
class ImpossibleSpeed:
    """The running detector (`node.detector.Detector`)."""

    config: ImpossibleSpeedConfig
    speed: float = 1.0
    _fixes: OrderedDict[int, VesselPosition] = field(default_factory=OrderedDict)
    _since: dict[int, UnixMs] = field(default_factory=dict)
    _recent: dict[int, deque[VesselPosition]] = field(default_factory=dict)
    _held: dict[int, _Held] = field(default_factory=dict)
    _jumps: deque[Jump] = field(default_factory=lambda: deque(maxlen=JUMPS_MAX))
    _jammed: deque[Jump] = field(default_factory=lambda: deque(maxlen=JUMPS_MAX))

    def on(self, observation: Observation, now: UnixMs) -> list[Detection]:
        """One fix of one ship; what is found is returned by `tick` after the hold."""
        if not isinstance(observation, VesselPosition) or not 200_000_000 <= observation.mmsi <= 799_999_999:
            return []
        mmsi = observation.mmsi
        last = self._fixes.get(mmsi)
        if last is not None and observation.at < last.at:
            return []  # a late duplicate by another station
        if last is None and len(self._fixes) >= SHIPS_MAX:
            self._forget(next(iter(self._fixes)))
        if last is not None:
            # cheaper than any distance, and true of nearly all: less than half a mile since the last fix
            near = abs(observation.lat - last.lat) < 0.005 and abs(observation.lon - last.lon) < 0.005
            if not near:
                self._far(last, observation, now)
            elif mmsi in self._recent:
                self._two_places(observation, now)
            self._fixes.move_to_end(mmsi)
        else:
            self._since[mmsi] = now
        self._fixes[mmsi] = observation
        return []

    def tick(self, now: UnixMs) -> list[Detection]:
        """Detections whose hold is over, the area's before the ships'."""
        found = []
        while self._jumps and now - self._jumps[0].seen > JAMMING_WINDOW_MS:
            self._jumps.popleft()
        while self._jammed and now - self._jammed[0].seen > JAMMING_WINDOW_MS:
            self._jammed.popleft()
        for mmsi in [
            mmsi for mmsi, held in self._held.items() if now - held.jump.seen >= self.config.jamming_hold
        ]:
            held = self._held.pop(mmsi, None)
            if held is None:
                continue  # taken into an area's alert in this very round
            if together := self._together(held.jump):
                found += self._area(together)
            else:
                found.append(ship_detection(held.jump, held.places, self.config))
        return found

    def size(self) -> int:
        """Fixes and jumps held."""
        recent = sum(len(fixes) for fixes in self._recent.values())
        return len(self._fixes) + recent + len(self._held) + len(self._jumps) + len(self._jammed)

    def _far(self, last: VesselPosition, fix: VesselPosition, now: UnixMs) -> None:
        jump = self._jump(last, fix, now)
        if jump.fast:
            self._jumps.append(jump)
            self._hold(jump)
        if jump.metres > self.config.two_places_km * 1000:
            self._follow(last)
        if fix.mmsi in self._recent:
            self._two_places(fix, now)

    def _jump(self, last: VesselPosition, fix: VesselPosition, now: UnixMs) -> Jump:
        limit = self.config.max_kn_class_a if fix.ship_class == "A" else self.config.max_kn
        elapsed_s = (fix.at - last.at) / 1000 * self.speed
        slack_ms = max(self.config.time_slack / self.speed, min(self.config.time_slack, _SLACK_MIN_MS))
        reach = limit * KN_MS * (elapsed_s + slack_ms / 1000 * self.speed)
        metres = distance_m(last.lat, last.lon, fix.lat, fix.lon)
        fast = metres - last.accuracy_m - fix.accuracy_m > max(reach, _NEAR_M)
        vector = offset_m(last.lat, last.lon, fix.lat, fix.lon)
        known = now - self._since.get(fix.mmsi, now)
        return Jump(last, fix, metres, elapsed_s, limit, vector, now, fast, known)

    def _hold(self, jump: Jump, places: tuple[VesselPosition, ...] = ()) -> None:
        if len(self._held) < JUMPS_MAX:
            held = self._held.setdefault(jump.after.mmsi, _Held(jump))
            held.places = places or held.places

    def _follow(self, fix: VesselPosition) -> None:
        if fix.mmsi not in self._recent:
            if len(self._recent) >= JUMPS_MAX:
                del self._recent[next(iter(self._recent))]
            self._recent[fix.mmsi] = deque([fix], maxlen=FIXES_MAX)

    def _two_places(self, fix: VesselPosition, now: UnixMs) -> None:
        """Of a ship followed since it changed place: at least two fixes at each of two places, inside the window."""
        recent = self._recent[fix.mmsi]
        if any(_same(fix, one) for one in recent):
            return
        recent.append(fix)
        window = self.config.two_places_window / self.speed
        inside = [one for one in recent if fix.at - one.at <= window]
        if len(inside) < 2:
            del self._recent[fix.mmsi]
            return
        apart = self.config.two_places_km * 1000
        far = [one for one in inside if distance_m(fix.lat, fix.lon, one.lat, one.lon) > apart]
        near = [one for one in inside if one not in far]
        if len(far) >= 2 and len(near) >= 2:
            self._hold(self._jump(far[-1], fix, now), (*far[-2:], *near[-2:]))

    def _together(self, jump: Jump) -> list[Jump]:
        """The jumps of enough different ships by the vector of this one, the first of each ship; else none."""
        ships: dict[int, Jump] = {}
        for other in self._jumps:
            if _alike(jump, other):
                ships.setdefault(other.after.mmsi, other)
        return list(ships.values()) if len(ships) >= self.config.jamming_ships else []

    def _area(self, jumps: list[Jump]) -> list[Detection]:
        for jump in jumps:
            self._held.pop(jump.after.mmsi, None)
        known = any(_alike(jumps[0], jammed) for jammed in self._jammed)
        self._jammed.extend(jumps)
        return [] if known else [area_detection(jumps, self.config)]

    def _forget(self, mmsi: int) -> None:
        del self._fixes[mmsi]
        self._since.pop(mmsi, None)
        self._recent.pop(mmsi, None)


def _same(one: VesselPosition, other: VesselPosition) -> bool:
    """One report heard by two stations."""
    same = (one.lat, one.lon, one.sog_kn, one.cog_deg) == (other.lat, other.lon, other.sog_kn, other.cog_deg)
    return same and abs(one.at - other.at) <= _TWICE_MS


def _alike(one: Jump, other: Jump) -> bool:
    tolerance = max(_ALIKE_MIN_M, _ALIKE * max(one.metres, other.metres))
    return hypot(one.vector[0] - other.vector[0], one.vector[1] - other.vector[1]) < tolerance


def _make(config: ImpossibleSpeedConfig, bench: Bench) -> ImpossibleSpeed:
    return ImpossibleSpeed(config, bench.speed)


DETECTOR = DetectorType(
    name="impossible_speed",
    rule="R11",
    version=VERSION,
    consumes=frozenset({VesselPosition}),
    config=ImpossibleSpeedConfig,
    make=_make,
)
