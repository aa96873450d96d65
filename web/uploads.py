"""A form with files (multipart/form-data, RFC 7578), read as it comes.

Guarantees: no file is ever in memory whole; nothing of a file is kept before the form's token was seen and holds, so the token's
field stands before the first file; at most `FILES_MAX` files, each of at most the node's limit, beside what `web/forms.py` allows
of fields; what nobody took is destroyed, whatever ended the request. A file that cannot stay is an error at its field, and the
rest of the form is read all the same, so that the page can say which.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

import structlog
from python_multipart.multipart import parse_options_header
from starlette.requests import Request

from node.blobs import Incoming
from protocol.errors import TooLarge
from web.forms import BODY_MAX, FIELDS_MAX, BadForm, Form, form_of, read_form
from web.media import Look, shown_name
from web.multipart import Event, Head, Parts, text_of
from web.views import FieldError, Given

FILES_MAX = 20
FIELD = "files"
AT_ONCE = 8
"""Forms with files that a node reads at once. One more is read without its files."""
OF_ONE = 2
"""Of one officer, so that nobody takes all places."""
ASK_EVERY = 4 << 20
"""Bytes of a file between two looks at whether there still is room."""
_BOUNDARY_MAX = 70
_log = structlog.get_logger("web")


class Room(Protocol):
    """Where files go until somebody owns them."""

    def file_most(self) -> int:
        """Most bytes of one."""
        ...

    def roomy(self) -> bool:
        """Whether there is room for files now. Blocks."""
        ...

    def incoming(self) -> Incoming:
        """A place for one."""
        ...


@dataclass(slots=True)
class Sent:
    """What came: fields, files that can stay, and what is wrong with the others."""

    form: Form
    files: tuple[Given, ...] = ()
    errors: tuple[FieldError, ...] = ()


class Coming:
    """The forms with files that are being read. A form without files is none: an alert never waits for others' pictures."""

    def __init__(self, most: int = AT_ONCE, each: int = OF_ONE) -> None:
        self._most, self._each = most, each
        self._by: Counter[str] = Counter()
        self._lock = threading.Lock()

    def enter(self, officer: str) -> bool:
        """Whether there was a place for one more of this officer, which is taken then."""
        with self._lock:
            if self._by.total() >= self._most or self._by[officer] >= self._each:
                return False
            self._by[officer] += 1
            return True

    def leave(self, officer: str) -> None:
        """It is read, or was given up."""
        with self._lock:
            self._by[officer] -= 1
            if not self._by[officer]:
                del self._by[officer]


@dataclass(slots=True)
class _File:
    """One file on its way in; `kept` is None before its first byte, and once it was refused."""

    name: str
    look: Look = field(default_factory=Look)
    kept: Incoming | None = None
    refused: bool = False


