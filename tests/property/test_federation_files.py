"""Files that records list, on the simulator: whoever holds the record gets them, over relays too and whatever breaks or crashes on
the way; who is not entitled is sent no byte of one, whatever hash it knows; bytes that are not the file end their sender's session.
"""

from __future__ import annotations

import asyncio
import hashlib
import os

import pytest
from dramas import ORCON, Drama, all_feeds, check_kept_apart, check_sound, reached
from files_here import listed, release, with_files
from google.protobuf.message import Message
from histories import breaks, hold
from ports import AMBER, ANTWERP, LIEGE, LIMBURG, NORTH_SEA, SCHELDT
from simulator import Node, World

from federation import dues, files, gaps, node_files
from federation.node_files import NodeFiles
from node.blobs import Blobs, Owner, of_entry
from node.commands import fetch
from node.commands.publish import Released
from node.store import entries, feeds
from node.store.entries import EntryRow
from node.store.feeds import FeedRow
from protocol.attachment import attachments
from protocol.errors import BadProof
from protocol.ids import NodeId
from protocol.record import validate
from protocol.v1 import federation_pb2 as pb

CHUNK = 64
PATIENCE_S = 3 * 3600.0
"""What nobody had when it was asked for is asked for again within this time."""


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that bulk is taken often, a file is many pieces, and a thousand of them do not wait for the disk."""
    for module in (gaps, dues):
        monkeypatch.setattr(module, "PUSH_LAG", 5)
    for module in (node_files, files):
        monkeypatch.setattr(module, "CHUNK_MAX", CHUNK)
    monkeypatch.setattr(os, "fsync", lambda _: None)


class Pictures(Drama):
    """A drama in which every release has a picture, which begins with the marker."""

    def publish(self, node: Node, label: str, marker: str) -> Released:
        return release(node.port, self._bytes(marker), label=label)

    def _bytes(self, marker: str) -> bytes:
        return marker.encode() + self.random.randbytes(self.random.choice([1, CHUNK, 5 * CHUNK]))

    def burst(self, node: Node) -> None:
        label = self.random.choice(self._labels)
        for _ in range(7):
            self.release(node, label)


def standing(node: Node, row: FeedRow) -> list[EntryRow]:
    """The entries of a feed whose files should be at whoever holds it."""
    held = node.port.store.read(lambda r: feeds.find(r, row.feed))
    if held is None:
        return []
    every = node.port.store.read(lambda r: entries.between(r, held.number, 0, held.size))
    return [one for one in every if fetch.stands(one, node.port.ctx.now())]


def missing(node: Node, row: FeedRow) -> list[str]:
    """Files of a feed that are not at a node, or are not what their hash says."""
    found = []
    for entry in standing(node, row):
        record = validate(entry.kind, entry.content or b"", accepting=True)
        for one in attachments(record):
            data = node.port.ctx.blobs.read(of_entry(entry.key), one.sha256, 0, one.size + 1)
            if data is None or hashlib.sha256(data).digest() != one.sha256:
                found.append(f"{row.label} {entry.at}")
    return found


def check_files(world: World) -> None:
    """Whoever a feed reached has what its records list."""
    for origin, row in all_feeds(world):
        for name in reached(world, origin.name, row.label):
            lacks = missing(world.nodes[name], row)
            assert not lacks, f"{name} lacks {len(lacks)} files of {origin.name}: {lacks[0]}"


def check_nothing_left(world: World) -> None:
    """No file without an entry, and none of what was coming."""
    for node in world.nodes.values():
        blobs = node.port.ctx.blobs
        assert all(one.whole for one in blobs.every()), f"{node.name} has pieces of a file"


async def heals(seed: int) -> None:
    """A drama with pictures; in the end all links but some."""
    world = World(seed)
    drama = Pictures(world)
    await drama.play(22)
    world.restart_all()
    world.heal()
    for _ in range(world.random.choice([0, 0, 1, 2])):
        world.cut(*world.random.sample(list(world.nodes), 2))
    await world.settle()
    await asyncio.sleep(PATIENCE_S)
    check_files(world)
    check_nothing_left(world)
    check_kept_apart(world, drama.secrets)
    check_sound(world)


async def knows_the_hash(seed: int) -> None:
    """Limburg may not have Antwerp's picture, knows its hash, and tries: through its feed, and by listing it in a feed of its own."""
    world = World(seed)
    secret = b"SECRET PICTURE " + world.random.randbytes(3 * CHUNK)
    released = release(world.nodes[ANTWERP].port, secret, label=SCHELDT)
    limburg = world.nodes[LIMBURG]
    limburg.port.publish(with_files(listed(secret)), AMBER)
    await world.settle()
    for peer in (ANTWERP, NORTH_SEA, LIEGE):
        session = limburg.exchange.sessions[peer]
        own = [row for node, row in all_feeds(world) if node is limburg]
        for feed in [released.feed.feed, *(row.feed for row in own)]:
            for index in range(3):
                request = pb.BlobRequest(feed=feed, index=index, sha256=listed(secret).sha256)
                assert [chunk async for chunk in session.link.blob(request)] == []
    assert secret[:15] not in b"".join(world.got[LIMBURG]), "the picture was sent"
    assert not missing(world.nodes[NORTH_SEA], released.feed), "Ghent may have it"


