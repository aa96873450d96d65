"""Framing: lines, checksums, tag blocks and multi-sentence messages, each fault counted under its own name."""

from __future__ import annotations

from collections import Counter
from functools import reduce
from operator import xor

import pytest
from ais_samples import START, checksum, sentences, tagged

from node.sensors.ais_nmea import OPEN_MAX, Assembler, Lines, Whole, checksum_at, stamp_time, xor_of
from protocol.ids import UnixMs

NAMED = {"shipname": "DEMO LONG NAME", "callsign": "DEMO1", "destination": "ANTWERPEN"}


def assembler(window_ms: int = 10_000) -> Assembler:
    return Assembler(window_ms, Counter())


def feed(into: Assembler, *lines: bytes, now: int = START) -> list[Whole]:
    taken = [into.take(line, UnixMs(now)) for line in lines]
    return [whole for whole in taken if whole is not None]


def two_parts(seq: int = 1, name: str = "DEMO LONG NAME") -> tuple[bytes, bytes]:
    one, other = sentences(5, seq=seq, **{**NAMED, "shipname": name})
    return one, other


def test_a_good_sentence_passes() -> None:
    into = assembler()
    assert len(feed(into, *sentences())) == 1
    assert not into.counts


def test_every_single_changed_byte_is_a_bad_checksum_or_malformed() -> None:
    (line,) = sentences()
    for place in range(1, len(line)):
        into = assembler()
        changed = line[:place] + bytes([line[place] ^ 1]) + line[place + 1 :]
        assert not feed(into, changed), changed
        assert sum(into.counts.values()) == 1, changed


def test_xor_folding_is_the_loop() -> None:
    for length in (0, 1, 2, 63, 64, 65, 127, 128, 129, 1024, 5000):
        body = bytes((7 * place + length) % 256 for place in range(length))
        assert xor_of(body) == reduce(xor, body, 0)


@pytest.mark.parametrize("line", [b"!AIVDM,1,1,,A,133q,0", b"*", b"!*", b"!AIVDM*G1", b"!AIVDM*4", b""])
def test_a_checksum_that_is_missing_or_no_number_is_none(line: bytes) -> None:
    assert checksum_at(line) == -1


def signed(body: bytes) -> bytes:
    return b"!" + body + b"*" + checksum(body)


@pytest.mark.parametrize(
    "body",
    [
        b"AIVDM,0,1,,A,15N4cJ005Jrek0H@9nDW5608EP,0",
        b"AIVDM,1,2,,A,15N4cJ005Jrek0H@9nDW5608EP,0",
        b"AIVDM,1,1,,A,15N4cJ005Jrek0H@9nDW5608EP,6",
        b"AIVDM,1,1,,A,15N4cJ005Jrek0H@9nDW5608E~,0",
        b"AIVDM,1,1,,ABC,15N4cJ005Jrek0H@9nDW5608EP,0",
        b"AIVDM,1,1,,A," + b"0" * 201 + b",0",
        b"AIVDM,2,3,1,A,15N4cJ005Jrek0H@9nDW5608EP,0",
        b"AIVDM,11,1,1,A,15N4cJ005Jrek0H@9nDW5608EP,0",
        b"AIVDM,1,1,,A,15N4cJ005Jrek0H@9nDW5608EP",
    ],
)
def test_what_iec_61162_does_not_allow_is_malformed(body: bytes) -> None:
    into = assembler()
    assert not feed(into, signed(body))
    assert into.counts == {"malformed": 1}


def test_garbage_other_sentences_and_comments_are_told_apart() -> None:
    into = assembler()
    feed(into, b"foobar", b"# comment", b"$GPGGA,1*6D", b"!AIABM,1*00", b"\\no end", b"\\s:a*1\\nothing")
    assert into.counts == {"garbage": 3, "other_sentence": 2}


def test_two_sentences_make_one_message_in_any_order() -> None:
    one, other = two_parts()
    (whole,) = feed(assembler(), one, other)
    (turned,) = feed(assembler(), other, one)
    assert whole == turned
    assert len(whole.payload) == 71


def test_parts_of_two_stations_are_not_mixed() -> None:
    into = assembler()
    a1, a2 = two_parts(name="DEMO OF ONE STATION")
    b1, b2 = two_parts(name="DEMO OF THE OTHER")
    found = feed(into, tagged(a1, s="r1"), tagged(b1, s="r2"), tagged(a2, s="r1"), tagged(b2, s="r2"))
    assert [whole.stamp.station for whole in found] == ["r1", "r2"]
    assert found[0].payload == a1.split(b",")[5] + a2.split(b",")[5]


