"""A reading of docs/protocol.md alone agrees with the product: who may follow a feed, who serves and reads it, what an origin may say."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import registers
from hypothesis import given, settings
from hypothesis import strategies as st
from label_strategies import catches
from locations import ROOT
from register_strategies import (
    DAY,
    DUTY,
    NODES,
    NOW,
    OFFICER,
    TIMES,
    Board,
    Files,
    any_labels,
    built,
    often,
    signed,
    some,
)

from node.commands.entitled import may_serve
from node.commands.judge import BAD_BODY, NOT_ENTITLED, Judge, misnumbered
from node.store.feeds import FeedRole, FeedState
from policies.clearance import may_follow, may_read, reader_at
from policies.competence import may_accept
from policies.decision import Decision, Deny
from protocol.content_type import content_type
from protocol.entry import Entry
from protocol.ids import NodeId, RecordId, UnixMs
from protocol.kinds import known
from protocol.label import Label, Level, parse
from protocol.members import NodeEntry
from protocol.operation import Header, Op
from protocol.register import Register, unknown_names

READER = Path(__file__).with_name("second_policy.py")
EVERYBODY = [NodeId(n) for names in NODES.values() for n in names]
KINDS = ["", "alert", "audit", "port_ban", "security_level", "something-new"]
PUBLISHED = [*sorted(known()), "security_level", "something-new"]
Case = tuple[tuple[Board, Files], list[Label], int, UnixMs]
"""A register, labels, the register of OPEN, now."""


def _loaded() -> ModuleType:
    """The second reading, with nothing of this process but the standard library."""
    module = ModuleType("second_policy")
    exec(compile(READER.read_text(), str(READER), "exec"), module.__dict__)
    return module


second: Any = _loaded()
LABELS = st.lists(any_labels(), min_size=6, max_size=6)
CASES = st.tuples(signed(), LABELS, st.sampled_from([1, 4, 9]), st.sampled_from(TIMES))


def code(decision: Decision) -> str:
    return decision.code.value if isinstance(decision, Deny) else ""


def matches(ours: str, theirs: set[str]) -> bool:
    """Where several clauses of AUD fail, the page leaves open which of them is named."""
    return ours in theirs if theirs else ours == ""


def column(after: str, table: int) -> list[str]:
    """The last column of a table of the page, that many tables after some words."""
    page = (ROOT / "docs" / "protocol.md").read_text("utf-8")
    rows = re.findall(r"(?:^\|.*\n)+", page[page.index(after) :], re.MULTILINE)[table].splitlines()
    return [row.strip("|").rpartition("|")[2].strip() for row in rows[2:]]


def test_the_second_policy_imports_nothing_of_the_product() -> None:
    tree = ast.parse(READER.read_text())
    froms = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    plain = [a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names]
    assert {*froms, *plain} == {"__future__", "datetime", "typing"}


# ---- Who may follow ---------------------------------------------------------------------------------------------------------

Follow = Callable[..., Decision]


def they_agree_on_who_follows(
    case: Case, follow: Follow = may_follow, build: Callable[..., Register] = built
) -> set[str]:
    """For every node and every origin; returns the codes that were given, "" for a permit."""
    (board, files), labels, began, now = case
    register, other = build(board, files), second.Register(board, files)
    assert register.nodes.keys() == other.nodes.keys()
    given_codes = set()
    for label, (name, entry) in product(labels, register.nodes.items()):
        assert (not unknown_names(label, register)) == other.knows(label.text)
        for origin in (name, NodeId("port-z")):
            ours = code(follow(entry, label, register, origin=origin, epoch_since=began, now=now))
            theirs = second.may_follow(other, name, origin, label.text, began, now)
            assert matches(ours, theirs), (name, origin, label.text, ours, theirs)
            given_codes.add(ours)
    return given_codes


@settings(max_examples=300)
@given(CASES)
def test_they_agree_on_who_may_follow(case: Case) -> None:
    they_agree_on_who_follows(case)


def test_every_code_of_the_table_is_met() -> None:
    met: set[str] = set()

    @settings(max_examples=150, derandomize=True, database=None)
    @given(CASES)
    def look(case: Case) -> None:
        met.update(they_agree_on_who_follows(case))

    look()
    on_the_page = re.findall(r"[A-Z]{3,}", " ".join(column("## 13.", 0) + column("## 13.", 1)))
    assert met == {"", *on_the_page}


def _without_history(node: NodeEntry, label: Label, register: Register, **rest: Any) -> Decision:
    return may_follow(node, label, register, **{**rest, "epoch_since": None})


def _approved_for_ever(node: NodeEntry, label: Label, register: Register, **rest: Any) -> Decision:
    return may_follow(node, label, register, **{**rest, "now": UnixMs(0)})


def _clients_as_members(node: NodeEntry, label: Label, register: Register, **rest: Any) -> Decision:
    lenient = replace(label, caveats=label.caveats - {"SOURCE"})
    return may_follow(node, lenient, register, **rest)


@pytest.mark.parametrize("follow", [_without_history, _approved_for_ever, _clients_as_members])
def test_a_product_that_follows_too_much_is_noticed(follow: Follow) -> None:
    catches(lambda case: _nothing(they_agree_on_who_follows(case, follow=follow)), CASES)


def test_a_register_that_believes_a_claim_is_noticed() -> None:
    def believing(board: Board, files: Files) -> Register:
        register = built(board, files)
        entries = {
            n["id"]: replace(register.nodes[n["id"]], levels={k: Level[v] for k, v in n["level"].items()})
            for listed in files.values()
            for n in listed
            if n["id"] in register.nodes
        }
        return replace(register, nodes=entries)

    catches(lambda case: _nothing(they_agree_on_who_follows(case, build=believing)), CASES)


def _nothing(_found: object) -> None:
    return None


# ---- Who serves, who reads --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fed:
    """What `may_serve` asks of a feed."""

    origin: NodeId
    label: str
    role: FeedRole
    register_version: int
    state: FeedState = FeedState.OPEN


def role(label: Label) -> FeedRole:
    return {"audit": FeedRole.AUDIT, "control": FeedRole.CONTROL}.get(label.reserved, FeedRole.RECORDS)


@settings(max_examples=60)
@given(CASES)
def test_they_agree_on_who_serves(case: Case) -> None:
    (board, files), labels, began, now = case
    expires = UnixMs(
        now - 30 * DAY + began % 2
    )  # at the second limit of staleness, or a millisecond before it
    register = replace(built(board, files), expires_ms=expires)
    other = second.Register(board, files, expires)
    for label, source in product(labels, EVERYBODY):
        ctx: Any = SimpleNamespace(me=source, now=lambda: now)
        for name, origin in product(EVERYBODY, EVERYBODY):
            ours = may_serve(ctx, name, Fed(origin, label.text, role(label), began), register)
            assert ours == second.may_serve(other, source, name, origin, label.text, began, now)


@st.composite
def people(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "clearance": draw(often({"BE": 4, "EU": 4, "NATO": 4}, {"BE": 1}, {})),
        "compartments": draw(often(["DRUGS"], [])),
        "communities": draw(often(["aa", "bb"], ["aa"], [])),
        "account": draw(often(OFFICER, OFFICER.replace("1", "2"))),
        "duty": draw(some(*DUTY)),
        "purposes": draw(often(["crisis", "learning"], ["learning"])),
        "police": draw(st.booleans()),
    }


@settings(max_examples=60)
@given(signed(), LABELS, people(), st.sampled_from(["crisis", "learning"]))
def test_they_agree_on_who_may_read(
    data: tuple[Board, Files], labels: list[Label], person: dict[str, Any], purpose: str
) -> None:
    register, other = built(*data), second.Register(*data)
    for name, entry in register.nodes.items():
        for site in entry.sites:
            reader = reader_at(
                entry,
                site=site.id,
                officer=person["account"],
                roles=frozenset({*person["duty"], *(["police"] if person["police"] else [])}),
                communities=person["communities"],
                purposes=frozenset(person["purposes"]),
                clearance={policy: Level(rank) for policy, rank in person["clearance"].items()},
                compartments=frozenset(person["compartments"]),
            )
            asked = {**person, "country": site.country}
            for label in labels:
                ours = code(may_read(reader, label, purpose))
                theirs = second.may_read(other.nodes[name], asked, label.text, purpose)
                assert matches(ours, theirs), (name, label.text, ours, theirs)


# ---- What an origin may say -------------------------------------------------------------------------------------------------

Accept = Callable[[NodeId, Label, str, Register], Decision]
Said = tuple[tuple[Board, Files], list[Label]]
SAYING = st.tuples(signed(), LABELS)


def they_agree_on_what_is_said(case: Said, accept: Accept = may_accept) -> set[str]:
    data, labels = case
    register, other = built(*data), second.Register(*data)
    words = set()
    for label, kind, origin in product(labels, KINDS, [*EVERYBODY, NodeId("port-z")]):
        found = accept(origin, label, kind, register)
        ours = (code(found), found.rule) if isinstance(found, Deny) else ("", "")
        assert ours == second.may_say(other, origin, label.text, kind), (origin, label.text, kind)
        words.add(ours[1])
    return words


@settings(max_examples=150)
@given(SAYING)
def test_they_agree_on_what_an_origin_may_say(case: Said) -> None:
    they_agree_on_what_is_said(case)


def test_every_word_of_the_table_is_met() -> None:
    met: set[str] = set()

    @settings(max_examples=150, derandomize=True, database=None)
    @given(SAYING)
    def look(case: Said) -> None:
        met.update(they_agree_on_what_is_said(case))

    look()
    assert met == {"", *(word.strip("`") for word in column("**Entitled**", 0))}


def test_a_product_that_asks_who_serves_instead_of_who_belongs_is_noticed() -> None:
    def accept(origin: NodeId, label: Label, kind: str, register: Register) -> Decision:
        gone = {n: replace(c, members={}) for n, c in register.communities.items() if origin not in c.serving}
        return may_accept(
            origin, label, kind, replace(register, communities={**register.communities, **gone})
        )

    catches(lambda case: _nothing(they_agree_on_what_is_said(case, accept=accept)), SAYING)


def published(record: bytes, version: int, kind: str, keep_ms: int = 1, expires_ms: int = NOW + 1) -> Header:
    values: dict[str, Any] = {
        **dict.fromkeys(Header._fields),
        "op": Op.PUBLISH,
        "record_id": RecordId(record),
        "version": version,
        "content_type": content_type(kind),
        "issued_ms": NOW,
        "expires_ms": expires_ms,
        "retain_until_ms": NOW + keep_ms,
    }
    return Header(**values)


@settings(max_examples=200)
@given(signed(), any_labels())
def test_they_agree_on_how_long_is_too_long(data: tuple[Board, Files], label: Label) -> None:
    register, other = built(*data), second.Register(*data)
    for kind, (origin, own) in product(PUBLISHED, register.nodes.items()):
        longest = second.longest(other, kind)
        judge = Judge(origin=origin, label=label, register=register, own=own)
        for keep, excess in ((longest, None), (longest + 1, (BAD_BODY, "header.retain_until_ms", False))):
            verdict, _ = judge.verdict(Entry(b"header"), published(bytes(16), 1, kind, keep))
            found = None if verdict is None else (verdict.reason, verdict.field, verdict.keep_content)
            _, word = second.may_say(other, origin, label.text, kind)
            assert found == ((NOT_ENTITLED, word, True) if word else excess)


Lapses = Callable[[Judge, Header], Any]


def they_agree_on_how_long_it_is_in_force(
    lapses: Lapses = lambda judge, header: judge.verdict(Entry(b"header"), header)[0],
) -> None:
    register = registers.register()
    own = register.nodes[NodeId("port-liege")]
    label = parse("BE:NONE//TLP:AMBER//AUD ports-be//CAVEAT NO-EXPORT,PERSONAL")
    week = 7 * 86_400_000
    for kind, expires in product(sorted(known()), (0, NOW + 1, NOW + week, NOW + week + 1)):
        if kind in {"audit", "port_ban", "security_level"}:
            continue  # this origin may not say them
        judge = Judge(origin=own.id, label=label, register=register, own=own)
        found = lapses(judge, published(bytes(16), 1, kind, 2 * week, expires))
        excess = None if second.lapses_in_time(kind, NOW, expires) else (BAD_BODY, "header.expires_ms", True)
        assert (found and (found.reason, found.field, found.keep_content)) == excess, (kind, expires)


def test_they_agree_on_how_long_it_is_in_force() -> None:
    they_agree_on_how_long_it_is_in_force()


def test_a_holder_that_lets_an_alert_be_in_force_for_ever_is_noticed() -> None:
    """The planted fault."""
    with pytest.raises(AssertionError):
        they_agree_on_how_long_it_is_in_force(lambda *_: None)


RUNS = st.lists(
    st.tuples(
        st.sampled_from([b"a" * 16, b"b" * 16]), st.integers(1, 4), st.sampled_from(["alert", "notice"])
    ),
    max_size=8,
)


@given(RUNS)
def test_they_agree_on_what_counts_on(run: list[tuple[bytes, int, str]]) -> None:
    nothing_held: Any = SimpleNamespace(epoch=1, number=0)
    headers = [published(*one) for one in run]
    found = misnumbered(nothing_held, nothing_held, headers, set())
    assert {i: (v.reason, v.field) for i, v in found.items()} == {
        i: (BAD_BODY, field) for i, field in second.counts_on(run).items()
    }
