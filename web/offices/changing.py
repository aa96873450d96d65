"""Each change of a person's page as the command that carries it out.

Guarantees that there is no other way than the command line's: what is checked and audited is the command's. Whether the officer may was
decided before, in the same transaction. Whatever a command refuses is a ValueError in words.
"""

from __future__ import annotations

import uuid

from node.commands import given, interest, people, roles, roster
from node.commands.context import Context
from node.commands.given import Cleared, Given
from node.commands.interest import Whose
from node.store.interests import ShiftRow
from node.store.unit import Tx
from policies.fga_model import Model
from policies.officers import Place, Role, Seat, Tie
from protocol.identity import declared
from web.views import staff as changes

GRAVE = (
    changes.TakeRole
    | changes.EndShift
    | changes.EndClearance
    | changes.TakeSeat
    | changes.TakePlace
    | changes.TieTo
    | changes.Suspend
    | changes.MakeLink
    | changes.CloseAccount
)
"""Asked for twice; so is putting somebody out of a community. A password has a page of its own."""


def grave(change: changes.PersonChange) -> bool:
    """Whether it takes something away, or lets somebody in."""
    put_out = isinstance(change, changes.GivePlace) and change.place == Place.EXPELLED
    return put_out or isinstance(change, GRAVE)


def of_account(
    tx: Tx,
    ctx: Context,
    model: Model,
    person: bytes,
    change: changes.Suspend | changes.CloseAccount,
    *,
    actor: str,
) -> bool:
    """False where there was nothing to end; so of all of these."""
    match change:
        case changes.CloseAccount():
            people.close(tx, ctx, person, actor=actor)
        case changes.Suspend(end=True):
            return roles.resume(tx, ctx, model, person, actor=actor)
        case changes.Suspend():
            roles.suspend(tx, ctx, model, person, actor=actor)
    return True


def of_ties(tx: Tx, ctx: Context, model: Model, person: bytes, change: changes.OfTies, *, actor: str) -> bool:
    match change:
        case changes.TieTo(other, tie, end):
            both = (tx, ctx, model, person, uuid.UUID(other).bytes, Tie(tie))
            if end:
                return interest.part(*both, actor=actor)
            interest.join(*both, actor=actor)
        case changes.Concern(kind=kind, value=value, whose=whose, end=end):
            one = declared(kind, value)
            if end:
                return interest.withdraw(tx, ctx, person, one, actor=actor)
            interest.declare(tx, ctx, person, one, Whose(whose), actor=actor)
    return True


def of_duty(tx: Tx, ctx: Context, model: Model, person: bytes, change: changes.OfDuty, *, actor: str) -> bool:
    match change:
        case changes.AddShift(begins, until):
            roster.add(tx, ctx, model, ShiftRow(person, begins, until), actor=actor)
        case changes.EndShift(begins):
            return roster.take(tx, ctx, person, begins, actor=actor)
    return True


def of_clearance(tx: Tx, ctx: Context, person: bytes, change: changes.OfClearance, *, actor: str) -> bool:
    match change:
        case changes.SetClearance():
            cleared = Cleared(
                policy=change.policy,
                level=change.level,
                compartments=change.compartments,
                purposes=change.purposes,
                until=change.until_ms,
                verified_by=change.verified_by,
            )
            given.clear(tx, ctx, person, cleared, actor=actor)
        case changes.EndClearance(policy):
            return roles.take_clearance(tx, ctx, person, policy, actor=actor)
    return True


def of_given(
    tx: Tx, ctx: Context, model: Model, person: bytes, change: changes.OfGiven, *, actor: str
) -> bool:
    one = _given(change)
    if isinstance(change, changes.TakeRole | changes.TakeSeat | changes.TakePlace):
        return given.take(tx, ctx, model, person, one, actor=actor)
    given.give(tx, ctx, model, person, one, until=change.until_ms, actor=actor)
    return True


def _given(change: changes.OfGiven) -> Given:
    match change:
        case changes.GiveRole(role=role) | changes.TakeRole(role=role):
            return Given(Role(role))
        case changes.GiveSeat(seat=seat, committee=of) | changes.TakeSeat(seat=seat, committee=of):
            return Given(Seat(seat), of)
        case changes.GivePlace(place=place, community=of) | changes.TakePlace(place=place, community=of):
            return Given(Place(place), of)
