"""After a restore: what is held of another port may have been withdrawn since, and is not read until that port was heard."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from officers_here import officer, only
from offices_web import Screens, screens
from ports import AMBER, ANTWERP, NORTH_SEA, SCHELDT, Port, port
from record_examples import example

from node.commands import beat, detail, index, prove, references, restored, search, unheard, watch_list
from node.commands.address import Address
from node.commands.append import append
from node.commands.publish import Released
from node.commands.readable import Readable
from node.commands.restored import Found
from node.exits import Refused
from node.high_water import Marks
from node.store import feeds, receipts, words
from node.store import unheard as rows
from node.store.engine import driver_of
from policies.clearance import Reader as Reading
from policies.decision import Deny
from protocol.entry import build_close
from protocol.findable import findable
from protocol.ids import FeedId, UnixMs
from protocol.label import parse
from protocol.record import Record, content_type, serialise, validate


@dataclass
class Copied:
    """Antwerp only listens: it has an alert and a look-out of Ghent, and a notice under another label. A copy of it is made; then Ghent
    withdraws the alert, which Antwerp hears, before its disk is lost.
    """

    origin: Port
    copy: bytes
    high: Marks
    alert: Released
    lookout: Released
    notice: Released


@pytest.fixture(name="copied")
def a_copy() -> Copied:
    high, origin = Marks(), port(NORTH_SEA)
    at = port(ANTWERP, high=high)
    started(at)
    alert, lookout = origin.release(), origin.release(kind="indicator")
    notice = origin.release(SCHELDT, kind="notice")
    for one in (alert, notice):
        at.pull(origin, one.feed.feed)
    indexed(at)
    copy = driver_of(at.store._connection).serialize()
    origin.withdraw(alert)
    at.pull(origin, alert.feed.feed)
    at.ctx.high.note([at.store.read(restored.taken)])
    return Copied(origin, copy, high, alert, lookout, notice)


def started(at: Port) -> Found:
    """The look that every start has."""
    return at.store.write(lambda tx: restored.look(tx, at.ctx)).result()


def put_back(copied: Copied, *, high: Marks | None = None) -> tuple[Port, Found]:
    """Antwerp on the copy, an hour later."""
    at = port(ANTWERP, seed=3, high=high or copied.high)
    driver_of(at.store._connection).deserialize(copied.copy)
    for one in (at, copied.origin):
        one.clock.at += 3_600_000
    return at, started(at)


def seen(at: Port) -> list[tuple[str, str]]:
    """Kind and state of what an officer has in lists, newest first."""
    if not at.store.read(lambda r: r.one("SELECT 1 FROM person WHERE login = 'a.peeters'")):
        officer(at)
    listed = newest(at)
    return [(one.kind, str(one.state)) for one in listed.rows]


def newest(at: Port) -> search.Listed:
    return at.store.read(lambda r: search.newest(r, at.ctx, Readable(at.ctx), reading(at)))


def indexed(at: Port) -> None:
    """What is searched is up to date."""
    while looked := at.store.read(index.gather):
        at.store.write(lambda tx, looked=looked: index.keep(tx, at.ctx, looked)).result()  # type: ignore[misc]


def searched(at: Port, record: bytes) -> bool:
    """Whether the words of its title find this record of another port."""
    others = [row.number for row in at.store.read(feeds.every) if not row.own]
    held = at.store.read(
        lambda r: r.one("SELECT kind, content, issued_ms FROM entry WHERE record = ? AND op = 2", record)
    )
    assert held is not None
    said = sorted(findable(validate(held[0], held[1], now=UnixMs(held[2]))).title)
    rows = at.store.read(lambda r: words.rows_of(r, words.found(r, said, others, limit=5)))
    return any(row.record == record for row in rows)


def reading(at: Port) -> Reading:
    return only(at).reading


def heard(at: Port, origin: Port) -> None:
    """The origin's beats of now, as far as they count."""
    said = origin.store.read(lambda r: beat.own(r, origin.ctx))
    count(at, said)


def count(at: Port, said: list[beat.Beat]) -> None:
    good = [
        one
        for one in said
        if at.store.read(lambda r, one=one: beat.worth(r, at.ctx, one)) is beat.Worth.COUNTS  # type: ignore[misc]
    ]
    at.store.write(lambda tx: beat.count(tx, at.ctx, good)).result()


