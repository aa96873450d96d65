"""C2SP notes to the byte: key ids of keys that others published, text, lines, and what is refused."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import replace

import pytest
from sample_feed import ANTWERP, LIEGE, NORTH_SEA, sample_feed

from protocol.checkpoint import (
    Checkpoint,
    as_note,
    from_wire,
    key_id_log,
    origin_name,
    parse_note,
    text,
    to_wire,
    verify,
    verify_cosignature,
)
from protocol.errors import BadProof, BadSignature, ProtocolError, TooLarge
from protocol.ids import Hash, NodeId
from protocol.merkle import EMPTY_ROOT
from protocol.note import key_id
from protocol.stored import sign_stored, stored_text, verify_stored

FEED = sample_feed(9)
CHECKPOINT = FEED.checkpoint(9)
COSIGNATURE = FEED.cosignature(LIEGE, 9)
NOTE = as_note(
    CHECKPOINT,
    origin=ANTWERP.id,
    feed=FEED.id,
    cosignatures=[(LIEGE.id, COSIGNATURE), (NORTH_SEA.id, FEED.cosignature(NORTH_SEA, 9))],
)


@pytest.mark.parametrize(
    "published",
    [
        "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
        "witness.navigli.sunlight.geomys.org+a3e00fe2+BNy/co4C1Hn1p+INwJrfUlgz7W55dSZReusH/GhUhJ/G",
    ],
)
def test_key_ids_are_those_that_others_published(published: str) -> None:
    """A note key (0x01) and a cosigning key (0x04), as name+id+base64(algorithm and key)."""
    name, keyed, key = published.split("+", 2)
    raw = b64decode(key)
    assert key_id(name, raw[0], raw[1:]).hex() == keyed


def test_the_text_is_three_lines() -> None:
    lines = text(ANTWERP.id, FEED.id, 9, CHECKPOINT.root).decode().split("\n")
    assert lines == [
        f"port2port/port-antwerp-bruges/{FEED.id.hex()}",
        "9",
        b64encode(CHECKPOINT.root).decode(),
        "",
    ]


def test_the_cosigned_message_is_two_lines_and_the_text() -> None:
    message = b"cosignature/v1\ntime 1790000100\n" + text(ANTWERP.id, FEED.id, 9, CHECKPOINT.root)
    LIEGE.hold.verify_key.verify(message, COSIGNATURE[12:])
    assert COSIGNATURE[4:12] == (1_790_000_100).to_bytes(8, "big")
    assert COSIGNATURE[:4] == key_id("port2port/port-liege/hold", 4, LIEGE.hold_public)


def test_a_note_is_text_blank_line_origin_line_then_holders_in_order() -> None:
    body, lines = NOTE.split("\n\n")
    assert (body + "\n").encode() == text(ANTWERP.id, FEED.id, 9, CHECKPOINT.root)
    assert [line.split(" ")[:2] for line in lines.splitlines()] == [
        ["—", origin_name(ANTWERP.id, FEED.id)],
        ["—", "port2port/north-sea-port/hold"],
        ["—", "port2port/port-liege/hold"],
    ]


def test_a_note_read_is_the_note_written() -> None:
    note = parse_note(NOTE)
    assert (note.origin, note.feed, note.checkpoint) == (ANTWERP.id, FEED.id, CHECKPOINT)
    again = as_note(note.checkpoint, origin=note.origin, feed=note.feed, cosignatures=note.cosignatures)
    assert again == NOTE


def _twice(note: str) -> str:
    return note + note.splitlines(keepends=True)[-1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda n: n[:-1], "end in a newline"),
        (lambda n: n.replace("\n\n", "\n"), "blank line"),
        (lambda n: n.replace("\n9\n", "\n09\n"), "leading zeros"),
        (lambda n: n.replace("\n9\n", "\n+9\n"), "decimal"),
        (lambda n: n.replace("\n9\n", "\n９\n"), "decimal"),
        (lambda n: n.replace("\n9\n", "\n9223372036854775808\n"), "within range"),
        (lambda n: n.replace("\n9\n", "\n9\nmore\n", 1), "three lines|base64|origin"),
        (lambda n: n.replace("\n\n", "\nextension\n\n"), "three lines"),
        (lambda n: n.replace("=\n\n", "\n\n"), "base64"),
        (lambda n: n.replace("— ", "- ", 1), "em dash"),
        (lambda n: n.replace("— ", "—  ", 1), "em dash"),
        (lambda n: n.replace("/hold ", "/log ", 1), "/hold"),
        (lambda n: n.replace("port2port/port-liege/hold", "port2port/a-port/hold"), "byte order"),
        (_twice, "one line for each holder"),
        (lambda n: n.replace(FEED.id.hex(), FEED.id.hex().upper()), "lower-case hex"),
        (lambda n: n.replace(FEED.id.hex(), FEED.id.hex()[:-2]), "lower-case hex"),
        (lambda n: n.replace("port-antwerp-bruges", "port--antwerp--bruges"), "node id"),
        (lambda n: n.replace("\n", "\r\n"), "blank line"),
        (lambda n: "\n".join(n.split("\n")[:4]), "signature lines|em dash|newline"),
    ],
)
def test_a_note_that_deviates_is_refused(change: Callable[[str], str], words: str) -> None:
    changed = change(NOTE)
    assert changed != NOTE
    with pytest.raises(ProtocolError, match=words):
        parse_note(changed)


def test_spare_bits_of_base64_are_refused() -> None:
    root = b64encode(CHECKPOINT.root).decode()
    spare = root[:-2] + chr(ord(root[-2]) + 1) + "="
    assert b64decode(spare) == CHECKPOINT.root, "the same bytes, written otherwise"
    with pytest.raises(ProtocolError, match="canonical form"):
        parse_note(NOTE.replace(root, spare))


def test_a_note_is_capped_before_it_is_read() -> None:
    with pytest.raises(TooLarge):
        parse_note(NOTE + "x" * (128 << 10))
    with pytest.raises(TooLarge, match="signature lines"):
        parse_note(NOTE + "— a AA==\n" * 512)


@pytest.mark.parametrize(
    "changed",
    [
        replace(CHECKPOINT, size=8),
        replace(CHECKPOINT, root=FEED.root_at(8)),
        replace(CHECKPOINT, signature=CHECKPOINT.signature[:-1]),
        replace(CHECKPOINT, signature=b""),
    ],
)
def test_a_checkpoint_of_other_parts_does_not_verify(changed: Checkpoint) -> None:
    verify(CHECKPOINT, origin=ANTWERP.id, feed=FEED.id, publics=[ANTWERP.log_public])
    with pytest.raises(BadSignature):
        verify(changed, origin=ANTWERP.id, feed=FEED.id, publics=[ANTWERP.log_public])


def test_a_checkpoint_holds_for_its_origin_feed_and_key_only() -> None:
    for origin, feed, key in (
        (LIEGE.id, FEED.id, ANTWERP.log_public),
        (ANTWERP.id, FEED.id[::-1], ANTWERP.log_public),
        (ANTWERP.id, FEED.id, ANTWERP.hold_public),
    ):
        with pytest.raises(BadSignature):
            verify(CHECKPOINT, origin=origin, feed=type(FEED.id)(feed), publics=[key])
    with pytest.raises(BadSignature):
        verify(CHECKPOINT, origin=ANTWERP.id, feed=FEED.id, publics=[])


def test_any_of_several_keys_of_a_node_counts() -> None:
    """While keys rotate both are valid."""
    verify(CHECKPOINT, origin=ANTWERP.id, feed=FEED.id, publics=[LIEGE.log_public, ANTWERP.log_public])


@pytest.mark.parametrize(
    ("size", "root"), [(-1, bytes(32)), (1 << 63, bytes(32)), (1, bytes(31)), (0, bytes(32))]
)
def test_a_size_or_root_out_of_shape_is_no_checkpoint(size: int, root: bytes) -> None:
    with pytest.raises(BadProof):
        verify(Checkpoint(size, Hash(root), bytes(68)), origin=ANTWERP.id, feed=FEED.id, publics=[])


def test_the_empty_log_has_one_root() -> None:
    note = as_note(Checkpoint(0, EMPTY_ROOT, bytes(68)), origin=ANTWERP.id, feed=FEED.id)
    assert parse_note(note).checkpoint.size == 0


def test_a_checkpoint_goes_over_the_wire_in_parts() -> None:
    assert from_wire(to_wire(CHECKPOINT)) == CHECKPOINT


def _time(
    cosignature: bytes, holder: NodeId = LIEGE.id, size: int = 9, key: bytes = LIEGE.hold_public
) -> int:
    return verify_cosignature(
        cosignature,
        holder=holder,
        origin=ANTWERP.id,
        feed=FEED.id,
        size=size,
        root=FEED.root_at(size),
        publics=[key],
    )


def test_a_cosignature_tells_its_time_and_holds_for_that_checkpoint_and_holder() -> None:
    assert _time(COSIGNATURE) == 1_790_000_100
    later = COSIGNATURE[:4] + (1_790_000_101).to_bytes(8, "big") + COSIGNATURE[12:]
    cases: tuple[Callable[[], int], ...] = (
        lambda: _time(later),
        lambda: _time(COSIGNATURE, size=8),
        lambda: _time(COSIGNATURE, holder=NORTH_SEA.id),
        lambda: _time(COSIGNATURE, key=LIEGE.log_public),
        lambda: _time(COSIGNATURE[:-1]),
        lambda: _time(COSIGNATURE[:4] + b"\xff" * 8 + COSIGNATURE[12:]),
    )
    for refused in cases:
        with pytest.raises(BadSignature):
            refused()


def test_a_stored_note_is_neither_a_cosignature_nor_for_another_entry() -> None:
    leaf, root = FEED.entries[5].leaf, FEED.root_at(9)
    lines = (
        stored_text(origin=ANTWERP.id, feed=FEED.id, index=5, leaf=leaf, size=9, root=root)
        .decode()
        .splitlines()
    )
    assert lines[:3] == ["port2port/stored/v1", f"port-antwerp-bruges/{FEED.id.hex()}", "5"]
    assert len(lines) == 6
    signature = sign_stored(
        holder=LIEGE.id,
        origin=ANTWERP.id,
        feed=FEED.id,
        index=5,
        leaf=leaf,
        size=9,
        root=root,
        public=LIEGE.hold_public,
        sign=LIEGE.sign_hold,
    )
    assert signature[:4] == key_id_log("port2port/port-liege/hold", LIEGE.hold_public)

    def check(index: int, raw: bytes = signature) -> None:
        verify_stored(
            raw,
            holder=LIEGE.id,
            origin=ANTWERP.id,
            feed=FEED.id,
            index=index,
            leaf=leaf,
            size=9,
            root=root,
            publics=[LIEGE.hold_public],
        )

    check(5)
    with pytest.raises(BadSignature):
        check(6)
    with pytest.raises(BadSignature):
        check(5, COSIGNATURE[:68])
