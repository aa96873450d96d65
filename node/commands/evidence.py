"""Two statements of one origin that cannot both be true: found where checkpoints meet (`pending.py`), verified, kept; the feed is forked.

Guarantees that only what `log` keys of the origin signed, by the register of now, marks its feed, so that nobody else can stop it;
and that a revoked key's statements mark nothing. What such a feed is from then on: no relaying and no receipts (`entitled.py`,
`receipt.py`); what its origin itself sends is taken if it goes on from what is held here, and shown as unconfirmed; withdrawals in
it hold.
"""

from __future__ import annotations

from dataclasses import replace

from node.commands.audit import Act, audit
from node.commands.context import Context
from node.commands.entitled import follows
from node.commands.in_force import by_known_key
from node.commands.outcome import Refusal
from node.commands.pending import denied
from node.store import evidence as rows
from node.store import feeds
from node.store.changes import Change, ChangeKind
from node.store.evidence import EvidenceRow
from node.store.feeds import FeedRow, FeedState
from node.store.unit import Reader, Tx
from policies.decision import Permit
from protocol import checkpoint as checkpoints
from protocol.checkpoint import Checkpoint
from protocol.contradiction import Contradiction, verify_contradiction
from protocol.errors import BadProof, BadSignature, Code, ProtocolError, TooLarge
from protocol.ids import HASH_BYTES, FeedId, NodeId
from protocol.merkle import PROOF_HASHES_MAX
from protocol.register_view import Register
from protocol.v1 import federation_pb2 as pb

OF_ORIGIN_MAX = 256
"""Feeds of one origin that evidence is kept of: an origin that signs more of it says nothing new of itself."""


def take(tx: Tx, ctx: Context, one: Contradiction, *, source: NodeId) -> bool:
    """Keep a contradiction and mark the feed, where one is held; true if it is news. BadProof where it is none.

    Not by keys of the register at hand, a revoked key's for instance: passed over.
    """
    entry = ctx.register.nodes.get(one.origin)
    if entry is None or not by_known_keys(ctx.register, one):
        return False
    verify_contradiction(one, publics=entry.log_keys)
    held = feeds.find(tx, one.feed)
    ours = held is not None and held.origin == one.origin
    if rows.get(tx, one.origin, one.feed) or (not ours and rows.count(tx, one.origin) >= OF_ORIGIN_MAX):
        return False  # what is held is marked however much was said of feeds that nobody has
    message = to_wire(one).SerializeToString()
    rows.keep(tx, EvidenceRow(one.origin, one.feed, message, source, ctx.now()))
    if held is not None and ours and held.state in _MARKED:
        feeds.turn(tx, held.number, FeedState.FORKED)
    details = {
        "origin": one.origin,
        "peer": source,
        "older": str(one.older.size),
        "newer": str(one.newer.size),
    }
    audit(tx, ctx, Act(act="fork", feed=one.feed, details=details), ctx.register)
    tx.note(Change(kind=ChangeKind.EVIDENCE, feed=one.feed, node=one.origin, own=one.origin == ctx.me))
    return True


_MARKED = frozenset({FeedState.OPEN, FeedState.CLOSED})


def contradicted(
    tx: Tx, ctx: Context, held: FeedRow | None, checkpoint: Checkpoint, refusal: Refusal, *, source: NodeId
) -> Refusal:
    """What a batch that did not fit is refused for: where its origin signed the checkpoint and that contradicts what is held, that.

    Then nobody between is at fault: the session goes on.
    """
    entry = ctx.register.nodes.get(held.origin) if held is not None else None
    if refusal.code is not Code.BAD_PROOF or held is None or entry is None:
        return refusal
    try:
        checkpoints.verify(checkpoint, origin=held.origin, feed=held.feed, publics=entry.log_keys)
    except ProtocolError:
        return refusal
    one = denied(tx, held, checkpoint)
    if one is not None:
        take(tx, ctx, one, source=source)
    if one is None and held.state is not FeedState.FORKED:
        return refusal
    return replace(
        refusal, code=Code.FORKED, field="feed", words="its origin signed another history than is held here"
    )


def marked(reader: Reader, base: FeedRow) -> FeedRow:
    """A feed of which nothing is held yet, or any more, as it is to be held: forked, where the evidence came before it."""
    if base.size or rows.get(reader, base.origin, base.feed) is None:
        return base
    return replace(base, state=FeedState.FORKED)


def by_known_keys(register: Register, one: Contradiction) -> bool:
    """Whether both statements name keys that the register lists now."""
    return all(by_known_key(register, one.origin, one.feed, said) for said in (one.older, one.newer))


def concerning(reader: Reader, ctx: Context, peer: NodeId, feed: FeedId | None = None) -> list[bytes]:
    """The serialised Evidence against feeds held here that `peer` may follow; of one feed where `feed` is given."""
    register, now = ctx.register, ctx.now()
    entry = register.nodes.get(peer)
    if entry is None or not register.member(ctx.me, now):
        return []
    told = []
    for row in rows.every(reader):
        held = feeds.find(reader, row.feed) if feed in {None, row.feed} else None
        if held is not None and _here(held) and isinstance(follows(entry, held, register, now), Permit):
            told.append(row.message)
    return told


def _here(held: FeedRow | None) -> bool:
    """Whether a feed is held: of a purged one nothing is, and nobody is told of it."""
    return held is not None and held.state is not FeedState.PURGED


def from_wire(message: pb.Evidence) -> Contradiction:
    """The contradiction of a frame, its shapes checked; nothing in it is verified."""
    if len(message.feed) != HASH_BYTES or len(message.root_at_older) not in {0, HASH_BYTES}:
        raise BadProof(f"{HASH_BYTES} bytes", where="evidence")
    if len(message.consistency) > PROOF_HASHES_MAX:
        raise TooLarge(f"at most {PROOF_HASHES_MAX} hashes", where="evidence.consistency")
    if not 1 <= message.older.size <= message.newer.size:
        raise BadProof("1 <= older <= newer", where="evidence.older.size")
    for checkpoint in (message.older, message.newer):
        if len(checkpoint.signature) != checkpoints.CHECKPOINT_SIGNATURE_BYTES:
            raise BadSignature("68 bytes", where="evidence.signature")
    return Contradiction(
        NodeId(message.origin),
        FeedId(message.feed),
        checkpoints.from_wire(message.older),
        checkpoints.from_wire(message.newer),
        message.root_at_older,
        tuple(message.consistency),
    )


def to_wire(one: Contradiction) -> pb.Evidence:
    """The frame of a contradiction."""
    return pb.Evidence(
        origin=one.origin,
        feed=one.feed,
        older=checkpoints.to_wire(one.older),
        newer=checkpoints.to_wire(one.newer),
        root_at_older=one.root_at_older,
        consistency=list(one.consistency),
    )
