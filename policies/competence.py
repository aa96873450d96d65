"""What a node may say, pass on and let leave: decided alike by who says it, who relays it and who receives it.

Guarantees pure functions of (register, label, kind) and, for what goes stale, the time asked. Does not look into a record's fields;
whether a receiver may hold the feed is `clearance.may_follow`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from policies.clearance import above_accreditation
from policies.decision import Decision, Deny, DenyCode, Permit, first_refusal
from protocol.ids import NodeId, UnixMs
from protocol.kinds import known
from protocol.label import AUDIT, CONTROL, Label, Level
from protocol.members import NodeEntry
from protocol.register_view import Register

AUDIT_KIND: Final = "audit"
FORESEEN: Final[Mapping[str, str]] = MappingProxyType({})
"""Register rights of kinds that later releases will know: who may say such a thing must not depend on the release."""
GRACE_MS: Final = 30 * 86_400_000
"""How long after the register's expiry classified and personal records may still leave."""


def may_accept(origin: NodeId, label: Label, kind: str, register: Register) -> Decision:
    """Whether this origin may say a thing of this kind under this label; `kind` is "" for entries without content.

    A kind nobody here knows is data and may be said. Names the register does not know are not asked for: a community that
    was dissolved must not turn what was rightly said in it into an offence.
    """
    entry = register.nodes.get(origin)
    if entry is None:
        return _incompetent("origin", "not a node of this register")
    if label.reserved:
        return _reserved(entry, label, kind, register)
    refusal = first_refusal(_refusals(entry, label, kind, register))
    return Permit("competence", register=register.version) if refusal is None else refusal


def may_relay(label: Label, register: Register) -> Decision:
    """Whether anybody but the origin may serve a feed of this label on."""
    if label.reserved:
        return _incompetent("reserved", "control and audit feeds come from their origin alone")
    if "ORCON" in label.caveats:
        return Deny(DenyCode.CAVEAT, "orcon", "ORCON: only the origin gives it to others")
    return Permit("relay", register=register.version)


def may_leave(label: Label, register: Register, now: UnixMs) -> Decision:
    """Whether what has this label may still leave a node under this register, `now` (unix ms)."""
    end = UnixMs(register.expires_ms + GRACE_MS)
    guarded = label.level >= Level.RESTRICTED or "PERSONAL" in label.caveats
    if not guarded:
        return Permit("fresh", register=register.version)
    if now < end:
        return Permit("fresh", register=register.version, until=end)
    words = "the register expired more than 30 days ago; classified and personal records stay"
    return Deny(DenyCode.STALE_REGISTER, "stale", words)


def may_open(register: Register, *, open_feeds: int, now: UnixMs) -> Decision:
    """Whether a node that has so many open feeds may open another: a new label is a new grant."""
    if now >= register.expires_ms:
        return Deny(
            DenyCode.STALE_REGISTER, "expired", "the register has expired; a label not used before waits"
        )
    if open_feeds >= register.max_open_feeds:
        words = f"at most {register.max_open_feeds} labels in use at a time; use one of those, or a case"
        return Deny(DenyCode.CEILING, "open-feeds", words)
    return Permit("open", register=register.version, until=register.expires_ms)


def _reserved(entry: NodeEntry, label: Label, kind: str, register: Register) -> Decision:
    """Control feeds carry no records; an audit feed carries audit records of the node it names."""
    own = label.recipients == frozenset({frozenset({f"node:{entry.id}"})})
    if label.policies != {register.policy}:
        return _incompetent("reserved", "control and audit feeds are of the register's first policy")
    if (label.reserved == CONTROL and not kind) or (
        label.reserved == AUDIT and own and kind in {AUDIT_KIND, ""}
    ):
        return Permit(label.reserved, register=register.version)
    return _incompetent("reserved", "control feeds carry no records, an audit feed its own node's only")


def _refusals(entry: NodeEntry, label: Label, kind: str, register: Register) -> Iterator[Deny | None]:
    yield _against_origin(entry, label, register)
    yield _against_kind(entry, label, kind)


def _against_origin(entry: NodeEntry, label: Label, register: Register) -> Deny | None:
    if entry.withdrawn_until is not None:
        return Deny(DenyCode.SUSPENDED, "withdrawn", "its organisation is leaving the federation")
    for clause in label.audience:
        communities = (register.communities.get(name) for name in clause)
        if all(c is None or c.membership(entry.organisation) is None for c in communities):
            return _incompetent("community", "its organisation is in none of " + ", ".join(sorted(clause)))
    return above_accreditation(entry, label)


def lacks_right(entry: NodeEntry, kind: str) -> Deny | None:
    """Why this node may not say things of this kind under any label, by the register alone; None where it may."""
    found = known().get(kind)
    right = found.register_right if found else FORESEEN.get(kind, "")
    if right and right not in entry.rights:
        return _incompetent("right", f"its organisation has no right {right}")
    return None


def _against_kind(entry: NodeEntry, label: Label, kind: str) -> Deny | None:
    if kind == AUDIT_KIND:
        return _incompetent("kind", "audit records stand in an audit feed only")
    if (refusal := lacks_right(entry, kind)) is not None:
        return refusal
    found = known().get(kind)
    if found is None:
        return None
    if missing := found.always - label.caveats:
        return Deny(DenyCode.CAVEAT, "kind", f"{kind} needs caveat " + ", ".join(sorted(missing)))
    if label.status and not found.exercises:
        return Deny(DenyCode.STATUS, "kind", f"{kind} is never part of an exercise or test")
    return None


def _incompetent(rule: str, words: str) -> Deny:
    return Deny(DenyCode.NOT_COMPETENT, rule, words)
