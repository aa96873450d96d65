"""A port that is killed while it signs, and starts again with nobody to ask: its log goes on where its last commit was.

Never two roots for one size, and every checkpoint that it ever signed is a prefix of the last.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from officers_there import alert, signed_in, titles
from ports import port
from running import ANTWERP, Federation, Running, left_behind, looking, until
from whole import Whole

from node.commands.receipt import root_at
from node.register import RegisterStore
from node.store import feeds
from node.store.entries import node_at
from node.store.feeds import FeedRow
from node.store.unit import Reader
from protocol import checkpoint as checkpoints
from protocol.ids import FeedId, Hash, UnixMs
from protocol.merkle import prove_consistency, verify_consistency

KILLS = 12
Signed = dict[tuple[FeedId, int], Hash]


@pytest.fixture
def federation(tmp_path: Path) -> Iterator[Federation]:
    with Federation.founded(tmp_path / "ports") as made:
        made.add(ANTWERP, "federation", 'dial = "none"')
        made.add(ANTWERP, "web", 'cancel_window = "0s"')
        yield made


def said(running: Running, start: int) -> Signed:
    """The lines of this run: feed, size and root, each after its commit."""
    with running.out.open("rb") as out:
        out.seek(start)
        lines = [line.decode().split(" ") for line in out.read().split(b"\n")[:-1]]
    found: Signed = {}
    for feed, size, root in lines:
        key, value = (FeedId(bytes.fromhex(feed)), int(size)), Hash(bytes.fromhex(root))
        assert found.setdefault(key, value) == value, f"two roots at size {size} in one run"
    return found


def wait_lines(running: Running, start: int, lines: int) -> None:
    until(f"{lines} commits", lambda: len(said(running, start)) >= lines)


@pytest.mark.processes
def test_killed_while_it_signs_a_port_signs_on_alone_and_never_contradicts_itself(
    federation: Federation, tmp_path: Path
) -> None:
    here, starter, whole = federation.port(ANTWERP), federation.starter(), Whole()
    choose, out, signed = random.Random(8), here.folder / "said.out", Signed()
    database = here.folder / "data" / "node.db"
    for _ in range(KILLS):
        start = out.stat().st_size if out.exists() else 0
        words = [str(here.config), str(choose.randrange(1 << 31)), "2", "6"]
        running = starter.start("streaming:main", words, out=out, log=here.log)
        wait_lines(running, start, choose.randrange(1, 60))
        running.kill()
        for key, root in said(running, start).items():
            assert signed.setdefault(key, root) == root, f"two checkpoints at size {key[1]}"
        with left_behind(database, tmp_path / "left") as reader:
            whole.check(reader)
    assert len(signed) > KILLS * 10
    federation.run(ANTWERP)
    visitor = signed_in(federation, ANTWERP)
    before = sizes(database)
    alert(visitor, "Signed alone")
    until("the release", lambda: "Signed alone" in titles(visitor))
    assert sum(sizes(database).values()) > sum(before.values())
    public = register(federation).current.nodes[ANTWERP].log_keys
    with looking(database) as reader:
        for feed in whole.check(reader).values():
            point = feed.checkpoint
            assert point.size == feed.size
            checkpoints.verify(point, origin=ANTWERP, feed=feed.feed, publics=public)
        for (name, size), root in signed.items():
            assert_prefix(reader, name, size, root)


def test_a_contradicting_checkpoint_would_be_seen(tmp_path: Path) -> None:
    antwerp = port(path=tmp_path / "node.db")
    for _ in range(5):
        feed = antwerp.release().feed.feed
    with looking(tmp_path / "node.db") as reader:
        row = feeds.find(reader, feed)
        assert row is not None
        assert_prefix(reader, feed, 3, root_at(reader, row, 3))
        with pytest.raises(AssertionError):
            assert_prefix(reader, feed, 3, root_at(reader, row, 4))
        with pytest.raises(AssertionError):
            assert_prefix(reader, feed, 99, row.root)
    antwerp.store.close()


def assert_prefix(reader: Reader, name: FeedId, size: int, root: Hash) -> None:
    """What was signed once is a prefix of what is held, by a consistency proof that anybody could ask for."""
    feed = feeds.find(reader, name)
    assert feed is not None
    assert size <= feed.size, f"{size} entries were signed, {feed.size} are there"
    assert root_at(reader, feed, size) == root, f"another history at size {size}"
    verify_consistency(
        size1=size, size2=feed.size, root1=root, root2=feed.root, proof=_consistency(reader, feed, size)
    )


def _consistency(reader: Reader, feed: FeedRow, size: int) -> tuple[Hash, ...]:
    node = node_at(reader, feed.number, lambda at: prove_consistency(size1=size, size2=feed.size, node=at))
    return prove_consistency(size1=size, size2=feed.size, node=node)


def sizes(database: Path) -> dict[FeedId, int]:
    with looking(database) as reader:
        return {feed.feed: feed.size for feed in feeds.every(reader)}


def register(federation: Federation) -> RegisterStore:
    folder = federation.port(ANTWERP).folder
    return RegisterStore.open(folder / "data" / "register", now=UnixMs(int(folder.stat().st_mtime * 1000)))
