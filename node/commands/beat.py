"""Beats: an origin cosigns the newest head of its feed again and again, so that what is withheld from a reader shows as age.

Guarantees that a beat counts only by the origin's own `hold` key, over a size and root that are held here, and only if its time is
later than that of the last one that counted. Another node's clock can make a feed look older here, never fresher (`freshness.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from enum import Enum

from node.commands import evidence, unheard
from node.commands.context import Context
from node.commands.entitled import follows
from node.commands.examine import opening
from node.commands.feed_room import no_room
from node.commands.pending import denied
from node.commands.receipt import root_at
from node.store import beats as rows
from node.store import entries, feeds
from node.store.beats import BeatRow
from node.store.feeds import FeedRole, FeedRow, FeedState
from node.store.unit import Reader, Tx
from policies.decision import Permit
from protocol import checkpoint as checkpoints
from protocol.checkpoint import Checkpoint
from protocol.errors import ProtocolError, TooLarge
from protocol.header import check_place, parse_header
from protocol.ids import FeedId, NodeId
from protocol.label import parse
from protocol.limits import HEADER_MAX
from protocol.merkle import PROOF_HASHES_MAX, leaf_hash, prove_inclusion, verify_inclusion
from protocol.note import KEY_ID_BYTES
from protocol.register_view import unknown_names
from protocol.v1 import federation_pb2 as pb


@dataclass(frozen=True, slots=True)
class Opening:
    """The header of entry 0, and its inclusion in the checkpoint of the beat."""

    header: bytes
    inclusion: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Beat:
    """The origin's cosignature of a head of its feed. `opened`: what feed it is, for who holds nothing of it."""

    feed: FeedId
    checkpoint: Checkpoint
    cosignature: bytes
    opened: Opening | None = None

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
    feed = feeds.find(reader, beat.feed) or _begun(ctx, beat)
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
            unheard.by_beat(tx, feed, beat.signed_s)
            counted.append(beat)
    return counted


def with_opening(reader: Reader, beat: Beat) -> Beat:
    """The beat with the OPEN of its feed, which is held here."""
    feed = feeds.find(reader, beat.feed)
    opened = entries.get(reader, feed.number, 0) if feed is not None else None
    if feed is None or opened is None or not 0 < beat.checkpoint.size <= feed.size:
        return beat
    size, number = beat.checkpoint.size, feed.number
    node = entries.node_at(reader, number, lambda at: prove_inclusion(index=0, size=size, node=at))
    return replace(beat, opened=Opening(opened.header, prove_inclusion(index=0, size=size, node=node)))


def may_begin(ctx: Context, beat: Beat, peer: NodeId) -> bool:
    """Whether a beat of a feed of which nothing is held is looked at: its OPEN says that this peer may have it, and this node."""
    feed, entry, register = _begun(ctx, beat), ctx.register.nodes.get(peer), ctx.register
    if feed is None or entry is None:
        return False
    return peer == feed.origin or isinstance(follows(entry, feed, register, ctx.now()), Permit)


def _begun(ctx: Context, beat: Beat) -> FeedRow | None:
    """The feed that the beat's OPEN opens, which stands in its checkpoint; None where it is none that this node may follow."""
    if beat.opened is None or not ctx.listed(ctx.register):
        return None
    try:
        header = parse_header(beat.opened.header)
        check_place(header, index=0)
        feed = opening(beat.feed, header)
        verify_inclusion(
            index=0,
            size=beat.checkpoint.size,
            leaf=leaf_hash(beat.opened.header),
            proof=beat.opened.inclusion,
            root=beat.checkpoint.root,
        )
    except ProtocolError:
        return None
    if feed.origin == ctx.me or feed.role is not FeedRole.RECORDS:
        return None
    mine = follows(ctx.entry(ctx.register), feed, ctx.register, ctx.now())
    return feed if isinstance(mine, Permit) and not unknown_names(parse(feed.label), ctx.register) else None


def missed(tx: Tx, ctx: Context, beats: Collection[Beat]) -> int:
    """Feeds of which beats keep saying that there is more than is held, nothing maybe: they have carried an alert or a ban, or there
    would be none, and so have a beat here from now on, which shows their age to who may read the label; how many begin to.
    """
    begun = 0
    for one in beats:
        feed = feeds.find(tx, one.feed)
        if (
            feed is None
            and (new := _begun(ctx, one)) is not None
            and no_room(tx, ctx.register, new, 0) is None
        ):
            feed = feeds.add(tx, evidence.marked(tx, new))
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
    if len(message.open_inclusion) > PROOF_HASHES_MAX or len(message.open.header) > HEADER_MAX:
        raise TooLarge("over the cap of a header or a proof", where="beat.open")
    opened = Opening(message.open.header, tuple(message.open_inclusion)) if message.HasField("open") else None
    return Beat(FeedId(message.feed), checkpoints.from_wire(message.checkpoint), message.cosignature, opened)


def to_frame(beat: Beat) -> bytes:
    """A whole frame."""
    said = pb.Beat(
        feed=beat.feed, checkpoint=checkpoints.to_wire(beat.checkpoint), cosignature=beat.cosignature
    )
    if beat.opened is not None:
        said.open.header = beat.opened.header
        said.open_inclusion.extend(beat.opened.inclusion)
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
