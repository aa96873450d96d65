"""Who is in the federation and what each may: organisations, their nodes, and the meet of claim and grant.

Guarantees that a `NodeEntry` made by `meet` holds no right that its organisation's grant does not hold, whatever the
organisation wrote about its node: a delegation in TUF bounds paths, not values, so without this an organisation would
accredit itself. What was claimed beyond it stands in `refused`, in words. Says nothing about whether keys work.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType
from typing import Final

from protocol.ids import NodeId, OrganisationId, UnixMs
from protocol.label import LEVEL_NAMES, Level

NODE_KINDS: Final = ("port", "authority", "host", "partner", "gateway")
"""A port; an authority (police, customs); a host of other bodies' people; a foreign read-mostly party; its gateway."""
PARTNER_KINDS: Final = frozenset({"partner", "gateway"})
REGIMES: Final = ("gdpr", "led", "intel", "judicial", "customs")
RIGHTS: Final = ("bans", "security_level")
"""Rights that the register gives an organisation; `Kind.register_right` names the one that a kind takes."""

Levels = Mapping[str, Level]
"""Highest level per policy marking; a marking that is not there is not granted, not even at NONE."""


class Standing(IntEnum):
    """How an organisation or person belongs to a community; a member may all that a client may."""

    CLIENT = 1
    MEMBER = 2


@dataclass(frozen=True, slots=True)
class Membership:
    """Belonging to a community, since the register of this version; `earlier`: of a member, since when it was a client first."""

    standing: Standing
    since: int
    earlier: int | None = None

    def at(self, version: int) -> Standing | None:
        """What it was under the register of that version: who was a client keeps, as a member, what it had as one."""
        if self.since <= version:
            return self.standing
        return Standing.CLIENT if self.earlier is not None and self.earlier <= version else None


@dataclass(frozen=True, slots=True)
class Site:
    """A place of a node; `country` ISO 3166-1 alpha-2, `unlocode` UN/LOCODE of five characters."""

    id: str
    country: str
    unlocode: str
    name: str


@dataclass(frozen=True, slots=True)
class Approval:
    """By whom a node may hold what is classified; from `expires_ms` on its level is NONE again."""

    number: str
    issuer: str
    expires_ms: UnixMs


