"""Target 4: an append does not depend on who follows, and an idle follower costs little memory.

The append's CPU is that of the writer's thread from its first step to its commit; what the node does afterwards for each follower
(send, verify and keep a receipt) is told beside it, since it does grow with their number.
"""

from __future__ import annotations

import time

from bench_control import Child
from bench_records import BULK
from bench_report import Figure, Report
from bench_stage import Stage

FIRST = 10
"""Followers before memory is read: what the first ones bring about is paid once."""
SETTLED_S = 0.5
PAUSE_MS = 100.0
"""Between appends, whoever follows: right after another one its code and data are in the processor's caches, and it costs half."""


def run(stage: Stage) -> None:
    """Memory of bare connections, memory of sessions, then appends with one follower, many, and one again."""
    most = stage.size.followers
    bare = _memory(stage, "bare", most)
    follower = _memory(stage, "follow", most)
    report = stage.report
    report.floor(
        "tls.idle", 4, "memory of an idle connection with mutual TLS and nothing on it", "KB", [bare]
    )
    report.figure(
        Figure(
            id="follower.memory",
            target=4,
            what=f"memory of an idle follower, {most} of them",
            unit="KB",
            samples=[follower],
            limit=128.0,
            floor="tls.idle",
        )
    )
    _appending(stage, most)


def _memory(stage: Stage, how: str, most: int) -> float:
    """Private KB of the node for each connection beyond the first ones."""
    stage.empty()
    with stage.node() as node, _crowd(stage) as crowd:
        crowd.ask(how, count=FIRST)
        before = _private(node)
        crowd.ask(how, count=most)
        return (_private(node) - before) / (most - FIRST) / 1024


def _appending(stage: Stage, most: int) -> None:
    stage.empty()
    append: dict[int, list[float]] = {1: [], most: []}
    whole: dict[int, list[float]] = {1: [], most: []}
    with stage.node() as node, _crowd(stage) as crowd:
        crowd.ask("follow", count=1)
        _round(node, crowd, 10, 1)
        for followers in (1, most, 1, most):
            crowd.ask("follow", count=followers)
            taken, spent = _round(node, crowd, stage.size.appends, followers)
            append[followers] += taken
            whole[followers].append(spent)
    _told(stage.report, append, whole, most)


def _round(node: Child, crowd: Child, count: int, followers: int) -> tuple[list[float], float]:
    """Append one record at a time, each confirmed by all before the next: CPU µs of each append, and of the whole node for one."""
    node.ask("appends")
    before = node.ask("use")["cpu"]
    for _ in range(count):
        _, feed, size = node.ask("release", count=1, label=BULK, gap_ms=PAUSE_MS)["released"][0]
        crowd.ask("held", feed=feed, size=size)
        node.ask("confirmed", feed=feed, size=size, count=followers)
    spent = node.ask("use")["cpu"] - before
    return [one * 1e6 for one in node.ask("appends")["cpu"]], spent / count * 1e6


def _told(report: Report, append: dict[int, list[float]], whole: dict[int, list[float]], most: int) -> None:
    report.series["append.1"], report.series[f"append.{most}"] = append[1], append[most]
    report.floor(
        "append.1",
        4,
        "an append, audited and durable, with one follower: the writer's thread",
        "µs CPU",
        append[1],
    )
    report.figure(
        Figure(
            id="append.many",
            target=4,
            what=f"the same with {most} followers",
            unit="µs CPU",
            samples=append[most],
            limit=1.1,
            floor="append.1",
            times_floor=True,
        )
    )
    each = [(many - one) / (most - 1) for many, one in zip(whole[most], whole[1], strict=True)]
    report.figure(
        Figure(
            id="append.each",
            target=4,
            what="the whole node, for each follower of an append: sending it, verifying and keeping the receipt",
            unit="µs CPU",
            samples=each,
        )
    )


def _crowd(stage: Stage) -> Child:
    return Child("bench_followers", str(stage.world.folder), log=stage.world.folder / "followers.log")


def _private(node: Child) -> float:
    time.sleep(SETTLED_S)
    return float(node.ask("use")["private"])
