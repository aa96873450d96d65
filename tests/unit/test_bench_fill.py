"""What the benchmarks fill databases with: valid records of 1 KB, feeds the receiver may have, a copy that equals a catch-up."""

from __future__ import annotations

import itertools
import sys
from contextlib import closing
from pathlib import Path

import ports
import registers
from locations import ROOT
from record_examples import NOW

sys.path.append(str(ROOT / "tests" / "bench"))

import bench_fill
import bench_many
import bench_records
import bench_world
from store_state import state_lines

from node.checked import checked
from node.store import feeds
from node.store.sqlite import SqliteStore
from policies.clearance import may_follow
from policies.decision import Permit
from protocol.ids import NodeId
from protocol.label import parse
from protocol.record import validate
from protocol.register_view import unknown_names


def test_records_are_valid_alerts_of_exactly_1_kb_and_all_different() -> None:
    made = list(itertools.islice(bench_records.contents(), 2_000))
    assert {len(one) for one in made} == {bench_records.SIZE}
    assert len(set(made)) == len(made)
    assert validate(bench_records.KIND, made[0], now=NOW, accepting=True).kind == "alert"


def test_the_copied_database_is_what_a_catch_up_stores(tmp_path: Path) -> None:
    sender = ports.port(path=tmp_path / "sender.db")
    receiver = ports.port(ports.NORTH_SEA)
    feed, size = bench_records.fill(sender.ctx, sender.store, 600)
    receiver.pull(sender, feed, most=256)
    sender.store.close()
    bench_fill.handed_over(tmp_path / "sender.db", tmp_path / "receiver.db")
    with closing(SqliteStore(tmp_path / "receiver.db")) as copied:
        assert copied.read(state_lines) == receiver.lines()
        row = copied.read(lambda r: feeds.find(r, feed))
        assert row is not None
        assert (row.size, row.own) == (size, False)


def test_the_nodes_of_a_benchmark_have_a_complete_configuration(tmp_path: Path) -> None:
    world = bench_world.found(tmp_path / "world")
    for place in (world.sender, world.receiver):
        assert checked(place.config).node.id == place.node


def test_the_2000_feeds_of_the_lists_have_labels_of_their_own_that_their_origin_may_use() -> None:
    made = list(bench_many.labels())
    assert len({parse(one).text for one in made}) == len(made) == 2_000


def test_labels_are_different_and_the_receiver_may_have_them() -> None:
    made = list(itertools.islice(bench_fill.labels(), 1_000))
    assert len({parse(one).text for one in made}) == len(made)
    register = registers.register()
    node = register.nodes[ports.NORTH_SEA]
    for text in made[:300:7]:
        label = parse(text)
        assert set(unknown_names(label, register)) <= {f"TO: node:{bench_world.follower(1)}"}
        asked = may_follow(node, label, register, origin=NodeId("port-antwerp-bruges"), now=NOW)
        assert isinstance(asked, Permit)
