"""Inside one node that holds much: lists over many feeds, plans over many people, single checks. A child process; no network.

bench_many.py SENDER.toml     then operations, a line each (`bench_control.py`)
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import bench_records
from bench_control import obey
from bench_world import RECEIVER, SENDER, follower

from node import log
from node.checked import checked
from node.commands import people, search
from node.commands.append import append
from node.commands.context import Context as CommandContext
from node.commands.readable import Readable
from node.ground import Ground, open_ground
from node.store import lists
from node.store.entries import INDEX_BITS
from node.store.tuples import SnapshotTuples
from node.store.unit import Reader, Tx
from policies import officers
from policies.clearance import Reader as Reading
from policies.clearance import reader_at
from policies.fga_model import Model
from policies.officers import Right, Role
from policies.relations import Check, Context
from protocol.entry import Entry
from protocol.label import parse

READABLE = {"crisis": 5, "enforcement": 495, "learning": 1_500}
"""Feeds by the one of these purposes that their labels have: a reader of the first reads 5, of the first two 500, of all 2,000."""
_OTHERS = ("access-control", "navigation-safety", "port-security", "prosecution")
_AT_ONCE = 64
FIRST_ARRIVAL = 1 << 20
"""Beyond all that appending gives."""
_SPREAD = (
    "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ?) "
    "INSERT INTO entry SELECT e.key + s.n, e.feed, ? + s.n * ? + (e.feed * 7919) % ?, e.arrived_us + s.n, e.op, "
    "CAST(printf('%08x%08x', e.feed, s.n) AS BLOB), e.version, e.standing, e.shown, e.kind, e.issued_ms, e.expires_ms, "
    "e.retain_until_ms, e.register_version, e.reason, e.header, e.content, e.salt, e.nodes "
    "FROM s, entry e WHERE e.key = (? << ?) + 1"
)


def labels() -> Iterator[str]:
    """As many different ones of each purpose as `READABLE` says."""
    with_others = [
        ",".join(some) for size in range(len(_OTHERS) + 1) for some in itertools.combinations(_OTHERS, size)
    ]
    for purpose, count in READABLE.items():
        different = itertools.product(range(1, 101), ("AMBER", "CLEAR", "GREEN"), with_others)
        for number, tlp, others in itertools.islice(different, count):
            to = ",".join(sorted([f"node:{SENDER}", f"node:{RECEIVER}", f"node:{follower(number)}"]))
            purposes = ",".join(sorted([purpose, *others.split(",")] if others else [purpose]))
            yield f"BE:NONE//TLP:{tlp}//AUD ports-be//TO {to}//PURPOSE {purposes}"


class Many:
    """What a benchmark can have done in its node."""

    def __init__(self, ground: Ground) -> None:
        self._ctx, self._store, self._model = ground.ctx, ground.store, ground.model

    async def spread(self, records: int) -> dict[str, Any]:
        """So many records over the feeds of `labels`, of which each newer one is in another feed; they are rows, not appends."""
        made, wanted = bench_records.entries(self._ctx), list(labels())
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            self._store.write(partial(_opened, ctx=self._ctx, some=some, made=made)).result()
        numbers = [
            row[0]
            for row in self._store.read(lambda r: r.all("SELECT number FROM feed WHERE role = 0 ORDER BY 1"))
        ]
        more = records // len(numbers) - 1
        for start in range(0, len(numbers) if more > 0 else 0, _AT_ONCE):
            part = numbers[start : start + _AT_ONCE]
            self._store.write(partial(_multiplied, some=part, feeds=len(numbers), more=more)).result()
        self._store.write(_told_newest).result()
        count = self._store.read(lambda r: r.one("SELECT count(*) FROM entry WHERE shown > 0"))
        return {"feeds": len(numbers), "records": count[0] if count else 0}

    async def lists(self, times: int) -> dict[str, Any]:
        """The newest 50 as an officer's page asks for them, by how many feeds they may read: wall and CPU ms of each."""
        readable = Readable(self._ctx)
        told: dict[str, Any] = {}
        for reading in _readers(self._ctx):
            ask = partial(search.newest, ctx=self._ctx, readable=readable, reading=reading)
            count = len(self._store.read(partial(readable.feeds, reading=reading)))
            page = self._store.read(ask)
            older = partial(ask, before=page.older)
            told[str(count)] = {
                "rows": len(page.rows),
                "first": _spans(partial(self._store.read, ask), times),
                "older": _spans(partial(self._store.read, older), times),
            }
        return told

    async def rows(self, times: int) -> dict[str, Any]:
        """The floor: the newest 50 rows of one feed, by their index, and nothing made of them."""
        ask = partial(lists.newest, feeds=[1], limit=50)
        return _spans(partial(self._store.read, ask), times)

    async def check(self, times: int) -> dict[str, Any]:
        """One question to the embedded engine, over the tuples of an officer in the store, in a snapshot that is open; its floor: two reads by key."""
        who = self._store.write(partial(_hired, ctx=self._ctx, model=self._model)).result()
        context = Context(self._ctx.now())
        question = Check(
            officers.of_person(who), Right.PUBLISH_ALERT, officers.of_node(self._ctx.me), context
        )

        def ask(reader: Reader) -> bool:
            return self._ctx.engine(self._model, reader).check(question)

        def find(reader: Reader) -> None:
            for _ in range(2):
                SnapshotTuples(reader).find(question.object, Role.SECURITY_OFFICER, question.user)

        assert self._store.read(ask)
        return {
            "check": self._store.read(lambda reader: _spans(partial(ask, reader), times)),
            "find": self._store.read(lambda reader: _spans(partial(find, reader), times)),
        }


