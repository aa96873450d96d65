"""The configuration of one node: typed, closed, and precise about what is wrong where.

Guarantees that a loaded `Config` has no unknown key, no wrong type and every required key; each problem names file, line,
key, what was found and what is allowed. No secret stands in a configuration, only the path of one. A key that is accepted
here does something: what is not built yet is an unknown key, not a silent one.

Paths are relative to the file; only `keys.dir` and the database are below `node.data`. Durations: "500ms", "30s", "15m", "24h", "30d", "5y" (365 days each). Sizes: "4MiB".
"""

from __future__ import annotations

import re
import tomllib
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
    ValidationError,
    model_validator,
)

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


def _duration(value: object) -> object:
    if isinstance(value, str) and (found := _DURATION.fullmatch(value)):
        return int(found[1]) * _DURATION_MS[found[2]]
    raise ValueError('a duration such as "500ms", "30s", "15m", "24h", "30d" or "5y"')


def _size(value: object) -> object:
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


def _network(value: object) -> object:
    try:
        if isinstance(value, str):
            return ip_network(value)
    except ValueError:
        pass
    raise ValueError('an address or a network such as "127.0.0.1", "10.1.2.0/28" or "fd00::1"')


Ms = Annotated[int, BeforeValidator(_duration)]
"""A duration in the file, milliseconds here."""
Bytes = Annotated[int, BeforeValidator(_size)]
"""A size in the file, bytes here."""
Listen = Annotated[str, BeforeValidator(_listen)]
Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]
Code = Annotated[str, Field(pattern=r"^[a-z0-9_-]{2,40}$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
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
    unlocode: Annotated[str, Field(pattern=r"^[A-Z]{2}[A-Z0-9]{3}$")]


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

    url: Annotated[str, Field(pattern=r"^sqlite:///[A-Za-z0-9._-]+$")] = "sqlite:///node.db"
    busy_timeout: Ms = 5_000
    cache: Bytes = 64 << 20


class Federation(Table):
    """How this node speaks to its peers."""

    listen: Listen
    dial: Literal["all", "none"] | list[str] = "all"
    reconnect_min: Ms = 500
    reconnect_max: Ms = 30_000


class Web(Table):
    """The officers' screens."""

    listen: Listen
    public_url: Annotated[str, Field(pattern=r"^https?://[^/\s]+$")]
    session_idle: Ms = 30 * 60_000
    session_max: Ms = 12 * 3_600_000
    sign_in_attempts: Annotated[int, Field(ge=1, le=100)] = 5
    sign_in_window: Ms = 5 * 60_000
    cancel_window: Ms = 10_000
    trusted_proxies: list[Network] = []

    @model_validator(mode="after")
    def _https(self) -> Web:
        host = self.public_url.partition("://")[2].rsplit(":", 1)[0].strip("[]")
        loopback = host in {"localhost", "::1"} or host.startswith("127.")
        if self.public_url.startswith("http://") and not loopback:
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
    notice: Ms
    port_ban_after_end: Ms
    audit: Ms
    retracted_content: Ms


class Limits(Table):
    """Caps of what this node takes in."""

    disk_reserve: Bytes = 512 << 20
    blob: Annotated[Bytes, Field(ge=1, le=BLOB_MAX)] = BLOB_MAX
    blobs_total: Bytes = 20 << 30


class Log(Table):
    """JSON lines on standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"


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
    federation: Federation
    web: Web
    release: Release = Release()
    retention: Retention
    limits: Limits = Limits()
    log: Log = Log()
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


def load(path: Path) -> Config:
    """Read and check one file; `ConfigError` lists every problem found."""
    text = _read(path)
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # numbers of 5,000 digits, lists in lists in lists
        raise ConfigError([f"{path}: not TOML: {error}"]) from error
    try:
        config = Config.model_validate(raw)
    except ValidationError as error:
        raise ConfigError(problems(path, text, error)) from error
    return _anchored(config, path.resolve().parent)


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
    kind, found, message = one["type"], one["input"], str(one["msg"])
    if kind == "missing":
        return "missing; this key is required"
    if kind == "extra_forbidden":
        return f"unknown key (found {_shown(found)}); remove it or correct its spelling"
    return f"found {_shown(found)}; allowed: {message.removeprefix('Value error, ')}"


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
    """The same configuration with its paths absolute."""
    passphrase, rules = config.keys.passphrase_file, config.release.auto_rules
    return config.model_copy(
        update={
            "node": config.node.model_copy(update={"data": base / config.node.data}),
            "keys": config.keys.model_copy(update={"passphrase_file": passphrase and base / passphrase}),
            "register_": config.register_.model_copy(
                update={"trusted_root": base / config.register_.trusted_root}
            ),
            "release": config.release.model_copy(update={"auto_rules": rules and base / rules}),
        }
    )
