"""The auditor's view: who may read, what a line says, and a log that is not what was signed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from all_kinds import record, register
from officers_here import officer
from offices_web import Screens, released, screens
from ports import AMBER, Port, port
from record_examples import NOW

from node.commands import audit_chain, audit_log
from node.commands.audit_log import Asked, Page
from node.commands.people import Visitor
from node.store.unit import Tx
from policies.officers import Role
from protocol.fields import DAY_MS


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
    assert at.store.read(lambda r: audit_log.acts(r, at.ctx)) == ("audit_read", "person_add", "release")


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
    assert only.count('data-caption="Act"') == 1
    assert "Nothing of that sort" in auditor.get("/audit?act=release&until=2000-01-01").text
    assert auditor.get("/audit?act=<b>&since=x&before=../..").status_code == 200


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