def listed(at: Port, origin: Port, *lacking: FeedId) -> int:
    """The origin gave its list: it holds all that it wrote."""

    def act(tx: object) -> int:
        for row in origin.store.read(feeds.every):
            held = feeds.find(tx, row.feed)  # type: ignore[arg-type]
            if held is not None and row.own:
                receipts.holds(tx, origin.name, held.number, row.size, row.root)  # type: ignore[arg-type]
        return unheard.by_list(tx, origin.name, lacking)  # type: ignore[arg-type]

    return at.store.write(act).result()


# ---- What is hidden ------------------------------------------------------------------------------------------------------


def test_a_node_that_only_listened_finds_out_and_hides_what_it_held_of_others(copied: Copied) -> None:
    at, found = put_back(copied)
    assert (found.older, found.hidden, found.behind) == (True, 2, ())
    at.release(kind="incident")
    assert seen(at) == [("incident", "current")]
    assert at.audits()[0].details["hidden"] == "2"


def test_neither_page_nor_change_nor_match_nor_proof_nor_reference_has_it(copied: Copied) -> None:
    at, _ = put_back(copied)
    officer(at)
    for one in (copied.alert, copied.lookout, copied.notice):
        where = Address(one.record)
        asked = (at.ctx, Readable(at.ctx), reading(at), where)
        assert at.store.read(lambda r, asked=asked: detail.detail(r, *asked)) is None  # type: ignore[misc]
        assert at.store.read(lambda r, where=where: prove.prove(r, at.ctx, where)) is None  # type: ignore[misc]
        indexed(at)
        assert not searched(at, one.record)
    changed = at.store.read(lambda r: search.changes(r, at.ctx, Readable(at.ctx), reading(at), 0))
    assert (changed.rows, changed.touched) == ((), ())
    assert len(at.store.read(lambda r: watch_list.load(r, at.ctx))) == 0
    named = example("sighting")
    named.sighting.indicator.feed, named.sighting.indicator.record_id = (
        copied.lookout.feed.feed,
        copied.lookout.record,
    )
    refused = at.store.read(lambda r: references.references(r, at.ctx, _record(at, named), None))
    assert isinstance(refused, Deny)
    assert "is not held here" in refused.words
    heard(at, copied.origin)  # the withdrawal is not here yet
    assert len(at.store.read(lambda r: watch_list.load(r, at.ctx))) == 0
    at.pull(copied.origin, copied.alert.feed.feed)
    heard(at, copied.origin)
    assert len(at.store.read(lambda r: watch_list.load(r, at.ctx))) == 1
    assert not isinstance(
        at.store.read(lambda r: references.references(r, at.ctx, _record(at, named), None)), Deny
    )


def _record(at: Port, message: object) -> Record:
    raw = serialise(message)  # type: ignore[arg-type]
    return validate(content_type("sighting"), raw, now=at.ctx.now())


def test_a_plain_restart_hides_nothing_and_a_second_start_hides_nothing_again(copied: Copied) -> None:
    at = port(ANTWERP, seed=4)
    at.pull(copied.origin, copied.alert.feed.feed)
    at.ctx.high.note([at.store.read(restored.taken)])
    assert not started(at)
    assert len(seen(at)) == 2
    at, _ = put_back(copied)
    at.pull(copied.origin, copied.alert.feed.feed)
    heard(at, copied.origin)
    assert ("alert", "retracted") in seen(at)
    assert not started(at)
    assert ("alert", "retracted") in seen(at), "what was heard stays"
    assert ("notice", "current") not in seen(at), "and what was not stays hidden"


def test_where_the_marks_are_lost_too_it_is_hidden(copied: Copied) -> None:
    at = port(ANTWERP, high=copied.high)
    driver_of(at.store._connection).deserialize(copied.copy)
    at.release()
    copy = driver_of(at.store._connection).serialize()
    again = port(ANTWERP, seed=5, high=Marks(blind=True))
    driver_of(again.store._connection).deserialize(copy)
    assert started(again).hidden == 2


def test_numbers_of_changes_go_on_above_those_that_were_given(copied: Copied) -> None:
    at, _ = put_back(copied)
    mark = copied.high.get(restored.TAKEN)
    assert mark is not None
    assert at.store.read(feeds.last_arrival) >= mark.size


