"""What verified targets say: the board's decisions, and of each organisation its nodes.

Guarantees that an organisation lists nodes of its own alone, with keys and certificates that can be used and sign no register;
what it does wrong beyond that is noted and costs nobody else. Says nothing about what the entries mean (`view.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from tuf.api.metadata import Targets  # type: ignore[attr-defined]

from node.certificates import admit
from node.register.bundle import BadRegister
from protocol.errors import ProtocolError
from protocol.ids import NodeId, OrganisationId, node_id, organisation_of
from protocol.keys import check_ed25519

BOARD = "federation/board"
"""Path of the one top-level target; its custom field is what the board decided."""
ORGANISATIONS_MAX = 2_000
NODES_MAX = 500
"""Entries of one organisation, those of former nodes included."""


def board_of(targets: Targets) -> Mapping[str, Any]:
    found = targets.targets.get(BOARD)
    if found is None or not isinstance(found.custom, dict):
        raise BadRegister(f"one target {BOARD} with the board's decisions", where="targets")
    return found.custom


def delegated(targets: Targets) -> Iterator[OrganisationId]:
    """The organisations delegated to; each to its own folder, once, finally, and to nothing else."""
    roles = targets.delegations.roles if targets.delegations else {}
    if roles is None or len(roles) > ORGANISATIONS_MAX:
        raise BadRegister(f"at most {ORGANISATIONS_MAX} organisations, each named", where="targets")
    for name, role in roles.items():
        where = f"targets: delegation {name[:40]!r}"
        if organisation_of(_id(name, where)) != name:
            raise BadRegister("an organisation's id, without --", where=where)
        if role.paths != [f"organisations/{name}/*"] or not role.terminating:
            raise BadRegister("its own folder only, terminating", where=where)
        yield OrganisationId(name)


class Reading:
    """What the organisations' files say; their mistakes are noted, and cost nobody else."""

    def __init__(self, role_keys: frozenset[bytes], exacting: Collection[str] = ()) -> None:
        self.nodes: dict[NodeId, Mapping[str, Any]] = {}
        self.removed: dict[NodeId, Mapping[str, Any]] = {}
        self.refused: list[str] = []
        self._role_keys = role_keys
        self._exacting = exacting

    def organisation(self, organisation: str, signed: Targets) -> None:
        """Take over one organisation's nodes."""
        if signed.delegations is not None:
            self.mistake(organisation, BadRegister("may not delegate", where=organisation))
        if len(signed.targets) > NODES_MAX:
            words = f"{len(signed.targets)} entries, at most {NODES_MAX} are read"
            self.mistake(organisation, BadRegister(words, where=organisation))
            return
        for path, target in sorted(signed.targets.items()):
            try:
                self._node(organisation, path, target.custom)
            except ProtocolError as error:
                self.mistake(organisation, error)

    def mistake(self, organisation: str, error: ProtocolError) -> None:
        """Note what this organisation did wrong; an error where it is one that is `exacting`."""
        if organisation in self._exacting:
            raise error
        self.refused.append(str(error))

    def _node(self, organisation: str, path: str, custom: object) -> None:
        folder, _, name = path.rpartition("/")
        node = _id(name, organisation)
        if folder != f"organisations/{organisation}" or organisation_of(node) != organisation:
            raise BadRegister(f"may not list {path[:100]!r}", where=organisation)
        if not isinstance(custom, dict) or custom.get("id") != name:
            raise BadRegister("a table with the id of its path", where=node)
        if "removed" in custom:
            self.removed[node] = custom
            return
        for pem in _texts(custom, "tls", node):
            admit(pem.encode(), node)
        for use in ("log", "hold"):
            for text in _texts(custom, use, node):
                self._usable(text, f"{node}.{use}")
        self.nodes[node] = custom

    def _usable(self, text: str, where: str) -> None:
        try:
            public = check_ed25519(bytes.fromhex(text))
        except ValueError as error:
            raise BadRegister(getattr(error, "rule", "64 hex digits"), where=where) from None
        if public in self._role_keys:
            raise BadRegister("a key of its own, not one that signs the register", where=where)


def _texts(custom: Mapping[str, Any], name: str, node: NodeId) -> list[str]:
    found = custom.get(name)
    if not isinstance(found, list) or not found or not all(isinstance(item, str) for item in found):
        raise BadRegister("a list of texts", where=f"{node}.{name}")
    return found


def _id(name: str, where: str) -> NodeId:
    try:
        return node_id(name)
    except ProtocolError as error:
        raise BadRegister(error.rule, where=f"{where}: id {name[:60]!r}") from None
