"""Gather what a release decision needs and ask policy: the preview and the release go through this one function.

Reads only. Guarantees nothing about who may ask; the plan itself says what the officer may do.
"""

from __future__ import annotations

from typing import Final

from google.protobuf.message import Message

from node.commands import next_version
from node.commands.concern import cases_of, concerned_by_draft, works_on
from node.commands.context import Context
from node.commands.epoch import outgrown
from node.commands.hand_over import Authors, kept_from
from node.commands.into_case import of_version
from node.commands.need import for_everybody, shown_to_everybody
from node.commands.people import Visitor
from node.commands.reach import Reach
from node.commands.references import references
from node.store import cases, feeds
from node.store.drafts import DraftRow
from node.store.feeds import FeedRole, FeedState
from node.store.unit import Reader
from policies.decision import Deny, DenyCode
from policies.need import CaseId, Inside
from policies.plan import Plan
from policies.readership import NOBODY, Readership
from policies.rules import Draft, Officer, World, may_release
from policies.second import Asked
from protocol.codes import code_of
from protocol.kinds import known
from protocol.label import Label, parse
from protocol.marks import required_caveats
from protocol.record import Record
from protocol.register_view import Register

NO_CASES: Final = frozenset[CaseId]()


def plan(
    reader: Reader,
    ctx: Context,
    register: Register,
    row: DraftRow,
    label: Label,
    record: Record,
    *,
    officer: Visitor | None,
    people: Readership = NOBODY,
    rule: str = "",
) -> Plan | Deny:
    """What releasing this draft under this label would do now. `record`: its content, checked; `people`: of this node."""
    if not ctx.listed(register):
        return Deny(DenyCode.SUSPENDED, "listed", "the register does not list this node any more")
    if kept_from(Authors(reader, ctx), row, officer.id if officer is not None else ""):
        return Deny(DenyCode.NOT_COMPETENT, "hand", "who wrote it has not handed it over")
    if officer is not None and (deny := works_on(reader, officer, row)) is not None:
        return deny
    if (deny := of_version(reader, ctx, row)) is not None:
        return deny
    draft = _draft(reader, ctx, row, record, officer)
    if isinstance(draft, Deny):
        return draft
    return may_release(
        officer=officer_for(officer, concerned=concerned_by_draft(reader, officer, row)) if officer else None,
        draft=draft,
        label=label,
        world=_world(reader, ctx, register, row, label, people),
        rule=rule,
    )


def asked_about(
    reader: Reader,
    ctx: Context,
    register: Register,
    row: DraftRow,
    label: Label,
    record: Record,
    *,
    officer: Visitor,
) -> Asked | Deny:
    """The same draft as a second person elsewhere is asked about it; nobody is barred yet."""
    draft = _draft(reader, ctx, row, record, officer)
    if isinstance(draft, Deny):
        return draft
    began = _world(reader, ctx, register, row, label, NOBODY).epoch_since
    return Asked(
        origin=ctx.me,
        label=label,
        kind=draft.kind,
        regime=draft.regime,
        began=register.version if began is None else began,
        right=draft.right,
    )


def officer_for(officer: Visitor, *, concerned: bool) -> Officer:
    """An officer of this node before a matter, which concerns him or not."""
    rights = frozenset(str(right) for right in officer.rights)
    return Officer(
        id=officer.id, reader=officer.reading, kinds=officer.kinds, concerned=concerned, rights=rights
    )


def _draft(
    reader: Reader, ctx: Context, row: DraftRow, record: Record, officer: Visitor | None
) -> Draft | Deny:
    message, kind = record.message, known()[record.kind]
    before = next_version.body_before(reader, ctx, row)
    for refusal in (
        next_version.refusal(before, row, message),
        next_version.taken(reader, ctx, row, message, officer),
    ):
        if refusal is not None:
            return refusal
    found = references(reader, ctx, record, officer)
    if isinstance(found, Deny):
        return found
    return Draft(
        kind=record.kind,
        content_type=row.content_type,
        content=row.content,
        regime=code_of(message.common, "regime"),
        caveats=required_caveats(message, kind),
        subject_type=message.indicator.value.type if record.kind == "indicator" else "",
        derived_from=found.derived,
        named=found.named,
        to=found.to,
        right=next_version.right(before, message),
        fields_out=tuple(_set_fields(message.common)) + tuple(_set_fields(record.body)),
        life_safety=record.kind == "alert" and message.alert.life_safety,
        by_hand=row.detector is None,
        lift=record.kind == "port_ban" and bool(message.port_ban.standing),
    )


def _world(
    reader: Reader, ctx: Context, register: Register, row: DraftRow, label: Label, people: Readership
) -> World:
    named, inside = Reach(reader).of(row.content), cases_of(reader, Inside.over(cases.inside(reader)), row)
    now_in, was_in = (NO_CASES if danger else inside for danger in _dangers(reader, row))
    open_feed = feeds.current(reader, ctx.me, label.text)
    fresh = open_feed is None or open_feed.state is not FeedState.OPEN
    began = None if fresh or open_feed is None else open_feed.register_version
    if open_feed is not None and (
        open_feed.state in {FeedState.FORKED, FeedState.RESTORED}
        or (not fresh and outgrown(ctx, open_feed, register))
    ):
        began = register.version  # the release opens the next epoch of a label in use
    before = feeds.of_lineage(reader, row.lineage) if row.lineage else None
    previous = parse(before.label) if before else None
    return World(
        me=ctx.entry(register),
        register=register,
        now=ctx.now(),
        revision=ctx.revision(reader).hex(),
        people=people.who(label, named, now_in),
        previous=previous,
        previous_since=before.register_version if before else None,
        people_before=people.who(previous, named, was_in) if previous else (),
        epoch_since=began,
        open_feeds=feeds.count(reader, own=True, role=FeedRole.RECORDS, state=FeedState.OPEN),
    )


def _dangers(reader: Reader, row: DraftRow) -> tuple[bool, bool]:
    """Whether this is one that no case keeps from anybody, and whether what it goes on from is."""
    before = row.lineage is not None and shown_to_everybody(reader, row.lineage, row.replaces or row.record)
    return for_everybody(row.content_type, row.content), before


def _set_fields(message: Message) -> list[str]:
    return [field.name for field, _ in message.ListFields()]
