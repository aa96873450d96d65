"""A member of the federation that means harm: real keys, a real certificate, and whatever bytes a test wants to send.

What it says is built and signed here, so that each case spoils exactly one thing of what would otherwise be taken.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from record_examples import example

from federation.rpc import FEDERATION
from federation.tls import channel_credentials, channel_options
from node.keys import NodeKeys
from protocol import checkpoint as checkpoints
from protocol import entry as entries
from protocol.entry import Entry, build_open, build_publish
from protocol.fields import DAY_MS
from protocol.ids import FeedId, NodeId, RecordId, UnixMs, feed_id, new_record_id
from protocol.limits import FRAME_MAX
from protocol.members import NodeEntry
from protocol.merkle import CompactRange, node_in, prove_consistency
from protocol.record import content_type, serialise
from protocol.register_view import Register
from protocol.v1 import federation_pb2 as pb
from protocol.v1 import records_pb2 as records

LABEL = "BE:NONE//TLP:AMBER//AUD ports-be"
WAIT_S = 15.0
GOOD_HEADS = pb.Frame(heads=pb.Heads(changed_only=True, complete=True)).SerializeToString()


def now_ms() -> UnixMs:
    return UnixMs(time.time_ns() // 1_000_000)


@dataclass
class Forged:
    """A feed as its origin would write it; spoil the parts."""

    keys: NodeKeys
    register: int
    label: str = LABEL
    origin: NodeId | None = None
    salt: bytes = field(default_factory=lambda: os.urandom(16))
    run: list[Entry] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.run.append(
            build_open(
                origin=self.by,
                epoch=1,
                salt=self.salt,
                label=self.label,
                register=self.register,
                issued_ms=now_ms(),
            )
        )

    @property
    def by(self) -> NodeId:
        """Who it says wrote it."""
        return self.origin or self.keys.node

    @property
    def id(self) -> FeedId:
        return feed_id(self.by, 1, self.salt, self.label)

    def alert(self, **changes: object) -> Forged:
        """One more alert."""
        return self.record(example("alert", **changes))

    def record(self, message: records.Record, *, content: bytes | None = None) -> Forged:
        """One more record; `content`: other bytes in its place, committed to all the same."""
        now = now_ms()
        self.run.append(
            build_publish(
                record_id=RecordId(new_record_id(now, os.urandom)),
                version=1,
                content_type=content_type(message.common.kind),
                content=serialise(message) if content is None else content,
                salt=os.urandom(32),
                issued_ms=now,
                expires_ms=UnixMs(now + DAY_MS),
                retain_until_ms=UnixMs(now + 30 * DAY_MS),
                register=self.register,
            )
        )
        return self

    def batch(self, first: int = 0, end: int | None = None) -> pb.Batch:
        """Its entries, signed as they are now."""
        size = len(self.run)
        after, completed = CompactRange().extend(entry.leaf for entry in self.run)
        node = node_in([b"".join(nodes) for nodes in completed].__getitem__)
        upto = size if end is None else end
        signed = checkpoints.sign(
            origin=self.by,
            feed=self.id,
            size=size,
            root=after.root(),
            public=self.keys.log_public,
            sign=self.keys.sign_log,
        )
        return pb.Batch(
            feed=self.id,
            first=first,
            entries=[entries.to_wire(one) for one in self.run[first:upto]],
            checkpoint=checkpoints.to_wire(signed),
            consistency=prove_consistency(size1=upto, size2=size, node=node) if upto < size else (),
        )


def framed(batch: pb.Batch) -> bytes:
    return pb.Frame(batch=batch).SerializeToString()


@dataclass
class Heard:
    """What came back on a stream, and how it ended; `code` is empty while it stands."""

    frames: list[pb.Frame] = field(default_factory=list)
    code: str = ""
    words: str = ""

    def refusals(self) -> list[pb.Refusal]:
        return [frame.refusal for frame in self.frames if frame.WhichOneof("body") == "refusal"]

    def receipts(self, feed: bytes) -> list[pb.Receipt]:
        found = [frame.receipt for frame in self.frames if frame.WhichOneof("body") == "receipt"]
        return [one for one in found if one.feed == feed]

    def answered(self) -> bool:
        return bool(self.code or self.refusals())


@dataclass
class Hostile:
    """One member that speaks to one node by hand."""

    keys: NodeKeys
    register: Register
    victim: NodeEntry

    def hello(self, **changes: Any) -> bytes:
        said = {
            "protocol_min": 1,
            "protocol_max": 1,
            "register": self.register.version,
            "register_hash": self.register.hash,
            "digest": bytes(32),
            "unix_ms": now_ms(),
            "session": os.urandom(16),
        }
        return pb.Frame(hello=pb.Hello(**{**said, **changes})).SerializeToString()

    def feed(self, label: str = LABEL, *, origin: NodeId | None = None) -> Forged:
        return Forged(self.keys, self.register.version, label, origin)

    def say(
        self,
        *frames: bytes,
        opening: Sequence[bytes] | None = None,
        until: Callable[[Heard], bool] = Heard.answered,
    ) -> Heard:
        """Open `Follow`, greet (or say `opening`), send frames; what came until it ended or `until` holds."""
        begin = [self.hello(), GOOD_HEADS] if opening is None else opening
        return asyncio.run(self._say([*begin, *frames], until))

    def ask(self, method: str, raw: bytes) -> tuple[list[bytes], str, str]:
        """Any RPC with one message: what came, and the status and words it ended with."""
        return asyncio.run(self._ask(method, raw))

    def reaches(self) -> bool:
        """Whether the door opens at all."""
        return asyncio.run(self._reaches())

    async def _reaches(self) -> bool:
        async with self._channel() as channel:
            try:
                await asyncio.wait_for(channel.channel_ready(), 2.0)
            except TimeoutError:
                return False
        return True

    async def _say(self, frames: Sequence[bytes], until: Callable[[Heard], bool]) -> Heard:
        heard = Heard()
        async with asyncio.timeout(WAIT_S), self._channel() as channel:
            call: Any = channel.stream_stream(f"/{FEDERATION}/Follow")()
            try:
                for raw in frames:
                    await call.write(raw)
                while not until(heard):
                    raw = await call.read()
                    if raw is grpc.aio.EOF:
                        break
                    heard.frames.append(pb.Frame.FromString(raw))
                else:
                    return heard
            except (grpc.aio.AioRpcError, asyncio.InvalidStateError):
                pass
            finally:
                if not call.done() and until(heard):
                    call.cancel()
            heard.code, heard.words = (await call.code()).name, await call.details() or ""
        return heard

    async def _ask(self, method: str, raw: bytes) -> tuple[list[bytes], str, str]:
        came: list[bytes] = []
        async with asyncio.timeout(WAIT_S), self._channel() as channel:
            call: Any = channel.stream_stream(method)()
            try:
                await call.write(raw)
                await call.done_writing()
                while (answer := await call.read()) is not grpc.aio.EOF:
                    came.append(bytes(answer))
            except (grpc.aio.AioRpcError, asyncio.InvalidStateError):
                pass
            return came, (await call.code()).name, await call.details() or ""

    @asynccontextmanager
    async def _channel(self) -> AsyncIterator[grpc.aio.Channel]:
        assert self.victim.address
        credentials = channel_credentials(self.keys, self.victim, now=now_ms())
        options = {
            **dict(channel_options(self.victim.id)),
            "grpc.max_send_message_length": 16 * FRAME_MAX,
            "grpc.enable_retries": 0,
        }
        async with grpc.aio.secure_channel(
            self.victim.address, credentials, options=list(options.items())
        ) as channel:
            yield channel
