"""The node's senses, wired: sensors and detectors of the configuration, what they find becoming drafts, alerts and sightings.

Guarantees that a finding is stored before it is forgotten, that a restart within its re-arm time does not raise it again, and
that one that makes no record is said and counted, not tried again for ever. Paths of a detector are relative to the
configuration file.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from node import log
from node.commands import everyone, watch
from node.commands.auto_release import Taken, take_detection
from node.commands.raise_alert import NoLegalBasis
from node.commands.rules_in_force import in_force
from node.config_file import ConfigError
from node.detector import Bench, Detection, DetectorError, running
from node.ground import Ground
from node.intake import Intake
from node.observation import Observation
from node.sensor import SensorError, source
from node.store import raised
from node.store.errors import StoreError
from node.store.unit import Reader, Tx
from policies.readership import Readership
from protocol.errors import BadRecord
from protocol.ids import UnixMs

_logger = log.get("senses")


class Senses:
    """Runs the intake of one node and hands on what it finds."""

    def __init__(self, ground: Ground, file: Path) -> None:
        self._ground, self._ctx = ground, ground.ctx
        config = ground.config
        bench = Bench(folder=file.resolve().parent, speed=config.demo.speed if config.demo.enabled else 1.0)
        try:
            sources = [source(name, table) for name, table in config.sensors.items()]
            detectors = [running(name, table, bench) for name, table in config.detectors.items()]
        except (SensorError, DetectorError) as error:
            raise ConfigError([f"{file}: {error}"]) from error
        self.intake = Intake(
            sources=sources,
            detectors=detectors,
            clock=self._ctx.clock,
            random=os.urandom,
            on_detection=self._detected,
            on_observation=self._observed,
            passing=(StoreError,),
            raised=self._ctx.store.read(lambda reader: raised.standing(reader, self._ctx.now())),
        )
        self._watch = watch.Watcher(self._ctx, self._people)

    async def run(self) -> None:
        """Listen until cancelled; without sensors this only waits."""
        leave = self._ground.bus.subscribe(self._watch.changed)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._watch.run(), name="watch")
                group.create_task(self.intake.run(), name="intake")
        finally:
            leave()

    async def _detected(self, detection: Detection) -> None:
        """Store a finding; a refusal that will not change is said once and let go."""
        try:
            await self._ctx.store.aread(self._people)  # so that the writer finds it made
            taken = await self._ctx.store.awrite(lambda tx: self._take(tx, detection), urgent=True)
        except (BadRecord, NoLegalBasis) as error:
            why = str(error)  # names fields and registers, never values
            _logger.error("a detection makes no record", detector=detection.detector, why=why)  # noqa: TRY400  no trace
            return
        record = taken.draft.record
        if taken.released is not None:
            at = taken.released
            _logger.info(
                "alert released by rule",
                record=record,
                feed=at.feed.feed,
                index=at.index,
                detector=detection.detector,
            )
        else:
            why = taken.kept.code if taken.kept is not None else "no rule"
            _logger.info("alert waits for an officer", record=record, detector=detection.detector, why=why)

    def _take(self, tx: Tx, detection: Detection) -> Taken:
        now = self._ctx.now()
        raised.put(tx, detection.key, UnixMs(now + detection.rearm_ms), now)
        return take_detection(tx, self._ctx, detection, in_force(tx), self._people(tx))

    def _people(self, reader: Reader) -> Readership:
        return everyone.readership(reader, self._ctx, self._ground.model)

    def _observed(self, observation: Observation) -> None:
        self._watch.see(observation)
