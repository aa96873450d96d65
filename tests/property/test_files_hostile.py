"""What a member can do to others with files it lists, sends slowly, sends wrongly or never sends: nothing to the files of others, a
bounded share of their disks, and no session of an honest node ends by it.
"""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import os
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import virtual_time
from files_here import has, key_of, listed, release, with_files
from ports import ANTWERP, LIEGE, LIMBURG, NORTH_SEA
from simulator import Node, World

from federation.files import Files
from federation.node_files import NodeFiles
from node.blobs import of_entry
from node.commands import expire, fetch
from node.commands.fetch import Wanted
from node.commands.publish import Released
from node.store import attachments
from node.store.attachments import State
from protocol.attachment import Attachment
from protocol.ids import NodeId
from protocol.v1 import federation_pb2 as pb

SOON_S = 60.0
PICTURE = os.urandom(300_000)
Piece = Callable[[NodeId, pb.BlobRequest, int], Coroutine[Any, Any, pb.Chunk | None]]


@pytest.fixture(autouse=True)
def _no_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)


def play(story: Coroutine[Any, Any, None]) -> None:
    virtual_time.run(story)


def serves(node: Node, piece: Piece) -> None:
    """What a node gives of files, instead of what it has."""
    node.desk.files.piece = piece  # type: ignore[method-assign,assignment]


def promised(number: int, size: int) -> Attachment:
    """A picture that nobody has."""
    return Attachment(hashlib.sha256(f"{number}".encode()).digest(), size, "image/jpeg", "")


def lists(node: Node, *, records: int, size: int, each: int = 20) -> None:
    """A node publishes alerts that list pictures."""
    for i in range(records):
        node.port.publish(with_files(*[promised(i * each + j, size) for j in range(each)]))


