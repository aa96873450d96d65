"""Seeded histories: one that fails says how to play it again, and that plays exactly it."""

from __future__ import annotations

import pytest
from histories import breaks_plainly, hold_plainly, seeds


def fails_at_7(seed: int) -> None:
    assert seed != 7, "what was promised does not hold"


def test_a_history_that_fails_is_named_with_the_words_that_play_it_again() -> None:
    with pytest.raises(AssertionError, match=r"history 7 \(P2P_SEED=7 P2P_HISTORIES=0\): what was promised"):
        hold_plainly(fails_at_7, of=20)


def test_those_words_play_that_history_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("P2P_SEED", "7")
    monkeypatch.setenv("P2P_HISTORIES", "0")
    assert list(seeds(500)) == [7]
    with pytest.raises(AssertionError, match="history 7"):
        hold_plainly(fails_at_7, of=500)


def test_a_soak_goes_on_from_a_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("P2P_SEED", "8")
    monkeypatch.setenv("P2P_HISTORIES", "3")
    played: list[int] = []
    hold_plainly(played.append, of=10)
    assert played == list(range(8, 38))


def test_a_planted_fault_is_seen_by_its_words_and_not_by_any_failure() -> None:
    assert breaks_plainly(fails_at_7, of=20, seeing="promised") == 7
    with pytest.raises(AssertionError, match="none of 20 histories"):
        breaks_plainly(fails_at_7, of=20, seeing="something else")
