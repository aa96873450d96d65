"""Who needs to know what: what the cases of this node let each person read and do, at the moment of asking.

Guarantees that whoever stands in no tuple of a case is in none, without a question; that the circle is asked under the register of now; that
a node without cases asks nothing; and that no case keeps from anybody what everybody on duty acts on, whatever became that or refers to what.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from google.protobuf.message import DecodeError

from node.commands.context import Context
from node.commands.ends import end_of
from node.store import cases, entries
from node.store.entries import EntryRow
from node.store.tuples import SnapshotTuples
from node.store.unit import Reader
from policies.cases import OUTSIDE, WAYS_IN, CaseRight, Circle, InCase, Part, Question, ask, of_case
from policies.decision import Deny, DenyCode, earliest
from policies.fga_model import Model
from policies.need import NO_NEED, CaseId, Inside, Need
from policies.relations import Tuple
from protocol.ids import RecordId, UnixMs, organisation_of
from protocol.marks import in_danger
from protocol.record import kind_of

ORDERS = frozenset({"port_ban", "security_level"})
"""Kinds that everybody on duty carries out: a gate that does not find a ban lets in."""
READING_ONLY = "it is in a case, and only those read into it do more than read it"


@dataclass(frozen=True, slots=True)
class Person:
    """Whose need is asked: the uuid as text, the communities in which they read records at all, the purposes of their clearances."""

    id: str
    communities: frozenset[str]
    purposes: frozenset[str]


def needs(reader: Reader, ctx: Context, model: Model, people: Sequence[Person]) -> list[Need]:
    """Of each of them, in their order; one question to the engine, none where there is no case."""
    every = {row.id for row in cases.every(reader)}
    if not every:
        return [NO_NEED for _ in people]
    now, tuples = ctx.now(), SnapshotTuples(reader)
    found = [_of(tuples, one, every) for one in people]
    circles = {case: circle_of(reader, ctx, case) for case in {case for each in found for case in each}}
    held = [
        {case: ways for case, ways in each.items() if circles[case].community in one.communities}
        for one, each in zip(people, found, strict=True)
    ]
    asked = [
        Question(one.id, case, circles[case], one.purposes)
        for one, ways in zip(people, held, strict=True)
        for case in ways
    ]
    answers = iter(ask(ctx.engine(model, reader), asked, now) if asked else ())
    inside = Inside.over(cases.inside(reader))
    return [_need(inside, {case: next(answers) for case in ways}, ways, now) for ways in held]


def stands(
    reader: Reader, ctx: Context, model: Model, who: Person, case: CaseId, *, as_if: Tuple | None = None
) -> InCase:
    """What one person may do in one case; `as_if` a tuple were there that is not."""
    circle = circle_of(reader, ctx, case)
    if circle.community not in who.communities:
        return OUTSIDE
    question = Question(who.id, case, circle, who.purposes, as_if)
    (answer,) = ask(ctx.engine(model, reader), [question], ctx.now())
    return answer


def circle_of(reader: Reader, ctx: Context, case: CaseId) -> Circle:
    """Its circle, with this node's own standing there by the register of now."""
    found = SnapshotTuples(reader).read(of_case(case), Part.CIRCLE)
    community = found[0].user.partition(":")[2] if found else ""
    return circle_in(ctx, community)


def circle_in(ctx: Context, community: str) -> Circle:
    """A community as the circle of a case; a partner's people are in none."""
    entry = ctx.entry(ctx.register)
    membership = None if entry.partner else entry.memberships.get(community)
    return Circle(community, organisation_of(ctx.me), membership.standing if membership else None)


def leads_of(reader: Reader, case: CaseId) -> list[str]:
    """Who was made a lead, by uuid, whether or not they may lead now."""
    found = SnapshotTuples(reader).read(of_case(case), Part.LEAD)
    return [one.user.partition(":")[2] for one in found]


def for_everybody(content_type: str, content: bytes | None) -> bool:
    """Whether this is an alert of danger to life, a ban or a security level, in force or not: whoever its label admits reads it and acts
    on it.
    """
    kind = kind_of(content_type)
    if content is None or kind != "alert":
        return kind in ORDERS
    try:
        return in_danger(content)
    except DecodeError:
        return False


def shown_to_everybody(reader: Reader, lineage: bytes, record: RecordId) -> bool:
    """The same of what lists show of a record."""
    return any(stays_open(row) for row in shown(reader, lineage, record))


def danger_shown(reader: Reader, lineage: bytes, record: RecordId) -> bool:
    """Whether what lists show of a record is an alert of danger to life."""
    return any(kind_of(row.kind) == "alert" and stays_open(row) for row in shown(reader, lineage, record))


def shown(reader: Reader, lineage: bytes, record: RecordId) -> Collection[EntryRow]:
    """What lists show of a record."""
    keys = [row.key for row in entries.versions(reader, lineage, record) if row.shown and not row.hidden]
    return entries.by_key(reader, keys).values() if keys else ()


def stays_open(row: EntryRow) -> bool:
    """The same of an entry, as it is kept and not as it is shown."""
    return for_everybody(row.kind, row.content)


def reading_only(rule: str = CaseRight.CONTRIBUTE) -> Deny:
    """Why somebody who is not read in does nothing with it."""
    return Deny(DenyCode.NEED_TO_KNOW, rule, READING_ONLY)


def _of(tuples: SnapshotTuples, who: Person, every: set[CaseId]) -> dict[CaseId, list[Tuple]]:
    """The tuples with which somebody might be in a case, by case."""
    found: dict[CaseId, list[Tuple]] = {}
    for each in tuples.of_user(f"user:{who.id}"):
        if each.relation in WAYS_IN and (case := _case(each)) in every and case is not None:
            found.setdefault(case, []).append(each)
    return found


def _case(each: Tuple) -> CaseId | None:
    kind, _, ident = each.object.partition(":")
    try:
        return CaseId(bytes.fromhex(ident)) if kind == "case" else None
    except ValueError:
        return None


def _need(
    inside: Inside, found: Mapping[CaseId, InCase], ways: Mapping[CaseId, Sequence[Tuple]], now: UnixMs
) -> Need:
    reads = [case for case, one in found.items() if one.read]
    return Need(
        inside=inside,
        read={case: found[case].read for case in reads},
        act={case: one.act for case, one in found.items() if one.act},
        leads=frozenset(case for case, one in found.items() if one.leads),
        until=earliest(*_ends(ways, reads, now)),
    )


def _ends(
    ways: Mapping[CaseId, Sequence[Tuple]], reads: Sequence[CaseId], now: UnixMs
) -> Iterator[UnixMs | None]:
    for case in reads:
        yield from (end for one in ways[case] if (end := end_of(one)) is not None and end > now)
