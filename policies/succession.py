"""What the next register leaves of what was decided about feeds under the one before.

Guarantees that where `moved` leaves a feed out, `may_serve` says of it under both registers the same, as long as the time has not
passed what either rests on: what makes that up is a node's own entry, the communities a label names, and whether its origin is
listed. What this does not know of an entry counts as another entry. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

from policies.competence import GRACE_MS
from protocol.ids import NodeId, UnixMs
from protocol.members import NodeEntry
from protocol.register_view import Register

_NO_MATTER: Final = frozenset(
    {
        "memberships",
        "address",
        "tls",
        "fingerprints",
        "log_keys",
        "hold_keys",
        "erase_keys",
        "revoked",
        "refused",
        "rights",
    }
)
"""Of an entry, what no label asks for; memberships are compared one by one."""
_ASKED: Final = tuple(one.name for one in fields(NodeEntry) if one.name not in _NO_MATTER)


@dataclass(frozen=True, slots=True)
class Moved:
    """Feeds that name one of these communities, or are of one of these origins, are to be decided anew; no others."""

    communities: frozenset[str] = frozenset()
    origins: frozenset[NodeId] = frozenset()


def moved(before: Register, after: Register, *, me: NodeId, peer: NodeId, now: UnixMs) -> Moved | None:
    """What to decide anew of what `me` may serve `peer`; None for all of it."""
    old, new = before.nodes.get(peer), after.nodes.get(peer)
    if old is None or new is None or before.policy != after.policy:
        return None
    if any(now >= one.expires_ms + GRACE_MS or not one.member(me, now) for one in (before, after)):
        return None
    if any(getattr(old, name) != getattr(new, name) for name in _ASKED):
        return None
    return Moved(_otherwise(old, new), frozenset(before.nodes.keys() ^ after.nodes.keys()))


def _otherwise(old: NodeEntry, new: NodeEntry) -> frozenset[str]:
    """Communities in which a node stands otherwise."""
    named = old.memberships.keys() | new.memberships.keys()
    return frozenset(name for name in named if old.memberships.get(name) != new.memberships.get(name))
