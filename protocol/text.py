"""Text that may stand in a record: NFC, counted in code points, no control and no bidi-override characters.

Guarantees that an accepted text shows its characters in the order they are stored. Does not judge what it says, and
accepts code points this machine's Unicode tables do not know, so that two nodes with different tables agree.
"""

from __future__ import annotations

import re
import unicodedata

# Cc, the line and paragraph separators, the byte order mark, and what reorders or encloses text (UAX 9, explicit formatting).
# The marks LRM, RLM and ALM stay: Arabic and Hebrew need them and they reorder nothing by themselves.
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
_HIDDEN_BUT_LINES = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")


def fault(text: str, *, most: int, lines: bool = False) -> str | None:
    """The first rule `text` breaks, or None; `lines` allows a line feed."""
    if len(text) > most:
        return f"at most {most} characters"
    if text.isascii() and text.isprintable():
        return None
    if (_HIDDEN_BUT_LINES if lines else _HIDDEN).search(text):
        return "no control or text-direction characters"
    if not unicodedata.is_normalized("NFC", text):
        return "must be Unicode NFC"
    return None


def tidy(raw: str, *, lines: bool = False) -> str:
    """What a form makes of typed text: NFC, line ends as LF, outer blanks gone; hidden characters are left to `fault`."""
    text = unicodedata.normalize("NFC", raw.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return text if lines else text.replace("\n", " ")
