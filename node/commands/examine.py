"""Look at a batch before anything of it touches the disk: does it verify, may this node have it, is each entry acceptable.

Pure: no store, no clock of its own, so that it runs on any thread and ahead of the writer. What comes out holds only for the
state of the feed it was examined against (`base`); the transaction that stores it compares.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from google.protobuf.message import DecodeError

from node.commands.admit import Stop, decide, stop
from node.commands.append import begun, role_of
from node.commands.batch import Batch
from node.commands.context import Context
from node.commands.cut import vouched
from node.commands.judge import Judge
from node.commands.keep import VerifiedRun
from node.commands.outcome import Refusal
from node.store.cuts import Cut, holding
from node.store.feeds import FeedRole, FeedRow, FeedState
from protocol.checkpoint import Checkpoint, verify
from protocol.entry import Entry, check_entry
from protocol.errors import BadProof, Code, ProtocolError
from protocol.header import check_open, check_place, parse_header
from protocol.ids import FeedId, NodeId
from protocol.label import parse
from protocol.merkle import CompactRange, verify_consistency
from protocol.operation import Header, Op
from protocol.register_view import Register
from protocol.run import verify_run
from protocol.v1 import federation_pb2 as pb

_UNREADABLE = frozenset({Code.UNKNOWN_OP, Code.UNKNOWN_LABEL})
"""What may be the fault of this version, and not of the bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A batch that may be stored on top of `base`; `known` entries repeat what is held, `run` (if any) goes on from there.

    `base.number` is 0 where nothing of the feed is held yet.
    """

    base: FeedRow
    batch: Batch
    known: tuple[tuple[Entry, Header], ...]
    run: VerifiedRun | None
    judge: Judge
    register: Register


def examine(
    ctx: Context,
    register: Register,
    held: FeedRow | None,
    batch: Batch,
    *,
    peer: NodeId | None = None,
    said: Sequence[Cut] = (),
) -> Examined | Refusal:
    """Verify, then decide. `held` is the feed as it is held now, None where nothing is; `peer` sent the batch; `said`: all that names
    its id as an epoch that was cut off.
    """
    size = held.size if held else 0
    try:
        return _examine(ctx, register, held, batch, peer, said)
    except Stop as stopped:
        return stopped.refusal
    except ProtocolError as refused:
        return Refusal(
            code=refused.code,
            feed=batch.feed,
            index=batch.first,
            size=size,
            field=refused.where,
            words=str(refused),
        )


def _examine(
    ctx: Context,
    register: Register,
    held: FeedRow | None,
    batch: Batch,
    peer: NodeId | None,
    said: Sequence[Cut],
) -> Examined:
    if not ctx.listed(register):  # a matter of registers, of which the peer may have a newer one
        raise stop(batch, held, Code.OLD_REGISTER, f"register {register.version} does not list this node")
    if batch.first > (held.size if held else 0):
        raise stop(batch, held, Code.GAP, "entries before these are missing")
    if held is not None and held.state is FeedState.FORKED and peer != held.origin:
        raise stop(batch, held, Code.FORKED, "evidence of two histories is held")
    try:
        headers = _headers(batch, held)
    except ProtocolError as refused:
        if refused.code in _UNREADABLE:
            _vouched(batch, held, register)
        raise
    except Stop:
        _vouched(batch, held, register)
        raise
    base = held or _own_again(ctx, opening(batch.feed, headers[0]))
    if base.size == 0:
        check_open(headers[0], batch.feed)  # also of a feed of which something came ahead, or that was purged
    if base.state is FeedState.PURGED:
        base = replace(base, state=FeedState.OPEN)
    cut = holding(said, base)
    if cut is not None and batch.end > cut.size:
        raise stop(batch, held, Code.FORKED, f"its origin goes on from {cut.size} entries of it elsewhere")
    known = min(base.size - batch.first, len(headers))
    good = vouched(cut, batch.checkpoint)
    if not good and not batch.checkpoint.signature:
        raise stop(batch, held, Code.FORKED, "only an EPOCH vouches for it, and none that does is held here")
    run = _verified(base, batch, headers, known, register, vouched=good)
    decide(ctx, register, base, batch, headers, new=run is not None)
    label = parse(base.label)
    judge = Judge(origin=base.origin, label=label, register=register, own=ctx.entry(register))
    if run is not None:
        verdicts, files = judge.run(run.entries, run.headers)
        run.verdicts.update(verdicts)
        run.files.update(files)
    return Examined(
        base=base,
        batch=batch,
        known=tuple(zip(batch.entries[:known], headers[:known], strict=True)),
        run=run,
        judge=judge,
        register=register,
    )


def _vouched(batch: Batch, held: FeedRow | None, register: Register) -> None:
    """Raises unless the origin signed exactly these bytes: only then does it count that this version cannot read them."""
    if held is None:
        origin, before, new = _named_origin(batch.entries[0]), CompactRange(), batch.entries
    else:
        origin, before, new = held.origin, held.held, batch.entries[held.size - batch.first :]
    entry = register.nodes.get(origin)
    verify(
        batch.checkpoint, origin=origin, feed=batch.feed, publics=entry.log_keys if entry is not None else ()
    )
    after, _ = before.extend(one.leaf for one in new)
    if not new or batch.checkpoint.size < after.size:
        raise BadProof("not the entries that the checkpoint vouches for", where="entries")
    verify_consistency(
        size1=after.size,
        size2=batch.checkpoint.size,
        root1=after.root(),
        root2=batch.checkpoint.root,
        proof=batch.consistency,
    )


def _named_origin(entry: Entry) -> NodeId:
    try:
        return NodeId(pb.Header.FromString(entry.header).open.origin)
    except DecodeError:
        raise BadProof("entry 0 is OPEN", where="entries[0].header") from None


def _headers(batch: Batch, held: FeedRow | None) -> list[Header]:
    """Every header, each in its place; an operation that is not known stops the cursor before it."""
    control = held is not None and held.role is FeedRole.CONTROL
    found: list[Header] = []
    for i, entry in enumerate(batch.entries):
        try:
            header = parse_header(entry.header)
            _not_after_close(held, batch.first + i, found)
            if header.op is not Op.PUBLISH or batch.first + i == 0:  # a record may stand anywhere else
                if i == 0 and header.open is not None:
                    control = role_of(parse(header.open.label)) is FeedRole.CONTROL
                check_place(header, index=batch.first + i, control=control)
        except ProtocolError as refused:
            refused.locate(f"entries[{i}]")
            if refused.code is Code.UNKNOWN_OP:
                raise stop(batch, held, refused.code, str(refused), batch.first + i) from None
            raise
        found.append(header)
    return found


def _own_again(ctx: Context, base: FeedRow) -> FeedRow:
    """A feed of which nothing is held; one of this node's own was lost."""
    return replace(base, own=True, state=FeedState.RESTORED) if base.origin == ctx.me else base


