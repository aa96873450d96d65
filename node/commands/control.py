"""Control feeds: what one node says to one other about what it holds of the other's feeds. Opened on first use, and silent else.

Guarantees that only a node's word about the reader's own feeds counts, and only its own word: control feeds come from their origin
alone. Deciding what is said is the caller's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from node.commands.append import Appended, append
from node.commands.context import Context
from node.commands.entitled import follows, readers
from node.store import confirmations, erasures, feeds, purges, receipts
from node.store.changes import Change, ChangeKind
from node.store.confirmations import Confirmed, KeptAside
from node.store.feeds import FeedRole, FeedRow, FeedState
from node.store.unit import Reader, Tx
from policies.decision import Permit
from protocol.control import Fate, build_withdraw
from protocol.entry import Entry
from protocol.ids import NodeId, RecordId, UnixMs
from protocol.label import control_label
from protocol.operation import Header, Op, Target


@dataclass(frozen=True, slots=True)
class Confirmation:
    """One node that may have had a record: `fate` None while it has not confirmed; `at_ms` when its word came."""

    node: NodeId
    fate: Fate | None
    at_ms: UnixMs | None = None


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
            _asked(tx, feed.origin, about)
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
        record, arrival = target.record_id or b"", feeds.next_arrivals(tx, 1)
        one = Confirmed(
            about.number,
            record,
            node,
            target.version,
            header.reason,
            ctx.now(),
            arrival,
            header.register,
        )
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


def _asked(tx: Tx, origin: NodeId, about: FeedRow | None) -> None:
    """Somebody asks for the receipt of a purge: of its own feed, and only what this node's own register made due counts.

    Of any other feed, held or not, there is the same silence: whoever asks learns nothing of what is held here.
    """
    if about is not None and about.origin == origin and about.state is FeedState.PURGED:
        purges.asked(tx, about.number)  # answered by the next step of upkeep, once it is true


# ---- What this node asks ------------------------------------------------------------------------------------------------


def lost_readers(reader: Reader, ctx: Context) -> list[tuple[int, NodeId, bool]]:
    """(own feed, node, lost) of every node that is on record to hold an own feed and may not follow it now, or was asked and may again."""
    register, now = ctx.register, ctx.now()
    asked = {(feed, node) for feed, node, _, _ in confirmations.asked(reader)}
    told = {(one.feed, one.node) for one in confirmations.whole(reader) if one.register <= register.version}
    found: list[tuple[int, NodeId, bool]] = []
    for feed in feeds.every(reader):
        if not feed.own or feed.role is not FeedRole.RECORDS:
            continue
        before = {node for number, node in asked | told if number == feed.number}
        holders = receipts.nodes_of(reader, feed.number)
        for node in sorted(before.union(holders)):
            entry = register.nodes.get(node)
            if node == ctx.me or entry is None:
                continue
            lost = not isinstance(follows(entry, feed, register, now), Permit)
            one = feed.number, node
            if (lost and one not in asked and node in holders) or (not lost and node in before):
                found.append((*one, lost))
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
    said = erasures.said_first(reader, ctx.me, record)
    if said is None:
        return ()
    lineage, version, arrival = said
    words = {
        one.node: one  # the later of two
        for one in confirmations.of_record(reader, lineage, record)
        if (one.version >= version if one.record else _still_so(reader, ctx, one, arrival))
    }
    nodes = sorted(_may_have_had(reader, ctx, lineage) | words.keys())
    return tuple(
        Confirmation(node, Fate(words[node].fate), words[node].at_ms)
        if node in words
        else Confirmation(node, None)
        for node in nodes
    )


def _still_so(reader: Reader, ctx: Context, word: Confirmed, erased: int) -> bool:
    """Whether a word about a whole feed counts for an erasure said under this change number.

    That it is destroyed only where the erasure came before the word, and where the node could not take the feed again since.
    """
    if word.fate != Fate.DESTROYED:
        return True
    register = ctx.register
    entry = register.nodes.get(word.node)
    again = (
        entry is not None
        and word.register <= register.version
        and isinstance(follows(entry, feeds.numbered(reader, word.feed), register, ctx.now()), Permit)
    )
    return word.arrival > erased and not again


def unconfirmed(reader: Reader, ctx: Context, record: RecordId) -> tuple[Confirmation, ...]:
    """Who has not confirmed that an erased record is destroyed there, those that hold it by an authority's reference included."""
    return tuple(one for one in confirmations_of(reader, ctx, record) if one.fate is not Fate.DESTROYED)


def _may_have_had(reader: Reader, ctx: Context, lineage: bytes) -> set[NodeId]:
    """Who is on record to hold a feed of this lineage, and who may follow one."""
    found: set[NodeId] = set()
    for feed in feeds.lineage_of(reader, lineage):
        found.update(receipts.nodes_of(reader, feed.number), readers(ctx, feed))
    return found - {ctx.me}
