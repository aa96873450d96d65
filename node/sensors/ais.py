"""AIS over the network: a receiver's or aggregator's NMEA 0183 stream by TCP (as its client) or UDP (bound here).

Guarantees that it goes on by itself after any loss of the source, with growing, jittered pauses; that its queue is bounded
(the oldest observation is dropped and counted); and that silence is reported once, and its end once. Event time is arrival by
the node's clock unless `trust_time`, and then the receiver's stamp only within 60 s of arrival. Nothing here proves that what a
ship says is true.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import suppress
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from node.config import Table
from node.config_values import Code, Ms, between
from node.log import get
from node.observation import Observation, SensorBack, SensorSilent
from node.sensor import Said, Sensor, SensorHealth, Station
from node.sensors.ais_decode import Decoder
from node.sensors.ais_nmea import Assembler, Lines, Stamp
from node.sensors.ais_refused import OF_INPUT, Refused
from protocol.ids import Random, UnixMs

TRUST_MS = 60_000
"""A trusted stamp further from arrival than this is not taken."""

_CHUNK = 8192
"""Bytes taken at once: about 110 messages, some 5 ms of work before others of this process get their turn."""

_DATAGRAMS = 1024
_GIVE_UP = 5
"""Times `silent_after` without a byte, then a TCP connection is made anew."""

_BACKOFF_MIN_MS = 500
_BACKOFF_MAX_MS = 30_000
_CONNECT_S = 10.0
_SOURCE = re.compile(r"(tcp|udp)://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})")

_log = get("sensors.ais")


def _source(value: str) -> str:
    found = _SOURCE.fullmatch(value)
    if not found or not 0 < int(found[3]) < 65536:
        raise ValueError('"tcp://host:port" (client) or "udp://host:port" (bind), the port from 1 to 65535')
    return value


class AisConfig(Table):
    """One AIS source."""

    type: Literal["ais"]
    site: Code
    source: Annotated[str, AfterValidator(_source)]
    trust_time: bool = False
    max_line: Annotated[int, Field(ge=82, le=65536)] = 1024
    multipart_window: Annotated[Ms, between("100ms")] = 10_000
    silent_after: Annotated[Ms, between("100ms")] = 60_000
    queue: Annotated[int, Field(ge=1, le=1_000_000)] = 20_000


class Silence:
    """When a sensor counts as silent: one report when it begins, one when it ends."""

    def __init__(self, after_ms: int, now: UnixMs) -> None:
        self._after = after_ms
        self.since = now
        self.silent = False

    def heard(self, now: UnixMs) -> UnixMs | None:
        """Something valid came; the time since which it had been silent, if it had been reported so."""
        since, was = self.since, self.silent
        self.since, self.silent = now, False
        return since if was else None

    def due(self, now: UnixMs) -> bool:
        """Whether silence is to be reported now; true once."""
        if self.silent or now - self.since < self._after:
            return False
        self.silent = True
        return True


class Receiver:
    """Bytes in, observations out, without any socket: what a recording and a live source go through alike."""

    def __init__(self, config: AisConfig, *, sensor: str, now: UnixMs) -> None:
        self.counts: Counter[str] = Counter()
        self.silence = Silence(config.silent_after, now)
        self.heard_at: UnixMs | None = None
        self._sensor = sensor
        self._config = config
        self._assembler = Assembler(config.multipart_window, self.counts, times=config.trust_time)
        self._decoder = Decoder(sensor=sensor, site=config.site, counts=self.counts)
        self._lines = self.lines()

    def lines(self) -> Lines:
        """A cutter for one more stream (every datagram sender has its own)."""
        return Lines(self._config.max_line, self.counts)

    def take(self, chunk: bytes, now: UnixMs) -> list[Observation]:
        """The observations that this chunk of the stream completes; `now` is its arrival."""
        return self.take_lines(self._lines.feed(chunk), now)

    def take_datagram(self, datagram: bytes, now: UnixMs) -> list[Observation]:
        """The observations of one datagram: whole lines, the last one with or without its end."""
        return self.take_lines(self.lines().feed(datagram + b"\n"), now)

    def take_lines(self, lines: Iterable[bytes], now: UnixMs) -> list[Observation]:
        """The observations that these lines complete."""
        found: list[Observation] = []
        assemble, decode = self._assembler.take, self._decoder.take
        trust = self._config.trust_time
        for line in lines:
            whole = assemble(line, now)
            if whole is None:
                continue
            at = self._event_time(whole.stamp, now) if trust else now
            if (observation := decode(whole, at)) is not None:
                found.append(observation)
            if self.heard_at != now or self.silence.silent:
                self._heard(found, now)
        return found

    def silent(self, now: UnixMs, *, connected: bool) -> SensorSilent | None:
        """The report that nothing is heard, when it is due."""
        if not self.silence.due(now):
            return None
        self.counts["silences"] += 1
        return SensorSilent(self._sensor, self._config.site, now, self.silence.since, connected)

    def broken_off(self) -> None:
        """The connection is gone, and with it everything that was incomplete."""
        self._lines.close()
        self._assembler.flush()

    def _heard(self, found: list[Observation], now: UnixMs) -> None:
        self.heard_at = now
        since = self.silence.heard(now)
        if since is not None:
            found.insert(0, SensorBack(self._sensor, self._config.site, now, since))

    def _event_time(self, stamp: Stamp, now: UnixMs) -> UnixMs:
        if stamp.at is None:
            self.counts["no_time"] += 1
            return now
        if abs(stamp.at - now) > TRUST_MS:
            self.counts["time_refused"] += 1
            return now
        return stamp.at


class Backoff:
    """Pauses between attempts: doubling from half a second to half a minute, each cut by a random part of its half."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._ms = _BACKOFF_MIN_MS

    def next_s(self) -> float:
        """The next pause in seconds."""
        whole, self._ms = self._ms, min(self._ms * 2, _BACKOFF_MAX_MS)
        return whole * (0.5 + self._random(1)[0] / 510) / 1000

    def reset(self) -> None:
        """The source delivered: start small again."""
        self._ms = _BACKOFF_MIN_MS