async def waited(node: Node, released: Released, data: bytes = PICTURE, most: float = 3 * 3600) -> float:
    """Seconds until a node has a file."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while loop.time() - began < most:
        row = node.port.store.read(lambda r: r.one("SELECT 1 FROM feed WHERE feed = ?", released.feed.feed))
        if row and has(node.port, released, data):
            return loop.time() - began
        await asyncio.sleep(0.5)
    return most


def on_disk(node: Node) -> int:
    """Bytes of all files of a node, whole or coming."""
    folder = node.port.ctx.blobs._folder
    return sum(path.stat().st_size for path in folder.iterdir()) if folder.exists() else 0


def blamed(world: World, at: NodeId) -> list[tuple[NodeId, str]]:
    """Whose sessions a node ended for their bytes."""
    return [(one.peer, one.words) for one in world.endings if one.at == at and one.code == "INVALID_ARGUMENT"]


async def answers_late() -> None:
    """A source that says only after a while that it has nothing."""
    world = World(3, (ANTWERP, LIEGE, LIMBURG))
    evil, victim, good = (world.nodes[n] for n in (LIEGE, LIMBURG, ANTWERP))

    async def piece(_: NodeId, __: pb.BlobRequest, ___: int) -> None:
        await asyncio.sleep(19)

    serves(evil, piece)
    lists(evil, records=20, size=1)
    await asyncio.sleep(SOON_S)
    assert await waited(victim, release(good.port, PICTURE)) < SOON_S


async def trickles() -> None:
    """A picture of 64 MiB, as slowly as is still borne."""
    world = World(4, (ANTWERP, LIEGE, LIMBURG))
    evil, victim, good = (world.nodes[n] for n in (LIEGE, LIMBURG, ANTWERP))
    size = 64 << 20

    async def piece(_: NodeId, __: pb.BlobRequest, offset: int) -> pb.Chunk:
        await asyncio.sleep(15 if offset else 0)
        return pb.Chunk(total=size, data=bytes(min(1 << 18, size - offset)))

    serves(evil, piece)
    lists(evil, records=1, size=size, each=3)
    await asyncio.sleep(SOON_S)
    assert await waited(victim, release(good.port, PICTURE)) < SOON_S


async def breaks_off() -> None:
    """All but the last byte of everything it lists."""
    world = World(5, (LIEGE, LIMBURG))
    evil, victim = (world.nodes[n] for n in (LIEGE, LIMBURG))
    settings = dataclasses.replace(victim.port.ctx.settings, blobs_total=4 << 20)
    object.__setattr__(victim.port.ctx, "settings", settings)
    size = 512 << 10

    async def piece(_: NodeId, __: pb.BlobRequest, offset: int) -> pb.Chunk | None:
        return pb.Chunk(total=size, data=bytes(1 << 18)) if offset == 0 else None

    serves(evil, piece)
    lists(evil, records=20, size=size)
    await asyncio.sleep(600)
    assert on_disk(victim) <= size, "more than one unfinished file of one origin"


async def relays_garbage() -> None:
    """A relay gives all but the last byte, wrong; the origin is out of reach, another relay is honest."""
    world = World(6, (ANTWERP, LIEGE, LIMBURG, NORTH_SEA))
    evil, victim, origin, honest = (world.nodes[n] for n in (LIEGE, LIMBURG, ANTWERP, NORTH_SEA))
    world.cut(ANTWERP, LIMBURG)

    async def piece(peer: NodeId, _: pb.BlobRequest, offset: int) -> pb.Chunk | None:
        if peer != LIMBURG or offset:
            return None
        return pb.Chunk(total=len(PICTURE), data=bytes(1 << 18))

    serves(evil, piece)
    world.cut(NORTH_SEA, LIMBURG)  # so that the liar's session is the older one
    await asyncio.sleep(20)
    world._cut.discard(frozenset((NORTH_SEA, LIMBURG)))
    await asyncio.sleep(20)
    released = release(origin.port, PICTURE)
    assert await waited(victim, released) < 2 * SOON_S
    assert has(honest.port, released, PICTURE)
    assert NORTH_SEA not in {peer for peer, _ in blamed(world, LIMBURG)}


async def begins_and_spoils() -> None:
    """The origin gives a first piece, ends, and goes on with garbage, so that never all of it came in one."""
    world = World(8, (LIEGE, LIMBURG))
    evil, victim = (world.nodes[n] for n in (LIEGE, LIMBURG))
    size = 1 << 20

    async def piece(_: NodeId, request: pb.BlobRequest, offset: int) -> pb.Chunk | None:
        if request.offset == 0 and offset == 1 << 18:
            return None
        return pb.Chunk(total=size, data=bytes(1 << 18))

    serves(evil, piece)
    lists(evil, records=1, size=size)
    await asyncio.sleep(600)
    assert not victim.port.ctx.blobs.held(of_entry(0), b"")

    async def again(_: NodeId, __: pb.BlobRequest, offset: int) -> pb.Chunk:
        return pb.Chunk(total=size, data=bytes(1 << 18))

    serves(evil, again)
    await asyncio.sleep(600)
    assert blamed(world, LIMBURG), "garbage from one source alone ends its session"
    assert len(blamed(world, LIMBURG)) <= 20, "each of its files once an hour, not more"


async def time_is_over_meanwhile() -> None:
    """An entry's time is over while its file comes: nobody's fault, and nothing of it stays."""
    world = World(7, (ANTWERP, LIMBURG))
    victim, good = world.nodes[LIMBURG], world.nodes[ANTWERP]
    data = os.urandom(1_000_000)
    real = good.desk.files.piece
    done: list[int] = []

    async def piece(peer: NodeId, request: pb.BlobRequest, offset: int) -> pb.Chunk | None:
        if offset >= 500_000 and not done:
            key = key_of(victim.port, released)
            done.append(key)
            store, ctx = victim.port.store, victim.port.ctx
            store.write(lambda tx: tx.run("UPDATE entry SET retain_until_ms = 1 WHERE key = ?", key)).result()
            for owner, sha256 in store.write(lambda tx: expire.forget(tx, ctx, [key])).result().files:
                ctx.blobs.drop(owner, sha256)
        return await real(peer, request, offset)

    serves(good, piece)
    await asyncio.sleep(20)
    released = release(good.port, data)
    await asyncio.sleep(SOON_S)
    assert done
    assert not blamed(world, LIMBURG)
    assert on_disk(victim) == 0


async def withdrawn_meanwhile() -> None:
    """A record is withdrawn while its file comes: it does not become one that is held."""
    world = World(9, (ANTWERP, LIMBURG))
    victim, good = world.nodes[LIMBURG], world.nodes[ANTWERP]
    real = good.desk.files.piece
    held = asyncio.Event()

    async def piece(peer: NodeId, request: pb.BlobRequest, offset: int) -> pb.Chunk | None:
        chunk = await real(peer, request, offset)
        if offset and not held.is_set():
            held.set()
            good.port.withdraw(released)
            await asyncio.sleep(4)  # the withdrawal overtakes the last piece
        return chunk

    serves(good, piece)
    await asyncio.sleep(20)
    released = release(good.port, PICTURE)
    await asyncio.sleep(SOON_S)
    assert held.is_set()
    assert not has(victim.port, released, PICTURE)
    assert on_disk(victim) == 0


async def rots() -> None:
    """The origin's disk changed a byte: it serves it to nobody, loses no session, and has it back from who holds it."""
    world = World(10, (ANTWERP, LIMBURG, NORTH_SEA))
    good, first, late = (world.nodes[n] for n in (ANTWERP, NORTH_SEA, LIMBURG))
    world.cut(LIMBURG, ANTWERP)
    world.cut(LIMBURG, NORTH_SEA)
    released = release(good.port, PICTURE)
    assert await waited(first, released) < SOON_S
    path = good.port.ctx.blobs._path(of_entry(key_of(good.port, released)), listed(PICTURE).sha256)
    path.write_bytes(bytes(len(PICTURE)))
    good.desk.files._sound.clear()  # a start later
    world.heal()
    assert await waited(late, released) < 2 * SOON_S
    assert await waited(good, released) < 2 * SOON_S
    assert not [one for one in world.endings if one.code == "INVALID_ARGUMENT"]


