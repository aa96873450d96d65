"""Targets 1 and 3, first part: what a record costs its receiver, and that catching up does not depend on what is held.

Both nodes hold the same; the sender appends more while they are apart; the receiver dials, and all it does until the last record
is durable is counted: handshake, lists, bulk streams, verification, judgement, store, receipt.
"""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any, NamedTuple

import bench_floors
from bench_control import Child
from bench_records import BULK
from bench_report import AT_LEAST, Figure
from bench_stage import Held, Stage
from bench_world import SENDER

MISP_PULL = 18.6
"""Events a second that a MISP pair pulled on another machine (`performance.md`); told, not measured here."""

_PARTS = {
    "loop": ("event loop, streams and frames", ("MainThread", "grpc")),
    "look": ("verifying and judging, ahead of the writer", ("store-read", "asyncio")),
    "writer": ("the writer's thread: store, receipt, commit", ("store-writer",)),
}
"""Of the receiver's CPU: what, and the names of the threads that do it."""


def run(stage: Stage) -> None:
    """Both sizes, one after the other."""
    stage.report.floor(
        "verify",
        1,
        "verifying one Ed25519 signature over 1 KB",
        "µs CPU",
        [bench_floors.verify_us() for _ in range(5)],
    )
    times = {}
    for name, count in (("10k", stage.size.few), ("1m", stage.size.many)):
        held = stage.pair(name, "records", count)
        times[name] = _size(stage, name, held)
    _independent(stage, times["10k"], times["1m"])


def _size(stage: Stage, name: str, held: Held) -> list[float]:
    """At one size held: syncs of many records, catch-ups of few, and the same rows inserted alone; the catch-ups' times."""
    stage.put(held)
    with stage.both() as (sender, receiver):
        syncs = [
            _sync(sender, receiver, stage.size.sync)
            for _ in range(1 if name == "10k" else stage.size.repeats)
        ]
        peak = receiver.ask("use")
    for _ in range(len(syncs), stage.size.repeats):
        stage.put(held)
        with stage.both() as (sender, receiver):
            syncs.append(_sync(sender, receiver, stage.size.sync))
    alone = _inserted(stage, held, count=len(syncs) if name != "10k" else 1)
    stage.put(held)
    with stage.both() as (sender, receiver):
        catch_ups = [_sync(sender, receiver, stage.size.catch_up) for _ in range(stage.size.catch_ups)]
    _told(stage, name, syncs, alone)
    stage.report.figure(
        Figure(
            id=f"sync.memory.{name}",
            target=1,
            what=f"resident memory of the receiver after it, {name} held before",
            unit="MB",
            samples=[peak["resident"] / 1e6],
        )
    )
    return [one["wall"] for one in catch_ups]


def _sync(sender: Child, receiver: Child, count: int) -> dict[str, Any]:
    """The sender appends `count` while nobody listens, the receiver catches up; then they part."""
    appended = sender.ask("fill", count=count, label=BULK)
    receiver.ask("marks", feed=appended["feed"])
    before, threads = sender.ask("use")["cpu"], receiver.ask("use")["threads"]
    done = receiver.ask("sync", peer=SENDER, feed=appended["feed"], size=appended["size"])
    spent, after = sender.ask("use")["cpu"] - before, receiver.ask("use")["threads"]
    receiver.ask("hang_up")
    parts = {name: sum(used) - sum(threads.get(name, ())) for name, used in after.items()}
    return {**done, "count": count, "sender": spent, "parts": parts}


class _Alone(NamedTuple):
    """Rows that the receiver just stored, inserted alone on top of what it held before, and looked at alone."""

    insert_cpu: list[float]
    insert_rate: list[float]
    must_cpu: list[float]
    """Inserting them, with what cannot be left out before."""


