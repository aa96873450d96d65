"""How frames travel: the one thing that differs between a socket and a simulator."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Protocol

from protocol.v1 import federation_pb2 as pb


class Pipe(Protocol):
    """One open `Follow` stream; frames arrive whole and in order, or not at all."""

    async def send(self, raw: bytes) -> None:
        """Hand one frame over; waits while the transport is full. `Ended` where the stream is gone."""
        ...

    async def receive(self) -> bytes | None:
        """The next frame; None when the other side ended."""
        ...

    async def close(self, code: str, words: str) -> None:
        """End the stream with a gRPC status name and words that name nothing but the rule; what was sent is let through first."""
        ...


class Link(Protocol):
    """How a session fetches bulk from its peer: by an RPC of its own, or by a `Call` answered on `Serve`."""

    def backfill(self, request: pb.BackfillRequest) -> AsyncGenerator[tuple[pb.Batch, int], None]:
        """Batches whose shape was checked, in the order of the ranges, each with its bytes: to count them is to serialise it."""
        ...

    def blob(self, request: pb.BlobRequest) -> AsyncGenerator[pb.Chunk, None]:
        """A file's bytes from an offset on; nothing at all where the peer has it not, or not for this caller."""
        ...

    async def register(self, request: pb.RegisterRequest) -> bytes:
        """A serialised `Bundle`, capped."""
        ...


class Ended(Exception):
    """A session is over, with the gRPC status and words it ends with."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code
        self.words = words
