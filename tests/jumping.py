"""A node on the disk whose detector finds one jump of a ship, without a sensor: what it makes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from ais_samples import START, ship

from node.demo.plan import Port
from node.ground import Ground
from node.observation import Observation
from node.senses import Senses
from node.store.changes import Change

JUMP: tuple[Observation, ...] = (ship(), ship(at=START + 1000, lat=52.5))


def without_sensors(port: Port) -> Path:
    """Its configuration, with nothing but the detector of jumps."""
    text = port.config.read_text("utf-8")
    head, _, _ = text.partition("[sensors.")
    port.config.write_text(
        head + '[detectors.jumps]\nrule = "impossible_speed"\njamming_hold = "0s"\n', "utf-8"
    )
    return port.config


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
