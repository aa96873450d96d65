"""The bus: everyone is told, nobody is waited for, and who was too slow knows it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

from node.bus import Bus, Wake


def test_every_listener_hears_in_order_until_it_leaves() -> None:
    bus, heard = Bus[int](), list[int]()
    leave = bus.subscribe(heard.extend)
    bus.publish([1, 2])
    bus.publish([3])
    leave()
    bus.publish([4])
    assert heard == [1, 2, 3]


def test_one_listener_s_fault_is_not_the_others() -> None:
    bus, heard = Bus[int](), list[int]()

    def fail(_: Sequence[int]) -> None:
        raise RuntimeError("no")

    bus.subscribe(fail)
    bus.subscribe(heard.extend)
    bus.publish([1])
    assert heard == [1]


def test_a_waiting_task_is_woken_from_another_thread() -> None:
    async def wait() -> Wake[int]:
        bus = Bus[int]()
        async with bus.listen() as subscription:
            thread = threading.Thread(target=bus.publish, args=([1, 2],))
            thread.start()
            wake = await asyncio.wait_for(anext(subscription), 5)
            thread.join()
        return wake

    assert asyncio.run(wait()) == Wake((1, 2))


def test_who_is_too_slow_knows_that_something_was_missed() -> None:
    async def wait() -> list[Wake[int]]:
        bus = Bus[int]()
        async with bus.listen(limit=2) as subscription:
            bus.publish([1])
            bus.publish([2, 3])
            first = await anext(subscription)
            bus.publish([4])
            return [first, await anext(subscription)]

    assert asyncio.run(wait()) == [Wake((1, 2), missed=True), Wake((4,))]


def test_a_subscription_whose_loop_is_gone_hurts_nobody() -> None:
    bus, heard = Bus[int](), list[int]()

    async def leave_open() -> None:
        await bus.listen().__aenter__()

    asyncio.run(leave_open())
    bus.subscribe(heard.extend)
    bus.publish([1])
    assert heard == [1]
