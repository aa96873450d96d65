"""Take a batch from a peer: verify, decide, store entries and cursor in one transaction, cosign.

Guarantees: a batch is taken whole or not at all; taking it twice, in other pieces or in other order changes nothing; the
receipt is made in the same transaction, and its caller sends it only after that is durable. A refusal is audited with who
sent it and what is wrong, and leaves nothing else behind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from node.commands import control, evidence, second_heard
from node.commands import receipt as receipts
from node.commands.audit import Act, audit
from node.commands.batch import Batch
from node.commands.brake import braked, count
from node.commands.burst import hold_back
from node.commands.context import Context
from node.commands.cut import apart, ended, make_room, said, signed_again
from node.commands.examine import Examined, examine
from node.commands.feed_room import no_room
from node.commands.fetch import want
from node.commands.go_on import go_on
from node.commands.judge import misnumbered
from node.commands.keep import VerifiedRun, keep, named
from node.commands.kept_aside import note_aside, say_aside, say_reused
from node.commands.outcome import Accepted, Aside, Refusal
from node.commands.pending import denied
from node.commands.restored import make_way, recovered
from node.commands.settle import settle
from node.commands.turn import in_turn, is_wanted
from node.log import doubled
from node.store import attachments, cuts, entries, feeds, purges
from node.store.changes import Change, ChangeKind
from node.store.entries import EntryRow, Listing, Standing
from node.store.feeds import FeedRow, FeedState
from node.store.unit import Tx
from protocol.entry import Entry
from protocol.errors import BadProof, Code
from protocol.ids import NodeId, RecordId
from protocol.operation import Header, Op
from protocol.register_view import Register

_PASSING = frozenset({Code.GAP, Code.OLD_REGISTER, Code.UNKNOWN_OP, Code.BRAKED})
"""Refusals that are part of catching up, and a brake, which screens show while it lasts."""


def accept_batch(
    tx: Tx,
    ctx: Context,
    peer: NodeId,
    batch: Batch,
    examined: Examined | None = None,
    *,
    live: bool = False,
) -> Accepted | Refusal:
    """Take a batch. `examined`: what `examine` found ahead, used if the feed is still as it was then; `live`: pushed."""
    register = ctx.register
    held = feeds.find(tx, batch.feed)
    if examined is None or examined.register is not register or not _fresh(examined, held):
        found = examine(ctx, register, held, batch, peer=peer, said=cuts.naming(tx, batch.feed))
        if isinstance(found, Refusal):
            return not_taken(tx, ctx, peer, batch, found)
        examined = found
    if held is not None and not purges.ready(tx, held.number):
        why = "what was held of it before is still being destroyed here"
        return Refusal(code=Code.NO_SPACE, feed=batch.feed, index=batch.first, field="feed", words=why)
    if examined.base.own and not examined.base.number:
        make_way(tx, ctx, examined.base)
    elif (none := no_room(tx, register, examined.base, batch.first)) is not None:
        return refuse(tx, ctx, peer, none, register)
    base = evidence.marked(tx, examined.base)
    if base.state is FeedState.FORKED and peer != base.origin:
        return refuse(tx, ctx, peer, _forked(batch, base), register)
    examined = replace(examined, base=base)
    if base.origin != ctx.me and (why := braked(tx, ctx, base.origin, live=live)):
        return Refusal(
            code=Code.BRAKED,
            feed=batch.feed,
            index=batch.first,
            size=examined.base.size,
            field="feed",
            words=why,
        )
    try:
        repeated = _repeated(tx, examined)
    except BadProof as refused:
        words = Refusal(
            code=refused.code, feed=batch.feed, index=batch.first, size=examined.base.size, words=str(refused)
        )
        return not_taken(tx, ctx, peer, batch, words)
    if examined.run is None and (lie := denied(tx, base, batch.checkpoint)) is not None:
        return refuse(tx, ctx, peer, replace(_forked(batch, base), evidence=lie), register)
    turn = in_turn(tx, ctx, examined)
    if isinstance(turn, Refusal):
        return refuse(tx, ctx, peer, turn, register)
    if held is not None and held.state is FeedState.PURGED:
        purges.reopen(tx, base)
    return _store(tx, ctx, peer, replace(examined, run=turn.run), repeated, register, turn.came)


def not_taken(tx: Tx, ctx: Context, peer: NodeId, batch: Batch, refusal: Refusal) -> Refusal:
    """Note a batch that was refused, and the contradiction in it, if that is why."""
    held = feeds.find(tx, batch.feed)
    if refusal.code is Code.BAD_PROOF and apart(tx, ctx, held, batch.checkpoint):
        return replace(refusal, code=Code.GAP, size=0, field="first", words="from its first entry on")
    told = evidence.contradicted(tx, ctx, held, batch.checkpoint, refusal, source=peer)
    return refuse(tx, ctx, peer, told, ctx.register)


def _forked(batch: Batch, base: FeedRow) -> Refusal:
    words = "evidence of two histories is held"
    return Refusal(
        code=Code.FORKED, feed=batch.feed, index=batch.first, size=base.size, field="feed", words=words
    )


def refuse(tx: Tx, ctx: Context, peer: NodeId, refusal: Refusal, register: Register) -> Refusal:
    """Note a refusal: counted for each peer and code, audited each time the count has doubled, so that no peer fills the log."""
    if refusal.code in _PASSING:
        return refusal
    if refusal.evidence is not None:
        evidence.take(tx, ctx, refusal.evidence, source=peer)
    held = feeds.find(tx, refusal.feed)
    times = feeds.refuse(
        tx,
        feed=refusal.feed,
        node=peer,
        origin=held.origin if held else NodeId(""),
        code=refusal.code,
        words=refusal.words,
        now_ms=ctx.now(),
    )
    if doubled(times):
        details = {
            "peer": peer,
            "code": refusal.code,
            "index": str(refusal.index),
            "times": str(times),
        }
        audit(tx, ctx, Act(act="refuse", feed=refusal.feed, rule=refusal.code, details=details), register)
        tx.note(Change(kind=ChangeKind.REFUSED, feed=refusal.feed, node=peer))
    return refusal


def _fresh(examined: Examined, held: FeedRow | None) -> bool:
    base = examined.base
    if held is None:
        return base.number == 0
    return (base.number, base.size, base.root, base.state) == (held.number, held.size, held.root, held.state)


def _repeated(tx: Tx, examined: Examined) -> list[tuple[EntryRow, Entry, Header]]:
    """What the batch repeats, beside the rows held; raises BadProof where a leaf is another one."""
    if not examined.known:
        return []
    batch, count = examined.batch, len(examined.known)
    rows = entries.between(tx, examined.base.number, batch.first, batch.first + count)
    for row, (entry, _) in zip(rows, examined.known, strict=True):
        if row.leaf != entry.leaf:
            raise BadProof("not the entry that is held here", where=f"entries[{row.at - batch.first}]")
    return [(row, entry, header) for row, (entry, header) in zip(rows, examined.known, strict=True)]


def _store(
    tx: Tx,
    ctx: Context,
    peer: NodeId,
    examined: Examined,
    repeated: list[tuple[EntryRow, Entry, Header]],
    register: Register,
    came: Mapping[int, EntryRow],
) -> Accepted:
    feed = examined.base if examined.base.number else feeds.add(tx, examined.base)
    before = len(entries.quarantined(tx, feed.number, feed.size))
    aside, filled, files = _fill(tx, ctx, feed, repeated, examined)
    if examined.run is not None:
        make_room(tx, feed, examined.run.after.size)
        feed, more, listing = _extend(tx, ctx, feed, examined.run, came)
        aside += more
        files += listing
        if any(header.op is Op.ERASE for header in examined.run.headers):
            hold_back(tx, ctx, feed.origin)
        control.heard(tx, ctx, feed, examined.run.headers)
        second_heard.heard(tx, ctx, feed, examined.run)
        go_on(tx, ctx, feed, examined.run, came)
    else:
        signed_again(tx, ctx, feed, examined.batch.checkpoint)
    added = len(examined.run.entries) if examined.run else 0
    if examined.run is not None:
        said(tx, ctx, feed, examined.run.headers)
        ended(tx, ctx, feed.number)
    if feed.own:
        feed = recovered(tx, ctx, feed)
    elif added or filled:
        count(tx, ctx, feed.origin, new=_new(examined.run, came), filled=filled)
    if aside:
        say_aside(tx, ctx, feed, aside, register)
    if aside and before.bit_length() != len(entries.quarantined(tx, feed.number, feed.size)).bit_length():
        note_aside(tx, ctx, peer, feed, aside, register)
    return Accepted(
        feed=feed.feed,
        origin=feed.origin,
        size=feed.size,
        root=feed.root,
        added=added,
        filled=len(filled),
        receipt=receipts.give(tx, ctx, feed),
        aside=tuple(aside),
        files=files,
    )


def _new(run: VerifiedRun | None, came: Mapping[int, EntryRow]) -> Sequence[Entry]:
    """What of a run was not here yet, ahead of its turn."""
    if run is None or not came:
        return run.entries if run else ()
    return [entry for index, entry in enumerate(run.entries, run.first) if index not in came]


def _extend(
    tx: Tx, ctx: Context, feed: FeedRow, run: VerifiedRun, came: Mapping[int, EntryRow]
) -> tuple[FeedRow, list[Aside], int]:
    known = entries.seen(tx, named(run.headers)) | {row.record for row in came.values() if row.record}
    reused = entries.elsewhere(tx, feed.lineage, known)
    verdicts = {**misnumbered(tx, feed, run.headers, known), **run.verdicts}
    feed = keep(tx, feed, run, ctx.now(), known=known, verdicts=verdicts, came=came)
    if reused and (twice := [h for h in run.headers if h.op is Op.PUBLISH and h.record_id in reused]):
        say_reused(tx, ctx, feed, twice)
    for row in [came[run.first + i] for i in verdicts if run.first + i in came]:
        attachments.forget(tx, row.key)
    listing = {i: files for i, files in run.files.items() if i not in verdicts}
    want(tx, feed, run.first, run.headers, listing)
    return feed, [Aside(run.first + i, v.reason, v.field) for i, v in sorted(verdicts.items())], len(listing)


def _fill(
    tx: Tx, ctx: Context, feed: FeedRow, repeated: list[tuple[EntryRow, Entry, Header]], examined: Examined
) -> tuple[list[Aside], list[Entry], int]:
    """Contents that were missing and came now: what was kept aside, which came, how many of them list files."""
    aside: list[Aside] = []
    filled: list[Entry] = []
    listing = 0
    for row, entry, header in repeated:
        if not is_wanted(tx, ctx, row, entry, header):
            continue
        verdict, files = examined.judge.verdict(entry, header) if header.op is Op.PUBLISH else (None, ())
        if verdict is None or verdict.keep_content:
            _put(tx, feed, row, entry)
            filled.append(entry)
        if verdict is not None:
            entries.quarantine(tx, [(row.key, verdict.reason, verdict.field, ctx.now())])
            entries.set_standing(tx, row.key, Standing.QUARANTINED, Listing.NONE)
            aside.append(Aside(row.at, verdict.reason, verdict.field))
        elif files:
            want(tx, feed, row.at, [header], {0: files})
            listing += 1
        if row.record is not None and settle(tx, feed.lineage, RecordId(row.record)):
            tx.note(
                Change(
                    kind=ChangeKind.RECORD, feed=feed.feed, number=feed.number, record=RecordId(row.record)
                )
            )
    return aside, filled, listing


def _put(tx: Tx, feed: FeedRow, row: EntryRow, entry: Entry) -> None:
    arrival = feeds.next_arrivals(tx, 1)
    entries.fill(tx, row.key, entry.content or b"", entry.salt or b"", arrival)
    feeds.touch(tx, feed.number, arrival)
