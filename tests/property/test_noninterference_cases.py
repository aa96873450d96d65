"""Invariant 5 for cases: two ports that differ only in what is in a case show whoever is not in it the same bytes.

The second world has as many records again under labels that the reader may read, each put into a case as soon as it was released, with another that refers to it, then corrected,
withdrawn, erased, moved, held, contested or named by another record, while people are read in and out and somebody breaks the glass. Every
page, list, page of a list, answer of the API, error and event of the stream is compared as bytes. Left out is what is sealed for the
session, and how long a feed is: that tells of a log that it grew, to everybody who follows it, and not what grew.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from browser_web import Browser, Line
from cases_here import broken, opened, overseen, puts, reads_in, reads_out
from histories import breaks_plainly, hold_plainly
from officers_here import hire
from offices_web import Screens, screens
from pages_told import gives, pages
from ports import AMBER, Port
from record_examples import example

from node.commands import search
from node.commands.erase import append_erase
from node.commands.publish import Released
from node.store.changes import Change
from policies.officers import Role
from protocol.operation import Target
from protocol.v1 import records_pb2 as pb

LENGTHS = re.compile(
    r"""\d+ of \d+|\d+ behind|\d+ entr(?:y|ies)|"(?:size|held|behind|index)": ?\d+|'content-length', '\d+'"""
)


class World:
    """A port with a reader who is in no case, a lead, one who is read in and one who breaks the glass."""

    def __init__(self, seed: int, *, more: bool) -> None:
        self.choose, self.hidden = random.Random(seed), list[str]()
        self.here: Screens = screens()
        self.at: Port = self.here.port
        roles = (Role.SECURITY_OFFICER, Role.PORT_CAPTAIN, Role.DPO)
        who = hire(self.at, "a.reader", *roles)
        self.lead, self.other, self.third = (
            hire(self.at, login, *roles) for login in ("b.lead", "c.other", "d.third")
        )
        self.shown, self.case = list[str](), opened(self.at, self.lead)
        overseen(self.at)
        self.acts = ["correct", "withdraw", "erase", "name"]
        self.said(AMBER, "To be read, first")
        for number in range(3):
            if more:
                self.inside(number)
            self.shown.append(self.said(AMBER, f"To be read, {number}").record.hex())
            self.at.clock.at += 1000
        if more:
            self.inside(9)
            broken(self.at, self.third, self.case)
        self.reader = self.here.enter(who)
        self.here.bus.publish([])

    def said(self, label: str, title: str, about: Released | None = None) -> Released:
        record = example("alert")
        record.common.title = title
        if about is not None:
            record.common.derived_from.append(pb.Ref(record_id=about.record, feed=about.feed.feed))
        return self.at.publish(record, label)

    def inside(self, number: int) -> None:
        """A record in the case, and something that happens to it."""
        one = self.said(AMBER, f"SECRET-{number}")
        self.hidden.append(self.said(AMBER, f"SECRET-{number} goes with it", one).record.hex())
        puts(self.at, self.lead, self.case, one)
        self.hidden.append(one.record.hex())
        act = self.acts.pop(self.choose.randrange(len(self.acts)))
        if act == "correct":
            record = example("alert")
            record.common.title = f"SECRET-{number} again"
            self.at.publish(record, AMBER, record=one.record, version=2)
        elif act == "withdraw":
            self.at.withdraw(one)
        elif act == "erase":
            target = Target(one.record, one.version)
            ctx = self.at.ctx
            self.at.store.write(lambda tx: append_erase(tx, ctx, one.feed, target, 2, ctx.register)).result()
        elif act == "name":
            self.hidden.append(self.said(AMBER, f"SECRET-{number} named", one).record.hex())
        reads_in(self.at, self.lead, self.case, self.other)
        reads_out(self.at, self.lead, self.case, self.other)


def told(reader: Browser, path: str) -> str:
    """Everything of an answer but what is sealed and how long feeds are."""
    return LENGTHS.sub("-", gives(reader, path))


def same(seed: int) -> None:
    """AssertionError with the page on which the two worlds differ."""
    one, other = World(seed, more=False), World(seed, more=True)
    assert other.hidden
    ids = list(zip(one.shown, other.shown, strict=True))
    for path in pages(one.here.app):
        before, after = told(one.reader, path), told(other.reader, path)
        for mine, theirs in ids:
            after = after.replace(theirs, mine)
        assert "SECRET" not in after, f"{path} tells of what is in a case"
        assert before == after, f"{path} tells of what is in a case"
    never = "0" * 12 + "7" + "0" * 3 + "8" + "0" * 15
    for record in other.hidden:
        for path in (
            "/records/{}",
            "/records/{}/proof",
            "/records/{}/withdraw",
            "/records/{}/case",
            "/api/v1/records/{}",
        ):
            nothing = told(other.reader, path.format(never))
            found = told(other.reader, path.format(record))
            assert found.replace(record, never) == nothing, f"{path} knows a record in a case"


def test_pages_lists_and_errors_are_the_same_bytes_whatever_is_in_a_case() -> None:
    hold_plainly(same, of=1)


def test_a_list_that_shows_what_is_in_a_case_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "needed", lambda *_: True)
    assert breaks_plainly(same, of=2, seeing="tells of|knows a record")


def test_the_stream_says_nothing_of_what_is_in_a_case() -> None:
    here = World(1, more=False)

    def commit(act: Callable[[], object]) -> None:
        before = len(here.at.changes)
        act()
        here.here.bus.publish(list[Change](here.at.changes[before:]))

    def hidden() -> None:
        one = here.said(AMBER, "SECRET")
        here.said(AMBER, "SECRET goes with it", one)
        puts(here.at, here.lead, here.case, one)
        here.at.publish(example("alert"), AMBER, record=one.record, version=2)
        here.at.withdraw(replace(one, version=2))
        broken(here.at, here.third, here.case)

    async def run() -> Sequence[str]:
        async with Line(here.here.app, here.reader, "shelf=watch&scope=all&band=NONE.AMBER") as line:
            await line.until(lambda: line.status == 200)
            commit(hidden)
            commit(lambda: here.said(AMBER, "To be read"))
            await line.until(lambda: "touched" in line.events)
            assert "SECRET" not in line.text
            return tuple(line.events)

    assert asyncio.run(run()) == ("row", "touched")
