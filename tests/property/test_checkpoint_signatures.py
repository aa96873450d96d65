"""Any bit flipped in a checkpoint, a cosignature or a whole note is refused, or the line counts for nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_feed import ANTWERP, LIEGE, sample_feed

from protocol import checkpoint as module
from protocol.checkpoint import as_note, parse_note, verify, verify_cosignature
from protocol.errors import BadSignature, ProtocolError
from protocol.ids import FeedId, Hash

FEED = sample_feed(12)
CHECKPOINT = FEED.checkpoint(12)
COSIGNATURE = FEED.cosignature(LIEGE, 12)
NOTE = as_note(CHECKPOINT, origin=ANTWERP.id, feed=FEED.id, cosignatures=[(LIEGE.id, COSIGNATURE)])


def flipped(raw: bytes, bit: int) -> bytes:
    return bytes(b ^ (1 << bit % 8 if n == bit // 8 else 0) for n, b in enumerate(raw))


@given(st.integers(0, 68 * 8 - 1))
def test_a_bit_flipped_in_a_log_signature_is_refused(bit: int) -> None:
    with pytest.raises(BadSignature):
        verify(
            replace(CHECKPOINT, signature=flipped(CHECKPOINT.signature, bit)),
            origin=ANTWERP.id,
            feed=FEED.id,
            publics=[ANTWERP.log_public],
        )


@given(st.integers(0, 76 * 8 - 1))
def test_a_bit_flipped_in_a_cosignature_is_refused(bit: int) -> None:
    with pytest.raises(BadSignature):
        verify_cosignature(
            flipped(COSIGNATURE, bit),
            holder=LIEGE.id,
            origin=ANTWERP.id,
            feed=FEED.id,
            size=12,
            root=CHECKPOINT.root,
            publics=[LIEGE.hold_public],
        )


@given(st.integers(0, 255), st.sampled_from(["feed", "root"]))
def test_a_cosignature_is_for_that_feed_and_root(bit: int, part: str) -> None:
    feed = FeedId(flipped(FEED.id, bit)) if part == "feed" else FEED.id
    root = Hash(flipped(CHECKPOINT.root, bit)) if part == "root" else CHECKPOINT.root
    with pytest.raises(BadSignature):
        verify_cosignature(
            COSIGNATURE,
            holder=LIEGE.id,
            origin=ANTWERP.id,
            feed=feed,
            size=12,
            root=root,
            publics=[LIEGE.hold_public],
        )


@given(st.integers(0, len(NOTE.encode()) * 8 - 1))
def test_a_bit_flipped_in_a_note_never_gives_the_same_statement(bit: int) -> None:
    """Refused when read or verified; only a line that then names an unknown key may be left over, and counts for nothing."""
    raw = flipped(NOTE.encode(), bit)
    try:
        note = parse_note(raw.decode())
        verify(note.checkpoint, origin=note.origin, feed=note.feed, publics=[ANTWERP.log_public])
    except (UnicodeDecodeError, ProtocolError):
        return
    assert (note.origin, note.feed, note.checkpoint) == (ANTWERP.id, FEED.id, CHECKPOINT)
    assert note.cosignatures != ((LIEGE.id, COSIGNATURE),)
    ((holder, cosignature),) = note.cosignatures
    with pytest.raises(BadSignature):
        verify_cosignature(
            cosignature,
            holder=holder,
            origin=ANTWERP.id,
            feed=FEED.id,
            size=12,
            root=CHECKPOINT.root,
            publics=[LIEGE.hold_public] if holder == LIEGE.id else [],
        )


@given(st.text(max_size=300))
def test_no_text_brings_the_reader_down(text: str) -> None:
    for candidate in (text, NOTE[: len(NOTE) // 2] + text, NOTE + text):
        try:
            note = parse_note(candidate)
        except ProtocolError:
            continue
        again = as_note(note.checkpoint, origin=note.origin, feed=note.feed, cosignatures=note.cosignatures)
        assert again == candidate


def test_a_signature_check_left_out_turns_these_properties_red(monkeypatch: pytest.MonkeyPatch) -> None:
    forged = replace(CHECKPOINT, signature=CHECKPOINT.signature[:4] + bytes(64))
    monkeypatch.setattr(module, "signed_by", lambda public, message, signature: True)
    verify(forged, origin=ANTWERP.id, feed=FEED.id, publics=[ANTWERP.log_public])
