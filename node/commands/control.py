"""Control feeds: what one node says to one other about what it holds of the other's feeds. Opened on first use, and silent else.

Guarantees that only a node's word about the reader's own feeds counts, and only its own word: control feeds come from their origin
alone. Deciding what is said is the caller's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from node.commands.append import Appended, append
from node.commands.context import Context
from node.commands.entitled import follows
from node.store import confirmations, feeds, purges, receipts
from node.store.changes import Change, ChangeKind
from node.store.confirmations import Confirmed, KeptAside
from node.store.feeds import FeedRole, FeedRow, FeedState
from node.store.unit import Reader, Tx
from policies.decision import Permit
from protocol.control import Fate, build_destroyed, build_withdraw
from protocol.entry import Entry
from protocol.ids import NodeId, RecordId, UnixMs
from protocol.label import control_label
from protocol.operation import Header, Op, Target
from protocol.register_view import Register


@dataclass(frozen=True, slots=True)
class Confirmation:
    """One node that may have had a record: `fate` None while it has not confirmed; `at_ms` when its word came."""

    node: NodeId
    fate: Fate | None
    at_ms: UnixMs | None = None


@dataclass(frozen=True, slots=True)
class Purged:
    """A node that lost a feed and was asked to confirm that nothing of it is left there."""

    node: NodeId
    feed: FeedRow
    asked_ms: UnixMs
    confirmed: bool


def say(tx: Tx, ctx: Context, reader: NodeId, run: Sequence[Entry]) -> Appended | None:
    """Append to the control feed for `reader`; None where the register does not list it: nobody could hear."""
    register = ctx.register
    if not run or reader == ctx.me or reader not in register.nodes or not ctx.listed(register):
        return None
    return append(tx, ctx, control_label(register.policy, reader), run, register)


# ---- What others say ----------------------------------------------------------------------------------------------------


def heard(tx: Tx, ctx: Context, feed: FeedRow, headers: Sequence[Header]) -> None:
    """A control feed of another for this node has these entries more."""
    if feed.role is not FeedRole.CONTROL or feed.own:
        return
    for header in headers:
        if header.target is None or header.target.feed is None:
            continue
        about = feeds.find(tx, header.target.feed)
        if header.op is Op.WITHDRAW:
            _asked(tx, ctx, feed.origin, header.target, about)
        elif about is not None and about.own and about.origin == ctx.me:
            _said(tx, ctx, feed.origin, about, header, header.target)


def _said(tx: Tx, ctx: Context, node: NodeId, about: FeedRow, header: Header, target: Target) -> None:
    """A holder's word about one of our feeds."""
    if header.op is Op.QUARANTINED:
        if target.index < about.size:
            confirmations.keep_aside(
                tx, KeptAside(about.number, target.index, node, header.reason, ctx.now())
            )
    elif header.op is Op.DESTROYED and header.reason in set(Fate):
        one = Confirmed(about.number, target.record_id or b"", node, target.version, header.reason, ctx.now())
        confirmations.confirm(tx, one)
        if target.record_id is None and header.reason == Fate.DESTROYED:
            receipts.gone(tx, about.number, node)
        tx.note(
            Change(
                kind=ChangeKind.RECORD,
                feed=about.feed,
                number=about.number,
                record=target.record_id,
                own=True,
            )
        )


def _asked(tx: Tx, ctx: Context, origin: NodeId, target: Target, about: FeedRow | None) -> None:
    """Somebody asks for the receipt of a purge: of its own feed, and only what this node's own register made due counts."""
    assert target.feed is not None
    if about is None:
        register = ctx.register
        nothing = build_destroyed(
            feed=target.feed, fate=Fate.DESTROYED, issued_ms=ctx.now(), register=register.version
        )
        say(tx, ctx, origin, [nothing])
    elif about.origin == origin and about.state is FeedState.PURGED:
        purges.asked(tx, about.number)  # answered by the next step of upkeep, once it is true


