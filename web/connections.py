"""What a connection to the screens may cost before anybody is known: how many there are, and how long one may keep us waiting.

Guarantees: at most `most` connections at once, of one address at most `most_each` (a trusted proxy stands for many and has no
such cap); one too many is closed before a byte of it is read. The head of a request comes within `head_s` of its connection or
of its first byte, its body within `body_s` of its head, and an answer that nobody takes is given up after `take_s`: however
slowly bytes trickle, they move no deadline. Only a page that knows an officer's form in it gives a body that brings files
`files_s` instead, once. Counts connections, not requests: who asks too often is no matter of this file.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import h11
import structlog
from uvicorn.protocols.http.h11_impl import H11Protocol

from web.clients import Proxies, address_of, client_of, is_trusted

_log = structlog.get_logger("web")

MOST = 512
"""Five hundred open pages are more than one port has officers; each costs a descriptor and some kilobytes."""
MOST_EACH = 64
HEAD_S = 10.0
BODY_S = 20.0
TAKE_S = 30.0
FILES_S = 600.0
"""The largest file at a megabit a second, from a phone at a fence."""
_SAID_S = 60.0


@dataclass(slots=True, kw_only=True)
class Hall:
    """Who is connected to one node's screens. Used on its event loop alone."""

    trusted: Proxies = ()
    most: int = MOST
    most_each: int = MOST_EACH
    head_s: float = HEAD_S
    body_s: float = BODY_S
    take_s: float = TAKE_S
    files_s: float = FILES_S
    here: int = 0
    each: Counter[str] = field(default_factory=Counter)
    lines: dict[tuple[str, int], Held] = field(default_factory=dict)
    said: float | None = None

    def enter(self, address: str) -> str | None:
        """Whom one more from this address is counted for until `leave`; None where there is no room."""
        found, client = address_of(address), client_of(address, (), ())
        proxy = found is not None and is_trusted(found, self.trusted)
        if self.here >= self.most or (not proxy and self.each[client] >= self.most_each):
            self._say()
            return None
        self.here += 1
        self.each[client] += 1
        return client

    def leave(self, client: str) -> None:
        """It is closed."""
        self.here -= 1
        self.each[client] -= 1
        if not self.each[client]:
            del self.each[client]

    def longer(self, visitor: tuple[str, int] | None) -> None:
        """The body that comes on this connection now is an officer's, and brings files."""
        line = self.lines.get(tuple(visitor)) if visitor else None  # type: ignore[arg-type]
        if line is not None:
            line.longer()

    def _say(self) -> None:
        """Once a minute at most: whoever knocks too often writes no log here."""
        now = asyncio.get_running_loop().time()
        if self.said is None or now - self.said >= _SAID_S:
            self.said = now
            _log.warning(
                "connections to the screens are turned away", here=self.here, addresses=len(self.each)
            )


class Held(H11Protocol):
    """One connection of a hall. Made by the subclass that `of` gives, since the server makes them from a class."""

    hall: Hall

    @classmethod
    def of(cls, hall: Hall) -> type[Held]:
        """The class of a hall's connections."""
        return type(cls.__name__, (cls,), {"hall": hall})

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._counted: str | None = None
        self._awaited: type[h11.Sentinel] | None = None  # type: ignore[name-defined]
        self._deadline: asyncio.TimerHandle | None = None
        self._untaken: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Let in, or closed at once."""
        super().connection_made(transport)
        self._counted = self.hall.enter(self.client[0] if self.client else "")
        if self._counted is None:
            transport.abort()
        else:
            if self.client:
                self.hall.lines[self.client] = self
            self._await()

    def connection_lost(self, exc: Exception | None) -> None:
        """Whatever ended it."""
        super().connection_lost(exc)
        for timer in (self._deadline, self._untaken):
            if timer is not None:
                timer.cancel()
        if self._counted is not None:
            self.hall.leave(self._counted)
            self._counted = None
            if self.client:
                self.hall.lines.pop(self.client, None)

    def data_received(self, data: bytes) -> None:
        """Nothing is read of one that is closed already."""
        if self._counted is not None and not self.transport.is_closing():
            super().data_received(data)
            self._await()

    def on_response_complete(self) -> None:
        """What came meanwhile is looked at, and the next head awaited."""
        super().on_response_complete()
        self._await()

    def pause_writing(self) -> None:
        """What was sent is not taken."""
        super().pause_writing()
        self._untaken = self.loop.call_later(self.hall.take_s, self.transport.abort)

    def resume_writing(self) -> None:
        """It is."""
        super().resume_writing()
        if self._untaken is not None:
            self._untaken.cancel()
            self._untaken = None

    def longer(self) -> None:
        """The body that is awaited may take `files_s`."""
        if self._deadline is not None and self._awaited is h11.SEND_BODY:
            self._deadline.cancel()
            self._deadline = self.loop.call_later(self.hall.files_s, self.transport.abort)

    def _await(self) -> None:
        """A deadline for the part of a request that is to come next; it stays where it is until that part is there."""
        state = self.conn.their_state
        waiting = {h11.IDLE: self.hall.head_s, h11.SEND_BODY: self.hall.body_s}.get(state)
        if self._awaited is state and self._deadline is not None:
            return
        if self._deadline is not None:
            self._deadline.cancel()
        self._awaited = state
        self._deadline = None if waiting is None else self.loop.call_later(waiting, self.transport.abort)
