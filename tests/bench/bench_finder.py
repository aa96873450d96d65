"""Inside one node that holds much: records whose words are as unequal as those of a language, found by who may read 5, 500 and 2,000
of their feeds. A child process; no network.

bench_finder.py SENDER.toml     then operations, a line each (`bench_control.py`)
"""

from __future__ import annotations

import asyncio
import itertools
import random
import sys
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import bench_many
from bench_control import obey
from record_examples import example

from node import log
from node.checked import checked
from node.collector import freeze
from node.commands import find, index
from node.commands.context import Context
from node.commands.find import Asked, Search
from node.commands.readable import Readable
from node.commands.search import read
from node.ground import Ground, open_ground
from node.store import entries, feeds, words
from node.store.feeds import FeedRole
from node.store.unit import Reader, Tx
from protocol.content_type import kind_of
from protocol.findable import Findable, findable
from protocol.record import content_type, serialise, validate

VOCABULARY = 50_000
LONG = 60
"""Words of a record."""
QUERIES = ("w0", "w7", "w1000", "w30000", "w7 w11", "w3 w1000", "w7 nowhere", "nowhere")
"""In half of all records, in some, in few, in a handful; both of two; one of two; none."""
LEFT = 20_000
"""Of how many, the newest, the index is kept by its own steps, which are measured; of all others it is written with them, by the same
insert, since what a million costs is known from these."""
DISTINCT = 20_011
"""Texts that are no two alike; then they come again. A prime, so that each feed has all of them."""
_AT_ONCE = 512


class Finder:
    """What a benchmark can have done in its node."""

    def __init__(self, ground: Ground) -> None:
        self._ctx, self._store = ground.ctx, ground.store
        self._many = bench_many.Many(ground)

    async def spread(self, records: int) -> dict[str, Any]:
        """So many records over 2,000 feeds, of which each newer one is in another feed; they are rows, not appends.

        All but the newest `LEFT` can be found already.
        """
        opened = await self._many.spread(len(list(bench_many.labels())))
        await self.index()
        firsts = self._store.read(_firsts)
        texts, more = itertools.cycle(itertools.islice(_texts(), DISTINCT)), records - opened["records"]
        for start in range(0, more, _AT_ONCE):
            part = range(start, min(start + _AT_ONCE, more))
            put = partial(_put, ctx=self._ctx, firsts=firsts, numbers=part, texts=texts, found=more - LEFT)
            self._store.write(put).result()
        self._store.write(bench_many._told_newest).result()
        return {"feeds": len(firsts), "records": opened["records"] + more}

    async def index(self) -> dict[str, Any]:
        """Keep what they are found by, as the node does: CPU µs of a record, and CPU ms of the writer for each step."""
        began, steps, count = time.process_time(), list[float](), 0
        while gathered := self._store.read(index.gather):
            at = time.process_time()
            count += self._store.write(partial(index.keep, ctx=self._ctx, gathered=gathered)).result()
            steps.append((time.process_time() - at) * 1e3)
        spent = time.process_time() - began
        size = self._store.read(_size)
        return {"records": count, "cpu": spent / max(count, 1) * 1e6, "steps": steps, "bytes": size}

    async def finds(self, times: int) -> dict[str, Any]:
        """A page of what is found, by how many feeds may be read: wall and CPU ms of each; and of the newest matches whosever they are."""
        freeze()
        readable, told = Readable(self._ctx), dict[str, Any]()
        for reading in bench_many._readers(self._ctx):
            count = len(self._store.read(partial(readable.feeds, reading=reading)))
            wall, cpu = told[str(count)] = [], []
            for _, typed in itertools.product(range(times), QUERIES):
                search = Search(
                    asked=Asked(by="text", typed=typed), reading=reading, terms=tuple(typed.split())
                )
                ask = partial(
                    find.find, ctx=self._ctx, readable=readable, search=search, limit=50, silent=False
                )
                took = bench_many._timed(partial(self._store.read, ask), 1)
                wall += took[0]
                cpu += took[1]
        told["floor"] = [
            bench_many._timed(partial(self._store.read, partial(_matching, typed=typed)), 1)[1][0]
            for _, typed in itertools.product(range(times), QUERIES)
        ]
        return told

    async def merge(self) -> dict[str, Any]:
        """After a record is gone: CPU seconds until nothing of it is in the index, and CPU ms of each step of that."""
        self._store.write(_gone).result()
        began, steps, begin = time.process_time(), list[float](), True
        while True:
            at = time.process_time()
            more = self._store.write(partial(words.merge, begin=begin)).result()
            steps.append((time.process_time() - at) * 1e3)
            if not more:
                return {"cpu": time.process_time() - began, "steps": steps}
            begin = False


