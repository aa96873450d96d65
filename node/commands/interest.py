"""What concerns an officer himself: declared, kept as keyed digests, and what it is ever shown to nobody.

Guarantees: a declaration and its audit entry are one transaction, and neither holds what was declared, only of which type it is; the person
it is of reads that it is there, since when and by whose word, and is told of it until he confirms that he saw it, unless it was his own;
relations and close colleagues who work here count with all that they declared of themselves, both ways. What it does to reading
is `commands/search.py`'s, to releasing `commands/plan.py`'s.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from enum import StrEnum

from node.commands.audit import Act, audit
from node.commands.context import Context
from node.store import interests
from node.store.changes import Change, ChangeKind
from node.store.interests import NoteRow
from node.store.tuples import SnapshotTuples, WritingTuples
from node.store.unit import Reader, Tx
from policies.conflicts import NO_CONFLICTS, Conflicts, digest
from policies.embedded import Embedded
from policies.fga_model import Model
from policies.officers import Tie, tie
from policies.relations import Tuple
from protocol.ids import UnixMs
from protocol.indicator import Subject


class Whose(StrEnum):
    """Whose the plate, badge or address is."""

    ONESELF = "oneself"
    RELATION = "relation"
    COLLEAGUE = "colleague"


@dataclass(frozen=True, slots=True)
class Declared:
    """One declaration of a person: an identifier and whose it is, or (`other`) who is close to him. `note.declared_ms` 0: it is not known when,
    nor by whom.
    """

    note: NoteRow
    whose: Whose | None = None
    other: bytes | None = None


def declare(tx: Tx, ctx: Context, person: bytes, subject: Subject, whose: Whose, *, actor: str) -> bool:
    """Keep that this subject (in its stored form) concerns the person, and whose it is: the last word holds. False where just that
    is known already.
    """
    key = interests.made_key(tx, ctx.random)
    if not interests.declare(
        tx, person, digest(key, subject), whose, _note(ctx, subject.type, person, actor)
    ):
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
    for mine, theirs in ((one, other), (other, one)):
        interests.note_tie(tx, mine, theirs, _note(ctx, as_, mine, actor))
    _tied(tx, ctx, "tie_give", one, other, as_, actor)


def part(tx: Tx, ctx: Context, model: Model, one: bytes, other: bytes, as_: Tie, *, actor: str) -> bool:
    """They are so no longer; false where they were not."""
    tuples, both = WritingTuples(tx), _both(one, other, as_)
    if not any(tuples.find(each.object, each.relation, each.user) for each in both):
        return False
    Embedded(model=model, tuples=tuples).write([], both)
    for mine, theirs in ((one, other), (other, one)):
        interests.drop_tie(tx, mine, theirs, as_)
    _tied(tx, ctx, "tie_take", one, other, as_, actor)
    return True


def ties(reader: Reader, person: bytes) -> list[tuple[Tie, bytes]]:
    """Who of this node is a relation or close colleague of this person, and which of both."""
    return [
        (Tie(each.relation), uuid.UUID(each.object.partition(":")[2]).bytes)
        for each in SnapshotTuples(reader).of_user(f"user:{uuid.UUID(bytes=person)}")
        if each.relation in set(Tie)
    ]


def declared_of(reader: Reader, person: bytes) -> list[Declared]:
    """All that is declared of a person: what concerns him, the newest first, and who is close to him."""
    noted = interests.tie_notes(reader, person)
    return [
        *(Declared(note, whose=Whose(whose)) for whose, note in interests.notes(reader, person)),
        *(
            Declared(noted.get((as_, other), NoteRow(as_, UnixMs(0), "", seen=True)), other=other)
            for as_, other in sorted(ties(reader, person))
        ),
    ]


def saw(tx: Tx, ctx: Context, person: bytes, until: UnixMs) -> bool:
    """The person confirms that he saw what was declared of him up to this moment; false where nothing of it was new to him."""
    if not interests.see(tx, person, until):
        return False
    who = str(uuid.UUID(bytes=person))
    _audited(tx, ctx, "interest_seen", person, who, {"until": str(until)})
    return True


def conflicts(reader: Reader, person: bytes) -> Conflicts:
    """What a person must not see: what he declared, and what relations and colleagues who work here declared of themselves."""
    digests = set(interests.declared(reader, person))
    for _, other in ties(reader, person):
        digests |= interests.declared(reader, other, whose=Whose.ONESELF)
    return Conflicts(interests.key(reader), frozenset(digests)) if digests else NO_CONFLICTS


def _note(ctx: Context, kind: str, person: bytes, actor: str) -> NoteRow:
    return NoteRow(str(kind), ctx.now(), actor, seen=actor == str(uuid.UUID(bytes=person)))


def _both(one: bytes, other: bytes, as_: Tie) -> list[Tuple]:
    mine, theirs = str(uuid.UUID(bytes=one)), str(uuid.UUID(bytes=other))
    return [tie(mine, as_, theirs), tie(theirs, as_, mine)]


def _tied(tx: Tx, ctx: Context, act: str, one: bytes, other: bytes, as_: Tie, actor: str) -> None:
    _audited(tx, ctx, act, one, actor, {"other": str(uuid.UUID(bytes=other)), "tie": str(as_)})


def _audited(tx: Tx, ctx: Context, act: str, person: bytes, actor: str, more: dict[str, str]) -> None:
    details = {"person": str(uuid.UUID(bytes=person)), **more}
    audit(tx, ctx, Act(act=act, actor=actor, details=details), ctx.register)
    tx.note(Change(kind=ChangeKind.PEOPLE))
