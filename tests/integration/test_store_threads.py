"""The real store under many hands: one order of writes, alerts ahead of bulk, readers undisturbed, the same state as inline."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
import time
from pathlib import Path

from ports import ANTWERP, NORTH_SEA, Port, port
from store_state import state_lines

from node.commands.accept import accept_batch
from node.commands.batch import Batch
from node.commands.outcome import Accepted
from node.store.sqlite import SqliteStore
from node.store.unit import Reader, Tx


def batches_of(source: Port, to: Port, count: int) -> list[Batch]:
    for _ in range(count):
        feed = source.release().feed.feed
    found, first = [], 0
    while (batch := source.serve(to, feed, first, most=16)) is not None:
        found.append(batch)
        first = batch.end
    return found


def test_the_threaded_store_and_the_inline_one_come_to_one_state(tmp_path: Path) -> None:
    antwerp, inline = port(ANTWERP), port(NORTH_SEA)
    batches = batches_of(antwerp, inline, 60)
    store = SqliteStore(tmp_path / "node.db")
    ctx = dataclasses.replace(inline.ctx, store=store)

    def take(batch: Batch) -> object:
        return store.write(lambda tx: accept_batch(tx, ctx, ANTWERP, batch))

    futures = [take(batch) for batch in batches]  # all queued: they share commits
    outcomes = [future.result() for future in futures]  # type: ignore[attr-defined]
    assert all(isinstance(one, Accepted) for one in outcomes)
    for batch in batches:
        inline.accept(batch)
    assert store.read(state_lines) == inline.lines()
    store.close()


def test_many_threads_get_numbers_that_are_never_given_twice(tmp_path: Path) -> None:
    from node.store.feeds import next_arrivals

    store, given = SqliteStore(tmp_path / "node.db"), list[int]()

    def work() -> None:
        for _ in range(50):
            given.append(store.write(lambda tx: next_arrivals(tx, 1)).result())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(given) == list(range(1, 201))
    store.close()


def test_an_alert_does_not_wait_for_the_whole_backlog(tmp_path: Path) -> None:
    store, order = SqliteStore(tmp_path / "node.db"), list[str]()

    def bulk(tx: Tx) -> None:
        end = time.monotonic() + 0.004
        while time.monotonic() < end:
            tx.run("UPDATE meta SET value = value + 1 WHERE name = 'arrival'")
        order.append("bulk")

    backlog = [store.write(bulk) for _ in range(40)]
    backlog[0].result()
    store.write(lambda tx: order.append("alert"), urgent=True).result()
    ahead = order.index("alert")
    for future in backlog:
        future.result()
    assert ahead < 30
    store.close()


def test_a_reader_holds_no_writer_up_and_sees_its_own_moment(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "node.db")
    started, go_on = threading.Event(), threading.Event()
    seen: list[object] = []

    def slow(reader: Reader) -> None:
        seen.append(reader.all("SELECT value FROM meta WHERE name = 'arrival'")[0][0])
        started.set()
        go_on.wait(5)
        seen.append(reader.all("SELECT value FROM meta WHERE name = 'arrival'")[0][0])

    thread = threading.Thread(target=lambda: store.read(slow))
    thread.start()
    started.wait(5)
    store.write(lambda tx: tx.run("UPDATE meta SET value = 9 WHERE name = 'arrival'")).result(5)
    go_on.set()
    thread.join()
    assert seen == [0, 0]
    store.close()


def test_reads_do_not_wait_for_what_else_a_node_does_in_threads(tmp_path: Path) -> None:
    store, over = SqliteStore(tmp_path / "node.db"), threading.Event()

    async def read() -> int:
        loop = asyncio.get_running_loop()
        others = [loop.run_in_executor(None, over.wait) for _ in range(40)]  # more than the loop has threads
        try:
            async with asyncio.timeout(5):
                return await store.aread(lambda reader: len(state_lines(reader)))
        finally:
            over.set()
            await asyncio.gather(*others)

    assert asyncio.run(read()) >= 0
    store.close()
