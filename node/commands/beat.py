"""Beats: an origin cosigns the newest head of its feed again and again, so that what is withheld from a reader shows as age.

Guarantees that a beat counts only by the origin's own `hold` key, over a size and root that are held here, and only if its time is
later than that of the last one that counted. Another node's clock can make a feed look older here, never fresher (`freshness.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import Enum

from node.commands import evidence
from node.commands.context import Context
from node.commands.pending import denied
from node.commands.receipt import root_at
from node.store import beats as rows
from node.store import feeds
from node.store.beats import BeatRow
from node.store.feeds import FeedState
from node.store.unit import Reader, Tx
from protocol import checkpoint as checkpoints
from protocol.checkpoint import Checkpoint
from protocol.ids import FeedId, NodeId
from protocol.note import KEY_ID_BYTES
from protocol.v1 import federation_pb2 as pb


@dataclass(frozen=True, slots=True)
class Beat:
    """The origin's cosignature of a head of its feed."""

    feed: FeedId
    checkpoint: Checkpoint
    cosignature: bytes

    @property
    def signed_s(self) -> int:
        """Its time, unix seconds by the origin's clock; nothing proves it before the cosignature verifies."""
        return int.from_bytes(self.cosignature[KEY_ID_BYTES : KEY_ID_BYTES + 8], "big")


AHEAD_MS = 24 * 3_600_000
"""A beat from further in the future is none: kept, it would make each later one too old until then. A clock in the wrong zone counts."""


class Worth(Enum):
    """What a beat says here."""

    COUNTS = "counts"
    LATER = "later"  # it verifies, of more than is held
    DENIES = "denies"  # it verifies, and what is held has another root
    NOTHING = "nothing"  # known, of a feed that has none here, or by a key of another register


def own(
    reader: Reader, ctx: Context, ids: Collection[FeedId] | None = None, *, most: int | None = None
) -> list[Beat]:
    """A beat of now of each own open feed that has carried an alert or a ban, or of those of `ids`; `most`: of those that grew last."""
    if not ctx.listed(ctx.register):
        return []
    now_s = ctx.now() // 1000
    return [_signed(ctx, feed, head, now_s) for feed, head in rows.own(reader, ids, most)]


def known(reader: Reader, most: int) -> list[Beat]:
    """The newest that counted here, of others' feeds, of those that counted last."""
    return [Beat(feed, row.checkpoint, row.cosignature) for feed, row in rows.latest(reader, most)]


def worth(reader: Reader, ctx: Context, beat: Beat) -> Worth:
    """What a beat says here; BadSignature where a key that it names did not make it."""
    feed = feeds.find(reader, beat.feed)
    if feed is None or feed.own or feed.state is not FeedState.OPEN:
        return Worth.NOTHING
    entry = ctx.register.nodes.get(feed.origin)
    if entry is None or beat.signed_s <= rows.last(reader, feed.number):
        return Worth.NOTHING
    if beat.signed_s * 1000 > ctx.now() + AHEAD_MS:
        return Worth.NOTHING
    head = beat.checkpoint
    if not checkpoints.known_key(beat.cosignature, holder=feed.origin, publics=entry.hold_keys):
        return Worth.NOTHING
    checkpoints.verify_cosignature(
        beat.cosignature,
        holder=feed.origin,
        origin=feed.origin,
        feed=feed.feed,
        size=head.size,
        root=head.root,
        publics=entry.hold_keys,
    )
    if head.size > feed.size:
        return Worth.LATER
    if head.size == 0:
        return Worth.NOTHING
    return Worth.COUNTS if root_at(reader, feed, head.size) == head.root else Worth.DENIES


def count(tx: Tx, ctx: Context, verified: Iterable[Beat]) -> list[Beat]:
    """Keep those that `worth` found to count and that still are the newest; which they are."""
    counted = []
    for beat in verified:
        feed = feeds.find(tx, beat.feed)
        if feed is not None and rows.keep(
            tx, BeatRow(feed.number, beat.checkpoint, beat.cosignature, beat.signed_s, ctx.now())
        ):
            counted.append(beat)
    return counted


def missed(tx: Tx, ids: Collection[FeedId]) -> int:
    """Feeds of which beats keep saying that there is more than is held: they have carried an alert or a ban, or there would be none,
    and so have a beat here from now on, which shows their age; how many begin to.
    """
    begun = 0
    for one in ids:
        feed = feeds.find(tx, one)
        if feed is not None and not feed.own and feed.state is FeedState.OPEN and not feed.beats:
            rows.begin(tx, feed.number)
            begun += 1
    return begun


def accuse(tx: Tx, ctx: Context, beat: Beat, peer: NodeId) -> bool:
    """Keep what an origin's beat proves against it, where its `log` key signed that head too; true if it is news."""
    feed = feeds.find(tx, beat.feed)
    lie = denied(tx, feed, beat.checkpoint) if feed is not None else None
    return lie is not None and evidence.take(tx, ctx, lie, source=peer)


def from_wire(message: pb.Beat) -> Beat:
    """The beat of a frame; nothing in it is verified."""
    return Beat(FeedId(message.feed), checkpoints.from_wire(message.checkpoint), message.cosignature)


def to_frame(beat: Beat) -> bytes:
    """A whole frame."""
    said = pb.Beat(
        feed=beat.feed, checkpoint=checkpoints.to_wire(beat.checkpoint), cosignature=beat.cosignature
    )
    return pb.Frame(beat=said).SerializeToString()


def _signed(ctx: Context, feed: FeedId, head: Checkpoint, now_s: int) -> Beat:
    cosignature = checkpoints.cosign(
        holder=ctx.me,
        origin=ctx.me,
        feed=feed,
        size=head.size,
        root=head.root,
        unix_s=now_s,
        public=ctx.keys.hold_public,
        sign=ctx.keys.sign_hold,
    )
    return Beat(feed, head, cosignature)
