"""Invariant 5 between nodes: two federations that differ only in feeds above a node send that node the same frames.

Everybody says the same things to all, at the same virtual moments; in the second federation the others also exchange records of a
community that the watched node is not in, some of them marked ORCON. All frames and bulk that it is handed, from each peer and in their
order, and what each would give it on a medium, are compared as bytes.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import virtual_time
from google.protobuf.message import DecodeError
from histories import breaks_plainly, hold_plainly
from ports import AMBER, ANTWERP, LIEGE, LIMBURG, NORTH_SEA, SCHELDT
from simulator import Node, World

from node.commands import carry, entitled
from node.commands.batch import to_wire
from policies.decision import Permit
from protocol.ids import NodeId
from protocol.v1 import federation_pb2 as pb

ABOVE = (
    SCHELDT,
    SCHELDT + "//CAVEAT ORCON",
    f"BE:NONE//TLP:RED//AUD ports-be//TO node:{NORTH_SEA}",  # as what a second person elsewhere is asked
)
PEERS = (ANTWERP, NORTH_SEA, LIEGE)


class Quiet(World):
    """A world whose transport has no chance in it, so that only what is said can differ."""

    def delay(self) -> float:
        return 0.01


class Streams:
    """Randomness of a node: what it says to all, what it says above, and what it does besides draw from streams of their own."""

    def __init__(self, seed: int, name: NodeId) -> None:
        self._streams = {what: random.Random(f"{seed} {name} {what}") for what in ("all", "above", "")}
        self._what = ""

    def __call__(self, size: int) -> bytes:
        return self._streams[self._what].randbytes(size)

    @contextmanager
    def saying(self, what: str) -> Iterator[None]:
        self._what = what
        yield
        self._what = ""


async def handed(seed: int, *, more: bool) -> dict[NodeId, list[bytes]]:
    """What Limburg is handed by each peer."""
    world, choose, above = Quiet(seed), random.Random(f"{seed} acts"), random.Random(f"{seed} above")
    frames: dict[NodeId, list[bytes]] = defaultdict(list)

    def heard(source: NodeId, target: NodeId, kind: object, raw: bytes) -> bytes:
        if target == LIMBURG:
            frames[source].append(_without_session(raw) if kind is pb.Frame else raw)
        return raw

    world.tamper = heard
    streams = {name: Streams(seed, name) for name in world.nodes}
    for name, node in world.nodes.items():
        object.__setattr__(node.port.ctx, "random", streams[name])
    for name in PEERS:  # a first one each, so that audit feeds are open before anything is said above
        with streams[name].saying("all"):
            world.nodes[name].release(AMBER, description="to all, first")
    await asyncio.sleep(5)
    for _ in range(8):
        node = world.nodes[choose.choice(PEERS)]
        with streams[node.name].saying("all"):
            one = node.release(AMBER, description=f"to all {choose.random()}")
            if choose.random() < 0.2:
                node.port.withdraw(one)
        if more:
            for _ in range(above.randint(0, 3)):
                _above(world.nodes[above.choice(PEERS)], above, streams)
        await asyncio.sleep(choose.choice([0.3, 2.0, 20.0]))
    await world.settle()
    for name in PEERS:
        port = world.nodes[name].port
        exported = port.store.read(lambda r, port=port: list(carry.batches(r, port.ctx, LIMBURG, whole=True)))  # type: ignore[misc]
        frames[name] += [to_wire(one).SerializeToString() for one in exported]
    return frames


def _above(node: Node, above: random.Random, streams: dict[NodeId, Streams]) -> None:
    with streams[node.name].saying("above"):
        one = node.release(above.choice(ABOVE), description="above")
        if above.random() < 0.4:
            node.port.withdraw(one)


def _without_session(raw: bytes) -> bytes:
    """The frame without the random number that a hello has for the logs."""
    frame = pb.Frame.FromString(raw)
    if frame.HasField("hello"):
        frame.hello.session = b""
        return frame.SerializeToString()
    return raw


def same(seed: int) -> None:
    one, other = virtual_time.run(handed(seed, more=False)), virtual_time.run(handed(seed, more=True))
    for peer in PEERS:
        assert one[peer], f"{peer} said nothing"
        for at, (a, b) in enumerate(zip(one[peer], other[peer], strict=False)):
            assert a == b, f"frame {at} of {peer} tells of what is above: {_name(a)} {_name(b)}"
        assert len(one[peer]) == len(other[peer]), f"{peer} says more where there is more above"


def _name(raw: bytes) -> str:
    try:
        return str(pb.Frame.FromString(raw))[:400]
    except DecodeError:
        return "a batch on a medium"


def test_a_node_is_sent_the_same_frames_whatever_is_above_it() -> None:
    hold_plainly(same, of=10)


def test_a_node_that_is_sent_what_is_above_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entitled, "follows", lambda *_: Permit("label"))
    assert breaks_plainly(same, of=2, seeing="above")
