"""Real connections to the screens: how many there may be, and how long one may take over a request."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from ipaddress import ip_network
from types import SimpleNamespace
from typing import Any, cast

import pytest
import uvicorn
from fakes_web import FakeOffice, fake_settings
from locations import ROOT

from node.web_door import BACKLOG, FEWEST, RESERVE, WebDoor, descriptors, visitors
from web.connections import MOST, Hall, Held

pytestmark = pytest.mark.processes

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
BIG = 8 << 20


def post(path: str, size: int = 100_000) -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n".encode()


async def answering(hall: Hall, scope: Any, receive: Any, send: Any) -> None:
    """Says how many bytes the body had; a great deal more at /big. At /files whoever comes may send files."""
    size, more = 0, True
    while more:
        message = await receive()
        if scope["path"] == "/files" and not size:
            hall.longer(scope["client"])
        if message["type"] == "http.disconnect":
            return
        size, more = size + len(message["body"]), message["more_body"]
    body = b"x" * BIG if scope["path"] == "/big" else str(size).encode()
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-length", str(len(body)).encode())],
        }
    )
    await send({"type": "http.response.body", "body": body})


@dataclass
class Line:
    """One visitor's connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def answered(self) -> bytes:
        """The body of one answer."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        return await self.reader.readexactly(size)

    async def closed(self) -> None:
        """Until the other side closes. If it never does, or for another reason after a minute, the limit of `serving` ends the test."""
        with contextlib.suppress(ConnectionError):
            while await self.reader.read(1 << 16):
                pass

    @contextlib.asynccontextmanager
    async def trickling(self, head: bytes, drop: bytes = b"x") -> AsyncIterator[None]:
        """Meanwhile a head goes out, then drops without end: who waits for the last of them waits for ever."""

        async def trickle() -> None:
            self.send(head)
            while drop:
                self.send(drop)
                await asyncio.sleep(0.02)

        task = asyncio.create_task(trickle())
        try:
            yield
        finally:
            task.cancel()


class Visitors:
    """Who comes to one server."""

    def __init__(self, port: int) -> None:
        self.port, self.lines = port, list[Line]()

    async def come(self, *, source: str = "127.0.0.1", limit: int = 1 << 16) -> Line:
        line = Line(
            *await asyncio.open_connection("127.0.0.1", self.port, local_addr=(source, 0), limit=limit)
        )
        self.lines.append(line)
        return line


@contextlib.asynccontextmanager
async def serving(hall: Hall) -> AsyncIterator[Visitors]:
    listener = socket.create_server(("127.0.0.1", 0))

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await answering(hall, scope, receive, send)

    config = uvicorn.Config(
        app,
        http=Held.of(hall),
        lifespan="off",
        log_config=None,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    task = asyncio.create_task(server.serve(sockets=[listener]))
    visitors = Visitors(listener.getsockname()[1])
    try:
        async with asyncio.timeout(20):
            while not server.started:  # noqa: ASYNC110 - uvicorn has a flag, no event
                await asyncio.sleep(0.005)
            yield visitors
    finally:
        for line in visitors.lines:
            line.writer.transport.abort()
        server.should_exit = True
        await task
    assert (hall.here, dict(hall.each), hall.lines) == (0, {}, {}), (
        "a connection that is closed is still counted"
    )


def run(hall: Hall, act: Callable[[Visitors], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with serving(hall) as visitors:
            await act(visitors)

    asyncio.run(whole())


def test_a_request_without_haste_is_answered_and_its_line_kept() -> None:
    async def act(visitors: Visitors) -> None:
        line = await visitors.come()
        for part in (b"POST / HTTP/1.1\r\nHost: x\r\n", b"Content-Length: 4\r\n\r\n", b"ab", b"cd"):
            line.send(part)
            await asyncio.sleep(0.1)
        assert await line.answered() == b"4"
        for _ in range(3):
            line.send(GET)
            assert await line.answered() == b"0"
            await asyncio.sleep(0.6)

    run(Hall(head_s=1.5, body_s=1.5), act)


@pytest.mark.parametrize("before", [b"", GET], ids=["first", "after an answer"])
def test_a_head_that_trickles_is_cut_off_at_its_deadline(before: bytes) -> None:
    async def act(visitors: Visitors) -> None:
        line = await visitors.come()
        if before:
            line.send(before)
            await line.answered()
        async with line.trickling(b"GET / HTTP/1.1\r\n", b"x: y\r\n"):
            await line.closed()

    run(Hall(head_s=0.3, body_s=60), act)


def test_a_connection_that_says_nothing_is_closed() -> None:
    async def act(visitors: Visitors) -> None:
        await (await visitors.come()).closed()

    run(Hall(head_s=0.3), act)


@pytest.mark.parametrize("before", [b"", GET], ids=["first", "behind another request"])
def test_a_body_that_trickles_is_cut_off_at_its_deadline(before: bytes) -> None:
    async def act(visitors: Visitors) -> None:
        line = await visitors.come()
        async with line.trickling(
            before + post("/"), b"" if before else b"x"
        ):  # behind another: not a byte more
            await line.closed()

    run(Hall(head_s=60, body_s=0.3), act)


def test_a_body_with_an_officers_files_may_take_longer_and_no_other() -> None:
    async def act(visitors: Visitors) -> None:
        officer = await visitors.come()
        officer.send(post("/files", 40) + b"x")
        for _ in range(
            2
        ):  # the second begins and ends after the officer's body began, however slow this machine is
            other = await visitors.come()
            async with other.trickling(post("/")):
                await other.closed()
        officer.send(b"x" * 39)
        assert await officer.answered() == b"40"
        async with officer.trickling(post("/")):  # what one request was given is not kept by the next
            await officer.closed()

    run(Hall(body_s=0.3, files_s=60), act)


def test_files_that_trickle_are_cut_off_too() -> None:
    async def act(visitors: Visitors) -> None:
        line = await visitors.come()
        async with line.trickling(post("/files")):
            await line.closed()

    run(Hall(body_s=0.3, files_s=0.6), act)


def test_an_answer_that_nobody_takes_is_given_up() -> None:
    async def act(visitors: Visitors) -> None:
        line = await visitors.come(limit=1024)
        line.send(b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
        while hall.here:  # noqa: ASYNC110 - the server has no event for it
            await asyncio.sleep(0.02)

    hall = Hall(head_s=60, body_s=60, take_s=0.3)
    run(hall, act)


def test_one_too_many_is_closed_unread_and_whoever_leaves_makes_room() -> None:
    async def act(visitors: Visitors) -> None:
        first = [await visitors.come(source=f"127.0.0.{n + 1}") for n in range(3)]
        for line in first:
            line.send(GET)
            await line.answered()
        await (await visitors.come(source="127.0.0.9")).closed()
        first[0].writer.close()
        await first[0].writer.wait_closed()
        again = await visitors.come(source="127.0.0.9")
        again.send(GET)
        assert await again.answered() == b"0"

    run(Hall(most=3, head_s=60), act)


def test_one_address_does_not_take_all_the_room() -> None:
    async def act(visitors: Visitors) -> None:
        for _ in range(2):
            line = await visitors.come(source="127.0.0.66")
            line.send(GET)
            await line.answered()
        await (await visitors.come(source="127.0.0.66")).closed()
        other = await visitors.come(source="127.0.0.7")
        other.send(GET)
        assert await other.answered() == b"0"

    run(Hall(most=10, most_each=2, head_s=60), act)


def test_a_trusted_proxy_stands_for_many() -> None:
    async def act(visitors: Visitors) -> None:
        for _ in range(6):
            line = await visitors.come(source="127.0.0.66")
            line.send(GET)
            await line.answered()

    run(Hall(most=10, most_each=2, trusted=(ip_network("127.0.0.64/29"),)), act)


def test_a_network_of_one_subscriber_is_one_client() -> None:
    hall = Hall(most_each=2)
    assert hall.enter("2001:db8:1:2::1") == hall.enter("2001:db8:1:2:ffff::2") == "2001:db8:1:2::/64"

    async def third() -> str | None:
        return hall.enter("2001:db8:1:2::3")

    assert asyncio.run(third()) is None


def test_the_door_has_a_hall_that_leaves_descriptors_for_others() -> None:
    config = SimpleNamespace(web=SimpleNamespace(listen="127.0.0.1:1"))
    settings = fake_settings(trusted_proxies=(ip_network("10.0.0.0/8"),))
    door = WebDoor(config=cast("Any", config), office=FakeOffice(), settings=settings)
    kind = door._server.config.http
    assert isinstance(kind, type)
    assert issubclass(kind, Held)
    assert kind.hall is door.hall
    assert door._app.state.desk.hall is door.hall
    assert door.hall.trusted == settings.trusted_proxies
    assert door.hall.most == visitors(descriptors())
    assert door._server.config.backlog == BACKLOG
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert soft == hard or soft >= 65_536
    for most in (512, 1024, 4096, 65_536):
        assert visitors(most) <= most - RESERVE
    assert (visitors(65_536), visitors(100)) == (MOST, FEWEST)


def test_the_soft_limit_of_descriptors_is_raised_to_the_hard_one() -> None:
    words = (
        "import resource as r; r.setrlimit(r.RLIMIT_NOFILE, (300, 900)); from node.web_door import descriptors; "
        "print(descriptors(), *r.getrlimit(r.RLIMIT_NOFILE))"
    )
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == ["900", "900", "900"]
