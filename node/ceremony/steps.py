"""The steps of the ceremony: found, change, add and remove nodes, sign, renew. Each returns in words what changed.

Guarantees that each step is one change to the papers, signed with the keys at hand and published when it is complete: what
still lacks a signature waits as a draft, whole, for a folder that is carried to the next holder. Pure: files and clock are
the caller's (`node/ceremony/folder.py`, `node/cli_register.py`).
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from tuf.api.metadata import DelegatedRole, Delegations, Metadata, Role, Root, Targets  # type: ignore[attr-defined]

from node.ceremony import memberships, specification
from node.ceremony.cards import keys_of
from node.ceremony.papers import Papers, Signatures, moment, target
from node.ceremony.roles import KeyRing, RoleKey, given, public_of
from node.ceremony.specification import EXPIRY, Specification
from node.exits import Refused
from node.register import bundle
from node.register.chain import verify
from node.register.content import BOARD
from node.register.view import view
from protocol.ids import NodeId, Random, UnixMs, node_id, organisation_of
from protocol.register import Register
from protocol.strict import duration_ms

RESERVED = 20
"""Registers that may be published by others while a change that dates new standings is being signed."""

_PERIODS = "x-port2port-expiry"
"""In the targets: how long each role's paper lasts, ms, so that a renewal needs no founding document."""


