"""The sensor against real sockets: reconnects, silence, datagrams, a full queue, and the simulator as a process."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn, Self

import pytest
from ais_samples import DEMO_GEO, ais_config, sentences
from locations import ROOT, shared

from node.clock import SystemClock
from node.detector import Bench, Detection, running
from node.intake import Intake
from node.observation import Observation, SensorBack, SensorSilent, VesselPosition
from node.sensor import Source, Station, source
from node.sensors import ais
from node.sensors.ais import SENSOR, Ais
from node.simulate_ais import server as simulate
from node.simulate_ais.fleet import Fleet
from node.simulate_ais.table import vessels

pytestmark = pytest.mark.processes

SIMULATE = [sys.executable, "-m", "node", "simulate", "ais"]


def within(seconds: float, main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def bounded() -> None:
        await asyncio.wait_for(main(), seconds)

    asyncio.run(bounded())


@asynccontextmanager
async def listening(**changes: Any) -> AsyncIterator[Ais]:
    station = Station(name="vts", site="antwerp", clock=SystemClock(), random=bytes)
    one = Ais(ais_config(**changes), station)
    try:
        yield one
    finally:
        await one.aclose()


async def first(one: Ais, count: int, sort: type[Observation] = Observation) -> list[Observation]:
    found: list[Observation] = []
    async for observation in one:
        if isinstance(observation, sort):
            found.append(observation)
            if len(found) == count:
                break
    return found


async def until(holds: Callable[[], bool]) -> None:
    """Wait for what has no event of its own; the test's own time limit ends it."""
    while not holds():  # noqa: ASYNC110 counters of the sensor are what is looked at
        await asyncio.sleep(0.01)


@asynccontextmanager
async def receiver_serving(
    serve: Callable[[asyncio.StreamWriter], Awaitable[None]], port: int = 0
) -> AsyncIterator[tuple[asyncio.Server, int]]:
    writers: list[asyncio.StreamWriter] = []

    async def welcome(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await serve(writer)

    server = await asyncio.start_server(welcome, "127.0.0.1", port)
    try:
        yield server, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0)


async def one_ship(writer: asyncio.StreamWriter) -> None:
    writer.write(sentences()[0] + b"\r\n")
    await writer.drain()


def test_it_connects_again_after_the_source_closed() -> None:
    async def main() -> None:
        async def once(writer: asyncio.StreamWriter) -> None:
            await one_ship(writer)
            writer.write(b"!AIVDM,half a li")
            writer.close()

        async with (
            receiver_serving(once) as (_, port),
            listening(source=f"tcp://127.0.0.1:{port}") as one,
        ):
            assert len(await first(one, 2)) == 2
            assert one.stats()["connected"] == 2
            assert one.stats()["lost"] >= 1
            assert one.stats()["cut_off"] >= 1

    within(10, main)


def test_it_waits_for_a_source_that_comes_later() -> None:
    async def main() -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        async with listening(source=f"tcp://127.0.0.1:{port}", silent_after="200ms") as one:
            (silent,) = await first(one, 1)
            assert isinstance(silent, SensorSilent)
            assert not silent.connected
            assert not one.health().connected
            assert "refused" in one.health().words.lower()
            async with receiver_serving(one_ship, port):
                back, fix = await first(one, 2)
                assert isinstance(back, SensorBack)
                assert isinstance(fix, VesselPosition)
                assert one.health().connected

    within(10, main)


def test_a_connection_without_a_byte_is_said_silent_and_given_up() -> None:
    async def main() -> None:
        connections: list[asyncio.StreamWriter] = []

        async def mute(writer: asyncio.StreamWriter) -> None:
            connections.append(writer)
            if len(connections) > 1:
                await one_ship(writer)

        async with (
            receiver_serving(mute) as (_, port),
            listening(source=f"tcp://127.0.0.1:{port}", silent_after="100ms") as one,
        ):
            silent, back, _ = await first(one, 3)
            assert isinstance(silent, SensorSilent)
            assert silent.connected
            assert isinstance(back, SensorBack)
            assert len(connections) >= 2

    within(10, main)


