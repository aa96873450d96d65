"""The event stream of a page (`/events`).

Guarantees: woken by commits, never by a timer: an idle page costs no query; every push is filtered for the session
as it is at that moment, and a session that ended ends its stream; after a gap the stream goes on where the page
stopped (Last-Event-ID), or tells it to load again. Beats leave on a fixed schedule that does not move when
something happens that this reader may not see. A stream is not use: it keeps no idle session alive. A session has at
most eight streams: a ninth parks the oldest, whose page opens its own again when somebody looks at it, and not before,
so that pages never push each other out in turn. One too many in the whole node is told to come back later.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from fastapi import APIRouter
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from web.desk import Officer, OfficerHere
from web.marking import Marking, from_code, highest
from web.views import Changes, Notices, Row, Scope, Session, SessionEnded, Shelf, Status, Wakes, shelf_of

router = APIRouter()

_GATHER_S = 0.02
"""Commits that come this close together make one push."""


EACH = 8
"""Streams of one session: more than the six connections a browser has to one host."""
MOST = 384
"""Streams of a node: fewer than its connections, so that pages can still be loaded (`web/connections.py`)."""
_AGAIN_S = 30


@dataclass(slots=True, eq=False)
class Line:
    """One open stream. `over`: it is to end, because the node stops or (`parked`) for a newer one."""

    over: asyncio.Event = field(default_factory=asyncio.Event)
    parked: bool = False


class Streams:
    """Every open stream of the node, so that a stop can end them, and so that there are not too many."""

    def __init__(self, *, each: int = EACH, most: int = MOST) -> None:
        self._each, self._most = each, most
        self._lines: dict[str, list[Line]] = {}
        self._stopped = False

    def __len__(self) -> int:
        return sum(len(lines) for lines in self._lines.values())

    @property
    def full(self) -> bool:
        """No room for another one."""
        return len(self) >= self._most

    @contextmanager
    def line(self, token: str) -> Iterator[Line]:
        """A stream of a session, for as long as the block runs; parks the session's oldest where there are too many."""
        line, lines = Line(), self._lines.setdefault(token, [])
        running = [each for each in lines if not each.parked]
        if len(running) >= self._each:
            running[0].parked = True
            running[0].over.set()
        lines.append(line)
        if self._stopped:
            line.over.set()
        try:
            yield line
        finally:
            lines.remove(line)
            if not lines and self._lines.get(token) is lines:
                del self._lines[token]

    def close(self) -> None:
        """Ends all of them; called before the server waits for its connections."""
        self._stopped = True
        for lines in self._lines.values():
            for line in lines:
                line.over.set()


@dataclass(slots=True)
class Page:
    """What one open page shows: its list, how far it is, its highest marking, the status line it has."""

    shelf: str
    scope: str
    after: int
    marking: Marking
    status: Status | None = None
    drafts: tuple[str, ...] | None = None
    cases: str = ""
    """The cases that its reader had when it was made."""
    conduct: Notices | None = None


@router.get("/events")
async def events(
    officer: OfficerHere, after: str = "", shelf: str = "", scope: str = "", band: str = "", cases: str = ""
) -> Response:
    """Server-sent events (HTML living standard, section 9.2)."""
    streams: Streams = officer.request.app.state.streams
    if streams.full:
        return PlainTextResponse("too many pages are open", 503, headers={"retry-after": str(_AGAIN_S)})
    cursor = officer.request.headers.get("last-event-id", "") or after
    number = (
        officer.desk.cursors.open(officer.token, cursor)
        if cursor
        else await officer.office.last_change(officer.who)
    )
    page = Page(shelf, scope, -1 if number is None else number, from_code(band), cases=cases)
    body = _reload() if number is None else _stream(officer, page, streams)
    return StreamingResponse(
        body,
        media_type="text/event-stream",
        headers={"x-accel-buffering": "no"},
    )


async def _reload() -> AsyncIterator[str]:
    yield event("reload")


