"""A real port that only listens, put back to a copy: what another withdrew since is not shown, also after another restart; once the
other is heard, all is shown as it stands.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from officers_there import alert, signed_in, titles, withdraw
from running import ANTWERP, LIEGE, Federation, Running, looking, until

from node.store import feeds, unheard
from node.store.feeds import FeedRole
from protocol.ids import NodeId


def held(database: Path) -> int:
    """How many entries of records the port has of the other."""
    with looking(database) as reader:
        rows = feeds.every(reader)
    return sum(row.size for row in rows if row.origin == LIEGE and row.role is FeedRole.RECORDS)


@pytest.mark.processes
def test_what_was_withdrawn_while_it_listened_is_not_shown_after_a_restore(tmp_path: Path) -> None:
    with Federation.founded(tmp_path / "ports") as made:
        made.acquainted(ANTWERP, LIEGE)
        made.add(LIEGE, "web", 'cancel_window = "0s"')
        database = made.port(ANTWERP).folder / "data" / "node.db"
        starter = made.starter()

        def runs(node: NodeId) -> Running:
            running = made.fork(starter, node)
            running.wait_said("ready")
            return running

        here, there = runs(ANTWERP), runs(LIEGE)
        speaker = signed_in(made, LIEGE)
        alert(speaker, "To be withdrawn")
        alert(speaker, "To stay")
        until("both", lambda: held(database) == 3)
        reader = signed_in(made, ANTWERP)
        assert set(titles(reader)) >= {"To be withdrawn", "To stay"}
        with closing(sqlite3.connect(database)) as disk:
            copy = disk.serialize()
        withdraw(speaker, "To be withdrawn")
        until("the withdrawal", lambda: held(database) == 4)
        assert here.stop() == 0
        assert there.stop() == 0
        for more in ("-wal", "-shm"):
            database.with_name(database.name + more).unlink(missing_ok=True)
        database.write_bytes(copy)
        for _ in range(2):
            again = runs(ANTWERP)
            reader = signed_in(made, ANTWERP)
            assert not {"To be withdrawn", "To stay"} & set(titles(reader))
            assert again.stop() == 0
        config = str(made.port(ANTWERP).config)
        listed = made.command("restored", "list", "--config", config)
        assert listed.stdout.startswith("port-liege: 1 feeds are not read since the restore of ")
        runs(LIEGE)
        runs(ANTWERP)

        def heard() -> bool:
            with looking(database) as reader:
                return not unheard.origins(reader)

        until("the other to be heard", heard, seconds=90)
        reader = signed_in(made, ANTWERP)
        assert "To stay" in titles(reader)
        assert "To be withdrawn" not in titles(reader)
