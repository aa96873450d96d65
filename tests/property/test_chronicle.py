"""Invariants 2, 3, 4 and 9 over seeded histories of matters: whatever is corrected, moved, withdrawn, erased, and whoever comes and
goes meanwhile, of each matter one version stands for each entitled reader, and nobody ever got what was not theirs.
"""

from __future__ import annotations

from typing import Any

import pytest
from chronicle import Chronicle
from histories import breaks_plainly, hold_plainly

from node.commands import admit, entitled, epoch, examine, move, serve, settle
from node.store.entries import Standing
from policies.decision import Permit
from protocol.operation import Header, Op


def ends_well(seed: int) -> None:
    story = Chronicle(seed)
    story.play(30)
    story.end_well()
    story.check_one_version_stands()
    story.check_none_got_more()
    story.check_same_leaves()


def test_of_each_matter_one_version_stands_for_each_reader() -> None:
    hold_plainly(ends_well, of=770)


def test_a_move_that_leaves_the_old_copy_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(move, "_end", lambda *_: None)
    assert breaks_plainly(ends_well, of=40, seeing="still sees")


def test_an_erasure_without_effect_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settle, "EFFECTS", {Op.RETRACT: Standing.RETRACTED})
    assert breaks_plainly(ends_well, of=40, seeing="still sees")


def test_a_relay_of_what_is_bound_to_its_origin_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entitled, "may_relay", lambda *_: Permit("label"))
    assert breaks_plainly(ends_well, of=40, seeing="relays ORCON")


def test_a_node_that_takes_and_serves_what_is_newer_than_its_register_is_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decide = admit.decide

    def careless(ctx: Any, register: Any, base: Any, batch: Any, headers: list[Header], *, new: bool) -> None:
        decide(ctx, register, base, batch, [one._replace(register=1) for one in headers], new=new)

    monkeypatch.setattr(serve, "_fitting", lambda rows, _register: list(rows))
    monkeypatch.setattr(examine, "decide", careless)
    assert breaks_plainly(ends_well, of=60, seeing="needs register")


def test_a_newcomer_that_is_told_nothing_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epoch, "outgrown", lambda *_: False)
    assert breaks_plainly(ends_well, of=100, seeing="does not see")
