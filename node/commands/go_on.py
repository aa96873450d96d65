"""What another port moves to a wider label goes on here as it was marked: in the case it was put in, contested where it was.

Guarantees
* Whichever of the two comes first: the word of the move, in the narrower feed, or the record that it names, in the wider one. Until the
  word is here the record is one like any other; nothing else tells that the two are one.
* The word counts for records of the same origin alone, and for what it marks: a record that a person here put into another case, or took
  out of one, stays where it is.
* A move of a move goes on too, in whatever order all of it comes.
What another port narrows tells nothing: there the new record names nothing, and the old one names no record of a narrower feed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final

from node.commands.audit import Act, audit
from node.commands.context import Context
from node.store import cases, feeds, holds, successions
from node.store.changes import Change, ChangeKind
from node.store.feeds import FeedRow
from node.store.unit import Reader, Tx
from policies.need import Key
from protocol.header import parse_header
from protocol.ids import NodeId, RecordId
from protocol.operation import Header, Op

MOVES_MAX: Final = 256
"""Moves of one record, one after the other, that are followed at once; nobody makes so many."""
_Move = tuple[Key, RecordId | None]


def go_on(tx: Tx, ctx: Context, feed: FeedRow, headers: Sequence[Header]) -> None:
    """After entries of another port were stored: let what is marked of a record go on with the record that it became."""
    if feed.own:
        return
    moves = [
        (RecordId(header.target.record_id), header.successor)
        for header in headers
        if header.op is Op.SUPERSEDED and header.target is not None and header.target.record_id is not None
    ]
    waiting = deque(((feed.lineage, record), successor) for record, successor in moves)
    published = {header.record_id for header in headers if header.record_id is not None}
    for came, before in successions.take(tx, feed.origin, published):
        waiting += _mark(tx, ctx, before, (feed.lineage, came), new=True)
    for _ in range(len(waiting) + MOVES_MAX):
        if not waiting:
            return
        before, successor = waiting.popleft()
        if successor is not None and _marked(tx, before):
            waiting += _moved(tx, ctx, feed.origin, before, successor)


def _moved(tx: Tx, ctx: Context, origin: NodeId, before: Key, successor: RecordId) -> list[_Move]:
    held = [(lineage, successor) for lineage in successions.lineages(tx, origin, successor)]
    if not held:
        successions.expect(tx, origin, successor, before)
    return [move for key in held for move in _mark(tx, ctx, before, key, new=False)]


def _marked(reader: Reader, key: Key) -> bool:
    return cases.of(reader, key) is not None or holds.contested(reader, *key)


def _mark(tx: Tx, ctx: Context, before: Key, key: Key, *, new: bool) -> list[_Move]:
    """Mark one record as the one before; what is known to have become of it. `new`: nobody here saw the record yet."""
    case = None if cases.decided(tx, key) else cases.of(tx, before)
    contests = holds.contested(tx, *before) and not holds.contested(tx, *key)
    if case is None and not contests:
        return []
    if case is not None:
        cases.put(tx, key, case, new=new)
    if contests:
        holds.contest_too(tx, *before, successor=key)
    _say(tx, ctx, before, key, {"case": case.hex()} if case is not None else {})
    return [(key, parse_header(raw).successor) for raw in successions.said_of(tx, key)]


def _say(tx: Tx, ctx: Context, before: Key, key: Key, more: dict[str, str]) -> None:
    feed = feeds.of_lineage(tx, key[0])
    if feed is None:
        return
    details = {"before": before[1].hex(), **more}
    audit(tx, ctx, Act(act="marks_go_on", record=key[1], feed=feed.feed, details=details), ctx.register)
    tx.note(Change(kind=ChangeKind.RECORD, feed=feed.feed, number=feed.number, record=key[1], own=feed.own))
