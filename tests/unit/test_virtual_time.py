from __future__ import annotations

import asyncio

import pytest
from virtual_time import Stuck, run


def test_hours_pass_in_no_time() -> None:
    async def main() -> float:
        before = asyncio.get_running_loop().time()
        await asyncio.sleep(36_000)
        return asyncio.get_running_loop().time() - before

    assert run(main()) == pytest.approx(36_000, abs=1)  # if they really passed, nobody would wait for this


def test_waiting_for_nothing_is_an_error() -> None:
    async def main() -> None:
        await asyncio.Event().wait()

    with pytest.raises(Stuck):
        run(main())
