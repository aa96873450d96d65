"""A benchmark's house, which dials when it is told, and counts what its dialled sessions say."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from federation import rpc
from node.ground import Ground
from node.main import House
from protocol.ids import NodeId

DONE_S = 300.0


class Dialling(House):
    """The house, but whom it dials is told."""

    def __init__(self, ground: Ground, file: Path) -> None:
        self.wanted: list[NodeId] = []
        super().__init__(ground, file)

    def _peers(self) -> list[NodeId]:
        return list(self.wanted)

    async def dial(self, peer: NodeId) -> tuple[float, float]:
        """Dial; when it began and when both sides knew what the other holds."""
        ready = asyncio.Event()
        came = self.exchange.came
        began = time.monotonic()

        def arrived(who: NodeId) -> None:
            came(who)
            ready.set()

        self.exchange.came = arrived
        self.wanted = [peer]
        self._dialler.refresh()
        async with asyncio.timeout(DONE_S):
            await ready.wait()
        connected = time.monotonic()
        self.exchange.came = came
        return began, connected

    async def hang_up(self) -> None:
        """End every session; returns when nothing dials any more."""
        self.wanted = []
        self._dialler.refresh()
        for session in list(self.exchange.sessions.values()):
            session.end("OK", "the benchmark hangs up")
        async with asyncio.timeout(DONE_S):
            while self.exchange.sessions or self._dialler._tasks:
                self._dialler.contact()
                await asyncio.sleep(0.01)

    async def handshake(self, peer: NodeId) -> float:
        """Seconds for mutual TLS alone."""
        began = time.monotonic()
        channel = self._channel(peer)
        assert channel is not None
        try:
            if not await rpc.connected(channel):
                raise RuntimeError(f"{peer} is not reached")
            return time.monotonic() - began
        finally:
            await channel.close()


class Counted:
    """Bytes of the frames of this node's dialled sessions."""

    def __init__(self) -> None:
        self.bytes = 0
        send, receive = rpc.ClientPipe.send, rpc.ClientPipe.receive

        async def counted_send(pipe: rpc.ClientPipe, raw: bytes) -> None:
            self.bytes += len(raw)
            await send(pipe, raw)

        async def counted_receive(pipe: rpc.ClientPipe) -> bytes | None:
            raw = await receive(pipe)
            self.bytes += len(raw or b"")
            return raw

        rpc.ClientPipe.send = counted_send  # type: ignore[method-assign,assignment]
        rpc.ClientPipe.receive = counted_receive  # type: ignore[method-assign,assignment]