async def origin_comes_back() -> None:
    """What a relay did not have is asked for again when the origin is here, also while the relay is keeping its asker waiting."""
    world = World(11, (ANTWERP, LIMBURG, LIEGE))
    good, victim, relay = (world.nodes[n] for n in (ANTWERP, LIMBURG, LIEGE))
    world.cut(ANTWERP, LIMBURG)

    async def piece(_: NodeId, __: pb.BlobRequest, ___: int) -> None:
        await asyncio.sleep(4)

    serves(relay, piece)
    released = release(good.port, PICTURE)
    await asyncio.sleep(5 * 3600)
    assert not has(victim.port, released, PICTURE)
    world.heal()
    assert await waited(victim, released) < 2 * SOON_S


async def one_cannot_be_kept() -> None:
    """A name that the disk does not give: the other files come."""
    world = World(12, (ANTWERP, LIMBURG))
    good, victim = world.nodes[ANTWERP], world.nodes[LIMBURG]
    await asyncio.sleep(20)
    world.cut(ANTWERP, LIMBURG)
    released = release(good.port, PICTURE)
    victim.port.pull(good.port, released.feed.feed)
    sha256 = listed(PICTURE).sha256
    victim.port.ctx.blobs._part(of_entry(key_of(victim.port, released)), sha256).mkdir(parents=True)
    world.heal()
    other = release(good.port, PICTURE + b"2")
    assert await waited(victim, other, PICTURE + b"2") < 2 * SOON_S
    assert not has(victim.port, released, PICTURE)
    assert not [one for one in world.endings if one.code == "INTERNAL"]


async def nothing_is_written_for_what_cannot_be_had() -> None:
    """No room, nobody who has it: that costs the writer nothing."""
    world = World(13, (LIEGE, LIMBURG))
    evil, victim = (world.nodes[n] for n in (LIEGE, LIMBURG))
    settings = dataclasses.replace(victim.port.ctx.settings, blobs_total=4 * 1000)
    object.__setattr__(victim.port.ctx, "settings", settings)
    lists(evil, records=5, size=2_000)  # over its share
    lists(evil, records=5, size=100)  # and some that nobody has
    await asyncio.sleep(SOON_S)
    writes = 0
    write = victim.port.store.write

    def counted(act: Any, *, urgent: bool = False) -> Any:
        nonlocal writes
        writes += 1
        return write(act, urgent=urgent)

    victim.port.store.write = counted  # type: ignore[method-assign]
    await asyncio.sleep(3600)
    assert writes == 0


STORIES = [
    answers_late,
    trickles,
    breaks_off,
    relays_garbage,
    begins_and_spoils,
    time_is_over_meanwhile,
    withdrawn_meanwhile,
    rots,
    origin_comes_back,
    one_cannot_be_kept,
    nothing_is_written_for_what_cannot_be_had,
]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: str(story.__name__))
def test_it_costs_the_others_nothing(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    play(story())


# ---- Planted faults --------------------------------------------------------------------------------------------------------


def test_one_lane_for_all_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = asyncio.Semaphore(1)
    one = Files._one

    async def in_turn(self: Files, *given: Any) -> bool:
        async with gate:
            return await one(self, *given)

    monkeypatch.setattr(Files, "_one", in_turn)
    with pytest.raises(AssertionError):
        play(trickles())


def test_pieces_that_pile_up_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    async def kept(self: NodeFiles, wanted: Wanted) -> None:
        return

    monkeypatch.setattr(NodeFiles, "drop", kept)
    with pytest.raises(AssertionError):
        play(breaks_off())


def test_a_file_kept_for_a_withdrawn_record_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        fetch, "arrived", lambda tx, row: attachments.settle(tx, row.key, row.sha256, State.HELD)
    )
    with pytest.raises(AssertionError):
        play(withdrawn_meanwhile())


def test_garbage_that_is_nobodys_fault_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    finished = Files._finished

    async def never_alone(self: Files, session: Any, wanted: Wanted, *, alone: bool) -> bool:
        return await finished(self, session, wanted, alone=False)

    monkeypatch.setattr(Files, "_finished", never_alone)
    with pytest.raises(AssertionError):
        play(begins_and_spoils())
