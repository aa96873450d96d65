"""Files of drafts and records: only what is here is listed, all of it leaves along, and only who may read the record has it."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest
import registers
from files_here import has, key_of, listed, put, release, with_files
from officers_here import everyone, officer
from ports import AMBER, LIMBURG, NORTH_SEA, SCHELDT, Port, port
from record_examples import example

from node.blobs import of_draft, of_entry
from node.commands import attach, draft, expire, fetch
from node.commands import release as releasing
from node.commands.outcome import Accepted
from node.commands.people import Visitor
from node.commands.publish import Released
from node.store import attachments, drafts, entries, feeds
from node.store.attachments import Rank, State
from node.store.drafts import DraftRow
from node.store.feeds import FeedRow
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


def given(at: Port, row: DraftRow, data: bytes, editor: str = "node", **more: str) -> DraftRow | None:
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
    off = antwerp.store.write(
        lambda tx: attach.detach(tx, antwerp.ctx, row.record, sha, editor="node")
    ).result()
    assert off is not None
    assert names(off) == []
    assert off.revision == again.revision + 1
    gone = antwerp.store.write(
        lambda tx: attach.detach(tx, antwerp.ctx, row.record, sha, editor="node")
    ).result()
    assert gone is None


def test_a_file_that_is_not_here_is_not_listed_and_the_21st_neither(antwerp: Port, peeters: Visitor) -> None:
    row = drafted(antwerp, peeters)
    absent = listed(b"nobody gave this")
    future = antwerp.store.write(lambda tx: attach.attach(tx, antwerp.ctx, row.record, absent, editor="node"))
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
    message.common.change_reason = "More is known"
    next_row = antwerp.store.write(
        lambda tx: draft.supersede(tx, antwerp.ctx, row.record, message, editor=peeters.id)
    ).result()
    assert next_row is not None
    assert has(antwerp, leave(antwerp, peeters, next_row), PICTURE)


# ---- At a holder -----------------------------------------------------------------------------------------------------------


def wanted(at: Port, of: Port, rank: Rank = Rank.ALERT_PICTURE) -> list[fetch.Wanted]:
    """What a port wants of another, newest first."""
    rows = at.store.read(lambda r: fetch.feeds_of(r, of.name))
    return [one for feed in rows for one in at.store.read(lambda r, f=feed: fetch.page(r, f, rank, None, 64))]  # type: ignore[misc]


def looked(at: Port, one: fetch.Wanted) -> fetch.Look:
    return at.store.read(lambda r: fetch.look(r, at.ctx, one))


def came(at: Port, one: fetch.Wanted) -> bool:
    return at.store.write(lambda tx: fetch.arrived(tx, one.row)).result()


def test_what_an_accepted_record_lists_is_wanted_pictures_of_alerts_first(antwerp: Port) -> None:
    ghent = port(NORTH_SEA)
    report = release(antwerp, REPORT, media_type="application/pdf")
    picture = release(antwerp, PICTURE)
    batch = antwerp.serve(ghent, report.feed.feed, 0)
    assert batch is not None
    accepted = ghent.accept(batch)
    assert isinstance(accepted, Accepted)
    assert accepted.files == 2
    (first,), (other,) = wanted(ghent, antwerp), wanted(ghent, antwerp, Rank.OTHER)
    assert (first.feed, first.index, first.origin) == (picture.feed.feed, picture.index, antwerp.name)
    assert other.row.sha256 == listed(REPORT).sha256
    assert set(ghent.store.read(attachments.waiting)) == {(antwerp.name, rank) for rank in Rank}


def test_a_picture_that_is_large_waits_like_any_file(antwerp: Port) -> None:
    ghent = port(NORTH_SEA)
    large = listed(PICTURE)._replace(size=attachments.PICTURE_MAX + 1)
    released = antwerp.publish(with_files(large))
    ghent.pull(antwerp, released.feed.feed)
    assert wanted(ghent, antwerp) == []
    assert len(wanted(ghent, antwerp, Rank.OTHER)) == 1


def test_what_is_wanted_is_told_page_by_page_and_each_once(antwerp: Port) -> None:
    ghent = port(NORTH_SEA)
    for i in range(5):
        released = release(antwerp, *[PICTURE + bytes([i, j]) for j in range(4)])
    ghent.pull(antwerp, released.feed.feed)
    feed = ghent.store.read(lambda r: feeds.find(r, released.feed.feed))
    assert feed is not None
    found: list[fetch.Wanted] = []
    below: tuple[int, bytes] | None = None
    while page := ghent.store.read(lambda r: fetch.page(r, feed, Rank.ALERT_PICTURE, below, 3)):  # noqa: B023
        found += page
        below = page[-1].row.key, page[-1].row.sha256
    assert len(found) == len({(one.row.key, one.row.sha256) for one in found}) == 20
    assert [one.index for one in found] == sorted((one.index for one in found), reverse=True)


def test_a_file_that_came_counts_as_here_and_is_a_change(antwerp: Port) -> None:
    ghent = port(NORTH_SEA)
    picture = release(antwerp, PICTURE)
    ghent.pull(antwerp, picture.feed.feed)
    (one,) = wanted(ghent, antwerp)
    assert looked(ghent, one) is fetch.Look.FETCH
    put(ghent, key_of(ghent, picture), PICTURE)
    assert looked(ghent, one) is fetch.Look.HERE
    assert came(ghent, one)
    assert came(ghent, one)  # told twice it is still here
    assert has(ghent, picture, PICTURE)
    assert wanted(ghent, antwerp) == []
    assert ghent.store.read(lambda r: attachments.came(r, [1, 2, 3], 0))


def test_what_was_withdrawn_before_it_came_is_never_asked_for(antwerp: Port) -> None:
    ghent = port(NORTH_SEA)
    picture = release(antwerp, PICTURE)
    ghent.pull(antwerp, picture.feed.feed)
    (one,) = wanted(ghent, antwerp)
    antwerp.withdraw(picture)
    ghent.pull(antwerp, picture.feed.feed)
    assert looked(ghent, one) is fetch.Look.GONE
    assert not came(ghent, one)  # its last byte came after the withdrawal
    assert not attachments_held(ghent, picture)
    assert wanted(ghent, antwerp) == []


def attachments_held(at: Port, released: Released) -> frozenset[bytes]:
    return at.store.read(lambda r: attachments.held(r, key_of(at, released)))


def test_a_clock_that_is_wrong_for_a_moment_gives_nothing_up(antwerp: Port) -> None:
    ghent = port(NORTH_SEA)
    picture = release(antwerp, PICTURE)
    ghent.pull(antwerp, picture.feed.feed)
    (one,) = wanted(ghent, antwerp)
    before = ghent.clock.at
    ghent.clock.at += 400 * DAY_MS
    assert looked(ghent, one) is fetch.Look.LATER
    ghent.clock.at = before
    assert looked(ghent, one) is fetch.Look.FETCH


def test_a_node_that_may_not_hold_the_feed_any_more_asks_for_nothing(antwerp: Port) -> None:
    current = [registers.register()]
    ghent = port(NORTH_SEA, register=lambda: current[0])
    picture = release(antwerp, PICTURE)
    ghent.pull(antwerp, picture.feed.feed)
    (one,) = wanted(ghent, antwerp)
    nodes = {name: entry for name, entry in current[0].nodes.items() if name != NORTH_SEA}
    current[0] = replace(current[0], nodes=MappingProxyType(nodes))
    assert looked(ghent, one) is fetch.Look.LATER


def test_a_hash_that_another_feed_lists_gives_nobody_the_file(antwerp: Port) -> None:
    """Limburg knows the hash of Antwerp's secret picture and lists it: that makes nobody serve it."""
    ghent = port(NORTH_SEA)
    secret = release(antwerp, PICTURE, label=SCHELDT)
    ghent.pull(antwerp, secret.feed.feed)
    put(ghent, key_of(ghent, secret), PICTURE)
    (one,) = wanted(ghent, antwerp)
    came(ghent, one)
    limburg = port(LIMBURG)
    bait = limburg.publish(with_files(listed(PICTURE)), AMBER)
    ghent.pull(limburg, bait.feed.feed)
    feed = ghent.store.read(lambda r: feeds.find(r, bait.feed.feed))
    assert feed is not None
    assert served(ghent, feed, bait.index) is None
    assert looked(ghent, wanted(ghent, limburg)[0]) is fetch.Look.FETCH  # it has to come through that feed


