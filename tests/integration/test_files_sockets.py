"""Files that records list, over real sockets and mutual TLS: by an RPC of whoever dialled, by a call where only the other side can."""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path
from typing import Any

import grpc
import pytest
from federations import real_now
from files_here import has, key_of, listed, release
from ports import ANTWERP, LIMBURG, NORTH_SEA, SCHELDT
from stations import Federation, Station, tell

from federation.node_files import NodeFiles
from federation.rpc import BLOBS
from federation.tls import channel_credentials, channel_options
from node.blobs import of_entry
from node.commands.fetch import Wanted
from node.commands.publish import Released
from protocol.ids import NodeId
from protocol.limits import CHUNK_MAX
from protocol.v1 import federation_pb2 as pb

PICTURE = os.urandom(3 * CHUNK_MAX + 17)
SHA = hashlib.sha256(PICTURE).digest()


async def arrives(released: Released, at: Station, data: bytes = PICTURE) -> None:
    """A port has the record, and then its file."""
    await at.until(lambda: at.size(released.feed.feed) > released.index, "the record")
    await at.until(lambda: has(at, released, data), "the file")


async def asked(built: Federation, me: NodeId, of: Station, request: bytes) -> tuple[list[pb.Chunk], str]:
    """What `Blobs.Get` gives a member, and the status it ends with."""
    entry = of.registers.current.nodes[of.name]
    credentials = channel_credentials(built.keys[me], entry, now=real_now())
    address = f"127.0.0.1:{of.port}"
    chunks: list[pb.Chunk] = []
    async with grpc.aio.secure_channel(address, credentials, options=channel_options(of.name)) as channel:
        get: Any = channel.unary_stream(f"/{BLOBS}/Get")
        try:
            async for raw in get(request):
                chunks.append(pb.Chunk.FromString(raw))  # noqa: PERF401 - what came before the status counts
        except grpc.aio.AioRpcError as error:
            return chunks, error.code().name
    return chunks, "OK"


def wanted(released: Released, **changes: Any) -> bytes:
    """A request for the picture of a record."""
    fields = {"feed": released.feed.feed, "index": released.index, "sha256": SHA, "offset": 0, **changes}
    return pb.BlobRequest(**fields).SerializeToString()


def test_a_file_arrives_whoever_dialled(tmp_path: Path) -> None:
    async def story(built: Federation) -> None:
        antwerp, ghent = built.stations
        ghent.dial(antwerp)
        await arrives(release(antwerp, PICTURE), ghent)
        await arrives(release(ghent, PICTURE), antwerp)

    tell(tmp_path, story, ANTWERP, NORTH_SEA)


def test_a_third_port_gets_a_file_from_a_relay(tmp_path: Path) -> None:
    async def story(built: Federation) -> None:
        antwerp, ghent, limburg = built.stations
        antwerp.dial(ghent)
        limburg.dial(ghent)
        await arrives(release(antwerp, PICTURE), limburg)
        assert ANTWERP not in limburg.exchange.sessions

    tell(tmp_path, story, ANTWERP, NORTH_SEA, LIMBURG)


def test_the_file_is_given_in_chunks_from_any_offset_with_its_size(tmp_path: Path) -> None:
    async def story(built: Federation) -> None:
        antwerp, _ = built.stations
        released = release(antwerp, PICTURE)
        for offset in (0, 1, CHUNK_MAX, len(PICTURE) - 1):
            chunks, status = await asked(built, NORTH_SEA, antwerp, wanted(released, offset=offset))
            assert status == "OK"
            assert b"".join(chunk.data for chunk in chunks) == PICTURE[offset:]
            assert {chunk.total for chunk in chunks} == {len(PICTURE)}
            assert max(len(chunk.data) for chunk in chunks) <= CHUNK_MAX

    tell(tmp_path, story, ANTWERP, NORTH_SEA)


