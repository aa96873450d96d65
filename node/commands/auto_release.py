"""What a detector found: kept as a draft, and released at once where a rule of the node covers it.

Guarantees that the draft is kept in every case, that a refusal leaves it for an officer and says why in the audit, and that
draft and release are one transaction. What exceeds a rule's budget waits for an officer; the audit says so once a flood.
"""

from __future__ import annotations

from dataclasses import dataclass

from node.commands import draft as drafting
from node.commands.audit import Act, audit
from node.commands.context import Context
from node.commands.publish import Released
from node.commands.raise_alert import alert_of, owner_of
from node.commands.release import release_by_rule
from node.detector import Detection
from node.store import drafts
from node.store.drafts import DraftRow
from node.store.unit import Tx
from policies.auto_release import WINDOW_MS, AutoRelease, AutoRule, match, within_budget
from policies.decision import Deny
from policies.readership import NOBODY, Readership
from protocol.ids import UnixMs
from protocol.kinds import known
from protocol.marks import required_caveats
from protocol.v1 import records_pb2 as pb


@dataclass(frozen=True, slots=True)
class Taken:
    """The draft of a detection; `released` where a rule let it go, `kept` why a rule that met it did not."""

    draft: DraftRow
    released: Released | None = None
    kept: Deny | None = None


def take_detection(
    tx: Tx, ctx: Context, detection: Detection, rules: AutoRelease, people: Readership = NOBODY
) -> Taken:
    """Keep, and release if a rule says so. Raises BadRecord or NoLegalBasis for a detection that makes no record."""
    message = alert_of(detection, ctx)
    rule = _rule(ctx, detection, message, rules)
    row = drafting.make(
        tx,
        ctx,
        message,
        owner=owner_of(detection),
        label=rule.label if isinstance(rule, AutoRule) else None,
        lasts_ms=rule.expires_ms if isinstance(rule, AutoRule) else 0,
        detector=detection.detector,
    )
    if not isinstance(rule, AutoRule):
        return Taken(row, kept=_note(tx, ctx, row, rule) if isinstance(rule, Deny) else None)
    gone, kept = drafts.of_rule(tx, rule.name, UnixMs(max(0, ctx.now() - WINDOW_MS)))
    if (spent := within_budget(rule, gone)) is not None:
        drafts.under_rule(tx, row.record, rule.name)
        return Taken(row, kept=spent if kept else _note(tx, ctx, row, spent))
    outcome = release_by_rule(tx, ctx, row.record, rule=rule.name, people=people)
    if isinstance(outcome, Released):
        drafts.under_rule(tx, row.record, rule.name)
        return Taken(row, released=outcome)
    return Taken(row, kept=_note(tx, ctx, row, outcome) if isinstance(outcome, Deny) else None)


def _rule(
    ctx: Context, detection: Detection, message: pb.Record, rules: AutoRelease
) -> AutoRule | Deny | None:
    return match(
        rules,
        detector=detection.detector,
        severity=detection.severity,
        certainty=detection.certainty,
        personal="PERSONAL" in required_caveats(message, known()["alert"]),
        ceiling=ctx.register.auto_release_ceiling,
    )


def _note(tx: Tx, ctx: Context, row: DraftRow, why: Deny) -> Deny:
    act = Act(
        act="release_withheld",
        actor=row.owner,
        rule=why.rule,
        details={"record": row.record.hex(), "code": why.code},
    )
    audit(tx, ctx, act, ctx.register)
    return why
