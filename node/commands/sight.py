"""Answer an indicator: a sighting to its origin, and here an alert for an officer to look at.

Guarantees: the sighting carries the indicator's label narrowed to the indicator's origin, names no sensor and no point, and
leaves by rule only where `may_release` permits, else it waits as a draft; matches of one indicator within six hours are one
record that counts on. A silent indicator leaves no trace on the screens of this port. All of it is one transaction.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from node.commands import draft
from node.commands.context import Context
from node.commands.matter import copy
from node.commands.publish import Released
from node.commands.raise_alert import evidence, legal_basis
from node.commands.release import release_by_rule
from node.commands.watch_list import LookOut
from node.observation import Observation
from node.store import drafts, feeds, sightings
from node.store.drafts import DraftRow, DraftState
from node.store.feeds import FeedRow
from node.store.sightings import SightingRow
from node.store.unit import Reader, Tx
from policies.decision import Deny
from policies.lattice import answering
from policies.readership import NOBODY, Readership
from protocol.ids import RecordId, UnixMs, organisation_of
from protocol.indicator import is_personal
from protocol.label import Label, parse
from protocol.record import content_type, serialise, validate
from protocol.register_view import Register
from protocol.v1 import records_pb2 as pb

OWNER = "detector/watch_list"
RULE = "sighting"
TOGETHER_MS = 6 * 3_600_000
COUNT_MAX = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What matched since the last time this was written: how often, from when to when, and the newest report."""

    count: int
    first: UnixMs
    last: UnixMs
    newest: Observation


@dataclass(frozen=True, slots=True)
class Sighted:
    """The sighting, released or waiting; `alert` is the draft made for this port's own officers, if one was."""

    sighting: RecordId
    released: Released | None
    kept: Deny | None
    alert: RecordId | None


def sight(tx: Tx, ctx: Context, lookout: LookOut, seen: Seen, people: Readership = NOBODY) -> Sighted:
    """Write what was seen. Raises BadRecord or NoLegalBasis where the register has no ground for sightings."""
    register, label = ctx.register, answering(parse(lookout.label), lookout.origin)
    before = sightings.of(tx, lookout.record, feeds.lineage(ctx.me, label.text))
    goes_on = (
        before is not None
        and ctx.now() - before.opened_ms < TOGETHER_MS
        and _released(tx, ctx, before.sighting)
    )
    row = _counted(ctx, before if goes_on else None, lookout, label, seen)
    message = _message(ctx, register, lookout, row, seen)
    if before is not None and goes_on:
        _next_version(tx, ctx, row, message, label, register)
    else:
        made = draft.make(tx, ctx, message, owner=OWNER, label=label)
        row = replace(row, sighting=made.record)
    outcome = release_by_rule(tx, ctx, row.sighting, rule=RULE, people=people)
    sightings.keep(tx, row)
    alert = None if goes_on or lookout.silent else _alert_once(tx, ctx, register, lookout, seen)
    return Sighted(
        row.sighting,
        outcome if isinstance(outcome, Released) else None,
        outcome if isinstance(outcome, Deny) else None,
        alert,
    )


def sighting_of(reader: Reader, ctx: Context, indicator: RecordId, feed: FeedRow) -> SightingRow | None:
    """This port's newest answer to an indicator of another's feed."""
    label = answering(parse(feed.label), feed.origin)
    return sightings.of(reader, indicator, feeds.lineage(ctx.me, label.text))


def _released(tx: Tx, ctx: Context, sighting: RecordId) -> bool:
    """Whether it left and stands: what was withdrawn does not count on."""
    row, one = drafts.get(tx, sighting), copy(tx, ctx, sighting)
    return row is not None and row.state is DraftState.RELEASED and one is not None and one.live


def _counted(
    ctx: Context, before: SightingRow | None, lookout: LookOut, label: Label, seen: Seen
) -> SightingRow:
    if before is not None:
        return replace(
            before,
            version=before.version + 1,
            count=min(before.count + seen.count, COUNT_MAX),
            last_seen_ms=seen.last,
        )
    return SightingRow(
        indicator=lookout.record,
        lineage=feeds.lineage(ctx.me, label.text),
        sighting=RecordId(bytes(16)),
        version=1,
        count=min(seen.count, COUNT_MAX),
        first_seen_ms=seen.first,
        last_seen_ms=seen.last,
        opened_ms=ctx.now(),
    )


