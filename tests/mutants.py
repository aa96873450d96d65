"""Models that differ from the product's in one clause: which scenarios could notice it, and whether there is anything to notice.

Two rewrites are the same function when they agree for every truth value of what they stand on: what is written for each relation of the
object, and what each `from` brings. That is a proof, and not a sample: relations of one object are expanded until nothing else is left.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from scenarios import Scenario

from policies.embedded import check_question
from policies.fga_model import (
    Computed,
    Direct,
    Exclusion,
    From,
    Intersection,
    Model,
    Relation,
    Rewrite,
    Union,
    parts,
    shipped,
)
from policies.relations import RelationsError
from policies.tuples import MemoryTuples
from policies.walk import Walk

Place = tuple[str, str]
Atom = tuple[str, ...]
Values = Mapping[Atom, bool]


def answer(model: Model, tuples: MemoryTuples, asked: Scenario) -> bool | str:
    """What the embedded engine says, or its error in words."""
    try:
        check_question(model, asked.user, asked.relation, asked.object)
        return Walk(model, tuples, asked.user, asked.context).ask(asked.object, asked.relation)
    except RelationsError as error:
        return str(error)


def with_relation(model: Model, of_type: str, relation: Relation) -> Model:
    own = MappingProxyType({**model.types[of_type], relation.name: relation})
    return replace(model, types=MappingProxyType({**model.types, of_type: own}))


def touching(asked: Sequence[Scenario], tuples: MemoryTuples) -> dict[Place, list[Scenario]]:
    """For each relation of a type, the scenarios whose answer looked at it: no other can notice its change."""
    found: dict[Place, list[Scenario]] = {}
    for each in asked:
        walk = Walk(shipped(), tuples, each.user, each.context)
        try:
            walk.ask(each.object, each.relation)
        except RelationsError:
            continue
        for place in {(obj.partition(":")[0], relation) for obj, relation in walk._seen}:
            found.setdefault(place, []).append(each)
    return found


# ---- What adds an operand -----------------------------------------------------------------------------------------------------


def widened(of_type: str, relation: Relation) -> Iterator[tuple[Rewrite, str]]:
    """The relation's rewrite with one role of the same object added at one place, and that role's name."""
    own = shipped().types[of_type]
    roles = [name for name, each in own.items() if name != relation.name and _held_by_people(each)]
    yield from _with_operand(relation.rewrite, roles)


def _held_by_people(relation: Relation) -> bool:
    written = any(isinstance(part, Direct) for part in parts(relation.rewrite))
    return written and any(one.form == "user" for one in relation.direct)


def _with_operand(rewrite: Rewrite, roles: list[str]) -> Iterator[tuple[Rewrite, str]]:
    if isinstance(rewrite, Computed | From):
        yield from ((Union((rewrite, Computed(name))), name) for name in roles if rewrite != Computed(name))
    if isinstance(rewrite, Union):
        there = {child.relation for child in rewrite.children if isinstance(child, Computed)}
        for name in roles:
            if name not in there:
                yield replace(rewrite, children=(*rewrite.children, Computed(name))), name
    if isinstance(rewrite, Union | Intersection):
        for index, child in enumerate(rewrite.children):
            if isinstance(rewrite, Union) and isinstance(child, Computed | From):
                continue  # that is an operand of this union
            for wider, name in _with_operand(child, roles):
                children = (*rewrite.children[:index], wider, *rewrite.children[index + 1 :])
                yield replace(rewrite, children=children), name
    if isinstance(rewrite, Exclusion):
        yield from (
            (replace(rewrite, base=wider), name) for wider, name in _with_operand(rewrite.base, roles)
        )


# ---- Whether there is anything to notice --------------------------------------------------------------------------------------


def same_function(of_type: str, one: Relation, other: Relation) -> bool:
    """Whether two definitions of a relation of the product's model never differ."""
    atoms = sorted(_atoms(of_type, one, one.rewrite) | _atoms(of_type, other, other.rewrite))
    return all(
        _value(of_type, one, one.rewrite, values) == _value(of_type, other, other.rewrite, values)
        for bits in itertools.product((False, True), repeat=len(atoms))
        for values in [dict(zip(atoms, bits, strict=True))]
    )


def _atoms(of_type: str, of: Relation, rewrite: Rewrite) -> set[Atom]:
    match rewrite:
        case Direct():
            return {("written", of.name)}
        case From():
            return {("from", rewrite.tupleset, rewrite.relation)}
        case Computed():
            named = shipped().types[of_type][rewrite.relation]
            return _atoms(of_type, named, named.rewrite)
        case Exclusion():
            return _atoms(of_type, of, rewrite.base) | _atoms(of_type, of, rewrite.subtract)
        case Union() | Intersection():
            return set[Atom]().union(*(_atoms(of_type, of, child) for child in rewrite.children))


def _value(of_type: str, of: Relation, rewrite: Rewrite, values: Values) -> bool:
    match rewrite:
        case Direct():
            return values["written", of.name]
        case From():
            return values["from", rewrite.tupleset, rewrite.relation]
        case Computed():
            named = shipped().types[of_type][rewrite.relation]
            return _value(of_type, named, named.rewrite, values)
        case Exclusion():
            base = _value(of_type, of, rewrite.base, values)
            return base and not _value(of_type, of, rewrite.subtract, values)
        case Union():
            return any(_value(of_type, of, child, values) for child in rewrite.children)
        case Intersection():
            return all(_value(of_type, of, child, values) for child in rewrite.children)
