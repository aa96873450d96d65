"""Every act that writes, with the world stopping at each numbered write point of it: after the restart nothing of it is there, or
all of it; and done again it ends in the state of the act that nothing disturbed, the audit feed and every table included.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from typing import Any, cast

import pytest
from act_names import act_names
from acts_of_accounts import adding_an_account
from acts_of_drafts import making
from every_act import AUDITED, CRASHED
from inline_store import Crash
from more_acts import Ready
from ports import Port

from node.commands import (
    people,
)
from node.commands.append import append
from node.store.unit import Reader, Tx

CLI = "administrator/cli"


def everything(at: Port) -> dict[str, list[str]]:
    """Every row of every table."""
    named = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"

    def look(reader: Reader) -> dict[str, list[str]]:
        tables = [str(row[0]) for row in reader.all(named)]
        return {table: sorted(map(repr, reader.all(f"SELECT * FROM {table}"))) for table in tables}

    return at.store.read(look)


def stopped(make: Callable[[], Ready]) -> int:
    """Stop the world at each point of the act; how many there are."""
    whole = make()
    before = everything(whole.at)
    whole.at.store.crash_at(None)
    whole.at.store.write(whole.act).result()
    points, after = whole.at.store.points, everything(whole.at)
    assert after != before
    for point in range(1, points + 1):
        ready = make()
        draws = cast("random.Random", ready.at.ctx.random.__self__)  # type: ignore[attr-defined]
        drawn = draws.getstate()
        ready.at.store.crash_at(point)
        with pytest.raises(Crash):
            ready.at.store.write(ready.act)
        ready.at.store.reopen()
        assert everything(ready.at) == (after if point == points else before), (
            point
        )  # the last is after the commit
        if point < points:
            draws.setstate(drawn)
            ready.at.store.write(ready.act).result()
            assert everything(ready.at) == after, point
    return points


@pytest.mark.parametrize("make", CRASHED, ids=lambda make: make.__name__)
def test_the_world_may_stop_at_every_write_point_of_an_act(make: Callable[[], Ready]) -> None:
    assert stopped(make) >= 3  # a statement, and both sides of the commit


def test_an_act_of_two_transactions_would_be_seen() -> None:
    """The planted fault: the account is kept in one transaction, and what it may do in another."""

    def torn() -> Ready:
        ready = adding_an_account()
        at = ready.at

        def act(tx: Tx) -> None:
            ready.act(tx)
            tx.run("COMMIT")
            tx.run("BEGIN IMMEDIATE")
            tx.run("SAVEPOINT job")
            ((who,),) = tx.all("SELECT id FROM person")
            people.close(tx, at.ctx, who, actor=CLI)

        return Ready(at, act)

    with pytest.raises(AssertionError):
        stopped(torn)


# ---- The same acts, and those of `more_acts.py`, with an audit that fails ----------------------------------------------------


SILENT = {
    *("changing", "attempting", "arriving", "giving_up", "expiring", "taking_a_receipt"),
    *("destroying", "confirming_what_was_destroyed", "replaying_what_was_destroyed"),
    *("beginning_a_purge", "purging", "confirming_a_purge", "taking_a_head", "telling_a_head"),
    "asking_for_a_purge",
    *("changing_what_was_asked_about", "hearing_that_it_was_taken_back", "forgetting_questions"),
    *("keeping_what_is_searched", "forgetting_what_is_searched"),
    *("overtaking", "overtaking_everything", "taking_in_its_turn", "taking_a_note", "counting_a_beat"),
    "hearing_a_port_again",
}
"""What is no act of anybody by policy: a text that is still being written, an attempt that was only reserved, and what a node does by
the clock or on a peer's word, which the log, its control feeds or the table itself keeps."""


class Unwritten(Exception):
    """The audit entry could not be written."""


class Audit:
    """Stands before the append of audit entries: passes on the first `most`, then fails."""

    def __init__(self) -> None:
        self.most: int | None = None
        self.count = 0
        self.failed = False

    def __call__(self, *given: Any) -> Any:
        self.count += 1
        self.failed = self.most is not None and self.count > self.most
        if self.failed:
            raise Unwritten
        return append(*given)


def codes_of(make: Callable[[], Ready], monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Do the act with its first, second, … audit entry failing, and find nothing of it; then do it. The codes it audited."""
    ready, gate = make(), Audit()
    at = ready.at
    before, already = everything(at), len(at.audits())
    monkeypatch.setattr("node.commands.audit.append", gate)
    most = 0
    while True:
        gate.most, gate.count, gate.failed = most, 0, False
        try:
            at.store.write(ready.act).result()
        except Unwritten:
            assert everything(at) == before, f"something of it was kept without audit entry {most + 1}"
            most += 1
        else:
            assert not gate.failed, f"it went on without audit entry {most + 1}"
            break
    monkeypatch.undo()
    said = [one.act for one in at.audits()[already:]]
    assert len(said) == most, "an audit entry that failed was swallowed"
    return set(said)


@pytest.mark.parametrize("make", AUDITED, ids=lambda make: make.__name__)
def test_where_the_audit_fails_there_is_no_act(
    make: Callable[[], Ready], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = codes_of(make, monkeypatch)
    assert bool(said) is (make.__name__ not in SILENT)
    SAID.update(said)


SAID: set[str] = set()


def test_every_act_in_the_code_has_a_row(request: pytest.FixtureRequest) -> None:
    """Who adds an act adds a builder to ACTS of a file that `every_act.py` gathers. Needs the rows above: not asked where they were left out."""
    if sum("test_where_the_audit_fails" in item.nodeid for item in request.session.items) < len(AUDITED):
        return
    assert act_names().keys() - SAID == set()
    assert SAID - act_names().keys() == set()


def test_an_audit_that_is_written_apart_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault: an act that goes on where its audit entry could not be written."""

    def careless() -> Ready:
        ready = making()

        def act(tx: Tx) -> None:
            tx.run("DELETE FROM draft")
            with contextlib.suppress(Unwritten):
                ready.act(tx)

        return Ready(ready.at, act)

    with pytest.raises(AssertionError):
        codes_of(careless, monkeypatch)
