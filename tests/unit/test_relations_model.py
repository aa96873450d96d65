"""Reading a model: what it may not be, and what the product's own is."""

from __future__ import annotations

import json

import pytest

from policies.fga_model import MODEL_BYTES_MAX, parse_model, shipped
from policies.relations import BadModel

THIS: dict[str, object] = {"this": {}}


def _model(relations: dict[str, object], direct: dict[str, list[dict[str, object]]]) -> bytes:
    about = {name: {"directly_related_user_types": users} for name, users in direct.items()}
    return json.dumps(
        {
            "schema_version": "1.1",
            "type_definitions": [
                {"type": "user"},
                {"type": "doc", "relations": relations, "metadata": {"relations": about}},
            ],
        }
    ).encode()


def test_a_small_model_is_read() -> None:
    model = parse_model(
        _model({"viewer": THIS}, {"viewer": [{"type": "user"}, {"type": "user", "wildcard": {}}]})
    )
    relation = model.relation("doc", "viewer")
    assert relation is not None
    assert set(relation.admits) == {"user", "user:*"}
    assert model.relation("doc", "editor") is model.relation("ship", "viewer") is None


def _from(tupleset: str, relation: str) -> dict[str, object]:
    return {"tupleToUserset": {"tupleset": {"relation": tupleset}, "computedUserset": {"relation": relation}}}


def _nested(depth: int) -> dict[str, object]:
    return {"union": {"child": [_nested(depth - 1)]}} if depth else THIS


USER: list[dict[str, object]] = [{"type": "user"}]
DOC: list[dict[str, object]] = [{"type": "doc"}]
BAD = {
    "not json": b"{",
    "deep json": b"[" * 100_000,
    "too large": b" " * (MODEL_BYTES_MAX + 1),
    "not an object": b"[]",
    "schema 1.0": b'{"schema_version": "1.0", "type_definitions": []}',
    "no types": b'{"schema_version": "1.1"}',
    "type twice": b'{"schema_version": "1.1", "type_definitions": [{"type": "a"}, {"type": "a"}]}',
    "type without name": b'{"schema_version": "1.1", "type_definitions": [{"type": ""}]}',
    "unknown operator": _model({"r": {"xor": {}}}, {}),
    "two operators": _model({"r": {"this": {}, "union": {"child": []}}}, {"r": USER}),
    "too nested": _model({"r": _nested(40)}, {"r": USER}),
    "unknown relation": _model({"r": {"computedUserset": {"relation": "s"}}}, {}),
    "unknown user type": _model({"r": THIS}, {"r": [{"type": "ship"}]}),
    "unknown userset": _model({"r": THIS}, {"r": [{"type": "doc", "relation": "s"}]}),
    "unknown condition": _model({"r": THIS}, {"r": [{"type": "user", "condition": "c"}]}),
    "for nobody": _model({"r": THIS}, {}),
    "from nothing": _model({"r": _from("p", "r")}, {}),
    "from what is computed": _model({"p": {"computedUserset": {"relation": "r"}}, "r": _from("p", "r")}, {}),
    "from usersets": _model({"p": THIS, "r": _from("p", "r")}, {"p": [{"type": "doc", "relation": "r"}]}),
    "from everybody": _model({"p": THIS, "r": _from("p", "r")}, {"p": [{"type": "doc", "wildcard": {}}]}),
    "from what has it not": _model({"p": THIS, "r": _from("p", "s")}, {"p": DOC}),
}


@pytest.mark.parametrize("raw", BAD.values(), ids=BAD.keys())
def test_a_model_that_is_not_one_is_refused(raw: bytes) -> None:
    with pytest.raises(BadModel):
        parse_model(raw)


def test_the_products_model_lets_no_node_be_anybody() -> None:
    """A node stands as a user only where it is a pointer; only facts that the register knows hold for everybody."""
    pointers, wildcards = set(), set()
    for of_type, relations in shipped().types.items():
        for name, relation in relations.items():
            pointers |= {f"{of_type}#{name}" for form in relation.admits if form == "node"}
            wildcards |= {f"{of_type}#{name}" for form in relation.admits if form.endswith(":*")}
    assert pointers == {"user#home", "node#approving_node", "site#served_by"}
    assert wildcards == {
        "organisation#right_bans",
        "organisation#right_security_level",
        "organisation#withdrawn",
    }


def test_a_revision_is_the_hash_of_the_bytes() -> None:
    raw = _model({"viewer": THIS}, {"viewer": USER})
    assert parse_model(raw).sha256 != parse_model(raw + b"\n").sha256
    assert len(shipped().sha256) == 32
