"""Text shows all its characters: what is not drawn, or reorders what is, is refused, whatever this machine's tables know."""

from __future__ import annotations

import unicodedata

import pytest

from protocol.text import fault

KEPT = {"\u200e", "\u200f", "\u061c"}
"""Marks of direction that Arabic and Hebrew need."""

DRAWN = {
    chr(n)
    for n in (
        *range(0x600, 0x606),
        0x6DD,
        0x70F,
        0x890,
        0x891,
        0x8E2,
        0x110BD,
        0x110CD,
        *range(0x13430, 0x13460),
    )
}
"""Format characters that are drawn: number signs and hieroglyph controls."""


def test_no_format_character_of_unicode_passes_but_those_that_are_drawn_or_needed() -> None:
    every = (chr(n) for n in range(0x110000) if not 0xD800 <= n <= 0xDFFF)
    passed = {
        c
        for c in every
        if unicodedata.category(c) in {"Cf", "Cc", "Zl", "Zp"} and fault(f"a{c}b", most=9) is None
    }
    assert passed <= KEPT | DRAWN
    assert passed >= KEPT


@pytest.mark.parametrize("hidden", ["\u200b", "\u200c", "\u200d", "\u2060", "\xad", "\u034f", "\ufe0f", "\u3164", "\ufeff", "\U000e0041", "\U000e01ef", "\u202e"])  # fmt: skip
def test_what_is_not_drawn_is_refused(hidden: str) -> None:
    assert fault(f"quay{hidden} 5", most=99) == "no control, invisible or text-direction characters"
    assert fault(f"quay{hidden} 5", most=99, lines=True) is not None


@pytest.mark.parametrize("text", ["Zeebrugge — kaai 5", "Gefähr­dung".replace("\xad", ""), "Łódź", "ميناء", "נמל", "港", "“DEMO”", "👮", "½ °N"])  # fmt: skip
def test_what_people_write_is_kept(text: str) -> None:
    assert fault(text, most=99) is None


def test_a_line_feed_is_only_for_texts_of_lines() -> None:
    assert fault("a\nb", most=9) is not None
    assert fault("a\nb", most=9, lines=True) is None
    assert fault("a\rb", most=9, lines=True) is not None
