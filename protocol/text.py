"""Text that may stand in a record: NFC, counted in code points, no control, no invisible and no bidi-override characters.

Guarantees that an accepted text shows its characters, all of them, in the order they are stored. Does not judge what it says, and
accepts code points this machine's Unicode tables do not know, so that two nodes with different tables agree.
"""

from __future__ import annotations

import re
import unicodedata

# Cc but the line feed, the line and paragraph separators, what reorders or encloses text (UAX 9, explicit formatting), and what
# is not drawn at all (Default_Ignorable_Code_Point of Unicode 15.1, and U+FFF9-FFFB): two texts that differ in it look alike.
# Listed here, not asked of this machine's tables. The marks LRM, RLM and ALM stay: Arabic and Hebrew need them and they
# reorder nothing by themselves.
_UNSEEN = (
    "\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2028-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_HIDDEN_BUT_LINES = re.compile(f"[{_UNSEEN}]")
_HIDDEN = re.compile(f"[\n{_UNSEEN}]")

_SHOWN = frozenset(range(0x20, 0x7F)) | (frozenset(range(0xA0, 0x100)) - {0xAD})
"""Of Latin-1, what is drawn; all of it is NFC. Most texts of a port are of it, and bytes are looked through ten times as fast."""
_LINE = bytes(c if c in _SHOWN else c ^ 0xFF for c in range(256))
_LINES = bytes(c if c in _SHOWN or c == 0x0A else c ^ 0xFF for c in range(256))


def fault(text: str, *, most: int, lines: bool = False) -> str | None:
    """The first rule `text` breaks, or None; `lines` allows a line feed."""
    if len(text) > most:
        return f"at most {most} characters"
    try:
        raw = text.encode("latin-1")
    except UnicodeEncodeError:
        pass
    else:
        if raw.translate(_LINES if lines else _LINE) == raw:  # these tables change what is not drawn
            return None
    if (_HIDDEN_BUT_LINES if lines else _HIDDEN).search(text):
        return "no control, invisible or text-direction characters"
    if not unicodedata.is_normalized("NFC", text):
        return "must be Unicode NFC"
    return None
