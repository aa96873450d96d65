"""Hypothesis strategies for labels, readers and registers over a small world, so that orders and overlaps are frequent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from policies.clearance import Reader
from protocol.errors import BadLabel
from protocol.ids import NodeId
from protocol.label import CAVEATS, PURPOSES, Clauses, Label, Level, Tlp, minimal
from protocol.members import Levels, Standing

COMMUNITIES = ("aa", "bb", "cc")
COUNTRIES = ("BE", "NL")
COMPARTMENTS = ("DRUGS", "X1")
RECIPIENTS = ("node:port-a", "role:port-a/pfso", "officer:port-b/00000000-0000-4000-8000-000000000001")
SOME_PURPOSES = tuple(sorted(PURPOSES))[:3]

_FIND = (Phase.explicit, Phase.generate)


def clauses(items: Sequence[str], *, least: int = 0) -> st.SearchStrategy[Clauses]:
    """An antichain of clauses."""
    clause = st.frozensets(st.sampled_from(items), min_size=1)
    return st.frozensets(clause, min_size=least, max_size=3).map(minimal)


@st.composite
def labels(draw: st.DrawFn) -> Label:
    """A well-formed label that is not of a reserved community."""
    tlp = draw(st.sampled_from(Tlp))
    return Label(
        policies=draw(st.frozensets(st.sampled_from(["BE", "EU", "NATO"]), min_size=1)),
        level=draw(st.sampled_from(Level)),
        tlp=tlp,
        audience=draw(clauses(COMMUNITIES, least=1)),
        compartments=draw(st.frozensets(st.sampled_from(COMPARTMENTS))),
        countries=draw(clauses(COUNTRIES)),
        recipients=draw(clauses(RECIPIENTS, least=1 if tlp is Tlp.RED else 0)),
        purposes=draw(st.none() | st.frozensets(st.sampled_from(SOME_PURPOSES), min_size=1)),
        caveats=draw(st.frozensets(st.sampled_from(sorted(CAVEATS)), max_size=2)),
        status=draw(st.sampled_from(["", "", "", "exercise"])),
    )


@st.composite
def higher(draw: st.DrawFn, low: Label) -> Label:
    """A label that dominates `low`, made by restricting it part by part."""
    level = draw(st.sampled_from([x for x in Level if x >= low.level]))
    tlp = draw(st.sampled_from([x for x in Tlp if x >= low.tlp]))
    extra = draw(labels())
    purposes = low.purposes if low.purposes is not None else extra.purposes
    kept = draw(st.frozensets(st.sampled_from(sorted(purposes)), min_size=1)) if purposes else None
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


def levels() -> st.SearchStrategy[Levels]:
    return st.dictionaries(st.sampled_from(["BE", "EU", "NATO"]), st.sampled_from(Level))


@st.composite
def readers(draw: st.DrawFn, *, standings: Sequence[Standing] = tuple(Standing)) -> Reader:
    """A reader who often may; with one `standings`, of that standing in every community they are in."""
    mostly = st.sampled_from([Level.TOP_SECRET, Level.SECRET, Level.NONE])
    return Reader(
        node=NodeId("port-a"),
        country=draw(st.sampled_from(COUNTRIES)),
        organisation_countries=draw(st.frozensets(st.sampled_from(COUNTRIES), min_size=1)),
        ceiling=draw(st.fixed_dictionaries({"BE": mostly}, optional={"EU": mostly, "NATO": mostly})),
        memberships=draw(
            st.dictionaries(st.sampled_from(COMMUNITIES), st.sampled_from(standings), min_size=1)
        ),
        recipients=draw(st.frozensets(st.sampled_from(RECIPIENTS))),
        purposes=draw(st.frozensets(st.sampled_from(SOME_PURPOSES), min_size=1)),
        clearance=draw(st.fixed_dictionaries({}, optional={"BE": mostly, "EU": mostly, "NATO": mostly})),
        compartments=draw(st.frozensets(st.sampled_from(COMPARTMENTS))),
        regimes=draw(st.sampled_from([frozenset({"gdpr"}), frozenset({"gdpr", "judicial"})])),
        roles=draw(st.sampled_from([frozenset[str](), frozenset({"police"})])),
        partner=draw(st.sampled_from([False, False, True])),
    )


def well_formed(make: Callable[[], Label]) -> Label | None:
    """What `make` gives, or None where it gives no label."""
    try:
        return make()
    except BadLabel:
        return None


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
