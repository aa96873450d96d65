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
from mutants import answer, same_function, touching, widened, with_relation

from policies.embedded import Embedded
from policies.fga_model import Exclusion, Intersection, Model, Rewrite, Union, shipped
from policies.tuples import MemoryTuples
from policies.walk import Walk

FGA_SOURCE = ROOT / "policies" / "model.fga"
by_file = pytest.mark.parametrize("path", scenarios.FILES, ids=lambda path: path.name.partition(".")[0])


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
    ours = [answer(shipped(), tuples, each) for each in asked]
    real = verdicts(path)
    wrong = [(each, said) for each, said in zip(asked, ours, strict=True) if said is not each.expected]
    print(f"{path.name}: embedded {len(asked) - len(wrong)} of {len(asked)} checks; fga: {summary(path)}")
    assert wrong == []
    # `fga` groups a check's assertions in an order of its own.
    assert sorted((v.user, v.relation, v.object, str(v.got)) for v in real) == sorted(
        (each.user, each.relation, each.object, str(said)) for each, said in zip(asked, ours, strict=True)
    )


def test_lists_of_the_scenarios_hold() -> None:
    tuples = MemoryTuples(scenarios.people())
    about, counted = {each.object for each in scenarios.people()}, 0
    for each in [each for path in scenarios.FILES for each in scenarios.lists(path)]:
        walk = Walk(shipped(), tuples, each["user"], each["context"])
        for relation, expected in each["assertions"].items():
            found = scenarios.list_objects(
                shipped(), walk, relation=relation, of_type=each["type"], candidates=about
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


def _weaker_conditions(model: Model) -> Iterator[tuple[Model, str]]:
    """The model with one conjunct of one condition made true."""
    for name, condition in model.conditions.items():
        conjuncts = condition.program.source.split("&&")
        for index in range(len(conjuncts)):
            source = "&&".join([*conjuncts[:index], *conjuncts[index + 1 :], "true"])
            weaker = replace(condition, program=cel.compile(source))
            conditions = MappingProxyType({**model.conditions, name: weaker})
            yield replace(model, conditions=conditions), f"{name}: {conjuncts[index].strip()}"


def test_the_scenarios_notice_every_clause_that_is_dropped() -> None:
    tuples = MemoryTuples(scenarios.people())
    everything = [each for path in scenarios.FILES for each in scenarios.checks(path)]
    looked = touching(everything, tuples)
    survived: list[str] = []
    tried = 0
    for weaker_model, name in _weaker_conditions(shipped()):
        tried += 1
        if all(answer(weaker_model, tuples, each) is each.expected for each in everything):
            survived.append(name)
    for of_type, relations in shipped().types.items():
        for name, relation in relations.items():
            for weaker in _weakenings(relation.rewrite):
                tried += 1
                model = with_relation(shipped(), of_type, replace(relation, rewrite=weaker))
                if all(
                    answer(model, tuples, each) is each.expected for each in looked.get((of_type, name), ())
                ):
                    survived.append(f"{of_type}#{name}: {weaker}")
    print(f"{tried - len(survived)} of {tried} dropped clauses are noticed")
    assert survived == []


def _added_unnoticed(files: list[Path], only: str = "") -> tuple[int, int, list[str]]:
    """How many operands were added, how many of these change nothing at all, and which of the others no scenario notices."""
    tuples = MemoryTuples(scenarios.people())
    looked = touching([each for path in files for each in scenarios.checks(path)], tuples)
    tried, nothing, survived = 0, 0, list[str]()
    for of_type, relations in shipped().types.items():
        for name, relation in relations.items():
            if only not in {"", name}:
                continue
            for wider, role in widened(of_type, relation):
                tried += 1
                changed = replace(relation, rewrite=wider)
                model = with_relation(shipped(), of_type, changed)
                if any(
                    answer(model, tuples, each) is not each.expected
                    for each in looked.get((of_type, name), ())
                ):
                    continue
                if same_function(of_type, relation, changed):
                    nothing += 1
                else:
                    survived.append(f"{of_type}#{name} + {role}: {wider}")
    return tried, nothing, survived


def test_the_scenarios_notice_every_role_that_is_added() -> None:
    """At every place where a role could stand; but for what is proven to change nothing, as a role that is taken away again."""
    tried, nothing, survived = _added_unnoticed(scenarios.FILES)
    print(
        f"{tried} roles added: {tried - nothing - len(survived)} noticed, {nothing} proven to change nothing"
    )
    assert survived == []
    assert tried > 500
    assert nothing < 60


def test_without_the_matrix_some_added_roles_go_unnoticed() -> None:
    """The fault planted: scenarios that ask less."""
    fewer = [path for path in scenarios.FILES if "matrix" not in path.name]
    _, _, survived = _added_unnoticed(fewer, "duty_approver")
    assert any(one.startswith("node#duty_approver + administrator") for one in survived)


def test_the_proof_tells_what_differs_from_what_does_not() -> None:
    node, case = shipped().types["node"], shipped().types["case"]
    wider = {role: rewrite for rewrite, role in widened("node", node["duty_approver"])}
    changed = replace(node["duty_approver"], rewrite=wider["administrator"])
    assert not same_function("node", node["duty_approver"], changed)
    same = {role: rewrite for rewrite, role in widened("case", case["can_read"])}
    assert same_function("case", case["can_read"], replace(case["can_read"], rewrite=same["read_out"]))
