"""Target 2: one alert, from the return of its commit at the sender to its commit at the receiver, and to an officer's screen there.

Alone, and while a backfill of a hundred thousand records runs on the same link. The alerts are in another feed than the bulk:
within one feed the order of the log holds, so an alert there would wait for all that came before it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from bench_control import Child
from bench_floors import Disk
from bench_records import ALERTS, BULK
from bench_report import Figure, Report, percentile
from bench_screen import Screen, signed_in
from bench_stage import Stage
from bench_world import SENDER

IDLE_GAP_MS, BULK_GAP_MS, SCREEN_GAP_MS = 20.0, 15.0, 60.0
SCREEN_S = 5.0
SETTLED_S = 0.2
"""Until the first batches of bulk are on their way."""


def run(stage: Stage) -> None:
    """Idle, to the screen, and under bulk."""
    stage.empty()
    link = signed_in(stage.world.receiver)
    with stage.both() as (sender, receiver):
        receiver.ask("dial", peer=SENDER)
        _alerts(sender, receiver, 20, IDLE_GAP_MS)
        with Disk(stage.world.folder) as disk:
            idle = _alerts(sender, receiver, stage.size.alerts, IDLE_GAP_MS)
        _told(stage.report, "idle", idle, disk.commit_ms, disk.sync_ms, p99=20.0)
        screen = Screen(stage.world.receiver, link)
        _screens(stage.report, _shown(sender, screen, stage.size.screens))
    _bulk(stage)


def _bulk(stage: Stage) -> None:
    stage.empty()
    taken: list[float] = []
    commits: list[float] = []
    syncs: list[float] = []
    with stage.both() as (sender, receiver):
        for _ in range(stage.size.repeats):
            ahead = sender.ask("fill", count=stage.size.sync, label=BULK)
            with Disk(stage.world.folder) as disk:
                receiver.begin("sync", peer=SENDER, feed=ahead["feed"], size=ahead["size"])
                time.sleep(SETTLED_S)
                taken += _while_bulk(sender, receiver, ahead["feed"])
            commits += disk.commit_ms
            syncs += disk.sync_ms
            receiver.ask("hang_up")
    _told(stage.report, "bulk", taken, commits, syncs, p99=50.0)


def _while_bulk(sender: Child, receiver: Child, bulk: str) -> list[float]:
    """Release alerts one by one until the bulk is through; those that were released before its end."""
    released: list[tuple[str, str, int]] = []
    sender.ask("marks", feed=bulk)
    while not receiver.answered:
        released += sender.ask("release", count=5, label=ALERTS, gap_ms=BULK_GAP_MS)["released"]
    done = receiver.finish()["at"]
    alerts = released[0][1]
    receiver.ask("held", feed=alerts, size=released[-1][2])
    pairs = _pairs(sender, receiver, alerts, released)
    return [(there - here) * 1e3 for here, there in pairs if here < done]


def _alerts(sender: Child, receiver: Child, count: int, gap_ms: float) -> list[float]:
    """Milliseconds from commit to commit."""
    released = sender.ask("release", count=count, label=ALERTS, gap_ms=gap_ms)["released"]
    feed = released[0][1]
    receiver.ask("held", feed=feed, size=released[-1][2])
    return [(there - here) * 1e3 for here, there in _pairs(sender, receiver, feed, released)]


def _pairs(
    sender: Child, receiver: Child, feed: str, released: Sequence[tuple[str, str, int]]
) -> list[tuple[float, float]]:
    """When each was durable at the sender and at the receiver; a batch of several is durable for all of them at once."""
    here = dict(sender.ask("marks", feed=feed)["marks"])
    there = receiver.ask("marks", feed=feed)["marks"]
    return [(here[size], min(at for held, at in there if held >= size)) for _, _, size in released]


def _shown(sender: Child, screen: Screen, count: int) -> list[float]:
    """Milliseconds from the sender's commit to the row's arrival at an officer's open page at the receiver."""
    with screen:
        released = sender.ask("release", count=count, label=ALERTS, gap_ms=SCREEN_GAP_MS)["released"]
        here = dict(sender.ask("marks", feed=released[0][1])["marks"])
        deadline = time.monotonic() + SCREEN_S
        while not screen.has(released[-1][0]) and time.monotonic() < deadline:
            time.sleep(0.01)
        return [(screen.first(record) - here[size]) * 1e3 for record, _, size in released]


def _told(
    report: Report, how: str, taken: list[float], commits: list[float], syncs: list[float], *, p99: float
) -> None:
    while_ = "idle" if how == "idle" else "while a backfill of 100k runs"
    report.series[f"alert.{how}"] = taken
    report.series[f"commit.{how}"] = commits
    report.floor(
        f"commit.{how}", 2, f"one durable row alone, p50, {while_}", "ms", [percentile(commits, 0.5)]
    )
    report.floor(
        f"commit.p99.{how}",
        2,
        f"one durable row alone, p99, {while_}",
        "ms",
        [percentile(commits, 0.99)],
    )
    report.floor(f"fdatasync.{how}", 2, f"one bare fdatasync, p50, {while_}", "ms", [percentile(syncs, 0.5)])
    report.figure(
        Figure(
            id=f"alert.p50.{how}",
            target=2,
            what=f"an alert from commit to commit, p50, {while_}",
            unit="ms",
            samples=[percentile(taken, 0.5)],
            limit=2.0 if how == "idle" else None,
            floor=f"commit.{how}",
            times_floor=how == "idle",
        )
    )
    report.figure(
        Figure(
            id=f"alert.p99.{how}",
            target=2,
            what=f"an alert from commit to commit, p99, {while_}",
            unit="ms",
            samples=[percentile(taken, 0.99)],
            limit=p99,
            floor=f"commit.p99.{how}",
        )
    )

    beyond = percentile(taken, 0.5) - percentile(commits, 0.5)
    report.figure(
        Figure(
            id=f"alert.beyond.{how}",
            target=2,
            what=f"of that p50, all but one commit, {while_}",
            unit="ms",
            samples=[beyond],
        )
    )


def _screens(report: Report, taken: list[float]) -> None:
    report.series["alert.screen"] = taken
    for name, share, limit in (("p50", 0.5, None), ("p99", 0.99, 1_000.0)):
        report.figure(
            Figure(
                id=f"alert.screen.{name}",
                target=2,
                what=f"an alert from commit to an officer's screen at the receiver, {name} of {len(taken)}",
                unit="ms",
                samples=[percentile(taken, share)],
                limit=limit,
                floor="commit.idle",
            )
        )
