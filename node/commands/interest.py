"""What concerns an officer himself: declared by him, kept as keyed digests, and nothing of it ever shown to him.

Guarantees: a declaration and its audit entry are one transaction, and neither holds what was declared, the audit only of which type it is;
relations and close colleagues who work here count with all that they declared of themselves, both ways. What it does to reading
is `commands/search.py`'s, to releasing `commands/plan.py`'s.
"""

from __future__ import annotations

import uuid
from enum import StrEnum

from node.commands.audit import Act, audit
from node.commands.context import Context
from node.store import interests
from node.store.changes import Change, ChangeKind
from node.store.tuples import SnapshotTuples, WritingTuples
from node.store.unit import Reader, Tx
from policies.conflicts import NO_CONFLICTS, Conflicts, digest
from policies.embedded import Embedded
from policies.fga_model import Model
from policies.officers import Tie, tie
from policies.relations import Tuple
from protocol.indicator import Subject


class Whose(StrEnum):
    """Whose the plate, badge or address is."""

    ONESELF = "oneself"
    RELATION = "relation"
    COLLEAGUE = "colleague"


def declare(tx: Tx, ctx: Context, person: bytes, subject: Subject, whose: Whose, *, actor: str) -> bool:
    """Keep that this subject (in its stored form) concerns the person, and whose it is: the last word holds. False where just that
    is known already.
    """
    key = interests.made_key(tx, ctx.random)
    if not interests.declare(tx, person, digest(key, subject), whose, ctx.now()):
        return False
    _audited(tx, ctx, "interest_declare", person, actor, {"type": subject.type, "whose": whose})
    return True


def withdraw(tx: Tx, ctx: Context, person: bytes, subject: Subject, *, actor: str) -> bool:
    """It concerns the person no longer; false where it was not declared."""
    if not interests.withdraw(tx, person, digest(interests.key(tx), subject)):
        return False
    _audited(tx, ctx, "interest_withdraw", person, actor, {"type": subject.type})
    return True


def join(tx: Tx, ctx: Context, model: Model, one: bytes, other: bytes, as_: Tie, *, actor: str) -> None:
    """Two people of this node are relations or close colleagues, each of the other. ValueError for one and the same."""
    if one == other:
        raise ValueError("two people")
    Embedded(model=model, tuples=WritingTuples(tx)).write(_both(one, other, as_))
    _tied(tx, ctx, "tie_give", one, other, as_, actor)


def part(tx: Tx, ctx: Context, model: Model, one: bytes, other: bytes, as_: Tie, *, actor: str) -> bool:
    """They are so no longer; false where they were not."""
    tuples, both = WritingTuples(tx), _both(one, other, as_)
    if not any(tuples.find(each.object, each.relation, each.user) for each in both):
        return False
    Embedded(model=model, tuples=tuples).write([], both)
    _tied(tx, ctx, "tie_take", one, other, as_, actor)
    return True


def ties(reader: Reader, person: bytes) -> list[tuple[Tie, bytes]]:
    """Who of this node is a relation or close colleague of this person, and which of both."""
    return [
        (Tie(each.relation), uuid.UUID(each.object.partition(":")[2]).bytes)
        for each in SnapshotTuples(reader).of_user(f"user:{uuid.UUID(bytes=person)}")
        if each.relation in set(Tie)
    ]


def conflicts(reader: Reader, person: bytes) -> Conflicts:
    """What a person must not see: what he declared, and what relations and colleagues who work here declared of themselves."""
    digests = set(interests.declared(reader, person))
    for _, other in ties(reader, person):
        digests |= interests.declared(reader, other, whose=Whose.ONESELF)
    return Conflicts(interests.key(reader), frozenset(digests)) if digests else NO_CONFLICTS


def _both(one: bytes, other: bytes, as_: Tie) -> list[Tuple]:
    mine, theirs = str(uuid.UUID(bytes=one)), str(uuid.UUID(bytes=other))
    return [tie(mine, as_, theirs), tie(theirs, as_, mine)]


def _tied(tx: Tx, ctx: Context, act: str, one: bytes, other: bytes, as_: Tie, actor: str) -> None:
    _audited(tx, ctx, act, one, actor, {"other": str(uuid.UUID(bytes=other)), "tie": str(as_)})


def _audited(tx: Tx, ctx: Context, act: str, person: bytes, actor: str, more: dict[str, str]) -> None:
    details = {"person": str(uuid.UUID(bytes=person)), **more}
    audit(tx, ctx, Act(act=act, actor=actor, details=details), ctx.register)
    tx.note(Change(kind=ChangeKind.PEOPLE))
