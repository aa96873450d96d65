"""A run: consecutive entries of one feed, verified together at the price of a hash each.

Guarantees: what comes back was built from entries that stand, in this order and nothing else between, at the indexes
after `held` in the very log whose checkpoint the origin signed, each with content that is absent or as committed.
Does not decide whether the origin may say it, nor whether the operations stand where they may (`check_place`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from protocol.checkpoint import Checkpoint, verify
from protocol.entry import Entry, Header, check_entry, parse_header
from protocol.errors import BadProof, ProtocolError
from protocol.ids import FeedId, Hash, NodeId
from protocol.merkle import CompactRange, leaf_hash, verify_consistency


def verify_run(
    held: CompactRange,
    entries: Sequence[Entry],
    checkpoint: Checkpoint,
    consistency: Sequence[bytes],
    *,
    origin: NodeId,
    feed: FeedId,
    publics: Iterable[bytes] | None,
    headers: Sequence[Header] | None = None,
) -> tuple[CompactRange, tuple[tuple[Hash, ...], ...]]:
    """The range after these entries, and for each the nodes its leaf completes, level 0 first.

    `held` is what the caller has verified before; `headers`, if the caller has parsed them, one for each entry.
    `publics` None: size and root of the checkpoint are vouched for otherwise, and its signature is not looked at.
    `consistency` leads from the size after the run to the checkpoint, and is empty exactly when the two are equal.
    Raises BadSignature, BadProof, or what parsing a header raises, with the number of the entry in `where`.
    """
    if not entries:
        raise ProtocolError("at least one entry", where="entries")
    if publics is not None:
        verify(checkpoint, origin=origin, feed=feed, publics=publics)
    after, completed = held.extend([leaf_hash(entry.header) for entry in entries])
    if checkpoint.size < after.size:
        raise BadProof("smaller than the run it vouches for", where="checkpoint.size")
    verify_consistency(
        size1=after.size, size2=checkpoint.size, root1=after.root(), root2=checkpoint.root, proof=consistency
    )
    _check_contents(entries, headers)
    return after, completed


def _check_contents(entries: Sequence[Entry], headers: Sequence[Header] | None) -> None:
    if headers is not None and len(headers) != len(entries):
        raise BadProof("one header for each entry", where="entries")
    number = 0
    try:
        for number, entry in enumerate(entries):
            check_entry(entry, parse_header(entry.header) if headers is None else headers[number])
    except ProtocolError as refused:
        refused.locate(f"entries[{number}]")
        raise
