"""The way in: connects a node's sensors to its detectors and hands on what they find.

Guarantees that every observation reaches every detector that consumes its type, in the order of arrival, with this node's time;
that one finding is handed on once in its re-arm time; that a failing callback or detector stops nothing else, is counted and
logged; and that everything kept is bounded. A detection whose callback fails for a passing reason is tried again, with pauses,
until it is taken or pushed out by a newer one; one that fails by itself is dropped and counted, so that it does not hold up
those behind it. It decides nothing: whether an alert is made and released is the commands'.
"""

from __future__ import annotations

import asyncio
import inspect
from collections import Counter, OrderedDict, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import Final

from node.clock import Clock
from node.detector import Detection, Running
from node.log import get
from node.observation import Observation
from node.sensor import Listening, Said, SensorHealth, Source
from protocol.ids import Random, UnixMs

TICK_S: Final = 0.5
PENDING_MAX: Final = 1_000
KEYS_MAX: Final = 20_000
_RETRY_S: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_RESTART_S: Final = 5.0

OnDetection = Callable[[Detection], Awaitable[None] | None]
OnObservation = Callable[[Observation], None]

_log = get("intake")


class Rearm:
    """Which findings were raised lately. At most `KEYS_MAX` keys: beyond that the oldest is forgotten, and may come again.

    `until`: what was raised before this process began, and until when it is not again.
    """

    def __init__(self, until: Mapping[str, UnixMs] = MappingProxyType({})) -> None:
        self._until: OrderedDict[str, UnixMs] = OrderedDict(list(until.items())[-KEYS_MAX:])

    def admits(self, detection: Detection, now: UnixMs) -> bool:
        """Whether this finding is new; if so it is remembered for its re-arm time."""
        until = self._until.get(detection.key)
        if until is not None and now < until:
            return False
        self._until.pop(detection.key, None)
        if len(self._until) >= KEYS_MAX:
            self._until.popitem(last=False)
        self._until[detection.key] = UnixMs(now + detection.rearm_ms)
        return True


