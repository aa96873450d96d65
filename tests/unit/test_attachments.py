"""Files of drafts and records: only what is here is listed, all of it leaves along, and only who may read the record has it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from files_here import has, key_of, listed, put, release, with_files
from officers_here import everyone, officer
from ports import AMBER, LIMBURG, NORTH_SEA, SCHELDT, Port, port

from node.blobs import of_draft, of_entry
from node.commands import attach, draft, expire, fetch
from node.commands import release as releasing
from node.commands.outcome import Accepted
from node.commands.people import Visitor
from node.commands.publish import Released
from node.store import attachments, drafts, feeds
from node.store.attachments import Rank, State
from node.store.drafts import DraftRow
from policies.plan import Plan
from protocol.errors import BadRecord
from protocol.fields import DAY_MS
from protocol.label import parse
from protocol.v1 import records_pb2 as pb

PICTURE, REPORT = b"\xff\xd8\xff a picture", b"%PDF- a report"


@pytest.fixture(name="antwerp")
def antwerp_port() -> Port:
    return port()


@pytest.fixture(name="peeters")
def security_officer(antwerp: Port) -> Visitor:
    return officer(antwerp)


def drafted(at: Port, who: Visitor, label: str = AMBER) -> DraftRow:
    record = with_files()
    record.common.legal_basis = "port-security-be"
    return at.store.write(
        lambda tx: draft.make(tx, at.ctx, record, owner=who.id, label=parse(label))
    ).result()


def given(at: Port, row: DraftRow, data: bytes, editor: str = "x", **more: str) -> DraftRow | None:
    """A file taken and listed."""
    coming = at.ctx.blobs.incoming(len(data))
    coming.write(data)
    coming.take(of_draft(row.record))
    file = listed(data, **more)
    return at.store.write(lambda tx: attach.attach(tx, at.ctx, row.record, file, editor=editor)).result()


def plan_of(at: Port, who: Visitor, row: DraftRow) -> Plan:
    people = everyone(at)
    found = at.store.read(lambda r: releasing.preview(r, at.ctx, row.record, officer=who, people=people))
    assert isinstance(found, Plan), found
    return found


def leave(at: Port, who: Visitor, row: DraftRow) -> Released:
    digest, people = plan_of(at, who, row).digest, everyone(at)
    outcome = at.store.write(
        lambda tx: releasing.release(tx, at.ctx, row.record, officer=who, people=people, digest=digest)
    ).result()
    assert isinstance(outcome, Released), outcome
    return outcome


def names(row: DraftRow) -> list[str]:
    return [one.name for one in pb.Record.FromString(row.content).common.attachments]


def test_a_file_is_listed_changes_the_plan_and_leaves_with_its_record(
    antwerp: Port, peeters: Visitor
) -> None:
    row = drafted(antwerp, peeters)
    before = plan_of(antwerp, peeters, row).digest
    after = given(antwerp, row, PICTURE, peeters.id)
    assert after is not None
    assert names(after) == ["camera 4.jpg"]
    assert after.revision == row.revision + 1
    assert plan_of(antwerp, peeters, after).digest != before
    released = leave(antwerp, peeters, after)
    assert has(antwerp, released, PICTURE)


def test_the_same_file_twice_is_listed_once_and_taking_it_off_is_a_change(
    antwerp: Port, peeters: Visitor
) -> None:
    row = drafted(antwerp, peeters)
    given(antwerp, row, PICTURE)
    again = given(antwerp, row, PICTURE)
    assert again is not None
    assert len(names(again)) == 1
    sha = listed(PICTURE).sha256
    off = antwerp.store.write(lambda tx: attach.detach(tx, antwerp.ctx, row.record, sha, editor="x")).result()
    assert off is not None
    assert names(off) == []
    assert off.revision == again.revision + 1
    gone = antwerp.store.write(
        lambda tx: attach.detach(tx, antwerp.ctx, row.record, sha, editor="x")
    ).result()
    assert gone is None


def test_a_file_that_is_not_here_is_not_listed_and_the_21st_neither(antwerp: Port, peeters: Visitor) -> None:
    row = drafted(antwerp, peeters)
    absent = listed(b"nobody gave this")
    future = antwerp.store.write(lambda tx: attach.attach(tx, antwerp.ctx, row.record, absent, editor="x"))
    with pytest.raises(BadRecord, match="held here"):
        future.result()
    for i in range(20):
        assert given(antwerp, row, PICTURE + bytes([i])) is not None
    with pytest.raises(BadRecord):
        given(antwerp, row, PICTURE + b"21")


def test_a_release_whose_file_is_gone_is_undone(antwerp: Port, peeters: Visitor) -> None:
    row = drafted(antwerp, peeters)
    after = given(antwerp, row, PICTURE)
    assert after is not None
    antwerp.ctx.blobs.drop(of_draft(row.record), listed(PICTURE).sha256)
    with pytest.raises(BadRecord, match="attachments"):
        leave(antwerp, peeters, after)
    still = antwerp.store.read(lambda r: drafts.get(r, row.record))
    assert still is not None
    assert still.state in drafts.OPEN


def test_the_next_version_has_the_files_of_the_one_before(antwerp: Port, peeters: Visitor) -> None:
    row = given(antwerp, drafted(antwerp, peeters), PICTURE)
    assert row is not None
    leave(antwerp, peeters, row)
    antwerp.ctx.blobs.drop(of_draft(row.record), listed(PICTURE).sha256)
    message = pb.Record.FromString(row.content)
    message.common.title = "The same, and more"
    next_row = antwerp.store.write(
        lambda tx: draft.supersede(tx, antwerp.ctx, row.record, message, editor=peeters.id)
    ).result()
    assert next_row is not None
    assert has(antwerp, leave(antwerp, peeters, next_row), PICTURE)


# ---- At a holder -----------------------------------------------------------------------------------------------------------


def looked(at: Port, rank: Rank) -> fetch.Next:
    return at.store.read(lambda r: fetch.look(r, at.ctx, rank))


def test_what_an_accepted_record_lists_is_wanted_pictures_of_alerts_first(antwerp: Port) -> None:
    ghent = port(NORTH_SEA)
    report = release(antwerp, REPORT, media_type="application/pdf")
    picture = release(antwerp, PICTURE)
    batch = antwerp.serve(ghent, report.feed.feed, 0)
    assert batch is not None
    accepted = ghent.accept(batch)
    assert isinstance(accepted, Accepted)
    assert accepted.files == 2
    first, other = looked(ghent, Rank.ALERT_PICTURE).wanted, looked(ghent, Rank.OTHER).wanted
    assert first is not None
    assert (first.feed, first.index, first.origin) == (picture.feed.feed, picture.index, antwerp.name)
    assert other is not None
    assert other.row.sha256 == listed(REPORT).sha256


def test_a_file_that_came_counts_as_here_and_is_a_change(antwerp: Port) -> None:
    ghent = port(NORTH_SEA)
    picture = release(antwerp, PICTURE)
    ghent.pull(antwerp, picture.feed.feed)
    wanted = looked(ghent, Rank.ALERT_PICTURE).wanted
    assert wanted is not None
    put(ghent, key_of(ghent, picture), PICTURE)
    assert ghent.store.write(lambda tx: fetch.arrived(tx, wanted.row)).result()
    assert has(ghent, picture, PICTURE)
    assert looked(ghent, Rank.ALERT_PICTURE) == fetch.Next()
    number = picture.feed.number
    assert ghent.store.read(lambda r: attachments.came(r, [1, 2, 3, number], 0))


def test_what_was_withdrawn_before_it_came_is_never_asked_for(antwerp: Port) -> None:
    ghent = port(NORTH_SEA)
    picture = release(antwerp, PICTURE)
    ghent.pull(antwerp, picture.feed.feed)
    antwerp.withdraw(picture)
    ghent.pull(antwerp, picture.feed.feed)
    found = looked(ghent, Rank.ALERT_PICTURE)
    assert found.wanted is None
    row = found.unwanted
    assert row is not None
    ghent.store.write(lambda tx: fetch.give_up(tx, row)).result()
    assert looked(ghent, Rank.ALERT_PICTURE) == fetch.Next()


def test_what_nobody_has_is_asked_for_ever_more_seldom(antwerp: Port) -> None:
    ghent = port(NORTH_SEA)
    picture = release(antwerp, PICTURE)
    ghent.pull(antwerp, picture.feed.feed)
    waits = []
    for _ in range(20):
        wanted = looked(ghent, Rank.ALERT_PICTURE).wanted
        assert wanted is not None
        ghent.store.write(lambda tx: fetch.put_off(tx, ghent.ctx, wanted.row, tried=True)).result()  # noqa: B023
        again = looked(ghent, Rank.ALERT_PICTURE).again_ms
        assert again is not None
        waits.append(again - ghent.ctx.now())
        ghent.clock.at = again
    assert waits[:3] == [1_000, 2_000, 4_000]
    assert waits == sorted(waits)
    assert waits[-1] == DAY_MS


def test_no_origin_takes_more_than_its_share(antwerp: Port) -> None:
    small = antwerp.ctx.settings
    ghent = port(NORTH_SEA, settings=replace(small, blobs_total=4 * len(PICTURE) * 2))
    for i in range(3):
        last = release(antwerp, PICTURE + bytes([i]))
    ghent.pull(antwerp, last.feed.feed)
    got = 0
    while (found := looked(ghent, Rank.ALERT_PICTURE)).wanted is not None:
        wanted = found.wanted
        put(ghent, wanted.row.key, PICTURE + bytes([got]))
        ghent.store.write(lambda tx: fetch.arrived(tx, wanted.row)).result()  # noqa: B023
        got += 1
    assert got == 1
    assert found.put_off is not None
    tight = port(LIMBURG, settings=replace(small, blob=3))
    tight.pull(antwerp, last.feed.feed)
    assert looked(tight, Rank.ALERT_PICTURE).put_off is not None


def test_a_hash_that_another_feed_lists_gives_nobody_the_file(antwerp: Port) -> None:
    """Limburg knows the hash of Antwerp's secret picture and lists it: that makes nobody serve it."""
    ghent = port(NORTH_SEA)
    secret = release(antwerp, PICTURE, label=SCHELDT)
    ghent.pull(antwerp, secret.feed.feed)
    put(ghent, key_of(ghent, secret), PICTURE)
    here = looked(ghent, Rank.ALERT_PICTURE).here
    assert here is not None
    ghent.store.write(lambda tx: fetch.arrived(tx, here)).result()
    limburg = port(LIMBURG)
    bait = limburg.publish(with_files(listed(PICTURE)), AMBER)
    ghent.pull(limburg, bait.feed.feed)
    feed = ghent.store.read(lambda r: feeds.find(r, bait.feed.feed))
    assert feed is not None
    found = ghent.store.read(lambda r: fetch.servable(r, ghent.ctx, feed, bait.index, listed(PICTURE).sha256))
    assert found is None
    assert looked(ghent, Rank.ALERT_PICTURE).wanted is not None  # it has to come through that feed


