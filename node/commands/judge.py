"""Whether what verifies may also be accepted: the origin's competence, the law it stands under, the body's own rules.

Guarantees that the verdict on an entry depends on its bytes, its feed and the register alone, so that every holder comes to
the same one, in whatever batches it arrived. Names fields, never values.
"""

from __future__ import annotations

from collections.abc import Sequence

from node.commands.keep import Verdict
from node.store import entries
from node.store.feeds import FeedRow
from node.store.unit import Reader
from policies.competence import may_accept
from policies.decision import Deny
from policies.second import KIND, misfit
from protocol.attachment import Attachment, attachments
from protocol.codes import code_of
from protocol.entry import Entry
from protocol.errors import BadRecord, ProtocolError
from protocol.fields import DAY_MS
from protocol.ids import NodeId, UnixMs
from protocol.kinds import known as kinds
from protocol.label import Label
from protocol.members import NodeEntry
from protocol.operation import Header, Op
from protocol.record import Record, kind_of, lapses_in_time, validate
from protocol.register_view import Register

RETAIN_MAX_MS = 10 * 365 * DAY_MS
"""The longest that anything is kept of a kind for which the register has no ceiling."""
_AFTER_MS = {"sighting": 365 * DAY_MS, "port_ban": 21 * 365 * DAY_MS}
"""Kinds whose period counts from the end of something: so much later than its issue that end may be."""
_LONGER = {"alert_unconfirmed": "alert_confirmed"}
"""The other period that a kind may have; a header does not say which one it is."""
_SLACK_MS = DAY_MS
"""An origin decides a little before it signs."""

Files = tuple[Attachment, ...]

NOT_ENTITLED, BAD_BODY, REGIME = 1, 2, 3
"""QuarantineReason of the protocol."""


class Judge:
    """One origin under one label, as one register and this node's rights have it."""

    def __init__(self, *, origin: NodeId, label: Label, register: Register, own: NodeEntry) -> None:
        self._origin = origin
        self._label = label
        self._register = register
        self._regimes = own.regimes
        self._kinds: dict[str, tuple[Verdict | None, int]] = {}
        self._laws: dict[int, bool] = {}
        """Whether this node may hold what stands under a regime, by its number."""

    def run(
        self, run: Sequence[Entry], headers: Sequence[Header]
    ) -> tuple[dict[int, Verdict], dict[int, Files]]:
        """By place in the run: what is kept aside, and the files that the others list."""
        found: dict[int, Verdict] = {}
        listed: dict[int, Files] = {}
        for i, (entry, header) in enumerate(zip(run, headers, strict=True)):
            if header.op is not Op.PUBLISH:
                continue
            verdict, files = self.verdict(entry, header)
            if verdict is not None:
                found[i] = verdict
            elif files:
                listed[i] = files
        return found, listed

    def verdict(self, entry: Entry, header: Header) -> tuple[Verdict | None, Files]:
        """On one published version, and the files it lists; absent content is judged when it comes."""
        kind = header.content_type
        found = self._kinds.get(kind)
        if found is None:
            found = self._kinds[kind] = self._competence(kind), self._longest(kind_of(kind))
        incompetent, longest = found
        if incompetent is not None:
            return incompetent, ()
        if header.retain_until_ms - header.issued_ms > longest:
            return Verdict(BAD_BODY, "header.retain_until_ms", keep_content=False), ()
        if not lapses_in_time(kind_of(kind), issued_ms=header.issued_ms, expires_ms=header.expires_ms):
            return Verdict(BAD_BODY, "header.expires_ms"), ()
        if entry.content is None:
            return None, ()
        try:
            record = validate(kind, entry.content, now=UnixMs(header.issued_ms), accepting=True)
        except BadRecord as refused:
            return Verdict(BAD_BODY, refused.field), ()
        except ProtocolError as refused:
            return Verdict(BAD_BODY, refused.where), ()
        if record.kind == KIND and (field := misfit(record, self._label, UnixMs(header.issued_ms))):
            return Verdict(BAD_BODY, field, keep_content=False), ()
        unlawful = self._lawful(record)
        return unlawful, attachments(record) if unlawful is None else ()

    def _competence(self, content_type: str) -> Verdict | None:
        decision = may_accept(self._origin, self._label, kind_of(content_type), self._register)
        return Verdict(NOT_ENTITLED, decision.rule) if isinstance(decision, Deny) else None

    def _longest(self, kind: str) -> int:
        """How long after its issue a record of a kind may ask to be kept."""
        found = kinds().get(kind)
        key, ceilings = found.retention if found else "", self._register.retention_ceilings
        most = max(ceilings.get(key, RETAIN_MAX_MS), ceilings.get(_LONGER.get(key, ""), 0))
        return most + _AFTER_MS.get(kind, 0) + _SLACK_MS

    def _lawful(self, record: Record) -> Verdict | None:
        """Regime and marking of a body that is valid in itself."""
        if record.opaque:
            return None
        common = record.message.common
        allowed = self._laws.get(common.regime)
        if allowed is None:
            allowed = self._laws[common.regime] = code_of(common, "regime") in self._regimes
        if not allowed:
            return Verdict(REGIME, f"{record.kind}.regime", keep_content=False)
        if record.personal and "PERSONAL" not in self._label.caveats:
            return Verdict(BAD_BODY, f"{record.kind}: caveat PERSONAL")
        return None


def misnumbered(
    reader: Reader, feed: FeedRow, headers: Sequence[Header], known: set[bytes]
) -> dict[int, Verdict]:
    """Versions that do not count 1, 2, 3 … in their feed, or change their record's kind, by place in the run.

    `known`: the record ids that anything held names. A later epoch may go on from wherever the one before stood.
    """
    found: dict[int, Verdict] = {}
    last: dict[bytes, tuple[int, str] | None] = {}
    for i, header in enumerate(headers):
        if header.op is not Op.PUBLISH or header.record_id is None:
            continue
        record = header.record_id
        if header.version == 1 and record not in last and record not in known:
            last[record] = (1, header.content_type)
            continue
        if record not in last:
            held = record in known
            last[record] = entries.newest_version(reader, feed.number, feed.size, record) if held else None
        before = last[record]
        if before is None:
            if header.version != 1 and feed.epoch == 1:
                found[i] = Verdict(BAD_BODY, "header.version")
        elif header.version != before[0] + 1:
            found[i] = Verdict(BAD_BODY, "header.version")
        elif kind_of(header.content_type) != kind_of(before[1]):
            found[i] = Verdict(BAD_BODY, "header.content_type")
        if before is None or header.version > before[0]:
            last[record] = (header.version, header.content_type)
    return found
