"""Which tuples may be written at all.

Guarantees about every tuple that passes: the model admits it; its condition stores every parameter but those that only the
enforcement point sets (a parameter left open could be supplied by whoever asks), and none of those (a stored `now` would stop
the clock); each has its type; lists hold at most 32; a network can be read; no relation leads back to its own object through
`from` (cyclic `parent`), nor so far up that a question could not follow. Says nothing about who may write.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from policies.conditions import LIST_MAX, CompiledCondition, convert, network
from policies.fga_model import From, Model, Relation, parts
from policies.relations import (
    ENFORCED,
    BadTuple,
    ConditionFailed,
    Tuple,
    Tuples,
    type_of,
    well_formed_object,
    well_formed_user,
)
from policies.tuples import MemoryTuples, Overlay
from policies.walk import form

ANCESTORS_MAX: Final = 8  # levels of sub-communities; far below the hops that a question may take
CHANGE_MAX: Final = 100  # tuples in one write, as OpenFGA


def check_change(model: Model, tuples: Tuples, add: Sequence[Tuple], remove: Sequence[Tuple]) -> None:
    """Raises BadTuple, or another RelationsError, if any added tuple may not be written, alone or with the others."""
    if len(add) + len(remove) > CHANGE_MAX:
        raise BadTuple(f"more than {CHANGE_MAX} tuples in one write")
    keys = [(each.object, each.relation, each.user) for each in (*add, *remove)]
    if len(set(keys)) != len(keys):
        raise BadTuple("the same tuple twice in one write")
    for each in add:
        check_admitted(model, each)
        check_complete(model, each)
    after = Overlay(over=MemoryTuples(add), under=tuples, hidden=remove)
    for each in add:
        check_no_cycle(model, after, each)


def check_admitted(model: Model, each: Tuple) -> Relation:
    """The relation, if the tuple is well formed and the model lets it be written, with the condition it has to carry."""
    where = _where(each)
    if not well_formed_object(each.object) or not well_formed_user(each.user):
        raise BadTuple("the object or user is malformed", where=where)
    if each.user == f"{each.object}#{each.relation}":
        raise BadTuple("says only that a relation is itself", where=where)
    relation = model.relation(type_of(each.object), each.relation)
    if relation is None:
        raise BadTuple("the model has no such type or relation", where=where)
    conditions = relation.admits.get(form(each.user))
    if conditions is None:
        raise BadTuple("the model does not let this sort of user be written here", where=where)
    name = each.condition.name if each.condition else ""
    if name not in conditions:
        raise BadTuple("the condition is not the one that the model asks for", where=where)
    return relation


def check_complete(model: Model, each: Tuple) -> None:
    """Raises BadTuple unless the condition's stored parameters are exactly those that no request may set."""
    if each.condition is None:
        return
    where = f"{_where(each)} with {each.condition.name}"
    condition = model.conditions[each.condition.name]
    stored = set(each.condition.context)
    if stored & ENFORCED:
        raise BadTuple("stores a parameter that only the enforcement point sets", where=where)
    if stored != set(condition.parameters) - ENFORCED:
        raise BadTuple("does not store exactly the parameters of its condition", where=where)
    _check_values(condition, each, where)


def _check_values(condition: CompiledCondition, each: Tuple, where: str) -> None:
    for name, value in (each.condition.context if each.condition else {}).items():
        if isinstance(value, list | tuple | dict) and len(value) > LIST_MAX:
            raise BadTuple(f"{name}: more than {LIST_MAX} values", where=where)
        try:
            held = convert(value, condition.parameters[name], name)
        except ConditionFailed as error:
            raise BadTuple(str(error), where=where) from None
        if name == "cidr":
            _check_network(held, where)


def _check_network(value: object, where: str) -> None:
    try:
        network(str(value))
    except ValueError:
        raise BadTuple("cidr: is not a network, address/prefix", where=where) from None


def check_no_cycle(model: Model, after: Tuples, each: Tuple) -> None:
    """Raises BadTuple where a pointer to an object of the same type leads back to where it starts, or makes too many levels."""
    if type_of(each.user) != type_of(each.object) or not points_to_own_type(
        model, type_of(each.object), each.relation
    ):
        return
    above = _levels(each.user, lambda obj: {up.user for up in after.read(obj, each.relation)})
    below = _levels(
        each.object,
        lambda obj: {down.object for down in after.of_user(obj) if down.relation == each.relation},
    )
    if above + below - 1 > ANCESTORS_MAX:
        raise BadTuple(f"leads back to itself, or over more than {ANCESTORS_MAX} levels", where=_where(each))


def _levels(start: str, step: Callable[[str], set[str]]) -> int:
    """How many levels can be gone from here, itself counted; a cycle has no end, so counting stops where it is too many."""
    level, count = {start}, 0
    while level and count <= ANCESTORS_MAX:
        level = {after for each in level for after in step(each)}
        count += 1
    return count


def points_to_own_type(model: Model, of_type: str, name: str) -> bool:
    """Whether a relation of the type is taken `from` this one and this one may point to the type itself."""
    relation = model.relation(of_type, name)
    if relation is None or of_type not in relation.admits:
        return False
    own = model.types[of_type].values()
    return any(
        isinstance(part, From) and part.tupleset == name for each in own for part in parts(each.rewrite)
    )


def _where(each: Tuple) -> str:
    """The kind of tuple, never who: `community#expelled`."""
    return f"{type_of(each.object)[:50]}#{each.relation[:50]}"
