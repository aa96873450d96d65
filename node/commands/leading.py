"""Who can lead a case now, and which open cases nobody can: an account that was closed or suspended, a lead whose time is over, a conflict.

Guarantees that who leads is asked as at each request, of the relations and the register of now; for what is said on every page it is kept
until something about anybody changes (`everyone.py`). Whoever audits and whoever administers, but the one it is of, is told who led a case that
nobody can lead, and neither which case that is nor what is in it.
"""

from __future__ import annotations

from typing import Final

from node.commands.context import Context
from node.commands.ends import end_of
from node.commands.everyone import readership
from node.commands.need import Person, leads_of, stands
from node.commands.people import Visitor, visitor_of
from node.store import cases
from node.store.tuples import SnapshotTuples
from node.store.unit import Reader
from policies import cases as relations
from policies.cases import Part
from policies.fga_model import Model
from policies.need import CaseId
from policies.officers import Right, membership
from protocol.ids import UnixMs

AS_IF_MS: Final = 60_000
"""How long a lead lasts that is only asked about: longer than asking takes."""
OVERSEE: Final = frozenset({Right.AUDIT, Right.ADMINISTER})
"""Whoever has one of them is told of whom something waits that nobody here can review, and who led a case that nobody can lead."""


def leads_now(reader: Reader, ctx: Context, model: Model, case: CaseId) -> list[str]:
    """Who leads it and can, by uuid."""
    found = (visitor_of(reader, ctx, model, who) for who in leads_of(reader, case))
    return [one.id for one in found if one is not None and case in one.reading.need.leads]


def leads_until(reader: Reader, case: CaseId, who: str) -> UnixMs | None:
    """Until when somebody was made a lead, whether or not he can lead now; None where he never was."""
    held = SnapshotTuples(reader).find(relations.of_case(case), Part.LEAD, f"user:{who}")
    return end_of(held) if held is not None else None


def could_lead(reader: Reader, ctx: Context, model: Model, case: CaseId, who: Visitor) -> bool:
    """Whether being made a lead would let somebody lead it: of its circle, and neither read out nor in conflict."""
    now = ctx.now()
    as_if = relations.lead(who.id, case, membership(now, UnixMs(now + AS_IF_MS)))
    asked = Person(who.id, frozenset(who.reading.memberships), who.reading.purposes)
    return stands(reader, ctx, model, asked, case, as_if=as_if).leads


def leaderless(reader: Reader, ctx: Context, model: Model, officer: Visitor) -> tuple[str, ...]:
    """Who led an open case that nobody can lead now, by uuid, for who is told of it."""
    if not officer.rights & OVERSEE:
        return ()
    every = [row.id for row in cases.every(reader) if not row.closed_ms]
    led = readership(reader, ctx, model).led() if every else frozenset[CaseId]()
    found = dict.fromkeys(who for case in every if case not in led for who in leads_of(reader, case))
    return tuple(who for who in found if who != officer.id)
