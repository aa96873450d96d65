"""An entry that overtakes a backlog: acted on at once and said so, in a log that must turn out to be the one that comes after it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from clones import clone
from ports import AMBER, ANTWERP, LIEGE, LIMBURG, NORTH_SEA, Port, port
from record_examples import example

from federation import wire
from node.commands import go_ahead, overtake, turn
from node.commands.ahead import Ahead, from_wire, to_wire
from node.commands.append import close
from node.commands.batch import Batch
from node.commands.outcome import Accepted, Refusal
from node.commands.overtake import Overtaken
from node.commands.publish import Released
from node.store import ahead as rows
from node.store import entries, feeds
from node.store.changes import ChangeKind
from node.store.entries import Standing
from node.store.feeds import FeedState
from protocol import stored as notes
from protocol.contradiction import verify_contradiction
from protocol.entry import Entry
from protocol.errors import Code, ProtocolError
from protocol.fields import DAY_MS
from protocol.ids import FeedId
from protocol.limits import LIST_MAX
from protocol.v1 import federation_pb2 as pb

BACKLOG = 12


def backlog(count: int = BACKLOG, *, seed: int = 1) -> tuple[Port, Released]:
    """An origin that released notices, and then an alert."""
    origin = port(ANTWERP, seed=seed)
    for _ in range(count):
        origin.release(kind="notice")
    return origin, origin.release()


def given(one: Ahead | None) -> Ahead:
    assert one is not None
    return one


def taken(outcome: Overtaken | Refusal) -> Overtaken:
    assert isinstance(outcome, Overtaken), outcome
    return outcome


def refused(outcome: object) -> Refusal:
    assert isinstance(outcome, Refusal), outcome
    return outcome


def size_of(at: Port, feed: FeedId) -> int:
    row = at.store.read(lambda r: feeds.find(r, feed))
    return row.size if row else 0


def standing(at: Port, one: Released) -> Standing | None:
    rows_here = at.store.read(lambda r: entries.versions(r, one.feed.lineage, one.record))
    found = [row.standing for row in rows_here if row.version == one.version and row.op == 2]
    return found[0] if found else None


def pending(at: Port, feed: FeedId) -> list[int]:
    row = at.store.read(lambda r: feeds.find(r, feed))
    return [one.size for one in at.store.read(lambda r: rows.pending(r, row.number if row else 0))]


def first_part(at: Port, origin: Port, feed: FeedId, end: int) -> None:
    batch = origin.serve(at, feed, 0, end=end)
    assert batch is not None
    at.accept(batch)


@pytest.mark.parametrize("held", [0, 5])
def test_an_alert_is_shown_at_once_and_the_cursor_stays(held: int) -> None:
    origin, alert = backlog()
    feed = alert.feed.feed
    reader = port(NORTH_SEA)
    if held:
        first_part(reader, origin, feed, held)
    del reader.changes[:]
    came = taken(reader.overtake(given(origin.go_ahead(feed, alert.index, held)), origin))
    assert size_of(reader, feed) == held == came.size
    assert standing(reader, alert) is Standing.CURRENT
    assert {change.kind for change in reader.changes} == {ChangeKind.FEED}
    assert pending(reader, feed) == [alert.feed.size]
    assert came.note is not None
    row = origin.store.read(lambda r: entries.get(r, alert.feed.number, alert.index))
    assert row is not None
    notes.verify_stored(
        came.note.signature,
        holder=reader.name,
        origin=origin.name,
        feed=feed,
        index=alert.index,
        leaf=Entry(row.header).leaf,
        size=alert.feed.size,
        root=alert.feed.root,
        publics=[reader.ctx.keys.hold_public],
    )
    assert origin.store.write(lambda tx: go_ahead.take_note(tx, origin.ctx, reader.name, came.note)).result()  # type: ignore[arg-type]


def test_the_backlog_takes_in_what_came_ahead_and_gives_its_receipt() -> None:
    origin, alert = backlog()
    feed = alert.feed.feed
    reader, whole = port(NORTH_SEA), port(NORTH_SEA)
    reader.overtake(given(origin.go_ahead(feed, alert.index)), origin)
    arrived = reader.store.read(lambda r: r.one("SELECT arrival, arrived_us FROM entry WHERE op = 2"))
    reader.clock.at += 60_000
    done = reader.pull(origin, feed, most=5)
    assert isinstance(done, Accepted)
    assert done.receipt is not None
    assert done.receipt.size == alert.feed.size
    whole.pull(origin, feed)
    assert reader.lines(feed) == whole.lines(feed)
    assert pending(reader, feed) == []
    now = reader.store.read(
        lambda r: r.one("SELECT arrival, arrived_us FROM entry WHERE record = ?", alert.record)
    )
    assert now == arrived, "it came when it came: nothing rings twice, and periods count from then"


def test_what_is_pending_is_confirmed_when_it_is_reached_though_the_log_has_gone_on() -> None:
    origin, alert = backlog()
    feed = alert.feed.feed
    reader = port(NORTH_SEA)
    reader.overtake(given(origin.go_ahead(feed, alert.index)), origin)
    for _ in range(3):
        origin.release(kind="notice")
    batch = origin.serve(reader, feed, 0, end=alert.feed.size)
    assert batch is not None
    assert batch.checkpoint.size > alert.feed.size
    done = reader.accept(batch, origin)
    assert isinstance(done, Accepted)
    assert done.receipt is not None
    assert done.receipt.size == alert.feed.size


def test_a_withdrawal_ahead_hides_at_once_also_a_record_that_is_not_here_yet() -> None:
    origin = port(ANTWERP)
    early, late = origin.release(), origin.release()
    feed = early.feed.feed
    gone = [origin.withdraw(one) for one in (early, late)]
    reader = port(NORTH_SEA)
    first_part(reader, origin, feed, 2)
    assert standing(reader, early) is Standing.CURRENT
    for index in gone:
        taken(reader.overtake(given(origin.go_ahead(feed, index, 2)), origin))
    assert standing(reader, early) is Standing.RETRACTED
    reader.accept(given_batch(origin, reader, feed, 2, 3))
    assert standing(reader, late) is Standing.RETRACTED, "it wins when its record arrives"


def given_batch(origin: Port, to: Port, feed: FeedId, first: int, end: int) -> Batch:
    batch = origin.serve(to, feed, first, end=end)
    assert batch is not None
    return batch


def test_what_was_sealed_meanwhile_is_not_taken_in_again() -> None:
    """Content that this node destroyed while it waited for its turn stays destroyed."""
    origin, alert = backlog()
    feed = alert.feed.feed
    reader = port(NORTH_SEA)
    reader.overtake(given(origin.go_ahead(feed, alert.index)), origin)
    reader.store.write(
        lambda tx: tx.run(
            "UPDATE entry SET content = NULL, salt = NULL, standing = 4, shown = 0 WHERE record = ?",
            alert.record,
        )
    ).result()
    reader.pull(origin, feed)
    row = reader.store.read(lambda r: r.one("SELECT content FROM entry WHERE record = ?", alert.record))
    assert row == (None,)


def test_content_that_came_ahead_is_kept_where_the_backlog_brings_none() -> None:
    origin, alert = backlog()
    feed = alert.feed.feed
    reader = port(NORTH_SEA)
    reader.overtake(given(origin.go_ahead(feed, alert.index)), origin)
    batch = given_batch(origin, reader, feed, 0, alert.feed.size)
    reader.accept(replace(batch, entries=tuple(Entry(one.header) for one in batch.entries)), origin)
    assert standing(reader, alert) is Standing.CURRENT


# ---- What is not taken ---------------------------------------------------------------------------------------------------


def test_another_size_than_is_held_is_a_gap_and_says_which() -> None:
    origin, alert = backlog()
    feed = alert.feed.feed
    reader = port(NORTH_SEA)
    first_part(reader, origin, feed, 5)
    for size in (0, 6):
        gap = refused(reader.overtake(given(origin.go_ahead(feed, alert.index, size)), origin))
        assert (gap.code, gap.size, gap.field) == (Code.GAP, 5, overtake.FROM_SIZE)
    assert taken(reader.overtake(given(origin.go_ahead(feed, alert.index, 4)), origin)).note is not None
    fresh = refused(port(NORTH_SEA).overtake(given(origin.go_ahead(feed, alert.index, 5)), origin))
    assert (fresh.code, fresh.size) == (Code.GAP, 0)


def test_every_changed_byte_is_refused_and_leaves_nothing() -> None:
    origin, alert = backlog()
    feed = alert.feed.feed
    for held in (0, 3):
        good = given(origin.go_ahead(feed, alert.index, held))
        checked = to_wire(good).SerializeToString()
        reader = port(NORTH_SEA)
        if held:
            first_part(reader, origin, feed, held)
        before = reader.lines()
        for at in range(0, len(checked), 3):
            raw = checked[:at] + bytes([checked[at] ^ 1]) + checked[at + 1 :]
            outcome = attempted(reader, raw, good)
            assert outcome is None or isinstance(outcome, Refusal), at
            assert reader.lines() == before
            assert pending(reader, feed) == []


def attempted(reader: Port, raw: bytes, good: Ahead) -> object:
    """What comes of changed bytes; nothing where they are no frame, or say the same as before."""
    try:
        ahead = from_wire(wire.parse(pb.Ahead, raw))
    except ProtocolError:
        return None
    return None if ahead == good else reader.overtake(ahead)


def test_what_does_not_overtake_is_no_reason_to_skip_the_line() -> None:
    origin = port(ANTWERP)
    notice = origin.release(kind="notice")
    origin.release()
    one = given(origin.go_ahead(notice.feed.feed, notice.index))
    assert refused(port(NORTH_SEA).overtake(one)).code is Code.MALFORMED


def test_who_may_not_have_the_feed_takes_nothing_of_it() -> None:
    origin = port(ANTWERP)
    alert = origin.release("BE:NONE//TLP:AMBER//AUD ports-scheldt")
    limburg = port(LIMBURG)
    no = refused(limburg.overtake(given(origin.go_ahead(alert.feed.feed, alert.index))))
    assert no.code is Code.ABOVE_ACCREDITATION
    assert limburg.lines() == []


def test_a_body_that_fails_is_kept_aside_and_no_word_is_given() -> None:
    origin = port(ANTWERP)
    origin.release(kind="notice")
    bad = example("alert", score=9.0, detector="ais_gap", detector_version="1", explanation=["x"])
    alert = origin.publish(bad, AMBER)
    came = taken(port(NORTH_SEA).overtake(given(origin.go_ahead(alert.feed.feed, alert.index))))
    assert came.note is None
    assert came.aside is not None
    assert came.aside.index == alert.index


# ---- What does not go ----------------------------------------------------------------------------------------------------


def stale_alerts() -> tuple[Port, dict[str, Released]]:
    """An origin with an alert that stands, one withdrawn, one superseded, one expired, one past its retention."""
    origin = port(ANTWERP)
    origin.release(kind="notice")
    found = {"expired": origin.release(), "kept": origin.release()}
    origin.store.write(
        lambda tx: tx.run(
            "UPDATE entry SET retain_until_ms = ? WHERE record = ?",
            origin.ctx.now() + 1,
            found["kept"].record,
        )
    ).result()
    origin.clock.at += 2 * DAY_MS
    found |= {"stands": origin.release(), "withdrawn": origin.release(), "older": origin.release()}
    origin.release(record=found["older"].record, version=2)
    origin.withdraw(found["withdrawn"])
    return origin, found


def test_what_is_withdrawn_superseded_expired_or_over_does_not_go_ahead() -> None:
    origin, found = stale_alerts()
    feed = found["stands"].feed.feed
    gone = {name for name, one in found.items() if origin.go_ahead(feed, one.index) is None}
    assert gone == {"expired", "kept", "withdrawn", "older"}


def test_a_sender_that_does_not_look_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(go_ahead, "_may_go", lambda _row, _ctx: True)
    with pytest.raises(AssertionError):
        test_what_is_withdrawn_superseded_expired_or_over_does_not_go_ahead()


def test_what_hides_goes_first_then_the_newest_and_not_what_the_peer_has_said_it_has() -> None:
    origin = port(ANTWERP)
    alerts = [origin.release() for _ in range(3)]
    undone = [origin.withdraw(alerts[0]), origin.withdraw(alerts[1])]
    alerts.append(origin.release())
    feed = alerts[0].feed.feed
    row = origin.store.read(lambda r: feeds.find(r, feed))
    assert row is not None

    def wanted(most: int = LIST_MAX) -> list[int]:
        return list(origin.store.read(lambda r: go_ahead.urgent(r, row, 1, NORTH_SEA, most=most)))

    assert wanted() == [*reversed(undone), alerts[3].index, alerts[2].index, alerts[1].index, alerts[0].index]
    assert wanted(3) == wanted()[:3]
    came = taken(port(NORTH_SEA).overtake(given(origin.go_ahead(feed, undone[1]))))
    assert came.note is not None
    origin.store.write(lambda tx: go_ahead.take_note(tx, origin.ctx, NORTH_SEA, came.note)).result()  # type: ignore[arg-type]
    assert undone[1] not in wanted()
    with pytest.raises(ProtocolError):
        origin.store.write(lambda tx: go_ahead.take_note(tx, origin.ctx, LIEGE, came.note)).result()  # type: ignore[arg-type]


# ---- An origin with two faces --------------------------------------------------------------------------------------------


def two_faces(*, more: int = 0) -> tuple[Port, Port, Released]:
    """Two histories of one feed by one key, alike up to entry 6; of the first an alert. `more` entries follow in the other."""
    one, other = port(ANTWERP), port(ANTWERP)
    for face in (one, other):
        for _ in range(5):
            face.release(kind="notice")
    other.release(kind="notice", text="another history")
    alert = one.release()
    assert alert.feed.feed == other.release().feed.feed
    for _ in range(more):
        other.release(kind="notice")
    return one, other, alert


@pytest.mark.parametrize("more", [0, 1, 6])
@pytest.mark.parametrize("held", [0, 4])
def test_a_backlog_that_contradicts_what_is_pending_is_evidence(held: int, more: int) -> None:
    one, other, alert = two_faces(more=more)
    feed = alert.feed.feed
    reader = port(NORTH_SEA)
    if held:
        first_part(reader, other, feed, held)
    taken(reader.overtake(given(one.go_ahead(feed, alert.index, held)), one))
    no = refused(reader.pull(other, feed))
    assert no.code is Code.FORKED
    assert no.evidence is not None
    verify_contradiction(no.evidence, publics=[one.ctx.keys.log_public])
    assert size_of(reader, feed) == held, "nothing of the batch is stored"
    assert standing(reader, alert) is Standing.CURRENT


def test_a_receiver_that_forgets_what_is_pending_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn, "crossed", lambda *_: (None, None))
    with pytest.raises(AssertionError):
        test_a_backlog_that_contradicts_what_is_pending_is_evidence(4, 6)


@pytest.mark.parametrize("held", [0, 7])
def test_a_checkpoint_ahead_that_denies_what_is_pending_or_held_is_evidence(held: int) -> None:
    one, other, alert = two_faces()
    feed = alert.feed.feed
    reader = port(NORTH_SEA)
    if held:
        reader.pull(other, feed)
    else:
        taken(reader.overtake(given(other.go_ahead(feed, other_alert(other, feed))), other))
        one.release(kind="notice")  # as long a history as the other
    no = refused(reader.overtake(given(one.go_ahead(feed, alert.index, min(held, 3))), one))
    assert no.code is Code.FORKED
    assert no.evidence is not None
    verify_contradiction(no.evidence, publics=[one.ctx.keys.log_public])


def other_alert(other: Port, feed: FeedId) -> int:
    """Where the last entry of the other history stands, which is an alert too."""
    row = other.store.read(lambda r: feeds.find(r, feed))
    assert row is not None
    return row.size - 1


# ---- A feed that ends below what overtook it -----------------------------------------------------------------------------


def cut_off(origin: Port, feed: FeedId) -> FeedId:
    """The origin goes on in its next epoch, with all that it holds of `feed` good; the id of that epoch."""
    held = origin.store.read(lambda r: feeds.find(r, feed))
    assert held is not None
    origin.store.write(lambda tx: feeds.turn(tx, held.number, FeedState.FORKED)).result()
    return origin.release(kind="notice").feed.feed


@pytest.mark.parametrize("held", [0, 5, 14])
def test_what_came_ahead_of_a_feed_that_is_cut_off_is_void_and_nothing_comes_ahead_of_it(held: int) -> None:
    origin, alert = backlog()
    feed = alert.feed.feed
    thief, reader = clone(origin), port(NORTH_SEA)
    false = thief.release()
    ahead = given(thief.go_ahead(feed, false.index, min(held, 5)))
    if held:
        first_part(reader, origin, feed, held)
    taken(reader.overtake(ahead, thief))
    assert standing(reader, false) is Standing.CURRENT
    reader.pull(origin, cut_off(origin, feed))
    assert (standing(reader, false), pending(reader, feed)) == (Standing.VOID, [])
    assert refused(reader.overtake(ahead, thief)).code is Code.FORKED
    if held < 14:
        taken(reader.overtake(given(origin.go_ahead(feed, alert.index, held)), origin))
        assert isinstance(reader.pull(origin, feed), Accepted)
    row = reader.store.read(lambda r: feeds.find(r, feed))
    assert row is not None
    assert (row.size, row.state) == (14, FeedState.CLOSED)
    assert (standing(reader, false), standing(reader, alert)) == (Standing.VOID, Standing.CURRENT)
    assert pending(reader, feed) == []


def test_nothing_is_taken_ahead_of_a_feed_that_was_cut_off_before(monkeypatch: pytest.MonkeyPatch) -> None:
    origin, alert = backlog()
    feed = alert.feed.feed
    thief, reader = clone(origin), port(NORTH_SEA)
    false = thief.release()
    reader.pull(origin, cut_off(origin, feed))
    ahead = given(thief.go_ahead(feed, false.index))
    assert refused(reader.overtake(ahead, thief)).code is Code.FORKED
    assert standing(reader, false) is None
    monkeypatch.setattr(overtake, "vouched", lambda *_: True)
    taken(reader.overtake(ahead, thief))


def test_what_came_ahead_is_void_where_its_feed_turns_out_to_be_closed() -> None:
    origin, alert = backlog(2)
    feed = alert.feed.feed
    thief, reader = clone(origin), port(NORTH_SEA)
    thief.release(kind="notice")
    false = thief.release()
    first_part(reader, origin, feed, 3)
    taken(reader.overtake(given(thief.go_ahead(feed, false.index, 3)), thief))
    held = origin.store.read(lambda r: feeds.find(r, feed))
    assert held is not None
    origin.store.write(lambda tx: close(tx, origin.ctx, held, origin.ctx.register)).result()
    assert isinstance(reader.pull(origin, feed), Accepted)
    assert (standing(reader, false), pending(reader, feed)) == (Standing.VOID, [])


def test_nothing_is_kept_that_is_further_ahead_than_any_backlog(monkeypatch: pytest.MonkeyPatch) -> None:
    origin, alert = backlog()
    feed = alert.feed.feed
    reader = port(NORTH_SEA)
    ahead = given(origin.go_ahead(feed, alert.index))
    for module in (overtake, go_ahead):
        monkeypatch.setattr(module, "AHEAD_MAX", alert.index - 1)
    assert refused(reader.overtake(ahead, origin)).code is Code.TOO_LARGE
    assert size_of(reader, feed) == len(reader.lines(feed)) == 0
    assert origin.go_ahead(feed, alert.index) is None, "an honest sender waits"
    first_part(reader, origin, feed, 1)
    taken(reader.overtake(given(origin.go_ahead(feed, alert.index, 1)), origin))
