"""The page of the command line names what the program has: every verb with its actions, and every command with --json."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from command_tree import Words, actions, commands_with_json, summaries
from locations import ROOT

PAGE = ROOT / "docs" / "cli" / "README.md"
ALWAYS = {("run",)}
"""What speaks JSON without being asked."""


def rows(text: str, head: str) -> Iterator[list[str]]:
    """The cells of each row of the table below this head row."""
    _, found, table = text.partition(f"{head}\n")
    assert found, head
    for line in table.splitlines()[1:]:
        if not line.startswith("|"):
            return
        yield [cell.strip() for cell in line.strip("|").split("|")]


def verbs_named(text: str) -> dict[str, set[str]]:
    return {
        verb.strip("`"): set(re.findall(r"`([a-z-]+)`", inner))
        for verb, inner, _ in rows(text, "| verb | actions | what it is |")
    }


def commands_named(text: str) -> set[Words]:
    """`port2port config check FILE` is ("config", "check"): options and places of arguments aside."""
    return {
        tuple(
            word for word in command.removeprefix("port2port ").split() if re.fullmatch(r"[a-z][a-z-]*", word)
        )
        for cell, _ in rows(text, "| command | schema |")
        for command in re.findall(r"`([^`]+)`", cell)
    }


def test_every_verb_and_its_actions_are_on_the_page() -> None:
    assert verbs_named(PAGE.read_text("utf-8")) == actions()


def test_every_command_with_json_is_on_the_page() -> None:
    assert commands_named(PAGE.read_text("utf-8")) == set(commands_with_json()) | ALWAYS


@pytest.mark.parametrize("missing", ["`register ceremony`", "`keys rotate`", "`register withdraw`"])
def test_a_command_that_the_page_forgets_is_seen(missing: str) -> None:
    whole = PAGE.read_text("utf-8")
    name = missing if missing in whole else f"`port2port {missing[1:]}"
    assert name in whole
    assert commands_named(whole.replace(name, "")) != commands_named(whole)


def test_an_action_that_the_page_forgets_is_seen() -> None:
    whole = PAGE.read_text("utf-8")
    assert verbs_named(whole.replace("`explain`, ", "")) != actions()


def test_a_verb_is_summed_up_in_the_same_words_in_both_helps() -> None:
    """One help shows the verbs without loading them, the other loads the one that was typed."""
    plain = summaries()
    assert {verb: summaries(verb)[verb] for verb in plain} == plain
