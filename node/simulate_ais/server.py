"""Speaks to the listeners: a TCP server for any number of clients up to `CLIENTS_MAX`, and datagrams to one address.

A client that does not read is cut off when `BEHIND_MAX` bytes wait for it; the others do not notice. Nothing a client sends is
read. Ends when told, closing every connection.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from node.exits import Busy, Refused
from node.simulate_ais.fleet import Fleet

CLIENTS_MAX = 200
BEHIND_MAX = 1 << 20
LATE_MAX_S = 1.0
"""Lateness beyond this is not made up for: where a rate is more than the machine can do, each time would owe more than the last, and
the loop would serve nobody meanwhile."""
_TICK_S = 0.05
_END = b"\r\n"

Plan = Callable[[], Iterator[tuple[float, bytes]]]
"""Begins a recording anew: seconds to wait, then a line."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen or to send to."""

    host: str
    port: int

    def __str__(self) -> str:
        """`host:port`, an IPv6 host in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def address(text: str) -> Address:
    """`host:port`; `Refused` says what is wrong with it."""
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not int(port) < 65536:
        raise Refused(f"{text[:60]!r} is no address; give host:port, the port from 0 to 65535")
    return Address(host.strip("[]"), int(port))


class Server:
    """One simulation with its listeners; exactly one of `fleet` and `recording` is given."""

    def __init__(
        self, *, fleet: Fleet | None = None, recording: Plan | None = None, rate: float = 0.0
    ) -> None:
        self._fleet = fleet
        self._recording = recording
        self._rate = rate
        self._clients: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = {}
        self._datagrams: asyncio.DatagramTransport | None = None
        self._begun = 0.0
        self._owed = 0.0
        self._sent_at = 0.0

    @property
    def clients(self) -> int:
        """How many are connected by TCP."""
        return len(self._clients)

    async def run(
        self,
        *,
        listen: Address | None,
        udp: Address | None,
        stop: asyncio.Event,
        ready: Callable[[Address | None], None],
    ) -> None:
        """Serve until `stop` (a recording by UDP alone: until its end); `ready` gets the address really listened on."""
        self._begun = asyncio.get_running_loop().time()
        server = await self._listen(listen) if listen else None
        try:
            if udp:
                self._datagrams = await _sender(udp)
            ready(_bound(server, listen) if server and listen else None)
            await self._until(stop, once=server is None)
        finally:
            await self._close(server)

    async def _until(self, stop: asyncio.Event, *, once: bool) -> None:
        """Runs the work until told to stop, or until it ends by itself, which only a recording by UDP alone does."""
        work = asyncio.create_task(self._sail() if self._fleet else self._play_datagrams(), name="simulation")
        stopped = asyncio.create_task(stop.wait())
        waiting = {work, stopped} if once or self._fleet else {stopped}
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
        finally:
            for task in (work, stopped):
                task.cancel()
            await asyncio.gather(work, stopped, return_exceptions=True)

    async def _listen(self, where: Address) -> asyncio.Server:
        try:
            return await asyncio.start_server(self._welcome, where.host, where.port)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise Busy(
                    f"{where} is in use; stop what listens there or choose another --listen"
                ) from error
            raise Refused(f"cannot listen on {where}: {error.strerror or type(error).__name__}") from error

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del reader
        if len(self._clients) >= CLIENTS_MAX:
            writer.close()
            return
        self._clients[writer] = None
        if self._fleet:
            self._to(writer, _joined(self._fleet.listener(self._now())))
        elif self._recording:
            self._clients[writer] = asyncio.create_task(self._play(writer, self._recording()))

    async def _sail(self) -> None:
        assert self._fleet is not None
        while True:
            await asyncio.sleep(_TICK_S)
            lines = (
                self._fleet.next(self._now(), self._owing()) if self._rate else self._fleet.due(self._now())
            )
            if lines:
                for writer in list(self._clients):
                    self._to(writer, _joined(lines))
                self._datagram(lines)

    def _owing(self) -> int:
        """How many reports `rate` asks for since the last time; what `LATE_MAX_S` leaves out is never sent."""
        now = self._now()
        self._owed += min(now - self._sent_at, LATE_MAX_S) * self._rate
        self._sent_at = now
        whole = int(self._owed)
        self._owed -= whole
        return whole

    async def _play(self, writer: asyncio.StreamWriter, lines: Iterable[tuple[float, bytes]]) -> None:
        """A recording to one client, from its beginning; the connection closes at its end."""
        with suppress(OSError):
            async for line in _paced(lines):
                if writer.is_closing():
                    break
                writer.write(line + _END)
                await writer.drain()
        self._drop(writer)

    async def _play_datagrams(self) -> None:
        if self._recording and self._datagrams:
            async for line in _paced(self._recording()):
                self._datagrams.sendto(line + _END)

    def _to(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        if writer.is_closing() or writer.transport.get_write_buffer_size() > BEHIND_MAX:
            self._drop(writer)
        elif data:
            writer.write(data)

    def _datagram(self, lines: list[str]) -> None:
        if self._datagrams and not self._datagrams.is_closing():
            for line in lines:
                self._datagrams.sendto(line.encode("ascii") + _END)

    def _drop(self, writer: asyncio.StreamWriter) -> None:
        self._clients.pop(writer, None)
        writer.close()

    async def _close(self, server: asyncio.Server | None) -> None:
        if server:
            server.close()
        for writer, task in list(self._clients.items()):
            if task:
                task.cancel()
            writer.transport.abort()
        self._clients.clear()
        if self._datagrams:
            self._datagrams.close()
        await asyncio.sleep(0)

    def _now(self) -> float:
        return asyncio.get_running_loop().time() - self._begun


async def _paced(lines: Iterable[tuple[float, bytes]]) -> AsyncIterator[bytes]:
    """The lines at their times; lateness is made up for, and lines without a wait between them are sent together."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    for number, (wait, line) in enumerate(lines):
        due += wait
        if (rest := due - loop.time()) > 0:
            await asyncio.sleep(rest)
        elif number % 100 == 0:
            await asyncio.sleep(0)
        yield line


async def _sender(where: Address) -> asyncio.DatagramTransport:
    try:
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            asyncio.DatagramProtocol, remote_addr=(where.host, where.port)
        )
    except OSError as error:
        raise Refused(f"cannot send to {where}: {error.strerror or type(error).__name__}") from error
    return transport


def _bound(server: asyncio.Server, asked: Address) -> Address:
    return Address(asked.host, int(server.sockets[0].getsockname()[1]))


def _joined(lines: list[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def recording(plan: Plan, path: Path) -> Plan:
    """The plan of a recording that can be read; `Refused` names the file otherwise."""
    try:
        with path.open("rb"):
            return plan
    except OSError as error:
        raise Refused(f"{path}: cannot be read: {error.strerror}") from error
