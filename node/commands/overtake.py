"""Take an entry that overtakes a backlog: verify, decide, store it with the checkpoint that is pending until the backlog is here,
act on it and say so: one transaction.

Guarantees that what is acted on is in a log that the origin signed and that begins with what the sender's `from_size` says is held
here; that the cursor does not move; that taking it twice, or after its turn, changes nothing; that a peer without a right to the feed
hears the same whatever is held of it, forked, purged or nothing. Whether the rest of what is held
here is in that log too is seen when the backlog reaches the checkpoint (`pending.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from node.commands import evidence, pending
from node.commands.accept import refuse
from node.commands.admit import Stop, decide, stop
from node.commands.ahead import Ahead, Note
from node.commands.batch import Batch
from node.commands.brake import braked, count
from node.commands.burst import hold_back
from node.commands.context import Context
from node.commands.cut import vouched
from node.commands.entitled import follows
from node.commands.examine import opening
from node.commands.feed_room import no_room
from node.commands.fetch import want
from node.commands.go_on import go_on
from node.commands.judge import Files, Judge
from node.commands.keep import VerifiedRun, keep_ahead, named
from node.commands.outcome import Aside, Refusal
from node.commands.receipt import root_at
from node.store import ahead as rows
from node.store import cuts, entries, feeds
from node.store.entries import EntryRow, Standing
from node.store.feeds import FeedRole, FeedRow, FeedState
from node.store.unit import Tx
from policies.decision import Permit
from protocol import checkpoint as checkpoints
from protocol import stored as notes
from protocol.entry import Entry, check_entry
from protocol.errors import BadProof, Code, ProtocolError, TooLarge
from protocol.header import check_place, parse_header
from protocol.ids import FeedId, NodeId
from protocol.label import parse
from protocol.limits import AHEAD_MAX
from protocol.merkle import leaf_hash, verify_consistency, verify_inclusion
from protocol.operation import Header, Op
from protocol.register_view import Register
from protocol.urgent import overtakes

FROM_SIZE = "ahead.from_size"
"""The field that GAP names where it answers an Ahead."""
PENDING_MAX = 1_024
"""Checkpoints that one feed may have still to reach; beyond, what overtakes waits for the backlog."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overtaken:
    """Durable once the transaction is. `note` goes back to the sender; None where the entry was kept aside (`aside`)."""

    feed: FeedId
    origin: NodeId
    size: int
    note: Note | None = None
    aside: Aside | None = None
    files: int = 0


def overtake(tx: Tx, ctx: Context, peer: NodeId, ahead: Ahead, *, knows: bool = True) -> Overtaken | Refusal:
    """Take one entry. `knows`: whether the peer may know what is held of the feed; if not, it is answered as if nothing were."""
    register = ctx.register
    held = feeds.find(tx, ahead.feed)
    batch = Batch(ahead.feed, ahead.index, (ahead.entry,), ahead.checkpoint)
    purged = held is not None and held.state is FeedState.PURGED
    told = held.size if held and knows and not purged else 0
    try:
        if not ctx.listed(register):
            raise stop(batch, None, Code.OLD_REGISTER, f"register {register.version} does not list this node")
        _stands_on(ahead, told)
        base = _base(tx, None if purged else held, ahead)
        _signed(register, base, ahead, batch)
        _may_bring(ctx, register, peer, base, batch)
        if purged:
            return _taken_from_its_first_on(ahead)
        if base.state is FeedState.FORKED and peer != base.origin:
            raise stop(batch, None, Code.FORKED, "evidence of two histories is held")
        header = _verified(tx, ctx, register, base, ahead, batch)
        return _taken(tx, ctx, peer, base, ahead, header, register)
    except Stop as stopped:
        return refuse(tx, ctx, peer, stopped.refusal, register)
    except ProtocolError as bad:
        refusal = Refusal(
            code=bad.code, feed=ahead.feed, index=ahead.index, size=told, field=bad.where, words=str(bad)
        )
        return refuse(tx, ctx, peer, refusal, register)


def _stands_on(ahead: Ahead, told: int) -> None:
    """GAP unless `from_size` is a size that is held here; nothing only where nothing is. TooLarge far beyond any backlog."""
    if ahead.from_size > told or (ahead.from_size == 0 and told > 0):
        raise Stop(
            Refusal(
                code=Code.GAP,
                feed=ahead.feed,
                index=ahead.index,
                size=told,
                field=FROM_SIZE,
                words="not a size that is held here",
            )
        )
    if ahead.index - told > AHEAD_MAX:
        raise TooLarge(f"at most {AHEAD_MAX} entries ahead of what is held", where="ahead.index")


