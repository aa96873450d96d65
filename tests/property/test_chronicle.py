"""Invariants 2, 3, 4, 6 and 9 over seeded histories of matters: whatever is corrected, moved, withdrawn, erased, and whoever comes and
goes meanwhile, of each matter one version stands for each entitled reader, and nobody ever got what was not theirs.
"""

from __future__ import annotations

import pytest
from chronicle import Chronicle
from histories import breaks_plainly, hold_plainly

from node.commands import destroy, epoch, move, purge, settle
from node.store.entries import Standing
from protocol.fields import DAY_MS
from protocol.operation import Op


def ends_well(seed: int) -> None:
    story = Chronicle(seed)
    story.play(30)
    story.end_well()
    story.check_one_version_stands()
    story.check_none_got_more()
    story.check_same_leaves()


def is_gone(seed: int) -> None:
    """Four days later: the cooling is over, and nothing else is."""
    story = Chronicle(seed)
    story.play(24)
    story.end_well()
    story.pass_time(4 * DAY_MS)
    story.end_well()
    story.check_one_version_stands()
    story.check_gone()


def test_of_each_matter_one_version_stands_for_each_reader() -> None:
    hold_plainly(ends_well, of=600)


def test_a_move_that_leaves_the_old_copy_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(move, "_end", lambda *_: None)
    assert breaks_plainly(ends_well, of=40, seeing="still sees")


def test_an_erasure_without_effect_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settle, "EFFECTS", {Op.RETRACT: Standing.RETRACTED})
    assert breaks_plainly(ends_well, of=40, seeing="still sees")


def test_a_newcomer_that_is_told_nothing_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epoch, "outgrown", lambda *_: False)
    assert breaks_plainly(ends_well, of=100, seeing="does not see")


def test_what_was_erased_or_lost_is_in_no_page_of_any_port() -> None:
    hold_plainly(is_gone, of=500)


def test_an_erasure_that_only_hides_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(destroy, "drop", lambda *_: [])
    assert breaks_plainly(is_gone, of=20, seeing="which was erased")


def test_a_port_that_keeps_what_it_may_not_follow_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purge, "lost", lambda *_: [])
    assert breaks_plainly(is_gone, of=40, seeing="may not follow")
