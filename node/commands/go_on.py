"""What another port moves to a wider label goes on here as it was marked: in the case it was put in, on hold, contested where it was.

Guarantees
* Whichever of the two comes first: the word of the move, in the narrower feed, or the record that it names, in the wider one. Until the
  word is here the record is one like any other; nothing else tells that the two are one.
* The first word of a record counts, of a record of the same origin and kind: an origin says so once, so one that says more draws one
  record of its own after another, never many. What a person here put into another case, or took out of one, stays where it is.
* That others read the new record before and do not any more is told as what is put in is (`review_conduct.py`), as of whoever last put a
  record of that kind and port into the case; of what was put in before that was kept, to nobody.
* A move of a move goes on too, in whatever order all of it comes, so many at once (`MOVES_MAX`), as long as each of them comes here.
What another port narrows tells nothing: there the new record names nothing, and the old one names no record of a narrower feed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from node.commands.audit import Act, audit
from node.commands.context import Context
from node.commands.keep import VerifiedRun
from node.commands.settle import settle
from node.store import cases, conduct, feeds, holds, successions
from node.store.changes import Change, ChangeKind
from node.store.conduct import ConductRow, Deed
from node.store.entries import key_of
from node.store.feeds import FeedRow
from node.store.unit import Reader, Tx
from policies.need import CaseId, Key
from protocol.header import parse_header
from protocol.ids import NodeId, RecordId
from protocol.operation import Op
from protocol.record import kind_of

MOVES_MAX: Final = 16
"""Moves of one record, one after the other, that are followed at once; nobody makes so many."""


def go_on(tx: Tx, ctx: Context, feed: FeedRow, run: VerifiedRun, came: Collection[int] = ()) -> None:
    """After a run of another port was stored: let what is marked of a record go on with the record that it became. `came`: the indices of
    what was here ahead of its turn.
    """
    if feed.own:
        return
    published = set[bytes]()
    for index, header in enumerate(run.headers, run.first):
        if header.record_id is not None:
            published.add(header.record_id)
        if index in came or header.op is not Op.SUPERSEDED or header.target is None:
            continue
        if header.target.record_id is not None:
            before = (feed.lineage, header.target.record_id)
            word = successions.word(tx, before) if _marked(tx, before) else None
            if word is not None and word[0] == key_of(feed.number, index):
                _follow(tx, ctx, feed.origin, before, header.successor)
    for record, before in successions.take(tx, feed.origin, published):
        key = (feed.lineage, record)
        if _mark(tx, ctx, before, key, new=True):
            _follow(tx, ctx, feed.origin, key, _successor(tx, key))


def _follow(tx: Tx, ctx: Context, origin: NodeId, before: Key, successor: RecordId | None) -> None:
    for _ in range(MOVES_MAX):
        if successor is None:
            return
        key = successions.held(tx, origin, successor)
        if key is None:
            successions.expect(tx, origin, successor, before)
            return
        if not _mark(tx, ctx, before, key, new=False):
            return
        before, successor = key, _successor(tx, key)


def _successor(reader: Reader, key: Key) -> RecordId | None:
    word = successions.word(reader, key)
    return parse_header(word[1]).successor if word is not None else None


def _marked(reader: Reader, key: Key) -> bool:
    return cases.of(reader, key) is not None or holds.contested(reader, *key) or holds.held(reader, *key)


def _mark(tx: Tx, ctx: Context, before: Key, key: Key, *, new: bool) -> bool:
    """Mark one record as the one before; False where nothing of it is to go on. `new`: nobody here saw the record yet."""
    kind = _kind(tx, key)
    if not kind or kind != _kind(tx, before):
        return False
    case = None if cases.decided(tx, key) else cases.of(tx, before)
    contests = holds.contested(tx, *before) and not holds.contested(tx, *key)
    held = holds.of(tx, *before) if holds.held(tx, *before) and not holds.held(tx, *key) else ()
    if case is None and not contests and not held:
        return False
    if case is not None:
        cases.put(tx, key, case, entry=cases.entry_of(tx, before), new=new)
    if contests:
        holds.contest_too(tx, *before, successor=key)
    for row in held:
        holds.put(tx, replace(row, lineage=key[0], record=key[1]))
    settle(tx, *key)
    _say(tx, ctx, before, key, case, kind=kind, new=new)
    return True


def _kind(reader: Reader, key: Key) -> str:
    content_type = successions.content_type(reader, key)
    return kind_of(content_type) if content_type else ""


def _say(tx: Tx, ctx: Context, before: Key, key: Key, case: CaseId | None, *, kind: str, new: bool) -> None:
    feed = feeds.of_lineage(tx, key[0])
    if feed is None:
        return
    more = {"case": case.hex()} if case is not None else {}
    details = {"before": before[1].hex(), **more}
    act = Act(act="marks_go_on", record=key[1], feed=feed.feed, details=details)
    entry = audit(tx, ctx, act, ctx.register)
    tx.note(Change(kind=ChangeKind.RECORD, feed=feed.feed, number=feed.number, record=key[1], own=feed.own))
    put = conduct.last_put(tx, case, kind, feed.origin) if case is not None and not new else None
    if put is not None:  # told to who was told of that
        row = ConductRow(entry, Deed.PUT, put.file, put.person, ctx.now(), kind=kind, origin=feed.origin)
        conduct.note(tx, row._replace(tied=put.tied, lineage=key[0], record=key[1]))
        cases.by_entry(tx, key, entry)
