"""The first frame of each side: which protocol, which register, and what the speaker has on record of the listener."""

from __future__ import annotations

import asyncio

from federation import wire
from federation.desk import Desk
from federation.pipe import Ended, Pipe
from protocol.ids import Random, UnixMs
from protocol.v1 import federation_pb2 as pb

PROTOCOL = 1
WAIT_S = 10.0
NO_DIGEST = bytes(32)
"""In a Hello in mid-stream, of which only the register counts."""


def hello(desk: Desk, known: bytes, *, now: UnixMs, random: Random) -> bytes:
    """A `Hello` frame of this node."""
    version, snapshot = desk.register()
    said = pb.Hello(
        protocol_min=PROTOCOL,
        protocol_max=PROTOCOL,
        register=version,
        register_hash=snapshot,
        digest=known,
        unix_ms=now,
        session=random(16),
    )
    return pb.Frame(hello=said).SerializeToString()


async def theirs(pipe: Pipe) -> pb.Hello:
    """The peer's; `Ended` where it is late, is something else or speaks no protocol of ours."""
    try:
        async with asyncio.timeout(WAIT_S):
            raw = await pipe.receive()
    except TimeoutError:
        raise Ended("DEADLINE_EXCEEDED", f"no hello within {WAIT_S:.0f} s") from None
    if raw is None:
        raise Ended("OK", "the peer ended the stream before its hello")
    frame = wire.frame(raw)
    if frame.WhichOneof("body") != "hello":
        raise Ended("FAILED_PRECONDITION", "the first frame must be hello")
    if not frame.hello.protocol_min <= PROTOCOL <= frame.hello.protocol_max:
        raise Ended("FAILED_PRECONDITION", f"this node speaks protocol {PROTOCOL}")
    return frame.hello
