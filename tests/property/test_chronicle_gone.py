"""Invariant 6 over seeded histories: four days later no page of any database has a text that was erased, nor one of a feed that its
port may not follow any more, and what was not taken back stands as before.
"""

from __future__ import annotations

import pytest
from chronicle import Chronicle
from histories import breaks_plainly, hold_plainly

from node.commands import destroy, purge
from protocol.fields import DAY_MS


def is_gone(seed: int) -> None:
    """Four days later: the cooling is over, and nothing else is."""
    story = Chronicle(seed)
    story.play(24)
    story.end_well()
    story.pass_time(4 * DAY_MS)
    story.end_well()
    story.check_one_version_stands()
    story.check_gone()


def test_what_was_erased_or_lost_is_in_no_page_of_any_port() -> None:
    hold_plainly(is_gone, of=740)


def test_an_erasure_that_only_hides_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(destroy, "drop", lambda *_: [])
    assert breaks_plainly(is_gone, of=20, seeing="which was erased")


def test_a_port_that_keeps_what_it_may_not_follow_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purge, "lost", lambda *_: [])
    assert breaks_plainly(is_gone, of=40, seeing="may not follow")
