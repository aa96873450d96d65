"""What of people's roles, seats and clearances ends soon, so that it is renewed in time: 90, 30 and 7 days ahead.

Reads only. A shift that outlasts a clearance is said when it is given (`commands/roster.py`).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from node.commands.context import Context
from node.store import people as rows
from node.store.people import PersonRow
from node.store.tuples import SnapshotTuples
from node.store.unit import Reader
from policies.relations import Tuple, type_of
from protocol.fields import DAY_MS
from protocol.ids import UnixMs

AHEAD_DAYS = (7, 30, 90)
_GIVEN = frozenset({"node", "committee", "community"})


@dataclass(frozen=True, slots=True)
class Ending:
    """One thing of one person. `within`: 7, 30 or 90 days; 0: over, which is said for as long again."""

    login: str
    what: str
    until_ms: UnixMs
    within: int


def ending(reader: Reader, ctx: Context) -> list[Ending]:
    """All of it of open accounts, the earliest first."""
    now = ctx.now()
    found = [
        Ending(person.login, what, until, days)
        for person in rows.everyone(reader)
        for what, until in _ends(reader, person)
        if (days := within(until, now)) is not None
    ]
    return sorted(found, key=lambda one: (one.until_ms, one.login, one.what))


def counts(reader: Reader, ctx: Context) -> dict[int, int]:
    """How many things end within how many days; for logs, which name nobody."""
    found = [one.within for one in ending(reader, ctx)]
    return {days: found.count(days) for days in (0, *AHEAD_DAYS) if days in found}


def end_of(given: Tuple) -> UnixMs | None:
    """When what a tuple gives ends; None where it has no end of its own."""
    if given.condition is None or "valid_until" not in given.condition.context:
        return None
    until = datetime.fromisoformat(str(given.condition.context["valid_until"]))
    return UnixMs(int(until.timestamp() * 1000))


def within(until: UnixMs, now: UnixMs) -> int | None:
    """The least of 7, 30 and 90 days in which it ends; 0 where it is over, for as long again; else None."""
    left = until - now
    if left <= 0:
        return 0 if -left <= AHEAD_DAYS[-1] * DAY_MS else None
    return next((days for days in AHEAD_DAYS if left <= days * DAY_MS), None)


def _ends(reader: Reader, person: PersonRow) -> list[tuple[str, UnixMs]]:
    given = SnapshotTuples(reader).of_user(f"user:{uuid.UUID(bytes=person.id)}")
    found = [
        (f"{one.relation} of {one.object}", end)
        for one in given
        if type_of(one.object) in _GIVEN and (end := end_of(one)) is not None
    ]
    found += [(f"clearance {one.policy}", one.until_ms) for one in rows.clearances(reader, person.id)]
    return found
