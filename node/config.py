"""The configuration of one node: typed, closed, and precise about what is wrong where.

Guarantees that a loaded `Config` has no unknown key, no wrong type and every required key; each problem names file, line,
key, what was found and what is allowed. No secret stands in a configuration, only the path of one. A key that is accepted
here does something: what is not built yet is an unknown key, not a silent one.

Paths are relative to the file; only `keys.dir` and the database are below `node.data`. Durations: "500ms", "30s", "15m", "24h", "30d", "5y" (365 days each). Sizes: "4MiB".
"""

from __future__ import annotations

import re
import tomllib
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from node.allowed import allowed, like
from node.config_lines import line_of
from node.languages import LANGUAGES, known_language
from protocol.errors import ProtocolError
from protocol.ids import node_id
from protocol.limits import BLOB_MAX

_DURATION = re.compile(r"(\d+)(ms|s|m|h|d|y)")
_DURATION_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "y": 365 * 86_400_000}
_SIZE = re.compile(r"(\d+)(B|KiB|MiB|GiB)")
_SIZE_B = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_FILE_MAX = 1 << 20
_SHOWN = 60


class ConfigError(Exception):
    """One or more problems of a configuration file, each a full sentence of its own."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _milliseconds(value: object) -> int:
    if isinstance(value, str) and (found := _DURATION.fullmatch(value)):
        return int(found[1]) * _DURATION_MS[found[2]]
    raise ValueError('a duration such as "500ms", "30s", "15m", "24h", "30d" or "5y"')


def _size(value: object) -> int:
    if isinstance(value, str) and (found := _SIZE.fullmatch(value)):
        return int(found[1]) * _SIZE_B[found[2]]
    raise ValueError('a size such as "512B", "256KiB", "4MiB" or "20GiB"')


def _node(value: object) -> object:
    try:
        return node_id(str(value))
    except ProtocolError as error:
        raise ValueError(error.rule) from error


def _zone(value: str) -> str:
    from zoneinfo import available_timezones

    if value not in available_timezones():
        raise ValueError('a name of the IANA time zone database, such as "Europe/Brussels"')
    return value


def _listen(value: object) -> object:
    host, _, port = str(value).rpartition(":")
    if isinstance(value, str) and host and port.isdigit() and 0 < int(port) < 65536:
        return value
    raise ValueError('"host:port", the port from 1 to 65535')


def _listen_or_off(value: object) -> object:
    return value if value == "" else _listen(value)


def _network(value: object) -> object:
    try:
        if isinstance(value, str):
            return ip_network(value)
    except ValueError:
        pass
    raise ValueError('an address or a network such as "127.0.0.1", "10.1.2.0/28" or "fd00::1"')


def _is_loopback(url: str) -> bool:
    host = url.partition("://")[2].rsplit(":", 1)[0].strip("[]")
    return host in {"localhost", "::1"} or host.startswith("127.")


Ms = Annotated[int, BeforeValidator(_milliseconds)]
"""A duration in the file, milliseconds here."""


def between(least: str, most: str = "") -> AfterValidator:
    """Bounds of a duration, as a file would give them."""
    low, high = _milliseconds(least), _milliseconds(most) if most else None

    def check(value: int) -> int:
        if value < low or (high is not None and value > high):
            raise ValueError(f'"{least}" to "{most}"' if most else f'"{least}" or more')
        return value

    return AfterValidator(check)


Bytes = Annotated[int, BeforeValidator(_size)]
"""A size in the file, bytes here."""


def at_least(least: str) -> AfterValidator:
    """A bound of a size, as a file would give it."""
    low = _size(least)

    def check(value: int) -> int:
        if value < low:
            raise ValueError(f'"{least}" or more')
        return value

    return AfterValidator(check)


Listen = Annotated[str, BeforeValidator(_listen)]
Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]
Code = Annotated[str, like(r"[a-z0-9_-]{2,40}", "2 to 40 of a-z, 0-9, _ and -")]
Country = Annotated[str, like(r"[A-Z]{2}", 'two capital letters of ISO 3166, such as "BE"')]
Language = Annotated[str, AfterValidator(known_language)]
Regime = Literal["gdpr", "led", "intel", "judicial", "customs"]
LevelName = Literal["NONE", "RESTRICTED", "CONFIDENTIAL", "SECRET", "TOP-SECRET"]


class Table(BaseModel):
    """A table of the file: closed, and fixed once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Node(Table):
    """Who this node is."""

    id: Annotated[str, BeforeValidator(_node)]
    data: Path = Field(strict=False)
    timezone: Annotated[str, AfterValidator(_zone)] = "Europe/Brussels"
    languages: list[Language] = Field(default=list(LANGUAGES), min_length=1)


