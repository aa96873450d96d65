"""Ends as people read them: a last day is said as that day, anything else to the minute."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from protocol.ids import UnixMs
from web import times
from web.languages import load_tongues

BRUSSELS = ZoneInfo("Europe/Brussels")
TONGUES = load_tongues(("en", "nl", "fr", "de"))


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> UnixMs:
    return UnixMs(int(datetime(year, month, day, hour, minute, tzinfo=BRUSSELS).timestamp() * 1000))


NOW = at(2026, 11, 29, 10)


@pytest.mark.parametrize(
    ("ms", "lang", "said"),
    [
        (at(2026, 12, 5), "en", "until and including 4 Dec"),
        (at(2026, 12, 5), "nl", "tot en met 4 dec"),
        (at(2026, 12, 5), "fr", "jusqu'au 4 déc. inclus"),
        (at(2026, 12, 5), "de", "bis einschließlich 4 Dez."),
        (at(2027, 1, 1), "en", "until and including 31 Dec"),
        (at(2027, 2, 1), "en", "until and including 31 Jan 2027"),
        (at(2026, 11, 30), "en", "until and including 29 Nov"),
        (at(2026, 12, 5, 14, 30), "en", "until 5 Dec 14:30"),
        (UnixMs(at(2026, 12, 5) + 1), "en", "until 5 Dec 00:00"),
        (at(2026, 3, 30), "en", "until and including 29 Mar"),
    ],
)
def test_an_end_at_midnight_is_the_day_before(ms: UnixMs, lang: str, said: str) -> None:
    assert times.until(ms, NOW, BRUSSELS, TONGUES[lang]) == said


def test_midnight_is_that_of_the_node() -> None:
    """A day that ends in Brussels does not end in London."""
    assert times.until(at(2026, 12, 5), NOW, ZoneInfo("Europe/London"), TONGUES["en"]) == "until 4 Dec 23:00"


def test_under_a_caption_the_day_alone_is_said() -> None:
    assert times.end(at(2026, 12, 5), NOW, BRUSSELS, TONGUES["en"]) == "4 Dec, that day included"
    assert times.end(at(2026, 12, 5, 6), NOW, BRUSSELS, TONGUES["en"]) == "5 Dec 06:00"
