"""Nodes over real sockets: grpc.aio, mutual TLS by a founded register, SQLite files."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from ports import ANTWERP, NORTH_SEA
from stations import Federation, federation

from protocol import checkpoint as checkpoints

Story = Callable[[Federation], Coroutine[Any, Any, None]]


def tell(folder: Path, story: Story, *names: Any, extra: tuple[Any, ...] = ()) -> None:
    async def told() -> None:
        async with federation(folder, *names, extra=extra) as built:
            await story(built)

    asyncio.run(told())


def test_a_live_alert_arrives_and_its_receipt_verifies(tmp_path: Path) -> None:
    async def story(built: Federation) -> None:
        antwerp, ghent = built.stations
        antwerp.dial(ghent)
        await antwerp.until(lambda: antwerp.connected(ghent))
        released = antwerp.release()
        feed = released.feed.feed
        await ghent.until(lambda: ghent.size(feed) == 2)
        await antwerp.until(lambda: antwerp.receipt_of(ghent, feed))
        receipt = antwerp.receipt_of(ghent, feed)
        assert receipt is not None
        assert receipt.has(released.index)
        checkpoints.verify_cosignature(
            receipt.cosignature,
            holder=ghent.name,
            origin=antwerp.name,
            feed=feed,
            size=2,
            root=released.feed.root,
            publics=antwerp.registers.current.nodes[ghent.name].hold_keys,
        )

    tell(tmp_path, story, ANTWERP, NORTH_SEA)
