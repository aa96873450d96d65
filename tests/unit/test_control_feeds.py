"""What else nodes tell each other in control feeds: entries kept aside, and heads of the audit log."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from erasing import COOLING, HOUR, control_feed, erase, keep_up, later, tell
from ports import AMBER, ANTWERP, NORTH_SEA, Port
from shared_feed import Shared

from node.commands import audit_heads
from node.store import confirmations, entries
from node.store.feeds import FeedRole

# ---- Kept aside, and heads of the audit log -----------------------------------------------------------------------------


def test_what_is_kept_aside_is_said_signed_and_shown_at_the_origin() -> None:
    both = Shared()
    bad = both.antwerp.release(AMBER + "//CAVEAT ORCON", kind="indicator", valid_until=1)
    both.north.pull(both.antwerp, bad.feed.feed)
    tell(both.north, both.antwerp)
    aside = both.antwerp.store.read(confirmations.kept_aside)
    assert [(one.at, one.node, one.reason) for one in aside] == [(bad.index, NORTH_SEA, 2)]


def test_the_audit_head_of_each_hour_goes_to_every_peer_and_idle_hours_say_nothing() -> None:
    both = Shared()
    keep_up(both.antwerp)
    assert control_feed(both.antwerp, NORTH_SEA) is None
    later(HOUR, both.antwerp)
    keep_up(both.antwerp)
    first = control_feed(both.antwerp, NORTH_SEA)
    assert first is not None
    assert first.size == 2
    later(HOUR, both.antwerp)
    keep_up(both.antwerp)
    assert control_feed(both.antwerp, NORTH_SEA) == first
    both.antwerp.release()
    later(HOUR, both.antwerp)
    keep_up(both.antwerp)
    tell(both.antwerp, both.north)
    heads = both.north.store.read(lambda r: audit_heads.heads_of(r, ANTWERP))
    assert len(heads) == 2
    checked = both.antwerp.store.read(audit_heads.verify)
    assert [one.fits for one in checked] == [True, True]
    assert [one.head for one in checked] == [head for _, head in heads]
    assert all(len(one.said_to) == 5 for one in checked)


def rewritten(at: Port) -> None:
    at.store.write(
        lambda tx: tx.run(
            "UPDATE entry SET nodes = zeroblob(length(nodes)) WHERE feed = 2 AND key & 4294967295 = 1"
        )
    ).result()


def shortened(at: Port) -> None:
    leaf = "(SELECT substr(nodes, 1, 32) FROM entry WHERE key = feed.number << 40)"
    sql = f"UPDATE feed SET size = 1, root = {leaf}, frontier = {leaf} WHERE role = ?"
    at.store.write(lambda tx: tx.run(sql, FeedRole.AUDIT)).result()


@pytest.mark.parametrize("tamper", [rewritten, shortened])
def test_an_audit_log_that_was_rewritten_does_not_fit_the_heads(tamper: Callable[[Port], None]) -> None:
    both = Shared()
    later(HOUR, both.antwerp)
    keep_up(both.antwerp)
    both.antwerp.release()
    assert [one.fits for one in both.antwerp.store.read(audit_heads.verify)] == [True]
    number = both.antwerp.store.read(
        lambda r: r.one("SELECT number FROM feed WHERE role = ?", FeedRole.AUDIT)
    )
    assert number is not None
    assert number[0] == 2
    tamper(both.antwerp)
    assert [one.fits for one in both.antwerp.store.read(audit_heads.verify)] == [False]


@pytest.mark.parametrize("apart", [entries.Standing.QUARANTINED, entries.Standing.VOID])
def test_content_that_stands_apart_goes_too_and_stands_as_it_did(apart: entries.Standing) -> None:
    both = Shared()
    erase(both.antwerp, both.one)
    both.pull()
    row = both.held()
    assert row is not None
    both.north.store.write(lambda tx: entries.set_standing(tx, row.key, apart, entries.Listing.NONE)).result()
    later(COOLING, both.north)
    keep_up(both.north)
    after = both.held()
    assert after is not None
    assert (after.standing, after.content, after.salt) == (apart, None, None)
