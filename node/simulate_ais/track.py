"""Where a ship is after so many simulated seconds: a pure function of its row and the time, so that any moment can be asked.

Ships sail to and fro on their track, since nothing here knows where they were bound. A ship keeps to the fairway's starboard
side and drifts there from where it was recorded over its first kilometres. Not a model of seamanship.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import cos, radians

from node.geo import KN_MS, ahead, bearing_deg, distance_m
from node.simulate_ais.table import Vessel

_LANE_M = 120.0
_MERGE_M = 3_000.0
_WIDEST_M = 1_000.0

Point = tuple[float, float]
"""Latitude and longitude, degrees."""


@dataclass(frozen=True, slots=True)
class Fix:
    """A position with course and speed as they are sent."""

    lat: float
    lon: float
    course_deg: float | None
    speed_kn: float


class Line:
    """A polyline measured in metres from its first point."""

    def __init__(self, points: Sequence[Point]) -> None:
        self._points = points
        self._marks = [0.0]
        for one, other in pairwise(points):
            self._marks.append(self._marks[-1] + distance_m(*one, *other))

    @property
    def metres(self) -> float:
        """Its length."""
        return self._marks[-1]

    def at(self, metres: float) -> tuple[Point, float]:
        """The point so far along it, and the course of the line there."""
        leg = min(max(bisect_right(self._marks, metres) - 1, 0), len(self._points) - 2)
        one, other = self._points[leg], self._points[leg + 1]
        course = bearing_deg(*one, *other)
        return ahead(*one, course, metres - self._marks[leg]), course

    def nearest(self, lat: float, lon: float) -> float:
        """How far along it the point nearest to this one is, to about 50 m."""
        steps = max(2, round(self.metres / 50))
        along = (self.metres * step / steps for step in range(steps + 1))
        return min(along, key=lambda metres: distance_m(lat, lon, *self.at(metres)[0]))


class Track:
    """Where one ship is; it begins where the table says."""

    def __init__(self, vessel: Vessel, fairways: Mapping[str, Line]) -> None:
        self._vessel = vessel
        sort, _, number = vessel.track.partition(":")
        self._line: Line | None = None
        self._low, self._high, self._start, self._up = 0.0, 0.0, 0.0, True
        self._aside: Point = (0.0, 0.0)
        self._lane = 0.0
        if sort == "line" and vessel.course_deg is not None:
            end = ahead(vessel.lat, vessel.lon, vessel.course_deg, float(number) * 1000)
            self._line = Line([(vessel.lat, vessel.lon), end])
            self._high = self._line.metres
        elif sort == "fairway":
            self._join_fairway(vessel, fairways, float(number) * 1000 if number else None)

    def at(self, seconds: float) -> Fix:
        """Position, course and speed after so many simulated seconds."""
        vessel = self._vessel
        if self._line is None or self._high <= self._low:
            return Fix(vessel.lat, vessel.lon, vessel.course_deg, vessel.speed_kn)
        sailed = vessel.speed_kn * KN_MS * seconds
        along, up = self._to_and_fro(sailed)
        (lat, lon), course = self._line.at(along)
        if not up:
            course = (course + 180) % 360
        if self._lane:
            lat, lon = ahead(lat, lon, (course + 90) % 360, self._lane * min(1.0, sailed / _MERGE_M))
        left = max(0.0, 1 - sailed / _MERGE_M)
        return Fix(lat + self._aside[0] * left, lon + self._aside[1] * left, course, vessel.speed_kn)

    def _to_and_fro(self, sailed: float) -> tuple[float, bool]:
        span = self._high - self._low
        begun = self._start - self._low if self._up else 2 * span - (self._start - self._low)
        there = (begun + sailed) % (2 * span)
        return (self._low + there, True) if there < span else (self._low + 2 * span - there, False)

    def _join_fairway(self, vessel: Vessel, fairways: Mapping[str, Line], reach: float | None) -> None:
        found = [(line, line.nearest(vessel.lat, vessel.lon)) for line in fairways.values()]
        if not found:
            return
        line, along = min(found, key=lambda one: distance_m(vessel.lat, vessel.lon, *one[0].at(one[1])[0]))
        (lat, lon), course = line.at(along)
        if distance_m(vessel.lat, vessel.lon, lat, lon) > _WIDEST_M:
            return
        self._line, self._start, self._lane = line, along, _LANE_M
        self._low = 0.0 if reach is None else max(0.0, along - reach)
        self._high = line.metres if reach is None else min(line.metres, along + reach)
        self._aside = (vessel.lat - lat, vessel.lon - lon)
        self._up = vessel.course_deg is None or cos(radians(vessel.course_deg - course)) >= 0
