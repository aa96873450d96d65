"""Invariant 1 where the bytes arrive: any bit flipped in anything a run is made of is refused, and the truth still passes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_feed import ANTWERP, ISSUED, feed_of, published, sample_feed

from protocol import merkle, run
from protocol.checkpoint import Checkpoint
from protocol.entry import Entry, Header, build_close, parse_header
from protocol.errors import BadProof, BadSignature, Code, ProtocolError
from protocol.ids import FeedId, Hash
from protocol.merkle import CompactRange
from protocol.run import verify_run

SIZE = 40
FEED = sample_feed(SIZE)


@dataclass(frozen=True)
class Sent:
    """A batch as it arrives."""

    held: CompactRange
    entries: tuple[Entry, ...]
    checkpoint: Checkpoint
    consistency: tuple[bytes, ...]
    feed: FeedId = FEED.id

    def verify(self, headers: Sequence[Header] | None = None) -> CompactRange:
        return verify_run(
            self.held,
            self.entries,
            self.checkpoint,
            self.consistency,
            origin=ANTWERP.id,
            feed=self.feed,
            publics=[ANTWERP.log_public],
            headers=headers,
        )[0]


def sent(first: int, end: int, size: int) -> Sent:
    return Sent(
        FEED.range_at(first), FEED.entries[first:end], FEED.checkpoint(size), FEED.consistency(end, size)
    )


@st.composite
def runs(draw: st.DrawFn) -> Sent:
    first = draw(st.integers(0, SIZE - 1))
    end = draw(st.integers(first + 1, SIZE))
    return sent(first, end, draw(st.integers(end, SIZE)))


bits = st.integers(0, 1 << 30)


def flipped(raw: bytes, bit: int) -> bytes:
    at = bit % (len(raw) * 8)
    return bytes(b ^ (1 << at % 8 if n == at // 8 else 0) for n, b in enumerate(raw))


@given(runs())
def test_an_honest_run_of_any_cut_verifies(batch: Sent) -> None:
    first, end = batch.held.size, batch.held.size + len(batch.entries)
    after, completed = verify_run(
        batch.held,
        batch.entries,
        batch.checkpoint,
        batch.consistency,
        origin=ANTWERP.id,
        feed=FEED.id,
        publics=[ANTWERP.log_public],
    )
    assert after == FEED.range_at(end)
    assert tuple(b"".join(nodes) for nodes in completed) == FEED.rows[first:end]
    assert batch.verify([parse_header(e.header) for e in batch.entries]) == after


def _header(batch: Sent, entry: Entry, bit: int) -> Entry:
    return entry._replace(header=flipped(entry.header, bit))


def _content(batch: Sent, entry: Entry, bit: int) -> Entry:
    return (
        entry._replace(content=flipped(entry.content, bit)) if entry.content else _header(batch, entry, bit)
    )


def _salt(batch: Sent, entry: Entry, bit: int) -> Entry:
    return entry._replace(salt=flipped(entry.salt, bit)) if entry.salt else _header(batch, entry, bit)


@pytest.mark.parametrize("part", [_header, _content, _salt])
@given(batch=runs(), bit=bits, which=st.integers(0, SIZE))
def test_a_bit_flipped_in_an_entry_is_refused(
    part: Callable[[Sent, Entry, int], Entry], batch: Sent, bit: int, which: int
) -> None:
    n = which % len(batch.entries)
    changed = part(batch, batch.entries[n], bit)
    with pytest.raises(ProtocolError) as refused:
        replace(batch, entries=(*batch.entries[:n], changed, *batch.entries[n + 1 :])).verify()
    assert refused.value.code in {Code.BAD_PROOF, Code.MALFORMED, Code.UNKNOWN_OP}
    batch.verify()


@given(runs(), bits)
def test_a_bit_flipped_in_the_label_is_refused(batch: Sent, bit: int) -> None:
    """The label is in OPEN, and makes the feed's id: whatever other feed it names, the origin did not sign that one."""
    with pytest.raises(BadSignature):
        replace(batch, feed=FeedId(flipped(FEED.id, bit))).verify()


@given(runs(), bits, st.sampled_from(["root", "signature"]))
def test_a_bit_flipped_in_the_checkpoint_is_refused(batch: Sent, bit: int, part: str) -> None:
    checkpoint = (
        replace(batch.checkpoint, root=Hash(flipped(batch.checkpoint.root, bit)))
        if part == "root"
        else replace(batch.checkpoint, signature=flipped(batch.checkpoint.signature, bit))
    )
    with pytest.raises(BadSignature):
        replace(batch, checkpoint=checkpoint).verify()


@given(runs(), st.integers(0, 62))
def test_a_bit_flipped_in_the_size_is_refused(batch: Sent, bit: int) -> None:
    with pytest.raises(ProtocolError):
        replace(batch, checkpoint=replace(batch.checkpoint, size=batch.checkpoint.size ^ 1 << bit)).verify()


