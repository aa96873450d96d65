"""Whatever is written through the engine, communities stay a hierarchy: no cycle, no more levels than a question can follow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import tuple_rules
from policies.embedded import Embedded
from policies.fga_model import shipped
from policies.relations import BadTuple, Tuple
from policies.tuple_rules import ANCESTORS_MAX
from policies.tuples import MemoryTuples

NUMBERS = st.integers(0, 11)
POINTERS = st.builds(
    lambda child, parent: Tuple(f"community:{parent}", "parent", f"community:{child}"), NUMBERS, NUMBERS
)
WRITES = st.lists(st.tuples(st.lists(POINTERS, max_size=4), st.lists(POINTERS, max_size=2)), max_size=30)
Write = tuple[list[Tuple], list[Tuple]]


def _levels_after(writes: list[Write]) -> int:
    """The longest way up after all writes that were not refused; more than there are communities means a cycle."""
    relations = Embedded(model=shipped(), tuples=MemoryTuples())
    for add, remove in writes:
        try:
            relations.write(add, remove)
        except BadTuple:
            continue
    level, count = {f"community:{n}" for n in range(12)}, 0
    while level and count <= 12:
        level = {each.user for obj in level for each in relations.read(obj, "parent")}
        count += 1
    return count - 1


@given(WRITES)
def test_communities_stay_a_hierarchy(writes: list[Write]) -> None:
    assert _levels_after(writes) <= ANCESTORS_MAX


def test_without_the_rule_there_are_cycles(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault planted: the same writes with the rule taken out."""
    loop: list[Write] = [
        ([Tuple("community:1", "parent", "community:0")], []),
        ([Tuple("community:0", "parent", "community:1")], []),
    ]
    assert _levels_after(loop) == 1
    monkeypatch.setattr(tuple_rules, "check_no_cycle", lambda *_: None)
    assert _levels_after(loop) > ANCESTORS_MAX
