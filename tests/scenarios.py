"""The scenarios of `policies/scenarios/` as questions with their expected answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from locations import ROOT

from policies.embedded import check_question
from policies.fga_model import Model
from policies.relations import Condition, Tuple, Value, type_of
from policies.walk import Walk

FOLDER = ROOT / "policies" / "scenarios"
FILES = sorted(FOLDER.glob("*.fga.yaml"))


@dataclass(frozen=True, slots=True)
class Scenario:
    """One assertion: a user, a relation, an object, the request's condition parameters, and the answer."""

    theme: str
    user: str
    relation: str
    object: str
    context: dict[str, Value]
    expected: bool


def _load(path: Path) -> Any:
    return yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)


@cache
def people() -> tuple[Tuple, ...]:
    """The tuples that all scenarios share."""
    return tuple(_tuple(each) for each in _load(FOLDER / "people.yaml"))


def _tuple(source: dict[str, Any]) -> Tuple:
    condition = source.get("condition")
    return Tuple(
        source["user"],
        source["relation"],
        source["object"],
        Condition(condition["name"], condition["context"]) if condition else None,
    )


def checks(path: Path) -> list[Scenario]:
    """Every check of a file, in the file's order."""
    return [
        Scenario(str(test["name"]), user, relation, check["object"], check.get("context") or {}, expected)
        for test in _load(path)["tests"]
        for check in test.get("check") or ()
        for user in check.get("users") or (check["user"],)
        for relation, expected in check["assertions"].items()
    ]


def lists(path: Path) -> list[dict[str, Any]]:
    return [each for test in _load(path)["tests"] for each in test.get("list_objects") or ()]


def list_objects(
    model: Model, walk: Walk, *, relation: str, of_type: str, candidates: Iterable[str]
) -> tuple[str, ...]:
    """Those of the candidates of this type to which the walk's user stands in the relation, in their order; raises RelationsError."""
    check_question(model, walk.user, relation, f"{of_type}:any")
    return tuple(each for each in candidates if type_of(each) == of_type and walk.ask(each, relation))


def list_users(path: Path) -> list[dict[str, Any]]:
    return [each for test in _load(path)["tests"] for each in test.get("list_users") or ()]
