"""What a benchmark's node does with very many feeds: lets some grow, catches up with them, says and counts beats."""

from __future__ import annotations

import itertools
import time
from functools import partial
from typing import Any

import bench_fill
import bench_records

from federation.exchange import Exchange
from node.commands.append import append
from node.commands.context import Context
from node.store.unit import Reader, Tx
from protocol.ids import FeedId
from protocol.label import parse

_AT_ONCE = 64


async def grow(ctx: Context, count: int) -> dict[str, Any]:
    """One record more in so many of the feeds that `bench_fill.feeds` made: their ids, and the size they all have then."""
    made = bench_records.entries(ctx)
    wanted = list(itertools.islice(bench_fill.labels(), count))

    def act(tx: Tx, some: list[str]) -> list[tuple[FeedId, int]]:
        done = [append(tx, ctx, parse(label), [next(made)], ctx.register).feed for label in some]
        return [(one.feed, one.size) for one in done]

    grown: list[tuple[FeedId, int]] = []
    for start in range(0, count, _AT_ONCE):
        grown += await ctx.store.awrite(partial(act, some=wanted[start : start + _AT_ONCE]))
    return {"feeds": [feed.hex() for feed, _ in grown], "sizes": [size for _, size in grown]}


async def beat(exchange: Exchange) -> dict[str, Any]:
    """Sign a beat of every own feed that has one, and tell whoever is connected: how many, and CPU seconds of this process."""
    spent = time.process_time()
    beats = await exchange.desk.own_beats()
    exchange.beats._tell_all(beats)
    return {"beats": len(beats), "cpu": time.process_time() - spent}


def counted(reader: Reader, since_ms: int) -> int:
    """How many feeds have a beat that counted here since."""
    row = reader.one("SELECT count(*) FROM beat WHERE counted_ms >= ?", since_ms)
    return int(row[0]) if row else 0
