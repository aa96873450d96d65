"""What follows a record into a case: what refers to it is of the case from then on, so it disappears with it from who read it until now.

Guarantees
* What is found is what lists and pages then keep (`need.Inside`, `reach.Reach`): records that are shown here and name it, or name on the way,
  through records of this node's own feeds, what names it; not what is of the case already, nor what stays open to everybody.
* Drafts that wait are found likewise, of colleagues and of detectors; of who puts it in those that anybody else could read.
* It is looked for and judged in a snapshot, off the writer (`look`). The transaction asks what came meanwhile, and looks through nothing: where
  that is of this port and names it, it answers `Again`.
* Who puts something in is told of what he may read and of no more: neither how much else there is, nor whose. A form looks at feeds that
  he reads alone, and goes on through what he reads alone: what else there is changes not even how long it takes.
* Bounded: of this port `FOLLOW_MAX` that he reads, `EVERY_MAX` in all; what is more is refused in the same words. Other ports keep nothing
  out of a case: of theirs `FOLLOW_MAX` are told, the ports in turn, and no more.
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
from node.store import cases, drafts, feeds, lists, naming, purges, unheard
from node.store.drafts import DraftRow, DraftState, Hand
from node.store.entries import EntryRow
from node.store.feeds import FeedRole, FeedRow
from node.store.naming import Wanted
from node.store.unit import Reader, Tx
from policies.decision import Deny, DenyCode
from policies.need import CaseId, Inside, Key
from policies.officers import Role
from policies.readership import reads
from protocol.ids import NodeId, RecordId
from protocol.label import parse
from protocol.record import kind_of

FOLLOW_MAX: Final = 50
"""Records of this port that who puts one in reads and that go with it: of more it is a hub, and a case would hide what has nothing to do
with it. Of other ports so many are told.
"""
EVERY_MAX: Final = 500
"""Of this port, drafts and what he does not read included: each is an entry of the audit in one transaction."""
CAME_MAX: Final = 256
"""Entries of other ports since the look that the transaction looks at."""
WORDS: Final = (
    f"more than {FOLLOW_MAX} records refer to it and would go with it: put those in first, or leave it out"
)
NO_CASE: Final = CaseId(bytes(16))


@dataclass(frozen=True, slots=True)
class Again:
    """Something of this port came since the look: look anew, in a snapshot, and try again."""


AGAIN: Final = Again()


@dataclass(frozen=True, slots=True)
class Named:
    """A record that names what is put in, as it is shown. `drawn`: what it is of a case by; `his`: who puts the other in reads it too."""

    key: Key
    feed: FeedRow
    kind: str
    drawn: frozenset[bytes]
    his: bool


@dataclass(frozen=True, slots=True)
class Look:
    """What may follow into a case, found up to the change `upto`. `through`: the records of this port that lead on; `records`: those of it
    that are shown; `theirs`: what follows of other ports; `cut`: there is more of this port than goes into a case, and nothing more was looked for.
    """

    upto: int
    case: CaseId
    ids: frozenset[bytes]
    through: frozenset[bytes]
    records: tuple[Named, ...]
    theirs: tuple[Named, ...]
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Follower:
    """A record or a draft that others read until now. `his`: who puts the other in reads it too; `ours`: it is of this port."""

    kind: str
    origin: NodeId
    id: RecordId
    feed: FeedRow | None = None
    his: bool = False
    ours: bool = True


@dataclass(frozen=True, slots=True)
class _Cases:
    """Which record is in which case, before something is put into `case` and then."""

    case: CaseId
    now: Inside
    then: Inside

    @classmethod
    def of(cls, reader: Reader, matter: Collection[Key], case: CaseId) -> _Cases:
        before = cases.inside(reader)
        return cls(case, Inside.over(before), Inside.over({**before, **dict.fromkeys(matter, case)}))

    def follows(self, one: Named) -> bool:
        """Whether a record is of the case then and not now."""
        held = self.now.cases(one.key, one.drawn)
        return self.case in self.then.cases(one.key, one.drawn) and self.case not in held

    def apart(self, one: Named) -> bool:
        """Whether it is of no case now."""
        return not self.now.cases(one.key, one.drawn)


def look(reader: Reader, officer: Visitor, matter: Collection[Key], case: CaseId) -> Look:
    """What may follow a matter, as far as references are followed."""
    return _look(reader, officer, matter, case, None)


def count(reader: Reader, officer: Visitor, matter: Collection[Key]) -> tuple[int, bool]:
    """How many records that are of no case yet, and that this officer reads, would go into one with a matter; whether there may be more."""
    among = {
        one.number
        for one in feeds.every(reader)
        if one.role is FeedRole.RECORDS and reads(officer.reading, parse(one.label))
    }
    found, inside = _look(reader, officer, matter, NO_CASE, among), _Cases.of(reader, matter, NO_CASE)
    every = [one for one in (*found.records, *found.theirs) if one.his and inside.follows(one)]
    return sum(map(inside.apart, every)), found.cut or len(found.theirs) >= FOLLOW_MAX


def _look(
    reader: Reader, officer: Visitor, matter: Collection[Key], case: CaseId, among: Collection[int] | None
) -> Look:
    """`among`: of these feeds alone, and through what the officer reads."""
    upto, ids = feeds.last_arrival(reader), frozenset[bytes](record for _, record in matter)
    inside, hidden = _Cases.of(reader, matter, case), frozenset(purges.under_way(reader))
    through, seen, found, following = frozenset[bytes](), set(matter), list[Named](), list[Named]()
    for _ in range(STEPS + 1):
        wave = set[bytes]()
        for key in sorted(naming.ours(reader, Wanted(ids, through), among) - seen):
            seen.add(key)
            one = _named(reader, Reach(reader), officer, key, hidden)
            if one is not None:
                found.append(one)
                following += [one] if inside.follows(one) else []
            if among is None or (one is not None and one.his):
                wave.add(key[1])
            if _beyond(following):
                return Look(upto, case, ids, through | wave, tuple(found), (), cut=True)
        if wave <= through | ids:
            break
        through |= wave
    theirs, reach = list[Named](), Reach(reader)
    for key in naming.others(reader, Wanted(ids, through), among, each=2 * FOLLOW_MAX)[:EVERY_MAX]:
        if key in seen:
            continue
        one = _named(reader, reach, officer, key, hidden)
        if one is not None and inside.follows(one) and (among is None or one.his):
            theirs.append(one)
        if len(theirs) >= FOLLOW_MAX:
            break
    return Look(upto, case, ids, through, tuple(found), tuple(theirs))


def followers(
    reader: Reader, ctx: Context, officer: Visitor, matter: Collection[Key], case: CaseId, found: Look
) -> list[Follower] | Again:
    """What goes into this case with a matter, records before drafts. Looks through nothing but what came since the look, and drafts."""
    wanted = Wanted(found.ids, found.through)
    same = found.case in {case, NO_CASE} and {record for _, record in matter} <= found.ids
    if not same or naming.came(reader, wanted, found.upto) or unheard.heard_since(reader, found.upto):
        return AGAIN
    inside = _Cases.of(reader, matter, case)
    own = [_follower(one) for one in found.records if inside.follows(one)]
    if found.cut:
        return own if too_many(own) is not None else AGAIN
    written = list[Follower]()
    for ident in naming.drafts(reader, wanted):
        draft = drafts.get(reader, ident)
        if draft is None or _his_alone(draft, officer):
            continue
        if case in cases_of(reader, inside.then, draft) and case not in cases_of(reader, inside.now, draft):
            written.append(Follower(draft.kind, ctx.me, ident))
        if len(own) + len(written) > EVERY_MAX:
            break
    return [*own, *map(_follower, _theirs(reader, officer, found, inside)), *written]


def _theirs(reader: Reader, officer: Visitor, found: Look, inside: _Cases) -> list[Named]:
    """What follows of other ports, with what came since the look where there is room."""
    moved, hidden = naming.changed(reader, found.upto, most=CAME_MAX), frozenset(purges.under_way(reader))
    wanted, reach, matter = Wanted(found.ids, found.through), Reach(reader), set(found.ids)
    stand = [one for one in found.theirs if one.key not in set(moved) and one.feed.number not in hidden]
    every = [one for one in stand if inside.follows(one)]
    for key in moved:
        if len(every) >= FOLLOW_MAX:
            break
        one = _named(reader, reach, officer, key, hidden, wanted)
        if key[1] not in matter and one is not None and inside.follows(one):
            every.append(one)
    return every


def too_many(every: Sequence[Follower]) -> Deny | None:
    """Why what so much of this port follows is not put in."""
    own = [one for one in every if one.ours]
    return Deny(DenyCode.MANY_FOLLOW, "case", WORDS) if _beyond(own) else None


def _beyond(own: Sequence[Named] | Sequence[Follower]) -> bool:
    return sum(one.his for one in own) > FOLLOW_MAX or len(own) > EVERY_MAX


def audited(tx: Tx, ctx: Context, one: Follower, *, case: CaseId, before: RecordId, actor: str) -> RecordId:
    """That it went with another one. A draft has no feed yet, and is named in the details."""
    details = {"case": case.hex(), "before": before.hex()}
    if one.feed is None:
        details["draft"] = one.id.hex()
    feed = one.feed.feed if one.feed is not None else None
    act = Act(act="case_follow", actor=actor, record=one.id, feed=feed, rule="case", details=details)
    return audit(tx, ctx, act, ctx.register)


def _follower(one: Named) -> Follower:
    return Follower(one.kind, one.feed.origin, one.key[1], one.feed, one.his, ours=one.feed.own)


def _his_alone(draft: DraftRow, officer: Visitor) -> bool:
    """Whether nobody else could read it: this officer wrote it and keeps it, and nobody had a hand in it."""
    kept = draft.hand is Hand.KEPT and draft.state is DraftState.DRAFT
    return kept and draft.owner == officer.id == draft.editor and draft.approver is None


def _named(
    reader: Reader,
    reach: Reach,
    officer: Visitor,
    key: Key,
    hidden: Collection[int],
    wanted: Wanted | None = None,
) -> Named | None:
    """A record as it is shown; None where it is not, stays open to everybody, or names nothing that is `wanted`."""
    one = _shown(reader, *key)
    if one is None or one[0].number in hidden or stays_open(one[1]):
        return None
    feed, row = one
    if wanted is not None and (row.content is None or not wanted.named(row.content)):
        return None
    drawn = reach.drawn(row.content)
    return Named(key, feed, kind_of(row.kind), drawn, _reads(reader, officer, feed, row))


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
