"""From bytes of a receiver to whole AIS messages: lines, tag blocks, checksums, multi-sentence messages (IEC 61162-1, -450).

Guarantees that nothing longer than its caps is kept, that what is open is bounded in number and time, and that everything not
passed on is counted by reason. It decodes nothing of the payload: that is pyais's. Sentences of other talkers than AIS
(`$GPGGA` …) are no error: a receiver's port carries them too.

Gatehouse (`$PGHP`) lines carry time and station of the message that follows, as a tag block does for its own line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, NamedTuple

from pyais.messages import TagBlock

from protocol.ids import UnixMs

OPEN_MAX = 256
"""Multi-sentence messages waiting at once; a busy port has a handful, a hostile source is held here."""

_STATION_MAX = 32
_PGHP_FIELDS = 12
_MS_FROM = 100_000_000_000
"""A tag block's `c:` is in seconds, or in milliseconds from this number on (the year 5138 in seconds, 1973 in milliseconds)."""

_ARMOUR: Final = bytes(range(48, 88)) + bytes(range(96, 120))
"""The 64 characters of a payload (M.1371 by way of IEC 61162-1, table of six-bit characters)."""

_SENTENCE: Final = re.compile(rb"![^,]{2}VD[MO],([1-9]),([1-9]),(\d?),([^,]{0,2}),([^,]{0,200}),([0-5])\*")
"""Total, number, sequence, channel, payload, fill bits. Talkers such as `--` are in use; a payload has at most 200 characters."""

_NOTHING = b""


class Stamp(NamedTuple):
    """What a tag block or `$PGHP` line says of its message: station, the receiver's time, and the tag block's group."""

    station: str = ""
    at: UnixMs | None = None
    group: str = ""


NO_STAMP = Stamp()


class Whole(NamedTuple):
    """A complete message: its armoured payload with the number of fill bits at its end, and what is known of its reception."""

    payload: bytes
    fill: int
    stamp: Stamp


