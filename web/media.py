"""What a file is and what it is called, by rules of this node and never by the word of a browser or a peer.

Guarantees: a type is decided from the bytes alone, and of text from all of them; a name holds no path, nothing unseen and at most 80
characters, ends as its type does, and is for people: no file here is opened by it.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from urllib.parse import quote

from protocol.text import fault

PICTURES = ("image/jpeg", "image/png", "image/webp")
TAKEN = (*PICTURES, "application/pdf", "video/mp4", "audio/ogg", "text/plain")
"""What officers may attach. A record of another port may list more types (`protocol/parts.py`): those are given to be kept."""
NAME_MAX = 80
HEAD = 64
"""So many bytes decide what is not text."""
_ENDINGS = {
    "application/json": (".json",),
    "application/pdf": (".pdf",),
    "audio/ogg": (".ogg", ".oga", ".opus"),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "text/csv": (".csv",),
    "text/plain": (".txt", ".log"),
    "video/mp4": (".mp4",),
}
_BRANDS = (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV", b"dash")
_SOUNDS = (b"OpusHead", b"\x01vorbis", b"Speex   ", b"\x7fFLAC")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f]")
_RUN = ("<", "#!", "%!", "{\\rtf")
"""How text begins that a browser, a shell, a printer or an office program would run."""
_RUN_MAX = max(map(len, _RUN))
_BLANK = "\ufeff \t\r\n"


class Look:
    """What one file is, told as its bytes come."""

    def __init__(self) -> None:
        self._head = b""
        self._decode = codecs.getincrementaldecoder("utf-8")("strict").decode
        self._text, self._start = True, ""

    def feed(self, data: bytes) -> None:
        """The next bytes."""
        if len(self._head) < HEAD:
            self._head += data[: HEAD - len(self._head)]
        if self._text:
            self._text = self._reads(data)

    @property
    def hopeless(self) -> bool:
        """Whatever follows, it is nothing that is taken."""
        return len(self._head) == HEAD and not self._text and _by_head(self._head) is None

    def told(self) -> str | None:
        """Its type, once all has come; None for nothing that is taken."""
        found = _by_head(self._head)
        if found is None and self._text and self._start and self._reads(b"", final=True):
            found = "text/plain"
        return found

    def _reads(self, data: bytes, *, final: bool = False) -> bool:
        try:
            text = self._decode(data, final)
        except UnicodeDecodeError:
            return False
        if len(self._start) < _RUN_MAX:  # however its bytes were cut
            self._start = (self._start + text).lstrip(_BLANK)[:_RUN_MAX]
        return not self._start.startswith(_RUN) and _CONTROL.search(text) is None


def _by_head(head: bytes) -> str | None:
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] == b"RIFF" and head[8:15] == b"WEBPVP8":
        return "image/webp"
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    if head[4:8] == b"ftyp" and head[8:12] in _BRANDS:
        return "video/mp4"
    if head.startswith(b"OggS\x00") and head[28:].startswith(_SOUNDS):
        return "audio/ogg"
    return None


def shown_name(given: str, media_type: str) -> str:
    """A name for people, from whatever was given: its last part, without what is unseen, ending as the type does."""
    base = re.split(r"[/\\]", unicodedata.normalize("NFC", given))[-1]
    seen = "".join(char for char in base if fault(char, most=1) is None and char.isprintable())
    clean = unicodedata.normalize("NFC", " ".join(seen.split())).lstrip(". ")
    endings = _ENDINGS.get(media_type, ("",))
    known = next((len(each) for each in endings if clean.lower().endswith(each)), 0)
    stem = clean[: len(clean) - known] or "file"
    ending = clean[len(clean) - known :] if known else endings[0]
    return stem[: NAME_MAX - len(ending)].rstrip(". ") + ending


def disposition(name: str, media_type: str) -> str:
    """Content-Disposition (RFC 6266): pictures in place, all else to be kept, under a name that is safe here too."""
    told = shown_name(name, media_type)
    plain = unicodedata.normalize("NFKD", told).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", plain)
    way = "inline" if media_type in PICTURES else "attachment"
    return f"{way}; filename=\"{plain}\"; filename*=UTF-8''{quote(told, safe='')}"
