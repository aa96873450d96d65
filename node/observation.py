"""What a sensor reports before anybody has judged it: frozen, typed, never shared as it is.

Guarantees that every value is inside the range its standard allows, or absent (`None`, empty). Guarantees nothing about truth:
a ship says of itself who and where it is, and may lie. Event time (`at`) is the node's own unless the sensor's `trust_time`
says otherwise, and then it is bounded. ISO 19156 calls these observations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from protocol.ids import UnixMs

Scalar = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom an observation is about: an indicator type and its stored form (`mmsi`, `200123456`)."""

    type: str
    value: str


@dataclass(frozen=True, slots=True)
class Observation:
    """One report of one sensor: `sensor` is its name in the configuration, `at` the event time (Unix ms)."""

    kind: ClassVar[str] = "observation"
    modality: ClassVar[str] = ""

    sensor: str
    site: str
    at: UnixMs

    def subjects(self) -> tuple[Subject, ...]:
        """Whom it is about, in the stored form of indicators; empty for a sensor's report about itself."""
        return ()

    def fields(self) -> dict[str, Scalar]:
        """What an alert cites of it, absent values left out; units stand in the names."""
        return {}


@dataclass(frozen=True, slots=True)
class VesselStatic(Observation):
    """Who a ship says it is (ITU-R M.1371 messages 5, 19, 24). `imo` is 7 digits with a good check digit, or empty."""

    kind: ClassVar[str] = "vessel_static"
    modality: ClassVar[str] = "ais"

    station: str
    mmsi: int
    imo: str = ""
    name: str = ""
    call_sign: str = ""
    ship_type: int | None = None
    length_m: int | None = None
    beam_m: int | None = None

    def subjects(self) -> tuple[Subject, ...]:
        """The ship's MMSI, and its IMO number when it gave a good one."""
        return vessel_subjects(self.mmsi, self.imo)

    def fields(self) -> dict[str, Scalar]:
        """Identity as the ship gave it."""
        return _present(
            mmsi=f"{self.mmsi:09d}",
            imo=self.imo or None,
            ship_name=self.name or None,
            call_sign=self.call_sign or None,
            ship_type=self.ship_type,
            length_m=self.length_m,
            beam_m=self.beam_m,
        )


@dataclass(frozen=True, slots=True)
class VesselPosition(Observation):
    """Where a ship says it is: WGS84 degrees, speed over ground in knots, course in degrees from true north.

    `ship_class` is "A" or "B"; `accuracy_m` is the error the report itself allows; `static` what is known of the ship so far.
    """

    kind: ClassVar[str] = "vessel_position"
    modality: ClassVar[str] = "ais"

    station: str
    mmsi: int
    lat: float
    lon: float
    ship_class: str
    accuracy_m: int
    sog_kn: float | None = None
    cog_deg: float | None = None
    nav_status: int | None = None
    turning: bool = False
    static: VesselStatic | None = None

    def subjects(self) -> tuple[Subject, ...]:
        """The ship's MMSI, and its IMO number when one is known."""
        return vessel_subjects(self.mmsi, self.static.imo if self.static else "")

    def fields(self) -> dict[str, Scalar]:
        """Position and movement as the ship gave them."""
        return _present(
            mmsi=f"{self.mmsi:09d}",
            lat=self.lat,
            lon=self.lon,
            accuracy_m=self.accuracy_m,
            ship_class=self.ship_class,
            sog_kn=self.sog_kn,
            cog_deg=self.cog_deg,
            nav_status=self.nav_status,
            station=self.station or None,
            ship_name=(self.static.name or None) if self.static else None,
        )

    @property
    def called(self) -> str:
        """What to call it in a title: its number alone; a name is free text that any transmitter can put in the air."""
        return f"MMSI {self.mmsi:09d}"


@dataclass(frozen=True, slots=True)
class SensorSilent(Observation):
    """Nothing valid was heard from the sensor since `since` (Unix ms); `connected` tells a mute source from a lost one."""

    kind: ClassVar[str] = "sensor_silent"

    since: UnixMs
    connected: bool

    def fields(self) -> dict[str, Scalar]:
        """How long it has been silent, in seconds."""
        return {"silent_s": (self.at - self.since) / 1000, "connected": self.connected}


@dataclass(frozen=True, slots=True)
class SensorBack(Observation):
    """The sensor is heard again after a silence that began at `since` (Unix ms)."""

    kind: ClassVar[str] = "sensor_back"

    since: UnixMs

    def fields(self) -> dict[str, Scalar]:
        """How long it had been silent, in seconds."""
        return {"silent_s": (self.at - self.since) / 1000}


def vessel_subjects(mmsi: int, imo: str) -> tuple[Subject, ...]:
    """A ship's identities as indicator values."""
    number = Subject("mmsi", f"{mmsi:09d}")
    return (number, Subject("imo", imo)) if imo else (number,)


def _present(**values: Scalar | None) -> dict[str, Scalar]:
    return {name: value for name, value in values.items() if value is not None}
