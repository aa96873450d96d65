"""Hypothesis strategies for whole registers, as the JSON that is signed, and for labels over their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import registers
from hypothesis import strategies as st
from label_strategies import antichains, subsets

from protocol.ids import NodeId, UnixMs
from protocol.label import CAVEATS, Label, Level, Tlp, audit_label, control_label
from protocol.register import Register, build_register

VERSION = 9
DAY = 86_400_000
ENDS = "2027-01-15"
NOW = UnixMs(1_800_000_000_000)
"""2027-01-15, 08:00 UTC: what ends on that day has ended."""
TIMES = [UnixMs(NOW - DAY), NOW]

NODES = {"port-a": ("port-a", "port-a--gate"), "port-b": ("port-b",), "police-c": ("police-c",)}
PLAIN = {name: registers.node(name, []) for names in NODES.values() for name in names}
COMMUNITIES = ("aa", "bb", "cc")
DUTY = ("pfso", "watch")
LEVELS = ("NONE", "NONE", "RESTRICTED", "SECRET")
OFFICER = "00000000-0000-4000-8000-000000000001"
Board = dict[str, Any]
Files = dict[str, list[dict[str, Any]]]


def often(value: Any, *others: Any) -> st.SearchStrategy[Any]:
    """The first, three times out of four: a register in which everything is missing refuses everything alike."""
    return st.sampled_from([value] * 3 * len(others) + list(others))


def some(*items: str, least: int = 0) -> st.SearchStrategy[list[str]]:
    return st.sampled_from([sorted(s) for s in subsets(items, least=least)])


@st.composite
def _levels(draw: st.DrawFn) -> dict[str, str]:
    held = {"BE": draw(st.sampled_from(LEVELS)), "EU": draw(often(None, *LEVELS[1:]))}
    return {mark: level for mark, level in held.items() if level is not None and draw(often(True, False))}


@st.composite
def _rights(draw: st.DrawFn) -> dict[str, Any]:
    """What stands in a grant and in a claim alike."""
    return {
        "level": draw(_levels()),
        "compartments": draw(st.sampled_from([["DRUGS"], ["DRUGS", "X1"], []])),
        "regimes": draw(often(["gdpr", "judicial"], ["gdpr"], ["led"])),
    }


@st.composite
def _organisation(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "name": "One",
        "kinds": draw(often(["authority", "gateway", "partner", "port"], ["port"], ["partner"])),
        "countries": draw(often(["BE", "NL"], ["BE"], ["NL"])),
        "rights": draw(often(["bans", "security_level"], ["bans"], [])),
        "nodes": draw(often(2, 1, 0)),
        **draw(_rights()),
        **draw(often({}, {"withdrawn_until": "2029-06-30"}, {"withdrawn_until": ENDS})),
    }


@st.composite
def _node(draw: st.DrawFn, name: str) -> dict[str, Any]:
    places = {"BE": registers.site("here", "BEANR"), "NL": registers.site("there", "NLVLI")}
    approval = {"number": "1", "issuer": "nsa", "expires": draw(often("2029-06-30", ENDS))}
    return {
        **PLAIN[name],
        "sites": [places[c] for c in draw(some("BE", "NL", least=1))],
        "kind": draw(st.sampled_from(["port", "port", "authority", "partner", "gateway"])),
        "roles": draw(some(*DUTY)),
        **draw(_rights()),
        **draw(often({"approval": approval}, {})),
    }


@st.composite
def _community(draw: st.DrawFn) -> dict[str, Any]:
    since = st.sampled_from([1, 1, 1, 5])
    members = {name: draw(since) for name in draw(some(*NODES, least=1))}
    clients = {name: draw(since) for name in draw(some(*NODES))}
    mine = [n for name in {**members, **clients} for n in NODES[name] if draw(often(True, False))]
    return {"title": "T", "steward": "port-a", "members": members, "clients": clients, "serving": mine}


@st.composite
def signed(draw: st.DrawFn) -> tuple[Board, Files]:
    """The board's data and the organisations' nodes; every organisation and every name exists, and may be given little."""
    board = {
        "rules": 1,
        "status": "demo",
        "policy": draw(often("BE", "EU")),
        "organisations": {name: draw(_organisation()) for name in NODES},
        "communities": {name: draw(_community()) for name in COMMUNITIES[:2]},
        "vocabulary": {"compartments": ["DRUGS"], "roles": list(DUTY)},
        "retention": draw(
            st.dictionaries(
                st.sampled_from(["alert_unconfirmed", "alert_confirmed", "notice", "port_ban_after_end"]),
                st.sampled_from(["30d", "1y", "72h"]),
            )
        ),
    }
    return board, {name: [draw(_node(n)) for n in nodes] for name, nodes in NODES.items()}


def built(board: Mapping[str, Any], files: Files) -> Register:
    return build_register(board, files, version=VERSION, hash=bytes(32), expires_ms=UnixMs(registers.EXPIRES))


RECIPIENTS = (
    "node:port-a", "node:port-b", "node:police-c", "role:port-a/pfso", "role:port-b/watch", "role:police-c/pfso",
    f"officer:port-b/{OFFICER}", "node:port-a--gate", "node:port-z",
)  # fmt: skip
ALONE = [frozenset({frozenset({r})}) for r in RECIPIENTS]
OF_TWO = [frozenset({frozenset({a, b})}) for a in RECIPIENTS for b in RECIPIENTS if a < b]
BOTH = [frozenset({frozenset({a}), frozenset({b})}) for a in RECIPIENTS for b in RECIPIENTS if a < b]
NOBODY = frozenset[frozenset[str]]()
SIMPLE = [frozenset({frozenset({"aa"})}), frozenset({frozenset({"aa", "bb"})})]
CAVEAT = [*(frozenset({c}) for c in sorted(CAVEATS)), frozenset({"NO-EXPORT", "PERSONAL"})]


@st.composite
def open_labels(draw: st.DrawFn) -> Label:
    """A label that is not reserved, over names of which some do not exist (`cc`, `X1`, port-z)."""
    tlp = draw(often(Tlp.GREEN, *Tlp))
    named = st.sampled_from([*ALONE * 4, *OF_TWO, *BOTH])
    return Label(
        policies=frozenset(draw(often(["BE"], ["EU"], ["BE", "EU"], ["NATO"]))),
        level=draw(often(Level.NONE, Level.RESTRICTED, Level.SECRET)),
        tlp=tlp,
        audience=draw(st.sampled_from([*SIMPLE * 5, *antichains(COMMUNITIES, least=1)])),
        compartments=frozenset(draw(often([], ["DRUGS"], ["X1"]))),
        countries=draw(often(frozenset(), *antichains(("BE", "NL"), least=1))),
        recipients=draw(named) if tlp is Tlp.RED or draw(often(False, True)) else NOBODY,
        purposes=draw(often(None, frozenset({"crisis"}), frozenset({"learning"}))),
        caveats=draw(often(frozenset(), *CAVEAT)),
        status=draw(often("", "exercise")),
    )


@st.composite
def handled(draw: st.DrawFn) -> Label:
    """A label that restricts little else, so that the last lines of the tables are reached."""
    caveats = draw(st.sampled_from([frozenset(), *CAVEAT, CAVEAT[-1], CAVEAT[-1]]))
    return Label(
        policies=frozenset({"BE"}),
        level=Level.NONE if caveats else draw(st.sampled_from([Level.NONE, Level.RESTRICTED])),
        tlp=Tlp.GREEN,
        audience=draw(st.sampled_from(SIMPLE)),
        compartments=frozenset() if caveats else draw(st.sampled_from(subsets(["DRUGS"]))),
        caveats=caveats,
        status=draw(st.sampled_from(["", "exercise"])),
    )


RESERVED = [
    make(policy, NodeId(node))
    for make in (audit_label, control_label)
    for policy in ("BE", "EU")
    for node in PLAIN
]


def any_labels() -> st.SearchStrategy[Label]:
    """Also of control and audit feeds."""
    return st.one_of(open_labels(), handled(), handled(), st.sampled_from(RESERVED))