def _not_after_close(held: FeedRow | None, index: int, before: list[Header]) -> None:
    closed = held is not None and held.state is FeedState.CLOSED and index >= held.size
    if closed or (before and before[-1].op is Op.CLOSE):
        raise ProtocolError("nothing stands after CLOSE", where="header.op")


def opening(feed: FeedId, header: Header) -> FeedRow:
    """The feed that entry 0 opens; raises BadProof unless it gives exactly this id."""
    return begun(feed, check_open(header, feed), header.register, own=False)


def _verified(
    base: FeedRow, batch: Batch, headers: list[Header], known: int, register: Register, *, vouched: bool
) -> VerifiedRun | None:
    """What goes on from what is held, verified; None where the batch only repeats."""
    for i in range(known):
        check_entry(batch.entries[i], headers[i])
    origin = register.nodes.get(base.origin)
    if origin is None:
        raise stop(batch, base, Code.OLD_REGISTER, f"its origin is not in register {register.version}")
    if known == len(headers):
        if not vouched:
            verify(batch.checkpoint, origin=base.origin, feed=base.feed, publics=origin.log_keys)
        return None
    run = batch.entries[known:]
    after, completed = verify_run(
        base.held,
        run,
        batch.checkpoint,
        batch.consistency,
        origin=base.origin,
        feed=base.feed,
        publics=None if vouched else origin.log_keys,
        headers=headers[known:],
    )
    return VerifiedRun(
        first=base.size,
        entries=run,
        headers=headers[known:],
        completed=completed,
        after=after,
        root=after.root(),
        checkpoint=_head(base, batch, origin.log_keys, vouched=vouched)
        if batch.checkpoint.size == after.size
        else None,
    )


def _head(base: FeedRow, batch: Batch, publics: Sequence[bytes], *, vouched: bool) -> Checkpoint:
    """The checkpoint to keep: where an EPOCH vouches for it, its signature was not looked at and stays only if it verifies."""
    if vouched:
        try:
            verify(batch.checkpoint, origin=base.origin, feed=base.feed, publics=publics)
        except ProtocolError:
            return replace(batch.checkpoint, signature=b"")
    return batch.checkpoint
