"""The audit in words: every act that the program audits, as its auditor reads it; the codes stand beside, as they were signed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain

import pytest
from act_names import act_names
from browser_web import signed_in
from every_act import AUDITED, BUILDERS
from fakes_data import ago
from locations import ROOT
from more_acts import Ready
from officers_here import hire
from offices_web import screens_of
from read_words import read, words

from node.commands.acted import WHY
from node.store.conduct import Deed
from policies.officers import Right, Role
from protocol.errors import Code
from protocol.v1.records_pb2 import Audit as Entry
from web.audited import Meaning, actor_words, detail_of, rule_said
from web.languages import load_tongues
from web.views import AuditDetail, AuditLine
from web.words import TABLES, word
from web.words.audit import RULE

EN = load_tongues(("en",))["en"]
SHOWN = (
    *("role_give", "seat_give", "place_give", "reading_in", "taking_the_lead"),
    *("asking_elsewhere", "leaving", "proposing", "reviewing_what_was_put_in"),
)
"""Builders whose acts have each sort of detail, by name."""


@cache
def written() -> dict[str, tuple[Entry, ...]]:
    """What each builder's act writes into the audit, by the builder's name."""
    return {name: _entries(make()) for name, make in BUILDERS.items()}


def _entries(ready: Ready) -> tuple[Entry, ...]:
    before = len(ready.at.audits())
    ready.at.store.write(ready.act).result()
    return tuple(ready.at.audits()[before:])


def every() -> Iterator[Entry]:
    """All of them."""
    return chain.from_iterable(written().values())


@cache
def trees() -> tuple[ast.Module, ...]:
    """Every file that audits."""
    return tuple(ast.parse((ROOT / name).read_text("utf-8")) for name in sorted(set(act_names().values())))


def details_in_code() -> set[str]:
    """The names of details that the program writes: constant keys in the files that audit."""
    nodes = [node for tree in trees() for node in ast.walk(tree)]
    keys = [key for node in nodes if isinstance(node, ast.Dict) for key in node.keys]
    keys += [node.slice for node in nodes if isinstance(node, ast.Subscript) and _is_details(node.value)]
    return {key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}


def _is_details(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in {"details", "more"}


NO_DETAILS = frozenset({"claim", "guard", "close", "Unknown"})
"""Keys of other tables in those files."""


def test_each_builder_has_a_name_of_its_own() -> None:
    assert len(BUILDERS) == len(AUDITED)


def test_every_detail_that_the_program_writes_has_words() -> None:
    names = {name for entry in every() for name in entry.details}
    assert (names | details_in_code()) - set(TABLES["detail"]) - NO_DETAILS == set()
    assert len(names) > 50
    assert len(details_in_code()) > 50


def test_every_code_beside_an_act_has_words() -> None:
    assert {held for entry in every() for held in coded(entry) if held[1] not in TABLES[held[0]]} == set()
    assert set(WHY.values()) - set(TABLES["deny"]) == set()


def coded(entry: Entry) -> Iterator[tuple[str, str]]:
    """The codes of tables that stand beside an act, each with its table."""
    for name, value in entry.details.items():
        detail = detail_of(entry.act, name)
        if detail.table and value:
            yield from (
                (detail.table, code) for code in (re.split("[/,]", value) if detail.many else [value])
            )


BY_RULE = (
    "policies/rules.py",
    "policies/auto_release.py",
    "node/commands/references.py",
    "node/commands/plan.py",
)
"""What may refuse a release by a rule: the refusal's rule stands in the audit."""


def rules_in_code() -> set[str]:
    """The codes that decide and stand in the code itself: beside an act, and in what refuses a release by a rule."""
    refusals = [ast.parse((ROOT / name).read_text("utf-8")) for name in BY_RULE]
    rules = [one.value for call in _calls(trees(), "Act") for one in call.keywords if one.arg == "rule"]
    rules += [call.args[1] for call in _calls(refusals, "Deny")]
    return {one.value for one in rules if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def _calls(trees: Iterable[ast.Module], of: str) -> Iterator[ast.Call]:
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == of:
                yield node


def without_words() -> set[str]:
    """The rules that decide and that an auditor would read as a code: of what the builders write, of the code, of lists in it."""
    said = rules_in_code() | {entry.rule for entry in every()} - {""}
    said |= {str(code) for codes in (Right, Code, Deed) for code in codes}
    return {rule for rule in said if rule_said(EN, rule) == rule}


def test_every_rule_that_decides_has_words() -> None:
    assert without_words() == set()
    assert len(rules_in_code()) > 10
    assert len({entry.rule for entry in every()}) > 20
    assert rule_said(EN, "rule:ais-spoof") == "Rule of release ais-spoof"
    assert rule_said(EN, "never_heard_of") == "never_heard_of"


@pytest.mark.parametrize("rule", ["review", "case_put", "case_lead_take", "officer", "hand"])
def test_a_rule_without_words_is_named(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault, for a rule by a name, by the act that was reviewed, by a row, and in the code."""
    monkeypatch.delitem(RULE, rule)
    assert without_words() == {rule}


def test_every_table_of_a_detail_is_one() -> None:
    for name in TABLES["detail"]:
        for act in ("", *TABLES["act"]):
            detail = detail_of(act, name)
            assert (detail.meaning is Meaning.WORDS) == bool(detail.table)
            assert not detail.table or detail.table in TABLES


def test_who_did_it_is_a_name_or_words() -> None:
    assert actor_words(EN, "node", "") == "This node"
    assert actor_words(EN, "detector/watch_list", "watch_list") == "Look-outs that this node matches"
    assert actor_words(EN, "administrator/cli", "cli") == "An operator at the command line"
    assert actor_words(EN, "0b5c1c1e-6a0f-4a5e-9b0e-0d9d6b1f3c11", "E. Jansen") == "E. Jansen"
    assert actor_words(EN, "odd/thing", "") == "odd/thing"


def test_what_is_shown_has_each_sort_of_detail() -> None:
    entries = [entry for name in SHOWN for entry in written()[name]]
    assert {detail_of(entry.act, name).meaning for entry in entries for name in entry.details} == set(Meaning)


@pytest.mark.parametrize("name", SHOWN)
def test_an_auditor_reads_no_code(name: str) -> None:
    ready = BUILDERS[name]()
    last = _entries(ready)
    assert last
    auditor = screens_of(ready.at).enter(hire(ready.at, "r.auditor", Role.AUDITOR))
    held = words(auditor.get("/audit").text)
    for one in last:
        codes = {one.act, one.rule, *one.details.values(), *one.details.keys(), one.actor} - {""}
        codes = {code for code in codes if re.search(r"[_/]|^[0-9a-f]{16,}$|^[0-9a-f-]{36}$", code)}
        assert word(EN, "act", one.act) in held
        assert not codes & held, one.act


def test_the_codes_stand_beside_as_they_were_signed() -> None:
    auditor, _ = signed_in()
    page = auditor.get("/audit").text
    assert "port-limburg" in page
    assert "3a" * 32 in page
    assert "BAD_PROOF" in page
    assert "BAD_PROOF" not in words(page)
    assert "Its proof does not hold" in words(page)


def test_a_detail_that_is_not_known_is_left_to_its_code() -> None:
    assert detail_of("release", "never_heard_of").meaning is Meaning.CODE
    assert not AuditDetail("x", "y").told
    assert AuditLine(at_ms=ago(1), index=1).details == ()
    assert read("<p>a <b>b</b> <i class='code'>c</i></p>") == ["a", "b"]
