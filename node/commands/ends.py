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
from policies.relations import type_of
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
        Ending(person.login, what, until, within)
        for person in rows.everyone(reader)
        for what, until in _ends(reader, person)
        if (within := _within(until, now)) is not None
    ]
    return sorted(found, key=lambda one: (one.until_ms, one.login, one.what))


def counts(reader: Reader, ctx: Context) -> dict[int, int]:
    """How many things end within how many days; for logs, which name nobody."""
    found = [one.within for one in ending(reader, ctx)]
    return {days: found.count(days) for days in (0, *AHEAD_DAYS) if days in found}


def _ends(reader: Reader, person: PersonRow) -> list[tuple[str, UnixMs]]:
    given = SnapshotTuples(reader).of_user(f"user:{uuid.UUID(bytes=person.id)}")
    found = [
        (f"{one.relation} of {one.object}", _ms(str(one.condition.context["valid_until"])))
        for one in given
        if type_of(one.object) in _GIVEN
        and one.condition is not None
        and "valid_until" in one.condition.context
    ]
    found += [(f"clearance {one.policy}", one.until_ms) for one in rows.clearances(reader, person.id)]
    return found


def _within(until: UnixMs, now: UnixMs) -> int | None:
    left = until - now
    if left <= 0:
        return 0 if -left <= AHEAD_DAYS[-1] * DAY_MS else None
    return next((days for days in AHEAD_DAYS if left <= days * DAY_MS), None)


def _ms(text: str) -> UnixMs:
    return UnixMs(int(datetime.fromisoformat(text).timestamp() * 1000))