def served(at: Port, feed: FeedRow, index: int) -> attachments.Row | None:
    return at.store.read(lambda r: fetch.servable(r, at.ctx, feed, index, listed(PICTURE).sha256))


def test_an_index_that_would_reach_into_another_feed_is_none(antwerp: Port) -> None:
    open_feed = antwerp.publish(with_files(), AMBER).feed
    secret = release(antwerp, PICTURE, label=SCHELDT)
    other = antwerp.store.read(lambda r: feeds.find(r, secret.feed.feed))
    here = antwerp.store.read(lambda r: feeds.find(r, open_feed.feed))
    assert other is not None
    assert here is not None
    assert served(antwerp, other, secret.index) is not None
    for far in (1 << 40, other.number << 40, (other.number ^ here.number) << 40, 1 << 63, (1 << 64) - 1, -1):
        assert served(antwerp, here, far | secret.index) is None
    with pytest.raises(ValueError, match="40 bits"):
        entries.key_of(1, 1 << 40)


def test_when_content_goes_its_files_go(antwerp: Port) -> None:
    released = release(antwerp, PICTURE)
    key = key_of(antwerp, released)
    antwerp.clock.at += 31 * DAY_MS
    forgotten = antwerp.store.write(lambda tx: expire.forget(tx, antwerp.ctx, [key])).result()
    assert forgotten.files == ((of_entry(key), listed(PICTURE).sha256),)
    assert antwerp.store.read(lambda r: attachments.of_entry(r, key)) == []


