"""Founds the demonstration's federation, or brings one of an earlier start up to date.

Guarantees that what is there is used again: keys, register, data are made once and never overwritten; a founding that was
interrupted is finished by the next start. A port whose address changed, and a register that would expire soon, are changed as
they would be in earnest: by the ceremony's own steps, and every port is given the new register.

The role keys and the ports' keys rest in plain files of mode 0600: a demonstration asks nobody for a passphrase. In earnest they
are sealed, and each body has its own.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from node import ceremony as ceremonies
from node.ceremony import Ceremony
from node.demo.configuration import configuration
from node.demo.plan import Plan, Port
from node.keys import NodeKeys
from node.register import RegisterStore
from protocol.ids import NodeId, Random, UnixMs

RENEW_BEFORE_MS = 7 * 86_400_000
"""A register that is to last less than this is renewed at a start."""

Say = Callable[[str], None]


def found(plan: Plan, *, now: UnixMs, random: Random, say: Say) -> None:
    """Make what is missing, change what moved, write every port's configuration."""
    plan.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    cards = {port.node: _keys(port, now=now, random=random, say=say).public_card() for port in plan.ports}
    ceremony, changed = _register(plan, cards, now=now, random=random, say=say)
    for port in plan.ports:
        _hand_over(plan, port, now)
        port.config.write_text(configuration(plan, port), "utf-8")
    if changed:
        register = ceremony.register()
        say(f"register {register.version}: {len(plan.ports)} ports, status {register.status}")


def _keys(port: Port, *, now: UnixMs, random: Random, say: Say) -> NodeKeys:
    folder = port.folder / "data" / "keys"
    port.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (port.folder / "data").mkdir(mode=0o700, exist_ok=True)
    if (folder / "tls.pem").exists():  # the last file of a set
        return NodeKeys.load(folder, port.node)
    if folder.exists():
        shutil.rmtree(folder)  # of a start that was interrupted; nobody has seen the public halves
    keys = NodeKeys.generate(port.node, random=random, now=now)
    keys.save(folder, None, random=random)
    say(f"{port.node}: keys made")
    return keys


def _register(
    plan: Plan, cards: Mapping[NodeId, Mapping[str, Any]], *, now: UnixMs, random: Random, say: Say
) -> tuple[Ceremony, bool]:
    """The ceremony, and whether it published something new."""
    if (plan.ceremony / "public" / "timestamp.json").exists():  # written last
        return _kept(plan, cards, now=now, random=random, say=say)
    if plan.ceremony.exists():
        shutil.rmtree(plan.ceremony)
    claims = {str(port.node): claim(plan, port) for port in plan.ports}
    document = {**plan.founding, "nodes": claims}
    ceremony = ceremonies.found_federation(document, cards.values(), now=now, random=random)
    ceremonies.save(ceremony, plan.ceremony, passphrase=None)
    _kept_private(plan)
    roles = plan.founding["roles"]
    root, board = roles["root"], roles["board"]
    say(
        f"register founded: root {root['threshold']} of {len(root['holders'])} holders, "
        f"board {board['threshold']} of {len(board['holders'])}, {len(plan.founding['board']['organisations'])} organisations"
    )
    return ceremony, True


def _kept(
    plan: Plan, cards: Mapping[NodeId, Mapping[str, Any]], *, now: UnixMs, random: Random, say: Say
) -> tuple[Ceremony, bool]:
    ceremony = ceremonies.load(plan.ceremony, passphrase=None, random=random)
    moved = [port for port in plan.ports if _address(ceremony, port) != port.federation]
    for port in moved:
        ceremony.add_node(cards[port.node], claim(plan, port), now)
        say(f"{port.node}: now at {port.federation}")
    due = ceremony.register().expires_ms - now < RENEW_BEFORE_MS
    if due:
        ceremony.sign("duty", now)
        say("register renewed")
    if moved or due:
        ceremonies.save(ceremony, plan.ceremony, passphrase=None)
    return ceremony, bool(moved or due)


def claim(plan: Plan, port: Port) -> dict[str, Any]:
    """What a port asks of the register: the plan's claim, at the address it has now."""
    return {**plan.founding["nodes"][port.node], "address": port.federation}


def _address(ceremony: Ceremony, port: Port) -> str | None:
    entry = ceremony.register().nodes.get(port.node)
    return entry.address if entry else None


def _kept_private(plan: Plan) -> None:
    for folder in (plan.ceremony, plan.ceremony / "keys"):
        folder.chmod(0o700)


def _hand_over(plan: Plan, port: Port, now: UnixMs) -> None:
    """Give a port the register as by hand: into its store if it has one, and as a folder for its first start."""
    published, folder = plan.ceremony / "public", port.folder / "register"
    if _stamp(folder) == _stamp(published):
        return
    held = port.folder / "data" / "register"
    if held.is_dir():
        RegisterStore.open(held, now=now).load_from(published, now)
    part = port.folder / "register.part"
    for stale in (part, folder):
        shutil.rmtree(stale, ignore_errors=True)
    shutil.copytree(published, part)
    part.rename(folder)


def _stamp(folder: Path) -> bytes:
    """The file that names all others of a register; nothing where there is none."""
    path = folder / "timestamp.json"
    return path.read_bytes() if path.exists() else b""
