"""Erase a matter of this port: hidden at once, here and wherever it went; content and salt are destroyed after the cooling time.

Two people do it: one asks, with a reason of the list, another one with the same right agrees to exactly that, and with the second
word it happens. Guarantees that the erasure is one entry in each feed that ever carried the matter, with a reason code and no words;
that in the same transaction the records are hidden here, every draft that goes on from them is given up, and both people are in the audit; and
that what the second one agreed to is what the first one asked for: the digest covers each record, its versions and the reason, and a
request for what is not so any more is dropped, never rewritten under the name of who asked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from node.commands import draft
from node.commands.append import Appended, append
from node.commands.audit import Act, audit
from node.commands.concern import concerned
from node.commands.context import Context
from node.commands.matter import Copy, copies
from node.commands.people import Visitor
from node.store import erasures, requests, siblings
from node.store.changes import Change, ChangeKind
from node.store.feeds import FeedRow
from node.store.requests import Request
from node.store.unit import Reader, Tx
from policies.decision import Deny, DenyCode
from policies.officers import Right
from protocol.control import EraseReason, erase_signed, erase_text
from protocol.entry import build_erase
from protocol.ids import FeedId, RecordId
from protocol.label import parse
from protocol.operation import Target
from protocol.register_view import Register

ASKED_FOR = frozenset(EraseReason) - {EraseReason.NARROWED}
"""What people may give as their reason; the last one is a move's own."""
_DIGEST = b"port2port/erase-request/v1\x00"


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased: each record of the matter with the feed and index of its ERASE."""

    record: RecordId
    entries: tuple[tuple[RecordId, FeedRow, int], ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """It is not what was agreed to: this is the digest that holds now. Where the matter moved since somebody asked, the request is
    gone, and is asked again by whoever wants this erased.
    """

    digest: bytes


@dataclass(frozen=True, slots=True)
class ToSign:
    """What the offline key signs to spare the cooling: an erasure that was said already."""

    feed: FeedId
    record: RecordId
    version: int

    @property
    def text(self) -> bytes:
        """The bytes that are signed."""
        return erase_text(self.feed, self.record, self.version)


def append_erase(
    tx: Tx,
    ctx: Context,
    feed: FeedRow,
    target: Target,
    reason: int,
    register: Register,
    *,
    erase_signature: bytes = b"",
) -> Appended:
    """Say it in the record's own feed, and hide it here. Decides nothing about whether this may be said, and audits nothing."""
    if reason not in set(EraseReason):
        raise ValueError("an EraseReason, 1 to 7")
    entry = build_erase(
        target=target,
        reason=reason,
        issued_ms=ctx.now(),
        register=register.version,
        erase_signature=erase_signature,
    )
    return append(tx, ctx, parse(feed.label), [entry], register)


# ---- Two people ---------------------------------------------------------------------------------------------------------


def request_erase(
    tx: Tx, ctx: Context, record: RecordId, *, reason: int, officer: Visitor
) -> Request | Deny | None:
    """Ask for it; None where this port has nothing of it to erase. Asking again replaces what was asked before."""
    if reason not in ASKED_FOR:
        raise ValueError("an EraseReason, 1 to 6")
    found = _standing(tx, ctx, record)
    if not found:
        return None
    if (refused := _against(tx, officer, found)) is not None:
        return refused
    row = Request(record, reason, _digest(found, reason), officer.id, ctx.now())
    requests.put(tx, row)
    details = {"record": record.hex(), "reason": str(reason), "plan": row.digest.hex()}
    audit(tx, ctx, Act(act="erase_asked", actor=officer.id, rule=Right.ERASE, details=details), ctx.register)
    tx.note(Change(kind=ChangeKind.DRAFT, record=record))
    return row


def approve_erase(
    tx: Tx, ctx: Context, record: RecordId, *, officer: Visitor, digest: bytes
) -> Erased | Changed | Deny | None:
    """The second person's yes to exactly this, and with it the erasure; None where nobody asks for it, or nothing is left."""
    row, found = requests.get(tx, record), _standing(tx, ctx, record)
    if row is None or not found:
        return None
    if (refused := _against(tx, officer, found)) is not None:
        return refused
    if officer.id == row.asked_by:
        return Deny(DenyCode.SECOND_PERSON, "erase", "the second person is not the one who asked")
    now = _digest(found, row.reason)
    if row.digest != now:  # nobody asked for what it is now: whoever asked asks again
        _not_asked(tx, ctx, row, officer)
        return Changed(now)
    if digest != now:
        return Changed(now)
    return _erase(tx, ctx, row, found, officer)


def withdraw_request(tx: Tx, ctx: Context, record: RecordId, *, officer: Visitor) -> bool | Deny:
    """Take back what was asked; whoever might ask may. False where nobody asks."""
    if (refused := _against(tx, officer, _standing(tx, ctx, record))) is not None:
        return refused
    row = requests.get(tx, record)
    if row is None:
        return False
    _not_asked(tx, ctx, row, officer)
    return True


def may_erase(reader: Reader, ctx: Context, record: RecordId, officer: Visitor) -> bool:
    """Whether this officer could ask for it or agree to it now; for screens."""
    found = _standing(reader, ctx, record)
    return bool(found) and _against(reader, officer, found) is None