def _base(tx: Tx, here: FeedRow | None, ahead: Ahead) -> FeedRow:
    """The feed it goes into. From nothing OPEN comes with it and is looked at, held here or not."""
    if ahead.from_size and here is not None:
        return here
    opened = opening(ahead.feed, _open_header(ahead))
    return here or evidence.marked(tx, opened)


def _open_header(ahead: Ahead) -> Header:
    if ahead.opened is None:
        raise BadProof("entry 0 comes first", where="ahead.open")
    header = parse_header(ahead.opened.header)
    check_place(header, index=0)
    return header


def _signed(register: Register, base: FeedRow, ahead: Ahead, batch: Batch) -> None:
    """Raises unless the origin signed a log with this entry in it: before that an answer tells nothing of what is held here."""
    origin = register.nodes.get(base.origin)
    if origin is None:
        raise stop(batch, None, Code.OLD_REGISTER, f"its origin is not in register {register.version}")
    checkpoint, leaf = ahead.checkpoint, leaf_hash(ahead.entry.header)
    checkpoints.verify(checkpoint, origin=base.origin, feed=base.feed, publics=origin.log_keys)
    verify_inclusion(
        index=ahead.index, size=checkpoint.size, leaf=leaf, proof=ahead.inclusion, root=checkpoint.root
    )


def _may_bring(ctx: Context, register: Register, peer: NodeId, base: FeedRow, batch: Batch) -> None:
    """Raises for who is neither the origin nor may follow the feed, whatever is held of it."""
    entry = register.nodes.get(peer)
    if peer == base.origin or (
        entry is not None and isinstance(follows(entry, base, register, ctx.now()), Permit)
    ):
        return
    raise stop(batch, None, Code.ABOVE_ACCREDITATION, "not a feed that this peer may have")


def _taken_from_its_first_on(ahead: Ahead) -> Refusal:
    why = "nothing of it is held any more: it is taken from its first entry on"
    return Refusal(code=Code.NO_SPACE, feed=ahead.feed, index=ahead.index, field="feed", words=why)


def _verified(tx: Tx, ctx: Context, register: Register, base: FeedRow, ahead: Ahead, batch: Batch) -> Header:
    """The header of what the origin signed, proven to go on from what is held, and allowed to come here."""
    checkpoint = ahead.checkpoint
    if ahead.from_size:
        verify_consistency(
            size1=ahead.from_size,
            size2=checkpoint.size,
            root1=root_at(tx, base, ahead.from_size),
            root2=checkpoint.root,
            proof=ahead.consistency,
        )
    elif ahead.opened is not None:
        verify_inclusion(
            index=0,
            size=checkpoint.size,
            leaf=leaf_hash(ahead.opened.header),
            proof=ahead.open_inclusion,
            root=checkpoint.root,
        )
    cut = cuts.of(tx, base)
    if cut is not None and not vouched(cut, checkpoint):
        raise stop(batch, base, Code.FORKED, f"its origin goes on from {cut.size} entries of it elsewhere")
    header = _header(ahead, base, batch)
    if base.origin == ctx.me:
        raise stop(batch, None, Code.FORKED, "this node's own feeds do not come ahead")
    decide(ctx, register, base, batch, [header], new=True)
    return header


def _header(ahead: Ahead, base: FeedRow, batch: Batch) -> Header:
    try:
        header = parse_header(ahead.entry.header)
    except ProtocolError as bad:
        if bad.code is Code.UNKNOWN_OP:  # the origin signed it: the fault of this version
            raise stop(batch, base, Code.UNKNOWN_OP, str(bad)) from None
        raise
    check_place(header, index=ahead.index, control=base.role is FeedRole.CONTROL)
    check_entry(ahead.entry, header)
    if not overtakes(header):
        raise ProtocolError("not what goes ahead of others", where="ahead.entry")
    if header.op is Op.PUBLISH and ahead.entry.content is None:
        raise ProtocolError("its content comes with it", where="ahead.entry")
    if base.state is FeedState.CLOSED and ahead.index >= base.size:
        raise ProtocolError("nothing stands after CLOSE", where="ahead.index")
    return header


