"""The terms of R11: its thresholds, a jump, and what is said of one, with units and evidence. No state, no decision."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot
from typing import Annotated, Final, Literal

from pydantic import Field

from node.config import Table
from node.config_values import Ms, between
from node.detector import Detection, Sentence, Spot, claimed
from node.geo import KN_MS, distance_m
from node.observation import Observation, Subject, VesselPosition
from protocol.ids import UnixMs

VERSION: Final = "1.0"
JAMMING_WINDOW_MS: Final = 60_000
"""Within this time jumps of different ships count as together."""

_SHIPS_CITED: Final = 25
_SUBJECTS: Final = 50
"""So many observations and subjects a record may cite."""


class ImpossibleSpeedConfig(Table):
    """Thresholds of R11."""

    rule: Literal["impossible_speed"]
    max_kn_class_a: Annotated[float, Field(gt=0, le=200, strict=False)] = 40.0
    max_kn: Annotated[float, Field(gt=0, le=500, strict=False)] = 60.0
    two_places_km: Annotated[float, Field(ge=1, le=1_000, strict=False)] = 5.0
    two_places_window: Annotated[Ms, between("1s", "1h")] = 60_000
    jamming_ships: Annotated[int, Field(ge=2, le=1_000)] = 5
    jamming_hold: Annotated[Ms, between("0s", "1m")] = 3_000
    time_slack: Annotated[Ms, between("0s", "5m")] = 15_000
    rearm: Annotated[Ms, between("1s")] = 3_600_000


@dataclass(frozen=True, slots=True)
class Jump:
    """Two fixes of one ship that do not go together; `elapsed_s` in the ship's time, `vector` in metres east and north.

    `known_ms`: how long the ship had been heard here when it jumped.
    """

    before: VesselPosition
    after: VesselPosition
    metres: float
    elapsed_s: float
    limit_kn: float
    vector: tuple[float, float]
    seen: UnixMs
    fast: bool
    known_ms: int = 0

    @property
    def knots(self) -> float:
        """The implied speed; fixes within one second count as one second apart."""
        return self.metres / max(self.elapsed_s, 1.0) / KN_MS


def ship_detection(
    jump: Jump, places: tuple[VesselPosition, ...], config: ImpossibleSpeedConfig
) -> Detection:
    """The alert about one ship; `places` are its fixes at two places, if the two-places rule holds."""
    fix, km = jump.after, jump.metres / 1000
    sentences = [_speed(jump)] if jump.fast else []
    if places:
        sentences.append(_places(places, config))
    sentences += [_where(jump), *claimed(fix)]
    return Detection(
        detector="impossible_speed",
        version=VERSION,
        rule="R11",
        category="vessel_anomaly",
        severity="Moderate",
        certainty="Likely",
        urgency="Immediate",
        title=Sentence(
            "impossible_speed.ship",
            f"Impossible position: {fix.called} moved {_km(km)} in {_seconds(jump.elapsed_s)}",
            (("ship", fix.called), ("km", round(km, 1)), ("seconds", round(jump.elapsed_s))),
        ),
        explanation=tuple(sentences),
        observations=_in_order([jump.before, jump.after, *places]),
        subjects=fix.subjects(),
        place=Spot(fix.lat, fix.lon, fix.accuracy_m),
        occurred_from=jump.before.at,
        occurred_to=max(one.at for one in (jump.after, *places)),
        score=_score(jump.knots / jump.limit_kn),
        key=f"impossible_speed:mmsi:{fix.mmsi:09d}",
        rearm_ms=config.rearm,
    )


def area_detection(jumps: list[Jump], config: ImpossibleSpeedConfig) -> Detection:
    """The one alert instead of the ships' own, over the circle where they were before the jump."""
    ships = len(jumps)
    fixes = [jump.before for jump in jumps]
    lat = sum(fix.lat for fix in fixes) / ships
    lon = sum(fix.lon for fix in fixes) / ships
    radius = max(distance_m(lat, lon, fix.lat, fix.lon) for fix in fixes)
    east, north = (sum(jump.vector[axis] for jump in jumps) / ships / 1000 for axis in (0, 1))
    cited = sorted(jumps, key=lambda jump: (-jump.known_ms, jump.after.mmsi))
    return Detection(
        detector="impossible_speed",
        version=VERSION,
        rule="R11",
        category="vessel_anomaly",
        severity="Moderate",
        certainty="Likely",
        urgency="Immediate",
        title=Sentence(
            "impossible_speed.area",
            f"Satellite positioning disturbed: {ships} ships jumped by the same vector",
            (("ships", ships),),
        ),
        explanation=(
            Sentence(
                "impossible_speed.vector",
                f"{ships} ships jumped {hypot(east, north):.1f} km within {JAMMING_WINDOW_MS // 1000} s, "
                f"all about {abs(east):.1f} km {'east' if east >= 0 else 'west'} and "
                f"{abs(north):.1f} km {'north' if north >= 0 else 'south'}.",
                (("ships", ships), ("east_km", round(east, 1)), ("north_km", round(north, 1))),
            ),
            Sentence(
                "impossible_speed.radius",
                f"Before the jump they were within {max(radius / 1000, 0.1):.1f} km of {_position(lat, lon)}.",
                (("radius_km", round(radius / 1000, 1)), ("lat", round(lat, 5)), ("lon", round(lon, 5))),
            ),
            Sentence(
                "impossible_speed.jamming",
                "Ships that move alike at once point to a disturbed receiver or a jammer, not to the ships.",
            ),
        ),
        observations=_in_order([fix for jump in cited[:_SHIPS_CITED] for fix in (jump.before, jump.after)]),
        subjects=_concerned(cited),
        place=Spot(lat, lon, radius_m=max(1, min(100_000, round(radius)))),
        occurred_from=min(jump.before.at for jump in jumps),
        occurred_to=max(jump.after.at for jump in jumps),
        score=_score(ships / config.jamming_ships),
        key=f"impossible_speed:area:{round(lat, 1)}:{round(lon, 1)}",
        rearm_ms=config.rearm,
    )


