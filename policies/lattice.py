"""The order of labels: which is more restrictive, and the least restrictive one that is at least as restrictive as several.

Guarantees, wherever `join` gives an answer: it is the least upper bound under `dominates`, whatever the order and grouping of
the arguments, and its text parses back to it. It gives none (BadLabel) where no label says it: statuses differ, no purpose is
left, a reserved community would stand beside another, the text would be too long, or one text would have to give a
marking a level nobody gave it (BE:SECRET with NATO:NONE would invent NATO SECRET: equivalences never re-mark). It gives no
protection against a mosaic of many records.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from protocol.errors import BadLabel
from protocol.ids import NodeId
from protocol.label import Clauses, Label, Level, Tlp, minimal, named_node


def dominates(high: Label, low: Label) -> bool:
    """Whether `high` is at least as restrictive as `low` in every part: whoever reads `high` may read `low`."""
    return not lower_in(high, low)


def lower_in(high: Label, low: Label) -> str:
    """The first part in which `high` does not dominate `low`: "level", "COMP", "AUD", …; "" where it dominates."""
    return next((part for part, holds in _parts(high, low) if not holds), "")


def freed_in(label: Label, previous: Label) -> str:
    """The first part by which whoever reads `previous` reads `label` under less: "" where there is none, whatever else got stricter.

    Who reads it is another question: audience, countries and recipients are judged by whom they let in. Of the TLP leaving RED counts,
    which is for named people; below it a smaller audience may take it further within.
    """
    red = previous.tlp is Tlp.RED and label.tlp is not Tlp.RED
    judged = {"AUD", "CTRY", "TO"} | (set() if red else {"TLP"})
    return next((part for part, holds in _parts(label, previous) if not holds and part not in judged), "")


def _parts(high: Label, low: Label) -> Iterator[tuple[str, bool]]:
    yield "policy", low.policies <= high.policies
    yield "level", low.level <= high.level
    yield "TLP", low.tlp <= high.tlp
    yield "COMP", low.compartments <= high.compartments
    yield "AUD", _stricter(high.audience, low.audience)
    yield "CTRY", _stricter(high.countries, low.countries)
    yield "TO", _stricter(high.recipients, low.recipients)
    yield "PURPOSE", _fewer(high.purposes, low.purposes)
    yield "CAVEAT", low.caveats <= high.caveats
    yield "STATUS", low.status == high.status


def answering(label: Label, origin: NodeId) -> Label:
    """The least label of an answer to a record of `origin`: for the origin by name, and within it for whom the record names there.

    Whom the record names elsewhere is not asked for: they read the record, and the answer is not theirs.
    """
    alone = frozenset({f"node:{origin}"})
    there = (frozenset(r for r in clause if named_node(r) == origin) for clause in label.recipients)
    return replace(label, recipients=minimal(clause for clause in (alone, *there) if clause))


def join(label: Label, *others: Label) -> Label:
    """The least label that dominates all of these. Raises BadLabel where there is none."""
    labels = (label, *others)
    return Label(
        policies=frozenset().union(*(x.policies for x in labels)),
        level=_level(labels),
        tlp=max(x.tlp for x in labels),
        audience=minimal(clause for x in labels for clause in x.audience),
        compartments=frozenset().union(*(x.compartments for x in labels)),
        countries=minimal(clause for x in labels for clause in x.countries),
        recipients=minimal(clause for x in labels for clause in x.recipients),
        purposes=_purposes(labels),
        caveats=frozenset().union(*(x.caveats for x in labels)),
        status=_status(labels),
    )


def joinable(label: Label, *others: Label) -> Label | None:
    """The join, or None where there is none."""
    try:
        return join(label, *others)
    except BadLabel:
        return None


def _stricter(high: Clauses, low: Clauses) -> bool:
    return all(any(strict <= clause for strict in high) for clause in low)


def _fewer(high: frozenset[str] | None, low: frozenset[str] | None) -> bool:
    return low is None or (high is not None and high <= low)


def _level(labels: tuple[Label, ...]) -> Level:
    """The highest, if every marking has it from a label of its own."""
    highest = max(x.level for x in labels)
    marked = frozenset().union(*(x.policies for x in labels if x.level == highest))
    if any(not x.policies <= marked for x in labels):
        raise BadLabel(
            "one level for every policy marking: the levels of these labels differ", where="policy"
        )
    return highest


def _purposes(labels: tuple[Label, ...]) -> frozenset[str] | None:
    restricted = [x.purposes for x in labels if x.purposes is not None]
    return frozenset.intersection(*restricted) if restricted else None


def _status(labels: tuple[Label, ...]) -> str:
    if len({x.status for x in labels}) > 1:
        raise BadLabel("exercise, test and operations do not mix", where="STATUS")
    return labels[0].status
