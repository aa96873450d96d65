"""A node that releases records without pause, for tests that kill it or its peer: the product's own house over its own files,
and beside it a stream of alerts, new versions and withdrawals, put into the log by the product's own commands.

Prints, after each commit, a line `feed size root` of what is durable and signed. What it says is drawn from a seed.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from pathlib import Path

from record_examples import example

from node import log
from node.checked import checked
from node.commands.append import append
from node.commands.audit import Act
from node.commands.context import Context
from node.commands.publish import Released, Version, publish
from node.ground import open_ground
from node.main import House, _standing
from node.store.unit import Tx
from protocol.entry import build_retract
from protocol.fields import DAY_MS
from protocol.ids import UnixMs, new_record_id
from protocol.label import parse
from protocol.operation import Target
from protocol.record import content_type, serialise

LABELS = (
    "BE:NONE//TLP:GREEN//AUD ports-be",
    "BE:NONE//TLP:AMBER//AUD ports-be",
    "BE:NONE//TLP:AMBER//AUD ports-be//PURPOSE port-security",
)
"""Labels that all ports of the demonstration may hold."""


def main(words: list[str]) -> int:
    """`FILE SEED PAUSE_MS AT_ONCE [FIRST]`: up to AT_ONCE commits at a time, then a pause; FIRST entries before anything else.

    With AT_ONCE 0 it waits for SIGUSR1, and commits once each time.
    """
    file, seed, pause, at_once, *first = words
    asyncio.run(_stream(Path(file), int(seed), int(pause) / 1000, int(at_once), int(*first or ("0",))))
    return 0


async def _stream(file: Path, seed: int, pause_s: float, at_once: int, first: int) -> None:
    config = checked(file)
    log.configure(config.log.level, node=config.node.id)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    ground = open_ground(config, file)
    try:
        log.get("streaming").info("opened", **_standing(ground))
        stream = Stream(ground.ctx, random.Random(seed))
        for _ in range(0, first, 200):
            await ground.ctx.store.awrite(lambda tx: [stream.step(tx) for _ in range(200)])
        house = House(ground, file)
        await house.open()
        log.get("streaming").info("ready")
        if not at_once:
            told = set[asyncio.Task[None]]()
            loop.add_signal_handler(signal.SIGUSR1, lambda: told.add(loop.create_task(stream.commit())))
            await stop.wait()
        while not stop.is_set():
            await asyncio.gather(*(stream.commit() for _ in range(stream.choose.randint(1, at_once))))
            await asyncio.sleep(stream.choose.uniform(0, 2 * pause_s))
        await house.close()
    finally:
        ground.close()


class Stream:
    """What one run says, one record or change after the other."""

    def __init__(self, ctx: Context, choose: random.Random) -> None:
        self._ctx, self.choose = ctx, choose
        self._live: list[tuple[Released, str]] = []

    async def commit(self) -> None:
        """One transaction; it is told only once it is durable."""
        said = await self._ctx.store.awrite(self.step, urgent=True)
        sys.stdout.write(said + "\n")
        sys.stdout.flush()

    def step(self, tx: Tx) -> str:
        """A new alert, the next version of one, or a withdrawal."""
        drawn = self.choose.random()
        if drawn < 0.1 and self._live:
            return self._withdraw(tx, *self._live.pop(self.choose.randrange(len(self._live))))
        if drawn < 0.25 and self._live:
            return self._release(tx, *self._live.pop(self.choose.randrange(len(self._live))))
        return self._release(tx, None, self.choose.choice(LABELS))

    def _release(self, tx: Tx, before: Released | None, label: str) -> str:
        ctx, now = self._ctx, self._ctx.now()
        message = example("alert", description="Iemand staat aan het hek. " * self.choose.randint(1, 40))
        message.common.title = f"Hek {self.choose.randrange(1000)}"
        message.common.occurred_from = now
        version = Version(
            record=before.record if before else new_record_id(now, os.urandom),
            version=before.version + 1 if before else 1,
            content_type=content_type("alert"),
            content=serialise(message),
            expires_ms=UnixMs(now + DAY_MS),
            retain_until_ms=UnixMs(now + 30 * DAY_MS),
        )
        act = Act(act="release", record=version.record)
        released = publish(tx, ctx, parse(label), version, ctx.register, act=act)
        self._live.append((released, label))
        feed = released.feed
        return f"{feed.feed.hex()} {feed.size} {feed.root.hex()}"

    def _withdraw(self, tx: Tx, released: Released, label: str) -> str:
        ctx = self._ctx
        entry = build_retract(
            target=Target(released.record, released.version),
            reason=1,
            issued_ms=ctx.now(),
            register=ctx.register.version,
        )
        feed = append(tx, ctx, parse(label), [entry], ctx.register).feed
        return f"{feed.feed.hex()} {feed.size} {feed.root.hex()}"
