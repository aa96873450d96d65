"""A case in a port in memory: opened, people read in, glass broken, as commands do it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from officers_here import MODEL, hire, visitor
from ports import Port

from node.commands import (
    break_glass,
    detail,
    hand_case_over,
    open_case,
    put_in,
    read_in,
    review_conduct,
    search,
    take_by_review,
    take_lead,
)
from node.commands.address import Address
from node.commands.follow import Again
from node.commands.people import Visitor
from node.commands.publish import Released
from node.commands.readable import Readable
from node.store.conduct import ConductRow, Deed, Line
from node.store.tuples import SnapshotTuples
from node.store.unit import Tx
from policies.cases import Part
from policies.decision import Deny
from policies.need import CaseId
from policies.officers import Role, of_node
from policies.relations import Tuple
from protocol.fields import DAY_MS
from protocol.ids import RecordId, UnixMs

HOUR_MS = 3_600_000
REASON = "Driver seen at the gate again, lead not reachable"


def opened(at: Port, lead: str, *, circle: str = "ports-be", name: str = "Scouts at tank 12") -> CaseId:
    """A case that `lead` opens and leads."""
    who = visitor(at, lead)
    case = at.store.write(
        lambda tx: open_case.open_case(tx, at.ctx, MODEL, officer=who, name=name, circle=circle, lead=who)
    ).result()
    assert not isinstance(case, Deny), case
    return case


def reads_in(at: Port, lead: str, case: CaseId, person: str, purposes: str = "port-security") -> None:
    """For ten days."""
    done = at.store.write(
        lambda tx: read_in.read_in(
            tx,
            at.ctx,
            MODEL,
            case,
            person=visitor(at, person),
            purposes=frozenset(purposes.split(",")),
            until=UnixMs(at.clock.at + 10 * DAY_MS),
            officer=visitor(at, lead),
        )
    ).result()
    assert done is True, done


def puts_out(at: Port, lead: str, case: CaseId, person: str, part: Part = Part.READ_OUT) -> bool | Deny:
    """At once."""
    officer = visitor(at, lead)
    return at.store.write(
        lambda tx: read_in.read_out(tx, at.ctx, MODEL, case, person=person, part=part, officer=officer)
    ).result()


def reads_out(at: Port, lead: str, case: CaseId, person: str, part: Part = Part.READ_OUT) -> None:
    """It is done."""
    done = puts_out(at, lead, case, person, part)
    assert done is True, done


def seen(at: Port, who: Visitor, record: RecordId) -> search.Found | None:
    """The record as this officer reads it."""
    readable = Readable(at.ctx)
    return at.store.read(lambda r: search.found(r, at.ctx, readable, who.reading, Address(record, b"")))


def overseers(at: Port) -> Sequence[Tuple]:
    """To whom the role was given that reviews conduct."""
    return at.store.read(lambda r: SnapshotTuples(r).read(of_node(at.name), Role.INTEGRITY_OFFICER))


def overseen(at: Port) -> None:
    """Somebody here reviews conduct, where nobody did: else nothing is put into a case."""
    if not overseers(at):
        hire(at, "z.conduct", Role.INTEGRITY_OFFICER)


def put(at: Port, who: str, case: CaseId, record: RecordId) -> bool | Deny:
    """Into the case, where anybody is told of it."""
    officer = visitor(at, who)
    one = seen(at, officer, record)
    assert one is not None
    return at.store.write(lambda tx: puts_looked(tx, at, case, one, officer)).result()


def puts_looked(tx: Tx, at: Port, case: CaseId, one: search.Found, officer: Visitor) -> bool | Deny:
    """Into the case, with a look at this moment; nothing comes in between."""
    looked = put_in.look(tx, at.ctx, case, one, officer=officer)
    done = put_in.put_in(tx, at.ctx, MODEL, case, one, officer=officer, looked=looked)
    assert not isinstance(done, Again)
    return done


def puts(at: Port, who: str, case: CaseId, released: Released) -> None:
    """Into the case; somebody is told."""
    overseen(at)
    done = put(at, who, case, released.record)
    assert done is True, done


def takes(at: Port, who: str, case: CaseId, released: Released) -> bool | Deny:
    """Out of it."""
    officer = visitor(at, who)
    one = seen(at, officer, released.record)
    assert one is not None
    return at.store.write(lambda tx: put_in.take_out(tx, at.ctx, case, one, officer=officer)).result()


def breaks(
    at: Port, who: str, case: CaseId, *, lasts_ms: int = 4 * HOUR_MS, reason: str = REASON
) -> ConductRow | Deny | None:
    """The glass."""
    return at.store.write(
        lambda tx: break_glass.break_glass(
            tx,
            at.ctx,
            MODEL,
            case,
            reason=reason,
            lasts_ms=lasts_ms,
            officer=visitor(at, who),
        )
    ).result()


def broken(at: Port, who: str, case: CaseId, *, lasts_ms: int = 4 * HOUR_MS) -> ConductRow:
    """It breaks."""
    row = breaks(at, who, case, lasts_ms=lasts_ms)
    assert isinstance(row, ConductRow), row
    return row


def reviews(at: Port, who: str, row: ConductRow, words: str = "Right to do so") -> bool | Deny:
    """What another person found."""
    officer = visitor(at, who)
    return at.store.write(
        lambda tx: review_conduct.review(tx, at.ctx, MODEL, row.entry, words=words, officer=officer)
    ).result()


def takes_by_review(at: Port, who: str, row: ConductRow) -> bool | Deny:
    """What was put in and reviewed, out again."""
    officer = visitor(at, who)
    return at.store.write(
        lambda tx: take_by_review.take_by_review(tx, at.ctx, MODEL, row.entry, officer=officer)
    ).result()


def names_lead(at: Port, who: str, case: CaseId, person: str, days: int = 100) -> bool | Deny:
    """Another one leads it too."""
    officer, chosen, until = visitor(at, who), visitor(at, person), UnixMs(at.clock.at + days * DAY_MS)
    return at.store.write(
        lambda tx: hand_case_over.name_lead(
            tx, at.ctx, MODEL, case, person=chosen, until=until, officer=officer
        )
    ).result()


def steps_down(at: Port, who: str, case: CaseId) -> bool | Deny:
    """Leads it no more."""
    officer = visitor(at, who)
    return at.store.write(
        lambda tx: hand_case_over.step_down(tx, at.ctx, MODEL, case, officer=officer)
    ).result()


def takes_lead(at: Port, who: str, case: CaseId, reason: str = REASON) -> bool | Deny:
    """Of a case that nobody can lead."""
    officer = visitor(at, who)
    return at.store.write(
        lambda tx: take_lead.take_lead(tx, at.ctx, MODEL, case, reason=reason, officer=officer)
    ).result()


def may_take_lead(at: Port, who: str, case: CaseId) -> bool:
    """As screens offer it."""
    officer = visitor(at, who)
    return at.store.read(lambda r: take_lead.may_take_lead(r, at.ctx, MODEL, case, officer))


def titles(at: Port, who: str) -> list[str]:
    """What somebody's list shows, newest first."""
    person, readable = visitor(at, who), Readable(at.ctx)
    listed = at.store.read(lambda r: search.newest(r, at.ctx, readable, person.reading))
    return [row.record.title if row.record else "-" for row in listed.rows]


def shown(at: Port, who: str, record: RecordId) -> detail.Detail | None:
    """The page of a record."""
    person, readable = visitor(at, who), Readable(at.ctx)
    where = Address(record, b"")
    return at.store.read(lambda r: detail.detail(r, at.ctx, readable, person.reading, where))


def lines(at: Port, who: str) -> list[Line]:
    """What somebody is told of, as it is reviewed."""
    return list(notices(at, who).lines)


def notices(at: Port, who: str) -> review_conduct.Notices:
    """All that stands on somebody's pages of it."""
    return at.store.read(lambda r: review_conduct.notices(r, at.ctx, MODEL, visitor(at, who)))


def told(at: Port, who: str) -> list[ConductRow]:
    """Of which broken glass somebody is told."""
    return [line.newest for line in lines(at, who) if line.newest.act is Deed.GLASS]


def raw(who: str) -> bytes:
    """An account's id as rows have it."""
    return uuid.UUID(who).bytes