# ---- What this node asks ------------------------------------------------------------------------------------------------


def lost_readers(reader: Reader, ctx: Context) -> list[tuple[int, NodeId, bool]]:
    """(own feed, node, lost) of every node that is on record to hold an own feed and may not follow it now, or was asked and may again."""
    register, now = ctx.register, ctx.now()
    asked = {(feed, node) for feed, node, _, _ in confirmations.asked(reader)}
    found: list[tuple[int, NodeId, bool]] = []
    for feed in feeds.every(reader):
        if not feed.own or feed.role is not FeedRole.RECORDS:
            continue
        before = {node for number, node in asked if number == feed.number}
        for node in sorted(before.union(receipts.nodes_of(reader, feed.number))):
            entry = register.nodes.get(node)
            if node == ctx.me or entry is None:
                continue
            lost = not isinstance(follows(entry, feed, register, now), Permit)
            if lost is not ((feed.number, node) in asked):
                found.append((feed.number, node, lost))
    return found


def ask(tx: Tx, ctx: Context, lost: Sequence[tuple[int, NodeId, bool]]) -> int:
    """Ask each of these nodes once to confirm its purge; what is entitled again is asked nothing. How many were asked."""
    register, asked = ctx.register, 0
    for number, node, gone in lost:
        if not gone:
            confirmations.forget(tx, number, node)
        elif confirmations.ask(tx, number, node, ctx.now()):
            feed = feeds.numbered(tx, number)
            say(
                tx,
                ctx,
                node,
                [build_withdraw(feed=feed.feed, issued_ms=ctx.now(), register=register.version)],
            )
            asked += 1
    return asked


# ---- For screens --------------------------------------------------------------------------------------------------------


def confirmations_of(reader: Reader, ctx: Context, record: RecordId) -> tuple[Confirmation, ...]:
    """Every node that may have an erased record of this port, with its word; empty where nothing of it was erased."""
    row = reader.one(
        "SELECT lineage, max(version) FROM erasure WHERE record = ? AND origin = ? GROUP BY lineage ORDER BY 2 DESC LIMIT 1",
        *(record, ctx.me),
    )
    if row is None:
        return ()
    lineage, version = row
    words = {
        one.node: one
        for one in confirmations.of_record(reader, lineage, record)
        if not one.record or one.version >= version
    }
    nodes = sorted(_may_have_had(reader, ctx, ctx.register, lineage) | words.keys())
    return tuple(
        Confirmation(node, Fate(words[node].fate), words[node].at_ms)
        if node in words
        else Confirmation(node, None)
        for node in nodes
    )


def unconfirmed(reader: Reader, ctx: Context, record: RecordId) -> tuple[Confirmation, ...]:
    """Who has not confirmed that an erased record is destroyed there, those that hold it by an authority's reference included."""
    return tuple(one for one in confirmations_of(reader, ctx, record) if one.fate is not Fate.DESTROYED)


def unconfirmed_purges(reader: Reader) -> tuple[Purged, ...]:
    """Nodes that lost a feed of this port, were asked, and have not confirmed yet."""
    return tuple(
        Purged(node, feeds.numbered(reader, feed), at, confirmed)
        for feed, node, at, confirmed in confirmations.asked(reader)
        if not confirmed
    )


def aside_there(reader: Reader) -> tuple[KeptAside, ...]:
    """Entries of this port's feeds that peers kept aside, by their own signed word."""
    return tuple(confirmations.kept_aside(reader))


def _may_have_had(reader: Reader, ctx: Context, register: Register, lineage: bytes) -> set[NodeId]:
    """Who is on record to hold a feed of this lineage, and who may follow one."""
    found: set[NodeId] = set()
    for feed in feeds.every(reader):
        if feed.lineage != lineage:
            continue
        found.update(receipts.nodes_of(reader, feed.number))
        found.update(
            entry.id
            for entry in register.nodes.values()
            if isinstance(follows(entry, feed, register, ctx.now()), Permit)
        )
    return found - {ctx.me}
