"""Metrics over a real socket: what a node serves, and what a visitor who means no good costs it."""

from __future__ import annotations

import asyncio
import contextlib
import re
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from claims import claimed_base
from locations import ROOT
from running import ANTWERP, Federation

from node.exits import Busy
from node.metrics_door import HEAD_BYTES, MOST, MetricsDoor

pytestmark = pytest.mark.processes

GET = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
BIG = "x" * (16 << 20)
(ADR,) = (ROOT / "docs" / "adr").glob("*-what-metrics-may-tell.md")


@contextlib.asynccontextmanager
async def door(
    text: str = "port2port_up 1\n", *, head_s: float = 30.0, take_s: float = 30.0
) -> AsyncIterator[int]:
    port = claimed_base(1)
    opened = MetricsDoor(listen=f"127.0.0.1:{port}", text=lambda: text, head_s=head_s, take_s=take_s)
    await opened.open()
    try:
        async with asyncio.timeout(60):
            yield port
    finally:
        await opened.close()


async def asked(port: int, sent: bytes) -> bytes:
    """All that comes back until the other side closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    found = b""
    with contextlib.suppress(ConnectionError):
        while part := await reader.read(1 << 16):
            found += part
    writer.close()
    return found


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (GET, b"200 OK"),
        (b"GET /metrics?x=1 HTTP/1.0\r\n\r\n", b"200 OK"),
        (b"POST /metrics HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", b"405 Method Not Allowed"),
        (b"HEAD /metrics HTTP/1.1\r\n\r\n", b"405 Method Not Allowed"),
        (b"GET / HTTP/1.1\r\n\r\n", b"404 Not Found"),
        (b"GET /metrics/../records HTTP/1.1\r\n\r\n", b"404 Not Found"),
        (b"GET  /metrics HTTP/1.1\r\n\r\n", b"400 Bad Request"),
        (b"PRI * HTTP/2.0\r\n\r\n", b"400 Bad Request"),
        (b"\xff\x00\r\n\r\n", b"400 Bad Request"),
    ],
)
def test_one_page_is_served_by_one_method_and_nothing_else(sent: bytes, status: bytes) -> None:
    async def run() -> bytes:
        async with door() as port:
            return await asked(port, sent)

    head, _, body = asyncio.run(run()).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 " + status + b"\r\n")
    assert body == (b"port2port_up 1\n" if status == b"200 OK" else b"")
    assert b"Date" not in head
    assert b"Server" not in head


def test_a_head_without_end_is_cut_off_and_costs_no_more_than_its_limit() -> None:
    async def run() -> bytes:
        async with door() as port:
            return await asked(port, b"GET /metrics HTTP/1.1\r\nX: " + b"x" * (HEAD_BYTES * 4))

    assert asyncio.run(run())[:12] in {b"", b"HTTP/1.1 431"}  # what was not read may reset it first


def test_who_says_nothing_and_who_takes_nothing_is_let_go() -> None:
    async def run() -> None:
        async with door(BIG, head_s=0.05, take_s=0.05) as port:
            assert await asked(port, b"GET /metr") == b""
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
            writer.write(GET)
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            await asyncio.sleep(0)
            assert len(await asked(port, b"")) == 0  # the next one's turn comes
            writer.transport.resume_reading()  # type: ignore[attr-defined]
            taken = 0
            with contextlib.suppress(ConnectionError):
                while part := await reader.read(1 << 16):
                    taken += len(part)
            assert taken < len(BIG)
            writer.close()

    asyncio.run(run())


def test_one_more_than_there_is_room_for_is_closed_unread_and_room_comes_again() -> None:
    async def run() -> None:
        async with door() as port:
            held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(MOST)]
            assert await asked(port, GET) == b""
            for _, writer in held:
                writer.close()
                await writer.wait_closed()
            while not (again := await asked(port, GET)):
                pass  # the door has not heard of all those ends yet
            assert again.startswith(b"HTTP/1.1 200")

    asyncio.run(run())


def test_an_address_that_is_taken_is_said() -> None:
    async def run() -> None:
        async with door() as port:
            with pytest.raises(Busy, match=rf"metrics\.listen: 127\.0\.0\.1:{port} is taken"):
                await MetricsDoor(listen=f"127.0.0.1:{port}", text=str).open()

    asyncio.run(run())


def test_a_node_serves_what_the_decision_lists_and_nothing_else(tmp_path: Path) -> None:
    with Federation.founded(tmp_path, ais=True) as here:
        port = claimed_base(1)
        here.edit(ANTWERP, lambda text: text + f'\n[metrics]\nlisten = "127.0.0.1:{port}"\n')
        here.run(ANTWERP)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
            assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
            text = answer.read().decode()
    line = re.compile(
        r'# (HELP|TYPE) port2port_[a-z_]+ .+|port2port_[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? \d+(\.\d+)?'
    )
    assert [one for one in text.splitlines() if not line.fullmatch(one)] == []
    assert 'port2port_info{node="port-antwerp-bruges",version="' in text
    assert 'port2port_peer_connected{peer="port-liege"} 0' in text
    assert 'what="bad_checksum"} ' in text
    served = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    assert served == set(re.findall(r"^\| `(port2port_[a-z_]+)", ADR.read_text("utf-8"), re.MULTILINE))
