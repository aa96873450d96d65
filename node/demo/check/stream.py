"""The event stream of an officer's open page, kept whole with the time each line arrived."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from node.demo.check.report import Failed
from node.demo.check.visitor import Visitor

SILENT_S = 15.0
"""A stream beats every two seconds; one that is silent so long is dead."""
KEPT_MAX = 64 << 20


@dataclass(slots=True)
class Stream:
    """Reads until the node closes it, on a thread of its own."""

    visitor: Visitor
    _lines: list[tuple[int, bytes]] = field(default_factory=list)
    _size: int = 0
    _open: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def open(self, *, wait_s: float = 5.0) -> None:
        """Start reading; returns when the stream has said its first line."""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        if not self._open.wait(wait_s):
            raise Failed(f"{self.visitor.port.node}: the event stream does not open")

    def first_ms(self, record: str) -> int | None:
        """When a row of this record first arrived, Unix ms; None where none has."""
        wanted = f'data-record="{record}"'.encode()
        return next((at for at, line in self.lines() if wanted in line), None)

    def holds(self, needle: bytes, *, since_ms: int = 0) -> bool:
        """Whether anything that arrived since then holds these bytes."""
        return any(needle in line for at, line in self.lines() if at >= since_ms)

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Everything so far: Unix ms of arrival, line."""
        yield from list(self._lines)

    def close(self, *, wait_s: float = 5.0) -> None:
        """Wait for its end; the node ends it when it stops."""
        if self._thread is not None:
            self._thread.join(wait_s)

    def _read(self) -> None:
        connection = http.client.HTTPConnection(self.visitor.port.web, timeout=SILENT_S)
        with suppress(OSError, http.client.HTTPException):
            headers = {**self.visitor.headers(), "Accept": "text/event-stream"}
            connection.request("GET", "/events?shelf=watch", headers=headers)
            response = connection.getresponse()
            if response.status == 200:
                self._keep(response)
        connection.close()

    def _keep(self, response: http.client.HTTPResponse) -> None:
        while (line := response.readline()) and self._size < KEPT_MAX:
            self._lines.append((time.time_ns() // 1_000_000, line))
            self._size += len(line)
            self._open.set()
