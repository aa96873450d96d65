"""Taking a batch: whole or not at all, once or ten times, and never what may not be here."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import ports
import pytest
import registers
from ports import AMBER, ANTWERP, LIMBURG, NORTH_SEA, SCHELDT, Port, port
from record_examples import example

from node.commands import examine
from node.commands.accept import accept_batch
from node.commands.batch import Batch, from_wire, to_wire
from node.commands.context import Accreditation, Settings
from node.commands.outcome import Accepted, Refusal
from node.store import entries, feeds
from node.store.entries import Standing
from node.store.feeds import FeedRow
from protocol.entry import Entry, parse_header
from protocol.errors import Code, TooLarge
from protocol.ids import FeedId, Hash
from protocol.label import parse
from protocol.v1 import federation_pb2 as pb
from protocol.v1 import records_pb2 as records


@pytest.fixture(name="antwerp")
def antwerp_port() -> Port:
    return port(ANTWERP)


@pytest.fixture(name="north")
def north_port() -> Port:
    return port(NORTH_SEA)


def served(source: Port, to: Port, feed: FeedId, first: int = 0, **options: int) -> Batch:
    found = source.serve(to, feed, first, **options)
    assert found is not None
    return found


def accepted(outcome: Accepted | Refusal | None) -> Accepted:
    assert isinstance(outcome, Accepted), outcome
    return outcome


def refused(outcome: Accepted | Refusal | None) -> Refusal:
    assert isinstance(outcome, Refusal), outcome
    return outcome


def standings(at: Port, feed: FeedId) -> list[int]:
    rows = at.store.read(
        lambda r: r.all(
            "SELECT standing FROM entry e JOIN feed f ON f.number = e.feed WHERE f.feed = ? ORDER BY key",
            feed,
        )
    )
    return [row[0] for row in rows]


def test_a_release_arrives_and_its_receipt_is_kept(antwerp: Port, north: Port) -> None:
    from node.commands import receipt

    released = antwerp.release()
    taken = accepted(north.pull(antwerp, released.feed.feed))
    assert (taken.size, taken.added, taken.aside) == (2, 2, ())
    assert north.digest(released.feed.feed) == antwerp.digest(released.feed.feed)
    given = taken.receipt
    assert given is not None
    assert antwerp.store.write(lambda tx: receipt.take(tx, antwerp.ctx, NORTH_SEA, given)).result()
    assert not antwerp.store.write(lambda tx: receipt.take(tx, antwerp.ctx, NORTH_SEA, given)).result()


def test_the_same_batch_again_changes_nothing_and_gives_the_same_receipt(antwerp: Port, north: Port) -> None:
    feed = antwerp.release().feed.feed
    batch = served(antwerp, north, feed)
    first, again = accepted(north.accept(batch)), accepted(north.accept(batch))
    assert (again.added, again.filled, again.size) == (0, 0, 2)
    assert again.receipt == first.receipt


def test_a_receipt_is_given_at_checkpoints_only(antwerp: Port, north: Port) -> None:
    for _ in range(3):
        feed = antwerp.release().feed.feed
    middle = accepted(north.accept(served(antwerp, north, feed, most=2)))
    assert (middle.size, middle.receipt) == (2, None)
    end = accepted(north.accept(served(antwerp, north, feed, 2)))
    assert end.receipt is not None
    assert end.receipt.size == 4


def test_a_gap_says_what_is_held(antwerp: Port, north: Port) -> None:
    for _ in range(3):
        feed = antwerp.release().feed.feed
    outcome = refused(north.accept(served(antwerp, north, feed, 2)))
    assert (outcome.code, outcome.size) == (Code.GAP, 0)
    assert north.store.read(lambda r: r.all("SELECT * FROM refused")) == []


FLIPS: dict[str, Callable[[Batch], Batch]] = {
    "header": lambda b: swap(b, lambda e: e._replace(header=flip(e.header))),
    "content": lambda b: swap(b, lambda e: e._replace(content=flip(e.content or b""))),
    "salt": lambda b: swap(b, lambda e: e._replace(salt=flip(e.salt or b""))),
    "label": lambda b: swap(b, lambda e: e._replace(header=e.header.replace(b"AMBER", b"GREEN")), 0),
    "feed id": lambda b: dataclasses.replace(b, feed=FeedId(flip(b.feed))),
    "root": lambda b: dataclasses.replace(
        b, checkpoint=dataclasses.replace(b.checkpoint, root=Hash(flip(b.checkpoint.root)))
    ),
    "size": lambda b: dataclasses.replace(b, checkpoint=dataclasses.replace(b.checkpoint, size=5)),
    "signature": lambda b: dataclasses.replace(
        b, checkpoint=dataclasses.replace(b.checkpoint, signature=flip(b.checkpoint.signature))
    ),
    "order": lambda b: dataclasses.replace(b, entries=(b.entries[0], b.entries[2], b.entries[1])),
    "left out": lambda b: dataclasses.replace(b, entries=b.entries[:2]),
    "salt alone": lambda b: swap(b, lambda e: e._replace(content=None)),
}


def flip(raw: bytes) -> bytes:
    return raw[:-1] + bytes([raw[-1] ^ 1])


def swap(batch: Batch, change: Callable[[Entry], Entry], at: int = 1) -> Batch:
    run = list(batch.entries)
    run[at] = change(run[at])
    return dataclasses.replace(batch, entries=tuple(run))


@pytest.mark.parametrize("what", FLIPS)
def test_what_does_not_verify_leaves_nothing_and_the_honest_bytes_still_arrive(
    antwerp: Port, north: Port, what: str
) -> None:
    antwerp.release()
    feed = antwerp.release().feed.feed
    honest = served(antwerp, north, feed)
    outcome = refused(north.accept(FLIPS[what](honest)))
    assert outcome.ends_session, outcome
    assert north.lines() == []
    (audit,) = north.audits()
    assert (audit.act, audit.details["peer"], audit.details["code"]) == ("refuse", ANTWERP, outcome.code)
    for _ in range(8):
        north.accept(FLIPS[what](honest))
    assert [one.details["times"] for one in north.audits()] == [
        "1",
        "2",
        "4",
        "8",
    ]  # counted, not written each time
    assert accepted(north.accept(honest)).receipt is not None
    assert north.digest(feed) == antwerp.digest(feed)


def test_another_leaf_below_what_is_held_is_refused(antwerp: Port, north: Port) -> None:
    feed = antwerp.release().feed.feed
    batch = served(antwerp, north, feed)
    north.accept(batch)
    before = north.digest(feed)
    forged = swap(batch, lambda e: e._replace(header=e.header + b"\xf8\x07\x01"))
    assert refused(north.accept(forged)).code is Code.BAD_PROOF
    assert north.digest(feed) == before


def test_a_feed_that_this_node_may_not_follow_is_refused_whole_and_touches_nothing(
    antwerp: Port, north: Port
) -> None:
    limburg = port(LIMBURG)
    released = antwerp.release(SCHELDT, description="canary: Scheldt only")
    feed = released.feed.feed
    assert antwerp.serve(limburg, feed, 0) is None
    outcome = refused(limburg.accept(served(antwerp, north, feed)))
    assert (outcome.code, outcome.refuses_feed) == (Code.ABOVE_ACCREDITATION, True)
    assert limburg.lines() == []
    dump = limburg.store.read(
        lambda r: [row for t in ("entry", "refused") for row in r.all(f"SELECT * FROM {t}")]
    )
    assert b"canary" not in repr(dump).encode()


def test_this_node_s_own_configuration_narrows_what_it_takes(antwerp: Port) -> None:
    settings = Settings(retention=ports.RETENTION, accreditation=Accreditation(regimes=frozenset({"led"})))
    north = port(NORTH_SEA, settings=settings)
    feed = antwerp.release().feed.feed
    taken = accepted(north.pull(antwerp, feed))
    assert [(a.index, a.reason, a.field) for a in taken.aside] == [(1, 3, "alert.regime")]
    assert north.store.read(lambda r: r.all("SELECT content, salt FROM entry WHERE op = 2 AND feed = 1")) == [
        (None, None)
    ]


def test_what_verifies_and_breaks_a_rule_is_kept_aside_and_the_cursor_moves_on(
    antwerp: Port, north: Port
) -> None:
    bad = example("alert", score=7.5, detector="ais_gap", detector_version="1", explanation=["far"])
    antwerp.publish(bad)
    good = antwerp.release()
    taken = accepted(north.pull(antwerp, good.feed.feed))
    assert [(a.index, a.reason, a.field) for a in taken.aside] == [(1, 2, "alert.score")]
    assert taken.size == 3
    assert taken.receipt is not None
    assert taken.receipt.quarantined == (1,)
    assert standings(north, good.feed.feed) == [Standing.NONE, Standing.QUARANTINED, Standing.CURRENT]
    (audit,) = north.audits()
    assert (audit.act, audit.details["index"], audit.details["count"]) == ("quarantine", "1", "1")


def test_an_origin_without_the_right_is_kept_aside(north: Port) -> None:
    liege = port(ports.LIEGE)
    label = "BE:NONE//TLP:AMBER//AUD ports-be//CAVEAT NO-EXPORT,PERSONAL"
    released = liege.release(label, kind="port_ban")
    taken = accepted(north.pull(liege, released.feed.feed))
    assert [(a.index, a.reason, a.field) for a in taken.aside] == [(1, 1, "right")]


def test_personal_data_under_a_label_without_the_caveat_is_kept_aside(antwerp: Port, north: Port) -> None:
    record = example("alert")
    record.common.subjects.add(type="plate", value="BE:1ABC234")
    record.common.subject_category.append(records.Common.SUBJECT_CATEGORY_OTHER)
    taken = accepted(north.pull(antwerp, antwerp.publish(record).feed.feed))
    assert [(a.reason, a.field) for a in taken.aside] == [(2, "alert: caveat PERSONAL")]


def test_versions_count_without_holes_and_keep_their_kind(antwerp: Port, north: Port) -> None:
    first = antwerp.release()
    antwerp.release(record=first.record, version=3)
    antwerp.release(record=first.record, version=4, kind="notice")
    antwerp.release(record=first.record, version=5)
    taken = accepted(north.pull(antwerp, first.feed.feed))
    assert [(a.index, a.field) for a in taken.aside] == [
        (2, "header.version"),
        (3, "header.content_type"),
        (4, "header.content_type"),
    ]


def test_of_two_entries_with_one_version_the_first_counts_on_in_whatever_batches(
    antwerp: Port, north: Port
) -> None:
    """Every holder comes to one verdict, whether it got them together or one by one."""
    first = antwerp.release()
    antwerp.release(kind="notice", record=first.record)  # version 1 once more, and another kind
    antwerp.release(kind="notice", record=first.record, version=2)
    together, singly = port(NORTH_SEA), north
    together.pull(antwerp, first.feed.feed)
    singly.pull(antwerp, first.feed.feed, most=1)
    assert together.lines() == singly.lines()


def test_a_newer_version_supersedes_and_a_withdrawal_hides_both(antwerp: Port, north: Port) -> None:
    first = antwerp.release()
    second = antwerp.release(record=first.record, version=2)
    feed = first.feed.feed
    north.pull(antwerp, feed)
    assert standings(north, feed) == [Standing.NONE, Standing.SUPERSEDED, Standing.CURRENT]
    antwerp.withdraw(second)
    north.pull(antwerp, feed)
    assert standings(north, feed) == [Standing.NONE, Standing.RETRACTED, Standing.RETRACTED, Standing.NONE]
    antwerp.release(record=first.record, version=3)
    north.pull(antwerp, feed)
    assert standings(north, feed)[-1] == Standing.CURRENT
    assert north.digest(feed) == antwerp.digest(feed)


def test_a_withdrawal_that_comes_before_its_record_wins(antwerp: Port, north: Port) -> None:
    from node.commands.publish import Released
    from protocol.ids import new_record_id

    record = new_record_id(antwerp.ctx.now(), antwerp.ctx.random)
    feed = antwerp.release().feed
    antwerp.withdraw(Released(record, 1, feed, 0))
    antwerp.release(record=record)
    north.pull(antwerp, feed.feed)
    assert standings(north, feed.feed)[-1] == Standing.RETRACTED


def test_content_that_was_missing_is_filled_from_another_source(antwerp: Port, north: Port) -> None:
    feed = antwerp.release().feed.feed
    batch = served(antwerp, north, feed)
    bare = swap(batch, lambda e: Entry(e.header))
    assert accepted(north.accept(bare)).size == 2
    assert standings(north, feed) == [Standing.NONE, Standing.MISSING]
    filled = accepted(north.accept(batch))
    assert (filled.filled, filled.added) == (1, 0)
    assert north.digest(feed) == antwerp.digest(feed)


def test_content_past_its_retention_is_not_kept(antwerp: Port, north: Port) -> None:
    feed = antwerp.release().feed.feed
    batch = served(antwerp, north, feed)
    north.clock.at += 40 * 86_400_000
    accepted(north.accept(batch))
    assert standings(north, feed) == [Standing.NONE, Standing.ERASED]
    assert accepted(north.accept(batch)).filled == 0


def test_an_entry_under_a_newer_register_waits_for_it(north: Port) -> None:
    antwerp = port(ANTWERP, register=registers.register(version=4))
    outcome = refused(north.accept(served(antwerp, north, antwerp.release().feed.feed)))
    assert (outcome.code, outcome.index, outcome.ends_session) == (Code.OLD_REGISTER, 0, False)


def test_an_unknown_operation_stops_the_cursor_before_it(
    antwerp: Port, north: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    from node.commands.append import append

    released = antwerp.release()
    odd = pb.Header(issued_ms=1, register=3)
    odd.op = 99  # type: ignore[assignment]
    known = parse_header(released_entry(antwerp, released.feed).header)
    monkeypatch.setattr("node.commands.append.parse_header", lambda _: known)
    antwerp.store.write(
        lambda tx: append(
            tx, antwerp.ctx, parse(AMBER), [Entry(odd.SerializeToString())], antwerp.ctx.register
        )
    ).result()
    outcome = refused(north.accept(served(antwerp, north, released.feed.feed)))
    assert (outcome.code, outcome.index) == (Code.UNKNOWN_OP, 2)
    assert accepted(north.accept(served(antwerp, north, released.feed.feed, end=2))).size == 2


def released_entry(at: Port, feed: FeedRow) -> Entry:
    row = at.store.read(lambda r: entries.get(r, feed.number, 1))
    assert row is not None
    return row.entry


def test_an_unknown_label_is_refused_whole(antwerp: Port) -> None:
    board = registers.board()
    del board["communities"]["ports-scheldt"]
    north = port(
        NORTH_SEA,
        register=registers.register(
            communities=board["communities"],
            auto_release={"level": "NONE", "tlp": "AMBER", "audience": ["ports-be"]},
        ),
    )
    batch = served(antwerp, port(NORTH_SEA), antwerp.release(SCHELDT).feed.feed)
    assert refused(north.accept(batch)).code is Code.UNKNOWN_LABEL


def test_an_audit_feed_is_neither_served_nor_taken(antwerp: Port, north: Port) -> None:
    antwerp.release()
    (feed,) = [c.feed for c in antwerp.changes if c.number == 2]
    assert feed is not None
    assert antwerp.serve(north, feed, 0) is None
    row = antwerp.store.read(lambda r: feeds.find(r, feed))
    assert row is not None
    run = antwerp.store.read(lambda r: entries.between(r, row.number, 0, row.size))
    made = Batch(feed, 0, tuple(one.entry for one in run), row.checkpoint)
    assert refused(north.accept(made)).code is Code.ABOVE_ACCREDITATION


def test_this_node_s_own_feed_from_elsewhere_is_refused(antwerp: Port, north: Port) -> None:
    feed = antwerp.release().feed.feed
    batch = served(antwerp, north, feed)
    assert refused(port(ANTWERP, seed=2).accept(batch, north)).code is Code.FORKED
    assert accepted(antwerp.accept(batch, north)).added == 0


def test_a_frame_over_a_cap_is_refused_before_it_is_read(antwerp: Port, north: Port) -> None:
    batch = served(antwerp, north, antwerp.release().feed.feed)
    wire = to_wire(batch)
    assert from_wire(wire) == batch
    for _ in range(300):
        wire.entries.append(wire.entries[0])
    with pytest.raises(TooLarge):
        from_wire(wire)


def test_a_peer_that_offers_endless_feeds_fills_neither_store_nor_audit(
    antwerp: Port, north: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "REFUSED_MAX", 3)
    honest = served(antwerp, north, antwerp.release().feed.feed)
    for n in range(10):
        refused(north.accept(dataclasses.replace(honest, feed=FeedId(bytes([n + 1]) * 32))))
    assert (
        len(north.store.read(lambda r: r.all("SELECT * FROM refused"))) == 4
    )  # the last one for all further
    assert north.store.read(lambda r: r.one("SELECT sum(times) FROM refused")) == (10,)
    assert len(north.audits()) == 4


def test_what_was_examined_under_another_register_is_examined_again(antwerp: Port) -> None:
    now = [registers.register()]
    north = port(NORTH_SEA, register=lambda: now[0])
    batch = served(antwerp, north, antwerp.release(SCHELDT).feed.feed)
    ahead = examine.examine(north.ctx, now[0], None, batch)
    assert isinstance(ahead, examine.Examined)
    board = registers.board()
    board["communities"]["ports-scheldt"]["serving"].remove("north-sea-port")
    now[0] = registers.register(version=4, communities=board["communities"])
    outcome = north.store.write(lambda tx: accept_batch(tx, north.ctx, ANTWERP, batch, ahead)).result()
    assert refused(outcome).code is Code.ABOVE_ACCREDITATION
    assert north.lines() == []


def test_what_was_examined_before_the_feed_moved_is_examined_again(antwerp: Port, north: Port) -> None:
    antwerp.release()
    feed = antwerp.release().feed.feed
    whole, part = served(antwerp, north, feed), served(antwerp, north, feed, end=2)
    ahead = examine.examine(north.ctx, north.ctx.register, None, whole)
    assert isinstance(ahead, examine.Examined)
    north.accept(part)
    outcome = north.store.write(lambda tx: accept_batch(tx, north.ctx, ANTWERP, whole, ahead)).result()
    assert accepted(outcome).added == 1
    assert north.digest(feed) == antwerp.digest(feed)