def test_everything_that_is_not_the_callers_to_have_is_not_found_alike(tmp_path: Path) -> None:
    async def story(built: Federation) -> None:
        antwerp, _, _ = built.stations
        secret, open_to_all = release(antwerp, PICTURE, label=SCHELDT), release(antwerp, PICTURE + b"2")
        gone = release(antwerp, PICTURE)
        antwerp.withdraw(gone)
        absent = [
            (LIMBURG, wanted(secret)),  # not entitled, and knows feed, index and hash
            (LIMBURG, wanted(open_to_all)),  # that entry lists another file
            (LIMBURG, wanted(open_to_all, feed=bytes(32))),
            (LIMBURG, wanted(open_to_all, index=1 << 39)),
            (
                LIMBURG,
                wanted(
                    open_to_all, index=(secret.feed.number ^ open_to_all.feed.number) << 40 | secret.index
                ),
            ),
            (LIMBURG, wanted(open_to_all, index=secret.feed.number << 40 | secret.index)),
            (LIMBURG, wanted(open_to_all, index=(1 << 64) - 1)),
            (LIMBURG, wanted(open_to_all, sha256=b"short")),
            (LIMBURG, wanted(gone)),
            (NORTH_SEA, wanted(gone)),
            (NORTH_SEA, wanted(secret, offset=len(PICTURE))),
        ]
        for caller, request in absent:
            assert await asked(built, caller, antwerp, request) == ([], "NOT_FOUND")
        chunks, status = await asked(built, NORTH_SEA, antwerp, wanted(secret))
        assert (status, len(chunks)) == ("OK", 4)
        assert await asked(built, NORTH_SEA, antwerp, b"\xff\xff") == ([], "INVALID_ARGUMENT")

    tell(tmp_path, story, ANTWERP, NORTH_SEA, LIMBURG)


def test_what_has_come_before_an_end_is_not_fetched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offsets: list[int] = []
    piece = NodeFiles.piece

    async def noted(self: NodeFiles, peer: NodeId, request: pb.BlobRequest, offset: int) -> pb.Chunk | None:
        offsets.append(offset)
        return await piece(self, peer, request, offset)

    monkeypatch.setattr(NodeFiles, "piece", noted)

    async def story(built: Federation) -> None:
        antwerp, ghent = built.stations
        first = release(antwerp, PICTURE + b"first")
        ghent.pull(antwerp, first.feed.feed)
        ghent.ctx.blobs.add(
            of_entry(key_of(ghent, first)), listed(PICTURE + b"first").sha256, 0, PICTURE[:CHUNK_MAX]
        )
        ghent.dial(antwerp)
        await arrives(first, ghent, PICTURE + b"first")
        assert offsets[0] == CHUNK_MAX
        assert 0 not in offsets

    tell(tmp_path, story, ANTWERP, NORTH_SEA)


def test_a_picture_of_an_alert_does_not_wait_for_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = os.urandom(2 * CHUNK_MAX)
    seen = asyncio.Event()
    take = NodeFiles.take_piece

    async def held_up(self: NodeFiles, wanted: Wanted, offset: int, data: bytes) -> None:
        if wanted.row.sha256 == hashlib.sha256(report).digest():
            await seen.wait()
        await take(self, wanted, offset, data)

    monkeypatch.setattr(NodeFiles, "take_piece", held_up)

    async def story(built: Federation) -> None:
        antwerp, ghent = built.stations
        ghent.dial(antwerp)
        slow = release(antwerp, report, media_type="application/pdf")
        await arrives(release(antwerp, PICTURE), ghent)
        assert not has(ghent, slow, report)
        seen.set()
        await arrives(slow, ghent, report)

    tell(tmp_path, story, ANTWERP, NORTH_SEA)


def test_bytes_that_are_not_the_file_end_the_session_and_it_comes_from_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Antwerp's disk, or whoever sits on it, changes a byte; Ghent has the file whole."""

    async def story(built: Federation) -> None:
        antwerp, ghent, limburg = built.stations
        antwerp.dial(ghent)
        released = release(antwerp, PICTURE)
        await arrives(released, ghent)
        _spoil(antwerp, released)
        limburg.dial(antwerp, ghent)
        await arrives(released, limburg)
        assert limburg.exchange.counters["refused_here", "BAD_PROOF"] >= 1

    tell(tmp_path, story, ANTWERP, NORTH_SEA, LIMBURG)


def _spoil(at: Station, released: Released) -> None:
    path = at.ctx.blobs._path(of_entry(key_of(at, released)), SHA)
    with path.open("r+b") as file:
        file.seek(1_000)
        byte = file.read(1)
        file.seek(1_000)
        file.write(bytes([byte[0] ^ 1]))
