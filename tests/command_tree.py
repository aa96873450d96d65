"""The verbs and actions of the command line, as its parser has them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from node.cli import VERBS, build

Words = tuple[str, ...]


def actions() -> dict[str, set[str]]:
    """Each verb with the actions below it; none where the verb is all."""
    return {verb: set(_choices(_parser(verb))) for verb in VERBS}


def commands_with_json() -> Iterator[Words]:
    """Every command that takes --json."""
    for verb in VERBS:
        yield from _below((verb,), _parser(verb))


def summaries(verb: str = "") -> dict[str, str | None]:
    """What the help says of each verb in a line; `verb` alone is loaded."""
    found: dict[str, str | None] = {}
    for action in build(verb)._actions:
        if isinstance(action, argparse._SubParsersAction):
            found.update({choice.dest: choice.help for choice in action._choices_actions})
    return found


def _parser(verb: str) -> argparse.ArgumentParser:
    return _choices(build(verb))[verb]


def _below(words: Words, parser: argparse.ArgumentParser) -> Iterator[Words]:
    if any("--json" in action.option_strings for action in parser._actions):
        yield words
    for name, inner in _choices(parser).items():
        yield from _below((*words, name), inner)


def _choices(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    found: dict[str, argparse.ArgumentParser] = {}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            found.update(action.choices)
    return found
