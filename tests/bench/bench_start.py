"""Target 8: how long a node that holds a million records takes to start, what memory it has then, what it takes on the disk.

The real program, from its process's beginning to its ready line, and beside it the same program holding nothing.
"""

from __future__ import annotations

import select
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import psutil
from bench_report import Figure, Report
from bench_stage import Stage
from bench_world import Place

from node.store.sqlite import SqliteStore

READY_S = 120.0
IDLE_S = 2.0


def run(stage: Stage) -> None:
    """Empty, then full."""
    place, report = stage.world.receiver, stage.report
    held = stage.pair("1m", "records", stage.size.many)
    stage.empty()
    empty = [_start(place) for _ in range(stage.size.starts)]
    stage.put(held)
    full = [_start(place) for _ in range(stage.size.starts)]
    report.floor("start.empty", 8, "the same program holding nothing: start", "s", [one for one, _ in empty])
    report.floor(
        "memory.empty",
        8,
        "the same program holding nothing: resident memory",
        "MB",
        [one for _, one in empty],
    )
    _told(report, full, place.database)


def _start(place: Place) -> tuple[float, float]:
    """Seconds to its ready line, and resident MB a moment later."""
    with (place.folder / "start.log").open("ab") as log:
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "node", "run", "--config", str(place.config)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
    try:
        assert process.stdout is not None
        if not select.select([process.stdout], [], [], READY_S)[0] or not process.stdout.readline():
            raise RuntimeError(f"the node does not start; see {log.name}")
        seconds = time.monotonic() - began
        time.sleep(IDLE_S)
        return seconds, psutil.Process(process.pid).memory_info().rss / 1e6
    finally:
        process.terminate()
        process.wait(30)


def _told(report: Report, full: list[tuple[float, float]], database: Path) -> None:
    with closing(SqliteStore(database)) as store:
        row = store.read(
            lambda r: r.one("SELECT count(*), sum(length(content)) FROM entry WHERE content IS NOT NULL")
        )
    assert row is not None
    count, content = int(row[0]), float(row[1])
    size = sum(path.stat().st_size for path in database.parent.glob(f"{database.name}*"))
    report.floor("content", 8, f"the content of {count:,} records", "MB", [content / 1e6])
    for figure in (
        Figure(
            id="start",
            target=8,
            what=f"start of a node holding {count:,} records",
            unit="s",
            samples=[one for one, _ in full],
            limit=3.0,
            floor="start.empty",
        ),
        Figure(
            id="memory",
            target=8,
            what=f"resident memory {IDLE_S:.0f} s later",
            unit="MB",
            samples=[one for _, one in full],
            limit=300.0,
            floor="memory.empty",
        ),
        Figure(
            id="disk",
            target=8,
            what="database on the disk, against its content",
            unit="MB",
            samples=[size / 1e6],
            limit=2.2,
            floor="content",
            times_floor=True,
        ),
    ):
        report.figure(figure)
