"""“Has it”, on the sender's own screen, holds against SIGKILL at the receiver in the very moment it is shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from officers_there import alert, signed_in
from running import ANTWERP, LIEGE, Federation, until

from node.demo.check.visitor import Visitor

KILLS = 6


@pytest.fixture
def federation(tmp_path: Path) -> Iterator[Federation]:
    with Federation.founded(tmp_path / "ports") as made:
        made.acquainted(ANTWERP, LIEGE)
        for node in (ANTWERP, LIEGE):
            made.add(node, "web", 'cancel_window = "0s"')
        yield made


def has_it(visitor: Visitor, record: str) -> bool:
    """Whether the record's page says that Liège has it."""
    found = visitor.json(f"/api/v1/records/{record}")
    return bool(found) and any(
        holder["node"]["id"] == LIEGE and holder["state"] == "has" for holder in found["holders"]
    )


def wait_has_it(visitor: Visitor, record: str) -> None:
    until("“has it” on the sender's screen", lambda: has_it(visitor, record))


@pytest.mark.processes
def test_what_the_screen_says_a_port_has_is_read_there_after_it_was_killed(federation: Federation) -> None:
    starter = federation.starter()
    sender, receiver = federation.fork(starter, ANTWERP), federation.fork(starter, LIEGE)
    sender.wait_said("peer connected")
    receiver.wait_said("ready")
    here, there = signed_in(federation, ANTWERP), signed_in(federation, LIEGE)
    for number in range(KILLS):
        title = f"Shown as held, {number}"
        record = alert(here, title).record
        wait_has_it(here, record)
        receiver.kill()
        receiver = federation.fork(starter, LIEGE)
        receiver.wait_said("ready")
        found = there.json(f"/api/v1/records/{record}")
        assert found is not None, "the screen said that Liège has it, and it is gone"
        assert found["row"]["title"] == title
        receiver.wait_said("peer connected")
