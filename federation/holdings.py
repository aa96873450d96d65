"""What this node holds, in memory: which feeds, how much of each, and who may be told. A few hundred bytes a feed.

Guarantees that nothing is here before it is durable, so what is said of it is never too much; an own feed that just grew is
read again before anything is said of it (`stale`). Origins and labels of feeds never change and are read once. Whether a peer
may have a feed is remembered no longer than anything it rests on is in force, and under the next register but for the feeds that it concerns.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter

from node.commands import serve
from node.commands.context import Context
from node.commands.entitled import may_serve
from node.commands.serve import HEADS_DOMAIN, Head, Listed
from node.store.feeds import FeedRole, FeedState
from policies.competence import GRACE_MS
from policies.succession import Moved, moved
from protocol.ids import FeedId, Hash, NodeId, UnixMs
from protocol.label import parse
from protocol.merkle import EMPTY_ROOT
from protocol.register_view import Register

_UNKNOWN, _NO, _YES = 0, 1, 2
_by_id = attrgetter("feed")


@dataclass(slots=True)
class Held:
    """One feed: the facts of its OPEN, and how much of it is here."""

    number: int
    feed: FeedId
    origin: NodeId
    label: str
    role: FeedRole
    register_version: int
    state: FeedState
    size: int
    root: Hash
    packed: bytes = b""
    """As it stands in a digest."""
    head_of: tuple[int, Hash] = (0, EMPTY_ROOT)

    def holds(self, size: int, root: Hash) -> None:
        """It has grown to this."""
        self.size, self.root = self.head_of = size, root
        self.packed = self.feed + size.to_bytes(8, "big") + root

    @property
    def head(self) -> Head:
        """For a list."""
        return Head(self.feed, self.size, self.root)


@dataclass(slots=True)
class _Rights:
    """What one peer may have: a verdict for each feed number, and the list of what it may, once it was asked for."""

    until: UnixMs | None
    verdicts: bytearray = field(default_factory=bytearray)
    served: list[Held] | None = None
    named: bytes = b""
    """Which feeds `served` names, in 32 bytes; empty until it was asked for."""


class _Naming:
    """Which feeds, of those about which anything was decided, name a community or are of an origin, by local number."""

    def __init__(self) -> None:
        self._known: set[int] = set()
        self._by: dict[str, set[int]] = {}

    def decided(self, held: Held) -> None:
        """There is a verdict about it, so its label was read just now."""
        if held.number not in self._known:
            self._known.add(held.number)
            for name in {f"of {held.origin}", *frozenset[str]().union(*parse(held.label).audience)}:
                self._by.setdefault(name, set()).add(held.number)

    def of(self, change: Moved) -> set[int]:
        """Those that a change of the register concerns."""
        names = [*change.communities, *(f"of {origin}" for origin in change.origins)]
        return set[int]().union(*(self._by.get(name, ()) for name in names))


class Holdings:
    """Feeds by id and number, and rights by peer."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._feeds: dict[FeedId, Held] = {}
        self._numbers: dict[int, Held] = {}
        self._sorted: list[Held] | None = None
        self._register: Register | None = None
        self._rights: dict[NodeId, _Rights] = {}
        self._naming = _Naming()
        self._stale: set[FeedId] = set()
        self.load(ctx.store.read(serve.listed))

    def listed(self) -> bool:
        """Whether the register of this moment has this node, and it is not withdrawn."""
        return self._ctx.register.member(self._ctx.me, self._ctx.now())

    def get(self, feed: FeedId) -> Held | None:
        """The feed, if anything of it is held."""
        return self._feeds.get(feed)

    def numbered(self, number: int) -> Held | None:
        """The feed with this local number."""
        return self._numbers.get(number)

    def load(self, rows: Iterable[Listed]) -> None:
        """Take in rows of the store: feeds not known yet, and how much there is of the others."""
        for row in rows:
            held = self._feeds.get(row.feed)
            if held is None:
                self._feeds[row.feed] = self._numbers[row.number] = _held(row)
                self._sorted = None
                continue
            if row.size > held.size:
                held.holds(row.size, row.root)
            if row.state != held.state:
                held.state = FeedState(row.state)
                self._undecided(held.number)

    def reload(self, feed: FeedId, rows: Iterable[Listed]) -> None:
        """Forget a feed and take in what the store says of it now: less than before, or nothing."""
        held = self._feeds.pop(feed, None)
        if held is not None:
            del self._numbers[held.number]
            self._sorted = None
        self.load(rows)
        if held is not None:
            self._undecided(held.number)

    def _undecided(self, number: int) -> None:
        """Who may have it is to be asked again."""
        for rights in self._rights.values():
            rights.served = None
            if number < len(rights.verdicts):
                rights.verdicts[number] = _UNKNOWN

    def purged(self, feed: FeedId) -> None:
        """Nothing of it is held any more."""
        held = self._feeds.pop(feed, None)
        if held is not None:
            del self._numbers[held.number]
            self._stale.discard(feed)
            self._sorted = None
            self._undecided(held.number)  # it may come again under another register

    def stale(self, feed: FeedId) -> None:
        """The store has more of it than is known here."""
        self._stale.add(feed)

    async def refresh(self) -> None:
        """Read what is stale."""
        while self._stale:
            wanted, self._stale = self._stale, set()
            self.load(await self._ctx.store.aread(partial(serve.listed, ids=wanted)))

    def may_serve(self, peer: NodeId, held: Held) -> bool:
        """Whether this node may name and serve the feed to `peer`, under the register of now."""
        return self._allows(peer, self._of(peer), held)

    def may_know(self, peer: NodeId, feed: FeedId) -> bool:
        """Whether a peer may learn that a feed is held here."""
        held = self.get(feed)
        return held is not None and ((held.origin == peer and self.listed()) or self.may_serve(peer, held))

    def follows(self, peer: NodeId, feed: FeedId) -> Held | None:
        """The feed, if entries of it may go to `peer`; nobody follows an audit feed."""
        held = self.get(feed)
        if held is None or held.role is FeedRole.AUDIT or not self.may_serve(peer, held):
            return None
        return held

    def served(self, peer: NodeId) -> Sequence[Held]:
        """What `peer` may know of, by feed id."""
        if self._sorted is None:
            self._sorted = sorted(self._feeds.values(), key=_by_id)
            for other in self._rights.values():
                other.served = None
        rights = self._of(peer)
        if rights.served is None:
            rights.served = [held for held in self._sorted if self._allows(peer, rights, held)]
            rights.named = b""
        return rights.served

    def named(self, peer: NodeId) -> bytes:
        """Which feeds `peer` may know of, in 32 bytes."""
        served, rights = self.served(peer), self._of(peer)
        if not rights.named:
            rights.named = hashlib.sha256(b"".join([held.feed for held in served])).digest()
        return rights.named

    def digest(self, peer: NodeId) -> bytes:
        """`Hello.digest` over what `peer` may know of."""
        return hashlib.sha256(HEADS_DOMAIN + b"".join([held.packed for held in self.served(peer)])).digest()

    def _of(self, peer: NodeId) -> _Rights:
        register = self._ctx.register
        if register is not self._register:
            before, self._register = self._register, register
            self._rights = {} if before is None else self._kept(before, register)
        rights = self._rights.get(peer)
        if rights is None or (rights.until is not None and rights.until <= self._ctx.now()):
            rights = self._rights[peer] = _Rights(self._until(peer, register))
        return rights

    def _kept(self, before: Register, register: Register) -> dict[NodeId, _Rights]:
        """Verdicts go on under the next register but for the feeds that it concerns."""
        now, kept = self._ctx.now(), dict[NodeId, _Rights]()
        for peer, rights in self._rights.items():
            change = moved(before, register, me=self._ctx.me, peer=peer, now=now)
            if change is None or (rights.until is not None and rights.until <= now):
                continue
            rights.until = self._until(peer, register)
            kept[peer] = rights
            if change.communities or change.origins:
                self._decide_anew(peer, rights, self._naming.of(change))
        return kept

    def _decide_anew(self, peer: NodeId, rights: _Rights, numbers: Iterable[int]) -> None:
        """These; the list of what is served changes where a verdict does."""
        served = rights.served = None if self._sorted is None else rights.served
        for number in numbers:
            held = self._numbers.get(number)
            before = rights.verdicts[number] if number < len(rights.verdicts) else _UNKNOWN
            if held is None or before == _UNKNOWN:
                continue
            rights.verdicts[number] = _UNKNOWN
            after = _YES if self._allows(peer, rights, held) else _NO
            if served is None or after == before:
                continue
            if served is rights.served:
                served, rights.named = list(served), b""
            if after == _YES:
                insort(served, held, key=_by_id)
            else:
                del served[bisect_left(served, held.feed, key=_by_id)]
        rights.served = served

    def _until(self, peer: NodeId, register: Register) -> UnixMs | None:
        """When the next thing ends on which a peer's rights rest besides the register itself; this node's own membership too."""
        entry, own = register.nodes.get(peer), register.nodes.get(self._ctx.me)
        if entry is None or own is None:
            return None
        ends = [
            UnixMs(register.expires_ms + GRACE_MS),
            own.withdrawn_until,
            entry.withdrawn_until,
            entry.approval.expires_ms if entry.approval else None,
        ]
        return min((end for end in ends if end is not None and end > self._ctx.now()), default=None)

    def _allows(self, peer: NodeId, rights: _Rights, held: Held) -> bool:
        verdicts, number = rights.verdicts, held.number
        if number >= len(verdicts):
            verdicts.extend(bytes(number + 64 - len(verdicts)))
        if verdicts[number] == _UNKNOWN:
            allowed = may_serve(self._ctx, peer, held, self._register or self._ctx.register)
            verdicts[number] = _YES if allowed else _NO
            self._naming.decided(held)
        return verdicts[number] == _YES


def _held(row: Listed) -> Held:
    role = FeedRole(row.role)
    held = Held(
        row.number,
        row.feed,
        row.origin,
        row.label,
        role,
        row.register_version,
        FeedState(row.state),
        row.size,
        row.root,
    )
    held.holds(row.size, row.root)
    return held