# ---- What shows it again -------------------------------------------------------------------------------------------------


def test_a_beat_of_after_the_restore_shows_it_as_it_stands_by_then(copied: Copied) -> None:
    at, _ = put_back(copied)
    heard(at, copied.origin)
    assert seen(at) == [], "the beat is of more than is here"
    at.pull(copied.origin, copied.alert.feed.feed)
    assert seen(at) == [], "that may not be all there is"
    heard(at, copied.origin)
    assert seen(at) == [("indicator", "current"), ("alert", "retracted")]
    indexed(at)
    assert not searched(at, copied.notice.record)
    listed(at, copied.origin)
    indexed(at)
    assert searched(at, copied.notice.record)
    assert all(one.record is None for one in newest(at).rows if one.kind == "alert")


def test_an_older_beat_that_somebody_passes_on_proves_nothing(copied: Copied) -> None:
    early = port(NORTH_SEA)
    early.release()
    early.release(kind="indicator")
    early.clock.at += 60_000
    before = early.store.read(lambda r: beat.own(r, early.ctx))
    assert before[0].feed == copied.alert.feed.feed, "as Ghent said it before it withdrew"
    at, _ = put_back(copied)
    count(at, list(before))
    assert at.store.read(lambda r: feeds.find(r, before[0].feed)).unheard, "kept as a beat, and no proof"  # type: ignore[union-attr]
    assert seen(at) == []


def test_what_has_no_beat_waits_for_its_origins_own_list_and_all_that_is_in_it(copied: Copied) -> None:
    at, _ = put_back(copied)
    heard(at, copied.origin)
    copied.origin.withdraw(copied.notice)
    assert listed(at, copied.origin) == 0
    at.pull(copied.origin, copied.notice.feed.feed)
    assert listed(at, copied.origin, copied.notice.feed.feed) == 0, "listed longer than is here"
    assert listed(at, copied.origin) == 1
    assert seen(at) == [("notice", "retracted")]


def test_of_a_feed_that_has_a_beat_a_list_is_not_enough(copied: Copied) -> None:
    at, _ = put_back(copied)
    at.pull(copied.origin, copied.alert.feed.feed)
    listed(at, copied.origin)
    assert [kind for kind, _ in seen(at)] == ["notice"]


def test_epochs_of_one_label_go_together(copied: Copied) -> None:
    """The feed was closed since, and the withdrawal stands in the next one."""
    origin, feed = copied.origin, copied.notice.feed
    end = build_close(issued_ms=origin.ctx.now(), register=origin.ctx.register.version)
    label = parse(SCHELDT)
    origin.store.write(lambda tx: append(tx, origin.ctx, label, [end], origin.ctx.register)).result()
    origin.withdraw(copied.notice)
    after = origin.store.read(lambda r: feeds.current(r, origin.name, SCHELDT))
    assert after is not None
    assert after.epoch == 2
    at, _ = put_back(copied)
    at.pull(origin, feed.feed)
    first = origin.serve(at, after.feed, 0, most=1)
    assert first is not None
    at.accept(first, origin)
    assert listed(at, origin, after.feed) == 0
    at.pull(origin, after.feed)
    assert listed(at, origin) == 1
    assert seen(at) == [("notice", "retracted")]


def test_what_comes_after_the_restore_is_read_at_once(copied: Copied) -> None:
    at, _ = put_back(copied)
    copied.origin.release(kind="incident")
    newer = copied.origin.release(SCHELDT, kind="notice", record=copied.notice.record, version=2)
    at.pull(copied.origin, copied.alert.feed.feed)
    at.pull(copied.origin, newer.feed.feed)
    assert sorted(kind for kind, _ in seen(at)) == ["incident", "notice"]
    assert [one.row.version for one in newest(at).rows if one.kind == "notice"] == [2]


def test_settling_a_record_shows_nothing_early(copied: Copied) -> None:
    """A withdrawal of another version comes; the one before stays hidden, and stands right once it is shown."""
    at, _ = put_back(copied)
    at.pull(copied.origin, copied.alert.feed.feed)
    assert seen(at) == []
    straight = port(ANTWERP, seed=9)
    straight.pull(copied.origin, copied.alert.feed.feed)
    heard(at, copied.origin)
    assert at.lines(copied.alert.feed.feed) == straight.lines(copied.alert.feed.feed)


