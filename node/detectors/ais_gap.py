"""R6: a class A ship that was under way where this receiver hears it well, and then went silent.

Looks at a ship once in each silence, when it has lasted longer than `min_gap` and than `interval_factor` reporting intervals of
ITU-R M.1371. Says nothing when the ship was moored, anchored or slower than 0.5 kn; near a quay; outside the coverage; when its
course and speed would have taken it out of the coverage or to a quay by then; or when more than `outage_share` of the ships
fell silent with it: then it is the receiver, and those ships are forgotten until heard again. A sensor that reports its own
silence takes all ships heard through it along.

Under `demo.speed` all times are divided by it; intervals and gaps in sentences are the ships' own time.
Sources: Welch 2022, EPJ Data Science 2024 (most silences are near the coast, hence the quay distance); M.1371-5 table 1.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import Field

from node.config import Table
from node.config_values import Ms, between
from node.detector import Bench, Detection, DetectorError, DetectorType, Sentence, Spot, claimed
from node.geo import KN_MS, NM_M, Area, GeoError, ahead, area
from node.observation import Observation, SensorSilent, VesselPosition
from protocol.ids import UnixMs

VERSION: Final = "1.0"
SHIPS_MAX: Final = 20_000
SLOW_KN: Final = 0.5
_AT_REST: Final = frozenset({1, 5, 6})
"""Navigational status at anchor, moored, aground (M.1371-5 table 45)."""

_PEERS_MS: Final = 300_000
"""Ships heard this long before a silence began are those it is compared with: longer than the 3 min of a moored ship."""

_PEERS_MIN: Final = 4
"""A share of fewer ships says nothing about the receiver."""

_EXAMINED_MAX: Final = 200
"""Silences looked at in one tick; the rest in the next, so that one tick stays short whatever happens."""


class AisGapConfig(Table):
    """Thresholds of R6."""

    rule: Literal["ais_gap"]
    coverage: Path = Field(strict=False)
    min_gap: Annotated[Ms, between("1s")] = 900_000
    interval_factor: Annotated[float, Field(ge=2, le=10_000, strict=False)] = 20
    quays: Path = Field(strict=False)
    quay_distance_nm: Annotated[float, Field(ge=0, le=100, strict=False)] = 5.0
    outage_share: Annotated[float, Field(gt=0, le=1, strict=False)] = 0.3
    rearm: Annotated[Ms, between("1s")] = 21_600_000


class _Last(NamedTuple):
    fix: VesselPosition
    heard: UnixMs


@dataclass(slots=True)
class AisGap:
    """The running detector (`node.detector.Detector`); ships stand in the order in which they were last heard."""

    config: AisGapConfig
    coverage: Area
    quays: Area
    speed: float = 1.0
    _ships: OrderedDict[int, _Last] = field(default_factory=OrderedDict)
    _silent: OrderedDict[int, _Last] = field(default_factory=OrderedDict)

    def on(self, observation: Observation, now: UnixMs) -> list[Detection]:
        """A ship is heard, or a sensor is not; findings come from `tick`."""
        if isinstance(observation, VesselPosition):
            if observation.ship_class == "A" and 200_000_000 <= observation.mmsi <= 799_999_999:
                self._heard(observation, now)
        elif isinstance(observation, SensorSilent):
            self._lose(observation.sensor)
        return []

    def tick(self, now: UnixMs) -> list[Detection]:
        """Looks at the ships whose silence has become long enough."""
        found: list[Detection] = []
        for mmsi, last in self._due(now):
            del self._ships[mmsi]
            if not self._suspicious(last, now):
                self._remember(mmsi, last)
            elif self._outage(last, now):
                self._remember(mmsi, last)
                self._forget_silent(now)
                break
            else:
                self._remember(mmsi, last)
                found.append(self._detection(last, now))
        return found

    def size(self) -> int:
        """Ships held."""
        return len(self._ships) + len(self._silent)

    def _heard(self, fix: VesselPosition, now: UnixMs) -> None:
        mmsi = fix.mmsi
        if mmsi in self._ships:
            self._ships.move_to_end(mmsi)
        else:
            self._silent.pop(mmsi, None)
            if len(self._ships) >= SHIPS_MAX:
                self._ships.popitem(last=False)
        self._ships[mmsi] = _Last(fix, now)

    def _lose(self, sensor: str) -> None:
        """The sensor itself is silent: nothing follows from the silence of what was heard through it."""
        for ships in (self._ships, self._silent):
            for mmsi in [mmsi for mmsi, last in ships.items() if last.fix.sensor == sensor]:
                del ships[mmsi]

    def _remember(self, mmsi: int, last: _Last) -> None:
        """A ship already looked at still counts among the silent ones of an outage."""
        if len(self._silent) >= SHIPS_MAX:
            self._silent.popitem(last=False)
        self._silent[mmsi] = last

    def _due(self, now: UnixMs) -> list[tuple[int, _Last]]:
        """The longest silent first; ends at the first that is heard well, since all behind it were heard later."""
        due: list[tuple[int, _Last]] = []
        for mmsi, last in self._ships.items():
            if now - last.heard <= self._real(self.config.min_gap) or len(due) >= _EXAMINED_MAX:
                break
            if now - last.heard > self._real(self._threshold_ms(last.fix)):
                due.append((mmsi, last))
        return due

    def _threshold_ms(self, fix: VesselPosition) -> float:
        return max(self.config.min_gap, self.config.interval_factor * reporting_interval_s(fix) * 1000)

    def _outage(self, last: _Last, now: UnixMs) -> bool:
        """Whether too many of the ships heard just before this silence began are silent now too."""
        begun = last.heard - self._real(_PEERS_MS)
        peers = silent = 1
        for ships in (self._ships, self._silent):
            for other in ships.values():
                if other.heard >= begun:
                    peers += 1
                    silent += now - other.heard > self._real(self._quiet_ms(other.fix))
        return peers >= _PEERS_MIN and silent > self.config.outage_share * peers

    def _quiet_ms(self, fix: VesselPosition) -> float:
        """Silent enough to count towards an outage: sooner than for an alert, since the others fell silent a little later."""
        return max(self.config.min_gap / 2, 2000 * reporting_interval_s(fix))

    def _forget_silent(self, now: UnixMs) -> None:
        """Nothing follows from these silences; they go on counting as silent for what falls silent soon after."""
        for mmsi, last in list(self._ships.items()):
            if now - last.heard > self._real(self._quiet_ms(last.fix)):
                del self._ships[mmsi]
                self._remember(mmsi, last)

    def _suspicious(self, last: _Last, now: UnixMs) -> bool:
        fix = last.fix
        if fix.sog_kn is None or fix.sog_kn <= SLOW_KN or fix.nav_status in _AT_REST:
            return False
        if not self._open_water(fix.lat, fix.lon):
            return False
        if fix.cog_deg is None:
            return True
        sailed = fix.sog_kn * KN_MS * (now - last.heard) / 1000 * self.speed
        return all(
            self._open_water(*ahead(fix.lat, fix.lon, fix.cog_deg, sailed * part)) for part in (0.5, 1.0)
        )

    def _open_water(self, lat: float, lon: float) -> bool:
        limit = self.config.quay_distance_nm * NM_M
        return self.coverage.holds(lat, lon) and self.quays.distance_m(lat, lon) > limit

    def _detection(self, last: _Last, now: UnixMs) -> Detection:
        gap_s = (now - last.heard) / 1000 * self.speed
        quay_nm = self.quays.distance_m(last.fix.lat, last.fix.lon) / NM_M
        peers = sum(1 for other in self._ships.values() if now - other.heard <= self._real(_PEERS_MS))
        return _detection(self.config, last.fix, now, gap_s=gap_s, quay_nm=quay_nm, peers=peers)

    def _real(self, ms: float) -> float:
        return ms / self.speed


def reporting_interval_s(fix: VesselPosition) -> float:
    """How often a class A ship reports, in seconds (ITU-R M.1371-5, annex 1, table 1)."""
    speed = fix.sog_kn or 0.0
    if fix.nav_status in _AT_REST and speed <= 3:
        return 180.0
    if speed <= 14:
        return 10 / 3 if fix.turning else 10.0
    if speed <= 23:
        return 2.0 if fix.turning else 6.0
    return 2.0


def _detection(
    config: AisGapConfig, fix: VesselPosition, now: UnixMs, *, gap_s: float, quay_nm: float, peers: int
) -> Detection:
    interval, minutes = reporting_interval_s(fix), gap_s / 60
    threshold_s = max(config.min_gap / 1000, config.interval_factor * interval)
    return Detection(
        detector="ais_gap",
        version=VERSION,
        rule="R6",
        category="vessel_anomaly",
        severity="Moderate",
        certainty="Possible",
        urgency="Immediate",
        title=Sentence(
            "ais_gap.dark",
            f"Dark vessel: {fix.called} silent for {minutes:.0f} min while under way",
            (("ship", fix.called), ("minutes", round(minutes))),
        ),
        explanation=(
            Sentence(
                "ais_gap.silence",
                f"No position for {minutes:.1f} min; under way it reports every {interval:.0f} s "
                f"(ITU-R M.1371), alert after {threshold_s / 60:.1f} min.",
                (("minutes", round(minutes, 1)), ("interval_s", round(interval, 1))),
            ),
            Sentence(
                "ais_gap.last",
                f"Last heard at {abs(fix.lat):.4f}° {'N' if fix.lat >= 0 else 'S'}, "
                f"{abs(fix.lon):.4f}° {'E' if fix.lon >= 0 else 'W'}, {fix.sog_kn or 0:.1f} kn"
                + (f", course {fix.cog_deg:.0f}°." if fix.cog_deg is not None else "."),
                (("lat", fix.lat), ("lon", fix.lon), ("sog_kn", fix.sog_kn or 0.0)),
            ),
            Sentence(
                "ais_gap.place",
                f"That is inside this receiver's coverage and {quay_nm:.1f} nm from the nearest quay.",
                (("quay_nm", round(quay_nm, 1)),),
            ),
            Sentence(
                "ais_gap.receiver",
                f"Other class A ships heard here in the last {_PEERS_MS // 60_000} min: {peers}; "
                f"too few of them are silent for a fault of the receiver.",
                (("ships", peers),),
            ),
            *claimed(fix),
        ),
        observations=(fix,),
        subjects=fix.subjects(),
        place=Spot(fix.lat, fix.lon, fix.accuracy_m),
        occurred_from=fix.at,
        occurred_to=now,
        score=round(min(1.0, 0.5 * gap_s / threshold_s), 3),
        key=f"ais_gap:mmsi:{fix.mmsi:09d}",
        rearm_ms=config.rearm,
    )


def _make(config: AisGapConfig, bench: Bench) -> AisGap:
    try:
        return AisGap(
            config, area(bench.folder / config.coverage), area(bench.folder / config.quays), bench.speed
        )
    except GeoError as error:
        raise DetectorError(str(error)) from error


DETECTOR = DetectorType(
    name="ais_gap",
    rule="R6",
    version=VERSION,
    consumes=frozenset({VesselPosition, SensorSilent}),
    config=AisGapConfig,
    make=_make,
    files=("coverage", "quays"),
)
