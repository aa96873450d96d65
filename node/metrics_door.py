"""Where metrics are fetched: an HTTP listener of its own, never the officers', that knows one page and takes no body.

Guarantees: at most `MOST` connections at once, one too many is closed before a byte of it is read; a head is at most `HEAD_BYTES`
and comes within `head_s`; an answer that nobody takes is given up after `take_s`; one connection has one answer. Asks nobody who
they are, since there is nothing here that not everybody may know who may reach the address.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from node.exits import Busy

MOST = 8
HEAD_BYTES = 8 << 10
HEAD_S = 5.0
TAKE_S = 10.0
PATH = b"/metrics"
TYPE = "text/plain; version=0.0.4; charset=utf-8"


class MetricsDoor:
    """Opens and closes the listener of one node; `text` is asked at each visit. Without an address there is none."""

    def __init__(
        self, *, listen: str, text: Callable[[], str], head_s: float = HEAD_S, take_s: float = TAKE_S
    ) -> None:
        self._listen, self._text = listen, text
        self._head_s, self._take_s = head_s, take_s
        self._server: asyncio.Server | None = None
        self._here: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        """Listen; Busy where the address is taken or not this machine's."""
        if not self._listen:
            return
        host, _, port = self._listen.rpartition(":")
        try:
            self._server = await asyncio.start_server(
                self._visit, host.strip("[]"), int(port), limit=HEAD_BYTES, backlog=MOST
            )
        except OSError as error:
            words = (
                "is taken by another process, or no address of this machine; stop it or change the address"
            )
            raise Busy(f"metrics.listen: {self._listen} {words}") from error

    async def close(self) -> None:
        """Whoever is here is not waited for."""
        if self._server is None:
            return
        self._server.close()
        for writer in list(self._here):
            writer.transport.abort()
        await self._server.wait_closed()

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._here) >= MOST:
            writer.transport.abort()
            return
        self._here.add(writer)
        try:
            answer = await self._answer(reader)
            async with asyncio.timeout(self._take_s):
                writer.transport.set_write_buffer_limits(0)
                writer.write(answer)
                await writer.drain()
                writer.close()
                await writer.wait_closed()
        except (OSError, asyncio.IncompleteReadError):  # gone, or too slow: a timeout is an OSError too
            pass
        finally:
            writer.transport.abort()
            self._here.discard(writer)

    async def _answer(self, reader: asyncio.StreamReader) -> bytes:
        try:
            async with asyncio.timeout(self._head_s):
                head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            return _response("431 Request Header Fields Too Large")
        words = head.partition(b"\r\n")[0].split(b" ")
        if len(words) != 3 or not words[2].startswith(b"HTTP/1."):
            return _response("400 Bad Request")
        if words[1].partition(b"?")[0] != PATH:
            return _response("404 Not Found")
        if words[0] != b"GET":
            return _response("405 Method Not Allowed", "Allow: GET\r\n")
        return _response("200 OK", body=self._text())


def _response(status: str, more: str = "", *, body: str = "") -> bytes:
    sent = body.encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {TYPE}\r\nContent-Length: {len(sent)}\r\n{more}"
        "Cache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + sent
