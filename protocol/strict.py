"""Strict reading of data that somebody else wrote (JSON of the register, TOML of rules): every error names the field.

Guarantees that a value has the asked form and that `done` refuses whatever was not asked for. A key nobody here knows may be
a restriction, so ignoring it could widen a right: it is refused, and the writer raises the rules version instead.
Sizes are capped by the caller before parsing; errors never repeat a value.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from protocol.errors import ProtocolError
from protocol.ids import UnixMs

CODE: Final = re.compile(r"[a-z0-9_-]{2,40}")
CODE_RULE: Final = "a code: a-z, 0-9, _ and -, 2 to 40"
LINE: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]{1,120}")
LINE_RULE: Final = "1 to 120 printable characters"

_DURATION = re.compile(r"([1-9][0-9]{0,8})(ms|s|m|h|d|y)")
_MS: Final = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "y": 365 * 86_400_000}
_DAY_ZERO: Final = dt.date(1970, 1, 1).toordinal()


def duration_ms(text: str) -> int | None:
    """Milliseconds of "90s", "72h", "30d", "5y" (365 days each); None where it is no duration."""
    found = _DURATION.fullmatch(text)
    return int(found[1]) * _MS[found[2]] if found else None


class Strict:
    """One object, read key by key; `where` is its own path, "" at the top."""

    __slots__ = ("_left", "_values", "where")

    def __init__(self, value: object, where: str = "") -> None:
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            raise ProtocolError("an object", where=where)
        self._values: Mapping[str, object] = value
        self._left = set(value)
        self.where = where

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def at(self, key: str) -> str:
        """The full path of a key."""
        return f"{self.where}.{key}" if self.where else key

    def fail(self, key: str, rule: str) -> ProtocolError:
        """The refusal of what stands under a key."""
        return ProtocolError(rule, where=self.at(key))

    def done(self) -> None:
        """Refuses the keys that nobody asked for."""
        for key in sorted(self._left):
            shown = key if re.fullmatch(r"[A-Za-z0-9_.-]{1,40}", key) else "(a key)"
            raise ProtocolError("unknown key", where=self.at(shown))

    def text(self, key: str, form: re.Pattern[str], rule: str, default: str | None = None) -> str:
        """A string of this form; `rule` is what the error says."""
        if default is not None and key not in self._values:
            return default
        value = self._take(key)
        if not isinstance(value, str) or not form.fullmatch(value):
            raise self.fail(key, rule)
        return value

    def choice(self, key: str, allowed: Sequence[str]) -> str:
        """One of these strings."""
        value = self._take(key)
        if not isinstance(value, str) or value not in allowed:
            raise self.fail(key, "one of " + ", ".join(allowed))
        return value

    def whole(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number in these bounds."""
        if default is not None and key not in self._values:
            return default
        value = self._take(key)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.fail(key, f"a whole number from {low} to {high}")
        return value

    def duration(self, key: str, default: str | None = None) -> int:
        """Milliseconds."""
        value = default if default is not None and key not in self._values else self._take(key)
        found = duration_ms(value) if isinstance(value, str) else None
        if found is None:
            raise self.fail(key, 'a duration such as "72h", "30d" or "1y"')
        return found

    def day(self, key: str) -> UnixMs:
        """The start (UTC) of a day written "2029-06-30", in unix ms."""
        value = self._take(key)
        try:
            day = dt.date.fromisoformat(value if isinstance(value, str) and len(value) == 10 else "")
        except ValueError:
            raise self.fail(key, 'a day such as "2029-06-30"') from None
        return UnixMs((day.toordinal() - _DAY_ZERO) * _MS["d"])

    def texts(
        self,
        key: str,
        form: re.Pattern[str],
        rule: str,
        *,
        least: int = 0,
        most: int = 4096,
        optional: bool = False,
    ) -> tuple[str, ...]:
        """A list of distinct strings of this form, in the order written."""
        seen: dict[str, None] = {}
        for place, item in enumerate(self._list(key, least, most, optional)):
            if not isinstance(item, str) or not form.fullmatch(item):
                raise self.fail(f"{key}[{place}]", rule)
            if item in seen:
                raise self.fail(f"{key}[{place}]", "no item twice")
            seen[item] = None
        return tuple(seen)

    def among(self, key: str, allowed: Sequence[str]) -> frozenset[str]:
        """A list of some of these strings; absent: none."""
        form = re.compile("|".join(re.escape(a) for a in allowed))
        return frozenset(self.texts(key, form, "one of " + ", ".join(allowed), optional=True))

    def section(self, key: str, *, optional: bool = False) -> Strict:
        """The object under a key; absent and optional: an empty one."""
        if optional and key not in self._values:
            return Strict({}, self.at(key))
        return Strict(self._take(key), self.at(key))

    def sections(self, key: str, *, least: int = 0, most: int = 4096, optional: bool = False) -> list[Strict]:
        """The objects of the list under a key."""
        items = self._list(key, least, most, optional)
        return [Strict(item, self.at(f"{key}[{place}]")) for place, item in enumerate(items)]

    def names(self, form: re.Pattern[str], rule: str) -> Iterator[str]:
        """Every key, where keys are names and not words of ours; each must have this form."""
        for key in self._values:
            if not form.fullmatch(key):
                raise ProtocolError(f"a name here: {rule}", where=self.where)
            yield key

    def _take(self, key: str) -> object:
        if key not in self._values:
            raise self.fail(key, "required")
        self._left.discard(key)
        return self._values[key]

    def _list(self, key: str, least: int, most: int, optional: bool) -> list[object]:
        if optional and key not in self._values:
            return []
        value = self._take(key)
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise self.fail(key, f"a list of {least} to {most}")
        return value
