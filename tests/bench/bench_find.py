"""Target 5, the part of it that searches: a page of what is found among a million records in 2,000 feeds, of which 5, 500 or all may
be read; what keeping it costs, off the way of a record; and how long the index is rewritten after something was destroyed.
"""

from __future__ import annotations

from bench_control import Child
from bench_report import Figure, percentile
from bench_stage import Stage

ROUNDS = 12


def run(stage: Stage) -> None:
    """One node, filled and indexed once."""
    stage.empty()
    place, report = stage.world.sender, stage.report
    with Child("bench_finder", str(place.config), log=place.folder / "find.log") as child:
        told = child.ask("spread", records=stage.size.many)
        kept = child.ask("index")
        found = child.ask("finds", times=ROUNDS)
        gone = child.ask("merge")
    report.floor(
        "find.match",
        5,
        "the newest 51 matches of the index, whosever they are, p99",
        "ms CPU",
        [percentile(found.pop("floor"), 0.99)],
    )
    for count, (wall, cpu) in found.items():
        report.series[f"find.{count}"], report.series[f"find.{count}.cpu"] = wall, cpu
        what = f"a page of 50 found by words among {told['records']:,} records, {count} of {told['feeds']:,} feeds readable, p99"
        report.figure(
            Figure(
                id=f"find.{count}",
                target=5,
                what=what,
                unit="ms",
                samples=[percentile(wall, 0.99)],
                limit=100.0,
            )
        )
        report.figure(
            Figure(
                id=f"find.{count}.cpu",
                target=5,
                what="the same, CPU",
                unit="ms CPU",
                samples=[percentile(cpu, 0.99)],
                floor="find.match",
            )
        )
    for figure in (
        ("find.keep", "keeping what a record is found by, behind the commit", "µs CPU", kept["cpu"]),
        ("find.step", "the writer's part of a step of that, p99", "ms CPU", percentile(kept["steps"], 0.99)),
        ("find.size", "what a record is found by, on the disk", "B", kept["bytes"] / told["records"]),
        ("find.merge", "rewriting the index after something was destroyed", "s CPU", gone["cpu"]),
        ("find.merge.step", "the writer's part of the longest step of that", "ms CPU", max(gone["steps"])),
    ):
        name, what, unit, value = figure
        report.figure(Figure(id=name, target=5, what=what, unit=unit, samples=[value]))
