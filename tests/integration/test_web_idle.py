"""What an open page costs a node on which nothing happens: counted at the database's own door, over ten seconds of the clock."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import demo_node
import pytest
from claims import claimed_base
from sqlalchemy import event
from sqlalchemy.engine import Engine
from stations import WAIT_S

from node.checked import checked
from node.demo.check.stream import Stream
from node.demo.check.visitor import Visitor
from node.demo.people import invite_all
from node.ground import open_ground
from node.main import AGAIN_S, BESIDE_S, SETTLES_S, House

pytestmark = pytest.mark.processes

IDLE_S = 10
BEATS = IDLE_S // 2 + 2
"""A page beats every two seconds; the first of them may come at once, or late."""
BEFORE = int(AGAIN_S + SETTLES_S + BESIDE_S) // 2
"""What a sign-in left is looked at once more by whatever looks now and then."""


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Every statement that SQLite itself begins, on any connection of this process that is opened from now on."""
    seen: list[str] = []

    def traced(connection: sqlite3.Connection, _: object) -> None:
        connection.set_trace_callback(seen.append)

    event.listen(Engine, "connect", traced)
    yield seen
    event.remove(Engine, "connect", traced)


def test_an_open_page_asks_the_database_nothing_in_ten_idle_seconds(
    tmp_path: Path, statements: list[str]
) -> None:
    plan = demo_node.founded(tmp_path, base_port=claimed_base(12))
    port = plan.ports[0]
    (url,) = next(one.urls for one in invite_all(plan) if one.port is port)

    async def story() -> None:
        ground = open_ground(checked(port.config), port.config)
        house = House(ground, port.config)
        try:
            await house.open()
            visitor = Visitor(port)
            await asyncio.to_thread(visitor.sign_in, url)
            stream = Stream(visitor)
            await asyncio.to_thread(stream.open)
            try:
                await idle(stream, BEFORE)  # what opening it costs is over
                before = len(statements)
                began = time.monotonic()
                await idle(stream, BEATS)
                assert time.monotonic() - began >= IDLE_S
                assert statements[before:] == []
                assert before > 0
                await ground.ctx.store.aread(lambda reader: reader.one("SELECT 1"))
                assert statements[before:] != []  # the counter sees what is asked
            finally:
                await house.close()
                await asyncio.to_thread(stream.close)
        finally:
            ground.close()

    asyncio.run(story())


async def idle(stream: Stream, beats: int) -> None:
    """Until so many more beats have come."""
    heard = sum(b": beat" in line for _, line in stream.lines()) + beats
    async with asyncio.timeout(WAIT_S + 2 * beats):
        while sum(b": beat" in line for _, line in stream.lines()) < heard:  # noqa: ASYNC110 - a thread reads it
            await asyncio.sleep(0.05)
