"""The auditor's view: who may read, what a line says, and a log that is not what was signed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from all_kinds import record, register
from officers_here import officer
from offices_web import Screens, released, screens
from ports import AMBER, Port, port
from record_examples import NOW

from node.commands import audit_chain, audit_log, draft
from node.commands.audit_chain import Chain, Vouched
from node.commands.audit_log import Asked, Page, Place
from node.commands.people import Visitor
from node.store.entries import EntryRow
from node.store.unit import Tx
from policies.officers import Role
from protocol.fields import DAY_MS
from protocol.ids import RecordId


@pytest.fixture(name="at")
def busy_port() -> Port:
    at = port(register=register())
    for day in range(4):
        at.clock.at = NOW + day * DAY_MS
        at.release()
        at.publish(record("notice"), AMBER)
    return at


def read(at: Port, who: Visitor, asked: Asked) -> Page | None:
    if not at.store.write(lambda tx: audit_log.note(tx, at.ctx, asked, officer=who, how="cli")).result():
        return None
    return at.store.read(lambda r: audit_log.page(r, at.ctx, asked))


def test_an_auditor_reads_what_was_done_and_that_is_audited(at: Port) -> None:
    auditor = officer(at, "r.auditor", Role.AUDITOR)
    found = read(at, auditor, Asked())
    assert found is not None
    newest = found.lines[0]
    assert newest.body is not None
    assert (newest.body.act, newest.body.actor) == ("audit_read", auditor.id)
    assert [line.body.act for line in found.lines if line.body].count("release") == 8
    assert found.chain.ok
    assert found.chain.entries == newest.index + 1
    at_ms = [line.at_ms for line in found.lines]
    assert at_ms == sorted(at_ms, reverse=True)


def test_a_reading_at_the_console_is_the_operators_and_whom_he_named_is_claimed(at: Port) -> None:
    auditor = officer(at, "r.auditor", Role.AUDITOR)
    assert at.store.write(
        lambda tx: audit_log.note(
            tx, at.ctx, Asked(), officer=auditor, how="cli", console="administrator/cli"
        )
    ).result()
    last = at.audits()[-1]
    assert (last.act, last.actor) == ("audit_read", "administrator/cli")
    assert dict(last.details)["claimed"] == auditor.id


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.AUDITOR}))
def test_nobody_else_reads_it_and_nothing_is_written(at: Port, role: Role) -> None:
    other = officer(at, "o.other", role)
    before = len(at.audits())
    assert read(at, other, Asked()) is None
    assert len(at.audits()) == before


def test_who_is_only_an_auditor_reads_no_record(at: Port) -> None:
    assert not officer(at, "r.auditor", Role.AUDITOR).reading.memberships
    assert officer(at, "s.both", Role.AUDITOR, Role.ANALYST).reading.memberships


def test_lines_are_found_by_act_and_period_page_by_page(at: Port) -> None:
    auditor = officer(at, "r.auditor", Role.AUDITOR)
    asked = Asked(act="release", since_ms=NOW + DAY_MS, until_ms=NOW + 3 * DAY_MS, limit=3)
    first = read(at, auditor, asked)
    assert first is not None
    assert [line.at_ms for line in first.lines] == [NOW + 2 * DAY_MS] * 2 + [NOW + DAY_MS]
    second = read(at, auditor, replace(asked, before=first.older))
    assert second is not None
    assert [line.at_ms for line in second.lines] == [NOW + DAY_MS]
    assert second.older is None
    acts, actors = at.store.read(lambda r: audit_log.seen(r, at.ctx))
    assert acts == ["audit_read", "person_add", "release"]
    lines = at.store.read(lambda r: audit_log.page(r, at.ctx, Asked(limit=1_000))).lines
    assert actors == sorted({line.body.actor for line in lines if line.body})
    assert auditor.id in actors


def drafted(at: Port, owner: str) -> RecordId:
    """The id of a record of which there is a draft."""
    return at.store.write(lambda tx: draft.make(tx, at.ctx, record("alert"), owner=owner)).result().record


def acts_of(page: Page | None) -> list[str]:
    assert page is not None
    return [line.body.act for line in page.lines if line.body]


def test_lines_are_found_by_who_did_it_and_by_the_record_it_was_done_with(at: Port) -> None:
    auditor, writer = officer(at, "r.auditor", Role.AUDITOR), officer(at, "a.writer", Role.ANALYST)
    one = at.release()
    assert acts_of(read(at, auditor, Asked(record=one.record))) == ["release"]
    assert dict(at.audits()[-1].details)["record"] == one.record.hex(), "what was asked for is written down"
    assert acts_of(read(at, auditor, Asked(record=one.record))) == ["release"], "and is nothing done with it"
    assert acts_of(read(at, auditor, Asked(actor=auditor.id))) == ["audit_read"] * 3
    assert dict(at.audits()[-1].details)["person"] == auditor.id
    assert acts_of(read(at, auditor, Asked(record=one.record, actor=auditor.id))) == []
    ident = drafted(at, writer.id)
    assert acts_of(read(at, auditor, Asked(record=ident))) == ["draft"], "of what is a draft yet too"
    assert acts_of(read(at, auditor, Asked(actor=writer.id))) == ["draft"]


def test_a_log_of_which_a_draft_s_lines_are_not_its_record_s_would_be_seen(
    at: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    auditor, writer = officer(at, "r.auditor", Role.AUDITOR), officer(at, "a.writer", Role.ANALYST)
    ident = drafted(at, writer.id)
    monkeypatch.setattr(audit_log, "_NAMES", ())
    assert acts_of(read(at, auditor, Asked(record=ident))) == []


def _where(tx: Tx, index: int) -> int:
    ((number,),) = tx.all("SELECT number FROM feed WHERE role = 2")
    return int(number) << 40 | index


def other_content(tx: Tx) -> None:
    tx.run("UPDATE entry SET content = CAST(content || x'00' AS BLOB) WHERE key = ?", _where(tx, 5))


def other_header(tx: Tx) -> None:
    tx.run("UPDATE entry SET header = (SELECT header FROM entry WHERE key = ?) WHERE key = ?", _where(tx, 4), _where(tx, 5))  # fmt: skip


def other_time(tx: Tx) -> None:
    tx.run("UPDATE entry SET issued_ms = issued_ms + 1 WHERE key = ?", _where(tx, 5))


def other_nodes(tx: Tx) -> None:
    tx.run("UPDATE entry SET nodes = CAST(nodes || zeroblob(32) AS BLOB) WHERE key = ?", _where(tx, 5))


def taken_out(tx: Tx) -> None:
    tx.run("DELETE FROM entry WHERE key = ?", _where(tx, 5))


def end_taken_off(tx: Tx) -> None:
    tx.run("DELETE FROM entry WHERE key = (SELECT max(key) FROM entry WHERE feed = ?)", _where(tx, 0) >> 40)


def another_root(tx: Tx) -> None:
    tx.run("UPDATE feed SET checkpoint_root = zeroblob(32) WHERE role = 2")


def another_signature(tx: Tx) -> None:
    tx.run("UPDATE feed SET checkpoint_signature = zeroblob(length(checkpoint_signature)) WHERE role = 2")


@pytest.mark.parametrize(
    ("tamper", "code", "index"),
    [
        (other_content, "entry", 5),
        (other_header, "entry", 5),
        (other_time, "entry", 5),
        (other_nodes, "entry", 5),
        (taken_out, "missing", 5),
        (end_taken_off, "missing", 8),
        (another_root, "root", 0),
        (another_signature, "signature", 0),
    ],
)
def test_a_log_that_is_not_what_was_signed_is_told_from_which_entry_on(
    at: Port, tamper: Callable[[Tx], None], code: str, index: int
) -> None:
    assert at.store.read(lambda r: audit_chain.check(r, at.ctx)).entries == 9
    at.store.write(tamper).result()
    found = at.store.read(lambda r: audit_chain.check(r, at.ctx))
    assert (found.code, found.index) == (code, index)
    assert not found.ok


@pytest.fixture(name="looked")
def entries_looked_at(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Which entries a check makes again, in blocks of four."""
    seen = list[int]()
    whole = audit_chain._whole
    monkeypatch.setattr(audit_chain, "AT_ONCE", 4)

    def noted(row: EntryRow) -> bool:
        seen.append(row.at)
        return whole(row)

    monkeypatch.setattr(audit_chain, "_whole", noted)
    return seen


