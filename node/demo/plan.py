"""What a demonstration is made of: `deploy/demo/demo.toml`, the founding document it names, a folder and port numbers.

Guarantees that a plan is whole before anything is made: every port belongs to an organisation of the founding document, its
officers and its receiver are at its own sites, and no port number is given twice. Errors name file, line and key.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from node.allowed import like
from node.config import Site, Table
from node.config_file import ConfigError, problems
from node.config_lines import line_of
from node.config_values import Code, Language
from node.demo_data import DEMO, of_demo
from node.simulate_ais.table import AREAS
from policies.officers import Role
from protocol.ids import NodeId, organisation_of

HERE = "127.0.0.1"
FILE_MAX = 1 << 20
LOG = "node.log"

PortNumber = Annotated[int, Field(ge=1024, le=65_535)]


class ReceiverEntry(Table):
    """The simulated AIS receiver that a port listens to."""

    port: PortNumber
    area: str
    site: Code
    name: Code


class OfficerEntry(Table):
    """A person of the demonstration; none exists."""

    login: Annotated[str, like(r"[a-z0-9.]{3,64}", "3 to 64 of a-z, 0-9 and dot")]
    name: Annotated[str, Field(min_length=1, max_length=80)]
    language: Language
    site: Code
    roles: Annotated[list[str], Field(min_length=1)]


class PortEntry(Table):
    """One port of the file."""

    node: Annotated[str, like(r"[a-z0-9-]{3,40}", "3 to 40 of a-z, 0-9 and hyphen")]
    federation: PortNumber
    web: PortNumber
    receiver: ReceiverEntry | None = None
    claim: dict[str, Any]
    officers: Annotated[list[OfficerEntry], Field(min_length=1)]


class DemoFile(Table):
    """`demo.toml`; paths are relative to it."""

    version: Literal[1]
    founding: Path = Field(strict=False)
    auto_rules: Path = Field(strict=False)
    geo: Path = Field(strict=False)
    vessels: Path = Field(strict=False)
    speed: Annotated[float, Field(ge=1, le=10_000, strict=False)]
    ports: Annotated[list[PortEntry], Field(min_length=2, max_length=40)]


@dataclass(frozen=True, slots=True)
class Receiver:
    """A simulated receiver: the sensor's name and site at its port, the ships of its area, where it listens."""

    name: str
    site: str
    area: str
    listen: str

    @property
    def source(self) -> str:
        """As a sensor's configuration has it."""
        return f"tcp://{self.listen}"


@dataclass(frozen=True, slots=True)
class Officer:
    """A person with an account at one port."""

    login: str
    name: str
    language: str
    site: str
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Port:
    """One port: who it is, where it listens, who works there, and its folder, which nobody else writes to."""

    node: NodeId
    name: str
    folder: Path
    sites: tuple[Site, ...]
    federation: str
    web: str
    receiver: Receiver | None
    officers: tuple[Officer, ...]

    @property
    def url(self) -> str:
        """Its screens."""
        return f"http://{self.web}"

    @property
    def config(self) -> Path:
        """Its configuration."""
        return self.folder / "port.toml"

    @property
    def log(self) -> Path:
        """What its process writes to standard error."""
        return self.folder / LOG


@dataclass(frozen=True, slots=True)
class Files:
    """Files that every port's configuration names."""

    auto_rules: Path
    coverage: Path
    quays: Path
    geo: Path
    vessels: Path


@dataclass(frozen=True, slots=True)
class Plan:
    """A demonstration in `folder`. `founding` is the document that the register is founded from."""

    folder: Path
    ports: tuple[Port, ...]
    founding: Mapping[str, Any]
    files: Files
    speed: float

    @property
    def ceremony(self) -> Path:
        """The register's folder: every role key of the demonstration, and what is published."""
        return self.folder / "register"

    def addresses(self) -> Iterator[tuple[str, str]]:
        """Everything that will be listened on, with words for a person."""
        for port in self.ports:
            yield port.federation, f"federation of {port.node}"
            yield port.web, f"screens of {port.node}"
            if port.receiver:
                yield port.receiver.listen, f"simulated AIS for {port.node}"


