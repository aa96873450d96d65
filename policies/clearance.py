"""Who may hold and read what a label marks: the mandatory part of every decision, the same code at origin, relay and screen.

Guarantees
* `may_follow` and `may_hold` are pure functions of (register, label, epoch): no local fact enters, so every relay comes to the
  same answer. A name the register does not know satisfies nothing; it never widens a clause it stands in.
* `may_read` is monotone: a label that dominates another never shows more, a reader with more never reads less.
* `may_read(x ⊔ y)` implies `may_read(x)` and `may_read(y)`; the converse holds for a reader with one standing in all the
  communities concerned. A member of one and client of the other may read both and not the join: the label's text cannot
  say "members of a who are at least clients of b", so the join is the narrower.

Does not know relations (`policies/relations.py`), conflicts of interest, cases or single records; a relation never turns a refusal
here into a permit. Expiry of a label's force does not end readability.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Final

from policies.conflicts import NO_CONFLICTS, Conflicts
from policies.decision import Decision, Deny, DenyCode, Permit, earliest, first_refusal
from policies.lattice import dominates, join, joinable
from policies.need import NO_NEED, Need
from protocol.ids import NodeId, UnixMs
from protocol.label import AUDIT, LEVEL_NAMES, TLP_NAMES, Clause, Clauses, Label, Level, Tlp, named_node
from protocol.members import Levels, NodeEntry, Standing
from protocol.register_view import Community, Register

__all__ = [
    "Reader",
    "dominates",
    "join",
    "joinable",
    "joined_since",
    "may_follow",
    "may_hold",
    "may_read",
    "reader_at",
]

MEMBERS_ONLY: Final = frozenset({"PERSONAL", "SOURCE"})
"""Caveats that are not for clients and partners."""
NOT_FOR_PARTNERS: Final = frozenset({"PERSONAL", "NO-EXPORT"})
JUDICIAL_ROLES: Final = frozenset({"police", "magistrate"})
BELGIUM: Final = "BE"
NO_CLEARANCE: Final[Levels] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Belonging:
    """The communities somebody is in at all, and those as a member."""

    any: frozenset[str]
    member: frozenset[str]

    @classmethod
    def of(cls, standings: Mapping[str, Standing]) -> Belonging:
        return cls(frozenset(standings), frozenset(c for c, s in standings.items() if s is Standing.MEMBER))


@dataclass(frozen=True, slots=True)
class Reader:
    """A person or service at the moment of asking.

    `ceiling`: of the node they work at; `memberships`: their standing per community, also in `audit` for who may open a
    node's audit feed; `country`: of the site where they work; `recipients`: the names by which TO may mean them;
    `purposes`: their own; `until` (unix ms): the earliest expiry of anything in here.
    """

    node: NodeId
    country: str
    organisation_countries: frozenset[str]
    ceiling: Levels
    memberships: Mapping[str, Standing]
    recipients: frozenset[str]
    purposes: frozenset[str]
    clearance: Levels = field(default_factory=dict)
    compartments: frozenset[str] = frozenset()
    regimes: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    partner: bool = False
    until: UnixMs | None = None
    conflicts: Conflicts = NO_CONFLICTS
    """What concerns the reader: asked of single records (`commands/search.py`), never of a label."""
    need: Need = NO_NEED
    """What the cases of the node ask of the reader, in the same way."""


def reader_at(
    entry: NodeEntry,
    *,
    site: str,
    officer: str,
    roles: frozenset[str],
    communities: Iterable[str],
    purposes: frozenset[str],
    clearance: Levels = NO_CLEARANCE,
    compartments: frozenset[str] = frozenset(),
    until: UnixMs | None = None,
    conflicts: Conflicts = NO_CONFLICTS,
    need: Need = NO_NEED,
) -> Reader:
    """A reader at one site of a node; `officer` is the account's uuid. Never more than the node has: the rest is dropped.

    So TO names a role only where the register lists it for the node; for all else (JUDICIAL) a role counts as it is.
    """
    country = next((s.country for s in entry.sites if s.id == site), "")
    named = {
        f"node:{entry.id}",
        officer_name(entry.id, officer),
        *(f"role:{entry.id}/{role}" for role in roles & entry.roles),
    }
    served = entry.memberships
    return Reader(
        node=entry.id,
        country=country,
        organisation_countries=entry.organisation_countries,
        ceiling=entry.levels,
        memberships=MappingProxyType({c: served[c].standing for c in communities if c in served}),
        recipients=frozenset(named),
        purposes=purposes,
        clearance=clearance,
        compartments=compartments & entry.compartments,
        regimes=entry.regimes,
        roles=roles,
        partner=entry.partner,
        until=until if entry.approval is None else earliest(until, entry.approval.expires_ms),
        conflicts=conflicts,
        need=need,
    )


def officer_name(node: NodeId, officer: str) -> str:
    """How TO names one person of a node."""
    return f"officer:{node}/{officer}"


def may_read(reader: Reader, label: Label, purpose: str) -> Decision:
    """Whether this person or service may read what has this label, for this purpose."""
    return _first(_against_reader(reader, label, purpose), Permit("label", until=reader.until))


def may_follow(
    node: NodeEntry,
    label: Label,
    register: Register,
    *,
    origin: NodeId,
    epoch_since: int | None = None,
    now: UnixMs | None = None,
) -> Decision:
    """Whether a node may follow a feed of `origin` with this label.

    `epoch_since`: the register version of the epoch's OPEN; a membership that began later does not open it.
    `now` (unix ms) is needed for what is classified, since approvals end; without it such a label is refused.
    """
    if node.id == origin:
        return _permit("origin", register.version)
    if label.reserved:
        return _reserved(node, label, register, now)
    refusal = _against_node(node, label, epoch_since, now)
    return _permit("label", register.version, _end(node, label)) if refusal is None else refusal


def joined_since(
    label: Label, register: Register, *, origin: NodeId, began: int, now: UnixMs | None = None
) -> bool:
    """Whether any node may follow an epoch that begins under this register, and not one that began under version `began`."""
    named = frozenset().union(*label.audience)
    if not any(_newest_since(c) > began for name in named if (c := register.communities.get(name))):
        return False
    then = partial(may_follow, label=label, register=register, origin=origin, now=now)
    return any(
        isinstance(then(node, epoch_since=register.version), Permit)
        and isinstance(then(node, epoch_since=began), Deny)
        for node in register.nodes.values()
    )


def _newest_since(community: Community) -> int:
    return max((*community.members.values(), *community.clients.values()), default=0)


def may_hold(node: NodeEntry, label: Label, *, now: UnixMs | None = None) -> Decision:
    """Whether what has this label may touch a disk of this node, whoever sent it; else ABOVE_ACCREDITATION on the wire."""
    refusal = _against_holding(node, label, now)
    return _permit("accreditation", 0, _end(node, label)) if refusal is None else refusal


# ---- the conditions, in order; each is asked only if those before held ---------------------------------------------------


def _against_reader(reader: Reader, label: Label, purpose: str) -> Iterator[Deny | None]:
    yield _level(
        label, {p: min(reader.clearance.get(p, Level.NONE), top) for p, top in reader.ceiling.items()}
    )
    yield _compartments(label, reader.compartments)
    yield _belongs(label, Belonging.of(reader.memberships))
    yield _partner(label) if reader.partner else None
    yield _country(label, (reader.country,), reader.organisation_countries)
    yield _named(label.recipients, reader.recipients)
    yield _purpose(label, reader.purposes, purpose)
    yield _judicial(label, reader.regimes)
    yield _officer_of_justice(label, reader.roles)


READER_CONDITIONS: Final = (
    *("level", "compartments", "community", "partner", "country", "recipient", "purpose"),
    *("judicial regime", "judicial role"),
)
"""What a label asks of a reader, in the order in which `may_read` asks it."""


def for_reader(reader: Reader, label: Label, purpose: str) -> tuple[tuple[str, Deny | None], ...]:
    """Each condition by itself, for whoever asks why: `may_read` permits exactly where none refuses."""
    return tuple(zip(READER_CONDITIONS, _against_reader(reader, label, purpose), strict=True))


def for_node(
    node: NodeEntry, label: Label, *, epoch_since: int | None = None, now: UnixMs | None = None
) -> tuple[tuple[str, Deny | None], ...]:
    """The same of a node that is not the origin, and a label that is not reserved: `may_follow` permits exactly where none refuses."""
    leaving = node.withdrawn_until is not None
    outside = _belongs(label, _served(node, None))
    late = (
        outside is None
        and epoch_since is not None
        and _belongs(label, _served(node, epoch_since)) is not None
    )
    return (
        (
            "member",
            _deny(DenyCode.SUSPENDED, "withdrawn", "its organisation is leaving the federation")
            if leaving
            else None,
        ),
        ("community", outside),
        ("since", _deny(DenyCode.AUDIENCE, "since", "joined after this feed began") if late else None),
        ("place", first_refusal(_against_place(node, label))),
        ("recipient", _named(label.recipients, _recipients_at(node, label))),
        ("accreditation", _against_holding(node, label, now)),
    )


def _against_node(node: NodeEntry, label: Label, epoch_since: int | None, now: UnixMs | None) -> Deny | None:
    """Asked of every feed for every node whenever the register changes: what the label does not restrict costs nothing."""
    if node.withdrawn_until is not None:
        return _deny(DenyCode.SUSPENDED, "withdrawn", "its organisation is leaving the federation")
    refusal = _belongs(label, _served(node, None))
    if (
        refusal is None
        and epoch_since is not None
        and _belongs(label, _served(node, epoch_since)) is not None
    ):
        refusal = _deny(DenyCode.AUDIENCE, "since", "joined after this feed began")
    if refusal is None and (label.countries or label.caveats):
        refusal = first_refusal(_against_place(node, label))
    if refusal is None and label.recipients:
        refusal = _named(label.recipients, _recipients_at(node, label))
    return _against_holding(node, label, now) if refusal is None else refusal


def _against_place(node: NodeEntry, label: Label) -> Iterator[Deny | None]:
    yield _partner(label) if node.partner else None
    yield _country(label, [site.country for site in node.sites], node.organisation_countries)


def above_accreditation(node: NodeEntry, label: Label) -> Deny | None:
    """Why this label is above what the register gives a node, whatever the time; None where it is not."""
    return first_refusal((_level(label, node.levels), _compartments(label, node.compartments)))


def above_clearance(reader: Reader, label: Label) -> Deny | None:
    """Why this label is above what a reader may hold, its audience aside: also whom it names not may write it."""
    return first_refusal((_level(label, _ranks(reader)), _compartments(label, reader.compartments)))


def _ranks(reader: Reader) -> Levels:
    """Under every marking the lower of clearance and the node's ceiling; nobody needs a clearance for NONE."""
    return {p: min(reader.clearance.get(p, Level.NONE), top) for p, top in reader.ceiling.items()}


