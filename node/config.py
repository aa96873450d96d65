"""The configuration of one node: typed and closed.

Guarantees that a loaded `Config` has no unknown key, no wrong type and every required key; what is wrong where is said by who reads a
file (`config_file.py`). No secret stands in a configuration, only the path of one. A key that is accepted
here does something: what is not built yet is an unknown key, not a silent one.

Paths are relative to the file; only `keys.dir` and the database are below `node.data`. Durations: "500ms", "30s", "15m", "24h", "30d", "5y" (365 days each). Sizes: "4MiB".
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from node.allowed import like
from node.config_values import (
    Bytes,
    Code,
    Country,
    Language,
    LevelName,
    Listen,
    Ms,
    Network,
    Regime,
    Ulid,
    at_least,
    between,
    is_loopback,
    listen_or_off,
    node_name,
    zone,
)
from node.languages import LANGUAGES
from protocol.limits import BLOB_MAX


class Table(BaseModel):
    """A table of the file: closed, and fixed once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Node(Table):
    """Who this node is."""

    id: Annotated[str, BeforeValidator(node_name)]
    data: Path = Field(strict=False)
    timezone: Annotated[str, AfterValidator(zone)] = "Europe/Brussels"
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
        if self.url is not None and self.url.startswith("http://") and not is_loopback(self.url):
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
        if self.public_url.startswith("http://") and not is_loopback(self.public_url):
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

    listen: Annotated[str, BeforeValidator(listen_or_off)] = ""


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
