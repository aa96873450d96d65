"""The labels under which a question and its answer go: nothing of the draft's own label is left out, and one node reads each.

The texts are made once more by themselves, as `docs/protocol.md` says it.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from label_strategies import labels

from policies import second
from policies.lattice import dominates
from protocol.ids import NodeId
from protocol.label import Label, Tlp, minimal, parse

HERE, THERE = NodeId("port-a"), NodeId("port-c")


def written(text: str, add: str, *, only: str = "") -> str:
    """RED, and TO with this clause; `only`: of the others what is at that node."""
    parts = text.split("//")
    clauses = next((part[3:].split(" & ") for part in parts if part.startswith("TO ")), [])
    if only:
        clauses = [
            ",".join(name for name in clause.split(",") if name.split(":")[1].split("/")[0] == only)
            for clause in clauses
        ]
    sets = {frozenset(clause.split(",")) for clause in [*clauses, add] if clause}
    kept = sorted(",".join(sorted(one)) for one in sets if not any(other < one for other in sets))
    order = ["COMP ", "AUD ", "CTRY ", "TO ", "PURPOSE ", "CAVEAT ", "STATUS "]
    rest = {name: part for part in parts[2:] for name in order if part.startswith(name)}
    rest["TO "] = "TO " + " & ".join(kept)
    return "//".join([parts[0], "TLP:RED", *(rest[name] for name in order if name in rest)])


@given(labels())
def test_a_question_is_at_least_as_strict_as_its_draft_and_for_one_node(label: Label) -> None:
    made = second.sealed(label, THERE)
    assert dominates(made, label)
    assert made.tlp is Tlp.RED
    assert frozenset({f"node:{THERE}"}) in made.recipients
    assert made.text == written(label.text, f"node:{THERE}")
    assert parse(made.text) == made


@given(labels())
def test_an_answer_is_as_strict_but_for_whom_it_goes_to(label: Label) -> None:
    made = second.back(label, HERE, THERE)
    assert frozenset({f"node:{HERE}"}) in made.recipients
    bare = replace(label, recipients=frozenset({frozenset({f"node:{HERE}"})}), tlp=Tlp.RED)
    assert dominates(made, bare)
    assert made.text == written(second.sealed(label, THERE).text, f"node:{HERE}", only=HERE)


def test_a_label_that_leaves_something_out_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(label: Label, node: NodeId) -> Label:
        return replace(label, tlp=Tlp.RED, recipients=minimal([frozenset({f"node:{node}"})]))

    monkeypatch.setattr(second, "sealed", careless)
    with pytest.raises(AssertionError):
        test_a_question_is_at_least_as_strict_as_its_draft_and_for_one_node()