def _against_holding(node: NodeEntry, label: Label, now: UnixMs | None) -> Deny | None:
    refusal = _level(label, node.levels)
    if refusal is None and label.level > Level.NONE:
        refusal = _unapproved(node, now)
    if refusal is None:
        refusal = _compartments(label, node.compartments)
    return _judicial(label, node.regimes) if refusal is None else refusal


def _unapproved(node: NodeEntry, now: UnixMs | None) -> Deny | None:
    if node.approval is not None and now is not None and now < node.approval.expires_ms:
        return None
    words = "its approval for classified information is not known to be in force"
    return _deny(DenyCode.LEVEL, "approval", words)


def _level(label: Label, ranks: Levels) -> Deny | None:
    for policy in label.policies:
        if ranks.get(policy, _UNMARKED) < label.level:
            return _deny(
                DenyCode.LEVEL, "level", f"{policy} {LEVEL_NAMES[label.level]} is above what it may hold"
            )
    return None


_UNMARKED: Final = -1
"""Below NONE: a marking that was not given is not held, not even unclassified."""


def _compartments(label: Label, own: frozenset[str]) -> Deny | None:
    if label.compartments <= own:
        return None
    return _deny(DenyCode.COMPARTMENT, "compartment", "not read into " + _list(label.compartments - own))