class Ceremony:
    """A register in the making, with the keys at hand."""

    def __init__(self, papers: Papers) -> None:
        self.papers = papers

    # ---- What it is now ---------------------------------------------------------------------------------------------------

    @property
    def files(self) -> Mapping[str, bytes]:
        """The published set, by the names a bundle has, every root included."""
        return self.papers.files

    @property
    def trusted_root(self) -> bytes:
        """The newest root: what a node that starts now trusts."""
        version = self.papers.published("root").version
        return self.files[f"{version}.root.json"]

    def bundle(self) -> bytes:
        """The published set as a serialised Bundle."""
        return bundle.pack(self.files)

    def register(self) -> Register:
        """The published set as every node reads it."""
        return view(verify(self.files, trusted_root=Papers.first_root(self.files)))

    def waiting(self) -> list[Signatures]:
        """Drafts that lack signatures."""
        return self.papers.waiting()

    # ---- Steps ------------------------------------------------------------------------------------------------------------

    @classmethod
    def found(
        cls, spec: Specification, *, ring: KeyRing, now: UnixMs, cards: Iterable[Mapping[str, Any]] = ()
    ) -> tuple[Ceremony, list[str]]:
        """Root, the board's targets, one delegation and one file an organisation, snapshot and timestamp, in one version.

        `cards` are those of nodes whose claims the specification has.
        """
        memberships.by_hand(spec.board, {})
        papers = Papers(ring)
        self = cls(papers)
        keys = {use: [given(h, use, ring) for h in role.holders] for use, role in spec.roles.items()}
        papers.draft("root", _root(spec, keys), now, spec.expiry_ms["root"])
        targets = Targets(
            targets={BOARD: target(BOARD, memberships.dated({}, spec.board, 1))},
            delegations=Delegations({}, {}),
            unrecognized_fields={_PERIODS: dict(spec.expiry_ms)},
        )
        papers.draft("targets", targets, now, spec.expiry_ms["board"])
        words = [f"root: {spec.roles['root'].threshold} of {len(keys['root'])} keys"]
        words += [f"board: {spec.roles['board'].threshold} of {len(keys['board'])} keys"]
        words += self._delegate(spec, now)
        for card in cards:
            if str(card.get("node")) not in spec.nodes:
                raise Refused(f"{card.get('node')}: has a card, but no claim in [nodes]")
            words += self._list(card, spec.nodes[str(card["node"])], now)
        return self, words + self.settle(now)

    def change_board(self, spec: Specification, now: UnixMs) -> list[str]:
        """Merge a fragment into the board's decisions; organisations that are new in it get their delegation."""
        board = self.board()
        memberships.by_hand(spec.board, self._published_board())
        merged = specification.merged(board, spec.board)
        if (
            memberships.dated(self._published_board(), merged, self._next()) == board
            and not spec.organisation_keys
        ):
            raise Refused("the fragment changes nothing")
        new = [name for name in merged.get("organisations", {}) if name not in board.get("organisations", {})]
        words = [f"board: {', '.join(sorted(spec.board))} changed"]
        if new:
            self.draft("targets", self.paper("targets"), now)
            words += self._delegate(spec, now, only=new)
        return words + self.draft_board(merged, now) + self.settle(now)

    def draft_board(
        self, board: Mapping[str, Any], now: UnixMs, *, rejoining: Collection[str] = ()
    ) -> list[str]:
        """Put the board's decisions on the table, each new standing dated with the register that they are published as.

        Where signatures are still to be collected that is a later one, so that others may be published meanwhile.
        """
        published, targets = self._published_board(), self.paper("targets")
        for ahead in (0, RESERVED):
            dated = memberships.dated(published, board, self._next() + ahead, rejoining)
            targets.targets[BOARD] = target(BOARD, dated)
            self.draft("targets", targets, now)
            self.papers.sign()
            since = memberships.newest(published, dated)
            if not since or not self.papers.waiting():
                break
        return [f"new standings count from register {since} on"] if since else []

    def add_node(self, card: Mapping[str, Any], claim: Mapping[str, Any], now: UnixMs) -> list[str]:
        """List a node with its card's keys and its claim; replaces its entry where there is one. Its organisation signs."""
        words = self._list(card, claim, now) + self.settle(now)
        return words + self._cut(node_id(str(card["node"])))

    def remove_node(self, node: NodeId, now: UnixMs) -> list[str]:
        """Leave a stone with its certificates in place of the entry, so that it is refused by name."""
        entry = self.listed(node)
        stone = {"id": str(node), "removed": self._next(), "tls": list(entry.get("tls", ()))}
        self.enter(node, stone, now)
        return [f"{node}: removed ({organisation_of(node)} signs)", *self.settle(now)]

    def sign(self, role: str, now: UnixMs) -> list[str]:
        """Sign the draft of a role with the keys at hand; without a draft, renew it: next version, new expiry.

        `duty` renews snapshot and timestamp, and publishes what is complete; `board` is the targets.
        """
        role = {"board": "targets", "timestamp": "duty", "snapshot": "duty"}.get(role, role)
        words = []
        if role == "duty" and self.files:
            self.papers.sign()
            if self.papers.waiting():
                return self._renew(now)
        elif role != "duty" and role not in self.papers.drafts:
            until = self.draft(role, self.paper(role), now)
            words = [f"{role}: renewed until {until:%Y-%m-%d}"]
        return words + self.settle(now)

    # ---- Parts of steps ---------------------------------------------------------------------------------------------------

    def settle(self, now: UnixMs) -> list[str]:
        """Sign what can be signed; publish when all of it is complete."""
        words = [f"{role}: signed by {holder}" for role, holder in self.papers.sign()]
        if waiting := self.papers.waiting():
            return words + [f"{w.role}: waits for {w.needed} more of {', '.join(w.could)}" for w in waiting]
        before = self.register().refused if self.files else ()
        chain = self.papers.publish(now, self._period("duty"))
        if chain is None:
            return [*words, "waits for one duty key: port2port register sign duty"]
        until = moment(now + self._period("duty"))
        words.append(f"published as register {chain.version}, current until {until:%Y-%m-%d %H:%M} UTC")
        costs = [w for w in self.register().refused if w not in before and not w.startswith("communities.")]
        return [*words, *(f"this costs {one}" for one in costs)]

    def _delegate(self, spec: Specification, now: UnixMs, only: Iterable[str] | None = None) -> list[str]:
        """One delegation, and one empty file, for each organisation that is new."""
        targets: Targets = self.papers.drafts["targets"].signed
        names = spec.board.get("organisations", {}) if only is None else only
        words = []
        for name in names:
            key = self._organisation_key(spec, name)
            role = DelegatedRole(name, [key.id], 1, terminating=True, paths=[_path(NodeId("*"), name)])
            assert targets.delegations is not None
            assert targets.delegations.roles is not None
            targets.delegations.roles[name] = role
            targets.delegations.keys[key.id] = key.entry()
            self.draft(name, Targets(), now)
            words.append(f"{name}: organisation added, its nodes are its own to list")
        return words

    def _organisation_key(self, spec: Specification, name: str) -> RoleKey:
        if name in spec.organisation_keys:
            where = f"roles.organisations.{name}"
            return RoleKey(name, "organisation", public_of(spec.organisation_keys[name], where))
        return self.papers.ring.make(name, "organisation")

    def _list(self, card: Mapping[str, Any], claim: Mapping[str, Any], now: UnixMs) -> list[str]:
        node = node_id(str(card.get("node", "")))
        if taken := claim.keys() & {"id", "tls", "log", "hold", "proof", "revoked", "removed"}:
            raise Refused(f"{node}: {', '.join(sorted(taken))} come from the card, not from the claim")
        entry = {**claim, "id": str(node), **keys_of(card, node)}
        before = self.enter(node, {**entry, **self._void(node, entry)}, now)
        return [f"{node}: {'replaced' if before else 'added'} ({organisation_of(node)} signs)"]

    def enter(self, node: NodeId, entry: Mapping[str, Any], now: UnixMs) -> bool:
        """Put a node's entry on the table; returns whether there was one."""
        organisation = organisation_of(node)
        targets = self.paper(organisation)
        path = _path(node)
        before = path in targets.targets
        targets.targets[path] = target(path, entry)
        self.draft(organisation, targets, now)
        return before

    def _void(self, node: NodeId, entry: Mapping[str, Any]) -> dict[str, Any]:
        """What an entry that replaces another keeps of it: the revoked keys, for good, with their proofs."""
        before = self.paper(organisation_of(node)).targets.get(_path(node))
        revoked = list((before.custom or {}).get("revoked", ())) if before is not None else []
        if not revoked:
            return {}
        assert before is not None
        proofs = {k: p for k, p in before.custom.get("proof", {}).items() if k in revoked}
        return {"revoked": revoked, "proof": {**entry.get("proof", {}), **proofs}}

    def _cut(self, node: NodeId) -> list[str]:
        """What the meet took away from the node's claim, so that the organisation sees it at once."""
        if self.papers.drafts:
            return []
        register = self.register()
        entry = register.nodes.get(node)
        words = entry.refused if entry else tuple(w for w in register.refused if w.startswith(node))
        return [f"{node}: not granted: {one}" for one in words]

    def paper(self, role: str) -> Any:
        """A copy of the newest paper of a role, to change."""
        found = self.papers.newest(role)
        if found is None:
            raise Refused(f"{role}: no such role or organisation in this register")
        copy: Metadata[Any] = Metadata.from_bytes(found.to_bytes())
        return copy.signed

    def board(self) -> Mapping[str, Any]:
        """The board's decisions, the newest on the table."""
        found: Mapping[str, Any] = self.paper("targets").targets[BOARD].custom
        return found

    def _published_board(self) -> Mapping[str, Any]:
        targets = self.papers.published("targets")
        return {} if targets is None else dict(targets.targets[BOARD].custom)

    def listed(self, node: NodeId) -> Mapping[str, Any]:
        """The entry of a node, the newest on the table; Refused where there is none."""
        found = self.paper(organisation_of(node)).targets.get(_path(node))
        if found is None or "removed" in (found.custom or {}):
            raise Refused(f"{node}: is not in the register")
        entry: Mapping[str, Any] = found.custom
        return entry

    def draft(self, role: str, signed: Root | Targets, now: UnixMs) -> dt.datetime:
        """Put a changed paper on the table, in force for as long as its role's papers are; returns until when."""
        period = self._period({"root": "root", "targets": "board"}.get(role, "organisation"))
        self.papers.draft(role, signed, now, period)
        return moment(now + period)

    def _renew(self, now: UnixMs) -> list[str]:
        """Keep what is published current while other papers still wait for signatures."""
        drafts, self.papers.drafts = self.papers.drafts, {}
        try:
            words = self.settle(now)
        finally:
            self.papers.drafts = drafts
        return words + [
            f"{w.role}: waits for {w.needed} more of {', '.join(w.could)}" for w in self.waiting()
        ]

    def _period(self, use: str) -> int:
        periods = self.paper("targets").unrecognized_fields.get(_PERIODS, {})
        return int(periods[use]) if use in periods else duration_ms(EXPIRY[use]) or 0

    def _next(self) -> int:
        published = self.papers.published("snapshot")
        return 1 if published is None else int(published.version) + 1


