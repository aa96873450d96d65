"""Fills the databases of two stopped nodes with the same feeds: the sender's by its own append, the receiver's as its copy.

What a receiver stores of a feed is what its origin stores, but for whose it is, and a unit test holds the copy against a real
catch-up. So a million records cost one node's appending and nobody's waiting.

    bench_fill.py SENDER.toml records|feeds COUNT
"""

from __future__ import annotations

import itertools
import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import bench_records
from bench_world import RECEIVER, follower

from node import log
from node.checked import checked
from node.commands.append import append
from node.commands.context import Context
from node.ground import open_ground
from node.store.contract import Store
from node.store.sqlite import SqliteStore
from node.store.unit import Tx
from protocol.entry import Entry
from protocol.ids import FeedId
from protocol.label import PURPOSES, parse

_AT_ONCE = 64


def feeds(ctx: Context, store: Store, count: int) -> tuple[FeedId, int]:
    """So many feeds with one record each; the last one's id and size."""
    made = bench_records.entries(ctx)
    wanted = list(itertools.islice(labels(), count))
    feed = FeedId(bytes(32))
    for start in range(0, count, _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        feed = store.write(partial(_opened, ctx=ctx, some=some, made=made)).result()
    return feed, 2


def labels() -> Iterator[str]:
    """Labels that the receiver may have, all different: for it and one follower, for some purposes."""
    names = sorted(PURPOSES)
    purposes = [
        ",".join(some) for size in range(1, len(names) + 1) for some in itertools.combinations(names, size)
    ]
    for number in itertools.count(1):
        to = ",".join(sorted([f"node:{RECEIVER}", f"node:{follower(number)}"]))
        for tlp, purpose in itertools.product(("AMBER", "CLEAR", "GREEN"), purposes):
            yield f"BE:NONE//TLP:{tlp}//AUD ports-be//TO {to}//PURPOSE {purpose}"


def handed_over(sender: Path, receiver: Path) -> None:
    """The receiver's database: all that the sender's has, not its own."""
    for stale in receiver.parent.glob(f"{receiver.name}*"):
        stale.unlink()
    shutil.copyfile(sender, receiver)
    with closing(SqliteStore(receiver)) as store:
        store.write(lambda tx: tx.run("UPDATE feed SET own = 0")).result()


def _opened(tx: Tx, ctx: Context, some: list[str], made: Iterator[Entry]) -> FeedId:
    return [append(tx, ctx, parse(label), [next(made)], ctx.register) for label in some][-1].feed.feed


def main(sender: Path, what: str, count: int) -> None:
    log.configure("warning", node="fill")
    with closing(open_ground(checked(sender), sender)) as ground:
        act = {"records": bench_records.fill, "feeds": feeds}[what]
        feed, size = act(ground.ctx, ground.store, count)
    sys.stdout.write(json.dumps({"feed": feed.hex(), "size": size}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
