"""All people of this node as readers: what a release plan names, and kept until something about any of them changes.

Guarantees that what is kept is used only under the same register, roles, clearances, shifts and declarations, whichever process changed them,
and never past the next moment at which any of it begins or ends; that the relations are asked about one of those who stand
alike in them; and that who reads what is as `people.visitor` has it, person by person. Made within a transaction it is not kept: what
that transaction wrote may never have been.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from node.commands import people
from node.commands.context import Context
from node.commands.interest import Whose
from node.store import interests, tuples
from node.store import people as rows
from node.store.people import ClearanceRow
from node.store.tuples import SnapshotTuples
from node.store.unit import Reader, Tx
from policies.alike import alike
from policies.cases import WAYS_IN
from policies.clearance import Reader as Reading
from policies.conflicts import Conflicts
from policies.decision import earliest
from policies.fga_model import Model
from policies.officers import Asked, Officers, Standing, Tie
from policies.readership import NOBODY, Alike, Readership, nameless
from policies.relations import Tuple
from protocol.ids import UnixMs

_TIES = frozenset(Tie)


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was found of one state of people and relations, for `since` <= now < `until`."""

    state: tuple[int, int]
    since: UnixMs
    until: UnixMs | None
    readership: Readership

    def holds(self, state: tuple[int, int], now: UnixMs) -> bool:
        return self.state == state and self.since <= now and (self.until is None or now < self.until)


def readership(reader: Reader, ctx: Context, model: Model) -> Readership:
    """All people of this node who have an open account; nobody at a node that the register does not list any more."""
    register = ctx.register
    if not ctx.listed(register):
        return NOBODY
    memory, now = ctx.of_register(register, "readership"), ctx.now()
    state = rows.changed(reader), tuples.changed(reader)
    kept = memory.get(model.sha256)
    if isinstance(kept, _Kept) and kept.holds(state, now):
        return kept.readership
    made, until, whole = _made(reader, ctx, model, now)
    if whole and not isinstance(reader, Tx):
        memory[model.sha256] = _Kept(state, now, until, made)
    return made


def _made(reader: Reader, ctx: Context, model: Model, now: UnixMs) -> tuple[Readership, UnixMs | None, bool]:
    """Everybody, until when that holds, and whether the relations engine answered all that it was asked."""
    sites, given = rows.sites(reader), SnapshotTuples(reader).all()
    duty, duty_until = _on_duty(reader, ctx, now)
    cleared, cleared_until = _cleared(reader, now)
    asked = [Asked(_id(who), duty.get(who)) for who, _ in sites]
    groups, given_until = alike(asked, given, now)
    engine = Officers(relations=ctx.engine(model, reader), now=lambda: now)
    one_each = [asked[group[0]] for group in groups]
    standings = engine.standings(one_each, ctx.me, communities=ctx.entry(ctx.register).communities)
    found = [
        alike_in_all
        for group, standing in zip(groups, standings, strict=True)
        for alike_in_all in _read_alike(ctx, [sites[place] for place in group], standing, cleared)
    ]
    made = Readership.of_groups(found, _concerned(reader, given), _in_cases(reader, ctx, model, given))
    until = earliest(duty_until, cleared_until, given_until)
    return made, until, all(one.whole for one in standings)


def _read_alike(
    ctx: Context,
    people_alike: Sequence[tuple[bytes, str]],
    standing: Standing,
    cleared: Mapping[bytes, Sequence[ClearanceRow]],
) -> Iterator[Alike]:
    """Of people with one standing, by site and clearance."""
    found: dict[Hashable, list[bytes]] = {}
    for who, site in people_alike:
        held = frozenset((c.policy, c.level, c.compartments, c.purposes) for c in cleared.get(who, ()))
        found.setdefault((site, held), []).append(who)
    sites = dict(people_alike)
    for ids in found.values():
        first, name = ids[0], _id(ids[0])
        reading = people.reading(ctx, name, sites[first], standing, cleared.get(first, ()))
        yield Alike(nameless(name, reading), tuple(_id(one) for one in sorted(ids)))


def _on_duty(reader: Reader, ctx: Context, now: UnixMs) -> tuple[dict[bytes, Tuple], UnixMs | None]:
    """Who is in a shift, and when the next one begins or ends."""
    shifts = interests.shifts(reader, after=now)
    duty = {one.person: given for one in shifts if one.from_ms <= now and (given := people.duty_in(ctx, one))}
    moments = (one.until_ms if one.from_ms <= now else one.from_ms for one in shifts)
    return duty, min(moments, default=None)


def _cleared(reader: Reader, now: UnixMs) -> tuple[dict[bytes, list[ClearanceRow]], UnixMs | None]:
    """Everybody's clearances in force, and when the next one ends."""
    found: dict[bytes, list[ClearanceRow]] = {}
    until: UnixMs | None = None
    for who, one in rows.every_clearance(reader):
        if now < one.until_ms:
            found.setdefault(who, []).append(one)
            until = earliest(until, one.until_ms)
    return found, until


def _concerned(reader: Reader, given: Iterable[Tuple]) -> dict[str, Conflicts]:
    """What concerns whom, as `interest.conflicts` has it, of all for whom there is anything."""
    own: dict[str, set[bytes]] = {}
    passed_on: dict[str, set[bytes]] = {}
    for who, digest, whose in interests.every(reader):
        name = _id(who)
        own.setdefault(name, set()).add(digest)
        if whose == Whose.ONESELF:
            passed_on.setdefault(name, set()).add(digest)
    for one in given:
        if one.relation in _TIES and (theirs := passed_on.get(one.object.partition(":")[2])):
            own.setdefault(one.user.partition(":")[2], set()).update(theirs)
    key = interests.key(reader)
    return {who: Conflicts(key, frozenset(digests)) for who, digests in own.items()}


def _in_cases(reader: Reader, ctx: Context, model: Model, given: Iterable[Tuple]) -> dict[str, Reading]:
    """Who stands in a case, each as the reader he is: they are few."""
    there = {one.user.partition(":")[2] for one in given if one.relation in WAYS_IN}
    found = ((who, people.visitor_of(reader, ctx, model, who)) for who in sorted(there))
    return {who: one.reading for who, one in found if one is not None}


def _id(person: bytes) -> str:
    """The uuid as text: `str(UUID(…))`, of thousands."""
    text = person.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
