"""All three say the same: the embedded engine, a real OpenFGA server, and the engine inside `fga model test`.

On every scenario of the model, and on the seeded random worlds of `test_relations_agree.py`, in which the first two are held against
each other here and the first and the third there.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import openfga_here
import pytest
import scenarios
from fga_cli import to_json

from node.openfga_calls import Calls, Place

pytestmark = pytest.mark.engines
SEEDS = range(1, 9)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with openfga_here.server() as found:
        yield found


def _worlds() -> ModuleType:
    path = Path(__file__).parents[1] / "property" / "test_relations_agree.py"
    spec = importlib.util.spec_from_file_location("random_worlds", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["random_worlds"] = module
    spec.loader.exec_module(module)
    return module


def test_a_real_server_says_what_every_scenario_expects(url: str) -> None:
    calls = Calls(openfga_here.installed(url))
    openfga_here.filled(calls, scenarios.people())
    asked = [each for path in scenarios.FILES for each in scenarios.checks(path)]
    said = openfga_here.answers(calls, [(e.user, e.relation, e.object, e.context) for e in asked])
    calls.close()
    wrong = [(each, got) for each, got in zip(asked, said, strict=True) if got is not each.expected]
    print(f"real server: {len(asked) - len(wrong)} of {len(asked)} checks")
    assert wrong == []


def test_a_real_server_grants_the_same_in_random_worlds(url: str) -> None:
    worlds, counted = _worlds(), 0
    bare = Calls(Place(url=url))
    for seed in SEEDS:
        world = worlds._world(seed)
        place = Place(url=url, store=bare.make_store(f"world {seed}"), timeout_ms=10_000)
        making = Calls(place)
        calls = Calls(
            Place(
                url=url,
                store=place.store,
                model=making.make_model(json.loads(to_json(world.dsl))),
                timeout_ms=10_000,
            )
        )
        openfga_here.filled(calls, world.tuples)
        ours = world.ours(world.model())
        said = openfga_here.answers(
            calls, [(user, relation, obj, world.context) for user, relation, obj in ours]
        )
        for one in (making, calls):
            one.close()
        differ = {
            question: (ours[question], got)
            for question, got in zip(ours, said, strict=True)
            if ours[question] != got and not (got is None and isinstance(ours[question], str))
        }
        assert differ == {}, f"seed {seed}: {world.dsl}"
        counted += len(ours)
    bare.close()
    print(f"real server: {counted} questions in {len(SEEDS)} random worlds")
    assert counted > 500