@pytest.mark.parametrize("turns", range(5))
def test_it_stops_whatever_becomes_of_the_attempt_to_connect(
    turns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many turns of the loop after the source refused."""

    async def main() -> None:
        asked, refused = asyncio.Event(), asyncio.Event()

        async def connect(*_: object, **__: object) -> NoReturn:
            asked.set()
            await refused.wait()
            raise ConnectionRefusedError

        monkeypatch.setattr(asyncio, "open_connection", connect)
        async with listening(source="tcp://127.0.0.1:9"):
            await asked.wait()
            refused.set()
            for _ in range(turns):
                await asyncio.sleep(0)

    within(10, main)


def test_datagrams() -> None:
    async def main() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        async with listening(source=f"udp://127.0.0.1:{port}") as one:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                await until(lambda: one.health().connected)
                sender.sendto(sentences()[0], ("127.0.0.1", port))
                sender.sendto(b"\xff" * 60_000, ("127.0.0.1", port))
                sender.sendto(sentences()[0] + b"\r\n", ("127.0.0.1", port))
                assert len(await first(one, 2)) == 2
            assert one.stats()["too_long"] == 1

    within(10, main)


def test_the_oldest_is_dropped_when_nobody_takes() -> None:
    async def main() -> None:
        async def many(writer: asyncio.StreamWriter) -> None:
            for mmsi in range(200_000_000, 200_000_050):
                writer.write(sentences(mmsi=mmsi)[0] + b"\r\n")
            await writer.drain()

        async with (
            receiver_serving(many) as (_, port),
            listening(source=f"tcp://127.0.0.1:{port}", queue=10) as one,
        ):
            await until(lambda: one.stats().get("messages", 0) >= 50)
            assert one.stats()["dropped_oldest"] == 40
            kept = [getattr(found, "mmsi", 0) for found in await first(one, 10)]
            assert kept == list(range(200_000_040, 200_000_050))

    within(10, main)


def test_a_fault_of_the_program_is_raised_not_waited_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def planted(*_: object) -> None:
        raise ZeroDivisionError("planted")

    async def main() -> None:
        monkeypatch.setattr(ais.Receiver, "take", planted)
        async with (
            receiver_serving(one_ship) as (_, port),
            listening(source=f"tcp://127.0.0.1:{port}") as one,
        ):
            with pytest.raises(ZeroDivisionError):
                await first(one, 1)

    within(10, main)


class Simulator:
    """`port2port simulate ais` as a process, on a port of its own choice."""

    def __init__(self, *options: str) -> None:
        self.process = subprocess.Popen(
            [*SIMULATE, "--listen", "127.0.0.1:0", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline()
        if ":" not in self.line:
            pytest.fail("it did not start: {}, {}".format(*self.stop()))
        self.port = int(self.line.rsplit(":", 1)[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self, how: int = signal.SIGTERM) -> tuple[int, str]:
        if self.process.poll() is None:
            self.process.send_signal(how)
        _, words = self.process.communicate(timeout=10)
        return self.process.returncode, words


def from_simulator(port: int, **changes: Any) -> Source:
    table = {"type": "ais", "site": "antwerp", "source": f"tcp://127.0.0.1:{port}", **changes}
    return source("vts", table)


def test_a_jumping_ship_is_an_alert_within_eight_seconds_of_connecting() -> None:
    async def main() -> None:
        got: asyncio.Queue[Detection] = asyncio.Queue()
        watched: set[str] = set()
        bench = Bench(folder=DEMO_GEO.parent)
        intake = Intake(
            sources=[from_simulator(simulator.port)],
            detectors=[running("r11", {"rule": "impossible_speed"}, bench)],
            clock=SystemClock(),
            random=os.urandom,
            on_detection=got.put,
            on_observation=lambda one: watched.update(subject.value for subject in one.subjects()),
        )
        running_task = asyncio.create_task(intake.run())
        try:
            alert = await asyncio.wait_for(got.get(), 8)
        finally:
            running_task.cancel()
            await asyncio.gather(running_task, return_exceptions=True)
        assert alert.rule == "R11"
        assert alert.title.text.startswith("Impossible position: MMSI 200")
        assert {one.value[:3] for one in alert.subjects} == {"200"}
        assert "200000101" in watched  # DEMO WATCHED passes Antwerp

    with Simulator("--area", "antwerp") as simulator:
        within(20, main)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_the_simulator_stops_cleanly_with_clients_connected(how: int) -> None:
    with Simulator() as simulator, socket.create_connection(("127.0.0.1", simulator.port)) as client:
        assert client.recv(100).startswith(b"!AIVDM,")
        assert simulator.stop(how) == (0, "")


def test_a_busy_port_is_one_line_and_exit_code_8() -> None:
    with Simulator() as simulator:
        done = subprocess.run(
            [*SIMULATE, "--listen", f"127.0.0.1:{simulator.port}"],
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=20,
            check=False,
        )
    assert done.returncode == 8
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert f"127.0.0.1:{simulator.port} is in use" in done.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--replay", "/nothing.nmea"], "/nothing.nmea: cannot be read"),
        (["--vessels", "/nothing.csv"], "/nothing.csv: cannot be read"),
        (["--listen", "nowhere"], "is no address"),
        (["--udp", "127.0.0.1:99999"], "is no address"),
    ],
)
def test_what_cannot_be_taken_is_one_line_and_exit_code_4(options: list[str], words: str) -> None:
    done = subprocess.run(
        [*SIMULATE, "--listen", "127.0.0.1:0", *options],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=20,
        check=False,
    )
    assert (done.returncode, len(done.stderr.splitlines())) == (4, 1)
    assert words in done.stderr


def received(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        chunks = []
        while chunk := client.recv(65536):
            chunks.append(chunk)
    return b"".join(chunks)


def test_a_recording_is_played_as_it_is_to_each_client_from_its_beginning() -> None:
    file = shared("data/ais/derived_belgium_scheldt_2010-06-11.nmea")
    lines = file.read_bytes().split()
    with Simulator("--replay", str(file), "--rate", "5000") as simulator:
        assert received(simulator.port).split() == lines
        assert received(simulator.port).split() == lines


def test_a_recording_by_datagrams_ends_by_itself(tmp_path: Path) -> None:
    file = tmp_path / "one.nmea"
    file.write_bytes(b"\r\n".join(sentences(mmsi=200_000_000 + n)[0] for n in range(5)) + b"\r\n")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(10)
        to = f"127.0.0.1:{receiver.getsockname()[1]}"
        done = subprocess.run(
            [*SIMULATE, "--udp", to, "--replay", str(file), "--rate", "100"],
            cwd=ROOT,
            timeout=20,
            check=False,
        )
        assert done.returncode == 0
        assert [receiver.recv(200).strip() for _ in range(5)] == file.read_bytes().split()


def demo_fleet() -> Fleet:
    return Fleet(vessels(DEMO_GEO.parent / "vessels.csv"), {}, seed=1)


@asynccontextmanager
async def connected(there: simulate.Address) -> AsyncIterator[asyncio.StreamReader]:
    reader, writer = await asyncio.open_connection(there.host, there.port)
    try:
        yield reader
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


def holding_little(server: simulate.Server, client: socket.socket) -> None:
    """The server's kernel holds only some kilobytes for this client, not the megabytes of loopback."""
    (line,) = (
        each.get_extra_info("socket")
        for each in server._clients
        if each.get_extra_info("peername") == client.getsockname()
    )
    line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)


