"""Changing keys: of who signs the register, of an organisation's file, of a node. Each step says what follows for the nodes.

Guarantees that a key is replaced in one step with whatever must be signed anew under it, so that no register is published that
its own new keys do not cover. What the old threshold must still agree to is asked of the papers, not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tuf.api.exceptions import UnsignedMetadataError
from tuf.api.metadata import Root, Targets  # type: ignore[attr-defined]

from node.ceremony.cards import keys_of
from node.ceremony.roles import RoleKey, holder_of, public_of
from node.ceremony.steps import Ceremony
from node.certificates import fingerprint_of
from node.exits import Refused
from protocol.ids import NodeId, UnixMs, organisation_of

ROLES = {"root": ("root",), "board": ("targets",), "duty": ("snapshot", "timestamp")}
USES = ("tls", "log", "hold")


def rotate_role(
    ceremony: Ceremony,
    use: str,
    holder: str,
    now: UnixMs,
    *,
    successor: str = "",
    public: str = "",
    threshold: int | None = None,
    drop: bool = False,
) -> list[str]:
    """Replace a holder's key in root, board or duty, by one made here or `public`, of the same holder or a `successor`.

    `drop`: without a successor. The new root is signed by the thresholds of the old one and of itself.
    """
    root: Root = ceremony.paper("root")
    roles = ROLES[use]
    old = _key_of(root, roles[0], holder)
    new = None if drop else _role_key(ceremony, successor or holder, use, public)
    for role in roles:
        place = root.roles[role].keyids.index(old)
        root.roles[role].keyids[place : place + 1] = [new.id] if new else []
        root.roles[role].threshold = threshold or root.roles[role].threshold
        if not 1 <= root.roles[role].threshold <= len(root.roles[role].keyids):
            held = len(root.roles[role].keyids)
            raise Refused(f"{use}: {held} key(s) cannot make a threshold of {root.roles[role].threshold}")
    if new:
        root.keys[new.id] = new.entry()
    if not any(old in role.keyids for role in root.roles.values()):
        del root.keys[old]
    ceremony.draft("root", root, now)
    words = [
        f"{use}: {holder}'s key {old[:16]} {f'replaced by {new.holder} {new.id[:16]}' if new else 'dropped'}"
    ]
    if use == "board" and not _still_signed(ceremony, root):
        ceremony.draft("targets", ceremony.paper("targets"), now)
        words.append("board: its paper is signed anew, since what is left of the old signatures is too few")
    return [*words, *ceremony.settle(now), _MEANS[use]]


def rotate_organisation(ceremony: Ceremony, organisation: str, now: UnixMs, *, public: str = "") -> list[str]:
    """A new key for an organisation's file: the board delegates to it, and the file is signed anew by it."""
    targets: Targets = ceremony.paper("targets")
    roles = targets.delegations.roles if targets.delegations else None
    if not roles or organisation not in roles:
        raise Refused(f"{organisation}: no such organisation in this register")
    assert targets.delegations is not None
    new = _role_key(ceremony, organisation, "organisation", public)
    old = list(roles[organisation].keyids)
    roles[organisation].keyids[:] = [new.id]
    targets.delegations.keys[new.id] = new.entry()
    for key_id in old:
        if not any(key_id in role.keyids for role in roles.values()):
            del targets.delegations.keys[key_id]
    ceremony.draft("targets", targets, now)
    ceremony.draft(organisation, ceremony.paper(organisation), now)
    words = [
        f"{organisation}: key {old[0][:16]} replaced by {new.id[:16]} (the board signs, and the new key its file)"
    ]
    return [
        *words,
        *ceremony.settle(now),
        "nodes: nothing changes for them; they take the new register as any other",
    ]


