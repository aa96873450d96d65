"""SIGKILL a hundred times, at moments from a seed, while one port releases without pause and another takes what it gets.

Real processes, killed by pid: three times of four the receiver, else the sender. After each kill what the dead process left is
looked at in a copy before it starts again: whatever it had, whatever it acknowledged, is there, whole, under the same root. In
the end two plain starts come to one state, and an officer at either port sees the same pages.

`P2P_SEED=n` repeats a run's moments.
"""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from officers_there import signed_in
from ports import port
from running import ANTWERP, LIEGE, Federation, Running, Starter, left_behind, looking, until
from store_state import state_lines
from whole import Claim, Whole, acknowledged, assert_kept

from node.demo.house import events
from node.store import feeds
from node.store.feeds import FeedRole
from protocol.errors import ProtocolError
from protocol.ids import FeedId, Hash, NodeId

KILLS = 100
BACKLOG = 3000
"""Entries before the first start: the first kills fall into bulk, the later ones into the live stream and small gaps."""


@pytest.fixture
def seed() -> int:
    chosen = int(os.environ.get("P2P_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 31)
    print(f"P2P_SEED={chosen}")
    return chosen


@pytest.fixture
def federation(tmp_path: Path) -> Iterator[Federation]:
    with Federation.founded(tmp_path / "ports") as made:
        made.acquainted(ANTWERP, LIEGE)
        yield made


class Trial:
    """Two ports, one of which releases, and what both were seen to hold."""

    def __init__(self, federation: Federation, seed: int, scratch: Path) -> None:
        self._federation, self._scratch = federation, scratch
        self._starter: Starter = federation.starter()
        self._choose = random.Random(seed)
        self._whole = {ANTWERP: Whole(), LIEGE: Whole()}
        self._said: dict[tuple[FeedId, int], Hash] = {}
        self._heard = 0
        self.running: dict[NodeId, Running] = {}

    def start(self, node: NodeId, *, backlog: int = 0) -> None:
        """Start one of the two; it is not waited for."""
        if node == LIEGE:
            self.running[node] = self._federation.fork(self._starter, LIEGE)
            return
        port = self._federation.port(ANTWERP)
        words = [str(port.config), str(self._choose.randrange(1 << 31)), "20", "8", str(backlog)]
        out = port.folder / "said.out"
        self._heard = out.stat().st_size if out.exists() else 0
        self.running[node] = self._starter.start("streaming:main", words, out=out, log=port.log)

    def kill_one(self) -> NodeId:
        """Let it run for a moment, kill one, look at what it left, start it again. What it says then is compared."""
        time.sleep(self._choose.choice((0.0, 0.1, 0.3)) + self._choose.uniform(0, 0.25))
        node = LIEGE if self._choose.random() < 0.75 else ANTWERP
        self.running[node].kill()
        with left_behind(self.database(node), self._scratch) as reader:
            held = self._whole[node].check(reader)
            entries = sum(feed.size for feed in held.values())
            assert_kept(reader, self._claims(node), held)
        self.start(node)
        opened = self.running[node].wait_said("opened")
        assert opened["entries"] == entries, f"{node} says it holds {opened['entries']}; {entries} were left"
        return node

    def database(self, node: NodeId) -> Path:
        return self._federation.port(node).folder / "data" / "node.db"

    def _claims(self, node: NodeId) -> list[Claim]:
        """What the world was told that this node has: by its receipts, or by the checkpoints it signed."""
        if node == LIEGE:
            with looking(self.database(ANTWERP)) as reader:
                return acknowledged(reader, LIEGE)
        self._listen()
        with looking(self.database(LIEGE)) as reader:
            received = [
                (feed.feed, feed.checkpoint.size, feed.checkpoint.root)
                for feed in feeds.every(reader)
                if feed.origin == ANTWERP and feed.checkpoint.size
            ]
        return [*received, *((feed, size, root) for (feed, size), root in self._said.items())]

    def _listen(self) -> None:
        """The sender's own lines of this run, each said after its commit: never two roots for one size."""
        with self.running[ANTWERP].out.open("rb") as out:
            out.seek(self._heard)
            lines = out.read().split(b"\n")[:-1]
        newest: dict[FeedId, tuple[int, Hash]] = {}
        for line in lines:
            name, size, root = line.decode().split(" ")
            key, value = (FeedId(bytes.fromhex(name)), int(size)), Hash(bytes.fromhex(root))
            assert self._said.setdefault(key, value) == value, f"two checkpoints at size {size} of one feed"
            newest[key[0]] = (key[1], value)
        self._said = {(feed, size): root for feed, (size, root) in newest.items()}


@pytest.mark.processes
def test_a_hundred_kills_lose_nothing_that_was_acknowledged(
    federation: Federation, seed: int, tmp_path: Path
) -> None:
    trial = Trial(federation, seed, tmp_path / "left")
    trial.start(ANTWERP, backlog=BACKLOG)
    trial.running[ANTWERP].wait_said("ready")
    trial.start(LIEGE)
    trial.running[LIEGE].wait_said("opened")
    killed = [trial.kill_one() for _ in range(KILLS)]
    assert 50 < killed.count(LIEGE) < 100
    for running in trial.running.values():
        running.wait_said("ready")
        assert running.stop() == 0
    for node in (ANTWERP, LIEGE):
        federation.run(node)
    until("the two ports hold the same", lambda: _state(trial, ANTWERP) == _state(trial, LIEGE))
    with looking(trial.database(ANTWERP)) as reader:
        own = [feed for feed in feeds.every(reader) if feed.role is FeedRole.RECORDS]
    assert sum(feed.size for feed in own) > BACKLOG + 500
    pages = _pages(federation, LIEGE)
    assert len(pages) > BACKLOG // 2
    assert pages == _pages(federation, ANTWERP)
    for node in (ANTWERP, LIEGE):
        faults = [e for e in events(federation.port(node).log) if e.get("level") in {"warning", "error"}]
        assert faults == [], f"{node} took a killed peer for something else"


class Planted:
    """A log as a node holds it, and ways to spoil it that a check must see."""

    def __init__(self, path: Path, *, seed: int = 1) -> None:
        self.path, self.port = path, port(path=path, seed=seed)
        for number in range(5):
            self.feed = self.port.release(description=f"Nummer {number}").feed

    def spoil(self, sql: str) -> None:
        with sqlite3.connect(self.path) as database:
            assert database.execute(sql).rowcount == 1
        database.close()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("DELETE FROM entry WHERE key = (SELECT max(key) FROM entry WHERE feed = 1)", "says 6 entries"),
        (
            "UPDATE entry SET content = CAST(content || x'00' AS BLOB) WHERE feed = 1 AND key % 1024 = 3",
            "not what the header commits to",
        ),
        (
            "UPDATE entry SET header = CAST(header || x'fa070100' AS BLOB) WHERE feed = 1 AND key % 1024 = 3",
            "not the one",
        ),
        ("UPDATE feed SET root = zeroblob(32) WHERE number = 1", "another root"),
        ("UPDATE feed SET checkpoint_root = zeroblob(32) WHERE number = 1", "another history"),
        ("UPDATE feed SET size = 5 WHERE number = 1", "says 5 entries"),
    ],
)
def test_a_partial_or_another_record_would_be_seen(tmp_path: Path, fault: str, words: str) -> None:
    planted = Planted(tmp_path / "node.db")
    with looking(planted.path) as reader:
        Whole().check(reader)
    planted.spoil(fault)
    with looking(planted.path) as reader, pytest.raises((AssertionError, ProtocolError), match=words):
        Whole().check(reader)


