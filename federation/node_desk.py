"""The desk of a real node: sessions' questions as commands over its store.

Labels and origins of feeds never change, so they are remembered; whether a peer may have a feed is remembered for one register
and until the decision's own end. Sizes are read anew, or known from commits.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

from federation.desk import Taken
from node import log
from node.commands import accept, batch, examine, receipt, serve
from node.commands.context import Context
from node.commands.entitled import may_serve
from node.commands.outcome import Accepted, Refusal
from node.commands.serve import Head
from node.register import Outcome, RegisterStore
from node.store import feeds
from node.store.errors import StoreFull
from node.store.feeds import FeedRow
from node.store.unit import Reader
from protocol.errors import Code, ProtocolError
from protocol.ids import FeedId, NodeId
from protocol.register_view import Register
from protocol.v1 import federation_pb2 as pb

BATCHES_KEPT = 32
"""Serialised batches that are kept: one is built once for all the followers that get it at about the same time."""
_logger = log.get("desk")


class NodeDesk:
    """`federation.desk.Desk` over a node's context and register."""

    def __init__(self, ctx: Context, registers: RegisterStore) -> None:
        self._ctx, self._registers = ctx, registers
        self._feeds: dict[FeedId, FeedRow] = {}
        self._rights: dict[tuple[NodeId, FeedId], bool] = {}
        self._rights_of: Register | None = None
        self._batches: OrderedDict[tuple[FeedId, int, int, int], tuple[bytes, int]] = OrderedDict()

    @property
    def me(self) -> NodeId:
        """The node."""
        return self._ctx.me

    def register(self) -> tuple[int, bytes]:
        """Version and snapshot hash of the register held."""
        current = self._ctx.register
        return current.version, current.hash

    def root_version(self) -> int:
        """Version of the register's root held."""
        return self._registers.root_version

    def member(self, peer: NodeId) -> bool:
        """Whether the register of this moment has the peer, and it is not withdrawn."""
        entry = self._ctx.register.nodes.get(peer)
        return entry is not None and (
            entry.withdrawn_until is None or self._ctx.now() < entry.withdrawn_until
        )

    def origin(self, feed: FeedId) -> NodeId | None:
        """Who writes a feed that is held here."""
        row = self._row(feed)
        return row.origin if row else None

    def may_serve(self, peer: NodeId, feed: FeedId) -> bool:
        """Whether this node may name and serve the feed to `peer`, under the register of now."""
        register = self._ctx.register
        if register is not self._rights_of:
            self._rights, self._rights_of = {}, register
        row = self._row(feed)
        if row is None:
            return False
        known = self._rights.get((peer, feed))
        if known is None:
            known = may_serve(self._ctx, peer, row, register)
            self._rights[peer, feed] = known
        return known

    async def held(self, feed: FeedId) -> Head | None:
        """What is held of one feed."""
        row = await self._ctx.store.aread(lambda reader: feeds.find(reader, feed))
        return Head(row.feed, row.size, row.root) if row else None

    async def holdings(self, peer: NodeId) -> list[Head]:
        """What is held of the feeds `peer` may follow, by feed id."""
        return await self._ctx.store.aread(lambda reader: serve.heads(reader, self._ctx, peer))

    async def on_record(self, peer: NodeId) -> list[Head]:
        """What `peer` was last known to hold of feeds both may read, by feed id."""
        return await self._ctx.store.aread(lambda reader: serve.on_record(reader, self._ctx, peer))

    async def learn(self, peer: NodeId, heads: Sequence[Head], *, replace: bool) -> None:
        """Record what `peer` holds."""
        if heads or replace:
            await self._ctx.store.awrite(lambda tx: serve.learn(tx, self._ctx, peer, heads, replace=replace))

    async def run(self, peer: NodeId, feed: FeedId, first: int, end: int, most: int) -> tuple[bytes, int]:
        """A serialised `Batch` and its number of entries; feed and first alone, and 0, where there is nothing for `peer`."""
        if self.may_serve(peer, feed):
            key = (feed, first, end, most)
            found = self._batches.get(key) or await self._ctx.store.aread(
                lambda reader: self._run(reader, peer, *key)
            )
            if found is not None:
                self._keep(key, found)
                return found
        return pb.Batch(feed=feed, first=first).SerializeToString(), 0

    def _run(
        self, reader: Reader, peer: NodeId, feed: FeedId, first: int, end: int, most: int
    ) -> tuple[bytes, int] | None:
        found = serve.run(reader, self._ctx, peer, feed, first, end=end, most=most)
        return (batch.to_wire(found).SerializeToString(), len(found.entries)) if found else None

    def _keep(self, key: tuple[FeedId, int, int, int], found: tuple[bytes, int]) -> None:
        self._batches[key] = found
        self._batches.move_to_end(key)
        if len(self._batches) > BATCHES_KEPT:
            self._batches.popitem(last=False)

    async def accept(self, peer: NodeId, message: pb.Batch) -> Taken:
        """Verify, decide and durably store one batch; `ProtocolError` with the code to answer."""
        given = batch.from_wire(message)
        ahead = await self._ctx.store.aread(lambda reader: self._examine(reader, given))
        try:
            if isinstance(ahead, Refusal):
                result: Accepted | Refusal = await self._ctx.store.awrite(
                    lambda tx: accept.refuse(tx, self._ctx, peer, ahead, self._ctx.register)
                )
            else:
                result = await self._ctx.store.awrite(
                    lambda tx: accept.accept_batch(tx, self._ctx, peer, given, ahead),
                    urgent=len(given.entries) <= 4,
                )
        except StoreFull as full:
            raise ProtocolError("no room to store it", where="batch", code=Code.NO_SPACE) from full
        if isinstance(result, Refusal):
            raise ProtocolError(result.words or "not taken", where=result.field, code=result.code)
        return _taken(result)

    def _examine(self, reader: Reader, given: batch.Batch) -> examine.Examined | Refusal:
        return examine.examine(self._ctx, self._ctx.register, feeds.find(reader, given.feed), given)

    async def take_receipt(self, peer: NodeId, message: pb.Receipt) -> None:
        """Verify and keep a peer's receipt; one for a feed that is not held here says nothing yet."""
        given = receipt.from_wire(message)
        if self._row(given.feed) is None:
            return
        try:
            await self._ctx.store.awrite(lambda tx: receipt.take(tx, self._ctx, peer, given))
        except ProtocolError as error:
            if error.code is not Code.GAP:
                raise

    async def quarantined_there(self, peer: NodeId, feed: FeedId, index: int, reason: int) -> None:
        """A peer kept an entry aside; its receipt says so too, and that is what screens show."""
        _logger.warning("a peer kept an entry aside", peer=peer, feed=feed, index=index, reason=reason)

    async def bundle(self, request: pb.RegisterRequest) -> bytes:
        """The register as the files it is."""
        return self._registers.bundle(request.root, request.version)

    async def take_bundle(self, peer: NodeId, raw: bytes) -> None:
        """Verify a register from a peer and take it if it is newer; `ProtocolError` if it is not one."""
        applied = await asyncio.to_thread(self._registers.apply_bundle, raw, self._ctx.now())
        if applied.outcome is Outcome.EVIDENCE:
            _logger.error("evidence: one register version with two contents was kept", peer=peer)
        elif applied.outcome is Outcome.UPDATED:
            _logger.info("register updated", peer=peer, version=applied.register.version)

    def _row(self, feed: FeedId) -> FeedRow | None:
        row = self._feeds.get(feed)
        if row is None:
            row = self._ctx.store.read(lambda reader: feeds.find(reader, feed))
            if row is not None:
                self._feeds[feed] = row
        return row


def _taken(result: Accepted) -> Taken:
    return Taken(
        feed=result.feed,
        size=result.size,
        receipt=receipt.to_wire(result.receipt) if result.receipt else None,
        aside=tuple((one.index, one.reason, one.field) for one in result.aside),
    )
