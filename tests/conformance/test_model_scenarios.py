"""The product's own authorization model: generated JSON, scenarios, and that the scenarios notice weakenings.

Two engines answer each scenario: ours, and the real one inside `fga model test`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import cel
import pytest
import scenarios
from fga_cli import summary, to_json, verdicts
from locations import ROOT
from scenarios import Scenario

from policies.embedded import Embedded, check_question, list_objects
from policies.fga_model import Exclusion, Intersection, Model, Relation, Rewrite, Union, shipped
from policies.relations import RelationsError
from policies.tuples import MemoryTuples
from policies.walk import Walk

FGA_SOURCE = ROOT / "policies" / "model.fga"
by_file = pytest.mark.parametrize("path", scenarios.FILES, ids=lambda path: path.name.partition(".")[0])


def _answer(model: Model, tuples: MemoryTuples, asked: Scenario) -> bool | str:
    try:
        check_question(model, asked.user, asked.relation, asked.object)
        return Walk(model, tuples, asked.user, asked.context).ask(asked.object, asked.relation)
    except RelationsError as error:
        return str(error)


def test_model_json_is_what_the_dsl_says() -> None:
    """Regenerate: `fga model transform --file policies/model.fga`, then indent by one and sort keys."""
    generated = json.loads(to_json(FGA_SOURCE.read_text()))
    assert (ROOT / "policies" / "model.json").read_text() == json.dumps(
        generated, indent=1, sort_keys=True
    ) + "\n"


@by_file
def test_each_scenario_holds_and_the_real_engine_says_the_same(path: Path) -> None:
    asked = scenarios.checks(path)
    tuples = MemoryTuples(scenarios.people())
    ours = [_answer(shipped(), tuples, each) for each in asked]
    real = verdicts(path)
    wrong = [(each, answer) for each, answer in zip(asked, ours, strict=True) if answer is not each.expected]
    print(f"{path.name}: embedded {len(asked) - len(wrong)} of {len(asked)} checks; fga: {summary(path)}")
    assert wrong == []
    # `fga` groups a check's assertions in an order of its own.
    assert sorted((v.user, v.relation, v.object, str(v.got)) for v in real) == sorted(
        (each.user, each.relation, each.object, str(answer)) for each, answer in zip(asked, ours, strict=True)
    )


def test_lists_of_the_scenarios_hold() -> None:
    tuples = MemoryTuples(scenarios.people())
    counted = 0
    for each in [each for path in scenarios.FILES for each in scenarios.lists(path)]:
        walk = Walk(shipped(), tuples, each["user"], each["context"])
        for relation, expected in each["assertions"].items():
            found = list_objects(
                shipped(), walk, relation=relation, of_type=each["type"], candidates=tuples.objects()
            )
            assert sorted(found) == sorted(expected)
            counted += 1
    users = {
        each.user for each in scenarios.people() if each.user.startswith("user:") and each.user != "user:*"
    }
    for each in [each for path in scenarios.FILES for each in scenarios.list_users(path)]:
        for relation, expected in each["assertions"].items():
            may = {
                u for u in users if Walk(shipped(), tuples, u, each["context"]).ask(each["object"], relation)
            }
            assert may == set(expected["users"])
            counted += 1
    print(f"{counted} lists")
    assert counted == 7


def test_all_scenarios_are_here() -> None:
    asked = [each for path in scenarios.FILES for each in scenarios.checks(path)]
    denials = sum(not each.expected for each in asked)
    print(f"{len(asked)} checks, {denials} of them denials")
    assert len(asked) >= 1632
    assert denials >= 1407


def test_the_people_of_the_scenarios_could_be_written() -> None:
    """The write path's rules refuse none of the tuples that the specification itself uses."""
    relations = Embedded(model=shipped(), tuples=MemoryTuples())
    for each in scenarios.people():
        relations.write([each])


# Each weakened clause must break a scenario: the scenarios are the specification.


def _weakenings(rewrite: Rewrite) -> Iterator[Rewrite]:
    """The rewrite with one exclusion dropped, one `and` cut to one side, or one `or` operand dropped."""
    if isinstance(rewrite, Exclusion):
        yield rewrite.base
        yield from (replace(rewrite, base=weaker) for weaker in _weakenings(rewrite.base))
        yield from (replace(rewrite, subtract=weaker) for weaker in _weakenings(rewrite.subtract))
    if isinstance(rewrite, Union | Intersection):
        children = rewrite.children
        for index, child in enumerate(children):
            rest = (*children[:index], *children[index + 1 :])
            yield replace(rewrite, children=rest)
            for weaker in _weakenings(child):
                yield replace(rewrite, children=(*children[:index], weaker, *children[index + 1 :]))


def _with(model: Model, of_type: str, relation: Relation) -> Model:
    own = MappingProxyType({**model.types[of_type], relation.name: relation})
    return replace(model, types=MappingProxyType({**model.types, of_type: own}))


def _weaker_conditions(model: Model) -> Iterator[tuple[Model, str]]:
    """The model with one conjunct of one condition made true."""
    for name, condition in model.conditions.items():
        conjuncts = condition.program.source.split("&&")
        for index in range(len(conjuncts)):
            source = "&&".join([*conjuncts[:index], *conjuncts[index + 1 :], "true"])
            weaker = replace(condition, program=cel.compile(source))
            conditions = MappingProxyType({**model.conditions, name: weaker})
            yield replace(model, conditions=conditions), f"{name}: {conjuncts[index].strip()}"


def _touching(asked: list[Scenario], tuples: MemoryTuples) -> dict[tuple[str, str], list[Scenario]]:
    """For each relation of a type, the scenarios whose answer looked at it: no other can notice its change."""
    found: dict[tuple[str, str], list[Scenario]] = {}
    for each in asked:
        walk = Walk(shipped(), tuples, each.user, each.context)
        try:
            walk.ask(each.object, each.relation)
        except RelationsError:
            continue
        for place in {(obj.partition(":")[0], relation) for obj, relation in walk._seen}:
            found.setdefault(place, []).append(each)
    return found


def test_the_scenarios_notice_every_clause_that_is_dropped() -> None:
    tuples = MemoryTuples(scenarios.people())
    everything = [each for path in scenarios.FILES for each in scenarios.checks(path)]
    touching = _touching(everything, tuples)
    survived: list[str] = []
    tried = 0
    for weaker_model, name in _weaker_conditions(shipped()):
        tried += 1
        if all(_answer(weaker_model, tuples, each) is each.expected for each in everything):
            survived.append(name)
    for of_type, relations in shipped().types.items():
        for name, relation in relations.items():
            for weaker in _weakenings(relation.rewrite):
                tried += 1
                model = _with(shipped(), of_type, replace(relation, rewrite=weaker))
                if all(
                    _answer(model, tuples, each) is each.expected
                    for each in touching.get((of_type, name), ())
                ):
                    survived.append(f"{of_type}#{name}: {weaker}")
    print(f"{tried - len(survived)} of {tried} dropped clauses are noticed")
    assert survived == []
