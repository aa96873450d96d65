"""Times and numbers as officers read them: local first, UTC second, the date only where it is not today."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
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
    return f"{_day(at.date(), now, zone, tongue)} {at:%H:%M}"


def until(ms: UnixMs, now: UnixMs, zone: ZoneInfo, tongue: Tongue) -> str:
    """`until 4 Dec 14:00`; where it ends with a local day, that day: `until and including 4 Dec`."""
    last = _last_day(ms, zone)
    if last is None:
        return tongue.say("until %(time)s", time=clock(ms, now, zone, tongue))
    return tongue.say("until and including %(day)s", day=_day(last, now, zone, tongue))


def end(ms: UnixMs, now: UnixMs, zone: ZoneInfo, tongue: Tongue) -> str:
    """The same where a caption says that it is an end: `4 Dec 14:00`, or `4 Dec, that day included`."""
    last = _last_day(ms, zone)
    if last is None:
        return clock(ms, now, zone, tongue)
    return tongue.say("%(day)s, that day included", day=_day(last, now, zone, tongue))


def _last_day(ms: UnixMs, zone: ZoneInfo) -> date | None:
    """The day that an end at a local midnight closes; None for any other end."""
    at = local(ms, zone)
    midnight = at.time() == datetime.min.time()
    return at.date() - timedelta(days=1) if midnight else None


def _day(day: date, now: UnixMs, zone: ZoneInfo, tongue: Tongue) -> str:
    """`4 Dec`, with its year where that is not this one."""
    year = "" if day.year == local(now, zone).year else f" {day.year}"
    return f"{format_date(day, 'd MMM', locale=tongue.locale)}{year}"


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


def whole(ms: int, tongue: Tongue) -> str:
    """A duration that is not rounded: in hours where it is whole hours, else in minutes."""
    minutes = round(ms / (_MINUTE * 1000))
    if minutes % 60:
        return tongue.say("%(n)s min", n=minutes)
    return tongue.say("%(n)s h", n=minutes // 60)


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