@dataclass(slots=True)
class _Reading:
    """One form on its way in. Writes to the disk: used off the loop, by one thread at a time."""

    room: Room
    coming: Coming
    officer: str
    admit: Callable[[Form], None]
    pairs: list[tuple[str, str]] = field(default_factory=list)
    files: list[Given] = field(default_factory=list)
    errors: dict[str, FieldError] = field(default_factory=dict)
    admitted: bool = False
    _placed: bool = False
    _name: str = ""
    _value: bytearray | None = None
    _file: _File | None = None
    _parts: int = 0
    _begun: int = 0
    _bytes: int = 0

    def take(self, events: list[Event]) -> None:
        """What happened next; raises `BadForm` and whatever `admit` raises."""
        for event in events:
            if isinstance(event, Head):
                self._begin(event)
            elif event is None:
                self._over()
            elif self._file is not None:
                self._store(self._file, event)
            elif self._value is not None:
                self._count(len(event))
                self._value += event

    def discard(self) -> None:
        """What nobody took is destroyed; what was taken stays."""
        for one in (self._file.kept if self._file else None, *(given.incoming for given in self.files)):
            if one is not None:
                one.discard()
        if self._placed:
            self._placed = False
            self.coming.leave(self.officer)

    def _begin(self, part: Head) -> None:
        self._parts += 1
        self._count(len(part.name))
        if self._parts > FIELDS_MAX:
            raise BadForm(f"at most {FIELDS_MAX} fields")
        if part.file is None:
            self._name, self._value = part.name, bytearray()
        else:
            self.admit(form_of(self.pairs))
            self.admitted = True
            self._file = _File(part.file)

    def _count(self, size: int) -> None:
        self._bytes += size
        if self._bytes > BODY_MAX:
            raise BadForm(f"at most {BODY_MAX} bytes of fields")

    def _store(self, file: _File, data: bytes) -> None:
        if file.refused or not data:
            return None
        try:
            if file.kept is None:
                self._begun += 1
                if self._begun > FILES_MAX:
                    return self._refuse(file, "file_count", FILES_MAX)
                if not (self._place() and self.room.roomy()):
                    return self._refuse(file, "file_room")
                file.kept = self.room.incoming()
            before = file.kept.size
            file.kept.write(data)
            if before // ASK_EVERY != file.kept.size // ASK_EVERY and not self.room.roomy():
                return self._refuse(file, "file_room")
        except TooLarge:
            return self._refuse(file, "file_size", self.room.file_most())
        except OSError as fault:
            _log.error("a file could not be stored", fault=type(fault).__name__)
            return self._refuse(file, "file_room")
        file.look.feed(data)
        if file.look.hopeless:
            self._refuse(file, "file_type")
        return None

    def _place(self) -> bool:
        self._placed = self._placed or self.coming.enter(self.officer)
        return self._placed

    def _over(self) -> None:
        if self._value is not None:
            self.pairs.append((self._name, text_of(bytes(self._value))))
        elif (file := self._file) is not None and not file.refused:
            media_type = file.look.told()
            if file.kept is None:
                if file.name:
                    self._refuse(file, "file_empty")
            elif media_type is None:
                self._refuse(file, "file_type")
            else:
                name = shown_name(file.name, media_type)
                self.files.append(Given(file.kept, file.kept.size, media_type, name))
        self._value = self._file = None

    def _refuse(self, file: _File, code: str, limit: int | None = None) -> None:
        file.refused = True
        if file.kept is not None:
            file.kept.discard()
            file.kept = None
        self.errors.setdefault(code, FieldError(FIELD, code, limit))


@asynccontextmanager
async def sent_form(
    request: Request,
    room: Room,
    coming: Coming,
    *,
    officer: str,
    admit: Callable[[Form], None],
    admitted: Callable[[], None] = lambda: None,
) -> AsyncIterator[Sent]:
    """The form of a POST, with or without files; `admit` raises where its token does not hold, else `admitted` is told at the
    first file. Raises `BadForm`.
    """
    sort, options = parse_options_header(request.headers.get("content-type", ""))
    if sort != b"multipart/form-data":
        form = await read_form(request)
        admit(form)
        yield Sent(form)
        return
    boundary = options.get(b"boundary", b"")
    if not 0 < len(boundary) <= _BOUNDARY_MAX:
        raise BadForm("no boundary")
    reading = _Reading(room, coming, officer, admit)
    try:
        await _read(request, Parts(boundary), reading, admitted)
        form = form_of(reading.pairs)
        admit(form)
        yield Sent(form, tuple(reading.files), tuple(reading.errors.values()))
    finally:
        await asyncio.to_thread(reading.discard)


async def _read(request: Request, parts: Parts, reading: _Reading, admitted: Callable[[], None]) -> None:
    told = False
    async for chunk in request.stream():
        events = parts.feed(chunk)
        if events:
            await asyncio.to_thread(reading.take, events)
        if reading.admitted and not told:
            told = True
            admitted()
    if not parts.over:
        raise BadForm("a form that ends before its end")