def test_a_second_part_without_tag_block_belongs_to_the_first() -> None:
    one, other = two_parts()
    (whole,) = feed(assembler(), tagged(one, s="r1", c=1_700_000_000), other)
    assert whole.stamp.station == "r1"
    assert whole.stamp.at == 1_700_000_000_000


def test_parts_of_a_tag_block_group_find_each_other() -> None:
    one, other = two_parts()
    (whole,) = feed(assembler(), tagged(one, g="1-2-77", s="r1"), tagged(other, g="2-2-77"))
    assert whole.stamp.station == "r1"


def test_a_bad_tag_block_says_nothing_but_its_sentence_counts() -> None:
    into = assembler()
    (line,) = sentences()
    (whole,) = feed(into, b"\\s:r1,c:1700000000*00\\" + line)
    assert whole.stamp.station == ""
    assert whole.stamp.at is None
    assert into.counts == {"bad_tag_block": 1}


def test_a_gatehouse_line_belongs_to_the_next_message_only() -> None:
    body = b"PGHP,1,2010,6,11,11,46,12,54,205,0,,1,2F"
    (line,) = sentences()
    first, second = feed(assembler(), b"$" + body + b"*" + checksum(body), line, line)
    assert first.stamp.station == "205-0"
    assert first.stamp.at == 1_276_256_772_054
    assert second.stamp.station == ""


def test_an_incomplete_message_is_dropped_after_the_window_and_counted() -> None:
    into = assembler(window_ms=10_000)
    one, other = two_parts()
    feed(into, one)
    assert not feed(into, other, now=START + 10_001)
    assert into.counts == {"incomplete": 1}
    assert into.waiting == 1  # the late second part, now alone


def test_inside_the_window_it_is_kept() -> None:
    into = assembler(window_ms=10_000)
    one, other = two_parts()
    feed(into, one)
    assert feed(into, other, now=START + 10_000)


def test_a_new_message_under_the_same_numbers_replaces_the_unfinished_one() -> None:
    into = assembler()
    old, _ = two_parts(name="DEMO OLD")
    one, other = two_parts(name="DEMO NEW")
    (whole,) = feed(into, old, one, other)
    assert whole.payload.startswith(one.split(b",")[5])
    assert into.counts == {"incomplete": 1}


def test_a_repeated_part_is_counted_and_harmless() -> None:
    into = assembler()
    one, other = two_parts()
    assert len(feed(into, one, one, other)) == 1
    assert into.counts == {"repeated_part": 1}


def test_open_messages_are_bounded() -> None:
    into = assembler()
    one, _ = two_parts()
    for number in range(OPEN_MAX + 50):
        feed(into, tagged(one, s=f"r{number}"))
    assert into.waiting == OPEN_MAX
    assert into.counts == {"incomplete": 50}
    into.flush()
    assert into.waiting == 0
    assert into.counts == {"incomplete": OPEN_MAX + 50}


def test_an_aggregators_time_after_the_checksum_is_read() -> None:
    (line,) = sentences()
    (whole,) = feed(assembler(), line + b",1276256770")
    assert whole.stamp.at == 1_276_256_770_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1700000000", 1_700_000_000_000),
        ("1700000000123", 1_700_000_000_123),
        ("12345678901234", None),
        ("-1", None),
        ("1.5", None),
        ("", None),
        ("１２", None),
        (None, None),
    ],
)
def test_stamps_in_seconds_and_milliseconds(text: str | None, expected: int | None) -> None:
    assert stamp_time(text) == expected


def test_a_line_too_long_is_dropped_whole_and_counted_once() -> None:
    counts: Counter[str] = Counter()
    lines = Lines(100, counts)
    assert list(lines.feed(b"x" * 99)) == []
    assert list(lines.feed(b"x" * 99)) == []
    assert list(lines.feed(b"x" * 5000)) == []
    assert list(lines.feed(b"tail\r\nnext\r\n")) == [b"next"]
    assert counts == {"too_long": 1}


def test_a_long_line_inside_one_chunk_is_dropped_too() -> None:
    counts: Counter[str] = Counter()
    assert list(Lines(10, counts).feed(b"a\n" + b"b" * 11 + b"\n\n \nc\n")) == [b"a", b"c"]
    assert counts == {"too_long": 1}


def test_an_unfinished_line_at_the_end_is_counted() -> None:
    counts: Counter[str] = Counter()
    lines = Lines(100, counts)
    assert list(lines.feed(b"half a li")) == []
    lines.close()
    assert list(lines.feed(b"ne\n")) == [b"ne"]
    assert counts == {"cut_off": 1}
