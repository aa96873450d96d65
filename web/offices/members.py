"""A person of this node as the screens of those who administer people show him: names for ids, and how soon what is given ends.

Guarantees that ties, and how much concerns somebody, are there only for who may change them. Decides nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from node.commands import ends, interest
from node.commands.context import Context
from node.commands.staff import Held, Member
from node.store import interests
from node.store import people as rows
from node.store.people import PersonRow
from node.store.unit import Reader
from policies.officers import Manage
from protocol.ids import UnixMs
from protocol.label import LEVEL_NAMES, Level
from web import views
from web.shown import Names

_MAY = {Manage.ROLES: "roles", Manage.CLEARANCE: "clearances"}


def listed(ctx: Context, members: Iterable[Member]) -> tuple[views.PersonView, ...]:
    """Lines of the list, in which nothing is changed."""
    return tuple(_view(ctx, one) for one in members)


def whole(
    reader: Reader, ctx: Context, one: Member, manages: frozenset[Manage], may: frozenset[Manage]
) -> views.PersonView:
    """One with all that this officer may change of him."""
    told: dict[str, object] = {
        "manages": frozenset(_MAY[right] for right in manages),
        "may": frozenset(_MAY[right] for right in may),
    }
    if Manage.CLEARANCE in may:
        told["compartments"] = tuple(sorted(ctx.register.vocabulary.compartments))
    if Manage.ROLES in may:
        names = {row.id: named(row) for row in rows.everyone(reader)}
        known = Names(ctx.register)
        told |= {
            "ties": tuple(
                views.TieView(str(tie), names[other])
                for tie, other in sorted(interest.ties(reader, one.row.id))
                if other in names
            ),
            "concerns": tuple(interests.counts(reader, one.row.id)),
            "others": tuple(name for person, name in names.items() if person != one.row.id),
            "communities": tuple(known.community(name) for name in sorted(ctx.register.communities)),
        }
    return _view(ctx, one, **told)


def named(row: PersonRow) -> views.Named:
    return views.Named(str(uuid.UUID(bytes=row.id)), f"{row.name} ({row.login})")


def _view(ctx: Context, one: Member, **told: object) -> views.PersonView:
    now, register = ctx.now(), ctx.register
    sites = {site.id: site.name for site in ctx.entry(register).sites}
    return views.PersonView(
        id=one.id,
        login=one.row.login,
        name=one.row.name,
        site=sites.get(one.row.site, one.row.site),
        since_ms=one.row.created_ms,
        password=bool(one.row.password),
        roles=tuple(views.RoleView(str(role), until, _within(until, now)) for role, until in one.roles),
        seats=tuple(_belonging(held, views.Named(held.of, held.of), now) for held in one.seats),
        places=tuple(_belonging(held, Names(register).community(held.of), now) for held in one.places),
        clearances=tuple(
            views.ClearanceView(
                policy=held.policy,
                level=LEVEL_NAMES[Level(held.level)],
                compartments=tuple(sorted(held.compartments)),
                purposes=tuple(sorted(held.purposes)),
                until_ms=held.until_ms,
                verified_by=held.verified_by,
                within=_within(held.until_ms, now),
            )
            for held in one.clearances
        ),
        shifts=tuple(
            views.ShiftView(
                shift.from_ms,
                shift.until_ms,
                shift.from_ms <= now,
                any(held.until_ms < shift.until_ms for held in one.clearances),
            )
            for shift in one.shifts
        ),
        on_duty=one.on_duty,
        suspended=one.suspended,
        **told,  # type: ignore[arg-type]
    )


def _belonging(held: Held, of: views.Named, now: UnixMs) -> views.BelongingView:
    within = None if held.until_ms is None else _within(held.until_ms, now)
    return views.BelongingView(str(held.what), of, held.until_ms, within)


def _within(until: UnixMs, now: UnixMs) -> int | None:
    return 0 if until <= now else ends.within(until, now)