class Site(Table):
    """A place of this node; must be in the register with the same country."""

    id: Code
    country: Country
    unlocode: Annotated[str, like(r"[A-Z]{2}[A-Z0-9]{3}", 'a UN/LOCODE without its space, such as "BEANR"')]


class Keys(Table):
    """Where the node's private keys are and how they rest; `dir` is below node.data unless absolute."""

    source: Literal["sealed", "file"] = "sealed"
    passphrase_file: Path | None = Field(default=None, strict=False)
    dir: Path = Field(default=Path("keys"), strict=False)


class RegisterSource(Table):
    """The register's trust anchor. Newer registers come from peers by themselves."""

    trusted_root: Path = Field(strict=False)


class Accreditation(Table):
    """May narrow the register's entry, never widen it."""

    level: LevelName = "NONE"
    compartments: list[str] = []
    regimes: list[Regime] = Field(min_length=1)
    approval_number: str | None = None
    approval_issuer: str | None = None
    approval_expires: date | None = None

    @model_validator(mode="after")
    def _approved(self) -> Accreditation:
        approval = (self.approval_number, self.approval_issuer, self.approval_expires)
        if self.level != "NONE" and None in approval:
            raise ValueError("a level above NONE needs approval_number, approval_issuer and approval_expires")
        return self


class StoreUrl(Table):
    """The database: `sqlite:///node.db` below node.data."""

    url: Annotated[
        str,
        like(
            r"sqlite:///[A-Za-z0-9._-]+", '"sqlite:///" and the name of a file, such as "sqlite:///node.db"'
        ),
    ] = "sqlite:///node.db"
    high_water: Path | None = Field(default=None, strict=False)
    busy_timeout: Ms = 5_000
    cache: Bytes = 64 << 20


Ulid = Annotated[
    str, like(r"[0-9A-HJKMNP-TV-Z]{26}", "the 26 characters that `port2port policy install` prints")
]


class Relations(Table):
    """Which engine answers who has which role: in this process, or an OpenFGA server that has the same tuples."""

    engine: Literal["embedded", "openfga"] = "embedded"
    url: (
        Annotated[
            str, like(r"https?://[^/\s]+", '"https://host" or "http://host", with a port where it needs one')
        ]
        | None
    ) = None
    store: Ulid | None = None
    model: Ulid | None = None
    token_file: Path | None = Field(default=None, strict=False)
    ca_file: Path | None = Field(default=None, strict=False)
    timeout: Annotated[Ms, between("200ms", "10s")] = 1_000

    @model_validator(mode="after")
    def _whole(self) -> Relations:
        given = {
            name
            for name in ("url", "store", "model", "token_file", "ca_file")
            if getattr(self, name) is not None
        }
        if self.engine == "embedded" and given:
            raise ValueError(f'engine "embedded" asks no server: {", ".join(sorted(given))} would do nothing')
        if self.engine == "openfga" and self.url is None:
            raise ValueError('engine "openfga" needs url, where the server answers')
        if self.url is not None and self.url.startswith("http://") and not _is_loopback(self.url):
            raise ValueError("url must be https unless its host is a loopback address")
        return self


class Recovery(Table):
    """Files outside the database and outside every backup set, against which a restored backup is held."""

    erasures: Path = Field(strict=False)