@dataclass(frozen=True, slots=True)
class Organisation:
    """What the board gave an organisation. `nodes`: so many at most; `withdrawn_until`: leaves, and is gone from then on.

    `erase_keys`: Ed25519, offline, sign erasures of its nodes that need not cool.
    """

    id: OrganisationId
    name: str
    kinds: frozenset[str]
    countries: frozenset[str]
    levels: Levels
    compartments: frozenset[str]
    regimes: frozenset[str]
    rights: frozenset[str]
    nodes: int
    withdrawn_until: UnixMs | None = None
    erase_keys: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class NodeClaim:
    """What an organisation says of one of its nodes. `address`: "host:port", "" where it only dials out.

    `revoked`: `log` and `hold` keys of its that are void; none of them is in `log_keys` or `hold_keys`. `proofs`: by key, the
    signature that shows whose it is (`protocol/possession.py`).
    """

    id: NodeId
    organisation: OrganisationId
    kind: str
    address: str
    sites: tuple[Site, ...]
    levels: Levels
    compartments: frozenset[str]
    regimes: frozenset[str]
    roles: frozenset[str]
    tls: tuple[str, ...]
    fingerprints: tuple[bytes, ...]
    log_keys: tuple[bytes, ...]
    hold_keys: tuple[bytes, ...]
    approval: Approval | None = None
    revoked: frozenset[bytes] = frozenset()
    proofs: Mapping[bytes, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class NodeEntry:
    """The effective entry of a node in one register; another register's is another, so decisions about it may be remembered.

    `memberships`: the communities it serves; `tls` PEM, `fingerprints` SHA-256 of the DER; `erase_keys` its organisation's.
    """

    id: NodeId
    organisation: OrganisationId
    kind: str
    address: str
    sites: tuple[Site, ...]
    organisation_countries: frozenset[str]
    levels: Levels
    compartments: frozenset[str]
    regimes: frozenset[str]
    rights: frozenset[str]
    roles: frozenset[str]
    memberships: Mapping[str, Membership]
    tls: tuple[str, ...]
    fingerprints: tuple[bytes, ...]
    log_keys: tuple[bytes, ...]
    hold_keys: tuple[bytes, ...]
    approval: Approval | None
    withdrawn_until: UnixMs | None
    refused: tuple[str, ...]
    erase_keys: tuple[bytes, ...] = ()
    revoked: frozenset[bytes] = frozenset()

    @property
    def communities(self) -> frozenset[str]:
        """The communities it serves."""
        return frozenset(self.memberships)

    @property
    def partner(self) -> bool:
        """A foreign party or its gateway: no personal data, nothing NO-EXPORT, a client at most."""
        return self.kind in PARTNER_KINDS


NO_COMMUNITIES: Final[Mapping[str, Membership]] = MappingProxyType({})


def meet(
    claim: NodeClaim, grant: Organisation, *, memberships: Mapping[str, Membership] = NO_COMMUNITIES
) -> NodeEntry:
    """The rights of a node: what it claims and its organisation was given, never more than either."""
    refused: list[str] = []
    levels, approval = _levels(claim, grant, refused)
    refused.extend(
        f"site {site.id}: country {site.country} is not among its organisation's"
        for site in claim.sites
        if site.country not in grant.countries
    )
    return NodeEntry(
        id=claim.id,
        organisation=grant.id,
        kind=claim.kind,
        address=claim.address,
        sites=tuple(site for site in claim.sites if site.country in grant.countries),
        organisation_countries=grant.countries,
        levels=levels,
        compartments=_both("compartment", claim.compartments, grant.compartments, refused),
        regimes=_both("regime", claim.regimes, grant.regimes, refused),
        rights=grant.rights,
        roles=claim.roles,
        memberships=_at_most_client(memberships) if claim.kind in PARTNER_KINDS else memberships,
        tls=claim.tls,
        fingerprints=claim.fingerprints,
        log_keys=claim.log_keys,
        hold_keys=claim.hold_keys,
        approval=approval,
        withdrawn_until=grant.withdrawn_until,
        refused=tuple(refused),
        erase_keys=grant.erase_keys,
        revoked=claim.revoked,
    )


def unfit(claim: NodeClaim, grant: Organisation) -> str:
    """Why this node is not admitted at all, in words; "" where it is."""
    return (
        "" if claim.kind in grant.kinds else f"{claim.id}: kind {claim.kind} is not among its organisation's"
    )


def _levels(claim: NodeClaim, grant: Organisation, refused: list[str]) -> tuple[Levels, Approval | None]:
    """Nothing above NONE without an approval, whatever claim and grant say."""
    levels: dict[str, Level] = {}
    for policy, wanted in sorted(claim.levels.items()):
        if policy not in grant.levels:
            refused.append(f"level: marking {policy} is not given to its organisation")
            continue
        given = grant.levels[policy]
        if wanted > given:
            refused.append(f"level {policy}: claims {LEVEL_NAMES[wanted]}, may have {LEVEL_NAMES[given]}")
        levels[policy] = min(wanted, given)
        if levels[policy] > Level.NONE and claim.approval is None:
            refused.append(f"level {policy}: {LEVEL_NAMES[levels[policy]]} needs an approval")
            levels[policy] = Level.NONE
    classified = any(level > Level.NONE for level in levels.values())
    return MappingProxyType(levels), claim.approval if classified else None


def _at_most_client(memberships: Mapping[str, Membership]) -> Mapping[str, Membership]:
    """A partner's delegates take part in a community; they are never members of it."""
    first = {
        name: m.since if m.earlier is None else min(m.since, m.earlier) for name, m in memberships.items()
    }
    return MappingProxyType({name: Membership(Standing.CLIENT, since) for name, since in first.items()})


def _both(word: str, claimed: frozenset[str], given: frozenset[str], refused: list[str]) -> frozenset[str]:
    refused.extend(f"{word} {item}: not given to its organisation" for item in sorted(claimed - given))
    return claimed & given