def test_what_was_seen_to_fit_is_not_made_again_but_what_is_shown_and_what_is_new(
    at: Port, looked: list[int]
) -> None:
    known = Vouched()

    def check(*shown: int) -> tuple[Chain, list[int]]:
        looked.clear()
        feed = at.store.read(lambda r: audit_chain.own_feeds(r, at.ctx))[0].feed
        asked = [(feed, index) for index in shown]
        return at.store.read(lambda r: audit_chain.check(r, at.ctx, known, asked)), looked[:]

    assert check() == (Chain(9), list(range(9)))
    assert check() == (Chain(9), [8])
    assert check(1, 8) == (Chain(9), [0, 1, 2, 3, 8])
    at.release()
    assert check() == (Chain(10), [8, 9])
    at.clock.at += audit_chain.AGAIN_MS
    assert check() == (Chain(10), list(range(10)))


@pytest.mark.parametrize("shown", [True, False])
def test_what_was_changed_after_it_was_seen_to_fit_is_told_where_it_is_shown_and_within_the_hour(
    at: Port, looked: list[int], shown: bool
) -> None:
    known, auditor = Vouched(), officer(at, "r.auditor", Role.AUDITOR)
    for _ in range(9):
        read(at, auditor, Asked())
    (feed,) = at.store.read(lambda r: audit_chain.own_feeds(r, at.ctx))
    asked = Asked(before=Place(feed.epoch, 8)) if shown else Asked(limit=1)
    assert at.store.read(lambda r: audit_log.page(r, at.ctx, asked, known)).chain.ok
    at.store.write(other_content).result()
    found = at.store.read(lambda r: audit_log.page(r, at.ctx, asked, known)).chain
    assert (found.code, found.index) == (("entry", 5) if shown else ("", 0))
    at.clock.at += audit_chain.AGAIN_MS
    assert at.store.read(lambda r: audit_log.page(r, at.ctx, asked, known)).chain.index == 5
    assert looked


