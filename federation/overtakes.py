"""Entries ahead of their turn, as a node's desk gives and takes them: commands over its store.

Guarantees that nothing of a feed goes to a peer that may not have it, and that a peer which may not know of a feed is answered as if
nothing of it were here.
"""

from __future__ import annotations

from collections.abc import Sequence

from federation.desk import Taken
from federation.holdings import Held, Holdings
from node import log
from node.commands import ahead as frames
from node.commands import go_ahead, serve
from node.commands.ahead import Ahead, Note
from node.commands.context import Context
from node.commands.outcome import Refusal
from node.commands.overtake import Overtaken, overtake
from node.store import feeds
from node.store.errors import StoreFull
from node.store.feeds import FeedRole
from node.store.unit import Reader
from protocol.errors import Code, ProtocolError
from protocol.ids import FeedId, NodeId
from protocol.v1 import federation_pb2 as pb

_logger = log.get("overtakes")


class Overtakes:
    """`urgent`, `ahead`, `overtake` and `take_stored` of a desk."""

    def __init__(self, ctx: Context, holdings: Holdings) -> None:
        self._ctx, self._holdings = ctx, holdings

    async def urgent(self, peer: NodeId, feed: FeedId, first: int | None) -> tuple[int, Sequence[int]]:
        """Up to which size it was looked, and what of it `peer` should not wait for."""
        held = self._served(peer, feed)
        if held is None:
            return first or 0, ()
        number = held.number

        def ask(reader: Reader) -> tuple[int, Sequence[int]]:
            row = feeds.numbered(reader, number)
            begin = serve.on_record(reader, peer, number) if first is None else first
            size = row.checkpoint.size
            most = go_ahead.share(size - begin)
            return size, go_ahead.urgent(reader, row, max(begin, 1), peer, most=most) if size > begin else ()

        return await self._ctx.store.aread(ask)

    async def ahead(self, peer: NodeId, feed: FeedId, index: int, size: int | None) -> bytes:
        """The frame of one entry, for a peer that holds `size` (None: as on record); empty where it is not to go now."""
        held = self._served(peer, feed)
        if held is None:
            return b""
        number = held.number

        def ask(reader: Reader) -> Ahead | None:
            row = feeds.numbered(reader, number)
            base = serve.on_record(reader, peer, number) if size is None else size
            return go_ahead.ahead(reader, self._ctx, row, index, base)

        found = await self._ctx.store.aread(ask)
        return pb.Frame(ahead=frames.to_wire(found)).SerializeToString() if found else b""

    async def take(self, peer: NodeId, message: pb.Ahead, *, knows: bool) -> Taken:
        """Store one entry; `ProtocolError` with the code to answer."""
        given = frames.from_wire(message)
        try:
            done = await self._ctx.store.awrite(
                lambda tx: overtake(tx, self._ctx, peer, given, knows=knows), urgent=True
            )
        except StoreFull as full:
            raise ProtocolError("no room to store it", where="ahead", code=Code.NO_SPACE) from full
        if isinstance(done, Refusal):
            raise ProtocolError(done.words or "not taken", where=done.field, code=done.code)
        return _taken(done)

    async def take_note(self, peer: NodeId, message: pb.Stored) -> None:
        """Keep a holder's note; one on what did not go ahead says nothing."""
        given = Note(FeedId(message.feed), message.index, message.size, message.signature)
        try:
            await self._ctx.store.awrite(lambda tx: go_ahead.take_note(tx, self._ctx, peer, given))
        except StoreFull:
            _logger.debug("no room to keep a peer's note", peer=peer)
        except ProtocolError as error:
            if error.code is not Code.GAP:
                raise

    def _served(self, peer: NodeId, feed: FeedId) -> Held | None:
        held = self._holdings.get(feed)
        if held is None or held.role is FeedRole.AUDIT or not self._holdings.may_serve(peer, held):
            return None
        return held


def _taken(done: Overtaken) -> Taken:
    note = done.note
    return Taken(
        feed=done.feed,
        origin=done.origin,
        size=done.size,
        aside=((done.aside.index, done.aside.reason, done.aside.field),) if done.aside else (),
        files=done.files > 0,
        stored=go_ahead.note_frame(note) if note else None,
    )
