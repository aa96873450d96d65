"""One version of the register, as everybody reads it: frozen, and complete by the time it exists.

Guarantees nothing by itself: `protocol.register.build_register` is the one that makes it and checks what it is made of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from protocol.ids import NodeId, OrganisationId, UnixMs
from protocol.label import RESERVED, Clause, Label, Level, Tlp, named_node
from protocol.members import Membership, NodeEntry, Organisation, Standing

STATUSES: Final = ("demo", "live")


@dataclass(frozen=True, slots=True)
class Community:
    """A standing group: its organisations by standing, each since a register version, and the nodes that serve it."""

    name: str
    title: str
    steward: OrganisationId
    members: Mapping[OrganisationId, int]
    clients: Mapping[OrganisationId, int]
    serving: frozenset[NodeId]

    def membership(self, organisation: OrganisationId) -> Membership | None:
        """The stronger standing of an organisation here."""
        if organisation in self.members:
            return Membership(Standing.MEMBER, self.members[organisation], self.clients.get(organisation))
        if organisation in self.clients:
            return Membership(Standing.CLIENT, self.clients[organisation])
        return None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Names and code lists that records and labels may use; an empty list allows nothing."""

    compartments: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    unlocodes: frozenset[str] = frozenset()
    modus_operandi: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Processing:
    """A legal basis: under `regime`, for these kinds of record."""

    id: str
    title: str
    regime: str
    kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class AutoReleaseCeiling:
    """What a rule may release without a person: at most this level, at least this TLP, only to these communities."""

    level: Level = Level.NONE
    tlp: Tlp = Tlp.RED
    audience: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Register:
    """One version of the register. Times unix ms, periods ms. `refused`: nodes that were not admitted, in words."""

    version: int
    hash: bytes
    status: str
    policy: str
    expires_ms: UnixMs
    organisations: Mapping[OrganisationId, Organisation]
    nodes: Mapping[NodeId, NodeEntry]
    communities: Mapping[str, Community]
    vocabulary: Vocabulary = Vocabulary()
    processing: Mapping[str, Processing] = field(default_factory=dict)
    retention_ceilings: Mapping[str, int] = field(default_factory=dict)
    auto_release_ceiling: AutoReleaseCeiling = AutoReleaseCeiling()
    max_open_feeds: int = 200
    cooling_ms: int = 72 * 3_600_000
    refused: tuple[str, ...] = ()
    by_fingerprint: Mapping[bytes, NodeId] = field(default_factory=dict)

    def member(self, node: NodeId, now: UnixMs) -> bool:
        """Whether the node is listed, and its withdrawal, if there is one, is still to come."""
        entry = self.nodes.get(node)
        return entry is not None and (entry.withdrawn_until is None or now < entry.withdrawn_until)

    def serving(self, node: NodeId) -> frozenset[str]:
        """The communities a node serves; none for a node nobody knows."""
        entry = self.nodes.get(node)
        return entry.communities if entry else frozenset()

    @property
    def countries(self) -> frozenset[str]:
        """Countries a label may name: those of the organisations."""
        return frozenset().union(*(o.countries for o in self.organisations.values()))


def unknown_names(label: Label, register: Register) -> tuple[str, ...]:
    """What the label names and this register does not know, as `part: name`; empty where all is known."""
    found = [
        *(f"COMP: {c}" for c in label.compartments - register.vocabulary.compartments),
        *(f"AUD: {c}" for c in _named(label.audience) - RESERVED - register.communities.keys()),
        *(f"TO: {r}" for r in _named(label.recipients) if not _is_recipient(r, register)),
    ]
    if label.countries:
        found += [f"CTRY: {c}" for c in _named(label.countries) - register.countries]
    if label.reserved and label.policies != {register.policy}:
        found.append("policy: a reserved community is of the register's first policy")
    return tuple(sorted(found))


def _named(clauses: frozenset[Clause]) -> frozenset[str]:
    return frozenset().union(*clauses)


def _is_recipient(recipient: str, register: Register) -> bool:
    entry = register.nodes.get(named_node(recipient))
    if entry is None:
        return False
    sort, _, rest = recipient.partition(":")
    return sort != "role" or rest.partition("/")[2] in entry.roles
