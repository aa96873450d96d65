"""With what was released goes the text of the draft it came from; what was discarded does not stay either."""

from __future__ import annotations

from matters import Desk, alert
from officers_here import officer
from ports import AMBER, ANTWERP, port

from node.commands import draft, expire, hold
from node.store import drafts
from node.store.drafts import DraftState
from policies.officers import Role
from protocol.fields import DAY_MS
from protocol.ids import RecordId
from protocol.label import parse

BOTH = "BE:NONE//TLP:AMBER//AUD ports-be & ports-scheldt"


def swept(desk: Desk) -> int:
    at = desk.at
    due = at.store.read(lambda r: expire.look(r, at.ctx)).due
    gone = at.store.write(lambda tx: expire.forget(tx, at.ctx, due)).result()
    return gone.entries + at.store.write(lambda tx: expire.forget_discarded(tx, at.ctx)).result().entries


def text(desk: Desk, record: RecordId) -> bytes | None:
    row = desk.at.store.read(lambda r: drafts.get(r, record))
    return row.content if row is not None else None


def discard(desk: Desk, record: RecordId) -> None:
    at = desk.at
    assert at.store.write(lambda tx: draft.discard(tx, at.ctx, record, officer=desk.who.id)).result()


def test_the_text_of_a_released_draft_goes_with_its_content_and_its_owner_stays_known() -> None:
    desk = Desk(port(ANTWERP))
    out = desk.release(AMBER)
    desk.at.clock.at += 30 * DAY_MS - 1
    assert swept(desk) == 0
    assert text(desk, out.record)
    desk.at.clock.at += 1
    assert swept(desk) == 1
    assert text(desk, out.record) == b""
    assert desk.at.store.read(lambda r: drafts.owner_of(r, out.record)) == desk.who.id
    words = alert().common.title.encode()
    rows = desk.at.store.read(
        lambda r: r.all("SELECT content FROM draft UNION ALL SELECT content FROM entry")
    )
    assert not [1 for (content,) in rows if content and words in content]
    assert desk.correcting(out.record) is None
    assert desk.moving(out.record, BOTH) is None


def test_the_text_of_a_later_version_stays_no_longer_than_that_of_the_first() -> None:
    desk = Desk(port(ANTWERP))
    out = desk.release(AMBER)
    desk.at.clock.at += 10 * DAY_MS
    desk.correct(out.record)
    assert text(desk, out.record)
    desk.at.clock.at += 20 * DAY_MS
    assert swept(desk) == 2
    assert text(desk, out.record) == b""


def test_a_discarded_draft_is_destroyed_after_its_time_and_one_that_went_on_keeps_the_owner() -> None:
    desk = Desk(port(ANTWERP))
    at = desk.at
    out = desk.release(AMBER)
    fresh = at.store.write(
        lambda tx: draft.make(tx, at.ctx, alert(), owner=desk.who.id, label=parse(AMBER))
    ).result()
    correction, moved = desk.correcting(out.record), desk.moving(out.record, BOTH)
    assert correction is not None
    assert moved is not None
    for row in (fresh, correction, moved):
        discard(desk, row.record)
    at.clock.at += expire.DISCARDED_MS - 1
    assert not at.store.read(lambda r: expire.discarded(r, at.ctx))
    at.clock.at += 1
    assert at.store.write(lambda tx: expire.forget_discarded(tx, at.ctx)).result().entries == 3
    assert [text(desk, row.record) for row in (fresh, correction, moved)] == [None, b"", None]
    kept = at.store.read(lambda r: drafts.get(r, out.record))
    assert kept is not None
    assert (kept.state, kept.owner) == (DraftState.DISCARDED, desk.who.id)
    assert not at.store.read(lambda r: expire.discarded(r, at.ctx))


def test_what_goes_on_from_a_record_on_hold_stays_though_discarded() -> None:
    desk = Desk(port(ANTWERP))
    at, dpo = desk.at, officer(desk.at, "d.po", Role.DPO)
    out = desk.release(AMBER)
    moved = desk.moving(out.record, BOTH)
    assert moved is not None
    discard(desk, moved.record)
    lineage = out.feed.lineage
    at.store.write(
        lambda tx: hold.ask(tx, at.ctx, lineage, out.record, reference="PV 1", officer=dpo)
    ).result()
    at.store.write(
        lambda tx: hold.confirm(tx, at.ctx, lineage, out.record, reference="PV 1", officer=desk.second)
    ).result()
    at.clock.at += 2 * expire.DISCARDED_MS
    assert swept(desk) == 0
    assert text(desk, moved.record)