def begin(spec: Mapping[str, Any], *, now: UnixMs, random: Random) -> tuple[Ceremony, list[str]]:
    """A register founded from a document, without nodes yet, and what was done, in words."""
    return Ceremony.found(specification.read(spec), ring=KeyRing(random), now=now)


def found_federation(
    spec: Mapping[str, Any],
    cards: Iterable[Mapping[str, Any]] = (),
    *,
    now: UnixMs,
    random: Random = os.urandom,
) -> Ceremony:
    """A whole register in one call, every key made here: for a demonstration, a rehearsal and tests.

    `spec` is a founding document whose `[nodes.<id>]` are the claims; `cards` are `NodeKeys.public_card()` of those nodes.
    """
    ceremony, _ = Ceremony.found(specification.read(spec), ring=KeyRing(random), now=now, cards=cards)
    return ceremony


def _root(spec: Specification, keys: Mapping[str, list[RoleKey]]) -> Root:
    roles = {
        role: Role([key.id for key in keys[use]], spec.roles[use].threshold)
        for role, use in (("root", "root"), ("targets", "board"), ("snapshot", "duty"), ("timestamp", "duty"))
    }
    entries = {key.id: key.entry() for held in keys.values() for key in held}
    return Root(keys=dict(entries), roles=roles, consistent_snapshot=True)


def _path(node: NodeId, organisation: str | None = None) -> str:
    return f"organisations/{organisation or organisation_of(node)}/{node}"