@given(runs(), bits, st.integers(0, 63))
def test_a_bit_flipped_in_the_consistency_proof_is_refused(batch: Sent, bit: int, which: int) -> None:
    proof = batch.consistency
    if proof:
        n = which % len(proof)
        proof = (*proof[:n], flipped(proof[n], bit), *proof[n + 1 :])
    else:
        proof = (batch.checkpoint.root,)
    with pytest.raises(BadProof):
        replace(batch, consistency=proof).verify()


@given(runs(), st.data())
def test_a_run_reordered_repeated_or_with_a_hole_is_refused(batch: Sent, data: st.DataObject) -> None:
    entries = data.draw(
        st.one_of(
            st.permutations(batch.entries).map(tuple),
            st.just(batch.entries + batch.entries[-1:]),
            st.just(batch.entries[:1] + batch.entries[2:]),
            st.just(batch.entries[1:]),
        ).filter(lambda e: e != batch.entries)
    )
    with pytest.raises(ProtocolError):
        replace(batch, entries=entries).verify()


@given(runs(), st.integers(0, SIZE))
def test_a_run_does_not_fit_on_another_size(batch: Sent, size: int) -> None:
    if size != batch.held.size:
        with pytest.raises(ProtocolError):
            replace(batch, held=FEED.range_at(size)).verify()


def test_a_forged_entry_in_a_signed_log_is_refused_by_its_commitment_with_its_number() -> None:
    batch = sent(3, 8, 20)
    forged = batch.entries[2]._replace(content=batch.entries[1].content)
    entries = (*batch.entries[:2], forged, *batch.entries[3:])
    with pytest.raises(BadProof, match=r"entries\[2\]\.content: not what the header commits to"):
        replace(batch, entries=entries).verify()


def test_a_run_is_not_empty_and_its_checkpoint_not_smaller() -> None:
    with pytest.raises(ProtocolError, match="at least one entry"):
        replace(sent(3, 8, 20), entries=()).verify()
    with pytest.raises(BadProof, match="smaller than the run"):
        replace(sent(3, 8, 20), checkpoint=FEED.checkpoint(7)).verify()


def test_headers_passed_in_are_one_for_each_entry() -> None:
    with pytest.raises(BadProof, match="one header for each"):
        sent(3, 8, 20).verify([parse_header(FEED.entries[3].header)])


def test_absent_content_verifies_and_a_close_too() -> None:
    batch = sent(3, 8, 20)
    assert replace(batch, entries=tuple(Entry(e.header) for e in batch.entries)).verify() == FEED.range_at(8)
    assert parse_header(build_close(issued_ms=ISSUED, register=1).header).commitment is None


def test_a_check_of_commitments_left_out_turns_these_properties_red(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = sent(3, 8, 20)
    entry = batch.entries[0]
    assert entry.content is not None
    changed = replace(batch, entries=(entry._replace(content=flipped(entry.content, 9)), *batch.entries[1:]))
    monkeypatch.setattr(run, "check_entry", lambda entry, header: None)
    changed.verify()


def test_a_check_of_the_signature_left_out_turns_these_properties_red(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    changed = replace(sent(3, 8, 8), checkpoint=replace(FEED.checkpoint(8), signature=bytes(68)))
    monkeypatch.setattr(run, "verify", lambda *given, **more: None)
    changed.verify()


def test_a_check_of_consistency_left_out_turns_these_properties_red(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = sent(3, 8, 20)
    entry = batch.entries[0]
    changed = replace(batch, entries=(Entry(batch.entries[1].header), *batch.entries[1:]))
    assert changed.entries[0] != entry
    monkeypatch.setattr(run, "verify_consistency", lambda **given: None)
    changed.verify()
    monkeypatch.setattr(run, "verify_consistency", merkle.verify_consistency)
    with pytest.raises(BadProof):
        changed.verify()


def test_an_operation_of_tomorrow_in_a_signed_run_is_named_with_its_number() -> None:
    """Signed and in place, so nothing is wrong with the feed: this version just cannot go on."""
    tomorrow = Entry(build_close(issued_ms=ISSUED, register=1).header.replace(b"\x08\x06", b"\x08\x63", 1))
    feed = feed_of([published(1), tomorrow])
    with pytest.raises(
        ProtocolError, match=r"entries\[2\]\.header\.op: not known to this version"
    ) as refused:
        verify_run(
            CompactRange(),
            feed.entries,
            feed.checkpoint(3),
            (),
            origin=ANTWERP.id,
            feed=feed.id,
            publics=[ANTWERP.log_public],
        )
    assert refused.value.code == Code.UNKNOWN_OP


@given(st.binary(max_size=200))
def test_no_bytes_bring_the_reader_of_headers_down(raw: bytes) -> None:
    try:
        header = parse_header(raw)
    except ProtocolError:
        return
    assert header.issued_ms > 0
