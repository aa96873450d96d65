"""What a receiver takes of one origin has an end: feeds, how long they are kept, and what is written of what it does not take."""

from __future__ import annotations

import pytest
import registers
from ports import AMBER, ANTWERP, LIEGE, SCHELDT, Port, port
from record_examples import example

from node.commands.audit import Act
from node.commands.judge import RETAIN_MAX_MS
from node.commands.outcome import Accepted, Refusal
from node.commands.publish import Released, Version, publish
from node.store import entries
from protocol.errors import Code
from protocol.fields import DAY_MS
from protocol.ids import UnixMs, new_record_id
from protocol.label import parse
from protocol.record import content_type, serialise

GREEN = "BE:NONE//TLP:GREEN//AUD ports-be"


def kept_for(origin: Port, kind: str, ms: int, expires_ms: int = DAY_MS) -> Released:
    now = origin.ctx.now()
    one = Version(
        record=new_record_id(now, origin.ctx.random),
        version=1,
        content_type=content_type(kind),
        content=serialise(example(kind)),
        expires_ms=UnixMs(now + expires_ms),
        retain_until_ms=UnixMs(now + ms),
    )
    return origin.store.write(
        lambda tx: publish(tx, origin.ctx, parse(AMBER), one, origin.ctx.register, act=Act(act="release"))
    ).result()


def test_a_second_live_feed_of_one_origin_label_and_epoch_is_refused() -> None:
    antwerp, liege, again = port(ANTWERP), port(LIEGE), port(LIEGE, seed=2)
    first, second = liege.release(), again.release()
    assert first.feed.feed != second.feed.feed
    assert isinstance(antwerp.pull(liege, first.feed.feed), Accepted)
    refused = antwerp.pull(again, second.feed.feed)
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.refuses_feed) == (Code.FORKED, True)
    more = liege.release()
    assert isinstance(antwerp.pull(liege, more.feed.feed), Accepted)


def test_an_origin_has_no_more_feeds_open_here_than_the_register_allows() -> None:
    antwerp, liege = port(ANTWERP, register=registers.register(max_open_feeds=2)), port(LIEGE)
    feeds = [liege.release(label).feed.feed for label in (AMBER, GREEN, f"{AMBER}//PURPOSE port-security")]
    outcomes = [antwerp.pull(liege, feed) for feed in feeds]
    assert [isinstance(one, Accepted) for one in outcomes] == [True, True, False]
    assert isinstance(outcomes[2], Refusal)
    assert outcomes[2].code is Code.ABOVE_ACCREDITATION
    other = port(ANTWERP, seed=3)
    assert isinstance(antwerp.pull(liege, feeds[0]), Accepted | None)
    assert isinstance(other.pull(liege, feeds[2]), Accepted)


@pytest.mark.parametrize(
    ("kind", "most"),
    [("alert", 365 * DAY_MS), ("notice", RETAIN_MAX_MS), ("best_practice", RETAIN_MAX_MS)],
    ids=["the register's ceiling", "no ceiling", "no ceiling either"],
)
def test_what_asks_to_be_kept_longer_than_the_register_allows_is_kept_aside(kind: str, most: int) -> None:
    antwerp, liege = port(ANTWERP), port(LIEGE)
    good, bad = kept_for(liege, kind, most), kept_for(liege, kind, most + 2 * DAY_MS)
    outcome = antwerp.pull(liege, good.feed.feed)
    assert isinstance(outcome, Accepted)
    assert [(a.index, a.reason, a.field) for a in outcome.aside] == [(bad.index, 2, "header.retain_until_ms")]
    row = antwerp.store.read(lambda r: entries.get(r, 1, bad.index))
    assert row is not None
    assert row.content is None


def test_what_is_kept_aside_is_audited_each_time_it_has_doubled() -> None:
    antwerp, liege = port(ANTWERP), port(LIEGE)
    for _ in range(20):
        bad = kept_for(liege, "alert", 40 * 365 * DAY_MS)
        antwerp.pull(liege, bad.feed.feed)
    assert [act.act for act in antwerp.audits()].count("quarantine") == 5


def test_reused_record_ids_are_audited_each_time_they_have_doubled() -> None:
    antwerp, liege = port(ANTWERP), port(LIEGE)
    for _ in range(20):
        one = liege.release(AMBER)
        antwerp.pull(liege, one.feed.feed)
        antwerp.pull(liege, liege.release(SCHELDT.replace("ports-scheldt", "ports-be").replace("AMBER", "GREEN"), record=one.record).feed.feed)  # fmt: skip
    assert [act.act for act in antwerp.audits()].count("record_id_reused") == 5