class Lines:
    """Cuts a byte stream into lines of at most `longest` bytes; a longer one is dropped whole and counted once."""

    def __init__(self, longest: int, counts: Counter[str]) -> None:
        self._longest = longest
        self._counts = counts
        self._rest = _NOTHING
        self._skipping = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The lines that this chunk completes, without their ends; empty ones are left out."""
        *whole, rest = (self._rest + chunk).split(b"\n")
        self._rest = rest
        for line in whole:
            if self._skipping:
                self._skipping = False
            elif len(line) > self._longest:
                self._counts["too_long"] += 1
            elif bare := line.strip():
                yield bare
        if len(self._rest) > self._longest:
            self._rest = _NOTHING
            if not self._skipping:
                self._skipping = True
                self._counts["too_long"] += 1

    def close(self) -> None:
        """The stream broke off: an unfinished line is worth nothing."""
        if self._rest or self._skipping:
            self._counts["cut_off"] += not self._skipping
        self._rest, self._skipping = _NOTHING, False


Key = tuple[str, bytes, bytes, int]
"""Who sends the parts of one message: station or tag-block group, sequence, channel, number of parts."""


@dataclass(slots=True)
class _Open:
    parts: list[bytes | None]
    stamp: Stamp
    since: UnixMs
    missing: int
    fill: int = 0


@dataclass(slots=True)
class Assembler:
    """Lines in, whole messages out. `window_ms` is how long a message may stay incomplete; `times`: stamps' times are read."""

    window_ms: int
    counts: Counter[str]
    times: bool = True
    _open: dict[Key, _Open] = field(default_factory=dict)
    _ahead: Stamp | None = None

    def take(self, line: bytes, now: UnixMs) -> Whole | None:
        """One line without its end, not empty; `now` (Unix ms) is its arrival."""
        if self._open:
            self._expire(now)
        first = line[0]
        if first == 0x21:  # !
            return self._sentence(line, None, now)
        if first == 0x5C:  # \ opens a tag block
            return self._tagged(line, now)
        if first != 0x24:  # neither $: a comment is as good as nothing
            self.counts["garbage"] += first != 0x23
        elif line[3:5] == b"HP":
            self._gatehouse(line)
        else:
            self.counts["other_sentence"] += 1
        return None

    def flush(self) -> None:
        """The source broke off: what is incomplete will stay so."""
        if self._open:
            self.counts["incomplete"] += len(self._open)
        self._open.clear()
        self._ahead = None

    @property
    def waiting(self) -> int:
        """Messages still incomplete."""
        return len(self._open)

    def _sentence(self, line: bytes, own: Stamp | None, now: UnixMs) -> Whole | None:
        if line[3:5] != b"VD":
            self.counts["other_sentence"] += 1
            return None
        star = checksum_at(line)
        if star < 0:
            self.counts["bad_checksum"] += 1
            return None
        found = _SENTENCE.match(line)
        if found is None or found[5].translate(None, _ARMOUR) or found.end() != star + 1:
            self.counts["malformed"] += 1
            return None
        if own is None and len(line) > star + 3:
            own = Stamp(
                at=stamp_time(line[star + 4 :].decode("ascii", "replace"))
            )  # `…*5D,1276256770`: an aggregator's time
        total, number, seq, channel, payload, fill = found.groups()
        if total == number == b"1":
            stamp = own or self._ahead or NO_STAMP
            self._ahead = None
            return Whole(payload, fill[0] - 48, stamp)
        return self._part(_Part(int(total), int(number), seq, channel, payload, fill[0] - 48), own, now)

    def _part(self, part: _Part, own: Stamp | None, now: UnixMs) -> Whole | None:
        if part.number > part.total:
            self.counts["malformed"] += 1
            return None
        if own is not None and part.number == 1:
            self._ahead = own  # the other parts of a message often come without a tag block of their own
        stamp = own or self._ahead or NO_STAMP
        whole = self._place(part, stamp, now)
        if part.number == part.total:
            self._ahead = None
        return whole

    def _place(self, part: _Part, stamp: Stamp, now: UnixMs) -> Whole | None:
        key = (f"g{stamp.group}" if stamp.group else stamp.station, part.seq, part.channel, part.total)
        held, place = self._open.get(key), part.number - 1
        if held is not None and (there := held.parts[place]) is not None:
            if there == part.payload:
                self.counts["repeated_part"] += 1
                return None
            self.counts["incomplete"] += 1  # the same numbers again: a newer message of this source
            del self._open[key]
            held = None
        if held is None:
            held = self._begin(key, stamp, now)
        held.parts[place] = part.payload
        held.missing -= 1
        if part.number == part.total:
            held.fill = part.fill
        if held.missing:
            return None
        del self._open[key]
        return Whole(b"".join(one for one in held.parts if one is not None), held.fill, held.stamp)

    def _begin(self, key: Key, stamp: Stamp, now: UnixMs) -> _Open:
        if len(self._open) >= OPEN_MAX:
            del self._open[next(iter(self._open))]
            self.counts["incomplete"] += 1
        held = self._open[key] = _Open([None] * key[3], stamp, now, key[3])
        return held

    def _expire(self, now: UnixMs) -> None:
        """Drop what is older than the window; insertion order is age."""
        while self._open:
            key = next(iter(self._open))
            if now - self._open[key].since <= self.window_ms:
                return
            del self._open[key]
            self.counts["incomplete"] += 1

    def _tagged(self, line: bytes, now: UnixMs) -> Whole | None:
        block, _, body = line[1:].partition(b"\\")
        if body[:1] != b"!":
            self.counts["other_sentence" if body[:1] == b"$" else "garbage"] += 1
            return None
        tag = TagBlock(block)
        tag.init()
        if not tag.is_valid:
            # The sentence has a checksum of its own; only what the block says is not to be believed.
            self.counts["bad_tag_block"] += 1
            return self._sentence(body, NO_STAMP, now)
        group = tag.group
        stamp = Stamp(
            (tag.source_station or "")[:_STATION_MAX],
            stamp_time(tag.receiver_timestamp) if self.times else None,
            str(group.group_id) if group is not None and group.is_fragmented else "",
        )
        return self._sentence(body, stamp, now)

    def _gatehouse(self, line: bytes) -> None:
        self._ahead = None
        if checksum_at(line) < 0:
            self.counts["bad_checksum"] += 1
            return
        fields = line.split(b",")
        if len(fields) < _PGHP_FIELDS:
            self.counts["malformed"] += 1
            return
        station = b"-".join(filter(None, fields[9:12]))[:_STATION_MAX].decode("ascii", "replace")
        self._ahead = Stamp(station, gatehouse_time(fields) if self.times else None)


class _Part(NamedTuple):
    total: int
    number: int
    seq: bytes
    channel: bytes
    payload: bytes
    fill: int


_HEX: Final = {f"{n:02X}".encode(): n for n in range(256)} | {f"{n:02x}".encode(): n for n in range(256)}


def checksum_at(line: bytes) -> int:
    """Where the `*` of a right checksum stands; -1 where the checksum is missing or wrong.

    A checksum is two hexadecimal digits after `*`: the XOR of all bytes between the first one and `*` (IEC 61162-1, 7.2.4).
    """
    star = line.rfind(b"*")
    given = _HEX.get(line[star + 1 : star + 3])
    return star if star > 0 and xor_of(line[1:star]) == given else -1


def xor_of(body: bytes) -> int:
    """XOR of all bytes, by folding one wide integer: a third of the time of a loop over them."""
    number = int.from_bytes(body, "big")
    width = 512
    while width < 4 * len(body):
        width *= 2
    while width > 256:  # as wide as the longest line needs; a sentence of 82 characters needs one step
        number ^= number >> width
        width >>= 1
    number ^= number >> 256
    number ^= number >> 128
    number ^= number >> 64
    number ^= number >> 32
    number ^= number >> 16
    number ^= number >> 8
    return number & 0xFF


def stamp_time(text: str | None) -> UnixMs | None:
    """A tag block's `c:`, seconds or milliseconds, as Unix ms; `None` where it is no such number."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 13:
        return None
    number = int(text)
    return UnixMs(number if number >= _MS_FROM else number * 1000)


def gatehouse_time(fields: list[bytes]) -> UnixMs | None:
    """`$PGHP,1,year,month,day,hour,minute,second,millisecond,…`, UTC."""
    try:
        year, month, day, hour, minute, second, milli = (int(one) for one in fields[2:9])
        stamp = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    return UnixMs(int(stamp.timestamp()) * 1000 + min(max(milli, 0), 999))
