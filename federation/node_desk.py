"""The desk of a real node: sessions' questions as commands over its store.

What is asked for every frame is answered from memory (`holdings.py`); the store is read where entries are, and written in
transactions that stay short whatever a peer lists.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress

from federation import wire
from federation.away import Away
from federation.desk import PUSH_LAG, Due, Piece, Taken
from federation.holdings import Holdings
from federation.node_files import Aside, NodeFiles
from federation.overtakes import Overtakes
from federation.records import Records
from node import log
from node.commands import (
    accept,
    batch,
    beat,
    cut,
    evidence,
    examine,
    highest,
    receipt,
    serve,
    unheard,
    witnesses,
)
from node.commands.batch import Batch
from node.commands.beat import Beat
from node.commands.context import Context
from node.commands.outcome import Accepted, Refusal
from node.commands.serve import Head
from node.register import Outcome, RegisterStore
from node.store import cuts, feeds, receipts
from node.store import unheard as unheard_feeds
from node.store.errors import StoreFull
from node.store.feeds import FeedRole, FeedRow, FeedState
from node.store.unit import Reader, Tx
from protocol import checkpoint as checkpoints
from protocol.errors import Code, ProtocolError
from protocol.ids import FeedId, NodeId
from protocol.v1 import federation_pb2 as pb

AT_ONCE = 8
"""Entries of a batch that are verified by the writer itself, and read for followers by the event loop itself: for so few
another thread costs more than it saves."""
DUES_KEPT = 32
DUE_S = 5.0
"""What one follower gets next is kept so long for the others: built once for all, and no copy outlives an erasure for long."""
_logger = log.get("desk")


class NodeDesk:
    """`federation.desk.Desk` over a node's context and register."""

    def __init__(
        self,
        ctx: Context,
        registers: RegisterStore,
        *,
        roomy: Callable[[], bool] = lambda: True,
        aside: Aside = asyncio.to_thread,
    ) -> None:
        """`roomy` says whether there is room for bulk; what is live is always tried. `aside` runs what waits for the disk."""
        self._ctx, self._registers, self._roomy, self._aside = ctx, registers, roomy, aside
        self._holdings = Holdings(ctx)
        self._records = Records(ctx, self._holdings)
        self._dues: dict[tuple[FeedId, int, int], asyncio.Future[Due | None]] = {}
        self._kept_aside: Counter[NodeId] = Counter()
        self._away = Away(ctx.me)
        self._overtakes = Overtakes(ctx, self._holdings)
        self._heard = highest.Heard()
        self._unheard = {origin for origin, _ in ctx.store.read(unheard_feeds.origins)}
        self.files = NodeFiles(ctx, self.may_serve, self.roomy, aside=aside)

    @property
    def me(self) -> NodeId:
        """The node."""
        return self._ctx.me

    # ---- The register ---------------------------------------------------------------------------------------------------

    def register(self) -> tuple[int, bytes]:
        """Version and snapshot hash of the register held."""
        current = self._ctx.register
        return current.version, current.hash

    def root_version(self) -> int:
        """Version of the register's root held."""
        return self._registers.root_version

    def member(self, peer: NodeId) -> bool:
        """Whether the register of this moment has the peer, and it is not withdrawn."""
        return self._ctx.register.member(peer, self._ctx.now())

    def listed(self) -> bool:
        """The same of this node: while it is false, it takes, names and serves nothing but the register."""
        return self.member(self.me)

    def door(self, peer: NodeId) -> bytes:
        """A hash of the peer's address and certificates."""
        entry = self._ctx.register.nodes.get(peer)
        if entry is None:
            return b""
        return hashlib.sha256("\n".join([entry.address or "", *entry.tls]).encode()).digest()

    async def bundle(self, request: pb.RegisterRequest) -> bytes:
        """The register as the files it is."""
        return bytes(await self._aside(self._registers.bundle, request.root, request.version))

    async def take_bundle(self, peer: NodeId, raw: bytes) -> None:
        """Verify a register from a peer and take it if it is newer; `ProtocolError` if it is not one."""
        applied = await self._aside(self._registers.apply_bundle, raw, self._ctx.now())
        if applied.outcome is Outcome.EVIDENCE:
            _logger.error("evidence: one register version with two contents was kept", peer=peer)
        elif applied.outcome is Outcome.UPDATED:
            _logger.info("register updated", peer=peer, version=applied.register.version)

    # ---- What is held here ----------------------------------------------------------------------------------------------

    def origin(self, feed: FeedId) -> NodeId | None:
        """Who writes a feed that is held here."""
        held = self._holdings.get(feed)
        return held.origin if held else None

    def size(self, feed: FeedId) -> int:
        """How many entries of a feed are held."""
        held = self._holdings.get(feed)
        return held.size if held else 0

    def size_for(self, peer: NodeId, feed: FeedId) -> int:
        """The same, as `peer` may know it: 0 for a feed that is not its to read, as for one that does not exist."""
        return self.size(feed) if self._may_know(peer, feed) else 0

    def _may_know(self, peer: NodeId, feed: FeedId) -> bool:
        """Whether a peer may learn that a feed is held here."""
        return (self.origin(feed) == peer and self.listed()) or self.may_serve(peer, feed)

    def may_serve(self, peer: NodeId, feed: FeedId) -> bool:
        """Whether this node may name and serve the feed to `peer`, under the register of now."""
        held = self._holdings.get(feed)
        return held is not None and self._holdings.may_serve(peer, held)

    def grew(self, feed: FeedId) -> bool:
        """An own feed has new entries; false for the audit feed, which nobody follows."""
        held = self._holdings.get(feed)
        if held is None:
            self._holdings.load(self._ctx.store.read(lambda reader: serve.listed(reader, [feed])))
            held = self._holdings.get(feed)
        else:
            self._holdings.stale(feed)
        self._forget_dues(feed)  # built before it grew: whoever asks from now on must not miss what is new
        return held is not None and held.origin == self.me and held.role is not FeedRole.AUDIT

    def purged(self, feed: FeedId) -> None:
        """Nothing of a feed is held here any more."""
        self._holdings.purged(feed)
        self._forget_dues(feed)

    async def holdings(self, peer: NodeId) -> Sequence[Head]:
        """What is held of the feeds `peer` may follow, by feed id."""
        await self._holdings.refresh()
        return [held.head for held in self._holdings.served(peer)]

    async def named(self, peer: NodeId) -> bytes:
        """Which feeds `holdings` names, in 32 bytes."""
        await self._holdings.refresh()
        return self._holdings.named(peer)

    async def holdings_digest(self, peer: NodeId) -> bytes:
        """`Hello.digest` over `holdings`."""
        await self._holdings.refresh()
        return self._holdings.digest(peer)

    def parted(self, peer: NodeId) -> None:
        """A peer is gone: what comes from now on it is not told."""
        self._away.left(peer)

    async def grown_since(self, peer: NodeId, digest: bytes) -> Sequence[Head] | None:
        """What the peer was not told while it was away."""
        await self._holdings.refresh()
        confirmed = await self._records.of(peer)
        grown = self._away.grown(peer, self._holdings.served(peer), confirmed, digest)
        self._away.back(peer)
        return grown

    # ---- What the peer holds --------------------------------------------------------------------------------------------

    async def record_digest(self, peer: NodeId) -> bytes:
        """`Hello.digest` over what `peer` is on record to hold of feeds both may read."""
        return await self._records.digest(peer)

    async def learn(self, peer: NodeId, heads: Sequence[Head], *, replace: bool) -> Sequence[FeedId]:
        """Record what `peer` holds; on a full disk it is not recorded, and the lists are compared again another day."""
        return await self._records.learn(peer, heads, replace=replace)

    async def receipts_for(self, origin: NodeId) -> Sequence[pb.Receipt]:
        """This node's own newest receipts for feeds that `origin` writes."""
        if not self.listed():
            return []
        given = await self._ctx.store.aread(lambda reader: receipt.given_for(reader, self._ctx, origin))
        return [receipt.to_wire(one) for one in given]

    async def take_receipt(self, peer: NodeId, message: pb.Receipt) -> bool:
        """Verify and keep a peer's receipt; one for a feed or a size that is not held here says nothing yet."""
        given = receipt.from_wire(message)
        held = self._holdings.get(given.feed)
        if held is not None and given.size > 0 and self._may_know(peer, given.feed):
            return await self._records.take(peer, held.number, given)
        return True

    async def quarantined_there(self, peer: NodeId, feed: FeedId, index: int, reason: int) -> None:
        """A peer kept an entry of ours aside; its receipt says so too, and that is what screens show."""
        if self.origin(feed) != self.me or not self.may_serve(peer, feed):
            return
        self._kept_aside[peer] += 1
        times = self._kept_aside[peer]
        if log.doubled(times):  # a peer does not write our log
            _logger.warning(
                "a peer kept an entry aside", peer=peer, feed=feed, index=index, reason=reason, times=times
            )

    # ---- When an origin contradicts itself ------------------------------------------------------------------------------

    async def witness(self, peer: NodeId, feed: FeedId, *, cosigned: bool = False) -> bytes | None:
        """The newest checkpoint held of a feed."""
        if not self.may_serve(peer, feed):
            return None
        to = peer if cosigned else None
        told = await self._ctx.store.aread(lambda reader: witnesses.newest(reader, self._ctx, feed, to=to))
        return pb.Frame(witnesses=told).SerializeToString() if told is not None else None

    async def take_witnesses(self, peer: NodeId, message: pb.Witnesses) -> bool:
        """Compare what a peer has of a feed with what is here; a feed that is not its to know is passed over."""
        feed = FeedId(message.feed)
        held = self._holdings.get(feed)
        if held is None or not self._may_know(peer, feed):
            return False
        given = checkpoints.from_wire(message.checkpoint)
        cosigned = [(NodeId(one.node), one.cosignature) for one in message.cosignatures]

        def act(tx: Tx) -> bool:
            answer = witnesses.meet(tx, self._ctx, feed, given, source=peer)
            witnesses.keep(tx, self._ctx, feed, given, cosigned)
            return answer

        return await self._ctx.store.awrite(act)

    async def take_evidence(self, peer: NodeId, message: pb.Evidence) -> None:
        """Keep what verifies; what was signed by no key of the register at hand is passed over."""
        given = evidence.from_wire(message)
        await self._ctx.store.awrite(lambda tx: evidence.take(tx, self._ctx, given, source=peer))

    async def evidence(self, peer: NodeId, feed: FeedId | None = None) -> Sequence[bytes]:
        """What is held against feeds that `peer` may follow."""
        told = await self._ctx.store.aread(lambda reader: evidence.concerning(reader, self._ctx, peer, feed))
        return [wire.evidence_frame(raw) for raw in told]

    async def lacking(self, origin: NodeId) -> Sequence[Head]:
        """Feeds that were cut off and are not held up to where they are good."""
        found = await self._ctx.store.aread(lambda reader: cut.lacking(reader, origin))
        return [Head(one.feed, one.size, one.root) for one in found]

    def forked(self, feed: FeedId) -> None:
        """What is known of it here is read again."""
        self._holdings.reload(feed, self._ctx.store.read(lambda reader: serve.listed(reader, [feed])))
        self._forget_dues(feed)

    # ---- After a restore ------------------------------------------------------------------------------------------------

    async def asks_highest(self) -> bool:
        """Whether anything of this node's own was lost, as far as it can tell."""
        return await self._ctx.store.aread(lambda reader: highest.asks(reader, self._ctx))

    async def highest(self, peer: NodeId) -> Sequence[bytes]:
        """The largest checkpoint seen here of every feed of `peer`."""
        seen = await self._ctx.store.aread(lambda reader: highest.told(reader, self._ctx.register, peer))
        return wire.highest(seen)

    async def take_highest(self, peer: NodeId, message: pb.Highest) -> None:
        """Take in a part of an answer; once it is whole, feeds that waited for it alone go on."""
        seen = highest.from_wire(message.seen)

        def act(tx: Tx) -> None:
            highest.take(tx, self._ctx, peer, seen, self._heard)
            if message.complete:
                highest.complete(tx, self._ctx, peer, self._heard)

        await self._ctx.store.awrite(act)

    def unheard(self, origin: NodeId) -> bool:
        """Whether anything that is held of an origin may still be hidden."""
        return origin in self._unheard

    async def hear(self, origin: NodeId, lacking: Collection[FeedId]) -> None:
        """Show what an origin's list, of which these are not whole here, is enough for."""

        def act(tx: Tx) -> tuple[int, bool]:
            return unheard.by_list(tx, origin, lacking), bool(unheard_feeds.feeds_of(tx, origin))

        shown, left = await self._ctx.store.awrite(act)
        if shown:
            _logger.info("what a port said before the restore is read again", peer=origin, feeds=shown)
        if not left:
            self._unheard.discard(origin)

    def takes_back(self, feed: FeedId) -> bool:
        """Whether an own feed is held up to less than was signed of it."""
        held = self._holdings.get(feed)
        return held is not None and held.state is FeedState.RESTORED

    # ---- Entries --------------------------------------------------------------------------------------------------------

    async def behind(self, peer: NodeId) -> Mapping[FeedId, int]:
        """This node's own feeds of which `peer` is not on record to hold all."""
        lagging = await self._ctx.store.aread(lambda reader: serve.lagging(reader, peer))
        return {feed: size for feed, size in lagging if self.may_serve(peer, feed)}

    async def due(self, peer: NodeId, feed: FeedId, sent: int | None, most: int) -> Due | None:
        """What `peer` gets next of an own feed; built once for all followers that stand at the same place."""
        held = self._holdings.get(feed)
        if held is None or held.role is FeedRole.AUDIT or not self._holdings.may_serve(peer, held):
            return None
        if sent is None:
            sent = await self._ctx.store.aread(lambda reader: serve.on_record(reader, peer, held.number))
        key = (feed, sent, most)
        found = self._dues.get(key)
        if found is None:
            few, due = self._ctx.store.glance(lambda reader: self._few(reader, *key))
            if few:
                found = asyncio.get_running_loop().create_future()
                found.set_result(due)
            else:
                found = asyncio.ensure_future(self._ctx.store.aread(lambda reader: self._due(reader, *key)))
            self._keep(key, found)
        return await asyncio.shield(found)

    def _few(self, reader: Reader, feed: FeedId, sent: int, most: int) -> tuple[bool, Due | None]:
        """Whether what is next is as little as an alert is, or no entries at all, and what it is then."""
        row = feeds.find(reader, feed)
        few = row is None or not AT_ONCE < row.size - sent <= PUSH_LAG
        return few, self._next(reader, row, sent, most) if few else None

    def _due(self, reader: Reader, feed: FeedId, sent: int, most: int) -> Due | None:
        return self._next(reader, feeds.find(reader, feed), sent, most)

    def _next(self, reader: Reader, row: FeedRow | None, sent: int, most: int) -> Due | None:
        if row is None or row.size <= sent:
            return None
        head = Head(row.feed, row.size, row.root)
        if row.size - sent > PUSH_LAG:
            return Due(head)
        found = serve.piece(reader, self._ctx, self._ctx.register, row, sent, most=most)
        if found is None:
            return None
        return Due(head, found.end, wire.batch_frame(batch.to_wire(found).SerializeToString()))

    def _keep(self, key: tuple[FeedId, int, int], found: asyncio.Future[Due | None]) -> None:
        self._dues[key] = found
        if len(self._dues) > DUES_KEPT:
            del self._dues[next(iter(self._dues))]
        asyncio.get_running_loop().call_later(DUE_S, self._drop, key, found)
        found.add_done_callback(lambda done: None if _useful(done) else self._drop(key, done))

    def _forget_dues(self, feed: FeedId) -> None:
        """What was built to be sent of a feed is built anew, from what it is now."""
        for key in [key for key in self._dues if key[0] == feed]:
            del self._dues[key]

    def _drop(self, key: tuple[FeedId, int, int], found: asyncio.Future[Due | None]) -> None:
        if self._dues.get(key) is found:
            del self._dues[key]

    async def urgent(self, peer: NodeId, feed: FeedId, first: int | None) -> tuple[int, Sequence[int]]:
        """Up to which size it was looked, and what of it `peer` should not wait for."""
        return await self._overtakes.urgent(peer, feed, first)

    async def ahead(self, peer: NodeId, feed: FeedId, index: int, size: int | None) -> bytes:
        """A frame for one entry that goes ahead."""
        return await self._overtakes.ahead(peer, feed, index, size)

    async def overtake(self, peer: NodeId, message: pb.Ahead) -> Taken:
        """Take one entry ahead of its turn; `ProtocolError` with the code to answer."""
        return await self._overtakes.take(peer, message, knows=self._may_know(peer, FeedId(message.feed)))

    async def take_stored(self, peer: NodeId, message: pb.Stored) -> None:
        """Verify and keep a peer's word on an entry that went ahead to it."""
        if self.may_serve(peer, FeedId(message.feed)):
            await self._overtakes.take_note(peer, message)

    # ---- Beats ----------------------------------------------------------------------------------------------------------

    async def own_beats(
        self, feeds: Collection[FeedId] | None = None, *, most: int | None = None
    ) -> Sequence[Beat]:
        """A beat of now of each own open feed that has one."""
        return await self._ctx.store.aread(lambda reader: beat.own(reader, self._ctx, feeds, most=most))

    async def known_beats(self, most: int) -> Sequence[Beat]:
        """The newest that counted here of others' feeds."""
        return await self._ctx.store.aread(lambda reader: beat.known(reader, most))

    async def take_beats(self, peer: NodeId, beats: Sequence[Beat]) -> tuple[Sequence[Beat], Sequence[Beat]]:
        """Those that count now, kept; and those that will when more of their feed is here."""
        mine = [one for one in beats if self._may_know(peer, one.feed) or self._may_begin(peer, one)]
        return await self._overtakes.take_beats(peer, mine)

    def _may_begin(self, peer: NodeId, one: Beat) -> bool:
        """Whether a beat of a feed of which nothing is held here is looked at."""
        return self.origin(one.feed) is None and beat.may_begin(self._ctx, one, peer)

    async def missed(self, beats: Sequence[Beat]) -> None:
        """What is said to be in these feeds does not come."""
        await self._overtakes.missed(beats)

    async def first_beats(self, peer: NodeId, beats: Sequence[Beat]) -> Sequence[bytes]:
        """The frames of beats of feeds that a peer has not heard of in this session."""
        return await self._overtakes.first_beats(peer, beats)

    async def run(self, peer: NodeId, feed: FeedId, first: int, end: int, most: int) -> Piece:
        """A batch, or feed and first alone where there is nothing for `peer`."""
        found = None
        if self.may_serve(peer, feed):
            found = await self._ctx.store.aread(
                lambda reader: serve.run(reader, self._ctx, peer, feed, first, end=end, most=most)
            )
        if found is None:
            return Piece(pb.Batch(feed=feed, first=first).SerializeToString(), 0, 0)
        return Piece(batch.to_wire(found).SerializeToString(), len(found.entries), found.checkpoint.size)

    def roomy(self) -> bool:
        """Whether there is room for bulk."""
        return self._roomy()

    async def accept(self, peer: NodeId, message: pb.Batch, *, live: bool = False) -> Taken:
        """Verify, decide and durably store one batch; `ProtocolError` with the code to answer."""
        if not live and not self.roomy():
            raise ProtocolError("less room than the reserve", where="batch", code=Code.NO_SPACE)
        given = batch.from_wire(message)
        if not self.listed():
            raise ProtocolError("this node is not in its register", where="batch", code=Code.OLD_REGISTER)
        if self.size(given.feed) and not self._may_know(peer, given.feed):
            await self._as_if_unknown(peer, given)
        examined = None
        if len(given.entries) > AT_ONCE:
            ahead = await self._ctx.store.aread(lambda reader: self._examine(reader, peer, given))
            if isinstance(ahead, Refusal):
                raise await self._refused(peer, ahead, given)
            examined = ahead
        try:
            result = await self._ctx.store.awrite(
                lambda tx: self._accept(tx, peer, given, examined, live=live), urgent=live
            )
        except StoreFull as full:
            raise ProtocolError("no room to store it", where="batch", code=Code.NO_SPACE) from full
        if isinstance(result, Refusal):
            raise _error(result)
        return self._took(peer, result)

    async def _as_if_unknown(self, peer: NodeId, given: Batch) -> None:
        """What a peer brings of a feed that is not its to read is judged as if nothing were held: the answer tells nothing."""
        judged = examine.examine(self._ctx, self._ctx.register, None, given)
        if isinstance(judged, Refusal):
            raise await self._refused(peer, judged, None)

    def _examine(self, reader: Reader, peer: NodeId, given: Batch) -> examine.Examined | Refusal:
        held = feeds.find(reader, given.feed)
        said = cuts.naming(reader, given.feed)
        return examine.examine(self._ctx, self._ctx.register, held, given, peer=peer, said=said)

    async def _refused(self, peer: NodeId, refusal: Refusal, given: Batch | None) -> ProtocolError:
        """Refused before it came near the writer; written down where it is more than a matter of catching up."""

        def note(tx: Tx) -> Refusal:
            if given is None:  # of a feed that the peer may not know of
                return accept.refuse(tx, self._ctx, peer, refusal, self._ctx.register)
            return accept.not_taken(tx, self._ctx, peer, given, refusal)

        if refusal.ends_session or refusal.refuses_feed:
            with suppress(StoreFull):  # the refusal stands, written down or not
                refusal = await self._ctx.store.awrite(note)
        return _error(refusal)

    def _accept(
        self, tx: Tx, peer: NodeId, given: Batch, examined: examine.Examined | None, *, live: bool
    ) -> Accepted | Refusal:
        """One transaction: the batch, and that whoever wrote and whoever sent it hold as much."""
        result = accept.accept_batch(tx, self._ctx, peer, given, examined, live=live)
        if isinstance(result, Accepted) and result.added:
            held = self._holdings.get(result.feed) or feeds.find(tx, result.feed)
            assert held is not None
            for holder in {peer, result.origin} - {self.me}:
                receipts.holds(tx, holder, held.number, result.size, result.root)
        return result

    def _took(self, peer: NodeId, result: Accepted) -> Taken:
        held = self._holdings.get(result.feed)
        if result.origin != self.me and (held is None or result.size > held.size):
            self._away.grew(result.feed, held.packed if held is not None else b"")
        if held is None or result.origin == self.me:
            self._holdings.load(self._ctx.store.read(lambda reader: serve.listed(reader, [result.feed])))
        elif result.size > held.size:
            held.holds(result.size, result.root)
        self._records.changed(peer)
        self._records.changed(result.origin)
        return Taken(
            feed=result.feed,
            origin=result.origin,
            size=result.size,
            receipt=receipt.to_wire(result.receipt) if result.receipt else None,
            aside=tuple((one.index, one.reason, one.field) for one in result.aside),
            files=result.files > 0,
        )


def _error(refusal: Refusal) -> ProtocolError:
    return ProtocolError(refusal.words or "not taken", where=refusal.field, code=refusal.code)


def _useful(done: asyncio.Future[Due | None]) -> bool:
    return not done.cancelled() and done.exception() is None and done.result() is not None