def test_a_page_that_shows_what_it_did_not_look_at_is_seen(
    at: Port, looked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted fault: what was seen to fit once fits for the hour, shown or not."""
    right = audit_chain._feed
    monkeypatch.setattr(audit_chain, "_feed", lambda r, ctx, feed, known, _: right(r, ctx, feed, known, ()))
    with pytest.raises(AssertionError):
        test_what_was_changed_after_it_was_seen_to_fit_is_told_where_it_is_shown_and_within_the_hour(
            at, looked, True
        )


def test_another_tree_over_what_was_seen_to_fit_is_told_by_its_root(at: Port, looked: list[int]) -> None:
    known = Vouched()
    assert at.store.read(lambda r: audit_chain.check(r, at.ctx, known)).ok
    at.store.write(another_root).result()
    assert at.store.read(lambda r: audit_chain.check(r, at.ctx, known)).code == "root"
    assert looked


def test_content_that_was_destroyed_leaves_a_line_and_a_whole_chain(at: Port) -> None:
    at.store.write(
        lambda tx: tx.run("UPDATE entry SET content = NULL, salt = NULL WHERE key = ?", _where(tx, 5))
    ).result()
    found = at.store.read(lambda r: audit_log.page(r, at.ctx, Asked()))
    assert found.chain.ok
    assert [line.index for line in found.lines if line.body is None] == [5]


def test_a_check_that_looks_at_nothing_would_be_seen(at: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault: entries are not made again from their bytes."""
    monkeypatch.setattr(audit_chain, "_whole", lambda _row: True)
    with pytest.raises(AssertionError):
        test_a_log_that_is_not_what_was_signed_is_told_from_which_entry_on(at, other_content, "entry", 5)


@pytest.fixture(name="house")
def house_screens() -> Screens:
    return screens()


def test_the_page_is_an_auditor_s_and_nobody_else_s(house: Screens) -> None:
    address = released(house.officer("a.peeters"))
    assert house.officer("b.second").get("/audit").status_code == 404
    assert "Audit" not in house.officer("c.third").get("/").text
    auditor = house.officer("r.auditor", Role.AUDITOR)
    page = auditor.get("/audit")
    assert page.status_code == 200
    for words in ("Released a record", "A.Peeters", "all as they were signed", "Read the audit", "officer"):
        assert words in page.text, words
    assert "Fence cut" not in page.text
    assert auditor.get(address).status_code == 404
    only = auditor.get("/audit?act=release").text
    assert only.count("<summary>Entry") == 1
    assert "Nothing of that sort" in auditor.get("/audit?act=release&until=2000-01-01").text
    assert auditor.get("/audit?act=<b>&since=x&before=../..").status_code == 200
    assert auditor.get("/audit?by=<b>&record=../..").status_code == 200


def test_the_page_shows_all_that_was_done_with_one_record_and_by_one_person(house: Screens) -> None:
    released(house.officer("a.peeters"))
    released(house.officer("b.second"))
    auditor = house.officer("r.auditor", Role.AUDITOR)
    page = auditor.get("/audit").text
    address = re.findall(r'href="(/audit\?record=[0-9a-f]{32})"', page)[-1]
    one = auditor.get(address).text
    shown = one.partition("<tbody>")[2].partition("</tbody>")[0]
    assert "Only what was done with one record." in one
    assert "found by day alone" in one
    assert "A.Peeters" in shown
    assert "B.Second" not in shown
    assert "Read the audit" not in shown
    who = re.search(r'<option value="([0-9a-f-]{36})">A.Peeters', page)
    assert who is not None
    theirs = auditor.get(f"/audit?by={who[1]}&act=release").text
    assert theirs.count("<summary>Entry") == 1
    assert f'<option value="{who[1]}" selected>' in theirs
    assert "found by day alone" not in page


def test_the_page_says_from_which_entry_on_the_log_is_not_whole(house: Screens) -> None:
    auditor = house.officer("r.auditor", Role.AUDITOR)
    house.port.store.write(taken_out_at(2)).result()
    page = auditor.get("/audit").text
    assert "from entry 2 on nothing is proven" in page
    assert "That entry is missing." in page


def taken_out_at(index: int) -> Callable[[Tx], None]:
    def take(tx: Tx) -> None:
        tx.run("DELETE FROM entry WHERE key = ?", _where(tx, index))

    return take
