"""What an officer sees: by label, newest first, sealed where withdrawn, and the same whatever else the store holds."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import officers_here
import pytest
from officers_here import officer
from ports import AMBER, ANTWERP, LIEGE, LIMBURG, NORTH_SEA, SCHELDT, Port, port
from record_examples import NOW, example

from node.commands import detail, peers, receipt, search
from node.commands.address import Address
from node.commands.outcome import Accepted
from node.commands.people import Visitor
from node.commands.readable import Readable
from node.commands.search import Changed, Found, Listed, State
from node.store import feeds, lists
from node.store.entries import Listing
from policies.officers import Role
from protocol.fields import DAY_MS
from protocol.ids import NodeId, RecordId

RED = "BE:NONE//TLP:RED//AUD ports-be//TO node:north-sea-port"
NAVIGATION = "BE:NONE//TLP:AMBER//AUD ports-be//PURPOSE navigation-safety"


class Desk:
    """An officer with a memory of what they may read."""

    def __init__(self, at: Port, who: Visitor) -> None:
        self.at, self.who, self.readable = at, who, Readable(at.ctx)

    def newest(self, **options: object) -> Listed:
        return self.at.store.read(
            lambda r: search.newest(r, self.at.ctx, self.readable, self.who.reading, **options)  # type: ignore[arg-type]
        )

    def changes(self, after: int, limit: int = 200) -> Changed:
        return self.at.store.read(
            lambda r: search.changes(r, self.at.ctx, self.readable, self.who.reading, after, limit=limit)
        )

    def detail(self, record: bytes, tag: bytes = b"") -> detail.Detail | None:
        return self.at.store.read(
            lambda r: detail.detail(
                r, self.at.ctx, self.readable, self.who.reading, Address(RecordId(record), tag)
            )
        )


def desk(at: Port, login: str = "a.peeters", *roles: Role, **more: Any) -> Desk:
    return Desk(at, officer(at, login, *roles, **more))


def titles(listed: Listed) -> list[str]:
    return [row.record.title if row.record else "-" for row in listed.rows]


def named(title: str, kind: str = "alert") -> object:
    record = example(kind)
    record.common.title = title
    return record


def say(at: Port, title: str, label: str = AMBER, kind: str = "alert") -> Found | object:
    return at.publish(named(title, kind), label)  # type: ignore[arg-type]


@pytest.fixture(name="antwerp")
def antwerp_port() -> Port:
    return port(ANTWERP)


def test_newest_first_over_feeds_and_pages_meet_without_overlap(antwerp: Port) -> None:
    here = desk(antwerp)
    for n in range(7):
        say(antwerp, f"alert {n}", AMBER if n % 2 else SCHELDT)
    page = here.newest(limit=3)
    assert titles(page) == ["alert 6", "alert 5", "alert 4"]
    second = here.newest(limit=3, before=page.older)
    assert titles(second) == ["alert 3", "alert 2", "alert 1"]
    third = here.newest(limit=3, before=second.older)
    assert (titles(third), third.older) == (["alert 0"], None)


def test_each_list_has_its_kinds(antwerp: Port) -> None:
    here = desk(antwerp)
    for kind in ("alert", "indicator", "notice", "incident"):
        say(antwerp, kind, kind=kind)
    assert titles(here.newest(listings=[Listing.EVENTS])) == ["incident", "alert"]
    assert titles(here.newest(listings=[Listing.LOOKOUTS])) == ["indicator"]
    assert titles(here.newest(listings=[Listing.LIBRARY])) == ["notice"]
    assert len(here.newest().rows) == 4


def test_own_and_others(antwerp: Port) -> None:
    north = port(NORTH_SEA)
    feed = north.release().feed.feed
    antwerp.pull(north, feed)
    say(antwerp, "ours")
    here = desk(antwerp)
    assert titles(here.newest(within=lambda feed: feed.own)) == ["ours"]
    assert len(here.newest(within=lambda feed: not feed.own).rows) == 1


def test_what_is_not_for_this_officer_is_nowhere_and_changes_nothing(antwerp: Port) -> None:
    """Noninterference of lists: two stores that differ only in what the reader may not read answer alike."""
    bare = port(ANTWERP)
    here, there = desk(antwerp), desk(bare)
    for at in (antwerp, bare):
        say(at, "seen")
    hidden = antwerp.publish(named("canary"), RED)  # type: ignore[arg-type]
    antwerp.publish(named("canary 2"), NAVIGATION)  # type: ignore[arg-type]
    assert titles(here.newest()) == titles(there.newest()) == ["seen"]
    assert here.newest(limit=1).older is not None
    assert titles(here.newest(limit=1)) == ["seen"]
    assert here.detail(hidden.record) is None
    assert here.detail(bytes(16)) is None
    assert "canary" not in repr(here.changes(0))
    navigator = desk(antwerp, "n.avi", purposes="navigation-safety,port-security")
    assert titles(navigator.newest()) == ["canary 2", "seen"]


def test_the_audit_feed_is_nobody_s_reading(antwerp: Port) -> None:
    antwerp.release()
    assert all(row.kind == "alert" for row in desk(antwerp, "au.ditor", Role.AUDITOR).newest().rows)


def test_a_filter_that_forgot_the_label_would_be_seen(antwerp: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    antwerp.publish(named("canary"), RED)  # type: ignore[arg-type]
    here = desk(antwerp)
    assert titles(here.newest()) == []
    monkeypatch.setattr(here.readable, "feeds", lambda r, _: {f.number: f for f in feeds.every(r)})
    assert "canary" in titles(here.newest())


def test_a_clearance_that_ends_closes_at_that_moment(antwerp: Port) -> None:
    here = desk(antwerp)
    say(antwerp, "seen")
    assert titles(here.newest()) == ["seen"]
    antwerp.clock.at = NOW + 301 * DAY_MS
    expired = officers_here.visitor(antwerp, here.who.id)
    assert titles(Desk(antwerp, expired).newest()) == []


def test_a_withdrawn_record_keeps_its_row_and_loses_title_and_text(antwerp: Port) -> None:
    north = port(NORTH_SEA)
    out = antwerp.publish(named("canary title"))  # type: ignore[arg-type]
    say(antwerp, "other")
    antwerp.clock.at += 1000
    antwerp.withdraw(out, reason=4)
    north.pull(antwerp, out.feed.feed)
    for at in (antwerp, north):
        here = desk(at)
        row = here.newest().rows[1]
        assert (row.state, row.record, row.row.content, row.kind) == (State.RETRACTED, None, None, "alert")
        assert row.withdrawal is not None
        assert (row.withdrawal.reason, row.withdrawal.at_ms, row.withdrawal.index) == (4, NOW + 1000, 3)
        assert "canary" not in repr(here.newest()) + repr(here.changes(0)) + repr(here.detail(out.record))
        antwerp.clock.at += 3 * DAY_MS
        assert here.newest().rows[1].state is State.RETRACTED  # it lapsed, and stays sealed


def test_a_lapsed_record_is_readable_and_says_so(antwerp: Port) -> None:
    here = desk(antwerp)
    say(antwerp, "old")
    antwerp.clock.at += 2 * DAY_MS
    (row,) = here.newest().rows
    assert (row.state, titles(here.newest())) == (State.EXPIRED, ["old"])


def test_a_newer_version_takes_the_row(antwerp: Port) -> None:
    here = desk(antwerp)
    first = antwerp.publish(named("first"))  # type: ignore[arg-type]
    say(antwerp, "between")
    antwerp.publish(named("second"), record=first.record, version=2)  # type: ignore[arg-type]
    assert titles(here.newest()) == ["second", "between"]


def test_changes_are_replayed_each_record_once_as_it_stands(antwerp: Port) -> None:
    here = desk(antwerp)
    one = antwerp.publish(named("one"))  # type: ignore[arg-type]
    mark = here.newest().last
    say(antwerp, "two")
    antwerp.withdraw(one)
    changed = here.changes(mark)
    assert [(row.state, row.record is None) for row in changed.rows] == [
        (State.CURRENT, False),
        (State.RETRACTED, True),
    ]
    assert here.changes(changed.last) == Changed((), (), changed.last)
    assert here.changes(0, limit=1).behind


def test_a_receipt_touches_the_records_below_it_and_shows_the_holder(antwerp: Port) -> None:
    here, north = desk(antwerp), port(NORTH_SEA)
    out = antwerp.release()
    feed = out.feed.feed
    before = here.detail(out.record)
    assert before is not None
    assert {h.node: h.has for h in before.holders}[NORTH_SEA] is False
    mark = here.newest().last
    taken = north.pull(antwerp, feed)
    assert isinstance(taken, Accepted)
    given = taken.receipt
    assert given is not None
    antwerp.store.write(lambda tx: receipt.take(tx, antwerp.ctx, NORTH_SEA, given)).result()
    assert here.changes(mark).touched == (Address(out.record),)
    shown = here.detail(out.record)
    assert shown is not None
    holder = next(h for h in shown.holders if h.node == NORTH_SEA)
    assert (holder.has, holder.aside, holder.signed_s) == (True, False, NOW // 1000)
    assert (shown.provenance.origin, shown.provenance.index, shown.provenance.size) == (ANTWERP, 1, 2)


def test_holders_are_the_entitled_nodes_alone(antwerp: Port) -> None:
    out = antwerp.release(SCHELDT)
    shown = desk(antwerp).detail(out.record)
    assert shown is not None
    assert [h.node for h in shown.holders] == [NORTH_SEA, LIEGE]


def test_a_record_kept_aside_at_the_peer_is_not_had(antwerp: Port) -> None:
    north = port(NORTH_SEA)
    out = antwerp.publish(
        example("alert", score=8.0, detector="x_y", detector_version="1", explanation=["a"])
    )
    taken = north.pull(antwerp, out.feed.feed)
    assert isinstance(taken, Accepted)
    given = taken.receipt
    assert given is not None
    antwerp.store.write(lambda tx: receipt.take(tx, antwerp.ctx, NORTH_SEA, given)).result()
    shown = desk(antwerp).detail(out.record)
    assert shown is not None
    holder = next(h for h in shown.holders if h.node == NORTH_SEA)
    assert (holder.has, holder.aside) == (False, True)
    assert titles(desk(north).newest()) == []


def test_opening_a_record_of_the_police_is_audited(antwerp: Port) -> None:
    here = desk(antwerp)
    for regime, audited in (("REGIME_GDPR", False), ("REGIME_LED", True), ("REGIME_JUDICIAL", True)):
        record = example("alert")
        record.common.regime = regime  # type: ignore[assignment]
        shown = here.detail(antwerp.publish(record).record)
        assert shown is not None
        assert shown.audited is audited


def test_opening_personal_data_is_audited(antwerp: Port) -> None:
    record = example("alert")
    record.common.subjects.add(type="plate", value="BE:1ABC234")
    record.common.subject_category.append(6)  # type: ignore[arg-type]
    out = antwerp.publish(record, "BE:NONE//TLP:AMBER//AUD ports-be//CAVEAT PERSONAL")
    here = desk(antwerp)
    shown = here.detail(out.record)
    assert shown is not None
    assert shown.audited
    antwerp.store.write(
        lambda tx: detail.opened(tx, antwerp.ctx, shown, officer=here.who.id, purposes=["port-security"])
    ).result()
    last = antwerp.audits()[-1]
    assert (last.act, last.actor, last.purpose, last.record.record_id) == (
        "open",
        here.who.id,
        "port-security",
        out.record,
    )


def test_of_several_purposes_for_which_a_record_may_be_read_the_audit_names_all_and_chooses_none(
    antwerp: Port,
) -> None:
    here = desk(antwerp)
    reading = replace(here.who.reading, purposes=frozenset({"navigation-safety", "port-security"}))
    one = "BE:NONE//TLP:AMBER//AUD ports-be//PURPOSE port-security"
    record = example("alert")
    record.common.regime = "REGIME_LED"  # type: ignore[assignment]
    shown = here.detail(antwerp.publish(record).record)
    assert shown is not None
    for label, purpose, further in (
        (AMBER, "", "navigation-safety/port-security"),
        (one, "port-security", ""),
    ):
        purposes = detail.purposes_of(reading, label)
        act = partial(detail.opened, ctx=antwerp.ctx, shown=shown, officer=here.who.id, purposes=purposes)
        antwerp.store.write(act).result()
        last = antwerp.audits()[-1]
        assert (last.purpose, last.details.get("for", "")) == (purpose, further)


def test_limburg_sees_what_limburg_may(antwerp: Port) -> None:
    limburg = port(LIMBURG)
    wide, narrow = antwerp.release(), antwerp.release(SCHELDT)
    for out in (wide, narrow):
        limburg.pull(antwerp, out.feed.feed)
    here = desk(limburg)
    assert [row.id for row in here.newest().rows] == [wide.record]


def test_lists_over_many_feeds_are_in_one_order() -> None:
    """The merge against sorting everything, over feeds of uneven size."""
    at = port()
    labels = [AMBER, SCHELDT, NAVIGATION, RED]
    for n in range(40):
        say(at, str(n), labels[(n * n) % 4 if n % 5 else n % 3])
    numbers = [row[0] for row in at.store.read(lambda r: r.all("SELECT number FROM feed WHERE role = 0"))]
    plain = at.store.read(
        lambda r: r.all(
            "SELECT arrival FROM entry WHERE shown > 0 AND feed IN (SELECT number FROM feed WHERE role = 0) ORDER BY arrival DESC"
        )
    )
    for limit in (1, 3, 10, 100):
        got = at.store.read(lambda r, most=limit: lists.newest(r, numbers, limit=most))  # type: ignore[misc]
        assert [row.arrival for row in got] == [row[0] for row in plain][:limit]


def test_what_a_peer_has_of_our_feeds_by_its_own_word(antwerp: Port) -> None:
    north = port(NORTH_SEA)
    out = antwerp.release()
    antwerp.release(SCHELDT)
    taken = north.pull(antwerp, out.feed.feed)
    assert isinstance(taken, Accepted)
    given = taken.receipt
    assert given is not None
    antwerp.store.write(lambda tx: receipt.take(tx, antwerp.ctx, NORTH_SEA, given)).result()
    antwerp.release()

    def held(peer: NodeId) -> list[tuple[str, int, int]]:
        entry = antwerp.ctx.register.nodes[peer]
        own = antwerp.store.read(lambda r: [f for f in feeds.every(r) if f.role is feeds.FeedRole.RECORDS])
        rows = antwerp.store.read(lambda r: peers.held_by(r, antwerp.ctx, entry, own))
        return sorted((row.feed.label, row.held, row.feed.size - row.held) for row in rows)

    assert held(NORTH_SEA) == [(AMBER, 2, 1), (SCHELDT, 0, 2)]
    assert held(LIMBURG) == [(AMBER, 0, 3)]
