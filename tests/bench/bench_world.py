"""A federation of two ports and as many followers as a benchmark wants: real keys, certificates, register and configuration.

Everything is made by the product's own founding; only the records are invented. Addresses are free ports of the loopback interface.
"""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import federations
import ports
import registers

from node import ceremony
from node.config import Retention
from node.keys import NodeKeys
from protocol.ids import NodeId, UnixMs

SENDER, RECEIVER = ports.ANTWERP, ports.NORTH_SEA
HOSTS = ("port-liege", "port-limburg")
"""Whose nodes the followers are, in turn: an organisation has at most 64."""
_SITES = {SENDER: ("antwerp", "BEANR"), RECEIVER: ("ghent", "BEGNE")}
_PERIOD = "30d"
"""How long everything is kept; no ceiling of the test register is shorter."""


def follower(number: int) -> NodeId:
    """The follower with this number, from 1."""
    return NodeId(f"{HOSTS[number % len(HOSTS)]}--f{number:03d}")


@dataclass(frozen=True, slots=True)
class Place:
    """One node: its configuration, its database, its addresses."""

    node: NodeId
    folder: Path
    address: str
    web: str

    @property
    def config(self) -> Path:
        return self.folder / "port.toml"

    @property
    def database(self) -> Path:
        return self.folder / "data" / "node.db"

    @property
    def marks(self) -> Path:
        """How far it signed, outside its data: it goes with its database, or the node takes that for a restored one."""
        return self.folder / "data.high-water"

    @property
    def keys(self) -> Path:
        return self.folder / "data" / "keys"

    @property
    def url(self) -> str:
        return f"http://{self.web}"


@dataclass(frozen=True, slots=True)
class World:
    """The federation's files below one folder."""

    folder: Path
    sender: Place
    receiver: Place
    followers: tuple[NodeId, ...]

    @property
    def public(self) -> Path:
        """The published register."""
        return self.folder / "ceremony" / "public"

    @property
    def root(self) -> Path:
        """What every node trusts first."""
        return self.public / "root.json"

    def follower_keys(self, node: NodeId) -> Path:
        """Where a follower's keys are."""
        return self.folder / "followers" / node


def found(folder: Path, *, followers: int = 0) -> World:
    """Found it in an empty folder."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    free = _free_ports()
    places = [
        Place(node, folder / node, f"127.0.0.1:{next(free)}", f"127.0.0.1:{next(free)}")
        for node in (SENDER, RECEIVER)
    ]
    names = tuple(follower(number) for number in range(1, followers + 1))
    world = World(folder, places[0], places[1], names)
    now = UnixMs(time.time_ns() // 1_000_000)
    homes = {place.node: place.keys for place in places} | {name: world.follower_keys(name) for name in names}
    cards = [_keys(node, home, now).public_card() for node, home in homes.items()]
    made = ceremony.found_federation(_document(world), cards, now=now)
    ceremony.save(made, folder / "ceremony", passphrase=None)
    for place in places:
        shutil.copytree(world.public, place.folder / "register")
        place.config.write_text(_configuration(place), "utf-8")
    return world


def _keys(node: NodeId, home: Path, now: UnixMs) -> NodeKeys:
    home.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys = NodeKeys.generate(node, random=os.urandom, now=now)
    keys.save(home, None, random=os.urandom)
    return keys


def _document(world: World) -> dict[str, Any]:
    """The test federation's founding document, with these addresses and followers."""
    document = federations.specification()
    claims = document["nodes"]
    mine = {str(place.node): {**claims[place.node], "address": place.address} for place in _both(world)}
    claim = {"kind": "port", "level": {"BE": "NONE"}, "regimes": ["gdpr"]}
    sites = [registers.site("liege", "BELGG")]
    mine |= {str(name): {**claim, "sites": sites} for name in world.followers}
    for host in HOSTS:
        document["board"]["organisations"][host]["nodes"] = len(world.followers) // len(HOSTS) + 1
    document["board"]["communities"]["ports-be"]["serving"] += [str(name) for name in world.followers]
    return {**document, "nodes": mine}


def _both(world: World) -> tuple[Place, Place]:
    return world.sender, world.receiver


def _configuration(place: Place) -> str:
    site, unlocode = _SITES[place.node]
    periods = "".join(f'{name} = "{_PERIOD}"\n' for name in Retention.model_fields)
    return f"""config_version = 1
[node]
id = "{place.node}"
data = "data"
[[sites]]
id = "{site}"
country = "{unlocode[:2]}"
unlocode = "{unlocode}"
[keys]
source = "file"
[register]
trusted_root = "register/root.json"
[accreditation]
level = "NONE"
regimes = ["gdpr"]
[federation]
listen = "{place.address}"
dial = "none"
reconnect_min = "50ms"
[web]
listen = "{place.web}"
public_url = "{place.url}"
[recovery]
erasures = "erasures.list"
[log]
level = "warning"
[retention]
{periods}"""


def _free_ports() -> Iterator[int]:
    """Ports that were free a moment ago."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            yield int(probe.getsockname()[1])
