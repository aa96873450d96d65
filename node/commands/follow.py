"""What follows a record into a case: what refers to it is of the case from then on, so it disappears with it from who read it until now.

Guarantees
* What is found is what lists and pages then keep (`need.Inside`, `reach.Reach`): records that are shown here and name it, or name on the way,
  through records of this node's own feeds, what names it; not what is of the case already, nor what stays open to everybody.
* Drafts that wait are found likewise, of colleagues and of detectors: not those of who puts it in.
* It is looked for in a snapshot, off the writer (`look`). The transaction looks whether what names it came meanwhile, and only then again.
* Who puts something in is told of what he may read and of no more: neither how much else there is, nor whose.
* Bounded: `FOLLOW_MAX` that he reads, `EVERY_MAX` in all; what is more is refused in the same words.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from node.commands.audit import Act, audit
from node.commands.concern import cases_of
from node.commands.context import Context
from node.commands.need import stays_open
from node.commands.people import Visitor
from node.commands.reach import STEPS, Reach
from node.commands.search import is_silent, kept_from
from node.store import cases, drafts, feeds, lists, naming, purges
from node.store.entries import EntryRow
from node.store.feeds import FeedRow
from node.store.unit import Reader, Tx
from policies.decision import Deny, DenyCode
from policies.need import CaseId, Inside, Key
from policies.officers import Role
from policies.readership import reads
from protocol.ids import NodeId, RecordId
from protocol.label import parse
from protocol.record import kind_of

FOLLOW_MAX: Final = 50
"""Records that who puts one in reads and that go with it: of more it is a hub, and a case would hide what has nothing to do with it."""
EVERY_MAX: Final = 500
"""All of them, drafts and what he does not read included: each is an entry of the audit in one transaction."""
WORDS: Final = (
    f"more than {FOLLOW_MAX} records refer to it and would go with it: put those in first, or leave it out"
)


@dataclass(frozen=True, slots=True)
class Look:
    """What may follow, found up to the change `upto`. `through`: ids by which something may: the matter's, and of what of ours names it."""

    upto: int
    through: frozenset[bytes]
    records: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Follower:
    """A record or a draft that others read until now. `his`: who puts the other in reads it too; `apart`: it is of no case yet."""

    kind: str
    origin: NodeId
    id: RecordId
    feed: FeedRow | None = None
    his: bool = False
    apart: bool = True


def look(reader: Reader, matter: Collection[Key]) -> Look:
    """What may follow a matter, as far as references are followed."""
    upto, ids = feeds.last_arrival(reader), frozenset[bytes](record for _, record in matter)
    found = naming.naming(reader, ids)
    wave = through = frozenset[bytes](record for (_, record), own in found.items() if own)
    every = naming.everything(reader) if wave else {}
    for _ in range(STEPS):
        further = {key: own for one in wave for key, own in every.get(one, {}).items()}
        found |= further
        wave = frozenset(record for (_, record), own in further.items() if own) - through - ids
        through |= wave
    return Look(upto, through | ids, tuple(sorted(found.keys() - set(matter))))


def still(reader: Reader, matter: Collection[Key], before: Look | None) -> Look:
    """What was found before, where it was of this matter and nothing came that changes it."""
    same = before is not None and {record for _, record in matter} <= before.through
    if before is None or not same or naming.came(reader, before.through, before.upto):
        return look(reader, matter)
    return before


def followers(
    reader: Reader, ctx: Context, officer: Visitor, matter: Collection[Key], case: CaseId, found: Look
) -> list[Follower]:
    """What goes into this case with a matter, records before drafts."""
    before = cases.inside(reader)
    now, then = Inside.over(before), Inside.over({**before, **dict.fromkeys(matter, case)})
    every, hidden = list[Follower](), set(purges.under_way(reader))
    for key in found.records:
        one = _shown(reader, *key)
        if one is None or one[0].number in hidden or stays_open(one[1]):
            continue
        feed, row = one
        drawn = Reach(reader).drawn(row.content)  # of its own, as its page has it: a list may have less room
        if case in then.cases(key, drawn) and case not in (held := now.cases(key, drawn)):
            his = _reads(reader, officer, feed, row)
            every.append(Follower(kind_of(row.kind), feed.origin, key[1], feed, his, apart=not held))
    for ident in naming.drafts(reader, found.through):
        draft = drafts.get(reader, ident)
        if draft is None or draft.owner == officer.id:
            continue
        if case in cases_of(reader, then, draft) and case not in cases_of(reader, now, draft):
            every.append(Follower(draft.kind, ctx.me, ident))
    return every


def too_many(every: Sequence[Follower]) -> Deny | None:
    """Why what so much follows is not put in."""
    if sum(one.his for one in every) <= FOLLOW_MAX and len(every) <= EVERY_MAX:
        return None
    return Deny(DenyCode.MANY_FOLLOW, "case", WORDS)


def audited(tx: Tx, ctx: Context, one: Follower, *, case: CaseId, before: RecordId, actor: str) -> RecordId:
    """That it went with another one. A draft has no feed yet, and is named in the details."""
    details = {"case": case.hex(), "before": before.hex()}
    if one.feed is None:
        details["draft"] = one.id.hex()
    feed = one.feed.feed if one.feed is not None else None
    act = Act(act="case_follow", actor=actor, record=one.id, feed=feed, rule="case", details=details)
    return audit(tx, ctx, act, ctx.register)


def _shown(reader: Reader, lineage: bytes, record: RecordId) -> tuple[FeedRow, EntryRow] | None:
    epochs = {one.number: one for one in feeds.lineage_of(reader, lineage)}
    row = lists.shown_of(reader, epochs, record)
    return (epochs[row.feed], row) if row is not None else None


def _reads(reader: Reader, officer: Visitor, feed: FeedRow, row: EntryRow) -> bool:
    """Whether it is on this officer's screens."""
    reading = officer.reading
    silent = is_silent(feed, row) and Role.INTEGRITY_OFFICER not in officer.roles
    return (
        not silent and reads(reading, parse(feed.label)) and not kept_from(Reach(reader), reading, feed, row)
    )
