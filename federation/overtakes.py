"""Entries ahead of their turn and beats, as a node's desk gives and takes them: commands over its store.

Guarantees that nothing of a feed goes to a peer that may not have it, and that a peer which may not know of a feed is answered as if
nothing of it were here.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from federation.desk import Taken
from federation.holdings import Holdings
from federation.turns import Calm
from node import log
from node.commands import ahead as frames
from node.commands import beat, go_ahead, serve
from node.commands.ahead import Ahead, Note
from node.commands.beat import Beat, Worth
from node.commands.context import Context
from node.commands.outcome import Refusal
from node.commands.overtake import Overtaken, overtake
from node.store import beats as rows
from node.store import feeds
from node.store.errors import StoreFull
from node.store.unit import Reader, Tx
from protocol.errors import Code, ProtocolError
from protocol.ids import FeedId, NodeId
from protocol.v1 import federation_pb2 as pb

AT_ONCE = 64
"""Beats that are verified in one step: 6 ms."""
_logger = log.get("overtakes")


class Overtakes:
    """`urgent`, `ahead`, `overtake`, `take_stored` and `take_beats` of a desk."""

    def __init__(self, ctx: Context, holdings: Holdings, calm: Calm) -> None:
        self._ctx, self._holdings, self._calm = ctx, holdings, calm

    async def urgent(self, peer: NodeId, feed: FeedId, first: int | None) -> tuple[int, Sequence[int]]:
        """Up to which size it was looked, and what of it `peer` should not wait for."""
        held = self._holdings.follows(peer, feed)
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
        held = self._holdings.follows(peer, feed)
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
            with self._calm.broken():
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

    async def take_beats(self, peer: NodeId, beats: Sequence[Beat]) -> tuple[list[Beat], list[Beat]]:
        """Those that count now, kept; and those of more than is held. Verified beside the event loop, kept in one transaction."""
        found: dict[Worth, list[Beat]] = {worth: [] for worth in Worth}
        for start in range(0, len(beats), AT_ONCE):
            part = beats[start : start + AT_ONCE]
            for one, worth in await self._ctx.store.aread(partial(self._weigh, part=part)):
                found[worth].append(one)
        lies = found[Worth.DENIES]

        def act(tx: Tx) -> list[Beat]:
            for one in lies:
                beat.accuse(tx, self._ctx, one, peer)
            return beat.count(tx, self._ctx, found[Worth.COUNTS])

        try:
            counted = await self._ctx.store.awrite(act) if lies or found[Worth.COUNTS] else []
        except StoreFull:
            counted = []
        return counted, found[Worth.LATER]

    async def missed(self, beats: Sequence[Beat]) -> None:
        """What is said to be in these feeds does not come: they show as old. Said again, where there is no room to note it."""
        with suppress(StoreFull):
            await self._ctx.store.awrite(lambda tx: beat.missed(tx, self._ctx, beats))

    async def first_beats(self, peer: NodeId, beats: Sequence[Beat]) -> list[bytes]:
        """The frames of beats that a peer has not heard before: with OPEN where it is not on record to hold anything of the feed."""

        def ask(reader: Reader) -> list[Beat]:
            known = rows.held_by(reader, peer, [one.feed for one in beats])
            return [one if one.feed in known else beat.with_opening(reader, one) for one in beats]

        return [beat.to_frame(one) for one in await self._ctx.store.aread(ask)]

    def _weigh(self, reader: Reader, part: Sequence[Beat]) -> list[tuple[Beat, Worth]]:
        return [(one, beat.worth(reader, self._ctx, one)) for one in part]


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