def _taken(
    tx: Tx, ctx: Context, peer: NodeId, base: FeedRow, ahead: Ahead, header: Header, register: Register
) -> Overtaken | Refusal:
    """What verified: known already, kept aside, refused for want of room, or stored and acted on."""

    def not_taken(code: Code, words: str, field: str = "") -> Refusal:
        size = base.size if base.number else 0
        no = Refusal(code=code, feed=ahead.feed, index=ahead.index, size=size, field=field, words=words)
        return refuse(tx, ctx, peer, no, register)

    if base.number and (lie := pending.denied(tx, base, ahead.checkpoint)) is not None:
        no = Refusal(
            code=Code.FORKED,
            feed=ahead.feed,
            index=ahead.index,
            size=base.size,
            field="feed",
            words="its origin signed two histories",
            evidence=lie,
        )
        return refuse(tx, ctx, peer, no, register)
    if ahead.opened is not None and base.number and _differs(tx, base, 0, ahead.opened):
        return not_taken(Code.FORKED, "another entry 0 is held", "feed")
    if base.number and _differs(tx, base, ahead.index, ahead.entry):
        return not_taken(Code.FORKED, "another entry is held at this index", "feed")
    if _known(tx, base, ahead.index):
        return _again(tx, ctx, base, ahead)
    if (full := no_room(tx, register, base, ahead.index)) is not None:
        return refuse(tx, ctx, peer, full, register)
    if why := braked(tx, ctx, base.origin, live=True):
        return not_taken(Code.BRAKED, why, "feed")
    if len(rows.pending(tx, base.number)) >= PENDING_MAX:
        return not_taken(Code.NO_SPACE, f"{PENDING_MAX} entries wait for what is before them", "feed")
    judge = Judge(origin=base.origin, label=parse(base.label), register=register, own=ctx.entry(register))
    verdict, files = judge.verdict(ahead.entry, header) if header.op is Op.PUBLISH else (None, ())
    if verdict is not None:  # it is kept aside when its turn comes
        aside = Aside(ahead.index, verdict.reason, verdict.field)
        return Overtaken(feed=base.feed, origin=base.origin, size=base.size, aside=aside)
    return _stored(tx, ctx, base, ahead, header, files)


def _again(tx: Tx, ctx: Context, base: FeedRow, ahead: Ahead) -> Overtaken:
    """It is here already: ahead, or in its turn."""
    reason = entries.quarantine_reason(tx, entries.key_of(base.number, ahead.index))
    if reason:
        aside = Aside(ahead.index, reason, "")
        return Overtaken(feed=base.feed, origin=base.origin, size=base.size, aside=aside)
    return Overtaken(feed=base.feed, origin=base.origin, size=base.size, note=_note(ctx, base, ahead))


def _stored(tx: Tx, ctx: Context, base: FeedRow, ahead: Ahead, header: Header, files: Files) -> Overtaken:
    feed = base if base.number else feeds.add(tx, base)
    rows.expect(tx, feed.number, ahead.checkpoint, ctx.now())
    if ahead.opened is not None and not _known(tx, feed, 0):
        rows.take_out(tx, feed.number, 0, 1)
        opened = parse_header(ahead.opened.header)
        keep_ahead(tx, feed, _run(feed, 0, Entry(ahead.opened.header), opened), ctx.now(), known=())
    rows.take_out(tx, feed.number, ahead.index, ahead.index + 1)
    known = entries.seen(tx, named([header]))
    run = _run(feed, ahead.index, ahead.entry, header)
    keep_ahead(tx, feed, run, ctx.now(), known=known)
    go_on(tx, ctx, feed, run)
    want(tx, feed, ahead.index, [header], {0: files} if files else {})
    count(tx, ctx, feed.origin, new=[ahead.entry])
    if header.op is Op.ERASE:
        hold_back(tx, ctx, feed.origin)
    note = _note(ctx, feed, ahead)
    return Overtaken(feed=feed.feed, origin=feed.origin, size=feed.size, note=note, files=len(files))


def _run(feed: FeedRow, index: int, entry: Entry, header: Header) -> VerifiedRun:
    """One entry as a run that completes no node and moves nothing."""
    return VerifiedRun(
        first=index,
        entries=[entry],
        headers=[header],
        completed=[()],
        after=feed.held,
        root=feed.root,
        checkpoint=None,
    )


def _here(tx: Tx, feed: FeedRow, index: int) -> EntryRow | None:
    """The entry held at an index. What is void is none: it makes room."""
    row = entries.get(tx, feed.number, index) if feed.number else None
    return row if row is not None and row.standing != Standing.VOID else None


def _known(tx: Tx, feed: FeedRow, index: int) -> bool:
    return _here(tx, feed, index) is not None


def _differs(tx: Tx, feed: FeedRow, index: int, entry: Entry) -> bool:
    row = _here(tx, feed, index)
    return row is not None and row.header != entry.header


def _note(ctx: Context, feed: FeedRow, ahead: Ahead) -> Note:
    """This node's word, signed at once; the cosignature follows when all before it is here."""
    signature = notes.sign_stored(
        holder=ctx.me,
        origin=feed.origin,
        feed=feed.feed,
        index=ahead.index,
        leaf=leaf_hash(ahead.entry.header),
        size=ahead.checkpoint.size,
        root=ahead.checkpoint.root,
        public=ctx.keys.hold_public,
        sign=ctx.keys.sign_hold,
    )
    return Note(feed.feed, ahead.index, ahead.checkpoint.size, signature)
