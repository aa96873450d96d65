"""A hundred followers of one node in one process: real channels with mutual TLS, real sessions, each with its own small store.

bench_followers.py WORLD
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import bench_world
import grpc
import ports
from bench_control import obey
from inline_store import InlineStore

from federation import rpc
from federation.calls import Calls
from federation.dialler import Dialler
from federation.exchange import Exchange
from federation.node_desk import NodeDesk
from federation.tls import channel_credentials, channel_options
from node import log
from node.clock import SystemClock
from node.commands.context import Context, Settings
from node.keys import NodeKeys
from node.peers import PeerBoard
from node.register import RegisterStore
from node.store.changes import ChangeKind
from protocol.ids import FeedId, NodeId, UnixMs

DONE_S = 60.0
LOOK_S = 0.005
AT_ONCE = 10
"""Handshakes at a time."""


class Follower:
    """One node that follows; nothing of it is on the disk."""

    def __init__(self, world: Path, name: NodeId, registers: RegisterStore) -> None:
        self.keys = NodeKeys.load(world / "followers" / name, name)
        self._store = InlineStore(publish=self._changed)
        ctx = Context(
            me=name,
            clock=SystemClock(),
            random=os.urandom,
            keys=self.keys,
            store=self._store,
            blobs=ports.blobs(),
            registers=lambda: registers.current,
            settings=Settings(retention=MappingProxyType(dict(ports.RETENTION))),
        )
        self.desk = NodeDesk(ctx, registers)
        self.exchange = Exchange(desk=self.desk, board=PeerBoard(), now=ctx.now, answer=self._answer)
        self._calls = Calls()
        self._registers = registers
        self.dialler = Dialler(
            exchange=self.exchange,
            channel=self.channel,
            peers=lambda: [bench_world.SENDER],
            now=ctx.now,
            random=os.urandom,
            wait_min_s=1.0,
            wait_max_s=1.0,
        )

    def channel(self, peer: NodeId) -> grpc.aio.Channel:
        """To the sender."""
        entry = self._registers.current.nodes[peer]
        credentials = channel_credentials(self.keys, entry, now=UnixMs(time.time_ns() // 1_000_000))
        return grpc.aio.secure_channel(entry.address or "", credentials, options=channel_options(peer))

    @property
    def ready(self) -> bool:
        session = self.exchange.sessions.get(bench_world.SENDER)
        return session is not None and session.ready

    async def close(self) -> None:
        """Hang up, for good."""
        await self.dialler.close()
        await self.exchange.close()
        self._store.close()

    def _changed(self, changes: Any) -> None:
        for change in changes:
            if change.kind is ChangeKind.FEED and change.feed is not None:
                self.exchange.grew(change.feed)

    async def _answer(self, session: Any, call: Any) -> None:
        await self.dialler.answer(session, call)


class Crowd:
    """What a benchmark can tell its followers to do."""

    def __init__(self, world: Path) -> None:
        log.configure("warning", node="followers")
        anchor = world / "ceremony" / "public" / "root.json"
        now = UnixMs(time.time_ns() // 1_000_000)
        registers = RegisterStore.open(world / "followers" / "register", trusted_root=anchor, now=now)
        names = sorted(path.name for path in (world / "followers").iterdir() if path.name != "register")
        self._make: Callable[[int], Follower] = lambda number: Follower(
            world, NodeId(names[number]), registers
        )
        self._speaking: list[Follower] = []
        self._bare: list[grpc.aio.Channel] = []

    async def follow(self, count: int) -> dict[str, Any]:
        """Be so many, with sessions that stand; those that are too many hang up."""
        while len(self._speaking) > count:
            await self._speaking.pop().close()
        while len(self._speaking) < count:
            wanted = range(len(self._speaking), min(len(self._speaking) + AT_ONCE, count))
            some = [self._make(number) for number in wanted]
            for one in some:
                one.dialler.refresh()
            await _until(partial(_all_ready, some))
            self._speaking += some
        return {}

    async def bare(self, count: int) -> dict[str, Any]:
        """So many channels with mutual TLS and nothing on them."""
        while len(self._bare) > count:
            await self._bare.pop().close()
        while len(self._bare) < count:
            channel = self._make(len(self._bare)).channel(bench_world.SENDER)
            if not await rpc.connected(channel):
                raise RuntimeError("the sender is not reached")
            self._bare.append(channel)
        return {}

    async def held(self, feed: str, size: int) -> dict[str, Any]:
        """Wait until every one that follows has so much of a feed, and had the time to say so."""
        name = FeedId(bytes.fromhex(feed))
        await _until(lambda: all(one.desk.size(name) >= size for one in self._speaking))
        return {}


def _all_ready(some: Sequence[Follower]) -> bool:
    return all(one.ready for one in some)


async def _until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(DONE_S):
        while not done():  # noqa: ASYNC110 - a hundred nodes, and no event that tells of all of them
            await asyncio.sleep(LOOK_S)


async def main(world: Path) -> None:
    crowd = Crowd(world)
    names = ("follow", "bare", "held")
    try:
        await obey({name: getattr(crowd, name) for name in names})
    finally:
        await crowd.follow(0)
        await crowd.bare(0)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