class Ais:
    """An open AIS source (`node.sensor.Listening`)."""

    def __init__(self, config: AisConfig, station: Station) -> None:
        self._config = config
        self._station = station
        self._receiver = Receiver(config, sensor=station.name, now=station.clock.now_ms())
        self._refused = Refused(station.name, self._receiver.counts)
        self._queue: deque[Observation] = deque()
        self._wake = asyncio.Event()
        self._connected = False
        self._trouble: str = Said.NOT_CONNECTED
        self._closed = False
        self._failure: BaseException | None = None
        self._tasks = [
            asyncio.create_task(self._listen(), name=f"sensor {station.name}"),
            asyncio.create_task(self._watch(), name=f"silence of {station.name}"),
        ]
        for task in self._tasks:
            task.add_done_callback(self._ended)

    async def __aiter__(self) -> AsyncIterator[Observation]:
        """Observations as they come, until `aclose`; a fault of this program is raised, never waited out."""
        while not self._closed:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                yield self._queue.popleft()
            if self._failure is not None:
                raise self._failure

    def stats(self) -> Mapping[str, int]:
        """Counters by reason, and what waits now."""
        return {**self._receiver.counts, "queued": len(self._queue)}

    def health(self) -> SensorHealth:
        """How the source is now."""
        silent = self._receiver.silence.silent
        heard = Said.SILENT if silent else Said.HEARD
        return SensorHealth(
            name=self._station.name,
            type="ais",
            connected=self._connected,
            silent=silent,
            last_heard=self._receiver.heard_at,
            words=heard if self._connected else self._trouble,
        )

    async def aclose(self) -> None:
        """Stop listening; the iterator ends after what it holds."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._wake.set()

    async def _listen(self) -> None:
        scheme, host, port = _address(self._config.source)
        backoff = Backoff(self._station.random)
        while True:
            try:
                await (self._tcp(host, port, backoff) if scheme == "tcp" else self._udp(host, port))
            except (OSError, TimeoutError) as error:
                self._lost(error)
            await asyncio.sleep(backoff.next_s())

    async def _tcp(self, host: str, port: int, backoff: Backoff) -> None:
        async with asyncio.timeout(
            _CONNECT_S
        ):  # wait_for loses a cancellation that comes as the attempt fails
            reader, writer = await asyncio.open_connection(host, port, limit=_CHUNK)
        self._now_connected()
        try:
            while chunk := await self._read(reader):
                if self._put(self._receiver.take(chunk, self._now())):
                    backoff.reset()
                await asyncio.sleep(
                    0
                )  # a full buffer is read without a pause; others of this process need theirs
            self._lost(None)
        finally:
            self._receiver.broken_off()
            writer.close()
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(1.0):
                    await writer.wait_closed()

    async def _read(self, reader: asyncio.StreamReader) -> bytes:
        """The next bytes; a connection without any for long is given up, since its other end may be gone without a word."""
        async with asyncio.timeout(self._config.silent_after * _GIVE_UP / 1000):
            return await reader.read(_CHUNK)

    async def _udp(self, host: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        datagrams: asyncio.Queue[bytes] = asyncio.Queue(_DATAGRAMS)
        counts = self._receiver.counts
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(datagrams, counts), local_addr=(host, port)
        )
        self._now_connected()
        try:
            while True:
                datagram = await datagrams.get()
                self._put(self._receiver.take_datagram(datagram, self._now()))
        finally:
            transport.close()
            self._receiver.broken_off()

    async def _watch(self) -> None:
        """Look for silence about ten times in the time after which it counts."""
        pause = max(self._config.silent_after / 10_000, 0.02)
        while True:
            await asyncio.sleep(pause)
            if found := self._receiver.silent(self._now(), connected=self._connected):
                self._put([found])

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (failure := task.exception()) is not None:
            self._failure = failure
            self._wake.set()

    def _put(self, observations: list[Observation]) -> bool:
        self._refused.look()
        for observation in observations:
            if len(self._queue) >= self._config.queue:
                self._queue.popleft()
                self._receiver.counts["dropped_oldest"] += 1
            self._queue.append(observation)
        if observations:
            self._wake.set()
        return bool(observations)

    def _now(self) -> UnixMs:
        return self._station.clock.now_ms()

    def _now_connected(self) -> None:
        self._connected = True
        self._receiver.counts["connected"] += 1
        _log.info("ais source connected", sensor=self._station.name, source=self._config.source)

    def _lost(self, error: Exception | None) -> None:
        words = Said.CLOSED if error is None else _words(error)
        if self._connected or words != self._trouble:
            _log.warning("ais source lost", sensor=self._station.name, source=self._config.source, why=words)
        self._connected, self._trouble = False, words
        self._receiver.counts["lost"] += 1


class _Datagrams(asyncio.DatagramProtocol):
    """Puts datagrams into a bounded queue; what does not fit is dropped and counted."""

    def __init__(self, queue: asyncio.Queue[bytes], counts: Counter[str]) -> None:
        self._queue = queue
        self._counts = counts

    def datagram_received(self, data: bytes, addr: object) -> None:
        del addr
        try:
            self._queue.put_nowait(data)
        except asyncio.QueueFull:
            self._counts["datagram_dropped"] += 1


def _address(source: str) -> tuple[str, str, int]:
    found = _SOURCE.fullmatch(source)
    assert found is not None, "checked by the configuration"
    return found[1], found[2].strip("[]"), int(found[3])


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return Said.NO_ANSWER
    number = getattr(error, "errno", None)
    return os.strerror(number) if number and number > 0 else type(error).__name__


SENSOR = Sensor(name="ais", config=AisConfig, open=Ais, counted=("messages", *OF_INPUT))