class Intake:
    """The node's senses, running. Make it, `await run()`, cancel that to stop.

    `passing`: the failures of `on_detection` that time may mend, such as a full disk. `raised`: what was found before the last
    stop, and until when it is not handed on again.
    """

    def __init__(
        self,
        *,
        sources: Sequence[Source],
        detectors: Sequence[Running],
        clock: Clock,
        random: Random,
        on_detection: OnDetection,
        on_observation: OnObservation | None = None,
        passing: tuple[type[Exception], ...] = (OSError,),
        retry_s: Sequence[float] = _RETRY_S,
        raised: Mapping[str, UnixMs] = MappingProxyType({}),
    ) -> None:
        self._sources = sources
        self._detectors = detectors
        self._clock = clock
        self._random = random
        self._on_detection = on_detection
        self._on_observation = on_observation
        self._passing = passing
        self._retry_s = retry_s
        self._counts: Counter[str] = Counter()
        self._open: dict[str, Listening] = {}
        self._rearm = Rearm(raised)
        self._pending: deque[Detection] = deque()
        self._wake = asyncio.Event()
        self._consumers: dict[type[Observation], tuple[Running, ...]] = {}

    async def run(self) -> None:
        """Listen until cancelled; then every sensor is closed."""
        try:
            async with asyncio.TaskGroup() as group:
                for source in self._sources:
                    group.create_task(self._listen(source), name=f"intake {source.name}")
                group.create_task(self._tick(), name="intake tick")
                group.create_task(self._deliver(), name="intake deliver")
        finally:
            await asyncio.gather(*(one.aclose() for one in self._open.values()), return_exceptions=True)
            self._open.clear()

    def take(self, observation: Observation) -> None:
        """One observation, to everybody whom it concerns."""
        now = self._clock.now_ms()
        sort = type(observation)
        self._counts["observations"] += 1
        consumers = self._consumers.get(sort)
        if consumers is None:
            consumers = tuple(one for one in self._detectors if sort in one.type.consumes)
            self._consumers[sort] = consumers
        for running in consumers:
            try:
                found = running.detector.on(observation, now)
            except Exception as error:  # noqa: BLE001 a detector's fault is its own, the others go on
                self._failed(running.name, error)
                continue
            if found:
                self._found(found, now)
        if self._on_observation is not None:
            try:
                self._on_observation(observation)
            except Exception as error:  # noqa: BLE001 the callback's fault must not stop the senses
                self._failed("on_observation", error)

    def tick(self) -> None:
        """Let time pass for every detector."""
        now = self._clock.now_ms()
        for running in self._detectors:
            try:
                self._found(running.detector.tick(now), now)
            except Exception as error:  # noqa: BLE001 as above
                self._failed(running.name, error)

    def stats(self) -> Mapping[str, Mapping[str, int]]:
        """Counters: of the intake, of each sensor, and each detector's size of state."""
        own = {**self._counts, "pending": len(self._pending)}
        found: dict[str, Mapping[str, int]] = {"intake": own}
        found.update({f"sensors.{name}": one.stats() for name, one in self._open.items()})
        found.update({f"detectors.{one.name}": {"state": one.detector.size()} for one in self._detectors})
        return found

    def health(self) -> tuple[SensorHealth, ...]:
        """How each sensor is, in the order of the configuration."""
        return tuple(
            self._open[one.name].health()
            if one.name in self._open
            else SensorHealth(one.name, one.sensor.name, False, False, None, Said.NOT_OPEN)
            for one in self._sources
        )

    def heard(self) -> tuple[tuple[SensorHealth, Mapping[str, int]], ...]:
        """How each sensor is, with those of its counters that its input alone moves (`Sensor.counted`)."""
        counts = [
            self._open[one.name].stats() if one.name in self._open else MappingProxyType[str, int]({})
            for one in self._sources
        ]
        return tuple(
            (health, {what: stats.get(what, 0) for what in one.sensor.counted})
            for health, one, stats in zip(self.health(), self._sources, counts, strict=True)
        )

    async def _listen(self, source: Source) -> None:
        while True:
            try:
                listening = self._open[source.name] = source.open(self._clock, self._random)
                try:
                    async for observation in listening:
                        self.take(observation)
                finally:
                    await listening.aclose()
            except Exception as error:  # noqa: BLE001 a sensor's fault: said, counted, and opened anew
                self._failed(source.name, error)
            await asyncio.sleep(_RESTART_S)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self.tick()

    def _found(self, detections: list[Detection], now: UnixMs) -> None:
        for detection in detections:
            if not self._rearm.admits(detection, now):
                self._counts["repeated"] += 1
                continue
            self._counts["detections"] += 1
            if len(self._pending) >= PENDING_MAX:
                self._pending.popleft()
                self._counts["detections_dropped"] += 1
            self._pending.append(detection)
            self._wake.set()

    async def _deliver(self) -> None:
        tries = 0
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._pending:
                detection = self._pending[0]
                if await self._handed_on(detection):
                    tries = 0
                    with suppress(IndexError):
                        if self._pending[0] is detection:
                            self._pending.popleft()
                else:
                    await asyncio.sleep(self._retry_s[min(tries, len(self._retry_s) - 1)])
                    tries += 1

    async def _handed_on(self, detection: Detection) -> bool:
        """Whether it is done with: taken, or dropped for its own fault."""
        try:
            answer = self._on_detection(detection)
            if inspect.isawaitable(answer):
                await answer
        except self._passing as error:
            self._failed("on_detection", error)
            return False
        except Exception as error:  # noqa: BLE001 one bad finding must not keep the good ones behind it
            self._failed("on_detection", error)
            self._counts["detections_refused"] += 1
        return True

    def _failed(self, where: str, error: Exception) -> None:
        """Counts a fault; its words may quote input, so only its sort and place are logged."""
        self._counts[f"failed.{where}"] += 1
        if self._counts[f"failed.{where}"] in {1, 10, 100} or self._counts[f"failed.{where}"] % 1000 == 0:
            line = error.__traceback__.tb_lineno if error.__traceback__ else 0
            _log.error(
                "a part of the intake failed",
                where=where,
                kind=type(error).__name__,
                line=line,
                times=self._counts[f"failed.{where}"],
            )
