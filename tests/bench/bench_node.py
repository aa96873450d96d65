"""A benchmark's node: the product's own house, which dials when it is told and notes when its commits returned.

Times are of the machine's monotonic clock, so that two nodes' notes compare; CPU is this process's, all threads.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import bench_crowd
import bench_records
import psutil
from bench_control import obey
from bench_dialling import DONE_S, Counted, Dialling
from bench_threads import by_thread

from node import log
from node.checked import checked
from node.collector import freeze
from node.commands.audit import Act
from node.commands.publish import publish
from node.ground import Ground, open_ground
from node.store.changes import Change, ChangeKind
from node.store.unit import Tx
from protocol.ids import FeedId, NodeId
from protocol.label import parse

LOOK_S = 0.05


class Node:
    """What a benchmark can tell its node to do."""

    def __init__(self, ground: Ground, house: Dialling) -> None:
        self._ground, self._house = ground, house
        self._loop = asyncio.get_running_loop()
        self._grown = asyncio.Event()
        self._frames = Counted()
        self._versions = bench_records.versions(ground.ctx)
        self._marks: dict[str, list[tuple[int, float]]] = defaultdict(list)
        self._acting = 0.0
        self._appends: list[float] = []
        self._receipts: dict[tuple[str, int], int] = defaultdict(int)
        ground.bus.subscribe(self._changed)

    def _changed(self, changes: Sequence[Change]) -> None:
        """On the writer's thread, right after the commit."""
        at, cpu = time.monotonic(), time.thread_time()
        for change in changes:
            if change.kind is ChangeKind.FEED and change.feed is not None:
                self._marks[change.feed.hex()].append((change.size, at))
            elif change.kind is ChangeKind.RECEIPT and change.feed is not None:
                self._receipts[change.feed.hex(), change.size] += 1
        if self._acting:
            self._appends.append(cpu - self._acting)
            self._acting = 0.0
        self._loop.call_soon_threadsafe(self._grown.set)

    async def fill(self, count: int, label: str) -> dict[str, Any]:
        """Append records while nobody looks."""
        ground = self._ground
        feed, size = await asyncio.to_thread(bench_records.fill, ground.ctx, ground.store, count, label=label)
        return {"feed": feed.hex(), "size": size}

    async def release(self, count: int, label: str, gap_ms: float) -> dict[str, Any]:
        """Release records one by one, audited, as an officer's release does."""
        released: list[tuple[str, str, int]] = []
        for _ in range(count):
            await asyncio.sleep(gap_ms / 1000)
            released.append(await self._release(label))
        _, feed, size = released[-1]
        await self._until(lambda: any(held >= size for held, _ in self._marks[feed][-1:]))
        return {"released": released}

    async def _release(self, label: str) -> tuple[str, str, int]:
        ctx, version = self._ground.ctx, next(self._versions)
        act = Act(act="release", record=version.record)

        def work(tx: Tx) -> tuple[str, str, int]:
            self._acting = time.thread_time()
            done = publish(tx, ctx, parse(label), version, ctx.register, act=act)
            return version.record.hex(), done.feed.feed.hex(), done.feed.size

        return await ctx.store.awrite(work, urgent=True)

    async def appends(self) -> dict[str, Any]:
        """CPU seconds of the writer's thread for each release since last asked: from the act's first step to its commit."""
        taken, self._appends = self._appends, []
        return {"cpu": taken}

    async def marks(self, feed: str) -> dict[str, Any]:
        """When a feed reached which size here, since last asked."""
        return {"marks": self._marks.pop(feed, [])}

    async def sync(self, peer: str, feed: str, size: int) -> dict[str, Any]:
        """Dial and catch up: wall seconds to the last commit, CPU seconds of this process, seconds until connected."""
        gc.collect()
        cpu = time.process_time()
        began, connected = await self._house.dial(NodeId(peer))
        await self._held(feed, size)
        spent = time.process_time() - cpu
        first, last = self._marks[feed][0], self._marks[feed][-1]
        return {
            "at": last[1],
            "wall": last[1] - began,
            "cpu": spent,
            "connect": connected - began,
            "first": first[1] - began,
        }

    async def held(self, feed: str, size: int) -> dict[str, Any]:
        """Wait until so much of a feed is here."""
        await self._held(feed, size)
        return {}

    async def _held(self, feed: str, size: int) -> None:
        desk, name = self._house.exchange.desk, FeedId(bytes.fromhex(feed))
        await self._until(lambda: desk.size(name) >= size)

    async def _until(self, done: Callable[[], bool]) -> None:
        """Looked at after each commit, and now and then: the writer's thread tells who waits before it tells who listens."""
        async with asyncio.timeout(DONE_S):
            while not done():
                self._grown.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_S):
                        await self._grown.wait()

    async def confirmed(self, feed: str, size: int, count: int) -> dict[str, Any]:
        """Wait until so many receipts for exactly this size are kept here."""
        await self._until(lambda: self._receipts[feed, size] >= count)
        return {}

    async def dial(self, peer: str) -> dict[str, Any]:
        """Dial and say how long it took, with the CPU and the bytes of frames."""
        self._frames.bytes = 0
        cpu = time.process_time()
        began, connected = await self._house.dial(NodeId(peer))
        return {
            "seconds": connected - began,
            "cpu": time.process_time() - cpu,
            "frame_bytes": self._frames.bytes,
        }

    async def grow(self, count: int) -> dict[str, Any]:
        """One record more in so many feeds."""
        return await bench_crowd.grow(self._ground.ctx, count)

    async def meet(self, peer: str, feeds: list[str], sizes: list[int]) -> dict[str, Any]:
        """Dial, and hold so much of each of these feeds: seconds, CPU seconds and bytes of frames until then."""
        self._frames.bytes = 0
        desk, spent = self._house.exchange.desk, time.process_time()
        wanted = [(FeedId(bytes.fromhex(feed)), size) for feed, size in zip(feeds, sizes, strict=True)]
        began, _ = await self._house.dial(NodeId(peer))
        await self._until(lambda: all(desk.size(feed) >= size for feed, size in wanted))
        return {
            "seconds": time.monotonic() - began,
            "cpu": time.process_time() - spent,
            "frame_bytes": self._frames.bytes,
        }

    async def live(self) -> dict[str, Any]:
        """How many own feeds have a beat."""
        return {"live": len(await self._house.exchange.desk.own_beats())}

    async def beat(self) -> dict[str, Any]:
        """One round of beats, said."""
        return await bench_crowd.beat(self._house.exchange)

    async def hear(self, count: int) -> dict[str, Any]:
        """Wait until beats of so many feeds count that did not when this was asked: CPU seconds of this process meanwhile."""
        ctx, spent = self._ground.ctx, time.process_time()
        since = ctx.now()
        counted = partial(bench_crowd.counted, since_ms=since)
        await self._until(lambda: ctx.store.glance(counted) >= count)
        return {"cpu": time.process_time() - spent}

    async def hang_up(self) -> dict[str, Any]:
        """End all sessions; what was theirs is gone, their connections too."""
        await self._house.hang_up()
        gc.collect()
        return {}

    async def handshake(self, peer: str) -> dict[str, Any]:
        """Mutual TLS alone."""
        return {"seconds": await self._house.handshake(NodeId(peer))}

    async def use(self) -> dict[str, Any]:
        """What this process has used and holds now: CPU seconds, private and resident bytes, sessions."""
        gc.collect()
        memory = psutil.Process().memory_full_info()
        return {
            "cpu": time.process_time(),
            "private": memory.uss,
            "resident": memory.rss,
            "sessions": len(self._house.exchange.sessions),
            "threads": by_thread(),
        }


async def main(file: Path) -> None:
    config = checked(file)
    log.configure(config.log.level, node=config.node.id)
    ground = open_ground(config, file)
    house = Dialling(ground, file)
    node = Node(ground, house)  # listens before the house does: its notes are the first thing after a commit
    await house.open()
    freeze()
    names = (
        "confirmed",
        "fill",
        "release",
        "appends",
        "marks",
        "sync",
        "held",
        "dial",
        "grow",
        "meet",
        "live",
        "beat",
        "hear",
        "hang_up",
        "handshake",
        "use",
    )
    try:
        await obey({name: getattr(node, name) for name in names})
    finally:
        await house.close()
        ground.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