class Text(NamedTuple):
    """A content, and what it can be found by."""

    content: bytes
    findable: Findable


def _texts() -> Iterator[Text]:
    """Contents whose words are drawn by Zipf's law."""
    choose, record = random.Random(1), example("alert")
    vocabulary = [f"w{number}" for number in range(VOCABULARY)]
    weights = list(itertools.accumulate(1 / (rank + 2) for rank in range(VOCABULARY)))
    record.common.title, record.alert.description = "Melding", "-"
    always = findable(validate(content_type("alert"), serialise(record), accepting=True))
    for number in itertools.count(1):
        drawn = choose.choices(vocabulary, cum_weights=weights, k=LONG)
        record.common.title = f"Melding {number}"
        record.alert.description = " ".join(drawn)
        words = frozenset(drawn) | always.words | {str(number)}
        yield Text(serialise(record), Findable(words=words, identifiers=always.identifiers))


def _firsts(reader: Reader) -> Sequence[entries.EntryRow]:
    """The record that each feed has."""
    found = [entries.get(reader, f.number, 1) for f in feeds.every(reader) if f.role is FeedRole.RECORDS]
    return [row for row in found if row is not None]


def _put(
    tx: Tx,
    ctx: Context,
    firsts: Sequence[entries.EntryRow],
    numbers: range,
    texts: Iterator[Text],
    found: int,
) -> None:
    """So many rows more; those whose number is below `found` can be found."""
    rows, kept = [], index.Gathered()
    for number in numbers:
        more, place = divmod(number, len(firsts))
        first, text = firsts[place], next(texts)
        row = first._replace(
            key=first.key + 1 + more,
            arrival=bench_many.FIRST_ARRIVAL + number,
            record=random.randbytes(16),
            content=text.content,
        )
        rows.append(row)
        if number < found:
            line = words.Line(row.key, row.feed, row.arrival, kind_of(row.kind), text.findable.words, ())
            kept.lines.append((line, text.findable.identifiers))
            kept.upto.append((row.feed, row.arrival))
    if kept.lines:
        assert (looked := read(rows[0])) is not None
        assert findable(looked).words == kept.lines[0][0].words, "not what the index would keep"
    entries.insert(tx, rows)
    index.keep(tx, ctx, kept)


def _matching(reader: Reader, typed: str) -> object:
    wanted = " AND ".join(f'"{word}"' for word in typed.split())
    return reader.all("SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT 51", wanted)


def _size(reader: Reader) -> int:
    row = reader.one(
        "SELECT (SELECT sum(length(block)) FROM words_data) + (SELECT sum(length(c0) + 16) FROM words_content)"
    )
    return int(row[0]) if row else 0


def _gone(tx: Tx) -> None:
    """The oldest record that can be found."""
    ((key,),) = tx.all("SELECT c1 FROM words_content ORDER BY id LIMIT 1")
    entries.drop(tx, key)


async def main(file: Path) -> None:
    log.configure("warning", node="find")
    ground = open_ground(checked(file), file)
    finder = Finder(ground)
    try:
        await obey({name: getattr(finder, name) for name in ("spread", "index", "finds", "merge")})
    finally:
        ground.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