def _belongs(label: Label, own: Belonging) -> Deny | None:
    """One membership in every clause; where the label is for members, as a member."""
    strict = label.tlp >= Tlp.AMBER_STRICT or not MEMBERS_ONLY.isdisjoint(label.caveats)
    enough = own.member if strict else own.any
    for clause in label.audience:
        if clause.isdisjoint(enough):
            return _outside(clause) if clause.isdisjoint(own.any) else _client(label)
    return None


def _client(label: Label) -> Deny:
    if label.tlp >= Tlp.AMBER_STRICT:
        return _deny(DenyCode.TLP, "tlp", f"a client; TLP:{TLP_NAMES[label.tlp]} is for members only")
    caveats = _list(MEMBERS_ONLY & label.caveats)
    return _deny(DenyCode.CAVEAT, "members-only", f"a client; {caveats} is for members only")


def _partner(label: Label) -> Deny | None:
    barred = NOT_FOR_PARTNERS & label.caveats
    return _deny(DenyCode.CAVEAT, "partner", f"{_list(barred)} is not for partners") if barred else None


def _country(label: Label, sites: Sequence[str], organisation: frozenset[str]) -> Deny | None:
    """One site in a country of every clause, and for BE-ONLY both that site and the organisation in Belgium."""
    fitting = [c for c in sites if all(c in clause for clause in label.countries)]
    if not fitting:
        return _deny(DenyCode.COUNTRY, "country", "no site in a country that the label names")
    if "BE-ONLY" in label.caveats and not (BELGIUM in fitting and BELGIUM in organisation):
        return _deny(DenyCode.CAVEAT, "be-only", "BE-ONLY: organisation and site must be in Belgium")
    return None