class Federation(Table):
    """How this node speaks to its peers."""

    listen: Listen
    dial: Literal["all", "none"] | list[str] = "all"
    reconnect_min: Ms = 500
    reconnect_max: Ms = 30_000
    beat: Annotated[Ms, between("1s", "60s")] = 60_000
    max_silence: Annotated[Ms, between("60s", "24h")] = 150_000
    close_after: Annotated[Ms, between("1d")] = 30 * 86_400_000
    clock_warn: Annotated[Ms, between("1s", "5m")] = 60_000


class Web(Table):
    """The officers' screens."""

    listen: Listen
    public_url: Annotated[
        str,
        like(
            r"https?://[^/\s]+", '"https://host" or "http://host", with a port where it needs one and no path'
        ),
    ]
    session_idle: Ms = 30 * 60_000
    session_max: Ms = 12 * 3_600_000
    sign_in_attempts: Annotated[int, Field(ge=1, le=100)] = 5
    sign_in_window: Ms = 5 * 60_000
    cancel_window: Ms = 10_000
    trusted_proxies: list[Network] = []

    @model_validator(mode="after")
    def _https(self) -> Web:
        if self.public_url.startswith("http://") and not _is_loopback(self.public_url):
            raise ValueError("public_url must be https unless its host is a loopback address")
        if self.public_url.startswith("https://") and not self.trusted_proxies:
            raise ValueError(
                "public_url is https, which a proxy in front speaks: trusted_proxies must name its address, "
                "or all officers count as one visitor"
            )
        return self


class Release(Table):
    """Rules and limits of releasing."""

    auto_rules: Path | None = Field(default=None, strict=False)


class Retention(Table):
    """How long what is kept; every key is required, none may exceed the register's ceiling."""

    alert_unconfirmed: Ms
    incident: Ms
    indicator: Ms
    sighting_after_indicator: Ms
    best_practice: Ms
    modus_operandi: Ms
    notice: Ms
    security_level: Ms
    outcome: Ms
    request: Ms
    port_ban_after_end: Ms
    audit: Ms
    retracted_content: Ms


class Limits(Table):
    """Caps of what this node takes in."""

    disk_reserve: Bytes = 512 << 20
    origin_entries_per_day: Annotated[int, Field(ge=100)] = 100_000
    origin_bytes_per_day: Annotated[Bytes, at_least("1MiB")] = 512 << 20
    origin_erasures_per_hour: Annotated[int, Field(ge=1)] = 50
    blob: Annotated[Bytes, Field(ge=1, le=BLOB_MAX)] = BLOB_MAX
    blobs_total: Bytes = 20 << 30

    @model_validator(mode="after")
    def _shares(self) -> Limits:
        if self.blobs_total < 4 * self.blob:
            raise ValueError(
                "blobs_total must be at least four times blob: one origin may take a quarter of it"
            )
        return self


class Log(Table):
    """JSON lines on standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"


class Metrics(Table):
    """Where a monitoring system fetches figures; nowhere by default."""

    listen: Annotated[str, BeforeValidator(_listen_or_off)] = ""


class Demo(Table):
    """Demonstration only: refused unless the register says status `demo`."""

    enabled: bool = False
    speed: Annotated[float, Field(ge=1, le=10_000, strict=False)] = 1.0


class Config(Table):
    """One node's configuration, checked."""

    config_version: Literal[1]
    node: Node
    sites: list[Site] = Field(min_length=1)
    keys: Keys = Keys()
    register_: RegisterSource = Field(alias="register")
    accreditation: Accreditation
    store: StoreUrl = StoreUrl()
    relations: Relations = Relations()
    recovery: Recovery
    federation: Federation
    web: Web
    release: Release = Release()
    retention: Retention
    limits: Limits = Limits()
    log: Log = Log()
    metrics: Metrics = Metrics()
    sensors: dict[Code, dict[str, Any]] = {}
    detectors: dict[Code, dict[str, Any]] = {}
    demo: Demo = Demo()

    @property
    def data(self) -> Path:
        """The node's data directory, absolute."""
        return self.node.data

    @property
    def keys_dir(self) -> Path:
        """The directory of the private keys, absolute."""
        return self.node.data / self.keys.dir

    @property
    def database(self) -> Path:
        """The SQLite file, absolute."""
        return self.node.data / self.store.url.removeprefix("sqlite:///")

    @property
    def high_water(self) -> Path:
        """The file that says how far this node signed: beside the data directory, so that no copy of that has it too."""
        return self.store.high_water or self.node.data.with_name(self.node.data.name + ".high-water")


