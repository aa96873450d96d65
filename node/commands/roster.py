"""Who is on duty when: shifts with from and until.

Guarantees: whoever has had a shift is on duty in shifts alone, by this node's clock, at the moment of each request; no two shifts of
one person overlap; a shift and its audit entry are one transaction. Whoever was never on the roster is on duty for as long as the
account was made for.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from node.commands.audit import Act, audit
from node.commands.context import Context
from node.commands.roles import ALWAYS
from node.store import interests
from node.store import people as rows
from node.store.changes import Change, ChangeKind
from node.store.interests import ShiftRow
from node.store.tuples import WritingTuples
from node.store.unit import Reader, Tx
from policies import officers
from policies.embedded import Embedded
from policies.fga_model import Model
from protocol.fields import DAY_MS
from protocol.ids import UnixMs

LONGEST_MS = 31 * DAY_MS


class BadShift(ValueError):
    """A shift that cannot be, in words."""


def add(tx: Tx, ctx: Context, model: Model, shift: ShiftRow, *, actor: str) -> bool:
    """Put a person on the roster; whether all clearances reach to its end. Raises BadShift."""
    if not 0 < shift.until_ms - shift.from_ms <= LONGEST_MS:
        raise BadShift("a shift ends after it begins, and within 31 days")
    if shift.until_ms <= ctx.now():
        raise BadShift("a shift that is over cannot be given any more")
    if interests.overlaps(tx, shift):
        raise BadShift("this person has another shift in that time; take that one first")
    interests.put_shift(tx, shift)
    standing = officers.duty(_id(shift.person), ctx.me, ALWAYS)
    Embedded(model=model, tuples=WritingTuples(tx)).write([], [standing])
    _audited(tx, ctx, "shift_give", shift.person, shift.from_ms, actor, until=shift.until_ms)
    return all(one.until_ms >= shift.until_ms for one in rows.clearances(tx, shift.person))


def take(tx: Tx, ctx: Context, person: bytes, from_ms: UnixMs, *, actor: str) -> bool:
    """Take the shift that begins then off the roster; false where there is none. It ends now if it is going on."""
    if not interests.take_shift(tx, person, from_ms):
        return False
    _audited(tx, ctx, "shift_take", person, from_ms, actor)
    return True


def coming(reader: Reader, ctx: Context) -> Sequence[ShiftRow]:
    """The shifts that go on now or come, the earliest first."""
    return interests.shifts(reader, after=ctx.now())


def _audited(
    tx: Tx, ctx: Context, act: str, person: bytes, from_ms: UnixMs, actor: str, *, until: UnixMs | None = None
) -> None:
    details = {"person": _id(person), "from": str(from_ms)}
    if until is not None:
        details["until"] = str(until)
    audit(tx, ctx, Act(act=act, actor=actor, details=details), ctx.register)
    tx.note(Change(kind=ChangeKind.PEOPLE))


def _id(person: bytes) -> str:
    return str(uuid.UUID(bytes=person))
