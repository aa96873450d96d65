"""Whose a key is: a node proves that it has the private half, so that copying a public key gains nothing and costs nobody else.

Guarantees a pure function of what one register lists: whoever reads it, since whenever, comes to the same answer. A proof is
looked at only where a key is disputed, since nothing else depends on it. A certificate needs none: it is signed by its own key
and names its node.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from protocol.ids import NodeId, OrganisationId
from protocol.keys import signed_by
from protocol.members import NodeClaim

_DOMAIN: Final = b"port2port/node-key/v1\x00"


def possession(node: NodeId) -> bytes:
    """What each `log` and `hold` key of a node signs once: no other text that such a key signs begins so."""
    return _DOMAIN + node.encode()


def proves(claim: NodeClaim, key: bytes) -> bool:
    """Whether the node's entry shows that it has, or had, the private half of this key."""
    return signed_by(key, possession(claim.id), claim.proofs.get(key, b""))


def disputed(
    claims: Iterable[NodeClaim], erase: Mapping[bytes, OrganisationId]
) -> Iterator[tuple[NodeClaim, str]]:
    """The nodes that are left out because of a key or certificate, and why, in words. `erase`: whose erase key is which.

    A node that uses a key twice, or one that it revoked, errs alone. Of several with one key the one that proves it stays; if
    none or more than one does, none stays. A key that another node revoked, proving that it was its own, is nobody's.
    """
    claims = list(claims)
    users: dict[bytes, list[NodeClaim]] = {}
    revoked: dict[bytes, list[NodeClaim]] = {}
    for claim in claims:
        for key in _used(claim):
            users.setdefault(key, []).append(claim)
        for key in claim.revoked:
            revoked.setdefault(key, []).append(claim)
    for claim in claims:
        words = (_against(claim, key, users[key], revoked.get(key, []), erase) for key in _used(claim))
        if first := next(filter(None, words), ""):
            yield claim, first


def _against(
    claim: NodeClaim,
    key: bytes,
    users: list[NodeClaim],
    revoked: list[NodeClaim],
    erase: Mapping[bytes, OrganisationId],
) -> str:
    if key in claim.revoked:
        return "a key that it revoked is among its keys"
    if key in erase:
        return f"a key that signs erasures of {erase[key]} is among its keys"
    if users.count(claim) > 1:
        return "a key or certificate stands in two places of its entry"
    if any(proves(other, key) for other in revoked if other is not claim):
        return "a key that another node revoked is among its keys"
    others = sorted(other.id for other in users if other is not claim)
    if not others or (proves(claim, key) and not any(proves(o, key) for o in users if o is not claim)):
        return ""
    return (
        f"a key or certificate that {', '.join(others)} lists too, and it alone does not prove to be its own"
    )


def _used(claim: NodeClaim) -> tuple[bytes, ...]:
    return (*claim.fingerprints, *claim.log_keys, *claim.hold_keys)
