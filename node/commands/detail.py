"""One record with where it comes from: who signed what, where it stands in which log, who else has it by their own word.

Guarantees: only what the reader may read, and nothing of a withdrawn record's content; "has it" only by the holder's own
cosignature over it, and not where the holder kept it aside. Opening a record with personal data, one in a case, or one of the police, customs
or a court, is audited by `opened`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from node.commands.address import Address
from node.commands.audit import Act, audit
from node.commands.concern import drawn_of
from node.commands.context import Context
from node.commands.entitled import readers
from node.commands.need import shown_to_everybody
from node.commands.reach import Reach
from node.commands.readable import Readable
from node.commands.search import Found, found
from node.store import ahead, feeds, receipts
from node.store.ahead import StoredRow
from node.store.feeds import FeedRow, FeedState
from node.store.receipts import ReceiptRow
from node.store.unit import Reader, Tx
from policies.clearance import Reader as Reading
from policies.need import CaseId
from protocol.codes import code_of
from protocol.ids import NodeId, UnixMs
from protocol.label import parse
from protocol.note import KEY_ID_BYTES

OPEN_REGIME = "gdpr"


@dataclass(frozen=True, slots=True)
class Holder:
    """One node that may have the record. `has`: by its own receipt; `aside`: it verified and kept it aside there.

    `stored`: by its own note only, given when the entry (or its withdrawal) went ahead of a backlog; the receipt follows. `hidden`: its receipt covers the withdrawal too. `signed_s` by its clock, `received_ms` by this node's; None: no receipt.
    """

    node: NodeId
    has: bool = False
    aside: bool = False
    hidden: bool = False
    stored: bool = False
    signed_s: int | None = None
    received_ms: UnixMs | None = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """What the log proves: `key` is the id of the key that signed the checkpoint (hex), `size` the checkpoint's."""

    origin: NodeId
    key: str
    feed: FeedRow
    index: int
    size: int
    register: int
    received_ms: UnixMs
    forked: bool


@dataclass(frozen=True, slots=True)
class Detail:
    """A record, as its reader may see it."""

    found: Found
    provenance: Provenance
    holders: tuple[Holder, ...]
    case: CaseId | None = None
    """The case that it is in, where the reader reads that."""
    reading_only: bool = False
    """It is read by broken glass, or names what is: nothing else is done with it."""

    @property
    def audited(self) -> bool:
        """Whether opening it is audited: personal data, whatever is in a case or is read by broken glass, and whatever stands under
        another law than that of data protection.
        """
        if self.case is not None or self.reading_only:
            return True
        record = self.found.record
        return self.found.personal or (record is not None and code_of(record.common, "regime") != OPEN_REGIME)


def detail(
    reader: Reader, ctx: Context, readable: Readable, reading: Reading, address: Address
) -> Detail | None:
    """One record; None where it is absent or not the reader's: nobody can tell which."""
    one = found(reader, ctx, readable, reading, address)
    if one is None:
        return None
    feed = feeds.numbered(reader, one.feed.number)
    need, key = reading.need, (feed.lineage, one.id)
    case = need.inside.of.get(key)
    return Detail(
        one,
        _provenance(reader, one, feed),
        holders(reader, ctx, one, feed),
        case=case if case in need.read else None,
        reading_only=bool(need)
        and need.barred(need.inside.cases(key, drawn_of(Reach(reader), *key)))
        and not shown_to_everybody(reader, *key),
    )


def purposes_of(reading: Reading, label: str) -> frozenset[str]:
    """Those of this reader's purposes for which a label lets him read."""
    asked = parse(label).purposes
    return reading.purposes if asked is None else reading.purposes & asked


def opened(tx: Tx, ctx: Context, shown: Detail, *, officer: str, purposes: Collection[str]) -> None:
    """Audit that somebody opened a record of which that is written down."""
    act = Act(
        act="open",
        actor=officer,
        record=shown.found.id,
        feed=shown.found.feed.feed,
        rule="glass" if shown.reading_only else "label",
        details={"case": shown.case.hex()} if shown.case is not None else {},
    )
    audit(tx, ctx, act.under(purposes), ctx.register)


def holders(reader: Reader, ctx: Context, one: Found, feed: FeedRow) -> tuple[Holder, ...]:
    """Every other node that may follow the feed, by name, with what its own receipt says."""
    given = {row.node: row for row in receipts.of_feed(reader, feed.number)}
    entitled = readers(ctx, feed) - {feed.origin}
    noted = {row.node: row for row in ahead.noted(reader, feed.number, _last(one, feed))}
    return tuple(_holder(node, given.get(node), noted.get(node), one, feed) for node in sorted(entitled))


def _last(one: Found, feed: FeedRow) -> int:
    """The index of the last thing said of it in this feed: the record, or its withdrawal."""
    gone = one.withdrawal
    return gone.index if gone is not None and gone.feed == feed.number else one.index


def _holder(
    node: NodeId, receipt: ReceiptRow | None, note: StoredRow | None, one: Found, feed: FeedRow
) -> Holder:
    if receipt is None or receipt.size <= one.index:
        return Holder(node, stored=note is not None, received_ms=note.received_ms if note else None)
    return Holder(
        node=node,
        stored=note is not None,
        has=receipt.has(one.index),
        aside=not receipt.has(one.index),
        hidden=_covers(receipt, one, feed),
        signed_s=receipt.signed_s,
        received_ms=UnixMs(receipt.received_ms),
    )


def _covers(receipt: ReceiptRow, one: Found, feed: FeedRow) -> bool:
    """Whether the receipt reaches over the withdrawal of this record."""
    gone = one.withdrawal
    return gone is not None and gone.feed == feed.number and receipt.size > gone.index


def _provenance(reader: Reader, one: Found, feed: FeedRow) -> Provenance:
    checkpoint = feed.checkpoint
    if one.index >= checkpoint.size:  # it came ahead: under a checkpoint that is still to be reached
        checkpoint = next((c for c in ahead.pending(reader, feed.number) if c.size > one.index), checkpoint)
    return Provenance(
        origin=feed.origin,
        key=checkpoint.signature[:KEY_ID_BYTES].hex(),
        feed=feed,
        index=one.index,
        size=checkpoint.size,
        register=one.row.register_version,
        received_ms=UnixMs(one.row.arrived_us // 1000),
        forked=feed.state is FeedState.FORKED,
    )