def test_when_content_goes_its_files_go(antwerp: Port) -> None:
    released = release(antwerp, PICTURE)
    key = key_of(antwerp, released)
    antwerp.clock.at += 31 * DAY_MS
    forgotten = antwerp.store.write(lambda tx: expire.forget(tx, antwerp.ctx, [key])).result()
    assert forgotten.files == ((key, listed(PICTURE).sha256),)
    assert antwerp.store.read(lambda r: attachments.of_entry(r, key)) == []


def test_what_nothing_lists_is_destroyed_at_the_start_and_the_rest_stays(
    antwerp: Port, peeters: Visitor
) -> None:
    released = release(antwerp, PICTURE)
    row = given(antwerp, drafted(antwerp, peeters), REPORT, media_type="application/pdf", name="report")
    assert row is not None
    put(antwerp, key_of(antwerp, released) + 5, b"an entry that was undone")
    coming = antwerp.ctx.blobs.incoming(10)
    coming.write(b"half")
    coming._file.close()
    stray = antwerp.ctx.blobs.incoming(10)
    stray.write(b"stray")
    stray.take(of_draft(row.record))
    assert attach.tidy(antwerp.ctx) == 2
    assert {(one.owner, one.sha256) for one in antwerp.ctx.blobs.every()} == {
        (of_entry(key_of(antwerp, released)), listed(PICTURE).sha256),
        (of_draft(row.record), listed(REPORT).sha256),
    }
    assert attach.tidy(antwerp.ctx) == 0


def test_a_file_that_vanished_from_the_disk_is_wanted_again(antwerp: Port) -> None:
    released = release(antwerp, PICTURE)
    key, sha = key_of(antwerp, released), listed(PICTURE).sha256
    antwerp.store.write(lambda tx: attachments.lost(tx, key, sha)).result()
    row = antwerp.store.read(lambda r: attachments.get(r, key, sha))
    assert row is not None
    assert row.state == State.WANTED
