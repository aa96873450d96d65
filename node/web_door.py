"""The officers' screens as a server inside the node: one HTTP listener on the node's own event loop.

Guarantees that visitors, however many knock, leave this process descriptors for its peers and its store.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import socket
from collections.abc import Callable
from zoneinfo import ZoneInfo

import uvicorn

from node.config import Config
from node.exits import Busy
from protocol.ids import NodeId, UnixMs, organisation_of
from protocol.register_view import Register
from web.app import close_streams, create_app
from web.connections import MOST, Hall, Held
from web.settings import Settings
from web.views import Office

BACKLOG = 128
DESCRIPTORS = 65_536
"""More than a node ever opens; some systems have no limit, and a table of that size."""
RESERVE = 256 + BACKLOG
"""Descriptors that visitors never get: for peers, files and threads, and for a backlog accepted and about to be turned away."""
FEWEST = 16
GRACE_S = 2
_LISTENING_S = 5.0


class WebDoor:
    """Opens and closes the screens of one node."""

    def __init__(self, *, config: Config, office: Office, settings: Settings) -> None:
        self._listen = config.web.listen
        self.hall = Hall(trusted=settings.trusted_proxies, most=visitors(descriptors()))
        self._app = create_app(office, settings=settings, hall=self.hall)
        self._server = uvicorn.Server(
            uvicorn.Config(
                self._app,
                http=Held.of(self.hall),
                ws="none",
                backlog=BACKLOG,
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                lifespan="off",
                proxy_headers=False,
                timeout_graceful_shutdown=GRACE_S,
                h11_max_incomplete_event_size=32 << 10,
            )
        )
        self._server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]  # the house listens for signals
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> asyncio.Task[None]:
        """Listen, and the task that does; Busy where the address is taken."""
        listener = _bound(self._listen)
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]), name="web")
        async with asyncio.timeout(_LISTENING_S):
            while not self._server.started and not self._task.done():  # noqa: ASYNC110  uvicorn has a flag, no event
                await asyncio.sleep(0.005)
        return self._task

    async def close(self) -> None:
        """End the event streams, then the server."""
        close_streams(self._app)
        self._server.should_exit = True
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)  # whoever watches it said why it failed


def descriptors() -> int:
    """How many this process may open, after asking for as many as it may ask for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS)
    if soft == resource.RLIM_INFINITY or soft >= most:
        return most
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return most


def visitors(descriptors: int) -> int:
    """How many connections the screens may have of so many descriptors."""
    return max(FEWEST, min(MOST, descriptors - RESERVE))


def settings_of(config: Config, register: Register, now: Callable[[], UnixMs]) -> Settings:
    """What the screens need to know of their house."""
    organisation = register.organisations.get(organisation_of(NodeId(config.node.id)))
    return Settings(
        node=config.node.id,
        port_name=organisation.name if organisation else config.node.id,
        public_url=config.web.public_url,
        timezone=ZoneInfo(config.node.timezone),
        now_ms=now,
        random=os.urandom,
        languages=tuple(config.node.languages),
        trusted_proxies=tuple(config.web.trusted_proxies),
    )


def _bound(listen: str) -> socket.socket:
    host, _, port = listen.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host.strip("[]"), int(port)))
    except OSError as error:
        listener.close()
        raise Busy(f"web.listen: {listen} is taken by another process; stop it or change the port") from error
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener
