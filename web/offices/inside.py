"""What every part of a node's office stands on: the node, who is asking, and the wake-ups.

Guarantees that an officer is looked up anew in the snapshot or transaction of each call.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Sequence
from typing import Protocol

from node.bus import Bus
from node.commands import everyone, people, search
from node.commands.audit_chain import Vouched
from node.commands.context import Context
from node.commands.people import Visitor
from node.commands.readable import Readable
from node.peers import PeerBoard, PeerStatus
from node.sensor import SensorHealth
from node.store import people as accounts
from node.store.changes import Change, ChangeKind
from node.store.unit import Reader
from policies.decision import Deny
from policies.fga_model import Model
from policies.officers import Role
from policies.readership import Readership
from protocol.ids import organisation_of
from web import views
from web.leaving import Leaving
from web.offices.pace import Pace
from web.offices.password_line import PasswordLine
from web.shown import Names
from web.written import Author

CANCEL_MS = 10_000
"""From an officer's release to the append; none for life safety."""
_WAKING = frozenset(ChangeKind) - {ChangeKind.REFUSED}
"""A new record is told by its feed alone; RECORD is for one that is shown otherwise than before."""
Health = Callable[[], Sequence[SensorHealth]]
Standing = Callable[[], str]
"""How the relations engine is, in a few words."""


class Ground(Protocol):
    """What of an opened node the office needs; `node.ground.Ground` is one."""

    @property
    def ctx(self) -> Context: ...
    @property
    def model(self) -> Model: ...
    @property
    def bus(self) -> Bus[Change]: ...


class BusWakes:
    """A place at the bus, woken on this loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()

    async def woken(self) -> None:
        await self._event.wait()
        self._event.clear()

    def ring(self) -> None:
        """From any thread."""
        self._loop.call_soon_threadsafe(self._event.set)


class Inside:
    """One node from within."""

    def __init__(
        self,
        *,
        ground: Ground,
        board: PeerBoard,
        health: Health = tuple,
        cancel_ms: int = CANCEL_MS,
        roomy: Callable[[], bool] = lambda: True,
        relations: Standing = lambda: "embedded",
    ) -> None:
        self._ctx, self._model, self._bus, self._board = ground.ctx, ground.model, ground.bus, board
        self._health, self._cancel_ms, self._roomy = health, cancel_ms, roomy
        self._relations = relations
        self._readable = Readable(self._ctx)
        self._wakes: set[BusWakes] = set()
        self._leaving = Leaving(self._ring)
        self._passwords = PasswordLine()
        self._pace = Pace()
        self._vouched = Vouched()
        self._started_ms = self._ctx.now()
        board.listen(self._peer_moved)

    def _who(self, reader: Reader, session: views.Session) -> Visitor:
        found = people.visitor_of(reader, self._ctx, self._model, session.officer)
        if found is None:
            raise views.SessionEnded
        return found

    def _people(self, reader: Reader) -> Readership:
        return everyone.readership(reader, self._ctx, self._model)

    def _names(self) -> Names:
        return Names(self._ctx.register)

    def _author(self, who: Visitor) -> Author:
        ctx = self._ctx
        return Author(ctx.me, organisation_of(ctx.me), ctx.register, who.reading, ctx.now())

    def _maker(self, reader: Reader, owner: str | None) -> str:
        """An officer of this node by name; a detector by its own. Names never leave the node."""
        if not owner:
            return ""
        try:
            person = accounts.by_id(reader, uuid.UUID(owner).bytes)
        except ValueError:
            return owner.rpartition("/")[2]
        return person.name if person else ""

    def _peer_moved(self, _status: PeerStatus) -> None:
        self._ring()

    def _ring(self) -> None:
        for wakes in tuple(self._wakes):
            wakes.ring()


def ring_for(wakes: BusWakes, changes: Sequence[Change]) -> None:
    if any(change.kind in _WAKING for change in changes):
        wakes.ring()


def sees_silent(who: Visitor) -> bool:
    """Silent look-outs of other ports are the integrity officer's alone."""
    return Role.INTEGRITY_OFFICER in who.roles


def silent(found: search.Found, who: Visitor) -> bool:
    """Whether this one, standing or withdrawn, leaves no trace on this officer's screens."""
    return found.silent and not sees_silent(who)


def refused(deny: Deny) -> views.Refused:
    return views.Refused(str(deny.code), deny.words)
