"""An officer's open page at a node, over HTTP as a browser has it, with the moment each row arrived."""

from __future__ import annotations

import http.client
import re
import threading
import time
from types import TracebackType
from typing import Self

from bench_world import Place

from node.beside import beside
from node.checked import checked
from node.commands.accounts import NewOfficer
from node.demo.check.visitor import Visitor
from node.demo.plan import Port
from node.invitations import add, link
from policies.officers import Role

LOGIN = "e.jansen"
OPEN_S = 10.0
_RECORD = re.compile(rb'data-record="([0-9a-f]{32})"')


def signed_in(place: Place) -> str:
    """An account at a stopped node; its one-time link."""
    with beside(checked(place.config), place.config) as here:
        officer = NewOfficer(
            login=LOGIN,
            name="E. Jansen",
            language="en",
            site=here.config.sites[0].id,
            roles=(Role.SECURITY_OFFICER,),
        )
        add(here, officer)
        return link(here, LOGIN).url


class Screen:
    """The list of alerts, open; times are of the machine's monotonic clock."""

    def __init__(self, place: Place, url: str) -> None:
        port = Port(
            node=place.node,
            name=place.node,
            folder=place.folder,
            federation=place.address,
            web=place.web,
            sites=(),
            officers=(),
            receiver=None,
        )
        self._visitor = Visitor(port)
        self._visitor.sign_in(url)
        self._first: dict[str, float] = {}
        self._open, self._over = threading.Event(), threading.Event()
        self._connection = http.client.HTTPConnection(place.web, timeout=60.0)

    def first(self, record: str) -> float:
        """When a record's row first arrived; KeyError if it did not."""
        return self._first[record]

    def has(self, record: str) -> bool:
        """Whether it arrived."""
        return record in self._first

    def __enter__(self) -> Self:
        threading.Thread(target=self._read, daemon=True).start()
        if not self._open.wait(OPEN_S):
            raise RuntimeError("the event stream does not open")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()  # the stream beats, so its reader sees it soon

    def _read(self) -> None:
        headers = {**self._visitor.headers(), "Accept": "text/event-stream"}
        self._connection.request("GET", "/events?shelf=watch", headers=headers)
        response = self._connection.getresponse()
        while not self._over.is_set() and (line := response.readline()):
            at = time.monotonic()
            self._open.set()
            for found in _RECORD.findall(line):
                self._first.setdefault(found.decode(), at)
        self._connection.close()