def test_with_it_go_the_draft_s_own_copies_and_those_of_a_discarded_one(
    antwerp: Port, peeters: Visitor
) -> None:
    row, other = drafted(antwerp, peeters), drafted(antwerp, peeters)
    after, _ = given(antwerp, row, PICTURE), given(antwerp, other, PICTURE)
    assert after is not None
    released = leave(antwerp, peeters, after)
    antwerp.store.write(lambda tx: draft.discard(tx, antwerp.ctx, other.record, officer=peeters.id)).result()
    antwerp.clock.at += 31 * DAY_MS
    key, sha256 = key_of(antwerp, released), listed(PICTURE).sha256
    forgotten = antwerp.store.write(lambda tx: expire.forget(tx, antwerp.ctx, [key])).result()
    assert forgotten.files == ((of_entry(key), sha256), (of_draft(row.record), sha256))
    gone = antwerp.store.write(lambda tx: expire.forget_discarded(tx, antwerp.ctx)).result()
    assert gone.files == ((of_draft(other.record), sha256),)


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


def test_the_photograph_of_a_ban_is_its_drafts_like_any_file(antwerp: Port, peeters: Visitor) -> None:
    message = example("port_ban")
    message.port_ban.photo.CopyFrom(pb.Blob(**listed(PICTURE)._asdict()))
    row = drafted(antwerp, peeters)
    ban = replace(row, kind="port_ban", content=message.SerializeToString())
    antwerp.store.write(lambda tx: drafts.put(tx, ban)).result()
    coming = antwerp.ctx.blobs.incoming(100)
    coming.write(PICTURE)
    coming.take(of_draft(row.record))
    assert [one.here for one in attach.of_message(antwerp.ctx.blobs, row.record, ban.content)] == [True]
    assert attach.tidy(antwerp.ctx) == 0


def test_a_file_that_vanished_from_the_disk_is_wanted_again(antwerp: Port) -> None:
    released = release(antwerp, PICTURE)
    key, sha = key_of(antwerp, released), listed(PICTURE).sha256
    antwerp.store.write(lambda tx: attachments.lost(tx, key, sha)).result()
    row = antwerp.store.read(lambda r: attachments.get(r, key, sha))
    assert row is not None
    assert row.state == State.WANTED
