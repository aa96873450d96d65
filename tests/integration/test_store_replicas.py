"""Several processes that say something by one key into one store at once, as a node and the commands beside it do: one log all the same."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from ports import ANTWERP, port

from node.commands import append
from node.commands.receipt import root_at
from node.store import feeds
from node.store.sqlite import SqliteStore
from node.store.unit import Reader
from protocol.ids import FeedId

REPLICAS, EACH, GATES, WAIT_S = 3, 25, 2, 60.0
Said = tuple[bytes, int, bytes]


def says(path: Path, seed: int, remembers: bool, out: Any, gate: Any) -> None:
    """One process: releases, and what it signed after each commit as (feed, size, root).

    At the gate each waits for all the others, twice: so that nobody's second release comes before everybody's first.
    """
    if remembers:
        _remember()
    mine = port(ANTWERP, seed=seed)
    with closing(SqliteStore(path)) as store:
        mine.store = cast("Any", store)
        mine.ctx = replace(mine.ctx, store=store)
        for number in range(EACH):
            if number < GATES:
                gate.wait(WAIT_S)
            feed = mine.release(kind="notice").feed
            out.send((bytes(feed.feed), feed.size, bytes(feed.root)))
    out.close()


def _remember() -> None:
    """The fault: a process goes on from the head that it left itself."""
    left: dict[str, Any] = {}
    real, extend = feeds.current, append._extend

    def kept(*given: Any) -> Any:
        left["feed"] = extend(*given)
        return left["feed"]

    vars(append)["_extend"] = kept
    vars(feeds)["current"] = lambda *given: left.get("feed") or real(*given)


def together(path: Path, *, remembers: bool = False) -> Sequence[Said]:
    """What they all signed; AssertionError where one ended badly or two contradict each other."""
    SqliteStore(path).close()
    spawn = multiprocessing.get_context("spawn")
    gate = spawn.Barrier(REPLICAS)
    pipes = [spawn.Pipe(duplex=False) for _ in range(REPLICAS)]
    replicas = [
        spawn.Process(target=says, args=(path, seed, remembers, end, gate), daemon=True)
        for seed, (_, end) in enumerate(pipes, 1)
    ]
    for one, (_, end) in zip(replicas, pipes, strict=True):
        one.start()
        end.close()
    for one in replicas:
        one.join(WAIT_S)
    assert [one.exitcode for one in replicas] == [0] * REPLICAS, "one of them could not go on"
    return [said for heard, _ in pipes for said in _all(heard)]


def _all(pipe: Any) -> list[Said]:
    found: list[Said] = []
    while True:
        try:
            found.append(pipe.recv())
        except EOFError:
            return found


def test_what_several_processes_sign_at_once_is_one_log(tmp_path: Path) -> None:
    said = together(tmp_path / "node.db")
    assert len(said) == len(set(said)) == REPLICAS * EACH
    (feed,) = {one[0] for one in said}

    def check(reader: Reader) -> None:
        row = feeds.find(reader, FeedId(feed))
        assert row is not None
        for _, size, root in said:
            assert root_at(reader, row, size) == root, f"another head of {size} entries was signed"

    with closing(SqliteStore(tmp_path / "node.db")) as store:
        store.read(check)


def test_a_process_that_goes_on_from_what_it_remembers_would_be_seen(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="could not go on"):
        together(tmp_path / "node.db", remembers=True)
