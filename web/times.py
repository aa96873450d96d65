"""Times and numbers as officers read them: local first, UTC second, the date only where it is not today."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal

from protocol.ids import UnixMs
from web.languages import Tongue

_SECOND, _MINUTE, _HOUR, _DAY = 1, 60, 3600, 86400


def local(ms: UnixMs, zone: ZoneInfo) -> datetime:
    """Local wall time of an instant."""
    return datetime.fromtimestamp(ms / 1000, zone)


def iso(ms: UnixMs) -> str:
    """For machines: `2026-11-22T22:14:07Z`."""
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def clock(ms: UnixMs, now: UnixMs, zone: ZoneInfo, tongue: Tongue) -> str:
    """`23:14:07`, or `21 Nov 23:14` when it is another local day."""
    at = local(ms, zone)
    if at.date() == local(now, zone).date():
        return at.strftime("%H:%M:%S")
    year = "" if at.year == local(now, zone).year else f" {at.year}"
    return f"{format_date(at, 'd MMM', locale=tongue.locale)}{year} {at:%H:%M}"


def utc(ms: UnixMs) -> str:
    """`22:14 UTC`."""
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%H:%M UTC")


def age(ms: UnixMs, now: UnixMs, tongue: Tongue) -> str:
    """How long ago, in the largest unit that fits: `42 s`, `3 min`, `2 h`, `5 d`; a future instant is `0 s`."""
    return span(max(0, (now - ms) // 1000), tongue)


def span(seconds: int, tongue: Tongue) -> str:
    """A duration in its largest whole unit."""
    if seconds < _MINUTE:
        return tongue.say("%(n)s s", n=seconds)
    if seconds < _HOUR:
        return tongue.say("%(n)s min", n=seconds // _MINUTE)
    if seconds < 2 * _DAY:
        return tongue.say("%(n)s h", n=seconds // _HOUR)
    return tongue.say("%(n)s d", n=seconds // _DAY)


def number(value: float, tongue: Tongue) -> str:
    """With the language's separators."""
    return str(format_decimal(value, locale=tongue.locale))


def size(count: int, tongue: Tongue) -> str:
    """So many bytes, to two figures or so: `840 kB`, `2.4 MB`."""
    if count < 999_500:
        few = number(max(1, round(count / 1000)), tongue)
        return tongue.say("%(n)s kB", n=few)
    many = number(round(count / 1_000_000, 1), tongue)
    return tongue.say("%(n)s MB", n=many)
