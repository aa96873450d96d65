"""A node that misses a part does not look healthy."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from structlog.testing import capture_logs
from virtual_time import run

from node.parts import Parts


async def fails() -> None:
    await asyncio.sleep(1)
    raise ZeroDivisionError("words that quote input")


async def fails_within() -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(fails())


async def ends() -> None:
    await asyncio.sleep(1)


async def stays() -> None:
    await asyncio.sleep(3600)


def lived(work: Callable[[], Coroutine[Any, Any, None]], *, may_end: bool) -> tuple[Parts, int, list[Any]]:
    told = list[int]()

    async def main() -> Parts:
        parts = Parts(lambda: told.append(1))
        parts.start(work(), "one", ends=may_end)
        parts.start(stays(), "other")
        await asyncio.sleep(2)
        whole = parts.whole
        await parts.close()
        assert parts.whole is whole
        return parts

    with capture_logs() as lines:
        parts = run(main())
    return parts, len(told), lines


@pytest.mark.parametrize("may_end", [True, False])
@pytest.mark.parametrize("work", [fails, fails_within])
def test_a_part_that_fails_stops_the_node_and_says_where_but_not_its_words(
    work: Callable[[], Coroutine[Any, Any, None]], may_end: bool
) -> None:
    parts, told, (line,) = lived(work, may_end=may_end)
    assert (parts.whole, told) == (False, 1)
    assert line["part"] == "one"
    assert line["fault"].startswith("ZeroDivisionError at ")
    assert "test_parts.py:" in line["fault"]
    assert "quote" not in str(line)


def test_a_part_that_should_stay_and_ends_has_failed_too() -> None:
    parts, told, (line,) = lived(ends, may_end=False)
    assert (parts.whole, told, line["fault"]) == (False, 1, "it ended")


def test_what_may_end_ends_and_closing_is_no_fault() -> None:
    parts, told, lines = lived(ends, may_end=True)
    assert (parts.whole, told, lines) == (True, 0, [])