def read_plan(
    folder: Path, *, base_port: int | None = None, ais: bool = True, file: Path | None = None
) -> Plan:
    """The plan of a demonstration in `folder`; ConfigError says everything that is wrong with its file.

    Refused where there is none to read.
    """
    path = of_demo(file or DEMO / "demo.toml")
    text, found = _read(path)
    founding = _founding(path, text, found)
    numbers = _numbers(found, base_port)
    folder = folder.resolve()
    ports = tuple(_port(entry, folder, founding, numbers, ais=ais) for entry in found.ports)
    _check(path, text, found, ports)
    here = path.resolve().parent
    geo = here / found.geo
    return Plan(
        folder=folder,
        ports=ports,
        founding=founding,
        files=Files(
            here / found.auto_rules,
            geo / "coverage.geojson",
            geo / "quays.geojson",
            geo,
            here / found.vessels,
        ),
        speed=found.speed,
    )


def _read(path: Path) -> tuple[str, DemoFile]:
    text = _text(path)
    try:
        return text, DemoFile.model_validate(_toml(path, text))
    except ValidationError as error:
        raise ConfigError(problems(path, text, error)) from None


def _founding(path: Path, text: str, found: DemoFile) -> Mapping[str, Any]:
    """The founding document, its nodes being the ports of the demonstration at the addresses they will have."""
    document = path.resolve().parent / found.founding
    spec = _toml(document, _text(document))
    known = spec.get("board", {}).get("organisations", {})
    missing = [entry.node for entry in found.ports if organisation_of(NodeId(entry.node)) not in known]
    if missing:
        where = f"{path}:{line_of(text, ('ports',))}: ports"
        raise ConfigError([f"{where}: {', '.join(missing)}: no organisation of {document.name}"])
    return {**spec, "nodes": {entry.node: entry.claim for entry in found.ports}}


def _numbers(found: DemoFile, base: int | None) -> Iterator[int]:
    """Port numbers in the order in which `_port` asks for them."""
    for at, entry in enumerate(_wanted(found)):
        yield entry if base is None else base + at


def _wanted(found: DemoFile) -> Iterator[int]:
    for entry in found.ports:
        yield entry.federation
        yield entry.web
        if entry.receiver:
            yield entry.receiver.port


def _port(
    entry: PortEntry, folder: Path, founding: Mapping[str, Any], numbers: Iterator[int], *, ais: bool
) -> Port:
    node = NodeId(entry.node)
    federation, web = next(numbers), next(numbers)
    sites = founding["nodes"][entry.node].get("sites", ())
    listen = f"{HERE}:{next(numbers)}" if entry.receiver else ""
    receiver = entry.receiver if ais else None
    return Port(
        node=node,
        name=str(founding["board"]["organisations"][organisation_of(node)]["name"]),
        folder=folder / entry.node,
        sites=tuple(Site(id=s["id"], country=s["country"], unlocode=s["unlocode"]) for s in sites),
        federation=f"{HERE}:{federation}",
        web=f"{HERE}:{web}",
        receiver=Receiver(receiver.name, receiver.site, receiver.area, listen) if receiver else None,
        officers=tuple(
            Officer(o.login, o.name, o.language, o.site, tuple(Role(r) for r in o.roles if r in set(Role)))
            for o in entry.officers
        ),
    )


def _check(path: Path, text: str, found: DemoFile, ports: tuple[Port, ...]) -> None:
    wrong = []
    for at, (entry, port) in enumerate(zip(found.ports, ports, strict=True)):
        line = f"{path}:{line_of(text, ('ports', at))}: ports.{at} ({entry.node})"
        sites = {site.id for site in port.sites}
        places = [officer.site for officer in port.officers] + (
            [entry.receiver.site] if entry.receiver else []
        )
        wrong += [f"{line}: {place!r} is no site of this node" for place in places if place not in sites]
        roles = {role for officer in entry.officers for role in officer.roles} - set(Role)
        wrong += [f"{line}: {role!r} is no role; allowed: {', '.join(Role)}" for role in sorted(roles)]
        if entry.receiver and entry.receiver.area not in AREAS:
            wrong.append(f"{line}: area {entry.receiver.area!r}; allowed: {', '.join(AREAS)}")
    numbers = list(_wanted(found))
    twice = sorted({str(number) for number in numbers if numbers.count(number) > 1})
    if twice:
        wrong.append(f"{path}: port {', '.join(twice)} given twice")
    if wrong:
        raise ConfigError(wrong)


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > FILE_MAX:
            raise ConfigError([f"{path}: larger than {FILE_MAX} bytes"])
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: cannot be read ({type(error).__name__})"]) from None


def _toml(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError([f"{path}: not TOML: {error}"]) from None
