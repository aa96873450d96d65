"""Rules of fields in the reader's language: every form that `protocol/` writes is a sentence of the catalogues."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from protocol import rules, text
from protocol.errors import BadRecord
from protocol.indicator import normalise
from protocol.indicator_forms import SORTS
from protocol.rules import Mode, Rule
from web import rule_words
from web.languages import load_tongues

TONGUES = load_tongues(("en", "nl", "fr", "de"))


def said() -> set[str]:
    """What is said against one value after another: of every sort of indicator, and of every rule of a field."""
    found = {words for words in (text.fault("x" * 9, most=8), text.fault("\x07", most=8)) if words}
    checks: tuple[tuple[Rule, Sequence[object]], ...] = (
        (rules.number(1, 5), (0, 9, float("nan"))),
        (rules.number(0, 5, above=True), (0,)),
        (rules.day(), ("12 May", "2026-02-30")),
        (rules.code(), ("A",)),
        (rules.one_of(("a", "b")), ("c",)),
        (rules.each(rules.code(), most=1, least=1), (["aa", "bb"], [])),
    )
    for rule, values in checks:
        found |= {
            str(fault) for value in values if isinstance(fault := rule.check(Mode.AUTHORING)(value), str)
        }
    for sort in SORTS:
        for raw in ("!", "1234567", "x" * 400, "BE0123456789", "MSCU1234567"):
            try:
                normalise(sort, raw)
            except BadRecord as error:
                found |= {one.rule for one in error.violations}
    return found


@pytest.mark.parametrize("language", ["nl", "fr", "de"])
def test_every_rule_is_said_in_the_readers_language(language: str) -> None:
    raw = {one for one in said() if rule_words.rule_words(TONGUES[language], one) == one}
    assert not raw


def test_a_bound_is_kept_as_it_is() -> None:
    assert rule_words.rule_words(TONGUES["nl"], "at most 4000 characters") == "hoogstens 4000 tekens"
    assert rule_words.rule_words(TONGUES["en"], "at most 4000 characters") == "at most 4000 characters"
    assert rule_words.rule_words(TONGUES["nl"], "what nobody translated 12") == "what nobody translated 12"


def test_a_form_that_is_forgotten_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_words, "_BOUND", ())
    with pytest.raises(AssertionError):
        test_every_rule_is_said_in_the_readers_language("nl")
