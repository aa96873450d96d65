"""OpenFGA's own suites (`consolidated_1_1`, `abac`) on the embedded engine: every check and every list of objects.

Stages of a test share a store. Tests of one stage also run with their tuples sent along as contextual ones. Lists are made by
asking about every object that a tuple names; the product never lists, it asks about what its store enumerates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
import scenarios
import yaml
from fga_cli import all_to_json, to_json
from locations import shared

from policies import walk
from policies.embedded import check_question, laid_over
from policies.fga_model import Model, parse_model
from policies.relations import (
    BadQuestion,
    BadTuple,
    Condition,
    RelationsError,
    TooComplex,
    Tuple,
    split_userset,
)
from policies.tuple_rules import check_admitted
from policies.tuples import MemoryTuples
from policies.walk import Walk

SUITES = {"consolidated_1_1_tests.yaml": (360, 270), "abac_tests.yaml": (125, 75)}
Outcome = bool | tuple[str, ...] | int


@dataclass(frozen=True, slots=True)
class Asked:
    """One assertion with everything that it needs."""

    name: str
    model: Model
    stored: tuple[Tuple, ...]
    contextual: tuple[Tuple, ...]
    context: dict[str, object]
    request: dict[str, str]
    expected: Outcome

    def outcome(self) -> Outcome:
        """The answer, or OpenFGA's code of the refusal."""
        try:
            for each in self.contextual:
                check_admitted(self.model, each)
        except BadTuple:
            return 2027
        asking = Walk(
            self.model,
            laid_over(MemoryTuples(self.stored), self.contextual),
            self.request["user"],
            self.context,
        )
        try:
            if "type" in self.request:
                return self._list(asking)
            check_question(self.model, self.request["user"], self.request["relation"], self.request["object"])
            return asking.ask(self.request["object"], self.request["relation"])
        except RelationsError as error:
            return _code(error, listing="type" in self.request)

    def _list(self, asking: Walk) -> tuple[str, ...]:
        named = {
            part
            for each in (*self.stored, *self.contextual)
            for part in (each.object, split_userset(each.user)[0])
        }
        named.add(split_userset(self.request["user"])[0])
        found = scenarios.list_objects(
            self.model,
            asking,
            relation=self.request["relation"],
            of_type=self.request["type"],
            candidates=sorted(each for each in named if not each.endswith(":*")),
        )
        return tuple(found)


def _code(error: RelationsError, *, listing: bool) -> int:
    if isinstance(error, TooComplex):
        return 2002
    if listing and isinstance(error, BadQuestion):
        return {"object": 2021, "relation": 2022}.get(error.where, 2000)
    return 2000


def _tuple(source: dict[str, Any]) -> Tuple:
    condition = source.get("condition")
    held = Condition(condition["name"], condition.get("context") or {}) if condition else None
    return Tuple(source["user"], source["relation"], source["object"], held)


def _tuples(source: Sequence[dict[str, Any]] | None) -> tuple[Tuple, ...]:
    return tuple(_tuple(each) for each in source or ())


@cache
def _suite(name: str) -> list[dict[str, Any]]:
    tests: list[dict[str, Any]] = yaml.load(
        shared(f"conformance/openfga/{name}").read_bytes(), Loader=yaml.CSafeLoader
    )["tests"]
    all_to_json([stage["model"] for test in tests for stage in test["stages"]])
    return tests


def _asked(suite: str, assertions: str, *, as_contextual: bool) -> Iterator[Asked]:
    for test in _suite(suite):
        if as_contextual and len(test["stages"]) > 1:
            continue
        stored: tuple[Tuple, ...] = ()
        for stage in test["stages"]:
            stored += _tuples(stage.get("tuples"))
            model = parse_model(to_json(stage["model"]))
            for each in stage.get(assertions) or ():
                yield _one(test["name"], model, stored, each, as_contextual=as_contextual)


def _one(
    name: str, model: Model, stored: tuple[Tuple, ...], each: dict[str, Any], *, as_contextual: bool
) -> Asked:
    request = each.get("tuple") or each["request"]
    wanted: Outcome = each["errorCode"] if "errorCode" in each else each["expectation"]
    if "errorCode" not in each and "type" in request:
        wanted = tuple(sorted(each["expectation"] or ()))
    contextual = _tuples(each.get("contextualTuples"))
    if as_contextual:
        stored, contextual = (), (*stored, *contextual)
    return Asked(name, model, stored, contextual, each.get("context") or {}, request, wanted)


@pytest.mark.parametrize("as_contextual", [False, True], ids=["stored", "contextual"])
@pytest.mark.parametrize("assertions", ["checkAssertions", "listObjectsAssertions"])
@pytest.mark.parametrize("suite", SUITES)
def test_every_assertion_of_the_suite_holds(suite: str, assertions: str, as_contextual: bool) -> None:
    asked = list(_asked(suite, assertions, as_contextual=as_contextual))
    wrong = [
        (each.name, each.request, each.expected, each.outcome())
        for each in asked
        if each.outcome() != each.expected
    ]
    print(
        f"{suite} {assertions} {'contextual' if as_contextual else 'stored'}: {len(asked) - len(wrong)} of {len(asked)}"
    )
    assert wrong == []
    if not as_contextual:
        assert len(asked) == SUITES[suite][assertions == "listObjectsAssertions"]


def test_the_suites_notice_a_broken_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without `but not`, and with an open question taken for a yes, assertions fail."""
    for name, broken in (
        ("negation", lambda answer: answer),
        ("union", lambda answers: any(a is not False for a in answers)),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(walk, name, broken)
            asked = _asked("consolidated_1_1_tests.yaml", "checkAssertions", as_contextual=False)
            assert sum(each.outcome() != each.expected for each in asked) > 3, name