class Meddler:
    """Liege changes a bit of what it sends of files."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.meddled: set[NodeId] = set()

    def __call__(self, source: NodeId, target: NodeId, kind: type[Message], raw: bytes) -> bytes:
        if source != LIEGE or kind not in {pb.Chunk, pb.Answer} or self._world.random.random() < 0.5:
            return raw
        message = kind.FromString(raw)
        chunk = message if isinstance(message, pb.Chunk) else getattr(message, "chunk", pb.Chunk())
        if not isinstance(chunk, pb.Chunk) or not chunk.data:
            return raw
        data = bytearray(chunk.data)
        data[self._world.random.randrange(len(data))] ^= 1 << self._world.random.randrange(8)
        chunk.data = bytes(data)
        self.meddled.add(target)
        return message.SerializeToString()


async def meddled_with(seed: int) -> None:
    """Whatever Liege makes of what it relays and says, what counts as a file is one, and honest ones arrive."""
    world = World(seed)
    world.tamper = meddler = Meddler(world)
    drama = Pictures(world, labels=(AMBER, AMBER, ORCON), crashes=False)
    await drama.play(14)
    world.heal()
    await world.settle()
    await asyncio.sleep(PATIENCE_S)
    for origin, row in all_feeds(world):
        for name in reached(world, origin.name, row.label) - {LIEGE}:
            if origin.name != LIEGE:
                assert not missing(world.nodes[name], row), f"{name} lacks files of {origin.name}"
    for node in world.nodes.values():
        for one in node.port.ctx.blobs.every():
            data = node.port.ctx.blobs.read(one.owner, one.sha256, 0, 1 << 20) or b""
            assert not one.whole or hashlib.sha256(data).digest() == one.sha256, (
                f"{node.name} keeps forged bytes"
            )
    wrong = {(one.at, one.code) for one in world.endings if one.peer == LIEGE}
    assert not meddler.meddled or "INVALID_ARGUMENT" in {code for _, code in wrong}, "nobody ended a session"


async def no_room(seed: int) -> None:
    """Below the reserve no file is fetched, and what peers push is; with room again the files come."""
    world = World(seed)
    ghent = world.nodes[NORTH_SEA]
    ghent.desk._roomy = lambda: False
    released = release(world.nodes[ANTWERP].port, world.random.randbytes(3 * CHUNK))
    await asyncio.sleep(60)
    assert ghent.sizes()[released.feed.feed][0] == 2, "a pushed alert needs no room"
    assert missing(ghent, released.feed), "Ghent fetched what it has no room for"
    ghent.desk._roomy = lambda: True
    await asyncio.sleep(60)
    assert not missing(ghent, released.feed), "Ghent has room again"


def test_below_the_reserve_no_file_is_fetched() -> None:
    hold(no_room, of=5)


def test_whoever_holds_a_record_gets_its_files_and_nobody_else_a_byte() -> None:
    hold(heals, of=16)


def test_knowing_a_hash_gives_nobody_a_file() -> None:
    hold(knows_the_hash, of=10)


def test_bytes_that_are_not_the_file_are_not_kept_and_end_their_senders_session() -> None:
    hold(meddled_with, of=12)


# ---- Planted faults --------------------------------------------------------------------------------------------------------


def test_a_node_that_asks_only_origins_for_files_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = files.Files._sources

    def origins_only(self: files.Files, wanted: fetch.Wanted) -> list[object]:
        return [one for one in sources(self, wanted) if one.peer == wanted.origin]

    monkeypatch.setattr(files.Files, "_sources", origins_only)
    assert breaks(heals, of=30, seeing="lacks")


def test_a_node_that_gives_up_after_a_crash_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that are on the disk and not in the store when the process ends."""
    look = fetch.look

    def blind(*given: object) -> fetch.Look:
        found = look(*given)  # type: ignore[arg-type]
        return fetch.Look.GONE if found is fetch.Look.HERE else found

    monkeypatch.setattr(fetch, "look", blind)
    assert breaks(heals, of=60, seeing="lacks")


def test_a_node_that_serves_by_hash_alone_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    piece = NodeFiles.piece

    async def by_hash(self: NodeFiles, peer: NodeId, request: pb.BlobRequest, offset: int) -> pb.Chunk | None:
        for one in self._ctx.blobs.every():
            if one.sha256 == request.sha256 and offset < 3 * CHUNK:
                data = self._ctx.blobs.read(one.owner, one.sha256, offset, CHUNK) or b""
                return pb.Chunk(total=3 * CHUNK + 15, data=data)
        return await piece(self, peer, request, offset)

    monkeypatch.setattr(NodeFiles, "piece", by_hash)
    with pytest.raises(AssertionError):
        hold(knows_the_hash, of=1)


def test_a_node_that_checks_no_hash_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def unchecked(self: Blobs, owner: Owner, sha256: bytes, size: int) -> None:
        part = self._part(owner, sha256)
        if part.stat().st_size != size:
            raise BadProof("size", where="chunk")
        part.rename(self._path(owner, sha256))

    monkeypatch.setattr(Blobs, "finish", unchecked)
    assert breaks(meddled_with, of=20, seeing="forged|lacks")
