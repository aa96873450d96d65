"""The audit in words: every act that the program audits, as its auditor reads it; the codes stand beside, as they were signed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import acts_of_cases
import acts_of_drafts
import acts_of_people
import acts_of_rules
import acts_of_seconds
import pytest
from act_names import act_names
from browser_web import signed_in
from fakes_data import ago
from locations import ROOT
from officers_here import hire
from offices_web import screens_of
from read_words import read, words

from policies.officers import Right, Role
from protocol.errors import Code
from web.audited import Sort, actor_words, detail_of, rule_said
from web.languages import load_tongues
from web.views import AuditDetail, AuditLine
from web.words import TABLES

EN = load_tongues(("en",))["en"]
BUILDERS = (
    *acts_of_people.ACTS[:3],
    acts_of_seconds.ACTS[0],
    acts_of_cases.ACTS[1],
    acts_of_drafts.leaving,
    acts_of_rules.proposing,
)
"""Builders whose acts have each sort of detail."""


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


def test_every_detail_that_the_program_writes_has_words() -> None:
    assert details_in_code() - set(TABLES["detail"]) - NO_DETAILS == set()
    assert len(details_in_code()) > 50


BY_RULE = (
    "policies/rules.py",
    "policies/auto_release.py",
    "node/commands/references.py",
    "node/commands/plan.py",
)
"""What may refuse a release by a rule: the refusal's rule stands in the audit."""


def rules_in_code() -> set[str]:
    """The codes that decide: what an act names in the code itself, and what refuses a release by a rule."""
    refusals = [ast.parse((ROOT / name).read_text("utf-8")) for name in BY_RULE]
    rules = [one.value for call in _calls(trees(), "Act") for one in call.keywords if one.arg == "rule"]
    rules += [call.args[1] for call in _calls(refusals, "Deny")]
    return {one.value for one in rules if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def _calls(trees: Iterable[ast.Module], of: str) -> Iterator[ast.Call]:
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == of:
                yield node


def test_every_rule_that_decides_has_words() -> None:
    every = rules_in_code() | {str(right) for right in Right} | {str(code) for code in Code}
    assert {rule for rule in every if rule_said(EN, rule) == rule} == set()
    assert len(rules_in_code()) > 10
    assert rule_said(EN, "rule:ais-spoof") == "Rule of release ais-spoof"
    assert rule_said(EN, "never_heard_of") == "never_heard_of"


def test_every_table_of_a_detail_is_one() -> None:
    for name in TABLES["detail"]:
        for act in ("", *TABLES["act"]):
            detail = detail_of(act, name)
            assert (detail.sort is Sort.WORDS) == bool(detail.table)
            assert not detail.table or detail.table in TABLES


def test_who_did_it_is_a_name_or_words() -> None:
    assert actor_words(EN, "node", "") == "This node"
    assert actor_words(EN, "detector/watch_list", "watch_list") == "Look-outs that this node matches"
    assert actor_words(EN, "administrator/cli", "cli") == "An operator at the command line"
    assert actor_words(EN, "0b5c1c1e-6a0f-4a5e-9b0e-0d9d6b1f3c11", "E. Jansen") == "E. Jansen"
    assert actor_words(EN, "odd/thing", "") == "odd/thing"


@pytest.mark.parametrize("make", BUILDERS, ids=lambda make: make.__name__)
def test_an_auditor_reads_no_code(make: Any) -> None:
    ready = make()
    at = ready.at
    at.store.write(ready.act).result()
    here = screens_of(at)
    auditor = here.enter(hire(at, "r.auditor", Role.AUDITOR))
    page = auditor.get("/audit").text
    last = [one for one in at.audits() if one.act != "sign_in"]
    held = words(page)
    for one in last:
        codes = {one.act, one.rule, *one.details.values(), *one.details.keys(), one.actor} - {""}
        codes = {code for code in codes if re.search(r"[_/]|^[0-9a-f]{16,}$|^[0-9a-f-]{36}$", code)}
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
    assert detail_of("release", "never_heard_of").sort is Sort.CODE
    assert not AuditDetail("x", "y").told
    assert AuditLine(at_ms=ago(1), index=1).details == ()
    assert read("<p>a <b>b</b> <i class='code'>c</i></p>") == ["a", "b"]