def test_a_client_that_does_not_read_is_cut_off_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulate, "BEHIND_MAX", 20_000)

    async def main() -> None:
        server, stop = simulate.Server(fleet=demo_fleet(), rate=2_000), asyncio.Event()
        bound: asyncio.Future[simulate.Address | None] = asyncio.get_running_loop().create_future()
        where = simulate.Address("127.0.0.1", 0)
        task = asyncio.create_task(server.run(listen=where, udp=None, stop=stop, ready=bound.set_result))
        with socket.socket() as deaf:
            try:
                there = await bound
                assert there is not None
                deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                deaf.setblocking(False)
                await asyncio.get_running_loop().sock_connect(deaf, (there.host, there.port))
                async with connected(there) as reader:
                    await until(lambda: server.clients == 2)
                    holding_little(server, deaf)
                    while server.clients == 2:
                        assert await reader.read(65536)
                    assert server.clients == 1
                    assert await reader.readline()
            finally:
                stop.set()
                await task

    within(60, main)


def test_a_rate_beyond_the_machine_is_not_made_up_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    server, now = simulate.Server(fleet=demo_fleet(), rate=1_000), 0.0
    monkeypatch.setattr(server, "_now", lambda: now)

    def owed(late: float) -> int:
        nonlocal now
        now += late
        return server._owing()

    assert [owed(late) for late in (0.25, 0.5, 30, 3_600)] == [250, 500, 1_000, 1_000]
    assert owed(0.25) == 250, "what was left out comes later"


def test_the_plug_in_is_what_the_contract_says() -> None:
    assert (SENSOR.name, SENSOR.open) == ("ais", Ais)