def rotate_node(
    ceremony: Ceremony, node: NodeId, card: Mapping[str, Any], now: UnixMs, *, finish: bool = False
) -> list[str]:
    """List a card's keys before those a node has; `finish`: instead of those."""
    entry = dict(ceremony.listed(node))
    keys = keys_of(card, node)
    words = []
    for use in USES:
        held = list(entry[use])
        entry[use] = keys[use] if finish else [*keys[use], *(key for key in held if key not in keys[use])]
        if new := [key for key in keys[use] if key not in held]:
            words.append(f"{node}: {use}: new {', '.join(map(_short, new))}")
        if gone := [key for key in held if key not in entry[use]]:
            words.append(f"{node}: {use}: dropped {', '.join(map(_short, gone))}")
    if not words:
        raise Refused(f"{node}: the card changes nothing; port2port keys rotate makes new keys")
    entry["proof"] = _proofs(entry, {**entry.get("proof", {}), **keys.get("proof", {})})
    ceremony.enter(node, entry, now)
    words += [f"{organisation_of(node)} signs", *ceremony.settle(now)]
    means = (
        f"{node}: what its dropped log keys signed and nobody signed anew is taken from no one any more"
        if finish
        else f"{node}: old and new keys count; it takes the new ones with port2port keys rotate --take, later finish with --finish"
    )
    return [*words, means]


def revoke(
    ceremony: Ceremony, node: NodeId, key: str, now: UnixMs, *, card: Mapping[str, Any] | None = None
) -> list[str]:
    """Make a node's key void: a log or hold key is named in `revoked` for good, a certificate only goes. `key`: its hex."""
    entry = dict(ceremony.listed(node))
    use = next((u for u in USES for k in entry[u] if _whole(k) == key), "")
    if not use:
        raise Refused(f"{node}: has no key or certificate {key[:16]}; port2port register show lists them")
    keys = keys_of(card, node) if card is not None else {}
    for each in USES:
        listed = [*keys.get(each, ()), *(k for k in entry[each] if k not in keys.get(each, ()))]
        entry[each] = [k for k in listed if _whole(k) != key]
    if not entry[use]:
        raise Refused(
            f"{node}: {key[:16]} is its only {use} key; give --card with new ones (port2port keys rotate)"
        )
    if use != "tls":
        entry["revoked"] = [*entry.get("revoked", ()), key]
    entry["proof"] = _proofs(entry, {**entry.get("proof", {}), **keys.get("proof", {})})
    ceremony.enter(node, entry, now)
    return [
        f"{node}: {use} key {key[:16]} revoked ({organisation_of(node)} signs)",
        *ceremony.settle(now),
        f"{node}: {_REVOKED[use]}",
    ]


_MEANS = {
    "root": "nodes: they follow from the root they hold to this one by themselves; who starts new is given the new root.json",
    "board": "nodes: nothing changes for them; they take the new register as any other",
    "duty": "nodes: they take timestamps by the remaining and the new keys; what the old key alone signs is refused from now on",
}
_REVOKED = {
    "tls": "its connections end at once where the new register is held; it dials with another certificate",
    "log": "what this key signs is void; each of its feeds goes on in a new epoch, and what stands after the last good size is struck through",
    "hold": "receipts by this key count no more; it gives them anew with another key",
}


def _key_of(root: Root, role: str, holder: str) -> str:
    found = [key for key in root.roles[role].keyids if holder_of(root.keys[key]) == holder]
    if len(found) != 1:
        holders = ", ".join(sorted({holder_of(root.keys[key]) for key in root.roles[role].keyids}))
        raise Refused(f"{holder}: holds {len(found)} of these keys; holders are {holders}")
    return found[0]


def _role_key(ceremony: Ceremony, holder: str, use: str, public: str) -> RoleKey:
    if public:
        return RoleKey(holder, use, public_of(public, f"{use}.{holder}"))
    return ceremony.papers.ring.make(holder, use)


def _still_signed(ceremony: Ceremony, root: Root) -> bool:
    """Whether what is published of the board holds under the new root; a draft of it is signed anew anyway."""
    paper = ceremony.papers.newest("targets")
    if paper is None or "targets" in ceremony.papers.drafts:
        return True
    try:
        root.verify_delegate("targets", paper.signed_bytes, paper.signatures)
    except UnsignedMetadataError:
        return False
    return True


def _proofs(entry: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the keys that the entry still names, revoked ones included: they show whose such a key was."""
    named = {*entry["log"], *entry["hold"], *entry.get("revoked", ())}
    return {key: proof for key, proof in known.items() if key in named}


def _whole(key: str) -> str:
    return fingerprint_of(key.encode()).hex() if key.startswith("-----") else key


def _short(key: str) -> str:
    return _whole(key)[:16]
