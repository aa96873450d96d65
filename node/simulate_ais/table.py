"""The table of ships (CSV, `deploy/demo/vessels.csv`): facts of real ships, and invented ones; checked when read.

Guarantees that only invented ships have a part that misbehaves, that their names begin with DEMO and their MMSI with an
unallocated country code. An error names file, line and column.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from node.allowed import allowed, like

INVENTED_MID = 200
"""No country: the ITU's table of maritime identification digits begins with 201."""

AREAS = ("antwerp", "scheldt", "zeebrugge", "all")
_FILE_MAX = 4 << 20


class TableError(ValueError):
    """A table that cannot be used; names file, line and column."""


def _absent(value: object) -> object:
    return None if value == "" else value


def _words(value: object) -> object:
    return tuple(str(value).split())


Number = Annotated[float | None, BeforeValidator(_absent)]
Whole = Annotated[int | None, BeforeValidator(_absent)]


class Vessel(BaseModel):
    """One ship as it was, or as it was made up."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mmsi: int = Field(ge=1, le=999_999_999)
    imo: Whole = None
    name: Annotated[
        str, like(r"[ -?A-Z\[\]\\^_]{0,20}", "at most 20 of the capitals, digits and signs of AIS")
    ] = ""
    ship_type: Whole = Field(default=None, ge=0, le=99)
    ship_class: Literal["A", "B"]
    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    course_deg: Number = Field(default=None, ge=0, lt=360)
    speed_kn: float = Field(ge=0, le=102.2)
    heading_deg: Whole = Field(default=None, ge=0, lt=360)
    nav_status: Whole = Field(default=None, ge=0, le=14)
    length_m: Whole = Field(default=None, ge=0, le=1000)
    beam_m: Whole = Field(default=None, ge=0, le=120)
    areas: Annotated[tuple[Literal["antwerp", "scheldt", "zeebrugge"], ...], BeforeValidator(_words)]
    track: Annotated[
        str,
        like(
            r"stay|line:[\d.]{1,6}|fairway(:[\d.]{1,6})?", "stay, line:<number>, fairway or fairway:<number>"
        ),
    ]
    role: Annotated[
        str, like(r"(watched|dark|jump:\d{1,3}:\d{1,4})?", "nothing, watched, dark or jump:<number>:<number>")
    ] = ""
    origin: Literal["recording", "invented"]

    @model_validator(mode="after")
    def _only_invented_ships_misbehave(self) -> Vessel:
        marked = self.name.startswith("DEMO") and self.mmsi // 1_000_000 == INVENTED_MID
        if self.origin == "invented" and not marked:
            raise ValueError(f"an invented ship is named DEMO… and its MMSI begins with {INVENTED_MID}")
        if self.origin == "recording" and self.role:
            raise ValueError("a real ship has no role: it only sails on")
        return self


def vessels(path: Path, area: str = "all") -> tuple[Vessel, ...]:
    """The ships of one of `AREAS`, in the order of the file; lines beginning with # are comments."""
    try:
        if path.stat().st_size > _FILE_MAX:
            raise TableError(f"{path}: larger than {_FILE_MAX} bytes")
        text = path.read_text("utf-8")
    except OSError as error:
        raise TableError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TableError(f"{path}: not UTF-8 at byte {error.start}") from error
    numbered = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line and line[0] != "#"]
    rows = csv.DictReader(line for _, line in numbered)
    ships = _checked(path, [number for number, _ in numbered[1:]], rows)
    return tuple(ship for ship in ships if area == "all" or area in ship.areas)


def _checked(path: Path, numbers: list[int], rows: Iterable[Mapping[str, str]]) -> list[Vessel]:
    ships: list[Vessel] = []
    seen: set[int] = set()
    for number, row in zip(numbers, rows, strict=False):
        try:
            ship = Vessel.model_validate(dict(row))
        except ValidationError as error:
            first = error.errors()[0]
            column = ".".join(str(part) for part in first["loc"]) or "the row"
            raise TableError(f"{path}:{number}: {column}: {allowed(first)}") from error
        except TypeError as error:
            raise TableError(f"{path}:{number}: more fields than columns") from error
        if ship.mmsi in seen:
            raise TableError(f"{path}:{number}: mmsi: stands in the table twice")
        seen.add(ship.mmsi)
        ships.append(ship)
    if not ships:
        raise TableError(f"{path}: no ships in it")
    return ships
