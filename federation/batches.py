"""Batches from peers, as a node's desk takes them: verified, decided and stored.

Guarantees that a batch is stored in one transaction with who is on record to hold as much, that bulk is refused where there is no room
for it, and that a peer which may not know of a feed is answered as if nothing of it were here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import nullcontext, suppress

from federation.away import Away
from federation.desk import Taken
from federation.holdings import Holdings
from federation.records import Records
from federation.turns import Calm, Turns
from node.commands import accept, batch, examine, receipt, serve
from node.commands.batch import Batch
from node.commands.context import Context
from node.commands.outcome import Accepted, Refusal
from node.store import cuts, feeds, receipts
from node.store.errors import StoreFull
from node.store.unit import Reader, Tx
from protocol.errors import Code, ProtocolError
from protocol.ids import FeedId, NodeId
from protocol.v1 import federation_pb2 as pb

AT_ONCE = 8
"""Entries of a batch that are verified by the writer itself: for so few another thread costs more than it saves."""


class Batches:
    """`accept` of a desk."""

    def __init__(
        self,
        ctx: Context,
        holdings: Holdings,
        records: Records,
        away: Away,
        *,
        roomy: Callable[[], bool],
        calm: Calm,
    ) -> None:
        """`roomy` says whether there is room for bulk."""
        self._ctx, self._holdings, self._records, self._away = ctx, holdings, records, away
        self._roomy, self._calm, self._turns = roomy, calm, Turns()

    async def accept(self, peer: NodeId, message: pb.Batch, *, live: bool = False) -> Taken:
        """Verify, decide and durably store one batch; `ProtocolError` with the code to answer."""
        if not live and not self._roomy():
            raise ProtocolError("less room than the reserve", where="batch", code=Code.NO_SPACE)
        given = batch.from_wire(message)
        if not self._holdings.listed():
            raise ProtocolError("this node is not in its register", where="batch", code=Code.OLD_REGISTER)
        try:
            with self._calm.broken() if live else nullcontext():
                result = await (await self._entered(peer, given, live=live))
        except StoreFull as full:
            raise ProtocolError("no room to store it", where="batch", code=Code.NO_SPACE) from full
        if isinstance(result, Refusal):
            raise _error(result)
        return self._took(peer, result)

    async def _entered(self, peer: NodeId, given: Batch, *, live: bool) -> asyncio.Future[Accepted | Refusal]:
        """Give it to the writer in its turn. One of many entries is verified before, in what those before it left."""
        async with self._turns.of((peer, given.feed, live)) as turn:
            if not self._holdings.may_know(peer, given.feed):
                await turn.settled()  # what came before it may be what makes the feed one that is held here
                if self._holds(given.feed) and not self._holdings.may_know(peer, given.feed):
                    await self._as_if_unknown(peer, given)
            examined = None
            if len(given.entries) > AT_ONCE:
                await turn.settled()
                if not live:
                    await self._calm.wait()
                ahead = await self._ctx.store.aread(lambda reader: self._examine(reader, peer, given))
                if isinstance(ahead, Refusal):
                    raise await self._refused(peer, ahead, given)
                examined = ahead
            writing = asyncio.wrap_future(
                self._ctx.store.write(
                    lambda tx: self._accept(tx, peer, given, examined, live=live), urgent=live
                )
            )
            turn.entered(writing)
            return writing

    def _holds(self, feed: FeedId) -> bool:
        held = self._holdings.get(feed)
        return held is not None and held.size > 0

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
            for holder in {peer, result.origin} - {self._ctx.me}:
                receipts.holds(tx, holder, held.number, result.size, result.root)
        return result

    def _took(self, peer: NodeId, result: Accepted) -> Taken:
        held = self._holdings.get(result.feed)
        if result.origin != self._ctx.me and (held is None or result.size > held.size):
            self._away.grew(result.feed, held.packed if held is not None else b"")
        if held is None or result.origin == self._ctx.me:
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
