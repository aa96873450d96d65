"""What a node sends in bulk when it is asked: ranges of feeds, files and the register, decided anew for each piece.

A range that does not exist, is not held or is not the caller's to read is answered alike: the feed and `first`, nothing else. A
file likewise: no chunk.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress

from federation import wire
from federation.desk import Desk
from protocol.errors import ProtocolError
from protocol.ids import FeedId, NodeId
from protocol.limits import BACKFILL_MAX, CHUNK_MAX
from protocol.v1 import federation_pb2 as pb


async def ranges(
    desk: Desk, peer: NodeId, request: pb.BackfillRequest, most: int = BACKFILL_MAX
) -> AsyncIterator[bytes]:
    """Serialised batches of every range, in order, each ending exactly at the range's end or the head when it began."""
    for one in request.ranges:
        feed, first, end = FeedId(one.feed), one.first, one.end
        while True:
            piece = await desk.run(peer, feed, first, end, most)
            yield piece.raw
            first += piece.count
            end = min(end or piece.head, piece.head)
            if not piece.count or first >= end:
                break


async def register(desk: Desk, request: pb.RegisterRequest) -> AsyncIterator[pb.Chunk]:
    """The register's bundle in chunks, the total in the first."""
    raw = await desk.bundle(request)
    for start in range(0, max(len(raw), 1), CHUNK_MAX):
        yield pb.Chunk(total=len(raw) if start == 0 else 0, data=raw[start : start + CHUNK_MAX])


async def file(desk: Desk, peer: NodeId, request: pb.BlobRequest) -> AsyncIterator[pb.Chunk]:
    """A file from an offset to its end, the total in each chunk; it stops where it may not be given on any more."""
    offset = request.offset
    while (chunk := await desk.files.piece(peer, request, offset)) is not None:
        yield chunk
        offset += len(chunk.data)
        if offset >= chunk.total:
            return


async def answers(desk: Desk, peer: NodeId, call: pb.Call) -> AsyncIterator[bytes]:
    """Serialised `Answer` messages to one call, one without a part for a file that is not there for the caller.

    Nothing at all for a request this version does not know or cannot meet.
    """
    asked = call.WhichOneof("request")
    if asked == "backfill":
        async for raw in ranges(desk, peer, call.backfill):
            yield wire.answer(call.id, raw)
    elif asked == "blob":
        given = False
        async for chunk in file(desk, peer, call.blob):
            given = True
            yield pb.Answer(call=call.id, chunk=chunk).SerializeToString()
        if not given:
            yield pb.Answer(call=call.id).SerializeToString()
    elif asked == "register":
        with suppress(ProtocolError):  # a version that is not held here
            async for chunk in register(desk, call.register):
                yield pb.Answer(call=call.id, chunk=chunk).SerializeToString()
