"""JSON lines on standard error, one an event; the only way this program logs.

Guarantees that no value under a name of `_NEVER` and nothing that is not a plain scalar or a list of them gets out, so that a
body, a name or a token cannot slip into a log by an object's representation. It does not read your words: an event is a
fixed sentence, and what varies stands in fields. A line that cannot be written, as on a full disk, is lost, which is said when
there is room again; it stops nobody.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

_NEVER = frozenset(
    {
        "body",
        "content",
        "title",
        "name",
        "plate",
        "token",
        "password",
        "passphrase",
        "secret",
        "cookie",
        "key",
    }
)
_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_MAX = 500

Logger = structlog.typing.FilteringBoundLogger


def doubled(times: int) -> bool:
    """Whether a count has reached a power of two: what others make this node count, it writes down so often."""
    return times & (times - 1) == 0


def configure(level: str = "info", *, stream: TextIO | None = None, **bound: str) -> None:
    """Set the process's logging up once; `bound` stands on every line of every thread (the node's id)."""

    def bind(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {**bound, **event}

    lines = _Lines(stream or sys.stderr)
    structlog.configure(
        processors=[
            bind,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _guard,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=lambda *_: lines,
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[_Libraries()], force=True)


def get(room: str) -> Logger:
    """The logger of a room of the house."""
    logger: Logger = structlog.get_logger(room=room)
    return logger


class _Lines:
    """Where lines go, from any thread."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._lost, self._lock = stream, 0, threading.Lock()

    def msg(self, line: str) -> None:
        """Write one line, or count it as lost."""
        with self._lock:
            try:
                self._stream.write(line + "\n")
                self._stream.flush()
                if self._lost:
                    lost = {"event": "lines of this log are lost", "level": "warning", "lines": self._lost}
                    self._stream.write(json.dumps(lost) + "\n")
                    self._stream.flush()
                    self._lost = 0
            except OSError:
                self._lost += 1

    debug = info = warning = error = msg


class _Libraries(logging.Handler):
    """Warnings of libraries as lines of our own: their logger and level, never their words, which may quote input."""

    def emit(self, record: logging.LogRecord) -> None:
        get("library").warning(
            "a library warned", library=record.name, line=record.lineno, kind=_kind(record)
        )


def _kind(record: logging.LogRecord) -> str:
    return record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else record.levelname


def _guard(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: _plain(name, value) for name, value in event.items()}


def _plain(name: str, value: Any) -> Any:
    if name in _NEVER:
        return "(not logged)"
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, bytes):
        return value.hex()[:64]
    if isinstance(value, str):
        return value[:_MAX]
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(name, one) for one in list(value)[:50]]
    return f"({type(value).__name__})"
