"""A body of `multipart/form-data` (RFC 7578), cut into its parts as it comes.

Guarantees: no more of a body is held than was just given; a part has at most six headers of at most 1 KiB each and says its
field's name, in UTF-8. What is no such form raises `BadForm`.
"""

from __future__ import annotations

from dataclasses import dataclass

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from web.forms import BadForm

_HEADERS, _HEADER_MAX = 6, 1024


@dataclass(frozen=True, slots=True)
class Head:
    """How a part begins: the field's name, and a file's name as the browser told it; None for a field without a file."""

    name: str
    file: str | None


Event = Head | bytes | None
"""A part begins, goes on, is over."""


class Parts:
    """One body on its way in; `over` once its closing boundary came."""

    def __init__(self, boundary: bytes) -> None:
        self.over = False
        self._events: list[Event] = []
        self._header, self._value = b"", b""
        self._said: dict[bytes, bytes] = {}
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._said.clear,
                "on_header_field": self._named,
                "on_header_value": self._told,
                "on_header_end": self._next,
                "on_headers_finished": self._begin,
                "on_part_data": lambda data, start, end: self._events.append(data[start:end]),
                "on_part_end": lambda: self._events.append(None),
                "on_end": self._end,
            },
            max_header_count=_HEADERS,
            max_header_size=_HEADER_MAX,
        )

    def feed(self, data: bytes) -> list[Event]:
        """What these bytes brought; raises `BadForm`."""
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise BadForm("not a form") from error
        found, self._events = self._events, []
        return found

    def _named(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _told(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _next(self) -> None:
        self._said[self._header.lower()] = self._value
        self._header, self._value = b"", b""

    def _begin(self) -> None:
        sort, options = parse_options_header(self._said.get(b"content-disposition", b""))
        if sort != b"form-data" or b"name" not in options:
            raise BadForm("a part without a name")
        file = options.get(b"filename")
        self._events.append(
            Head(text_of(options[b"name"]), None if file is None else file.decode("utf-8", "replace"))
        )

    def _end(self) -> None:
        self.over = True


def text_of(data: bytes) -> str:
    """A field's name or value; raises `BadForm`."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise BadForm("only UTF-8") from error
