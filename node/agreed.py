"""What a configuration and the register say of one node, held against each other: the first narrows the second, and never says
otherwise. Each problem names file, line and key, what was found, and what the register has.

A table that the configuration does not have, because it is wrong by itself, is not held against anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from node.certificates import fingerprint_of
from node.config import Config
from node.config_lines import line_of
from protocol.errors import ProtocolError
from protocol.fields import DAY_MS
from protocol.ids import NodeId
from protocol.register_view import Register

SHOWN = 12
"""Ids of nodes that an error lists."""


def listed(config: Config, file: Path, text: str, register: Register) -> Iterator[str]:
    """That the register lists this node."""
    if NodeId(config.node.id) in register.nodes:
        return
    known = ", ".join(sorted(register.nodes)[:SHOWN]) or "no node at all"
    more = ", …" if len(register.nodes) > SHOWN else ""
    yield (
        f"{file}:{line_of(text, ('node', 'id'))}: node.id: found {config.node.id!r}, which register "
        f"{register.version} does not list; it has {known}{more}"
    )


def sites(config: Config, file: Path, text: str, register: Register) -> Iterator[str]:
    """That each site is one that the register has of this node, in the same country."""
    entry = register.nodes.get(NodeId(config.node.id))
    if entry is None:
        return
    countries = {site.id: site.country for site in entry.sites}
    for place, site in enumerate(getattr(config, "sites", ())):
        if countries.get(site.id) == site.country:
            continue
        where = f"{file}:{line_of(text, ('sites', place, 'id'))}: sites.{place}.id: found {site.id!r}"
        if site.id in countries:
            yield f"{where} in {site.country}; the register has it in {countries[site.id]}"
        else:
            known = ", ".join(sorted(countries)) or "none at all"
            yield f"{where}, which is no site of this node in the register; it has {known}"


def status(config: Config, file: Path, text: str, register: Register) -> Iterator[str]:
    """That a demonstration stays one."""
    demo = getattr(config, "demo", None)
    if demo is not None and demo.enabled and register.status != "demo":
        yield (
            f"{file}:{line_of(text, ('demo', 'enabled'))}: demo.enabled: refused, the register's status is "
            f"{register.status!r} and not 'demo'"
        )


def periods(config: Config, file: Path, text: str, register: Register) -> Iterator[str]:
    """That nothing is kept longer than the register allows."""
    retention = getattr(config, "retention", None)
    given = retention.model_dump() if retention is not None else {}
    for name, most in register.retention_ceilings.items():
        if given.get(name, 0) > most:
            yield (
                f"{file}:{line_of(text, ('retention', name))}: retention.{name}: longer than the register's "
                f"ceiling for it, {most / DAY_MS:g} days"
            )


def certificate(config: Config, file: Path, text: str, register: Register) -> Iterator[str]:
    """That the certificate beside the keys is one the register has: as much of the keys as can be seen without opening them."""
    entry, path = register.nodes.get(NodeId(config.node.id)), config.keys_dir / "tls.pem"
    if entry is None or not path.is_file():
        return
    try:
        right = fingerprint_of(path.read_bytes()) in entry.fingerprints
    except (ProtocolError, OSError, ValueError):
        right = False
    if not right:
        yield (
            f"{file}:{line_of(text, ('keys', 'dir'))}: keys.dir: {path} is no certificate that register "
            f"{register.version} lists for this node"
        )


CHECKS = (listed, sites, status, periods)
"""What a start checks too; there the keys are open, and held against the register themselves."""
