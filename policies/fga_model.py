"""The typed form of an OpenFGA authorization model (schema 1.1), read from its JSON.

Guarantees: what is parsed refers only to types, relations and conditions it has; a `from` stands on relations that hold plain
objects only; every condition compiles and uses no parameter that it does not declare. The JSON is what `fga model transform`
makes of `model.fga`. Not here: the DSL, and questions (`walk.py`).
Source: https://openfga.dev/docs/configuration-language; field names of openfga.v1 AuthorizationModel.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Final

from policies.conditions import CompiledCondition, compile_condition
from policies.relations import BadModel

MODEL_BYTES_MAX: Final = 1 << 20
NESTING_MAX: Final = 32  # operators within operators; nobody writes more by hand
Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Direct:
    """Who is written there: `[user, node#police]`."""


@dataclass(frozen=True, slots=True)
class Computed:
    """Another relation of the same object."""

    relation: str


@dataclass(frozen=True, slots=True)
class From:
    """`relation from tupleset`: the relation at each object that the tupleset points to."""

    tupleset: str
    relation: str


@dataclass(frozen=True, slots=True)
class Union:
    children: tuple[Rewrite, ...]


@dataclass(frozen=True, slots=True)
class Intersection:
    children: tuple[Rewrite, ...]


@dataclass(frozen=True, slots=True)
class Exclusion:
    base: Rewrite
    subtract: Rewrite


Rewrite = Direct | Computed | From | Union | Intersection | Exclusion


@dataclass(frozen=True, slots=True)
class Restriction:
    """One kind of user that may be written, `type`, `type:*` or `type#relation`, and the condition it must carry ("" is none)."""

    type: str
    relation: str = ""
    wildcard: bool = False
    condition: str = ""

    @property
    def form(self) -> str:
        """`user`, `user:*` or `node#police`."""
        return (
            f"{self.type}:*"
            if self.wildcard
            else f"{self.type}#{self.relation}"
            if self.relation
            else self.type
        )


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation of a type. `admits`: for each form of user, the conditions of which one must be carried."""

    name: str
    rewrite: Rewrite
    direct: tuple[Restriction, ...]
    admits: Mapping[str, frozenset[str]]
    has_usersets: bool


@dataclass(frozen=True, slots=True)
class Model:
    """One revision of the model; compiled conditions live and die with it. `sha256` is over the JSON as given."""

    types: Mapping[str, Mapping[str, Relation]]
    conditions: Mapping[str, CompiledCondition]
    sha256: bytes

    def relation(self, of_type: str, name: str) -> Relation | None:
        return self.types.get(of_type, {}).get(name)


@cache
def shipped() -> Model:
    """The model of the product, `policies/model.json`, which is part of the package as code is."""
    return parse_model(resources.files("policies").joinpath("model.json").read_bytes())


def parse_model(raw: bytes) -> Model:
    """The model in this JSON; raises BadModel with the place at fault."""
    if len(raw) > MODEL_BYTES_MAX:
        raise BadModel(f"larger than {MODEL_BYTES_MAX} bytes")
    try:
        source = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BadModel("is not JSON") from error
    top = _object(source, "model")
    if top.get("schema_version") != "1.1":
        raise BadModel("only schema 1.1 is read", where="schema_version")
    conditions = {
        name: compile_condition(name, _object(body, name))
        for name, body in _object(top.get("conditions", {}), "conditions").items()
    }
    definitions = [
        _object(each, "type_definitions") for each in _list(top.get("type_definitions"), "type_definitions")
    ]
    types = {_text(each.get("type"), "type"): _relations(each) for each in definitions}
    if len(types) != len(definitions):
        raise BadModel("a type is defined twice", where="type_definitions")
    model = Model(MappingProxyType(types), MappingProxyType(conditions), hashlib.sha256(raw).digest())
    _check_references(model)
    return model


def _relations(definition: Json) -> Mapping[str, Relation]:
    of_type = _text(definition.get("type"), "type")
    metadata = _object(definition.get("metadata") or {}, of_type)
    about = _object(metadata.get("relations") or {}, of_type)
    rewrites = _object(definition.get("relations") or {}, of_type)
    return MappingProxyType(
        {
            name: _relation(name, _rewrite(body, f"{of_type}#{name}", 0), _object(about.get(name, {}), name))
            for name, body in rewrites.items()
        }
    )