def _timed(act: Callable[[], object], times: int) -> tuple[list[float], list[float]]:
    """Wall and CPU ms of this thread, each time."""
    wall, cpu = [], []
    for _ in range(times):
        began, spent = time.perf_counter(), time.thread_time()
        act()
        cpu.append((time.thread_time() - spent) * 1e3)
        wall.append((time.perf_counter() - began) * 1e3)
    return wall, cpu


def _spans(act: Callable[[], object], times: int) -> dict[str, list[float]]:
    """The same, named."""
    wall, cpu = _timed(act, times)
    return {"wall": wall, "cpu": cpu}


def _readers(ctx: CommandContext) -> Iterator[Reading]:
    """Officers who may read 5, 500 and 2,000 of the feeds."""
    entry, names = ctx.entry(ctx.register), list(READABLE)
    for size in range(1, len(names) + 1):
        yield reader_at(
            entry,
            site=entry.sites[0].id,
            officer=str(uuid.UUID(int=size, version=4)),
            roles=frozenset({"analyst"}),
            communities=entry.communities,
            purposes=frozenset(names[:size]),
        )


def _opened(tx: Tx, ctx: CommandContext, some: Sequence[str], made: Iterator[Entry]) -> None:
    for label in some:
        append(tx, ctx, parse(label), [next(made)], ctx.register)


def _multiplied(tx: Tx, some: Sequence[int], feeds: int, more: int) -> None:
    """The record of each of these feeds so many times more, in that feed; arrivals take turns among all."""
    for number in some:
        tx.run(_SPREAD, more, FIRST_ARRIVAL, feeds, feeds, number, INDEX_BITS)


def _hired(tx: Tx, ctx: CommandContext, model: Model) -> str:
    entry = ctx.entry(ctx.register)
    account = people.Account(
        login="a.peeters", name="A. Peeters", site=entry.sites[0].id, roles=(Role.SECURITY_OFFICER,)
    )
    return people.add(tx, ctx, model, account, actor="administrator/cli")


def _told_newest(tx: Tx) -> None:
    tx.run("UPDATE meta SET value = (SELECT max(arrival) FROM entry) WHERE name = 'arrival'")
    tx.run("UPDATE feed SET newest = (SELECT max(arrival) FROM entry e WHERE e.feed = feed.number)")


async def main(file: Path) -> None:
    log.configure("warning", node="many")
    ground = open_ground(checked(file), file)
    many = Many(ground)
    try:
        await obey({name: getattr(many, name) for name in ("spread", "lists", "rows", "check")})
    finally:
        ground.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