async def _stream(officer: Officer, page: Page, streams: Streams) -> AsyncIterator[str]:
    beat = officer.desk.settings.beat_s
    loop = asyncio.get_running_loop()
    with streams.line(officer.token) as line:
        async with officer.office.subscribe() as wakes:
            yield ": here\n\n"
            session = officer.who
            next_beat = loop.time() + beat
            pending = True
            while not line.over.is_set():
                if pending:
                    current = await officer.office.session(officer.token, touch=False)
                    if current is None:
                        break
                    session = current
                    try:
                        news = await _news(officer, session, page)
                    except SessionEnded:
                        break
                    for text in news:
                        yield text
                pending = await _woken(wakes, line, next_beat - loop.time())
                if loop.time() >= next_beat:
                    pending = pending or _narrowed(officer, session)
                    if officer.desk.settings.now_ms() >= session.expires_ms:
                        again = await officer.office.session(officer.token, touch=False)
                        if again is None:
                            break
                        session = again  # it was used elsewhere
                    yield ": beat\n\n"
                    next_beat += beat
            if line.parked:
                yield event("parked")
            elif not line.over.is_set():
                yield event("signed-out")


async def _woken(wakes: Wakes, line: Line, left_s: float) -> bool:
    """True when something was committed, False when it is time for a beat or the stream ends."""
    commit = asyncio.ensure_future(wakes.woken())
    stop = asyncio.ensure_future(line.over.wait())
    try:
        done, _ = await asyncio.wait(
            {commit, stop}, timeout=max(0.0, left_s), return_when=asyncio.FIRST_COMPLETED
        )
        if commit in done and not line.over.is_set():
            await asyncio.sleep(_GATHER_S)
        return commit in done
    finally:
        commit.cancel()
        stop.cancel()


def _narrowed(officer: Officer, session: Session) -> bool:
    """Whether something was over by the clock since, of which no commit tells."""
    return session.narrows_ms is not None and officer.desk.settings.now_ms() >= session.narrows_ms


async def _news(officer: Officer, session: Session, page: Page) -> list[str]:
    changes = await officer.office.changes(session, page.after)
    page.after = changes.last
    told = list(_told(officer, session, page))
    if changes.behind or changes.gone or page.cases != session.cases:
        page.cases = session.cases
        return [*told, event("reload")]  # a form does not load again, and is told all the same
    texts = [*_pushes(officer, page, changes), *told]
    if page.drafts is not None and page.drafts != changes.drafts:
        texts.append(
            event(
                "drafts", officer.part("part_drafts.html", marking=page.marking, drafts=len(changes.drafts))
            )
        )
    page.drafts = changes.drafts
    status = officer.office.status()
    if page.status is not None and status != page.status:
        texts.append(event("status", officer.part("part_status.html", marking=page.marking)))
    page.status = status
    if changes.anything and texts:
        texts[-1] = f"id: {officer.desk.cursors.seal(officer.token, changes.last)}\n{texts[-1]}"
    return texts


def _told(officer: Officer, session: Session, page: Page) -> Iterator[str]:
    if page.conduct is not None and page.conduct != session.conduct:
        yield event(
            "conduct", officer.part("part_conduct.html", marking=page.marking, conduct=session.conduct)
        )
    page.conduct = session.conduct


def _pushes(officer: Officer, page: Page, changes: Changes) -> Iterator[str]:
    shown = [row for row in changes.rows if _on(page, row)]
    marking = page.marking | highest(row.label for row in shown)
    if marking != page.marking:
        page.marking = marking
        yield event("band", officer.part("part_band.html", marking=marking))
    for row in shown:
        yield event("row", officer.part("part_row.html", marking=marking, row=row, selected=""))
    touched = {*changes.touched, *(row.id for row in changes.rows)}
    if touched:
        yield event("touched", " ".join(sorted(touched)))


def _on(page: Page, row: Row) -> bool:
    if page.shelf not in {Shelf.WATCH.value, Shelf.LIBRARY.value} or shelf_of(row.kind).value != page.shelf:
        return False
    return page.scope in {"", Scope.ALL.value} or (page.scope == Scope.OWN.value) == row.own


def event(name: str, data: str = "") -> str:
    """One event; each line of the data on its own line."""
    lines = "".join(f"data: {line}\n" for line in data.splitlines()) or "data: \n"
    return f"event: {name}\n{lines}\n"