def _relation(name: str, rewrite: Rewrite, about: Json) -> Relation:
    restrictions = tuple(
        _restriction(_object(each, name))
        for each in _list(about.get("directly_related_user_types") or [], name)
    )
    admits: dict[str, frozenset[str]] = {}
    for one in restrictions:
        admits[one.form] = admits.get(one.form, frozenset()) | {one.condition}
    return Relation(
        name, rewrite, restrictions, MappingProxyType(admits), any(one.relation for one in restrictions)
    )


def _restriction(source: Json) -> Restriction:
    return Restriction(
        _text(source.get("type"), "directly_related_user_types"),
        relation=str(source.get("relation") or ""),
        wildcard="wildcard" in source,
        condition=str(source.get("condition") or ""),
    )


def _rewrite(source: object, where: str, depth: int) -> Rewrite:
    body = _object(source, where)
    if depth > NESTING_MAX or len(body) != 1:
        raise BadModel(f"one operator, nested at most {NESTING_MAX} deep, is expected", where=where)
    ((operator, operand),) = body.items()
    if operator not in _OPERATORS:
        raise BadModel("an unknown operator", where=where)
    return _OPERATORS[operator](_object(operand, where), where, depth + 1)


def _from(source: Json, where: str, _depth: int) -> From:
    tupleset, computed = (_object(source.get(part), where) for part in ("tupleset", "computedUserset"))
    return From(_text(tupleset.get("relation"), where), _text(computed.get("relation"), where))


def _children(source: Json, where: str, depth: int) -> tuple[Rewrite, ...]:
    return tuple(_rewrite(child, where, depth) for child in _list(source.get("child"), where))


def _difference(source: Json, where: str, depth: int) -> Exclusion:
    return Exclusion(
        _rewrite(source.get("base"), where, depth), _rewrite(source.get("subtract"), where, depth)
    )


_OPERATORS: Final[Mapping[str, Callable[[Json, str, int], Rewrite]]] = {
    "this": lambda _source, _where, _depth: Direct(),
    "computedUserset": lambda source, where, _depth: Computed(_text(source.get("relation"), where)),
    "tupleToUserset": _from,
    "union": lambda source, where, depth: Union(_children(source, where, depth)),
    "intersection": lambda source, where, depth: Intersection(_children(source, where, depth)),
    "difference": _difference,
}


def _check_references(model: Model) -> None:
    for of_type, relations in model.types.items():
        for name, relation in relations.items():
            where = f"{of_type}#{name}"
            for one in relation.direct:
                _check_restriction(model, one, where)
            for part in parts(relation.rewrite):
                _check_part(model, of_type, part, where)


def _check_restriction(model: Model, one: Restriction, where: str) -> None:
    if one.type not in model.types or (one.relation and model.relation(one.type, one.relation) is None):
        raise BadModel("names a type or relation that the model does not have", where=where)
    if one.condition and one.condition not in model.conditions:
        raise BadModel("names a condition that the model does not have", where=where)


def _check_part(model: Model, of_type: str, part: Rewrite, where: str) -> None:
    own = model.types[of_type]
    if isinstance(part, Computed) and part.relation not in own:
        raise BadModel("names a relation that its type does not have", where=where)
    if isinstance(part, Direct) and not own[where.partition("#")[2]].direct:
        raise BadModel("may be written but says for whom nowhere", where=where)
    if isinstance(part, From):
        pointer = own.get(part.tupleset)
        if pointer is None or not isinstance(pointer.rewrite, Direct):
            raise BadModel("stands on `from` a relation that is not a plain one of its type", where=where)
        if any(one.wildcard or one.relation for one in pointer.direct):
            raise BadModel("stands on `from` a relation that holds more than plain objects", where=where)
        if all(model.relation(one.type, part.relation) is None for one in pointer.direct):
            raise BadModel("names a relation that no type behind `from` has", where=where)


def parts(rewrite: Rewrite) -> list[Rewrite]:
    """The rewrite and everything within it."""
    if isinstance(rewrite, Union | Intersection):
        return [rewrite, *(part for child in rewrite.children for part in parts(child))]
    if isinstance(rewrite, Exclusion):
        return [rewrite, *parts(rewrite.base), *parts(rewrite.subtract)]
    return [rewrite]


def _object(source: object, where: str) -> Json:
    if not isinstance(source, dict):
        raise BadModel("an object is expected", where=where)
    return source


def _list(source: object, where: str) -> list[object]:
    if not isinstance(source, list):
        raise BadModel("a list is expected", where=where)
    return source


def _text(source: object, where: str) -> str:
    if not isinstance(source, str) or not source:
        raise BadModel("a name is expected", where=where)
    return source