# ---- An operator ---------------------------------------------------------------------------------------------------------


def test_an_operator_shows_what_is_held_of_one_port_with_a_reason_that_is_audited(copied: Copied) -> None:
    at, _ = put_back(copied)

    def says(origin: object, reason: str) -> int:
        return at.store.write(
            lambda tx: unheard.by_operator(tx, at.ctx, origin, reason, actor="command/restored")  # type: ignore[arg-type]
        ).result()

    for origin, reason, why in (
        (NORTH_SEA, "because", "no reason of the list: confirmed, gone, urgent"),
        ("port-liege", "gone", "nothing of it waits"),
    ):
        with pytest.raises(Refused, match=why):
            says(origin, reason)
    assert seen(at) == []
    assert says(NORTH_SEA, "urgent") == 2
    assert [kind for kind, _ in seen(at)] == ["notice", "indicator", "alert"]
    act = next(one for one in at.audits() if one.act == "restored_read")
    assert act.details == {"origin": NORTH_SEA, "feeds": "2", "reason": "urgent"}


# ---- On the screens ------------------------------------------------------------------------------------------------------

NOTICE = "This port was restored from a copy"


def restored_screens(*, above: bool = False) -> tuple[Screens, Port, Released]:
    """Ghent has an alert of Antwerp, and maybe one that no officer of Ghent reads; both before a restore."""
    ghent, antwerp = screens(NORTH_SEA), port(ANTWERP)
    alert = antwerp.release()
    ghent.port.pull(antwerp, alert.feed.feed)
    if above:
        more = antwerp.release(AMBER + "//PURPOSE crisis")
        ghent.port.pull(antwerp, more.feed.feed)
    ghent.port.store.write(lambda tx: rows.hide(tx, ghent.port.ctx.now())).result()
    for one in (antwerp, ghent.port):
        one.clock.at += 1000
    return ghent, antwerp, alert


def test_the_screens_say_whose_records_are_not_shown_until_they_are() -> None:
    here, antwerp, alert = restored_screens()
    reader = here.officer()
    for path in ("/", "/library", "/look-outs", "/search"):
        page = reader.get(path).text
        assert NOTICE in page
        assert "Port of Antwerp" in page.partition("Not heard yet:")[2][:80]
    assert NOTICE not in reader.get("/?scope=own").text
    assert reader.get(f"/records/{alert.record.hex()}").status_code == 404
    assert reader.get(f"/records/{alert.record.hex()}/proof").status_code == 404
    at = here.port.store.read(feeds.last_arrival)
    heard(here.port, antwerp)
    changed = here.port.store.read(
        lambda r: search.changes(r, here.port.ctx, Readable(here.port.ctx), reading(here.port), at)
    )
    assert changed.behind, "an open page loads again"
    assert NOTICE not in reader.get("/").text
    assert reader.get(f"/records/{alert.record.hex()}").status_code == 200


def test_what_is_above_the_reader_changes_no_word_and_loads_no_page_again() -> None:
    (one, _, _), (other, antwerp, alert) = restored_screens(), restored_screens(above=True)
    readers = [at.officer() for at in (one, other)]
    for path in ("/", "/library", "/look-outs", "/health", "/peers"):
        assert readers[0].get(path).text.count(NOTICE) == readers[1].get(path).text.count(NOTICE)
    said = antwerp.store.read(lambda r: beat.own(r, antwerp.ctx))
    mine = [beats for beats in said if beats.feed == alert.feed.feed]
    assert len(said) == len(mine) + 1
    for at in (one, other):
        count(at.port, mine)
    pages = [reader.get("/").text for reader in readers]
    assert [NOTICE in page for page in pages] == [False, False]
    after = other.port.store.read(feeds.last_arrival)
    count(other.port, [beats for beats in said if beats not in mine])
    assert not other.port.store.read(rows.origins), "all of it is heard"
    ctx = other.port.ctx
    changed = other.port.store.read(
        lambda r: search.changes(r, ctx, Readable(ctx), reading(other.port), after)
    )
    assert not changed.behind


def test_a_hidden_row_in_a_list_would_be_seen(copied: Copied, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "hide", lambda *_: 0)
    at, _ = put_back(copied)
    assert ("alert", "current") in seen(at)