def _inserted(stage: Stage, held: Held, *, count: int) -> _Alone:
    rows = bench_floors.newest(stage.world.receiver.database, held.feed, stage.size.sync * count)
    found = _Alone([], [], [])
    target = stage.world.folder / "floor.db"
    for repeat in range(stage.size.repeats):
        if repeat < count:
            part = rows[repeat * stage.size.sync : (repeat + 1) * stage.size.sync]
        if repeat == 0 or repeat >= count:
            bench_floors.copied(held.receiver, target)
        cpu, rate = bench_floors.insert(target, part)
        found.insert_cpu.append(cpu)
        found.insert_rate.append(rate)
        found.must_cpu.append(cpu + bench_floors.looked_at(part))
    Path(target).unlink()
    return found


def _told(stage: Stage, name: str, syncs: list[dict[str, Any]], alone: _Alone) -> None:
    report = stage.report
    cpu = [one["cpu"] / one["count"] * 1e6 for one in syncs]
    rate = [one["count"] / one["wall"] for one in syncs]
    held = f"{name} held before"
    inserting = f"inserting the same rows alone, durably, {held}"
    report.floor(f"insert.cpu.{name}", 1, inserting, "µs CPU", alone.insert_cpu)
    report.floor(f"insert.rate.{name}", 1, f"the same, {held}", "records/s", alone.insert_rate)
    report.floor(f"must.cpu.{name}", 1, f"parsing, hashing and {inserting}", "µs CPU", alone.must_cpu)
    for figure in (
        Figure(
            id=f"sync.cpu.{name}",
            target=1,
            what=f"receiver, a record of 1 KB, {held}",
            unit="µs CPU",
            samples=cpu,
            limit=40.0,
        ),
        Figure(
            id=f"sync.insert.{name}",
            target=1,
            what=f"receiver, against inserting the same rows alone, {held}",
            unit="µs CPU",
            samples=cpu,
            limit=2.0,
            floor=f"insert.cpu.{name}",
            times_floor=True,
        ),
        Figure(
            id=f"sync.must.{name}",
            target=1,
            what=f"receiver, against parsing, hashing and inserting the same rows alone, {held}",
            unit="µs CPU",
            samples=cpu,
            limit=2.5,
            floor=f"must.cpu.{name}",
            times_floor=True,
        ),
        Figure(
            id=f"sync.verify.{name}",
            target=1,
            what=f"receiver, against one Ed25519 signature, {held}",
            unit="µs CPU",
            samples=cpu,
            limit=1.0,
            floor="verify",
            times_floor=True,
        ),
        Figure(
            id=f"sync.rate.{name}",
            target=1,
            what=f"wall rate with the sender on the same cores, {held}",
            unit="records/s",
            samples=rate,
            limit=0.6,
            sense=AT_LEAST,
            floor=f"insert.rate.{name}",
            times_floor=True,
        ),
        Figure(
            id=f"sync.misp.{name}",
            target=1,
            what=f"wall rate, against 1,000 × a MISP pair's {MISP_PULL} events/s (another machine), {held}",
            unit="records/s",
            samples=rate,
            limit=1_000 * MISP_PULL,
            sense=AT_LEAST,
        ),
        Figure(
            id=f"sync.sender.{name}",
            target=1,
            what=f"sender, a record of 1 KB, {held}",
            unit="µs CPU",
            samples=[one["sender"] / one["count"] * 1e6 for one in syncs],
        ),
    ):
        report.figure(figure)
    for part, (what, threads) in _PARTS.items():
        spent = [sum(one["parts"].get(t, 0.0) for t in threads) / one["count"] * 1e6 for one in syncs]
        report.figure(
            Figure(
                id=f"sync.{part}.{name}",
                target=1,
                what=f"of the receiver: {what}, {held}",
                unit="µs CPU",
                samples=spent,
            )
        )


def _independent(stage: Stage, few: list[float], many: list[float]) -> None:
    report, count = stage.report, stage.size.catch_up
    report.floor("catch_up.10k", 3, f"catching up with {count:,} records, 10k held", "s", few)
    report.figure(
        Figure(
            id="catch_up.1m",
            target=3,
            what=f"catching up with {count:,} records, 1m held, against 10k held",
            unit="s",
            samples=many,
            limit=1.2,
            floor="catch_up.10k",
            times_floor=True,
        )
    )
    report.series["catch_up.10k"], report.series["catch_up.1m"] = few, many
    assert statistics.median(few) > 0
