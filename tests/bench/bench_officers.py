"""Target 5: lists over 2,000 feeds, the plan of a release among 20,000 people and 300 nodes, one question to the relations engine.

CPU is what a target is held against: these are computations of one thread, and a shared machine's wall clock says as much about others.
"""

from __future__ import annotations

from typing import Any

import bench_people
from bench_control import Child
from bench_report import Figure, Report, percentile
from bench_stage import Stage

LIST_MS, PLAN_MS, CHECK_US = 10.0, 50.0, 250.0


def run(stage: Stage) -> None:
    """Lists and checks in a node that holds a million records; the plan over people in memory."""
    stage.empty()
    place, size = stage.world.sender, stage.size
    with Child("bench_many", str(place.config), log=place.folder / "many.log") as node:
        held = node.ask("spread", records=size.many)
        _lists(stage.report, held, node.ask("lists", times=size.lists), node.ask("rows", times=size.lists))
        _check(stage.report, node.ask("check", times=size.lists))
    stage.empty()
    _plan(
        stage.report,
        bench_people.measured(people=size.people, nodes=size.nodes, times=size.plans),
        size.people,
        size.nodes,
    )


def _lists(report: Report, held: dict[str, Any], found: dict[str, Any], rows: dict[str, Any]) -> None:
    report.floor("rows", 5, "the newest 50 rows of one feed, and nothing made of them", "ms CPU", rows["cpu"])
    said = f"the newest 50 of {held['records']:,} records, {held['feeds']:,} feeds"
    for readable, one in found.items():
        p99 = percentile(one["first"]["cpu"], 0.99)
        report.figure(
            Figure(
                id=f"list.p99.{readable}",
                target=5,
                what=f"{said}, {int(readable):,} readable, p99",
                unit="ms CPU",
                samples=[p99],
                limit=LIST_MS,
                floor="rows",
            )
        )
        for id_, which, how in (
            ("list.p50", "first", "p50"),
            ("list.older", "older", "the page after it, p50"),
        ):
            report.figure(
                Figure(
                    id=f"{id_}.{readable}",
                    target=5,
                    what=f"{said}, {int(readable):,} readable, {how}",
                    unit="ms CPU",
                    samples=[percentile(one[which]["cpu"], 0.5)],
                    floor="rows",
                )
            )


def _check(report: Report, found: dict[str, Any]) -> None:
    report.floor(
        "find", 5, "two reads of a tuple by its key", "µs CPU", [one * 1e3 for one in found["find"]["cpu"]]
    )
    report.figure(
        Figure(
            id="check",
            target=5,
            what="one question to the embedded relations engine, its tuples in the store",
            unit="µs CPU",
            samples=[one * 1e3 for one in found["check"]["cpu"]],
            limit=CHECK_US,
            floor="find",
        )
    )


def _plan(report: Report, found: bench_people.Found, people: int, nodes: int) -> None:
    report.floor("names", 5, f"sorting and hashing {people:,} names alone", "ms CPU", found.names)
    said = f"the plan of a release, {people:,} people here and {nodes} nodes"
    for id_, what, samples, limit in (
        ("plan", said, found.plan, PLAN_MS),
        (
            "plan.changed",
            f"{said}, the first after a change of anybody's roles or clearance",
            found.changed,
            None,
        ),
        (
            "plan.alone",
            f"for each of them, asked about alone: roles and rights, clearance, label ({people:,} times that)",
            found.alone,
            None,
        ),
    ):
        report.figure(
            Figure(id=id_, target=5, what=what, unit="ms CPU", samples=samples, limit=limit, floor="names")
        )