def _concerned(jumps: list[Jump]) -> tuple[Subject, ...]:
    """Every ship's number before any other identity, the longest heard first: ships made up a moment ago do not hide it."""
    named = [jump.after.subjects() for jump in jumps]
    return tuple(dict.fromkeys([*(one[0] for one in named), *(s for one in named for s in one[1:])]))[
        :_SUBJECTS
    ]


def _speed(jump: Jump) -> Sentence:
    return Sentence(
        "impossible_speed.speed",
        f"{_km(jump.metres / 1000)} in {_seconds(jump.elapsed_s)}: {jump.knots:,.0f} kn; "
        f"at most {jump.limit_kn:g} kn is possible for class {jump.after.ship_class}.".replace(",", " "),
        (
            ("km", round(jump.metres / 1000, 1)),
            ("seconds", round(jump.elapsed_s)),
            ("knots", round(jump.knots)),
            ("limit_kn", jump.limit_kn),
            ("ship_class", jump.after.ship_class),
        ),
    )


def _places(places: tuple[VesselPosition, ...], config: ImpossibleSpeedConfig) -> Sentence:
    far, near = places[0], places[-1]
    km = distance_m(far.lat, far.lon, near.lat, near.lon) / 1000
    window = config.two_places_window // 1000
    return Sentence(
        "impossible_speed.two_places",
        f"Within {window} s it reported at least twice from each of two places {km:.1f} km apart: "
        "two transmitters may be using one identity.",
        (("km", round(km, 1)), ("window_s", window)),
    )


def _where(jump: Jump) -> Sentence:
    one, other = jump.before, jump.after
    return Sentence(
        "impossible_speed.where",
        f"From {_position(one.lat, one.lon)} to {_position(other.lat, other.lon)}"
        + (f", reporting {other.sog_kn:.1f} kn over ground." if other.sog_kn is not None else "."),
        (("lat1", one.lat), ("lon1", one.lon), ("lat2", other.lat), ("lon2", other.lon)),
    )


def _in_order(fixes: list[VesselPosition]) -> tuple[Observation, ...]:
    return tuple(sorted(dict.fromkeys(fixes), key=lambda fix: fix.at))[:50]


def _position(lat: float, lon: float) -> str:
    return f"{abs(lat):.4f}° {'N' if lat >= 0 else 'S'}, {abs(lon):.4f}° {'E' if lon >= 0 else 'W'}"


def _km(km: float) -> str:
    return f"{km:.1f} km" if km < 100 else f"{km:.0f} km"


def _seconds(seconds: float) -> str:
    return "less than 1 s" if seconds < 1 else f"{seconds:.0f} s"


def _score(times: float) -> float:
    """0.5 at the threshold, towards 1 with how many times it is exceeded; a rank, not a probability."""
    return round(max(0.0, min(1.0, 1 - 0.5 / max(times, 0.5))), 3)
