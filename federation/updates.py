"""The register between two peers: the older side fetches before it serves anything.

Guarantees that fetches are few at a time and bounded in time and bytes, so that a peer which keeps one waiting holds up no
other's, and that a peer which names a register it does not serve loses its session. What is fetched is verified by the register's own room; the source is not trusted.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from federation.desk import Desk
from federation.pipe import Ended
from node.peers import PeerBoard
from protocol.v1 import federation_pb2 as pb

if TYPE_CHECKING:
    from federation.session import Session

FETCH_S = 20.0
"""A register of 300 organisations is 5 MiB; a peer that needs longer is not waited for."""

SEATS = 4
"""Fetches at a time; a peer has one session, so it can hold one seat."""


class Updates:
    """The fetching of registers."""

    def __init__(self, desk: Desk, board: PeerBoard) -> None:
        self._desk, self._board = desk, board
        self._seats = asyncio.Semaphore(SEATS)

    def is_older(self, theirs: pb.Hello) -> bool:
        """Whether this node's register is older than the one the peer names."""
        return self._desk.register()[0] < theirs.register

    async def compare(self, session: Session, theirs: pb.Hello) -> None:
        """Bring this node up to the register the peer names; one version with two contents is evidence, and ends it."""
        self._board.update(session.peer, register=theirs.register)
        version, snapshot = self._desk.register()
        if theirs.register == version and theirs.register_hash != snapshot:
            session.exchange.counted("two_registers", str(version), session.peer)
            raise Ended("FAILED_PRECONDITION", f"register {version} differs between the two nodes")
        if not self.is_older(theirs):
            return
        async with self._seats:
            if self.is_older(theirs):  # else another peer has brought it meanwhile
                await self._fetch(session)
        if self.is_older(theirs):
            raise Ended("FAILED_PRECONDITION", f"register {theirs.register} is named and not served")

    async def _fetch(self, session: Session) -> None:
        request = pb.RegisterRequest(root=self._desk.root_version())
        try:
            async with asyncio.timeout(FETCH_S):
                raw = await session.link.register(request)
        except TimeoutError:
            raise Ended("DEADLINE_EXCEEDED", f"no register within {FETCH_S:.0f} s") from None
        await self._desk.take_bundle(session.peer, raw)
