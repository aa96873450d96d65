"""Say something: append entries to this node's own feed of a label, opening it on first use, and sign the new checkpoint.

Guarantees: entries, frontier and checkpoint are one transaction with whatever else the caller does in it, and a checkpoint
leaves only after it. One writer owns the store, so no two checkpoints of one feed can contradict each other. Decides nothing
about whether this may be said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from node.commands.context import Context
from node.commands.epoch import cut_off, ended
from node.commands.keep import VerifiedRun, keep, named
from node.store import entries, feeds
from node.store.changes import Change, ChangeKind
from node.store.feeds import FeedRole, FeedRow, FeedState
from node.store.unit import Tx
from protocol import checkpoint as checkpoints
from protocol.checkpoint import Checkpoint
from protocol.entry import Entry, build_close, build_epoch, build_open
from protocol.header import parse_header
from protocol.ids import FEED_SALT_BYTES, FeedId, feed_id
from protocol.label import AUDIT, CONTROL, Label, parse
from protocol.merkle import EMPTY_ROOT, CompactRange
from protocol.operation import RULES, Open, Previous
from protocol.register_view import Register

_ROLES = {AUDIT: FeedRole.AUDIT, CONTROL: FeedRole.CONTROL, "": FeedRole.RECORDS}


@dataclass(frozen=True, slots=True)
class Appended:
    """Where the entries stand: indexes `first` and on of `feed`, whose row is as after the append."""

    feed: FeedRow
    first: int


def append(tx: Tx, ctx: Context, label: Label, run: Sequence[Entry], register: Register) -> Appended:
    """Append to the newest epoch of this node's feed of `label`; where there is none that goes on, one is opened first.

    An epoch that a newcomer may not follow is closed in the same transaction.
    """
    feed = feeds.current(tx, ctx.me, label.text)
    if feed is None or ended(ctx, feed, register):
        before = feed
        opening: list[Entry] = []
        if before is not None and cut_off(ctx, before, register):
            opening = [_cut(tx, ctx, before, register)]
        elif before is not None and before.state is FeedState.OPEN:
            before = close(tx, ctx, before, register)
        feed, first = _opened(tx, ctx, label, register, before)
        opening = [first, *opening]
        return Appended(_extend(tx, ctx, feed, [*opening, *run]), len(opening))
    return Appended(_extend(tx, ctx, feed, run), feed.size)


def _cut(tx: Tx, ctx: Context, before: FeedRow, register: Register) -> Entry:
    """EPOCH: what this node holds of the epoch before is good, and nothing beyond; its key of now signs that too."""
    sign_again(tx, ctx, before)
    good = Previous(before.feed, before.size, before.root)
    return build_epoch(previous=good, issued_ms=ctx.now(), register=register.version)


def sign_again(tx: Tx, ctx: Context, feed: FeedRow) -> None:
    """The same head of an own feed by this node's key of now; it ends there."""
    signed = checkpoints.sign(
        origin=ctx.me,
        feed=feed.feed,
        size=feed.size,
        root=feed.root,
        public=ctx.keys.log_public,
        sign=ctx.keys.sign_log,
    )
    state = FeedState.CLOSED
    feeds.grow(tx, feed, held=feed.held, root=feed.root, checkpoint=signed, newest=feed.newest, state=state)
    tx.note(Change(kind=ChangeKind.CUT, feed=feed.feed, number=feed.number, own=True))


def close(tx: Tx, ctx: Context, feed: FeedRow, register: Register) -> FeedRow:
    """Say that nothing more comes in this epoch of an own feed; the feed as it is now."""
    return _extend(tx, ctx, feed, [build_close(issued_ms=ctx.now(), register=register.version)])


def role_of(label: Label) -> FeedRole:
    """What a feed of this label is for."""
    return _ROLES[label.reserved]


def begun(feed: FeedId, opened: Open, register: int, *, own: bool) -> FeedRow:
    """A feed of which nothing is held yet, by what opens it under this version of the register."""
    return FeedRow(
        number=0,
        feed=feed,
        origin=opened.origin,
        epoch=opened.epoch,
        lineage=feeds.lineage(opened.origin, opened.label),
        salt=opened.salt,
        label=opened.label,
        rules=opened.rules,
        register_version=register,
        role=role_of(parse(opened.label)),
        own=own,
        state=FeedState.OPEN,
        size=0,
        root=EMPTY_ROOT,
        held=CompactRange(),
        checkpoint=Checkpoint(0, EMPTY_ROOT, b""),
        newest=0,
    )


def _opened(
    tx: Tx, ctx: Context, label: Label, register: Register, before: FeedRow | None
) -> tuple[FeedRow, Entry]:
    epoch, previous = _next(ctx, before, feeds.lineage(ctx.me, label.text))
    salt = ctx.random(FEED_SALT_BYTES)
    opened = Open(ctx.me, epoch, salt, label.text, RULES, previous)
    row = begun(feed_id(ctx.me, epoch, salt, label.text), opened, register.version, own=True)
    opening = build_open(
        origin=ctx.me,
        epoch=epoch,
        salt=salt,
        label=label.text,
        register=register.version,
        issued_ms=ctx.now(),
        previous=previous,
    )
    return feeds.add(tx, row), opening


def _next(ctx: Context, before: FeedRow | None, lineage: bytes) -> tuple[int, FeedId | None]:
    """Number of the next epoch, and the feed before it: also after one that this node signed and has lost."""
    epoch, previous = (before.epoch, before.feed) if before else (0, None)
    signed = ctx.high.newest(lineage)
    if signed is not None and signed.epoch > epoch:
        epoch, previous = signed.epoch, signed.feed
    return epoch + 1, previous


def _extend(tx: Tx, ctx: Context, feed: FeedRow, run: Sequence[Entry]) -> FeedRow:
    after, completed = feed.held.extend(entry.leaf for entry in run)
    root = after.root()
    checkpoint = checkpoints.sign(
        origin=ctx.me,
        feed=feed.feed,
        size=after.size,
        root=root,
        public=ctx.keys.log_public,
        sign=ctx.keys.sign_log,
    )
    verified = VerifiedRun(
        first=feed.size,
        entries=run,
        headers=[parse_header(entry.header) for entry in run],
        completed=completed,
        after=after,
        root=root,
        checkpoint=checkpoint,
    )
    return keep(tx, feed, verified, ctx.now(), known=entries.seen(tx, named(verified.headers)))
