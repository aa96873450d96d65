"""Hypothesis strategies for labels, readers and registers over a small world, so that orders and overlaps are frequent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from policies.clearance import Reader
from protocol.ids import NodeId
from protocol.label import CAVEATS, PURPOSES, Clauses, Label, Level, Tlp, minimal
from protocol.members import Standing

COMMUNITIES = ("aa", "bb", "cc")
COUNTRIES = ("BE", "NL")
COMPARTMENTS = ("DRUGS", "X1")
RECIPIENTS = ("node:port-a", "role:port-a/pfso", "officer:port-b/00000000-0000-4000-8000-000000000001")
SOME_PURPOSES = tuple(sorted(PURPOSES))[:3]

_FIND = (Phase.explicit, Phase.generate)


def subsets(items: Sequence[str], *, least: int = 0, most: int = 3) -> list[frozenset[str]]:
    """All of them, smallest first."""
    sizes = range(least, min(most, len(items)) + 1)
    return [frozenset(chosen) for size in sizes for chosen in combinations(items, size)]


def antichains(items: Sequence[str], *, least: int = 0) -> list[Clauses]:
    """All sets of at most three clauses of which none contains another."""
    every = subsets(items, least=1)
    chosen = (frozenset(c) for size in range(least, 4) for c in combinations(every, size))
    return [c for c in chosen if minimal(c) == c]


AUDIENCE = st.sampled_from(antichains(COMMUNITIES, least=1))
COUNTRY = st.sampled_from(antichains(COUNTRIES))
TO = st.sampled_from(antichains(RECIPIENTS))
TO_SOMEBODY = st.sampled_from(antichains(RECIPIENTS, least=1))
MARKINGS = st.sampled_from(subsets(("BE", "EU", "NATO"), least=1))
READ_INTO = st.sampled_from(subsets(COMPARTMENTS))
SOME = st.sampled_from(subsets(SOME_PURPOSES, least=1))
HANDLING = st.sampled_from(subsets(sorted(CAVEATS), most=2))
"""One draw a part instead of one an item: Hypothesis is several times faster, and still shrinks to the smallest."""


@st.composite
def labels(draw: st.DrawFn) -> Label:
    """A well-formed label that is not of a reserved community."""
    tlp = draw(st.sampled_from(Tlp))
    return Label(
        policies=draw(MARKINGS),
        level=draw(st.sampled_from(Level)),
        tlp=tlp,
        audience=draw(AUDIENCE),
        compartments=draw(READ_INTO),
        countries=draw(COUNTRY),
        recipients=draw(TO_SOMEBODY if tlp is Tlp.RED else TO),
        purposes=draw(st.none() | SOME),
        caveats=draw(HANDLING),
        status=draw(st.sampled_from(["", "", "", "exercise"])),
    )


@st.composite
def higher(draw: st.DrawFn, low: Label) -> Label:
    """A label that dominates `low`, made by restricting it part by part."""
    level = draw(st.sampled_from([x for x in Level if x >= low.level]))
    tlp = draw(st.sampled_from([x for x in Tlp if x >= low.tlp]))
    extra = draw(labels())
    purposes = low.purposes if low.purposes is not None else extra.purposes
    kept = (purposes & draw(SOME) or purposes) if purposes else None
    recipients = minimal([*low.recipients, *extra.recipients])
    if tlp is Tlp.RED and not recipients:
        recipients = frozenset({frozenset({RECIPIENTS[0]})})
    return replace(
        low,
        policies=low.policies | extra.policies,
        level=level,
        tlp=tlp,
        audience=minimal([*low.audience, *extra.audience]),
        compartments=low.compartments | extra.compartments,
        countries=minimal([*low.countries, *extra.countries]),
        recipients=recipients,
        purposes=kept,
        caveats=low.caveats | extra.caveats,
    )


MOSTLY = [Level.TOP_SECRET, Level.SECRET, Level.NONE]
CEILINGS = [
    {p: x for p, x in zip(("BE", "EU", "NATO"), tops, strict=True) if x is not None}
    for tops in product(MOSTLY, [*MOSTLY, None], [*MOSTLY, None])
]


@st.composite
def readers(draw: st.DrawFn, *, standings: Sequence[Standing] = tuple(Standing)) -> Reader:
    """A reader who often may; with one `standings`, of that standing in every community they are in."""
    own = draw(st.sampled_from(subsets(COMMUNITIES, least=1)))
    return Reader(
        node=NodeId("port-a"),
        country=draw(st.sampled_from(COUNTRIES)),
        organisation_countries=draw(st.sampled_from(subsets(COUNTRIES, least=1))),
        ceiling=draw(st.sampled_from(CEILINGS)),
        memberships={c: draw(st.sampled_from(standings)) for c in sorted(own)},
        recipients=draw(st.sampled_from(subsets(RECIPIENTS))),
        purposes=draw(SOME),
        clearance=draw(st.sampled_from(CEILINGS)),
        compartments=draw(READ_INTO),
        regimes=draw(st.sampled_from([frozenset({"gdpr"}), frozenset({"gdpr", "judicial"})])),
        roles=draw(st.sampled_from([frozenset[str](), frozenset({"police"})])),
        partner=draw(st.sampled_from([False, False, True])),
    )


def catches(check: Callable[..., None], *strategies: st.SearchStrategy[Any], examples: int = 2000) -> None:
    """Asserts that the check fails somewhere: for a planted fault. Deterministic, so that it never flickers."""
    quiet = settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        report_multiple_bugs=False,
        deadline=None,
        phases=_FIND,
    )
    with pytest.raises(AssertionError):
        quiet(given(*strategies)(check))()


def with_fault(check: Callable[..., None], **fault: object) -> Callable[[tuple[Any, ...]], None]:
    """The check of one case, a tuple of its arguments, over a broken double."""

    def broken(case: tuple[Any, ...]) -> None:
        check(*case, **fault)

    return broken
