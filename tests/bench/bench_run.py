"""Measures targets 1, 2, 3, 4, 5 and 8 of the performance page, and what many feeds and a change of policy cost (9), each beside its
floor, and writes what came of it. Each section runs alone: sync, start, latency, reconnect, append, find, officers, feeds, policy.

    make bench, or: run.py [--quick] [--only SECTION …] [--folder DIR] [--out DIR]

Exit codes: 0 every floor was measured, whether targets hold or not · 1 a floor is missing. A quick run, one of some sections, or
one that lacks a floor is written below the folder and not over the documents.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import bench_append
import bench_feeds
import bench_find
import bench_latency
import bench_machine
import bench_officers
import bench_page
import bench_plots
import bench_policy
import bench_reconnect
import bench_start
import bench_sync
import bench_world
from bench_control import HERE
from bench_report import Report
from bench_stage import FULL, QUICK, Stage

ROOT = HERE.parent.parent
Section = Callable[[Stage], None]
SECTIONS: Mapping[str, Section] = {
    "sync": bench_sync.run,
    "start": bench_start.run,
    "latency": bench_latency.run,
    "reconnect": bench_reconnect.run,
    "append": bench_append.run,
    "find": bench_find.run,
    "officers": bench_officers.run,
    "feeds": bench_feeds.run,
    "policy": bench_policy.run,
}
FLOORS: Mapping[str, tuple[str, ...]] = {
    "sync": (
        "verify",
        "insert.cpu.10k",
        "insert.cpu.1m",
        "must.cpu.10k",
        "must.cpu.1m",
        "insert.rate.10k",
        "insert.rate.1m",
        "catch_up.10k",
    ),
    "start": ("start.empty", "memory.empty", "content"),
    "latency": ("commit.idle", "commit.p99.idle", "commit.bulk", "commit.p99.bulk"),
    "reconnect": ("handshake", "digest"),
    "append": ("append.1", "tls.idle"),
    "find": ("find.match",),
    "officers": ("rows", "find", "names"),
    "feeds": ("met",),
    "policy": ("anew", "anew.reader"),
}


def main(words: Sequence[str], *, sections: Mapping[str, Section] = SECTIONS) -> int:
    """Measure, write, say; the exit code."""
    chosen = _arguments(sections).parse_args(words)
    names = [name for name in sections if not chosen.only or name in chosen.only]
    whole = not chosen.quick and len(names) == len(sections)
    folder = chosen.folder.resolve()
    shutil.rmtree(folder / "world", ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    report = Report(
        version=version("port2port"),
        quick=chosen.quick,
        wanted=tuple(floor for name in names for floor in FLOORS[name]),
        machine=bench_machine.describe(folder),
        started=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
    )
    began = time.monotonic()
    size = QUICK if chosen.quick else FULL
    world = bench_world.found(folder / "world", followers=size.followers)
    for name in names:
        _measure(name, sections[name], Stage(world, size, report))
    report.seconds = time.monotonic() - began
    out = chosen.out or (ROOT / "docs" if whole and not report.missing else folder / "report")
    write(report, out)
    if not chosen.keep:
        shutil.rmtree(folder / "world", ignore_errors=True)
    _say(report, out)
    return report.code


def write(report: Report, out: Path) -> None:
    """The JSON, the page and its plots."""
    out.mkdir(parents=True, exist_ok=True)
    found = report.as_json()
    (out / "benchmarks.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
    plots = bench_plots.draw(found, out / "images")
    (out / "benchmarks.md").write_text(bench_page.page(found, plots), "utf-8")


def _measure(name: str, section: Section, stage: Stage) -> None:
    """One section; one that fails is said, and its floors are missing."""
    print(f"bench: {name}", flush=True)
    with bench_machine.Quiet(name, stage.report.quiet):
        try:
            section(stage)
        except Exception as error:  # noqa: BLE001 - what it did not measure is missing, and that is the answer
            traceback.print_exc()
            stage.report.notes.append(f"section {name} was not finished: {type(error).__name__}: {error}")


def _say(report: Report, out: Path) -> None:
    found = report.as_json()
    print("\n".join(bench_page.lines(found)))
    print(f"bench: {report.seconds:.0f} s; written to {out}")
    if report.missing:
        print(f"bench: floors missing: {', '.join(report.missing)}")


def _arguments(sections: Mapping[str, Section]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench", description="Measure the targets beside their floors.")
    parser.add_argument("--quick", action="store_true", help="small sizes: whether it works, not how fast")
    parser.add_argument("--only", action="append", choices=list(sections), help="may be given again")
    parser.add_argument(
        "--folder", type=Path, default=ROOT / "var" / "bench", help="where databases are made"
    )
    parser.add_argument("--out", type=Path, help="where results are written")
    parser.add_argument("--keep", action="store_true", help="leave the databases and logs")
    return parser