@dataclass(frozen=True, slots=True)
class Found:
    """What a file holds. With `problems` the configuration has only those tables, named in `tables`, that are right."""

    text: str
    config: Config
    tables: frozenset[str]
    problems: tuple[str, ...] = ()


def load(path: Path) -> Config:
    """Read and check one file; `ConfigError` lists every problem found."""
    found = read(path)
    if found.problems:
        raise ConfigError(list(found.problems))
    return found.config


def read(path: Path) -> Found:
    """The same for who has more to check: `ConfigError` only where the file cannot be read or is no TOML."""
    text, base = _read(path), path.resolve().parent
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # numbers of 5,000 digits, lists in lists in lists
        raise ConfigError([f"{path}: not TOML: {error}"]) from error
    try:
        config = Config.model_validate(raw)
    except ValidationError as error:
        right = _right(raw)
        config = _anchored(Config.model_construct(**right), base)
        return Found(text, config, frozenset(right), tuple(problems(path, text, error)))
    return Found(text, _anchored(config, base), frozenset(Config.model_fields))


def _right(raw: dict[str, Any]) -> dict[str, Any]:
    """The tables that can be used by themselves, whatever is wrong with others; defaults where a file has none."""
    right: dict[str, Any] = {}
    for name, field in Config.model_fields.items():
        key = field.alias or name
        if key in raw:
            with suppress(ValidationError):
                right[name] = TypeAdapter[Any](field.rebuild_annotation()).validate_python(raw[key])
        elif not field.is_required():
            right[name] = field.get_default()
    return right


def problems(path: Path, text: str, error: ValidationError, prefix: tuple[str, ...] = ()) -> list[str]:
    """One sentence for each error: file, line, key, what was found, what is allowed."""
    found = []
    for one in error.errors():
        loc = tuple(p for p in (*prefix, *one["loc"]) if not _is_variant(p))
        key = ".".join(str(p) for p in loc) or "the file"
        found.append(f"{path}:{line_of(text, loc)}: {key}: {_words(one)}")
    return found


def _is_variant(part: str | int) -> bool:
    """Pydantic names the tried member of a union in a location; a file has no such key."""
    return isinstance(part, str) and (part.startswith(("literal[", "list[", "function-")) or part == "[key]")


def _words(one: Any) -> str:
    kind, found = one["type"], one["input"]
    if kind == "missing":
        return "missing; this key is required"
    if kind == "extra_forbidden":
        return f"unknown key (found {_shown(found)}); remove it or correct its spelling"
    return f"found {_shown(found)}; allowed: {allowed(one)}"


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "a table"
    text = repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > _FILE_MAX:
            raise ConfigError([f"{path}: larger than {_FILE_MAX} bytes; a configuration is a small file"])
        return path.read_text("utf-8")
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([f"{path}: not UTF-8 at byte {error.start}"]) from error


def _anchored(config: Config, base: Path) -> Config:
    """The same configuration with the paths of those tables absolute that it has."""
    changed: dict[str, Table] = {}
    for name, key in _PATHS:
        table = changed.get(name, getattr(config, name, None))
        if table is not None and getattr(table, key) is not None:
            changed[name] = table.model_copy(update={key: base / getattr(table, key)})
    return config.model_copy(update=changed)


_PATHS = (
    ("node", "data"),
    ("keys", "passphrase_file"),
    ("store", "high_water"),
    ("register_", "trusted_root"),
    ("relations", "token_file"),
    ("relations", "ca_file"),
    ("recovery", "erasures"),
    ("release", "auto_rules"),
)
