"""The desk of a real node: sessions' questions as commands over its store.

What is asked for every frame is answered from memory (`holdings.py`); the store is read where entries are, and written in
transactions that stay short whatever a peer lists.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence

from federation.away import Away
from federation.batches import Batches
from federation.desk import Due, Piece, Taken
from federation.dues import Dues
from federation.forks import Forks
from federation.holdings import Holdings
from federation.node_files import Aside, NodeFiles
from federation.overtakes import Overtakes
from federation.records import Records
from federation.restores import Restores
from federation.turns import Calm
from node import log
from node.commands import batch, beat, receipt, serve
from node.commands.beat import Beat
from node.commands.context import Context
from node.commands.serve import Head
from node.register import Outcome, RegisterStore
from node.store.feeds import FeedRole
from protocol.ids import FeedId, NodeId
from protocol.v1 import federation_pb2 as pb

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
        self._kept_aside: Counter[NodeId] = Counter()
        self._away = Away(ctx.me)
        calm = Calm()
        self._overtakes = Overtakes(ctx, self._holdings, calm)
        self._dues = Dues(ctx, self._holdings)
        self._batches = Batches(ctx, self._holdings, self._records, self._away, roomy=self.roomy, calm=calm)
        self.forks = Forks(ctx, self._holdings)
        self.restores = Restores(ctx, self._holdings)
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
        return self._holdings.listed()

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
        return self.size(feed) if self._holdings.may_know(peer, feed) else 0

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
        self._dues.forget(feed)  # built before it grew: whoever asks from now on must not miss what is new
        return held is not None and held.origin == self.me and held.role is not FeedRole.AUDIT

    def purged(self, feed: FeedId) -> None:
        """Nothing of a feed is held here any more."""
        self._holdings.purged(feed)
        self._dues.forget(feed)

    def forked(self, feed: FeedId) -> None:
        """What is known of it here is read again."""
        self._holdings.reload(feed, self._ctx.store.read(lambda reader: serve.listed(reader, [feed])))
        self._dues.forget(feed)

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
        if held is not None and given.size > 0 and self._holdings.may_know(peer, given.feed):
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

    # ---- Entries --------------------------------------------------------------------------------------------------------

    async def behind(self, peer: NodeId) -> Mapping[FeedId, int]:
        """This node's own feeds of which `peer` is not on record to hold all."""
        lagging = await self._ctx.store.aread(lambda reader: serve.lagging(reader, peer))
        return {feed: size for feed, size in lagging if self.may_serve(peer, feed)}

    async def due(self, peer: NodeId, feed: FeedId, sent: int | None, most: int) -> Due | None:
        """What `peer` gets next of an own feed; built once for all followers that stand at the same place."""
        return await self._dues.due(peer, feed, sent, most)

    async def urgent(self, peer: NodeId, feed: FeedId, first: int | None) -> tuple[int, Sequence[int]]:
        """Up to which size it was looked, and what of it `peer` should not wait for."""
        return await self._overtakes.urgent(peer, feed, first)

    async def ahead(self, peer: NodeId, feed: FeedId, index: int, size: int | None) -> bytes:
        """A frame for one entry that goes ahead."""
        return await self._overtakes.ahead(peer, feed, index, size)

    async def overtake(self, peer: NodeId, message: pb.Ahead) -> Taken:
        """Take one entry ahead of its turn; `ProtocolError` with the code to answer."""
        return await self._overtakes.take(
            peer, message, knows=self._holdings.may_know(peer, FeedId(message.feed))
        )

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
        mine = [one for one in beats if self._holdings.may_know(peer, one.feed) or self._may_begin(peer, one)]
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
        return await self._batches.accept(peer, message, live=live)
