"""What was found before a stop is not found again after the start, as long as it would not have been without the stop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import demo_node
import pytest
from ais_samples import START, ship

from node.checked import checked
from node.ground import Ground, open_ground
from node.observation import Observation
from node.senses import Senses
from node.store import drafts, raised
from node.store.changes import Change
from node.store.feeds import every

JUMP: tuple[Observation, ...] = (ship(), ship(at=START + 1000, lat=52.5))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = demo_node.founded(tmp_path).ports[0].config
    text = file.read_text("utf-8")
    head, _, _ = text.partition("[sensors.")
    file.write_text(head + '[detectors.jumps]\nrule = "impossible_speed"\njamming_hold = "0s"\n', "utf-8")
    return file


def found(ground: Ground, file: Path, *, later_ms: int = 0) -> int:
    """How many findings a node that starts now makes of the jump; each is stored when this returns."""
    object.__setattr__(ground.ctx, "clock", Later(ground.ctx.now() + later_ms))

    async def run() -> int:
        senses = Senses(ground, file)
        work = asyncio.ensure_future(senses.intake.run())
        for each in JUMP:
            senses.intake.take(each)
        senses.intake.tick()
        made = senses.intake.stats()["intake"].get("detections", 0)
        if made:
            async with asyncio.timeout(10):
                await stored(ground)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        return made

    return asyncio.run(run())


async def stored(ground: Ground) -> None:
    """Until the next commit that makes or releases a draft."""
    loop, seen = asyncio.get_running_loop(), asyncio.Event()

    def wake(_: Sequence[Change]) -> None:
        loop.call_soon_threadsafe(seen.set)

    leave = ground.bus.subscribe(wake)
    await seen.wait()
    leave()


class Later:
    def __init__(self, now: int) -> None:
        self._now = now

    def now_ms(self) -> int:
        return self._now


def test_a_restart_does_not_raise_it_again_before_its_time(config: Path) -> None:
    made = []
    for later in (0, 60_000, 2 * 3_600_000):
        with closing(open_ground(checked(config), config)) as ground:
            made.append(found(ground, config, later_ms=later))
            entries = sum(feed.size for feed in ground.store.read(every) if feed.own)
            waiting = len(ground.store.read(drafts.waiting))
            assert entries + waiting > 0
    assert made == [1, 0, 1]


def test_what_is_over_is_forgotten(config: Path) -> None:
    with closing(open_ground(checked(config), config)) as ground:
        now = ground.ctx.now()
        for number in range(3):
            ground.store.write(lambda tx, n=number: raised.put(tx, f"k:{n}", now + n * 10, now)).result()  # type: ignore[misc]
        ground.store.write(lambda tx: raised.put(tx, "k:9", now + 100, now + 15)).result()  # type: ignore[arg-type]
        assert list(ground.store.read(lambda reader: raised.standing(reader, now))) == ["k:2", "k:9"]