def _message(ctx: Context, register: Register, lookout: LookOut, row: SightingRow, seen: Seen) -> pb.Record:
    place = pb.Place(unlocode=_unlocode(ctx, register, seen.newest.site))
    return pb.Record(
        common=_common(
            ctx, register, lookout, "sighting", f"Seen: {_named(lookout)}", row.first_seen_ms, seen.last
        ),
        sighting=pb.Sighting(
            indicator=pb.Ref(record_id=lookout.record, feed=lookout.feed),
            result=pb.Sighting.RESULT_SEEN,
            count=row.count,
            first_seen=row.first_seen_ms,
            last_seen=row.last_seen_ms,
            modality=f"MODALITY_{seen.newest.modality.upper()}",
            where=place if place.unlocode else None,
        ),
    )


def _common(
    ctx: Context, register: Register, lookout: LookOut, kind: str, title: str, first: UnixMs, last: UnixMs
) -> pb.Common:
    return pb.Common(
        kind=kind,
        lang="en",
        title=title,
        occurred_from=first,
        occurred_to=last,
        subjects=[pb.IndicatorValue(type=lookout.type, value=lookout.value)],
        regime=f"REGIME_{lookout.regime.upper()}",
        controller=organisation_of(ctx.me),
        legal_basis=legal_basis(register, kind, lookout.regime),
        statement=pb.Common.STATEMENT_FACT,
    )


def _next_version(
    tx: Tx, ctx: Context, row: SightingRow, message: pb.Record, label: Label, register: Register
) -> None:
    """The next version of a sighting that was released, as a draft in its place."""
    kind, now = message.common.kind, ctx.now()
    message.common.change_reason = "seen again"
    content = serialise(message)
    validate(content_type(kind), content, register=register, now=now)
    drafts.put(
        tx,
        DraftRow(
            record=row.sighting,
            version=row.version,
            lineage=row.lineage,
            kind=kind,
            content_type=content_type(kind),
            content=content,
            label=label.text,
            lasts_ms=0,
            owner=OWNER,
            editor=OWNER,
            created_ms=row.opened_ms,
            updated_ms=now,
        ),
    )


def _alert_once(tx: Tx, ctx: Context, register: Register, lookout: LookOut, seen: Seen) -> RecordId | None:
    """One draft for one subject and one port that looks for it, in however many indicators: else a peer fills the list."""
    subject = hashlib.sha256(f"{lookout.type}:{lookout.value}".encode()).hexdigest()[:32]
    rule = f"seen/{lookout.origin}/{subject}"
    if drafts.any_of_rule(tx, rule, UnixMs(max(0, ctx.now() - TOGETHER_MS))):
        return None
    record = _alert(tx, ctx, register, lookout, seen)
    drafts.under_rule(tx, record, rule)
    return record


def _alert(tx: Tx, ctx: Context, register: Register, lookout: LookOut, seen: Seen) -> RecordId:
    """For the officers of this port: what another port looks for is here."""
    words = f"{_named(lookout)} is on the watch list of {lookout.origin} and was seen here."
    message = pb.Record(
        common=_common(
            ctx, register, lookout, "alert", f"On the watch list: {_named(lookout)}", seen.first, seen.last
        ),
        alert=pb.Alert(
            category=pb.Alert.CATEGORY_VESSEL_ANOMALY
            if seen.newest.modality == "ais"
            else pb.Alert.CATEGORY_OTHER,
            severity=pb.Alert.SEVERITY_MINOR,
            certainty=pb.Alert.CERTAINTY_OBSERVED,
            urgency=pb.Alert.URGENCY_IMMEDIATE,
            description=words,
            life_safety=False,
            detector="watch_list",
            detector_version="1",
            explanation=[words],
            evidence=[evidence(seen.newest)],
        ),
    )
    return draft.make(tx, ctx, message, owner=OWNER, detector="watch_list").record


def _named(lookout: LookOut) -> str:
    """The subject in a title: its value only where it does not point at a person."""
    return lookout.type if is_personal(lookout.type) else f"{lookout.type.upper()} {lookout.value}"


def _unlocode(ctx: Context, register: Register, site: str) -> str:
    return next((s.unlocode for s in ctx.entry(register).sites if s.id == site), "")
