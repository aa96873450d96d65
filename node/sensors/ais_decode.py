"""From a whole AIS message to an observation (ITU-R M.1371-5, annex 8), with what is "not available" left out.

Guarantees that positions are on the Earth, that the standard's defaults (latitude 91, longitude 181, speed 102.3, course 360)
never become values, and that the table of ships is bounded. Decodes every message, so that what pyais cannot read is counted;
makes observations of positions (1, 2, 3, 18, 19, 27) and of static data (5, 19, 24) only.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import Any, Final

from pyais.bit_vector import bit_vector
from pyais.exceptions import AISBaseException
from pyais.messages import MSG_CLASS

from node.observation import Observation, VesselPosition, VesselStatic
from node.sensors.ais_nmea import Whole
from protocol.ids import UnixMs

SHIPS_MAX = 20_000
"""Ships whose static data is remembered; the one not renewed for longest goes first."""

_MMSI_MAX: Final = 999_999_999
_CLASS: Final = {1: "A", 2: "A", 3: "A", 18: "B", 19: "B", 27: "A"}
_STATIC: Final = frozenset({5, 19, 24})
_NEEDED: Final = {1: 128, 2: 128, 3: 128, 18: 124, 27: 94, 5: 270, 19: 301, 24: 160}
_PART_B: Final = 162
"""Bits up to the end of the last field used here; a shorter message would be read with a field cut off, as another number."""

_GOOD_M: Final = 10
_POOR_M: Final = 100
_LONG_RANGE_M: Final = 200
"""M.1371: the accuracy flag means at most 10 m; message 27 counts in tenths of a minute, 185 m of latitude."""

_TURNING: Final = 10.0
"""Degrees a minute; M.1371-5 annex 2, 4.3.2: course is changing when heading differs by 5 degrees from the mean of 30 s."""

_UNREADABLE = (
    AISBaseException,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    ArithmeticError,
)
"""What pyais raises for bits that are no message of the announced type."""


class Decoder:
    """Messages in, observations out; joins what ships said of themselves to where they are."""

    def __init__(self, *, sensor: str, site: str, counts: Counter[str]) -> None:
        self._sensor = sensor
        self._site = site
        self._counts = counts
        self._ships: OrderedDict[int, VesselStatic] = OrderedDict()

    def take(self, whole: Whole, at: UnixMs) -> Observation | None:
        """The observation of one message; `at` is its event time. `None` for other messages and for what is not usable."""
        if not whole.payload:
            self._counts["no_payload"] += 1
            return None
        try:
            bits = bit_vector(whole.payload, whole.fill)
            message: Any = MSG_CLASS[bits.get(0, 6)].from_vector(bits)
        except _UNREADABLE:
            self._counts["undecodable"] += 1
            return None
        self._counts["messages"] += 1
        sort = message.msg_type
        needed = _NEEDED.get(sort)
        if needed is None:
            return None
        if sort == 24 and message.partno == 1:
            needed = _PART_B
        if len(bits) < needed or not 0 < message.mmsi <= _MMSI_MAX:
            self._counts["unusable"] += 1
            return None
        if sort in _STATIC:
            return self._static(message, whole.stamp.station, at)
        return self._position(message, whole.stamp.station, at)

    @property
    def ships(self) -> int:
        """How many ships' static data is remembered."""
        return len(self._ships)

    def _position(self, message: Any, station: str, at: UnixMs) -> VesselPosition | None:
        lat, lon, mmsi = message.lat, message.lon, message.mmsi
        speed, course = message.speed, message.course
        if not (-90.0 <= lat <= 90.0 and -180.0 <= lon <= 180.0):
            self._counts["no_position" if lat == 91.0 or lon == 181.0 else "bad_position"] += 1
            return None
        sort = message.msg_type
        turn = message.turn if sort <= 3 else 0.0  # the hot path: 1 to 3 are nearly all there is
        status: Any = message.status if sort <= 3 or sort == 27 else 15
        return VesselPosition(
            self._sensor,
            self._site,
            at,
            station,
            mmsi,
            lat,
            lon,
            _CLASS[sort],
            _LONG_RANGE_M if sort == 27 else _GOOD_M if message.accuracy else _POOR_M,
            speed if speed <= (102.2 if sort != 27 else 62.0) else None,
            course if course < 360.0 else None,
            None if status == 15 else int(status),
            turn != -128.0 and abs(turn) >= _TURNING,
            self._ships.get(mmsi),
        )

    def _static(self, message: Any, station: str, at: UnixMs) -> Observation | None:
        mmsi = message.mmsi
        known = self._ships.pop(mmsi, None) or VesselStatic(self._sensor, self._site, at, station, mmsi)
        ship = VesselStatic(
            self._sensor,
            self._site,
            at,
            station,
            mmsi,
            imo(getattr(message, "imo", None)) or known.imo,
            _text(message, "shipname") or known.name,
            _text(message, "callsign") or known.call_sign,
            _type(message) or known.ship_type,
            _size(message, "to_bow", "to_stern") or known.length_m,
            _size(message, "to_port", "to_starboard") or known.beam_m,
        )
        if len(self._ships) >= SHIPS_MAX:
            del self._ships[next(iter(self._ships))]
        self._ships[mmsi] = ship
        return self._position(message, station, at) if message.msg_type == 19 else ship


def imo(number: int | None) -> str:
    """An IMO ship number as 7 digits, or empty if it has not 7 or its check digit is wrong (resolution A.1117(30))."""
    if number is None or not 1_000_000 <= number <= 9_999_999:
        return ""
    digits = str(number)
    total = sum(int(digit) * weight for digit, weight in zip(digits, range(7, 1, -1), strict=False))
    return digits if total % 10 == int(digits[6]) else ""


def _text(message: Any, name: str) -> str:
    """A six-bit text field: printable ASCII by its coding, ends at the first `@`."""
    value = getattr(message, name, None)
    return " ".join(value.partition("@")[0].split()) if isinstance(value, str) else ""


def _type(message: Any) -> int | None:
    value = getattr(message, "ship_type", None)
    return int(value) if value else None


def _size(message: Any, one: str, other: str) -> int | None:
    """Metres between the two ends, if the ship gave both."""
    ends = getattr(message, one, None), getattr(message, other, None)
    return (ends[0] or 0) + (ends[1] or 0) or None
