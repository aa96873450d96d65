"""A correction keeps nothing longer: retention counts from the first version's issue, unless the version was decided to extend it."""

from __future__ import annotations

from typing import Any

import pytest
from all_kinds import record, register
from matters import Desk
from officers_here import MODEL
from ports import AMBER, ANTWERP, SCHELDT, port

from node.commands import draft, people, release
from node.commands.publish import Released
from node.store import entries
from policies.decision import Deny
from protocol.fields import DAY_MS
from protocol.v1 import records_pb2 as pb

BAN = AMBER + "//CAVEAT NO-EXPORT,PERSONAL"


@pytest.fixture(name="desk")
def desk_at() -> Desk:
    at = port(ANTWERP, register=register())
    at.store.write(lambda tx: people.sync_register(tx, at.ctx, MODEL, at.ctx.register)).result()
    return Desk(at)


def kept(desk: Desk, released: Released) -> int:
    row = desk.at.store.read(lambda r: entries.get(r, released.feed.number, released.index))
    assert row is not None
    return row.retain_until_ms


def corrected(desk: Desk, first: Released, message: pb.Record) -> Any:
    message.common.change_reason = "later knowledge"
    at = desk.at
    row = at.store.write(
        lambda tx: draft.supersede(tx, at.ctx, first.record, message, editor=desk.who.id)
    ).result()
    assert row is not None
    return desk.leave(row)


def gone(outcome: Any) -> Released:
    assert isinstance(outcome, Released), outcome
    return outcome


@pytest.mark.parametrize(
    "kind", ["alert", "incident", "best_practice", "notice", "indicator", "security_level"]
)
def test_each_correction_is_kept_as_long_as_the_first_version(desk: Desk, kind: str) -> None:
    first = desk.release(AMBER, record(kind))
    until = kept(desk, first)
    for _ in range(2):
        desk.at.clock.at += DAY_MS // 4
        assert kept(desk, gone(corrected(desk, first, record(kind)))) == until


def test_a_shorter_period_of_now_shortens_it_for_the_next_version(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = desk.release(AMBER, record("notice"))
    shorter = {**desk.at.ctx.settings.retention, "notice": 3 * DAY_MS}
    monkeypatch.setattr(
        "node.commands.retention._retain", lambda _c, _r, _k, start: start + shorter["notice"]
    )
    assert kept(desk, gone(corrected(desk, first, record("notice")))) == desk.at.ctx.now() + 3 * DAY_MS


def test_a_look_out_that_is_extended_counts_anew_and_one_that_is_shortened_does_not(desk: Desk) -> None:
    now = desk.at.ctx.now()
    first = desk.release(AMBER, record("indicator", valid_until=now + 5 * DAY_MS))
    until = kept(desk, first)
    desk.at.clock.at += DAY_MS
    shorter = gone(corrected(desk, first, record("indicator", valid_until=now + 4 * DAY_MS)))
    assert kept(desk, shorter) == until
    longer = gone(
        corrected(desk, first, record("indicator", valid_until=now + 6 * DAY_MS, grounds="Opnieuw gezien."))
    )
    assert kept(desk, longer) == until + DAY_MS


def test_a_ban_is_kept_by_its_last_day_whenever_it_is_corrected(desk: Desk) -> None:
    first = desk.release(BAN, record("port_ban", aigis_ref="A-1"))
    until = kept(desk, first)
    desk.at.clock.at += DAY_MS
    again = gone(corrected(desk, first, record("port_ban", aigis_ref="A-1", exceptions="woont op een schip")))
    assert kept(desk, again) == until
    later = gone(corrected(desk, first, record("port_ban", aigis_ref="A-1", until="2031-02-01")))
    assert kept(desk, later) == until + DAY_MS


def test_neither_a_correction_of_what_was_moved_is_kept_longer(desk: Desk) -> None:
    first = desk.release(AMBER, record("notice"))
    until = kept(desk, first)
    desk.at.clock.at += DAY_MS
    moved = desk.move(first.record, SCHELDT)
    assert kept(desk, gone(corrected(desk, moved, record("notice")))) == until


def test_what_was_kept_as_long_as_it_may_be_is_corrected_no_more(desk: Desk) -> None:
    first = desk.release(AMBER, record("notice"))
    desk.at.clock.at = kept(desk, first)
    refused = corrected(desk, first, record("notice"))
    assert isinstance(refused, Deny)
    assert "as long as it may be" in refused.words


def test_without_the_rule_a_correction_would_keep_it_longer(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault planted: each version counts from its own release."""
    monkeypatch.setattr(release, "corrected", lambda _before, _message, retain: retain)
    with pytest.raises(AssertionError):
        test_each_correction_is_kept_as_long_as_the_first_version(desk, "notice")