def _named(recipients: Clauses, own: frozenset[str]) -> Deny | None:
    if all(not clause.isdisjoint(own) for clause in recipients):
        return None
    return _deny(DenyCode.RECIPIENT, "recipient", "not among the recipients the label names")


def _recipients_at(node: NodeEntry, label: Label) -> frozenset[str]:
    """The recipients of this label that are this node, a role it has, or an officer there."""
    return frozenset(
        r
        for clause in label.recipients
        for r in clause
        if named_node(r) == node.id and (not r.startswith("role:") or r.partition("/")[2] in node.roles)
    )


def _purpose(label: Label, own: frozenset[str], asserted: str) -> Deny | None:
    if asserted not in own:
        return _deny(DenyCode.PURPOSE, "purpose", "not a purpose of this reader")
    if label.purposes is not None and asserted not in label.purposes:
        return _deny(DenyCode.PURPOSE, "purpose", "only for " + _list(label.purposes))
    return None


def _judicial(label: Label, regimes: frozenset[str]) -> Deny | None:
    if "JUDICIAL" not in label.caveats or "judicial" in regimes:
        return None
    return _deny(DenyCode.CAVEAT, "judicial", "JUDICIAL: the node is not accredited for the judicial regime")


def _officer_of_justice(label: Label, roles: frozenset[str]) -> Deny | None:
    if "JUDICIAL" not in label.caveats or roles & JUDICIAL_ROLES:
        return None
    return _deny(DenyCode.CAVEAT, "judicial", "JUDICIAL: for police and magistrates")


def _reserved(node: NodeEntry, label: Label, register: Register, now: UnixMs | None) -> Decision:
    """A control feed is for the node it names, also one that is leaving until it is gone; an audit feed is never served."""
    if label.reserved == AUDIT:
        return _deny(DenyCode.AUDIENCE, "audit", "an audit feed never leaves its node")
    if label.policies != {register.policy}:
        return _deny(DenyCode.LEVEL, "control", "a control feed is of the register's first policy")
    if node.withdrawn_until is not None and now is not None and now >= node.withdrawn_until:
        return _deny(DenyCode.SUSPENDED, "withdrawn", "its organisation has left the federation")
    refusal = _named(label.recipients, _recipients_at(node, label))
    return _permit("control", register.version) if refusal is None else refusal


# ---- what is asked again and again ----------------------------------------------------------------------------------------


def _first(refusals: Iterator[Deny | None], otherwise: Permit) -> Decision:
    refusal = first_refusal(refusals)
    return otherwise if refusal is None else refusal


def _end(node: NodeEntry, label: Label) -> UnixMs | None:
    return node.approval.expires_ms if label.level > Level.NONE and node.approval else None


@lru_cache(maxsize=4096)
def _served(node: NodeEntry, epoch_since: int | None) -> Belonging:
    """By the communities this node serves; as it was under the register of the epoch's OPEN, if given."""
    found = {c: m.standing if epoch_since is None else m.at(epoch_since) for c, m in node.memberships.items()}
    return Belonging.of({c: standing for c, standing in found.items() if standing is not None})


@lru_cache(maxsize=256)
def _permit(rule: str, register: int, until: UnixMs | None = None) -> Permit:
    return Permit(rule, register=register, until=until)


@lru_cache(maxsize=2048)
def _outside(clause: Clause) -> Deny:
    return Deny(
        DenyCode.AUDIENCE, "audience", ("not in " if len(clause) == 1 else "in none of ") + _list(clause)
    )


_deny = lru_cache(maxsize=2048)(Deny)


def _list(items: frozenset[str]) -> str:
    return ", ".join(sorted(items))
