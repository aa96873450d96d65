"""What a peer is given: ranges of feeds, and what is held of them. Decided anew at every call, under the register of now.

Guarantees: nothing here names a feed, its size or its absence to a node that may not follow it; for such a node, for a range
that is not held and for a feed that does not exist the answer is the same nothing. Every batch carries a checkpoint that
vouches for exactly what is in it. No entry is served under a register older than its own, and no content that an erasure covers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from node.commands.batch import Batch
from node.commands.context import Context
from node.commands.cut import vouched
from node.commands.entitled import may_serve
from node.commands.in_force import in_force
from node.store import cuts, entries, erasures, feeds, receipts
from node.store.entries import EntryRow, Standing
from node.store.feeds import FeedRole, FeedRow, FeedState
from node.store.unit import Reader, Tx
from protocol.entry import Entry
from protocol.ids import FeedId, Hash, NodeId
from protocol.limits import BATCH_BYTES_MAX, LIVE_MAX
from protocol.merkle import prove_consistency
from protocol.operation import Op
from protocol.register_view import Register

HEADS_DOMAIN = b"port2port/heads/v1\x00"


class Listed(NamedTuple):
    """One feed as far as it is held: the facts of its OPEN, and size and root."""

    number: int
    feed: FeedId
    origin: NodeId
    label: str
    role: int
    register_version: int
    state: int
    size: int
    root: Hash


@dataclass(frozen=True, slots=True)
class Head:
    """So many entries of a feed are held without a gap, with this root."""

    feed: FeedId
    size: int
    root: Hash


def run(
    reader: Reader,
    ctx: Context,
    peer: NodeId,
    feed: FeedId,
    first: int,
    *,
    end: int = 0,
    most: int = LIVE_MAX,
) -> Batch | None:
    """Entries `first` to at most `end` (0: the newest checkpoint), at most `most` and 1 MiB of them; None: nothing for `peer`."""
    register = ctx.register
    held = feeds.find(reader, feed)
    if held is None or not may_serve(ctx, peer, held, register):
        return None
    return piece(reader, ctx, register, held, first, end=end, most=most)


def piece(
    reader: Reader,
    ctx: Context,
    register: Register,
    held: FeedRow,
    first: int,
    *,
    end: int = 0,
    most: int = LIVE_MAX,
) -> Batch | None:
    """`run`, of a feed that is looked up and decided about already."""
    if held.state in {FeedState.PURGED, FeedState.VOID} or not ctx.may_say(held):
        return None
    head = held.checkpoint
    if not in_force(register, held):
        if not vouched(cuts.of(reader, held), head):
            return None
        head = replace(head, signature=b"")  # an EPOCH vouches for it, no key does
    end = min(end or held.checkpoint.size, held.checkpoint.size, first + most)
    rows = _fitting(entries.between(reader, held.number, first, end), register) if first < end else []
    if not rows:
        return None
    return Batch(
        held.feed,
        first,
        tuple([given(reader, held, row) for row in rows]),
        head,
        _leading(reader, held, rows[-1].at + 1),
    )


def given(reader: Reader, held: FeedRow, row: EntryRow) -> Entry:
    """The bytes as they are; of what an erasure covers that is held here the header alone, cooled or not: content, and words about it."""
    if row.standing == Standing.ERASED:
        return Entry(row.header)
    told = row.op == Op.PUBLISH and row.standing != Standing.QUARANTINED  # then its standing says it
    if (
        row.content is None
        or told
        or not erasures.covers(reader, held.lineage, row.record or b"", row.version)
    ):
        return row.entry
    return Entry(row.header)


def listed(reader: Reader, ids: Iterable[FeedId] | None = None) -> list[Listed]:
    """Every feed held, or those with these ids; who may be told of them is the caller's to decide."""
    columns = "SELECT number, feed, origin, label, role, register_version, state, size, root FROM feed"
    if ids is None:
        rows = reader.all(f"{columns} WHERE size > 0 AND state != {int(FeedState.VOID)}")
    else:
        rows = [row for one in ids for row in reader.all(f"{columns} WHERE feed = ? AND size > 0", one)]
    return [Listed(*row) for row in rows]


def lagging(reader: Reader, peer: NodeId) -> list[tuple[FeedId, int]]:
    """Own feeds, audit aside, of which `peer` is not on record to hold all, with the size it is on record to hold."""
    rows = reader.all(
        "SELECT f.feed, coalesce(h.size, 0) FROM feed f LEFT JOIN holding h ON h.node = ? AND h.feed = f.number "
        "WHERE f.own = 1 AND f.role != ? AND coalesce(h.size, 0) < f.size ORDER BY f.number",
        *(peer, FeedRole.AUDIT),
    )
    return [(FeedId(feed), size) for feed, size in rows]


def own_sizes(reader: Reader) -> list[tuple[FeedId, int]]:
    """Every own feed that others may follow, and how much of it there is."""
    rows = reader.all("SELECT feed, size FROM feed WHERE own = 1 AND role != ?", FeedRole.AUDIT)
    return [(FeedId(feed), size) for feed, size in rows]


def on_record(reader: Reader, peer: NodeId, number: int) -> int:
    """The size of one feed that `peer` is on record to hold."""
    row = reader.one("SELECT size FROM holding WHERE node = ? AND feed = ?", peer, number)
    return int(row[0]) if row else 0


def learn(tx: Tx, peer: NodeId, held: Iterable[tuple[int, int, Hash]], gone: Iterable[int] = ()) -> None:
    """Record what a peer holds: (feed number, size, root); of feeds in `gone` what was on record before is void."""
    for number in gone:
        tx.run("DELETE FROM holding WHERE node = ? AND feed = ?", peer, number)
    for number, size, root in held:
        receipts.holds(tx, peer, number, size, root)


def _fitting(rows: Iterable[EntryRow], register: Register) -> list[EntryRow]:
    """As many as a batch may weigh; none that needs a newer register than is held here, and none after it."""
    fitting: list[EntryRow] = []
    room = BATCH_BYTES_MAX
    for row in rows:
        room -= len(row.header) + len(row.content or b"")
        if row.register_version > register.version or (room < 0 and fitting):
            break
        fitting.append(row)
    return fitting


def _leading(reader: Reader, feed: FeedRow, end: int) -> tuple[Hash, ...]:
    """The proof that leads from `end` to the checkpoint; empty where they are one."""
    size = feed.checkpoint.size
    if end == size:
        return ()
    node = entries.node_at(reader, feed.number, lambda at: prove_consistency(size1=end, size2=size, node=at))
    return prove_consistency(size1=end, size2=size, node=node)