def asked_for(reader: Reader) -> Sequence[Request]:
    """What waits for a second person, the oldest first."""
    return requests.every(reader)


# ---- The offline key ----------------------------------------------------------------------------------------------------


def to_sign(reader: Reader, ctx: Context, record: RecordId) -> tuple[ToSign, ...]:
    """The erasures of a matter that were said and still cool somewhere, for the offline key; empty where none was said."""
    found = []
    for copy in copies(reader, ctx, record):
        said = erasures.of_record(reader, copy.feed.lineage, copy.record)
        if said:
            found.append(ToSign(copy.feed.feed, copy.record, max(one.version for one in said)))
    return tuple(found)


def hasten(
    tx: Tx, ctx: Context, record: RecordId, signatures: Sequence[tuple[ToSign, bytes]], *, actor: str
) -> Erased | Deny | None:
    """Say it again with the offline key's signatures: destroyed everywhere at once. None where nothing was erased.

    Two people decided the erasure; this takes the cooling alone. A signature that does not hold says nothing.
    """
    register, wanted = ctx.register, to_sign(tx, ctx, record)
    if not wanted:
        return None
    given = dict(signatures)
    keys = ctx.entry(register).erase_keys
    good = [
        one
        for one in wanted
        if erase_signed(
            given.get(one, b""), feeds=[one.feed], record=one.record, version=one.version, publics=keys
        )
    ]
    if len(good) != len(wanted):
        words = "signed by an erase key that the register lists for this organisation, for each record of the matter"
        return Deny(DenyCode.NOT_COMPETENT, "erase-key", words)
    found = {copy.record: copy for copy in copies(tx, ctx, record)}
    said = []
    for one in good:
        copy, target = found[one.record], Target(one.record, one.version)
        reason = _reason_said(tx, copy)
        out = append_erase(tx, ctx, copy.feed, target, reason, register, erase_signature=given[one])
        said.append((one.record, out.feed, out.first))
    _audit(tx, ctx, "erase_hastened", actor, said, {}, register)
    return Erased(record, tuple(said))


# ---- How ----------------------------------------------------------------------------------------------------------------


def _erase(tx: Tx, ctx: Context, row: Request, found: Sequence[Copy], officer: Visitor) -> Erased:
    register, said = ctx.register, []
    for copy in found:
        out = append_erase(tx, ctx, copy.feed, copy.target, row.reason, register)
        said.append((copy.record, out.feed, out.first))
        requests.drop(tx, copy.record)
    details = {"reason": str(row.reason), "plan": row.digest.hex(), "owner": row.asked_by}
    _audit(tx, ctx, "erase", officer.id, said, details, register)
    for each in siblings.of(tx, row.record):
        draft.give_up(tx, ctx, each, officer=officer.id)
    requests.drop(tx, row.record)
    return Erased(row.record, tuple(said))


def _not_asked(tx: Tx, ctx: Context, row: Request, officer: Visitor) -> None:
    requests.drop(tx, row.record)
    details = {"record": row.record.hex(), "plan": row.digest.hex(), "owner": row.asked_by}
    audit(tx, ctx, Act(act="erase_not_asked", actor=officer.id, details=details), ctx.register)
    tx.note(Change(kind=ChangeKind.DRAFT, record=row.record))


def _audit(
    tx: Tx,
    ctx: Context,
    act: str,
    actor: str,
    said: Sequence[tuple[RecordId, FeedRow, int]],
    details: dict[str, str],
    register: Register,
) -> None:
    for record, feed, _ in said:
        one = Act(act=act, actor=actor, record=record, feed=feed.feed, rule=Right.ERASE, details=details)
        audit(tx, ctx, one, register)


def _standing(reader: Reader, ctx: Context, record: RecordId) -> list[Copy]:
    """The records of a matter of which something is left to erase."""
    return [copy for copy in copies(reader, ctx, record) if not copy.erased]


def _against(reader: Reader, officer: Visitor, found: Sequence[Copy]) -> Deny | None:
    if Right.ERASE not in officer.rights:
        return Deny(DenyCode.NOT_COMPETENT, Right.ERASE, "a captain or the data protection officer erases")
    each = (concerned(reader, officer, copy.feed.lineage, copy.record) for copy in found)
    return next((deny for deny in each if deny is not None), None)


def _digest(found: Sequence[Copy], reason: int) -> bytes:
    """Over what would be erased and why; 32 bytes."""
    parts = [copy.feed.lineage + copy.record + copy.version.to_bytes(4, "big") for copy in found]
    return hashlib.sha256(_DIGEST + reason.to_bytes(4, "big") + b"".join(sorted(parts))).digest()


def _reason_said(reader: Reader, copy: Copy) -> int:
    """The reason of the newest erasure of a record; KeyError where none was said."""
    row = reader.one(
        "SELECT e.reason FROM erasure x JOIN entry e ON e.key = x.key WHERE x.record = ? AND x.lineage = ? ORDER BY x.key DESC LIMIT 1",
        *(copy.record, copy.feed.lineage),
    )
    if row is None:
        raise KeyError(copy.record)
    return int(row[0])
