"""SIGKILL at any moment: what a store acknowledged is there, what it did not is whole or absent, and it opens at once."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from locations import ROOT

from node.store.sqlite import SqliteStore

WRITER = """
import sys
from pathlib import Path
from node.store.sqlite import SqliteStore

store = SqliteStore(Path(sys.argv[1]))
def put(n):
    def act(tx):
        tx.run("INSERT INTO attempt (subject, at_ms) VALUES (?, ?)", b"a%d" % n, n)
        tx.run("INSERT INTO attempt (subject, at_ms) VALUES (?, ?)", b"b%d" % n, n)
    return act
n = int(sys.argv[2])
while True:
    lot = [(m, store.write(put(m), urgent=m % 3 == 0)) for m in range(n, n + 5)]
    n += 5
    for m, future in lot:
        future.result()
        sys.stdout.write(f"{m}\\n")
        sys.stdout.flush()
"""
KILLS = 12


@pytest.mark.processes
def test_nothing_acknowledged_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    seed = int(os.environ.get("P2P_SEED", "1"))
    choose, path, acknowledged = random.Random(seed), tmp_path / "node.db", list[int]()
    SqliteStore(path).close()
    for kill in range(KILLS):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(kill * 100_000)],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            text=True,
        )
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(choose.uniform(0, 0.15))
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read()
        process.wait()
        process.stdout.close()
        acknowledged += [
            int(line) for line in (first + rest).splitlines(keepends=True) if line.endswith("\n")
        ]
        store = SqliteStore(path)
        found = store.read(lambda r: r.all("SELECT at_ms, count(*) FROM attempt GROUP BY at_ms"))
        store.close()
        counts = {row[0]: row[1] for row in found}
        assert set(counts.values()) <= {2}, f"half a transaction after kill {kill} of seed {seed}"
        lost = [n for n in acknowledged if n not in counts]
        assert lost == [], f"lost after kill {kill} of seed {seed}"
    assert len(acknowledged) > KILLS * 5


def test_the_check_would_see_a_lost_commit(tmp_path: Path) -> None:
    """The fault: acknowledged before it is durable. Without a commit the rows are not there for the next process."""
    path = tmp_path / "node.db"
    SqliteStore(path).close()
    driver = sqlite3.connect(path, isolation_level=None)
    driver.execute("BEGIN IMMEDIATE")
    driver.execute("INSERT INTO attempt (subject, at_ms) VALUES (x'00', 1)")
    driver.close()
    store = SqliteStore(path)
    assert store.read(lambda r: r.all("SELECT at_ms FROM attempt")) == []
    store.close()