def test_a_lost_acknowledged_entry_would_be_seen(tmp_path: Path) -> None:
    planted, whole = Planted(tmp_path / "node.db"), Whole()
    feed = planted.feed
    with looking(planted.path) as reader:
        held = whole.check(reader)
        assert_kept(reader, [(feed.feed, feed.size, feed.root)], held)
        with pytest.raises(AssertionError, match="7 acknowledged, 6 held"):
            assert_kept(reader, [(feed.feed, 7, feed.root)], held)
        with pytest.raises(AssertionError, match="another root at 5"):
            assert_kept(reader, [(feed.feed, 5, feed.root)], held)
        with pytest.raises(AssertionError, match="is gone"):
            assert_kept(reader, [(FeedId(bytes(32)), 1, feed.root)], held)
    other = Planted(tmp_path / "other.db", seed=2)
    with looking(other.path) as reader, pytest.raises(AssertionError, match="are gone"):
        whole.check(reader)


def _state(trial: Trial, node: NodeId) -> list[str]:
    with looking(trial.database(node)) as reader:
        return state_lines(reader)


def _pages(federation: Federation, node: NodeId) -> list[tuple[str, ...]]:
    """Every record as an officer there sees it: which, how it stands, what it says. Lists are by arrival, which differs."""
    visitor = signed_in(federation, node)
    seen: list[tuple[str, ...]] = []
    older: str | None = ""
    while older is not None:
        part = visitor.json(f"/api/v1/records?before={older}")
        seen += [(row["id"], row["state"], row["title"]) for row in part["records"]]
        older = part["older"]
    return sorted(seen)
