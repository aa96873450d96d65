"""A broken glass opens what being read in would have opened for that person at that moment, for reading, and nothing beside it.

Worlds are drawn: people in and out of the circle, cleared for other purposes, in conflict with what a record names, expelled, suspended, read
out, with a conflict in the case, records under labels for others, named by others, in other cases, referring to each other. In each, what
somebody reads after breaking a glass is what he read before and what his twin reads who is read in for the same purposes; every act he may do
is one that he might do before; and after four hours all is as it was.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from cases_here import HOUR_MS, breaks, opened, puts, raw, seen
from histories import breaks_plainly, hold_plainly
from officers_here import hire, visitor
from ports import AMBER, ANTWERP, port
from record_examples import example

from node.commands import interest, move, need, retract, search
from node.commands.interest import Whose
from node.commands.publish import Released
from node.commands.reach import Reach
from node.commands.readable import Readable
from node.store.conduct import ConductRow
from node.store.entries import EntryRow
from node.store.tuples import WritingTuples
from node.store.unit import Reader, Tx
from policies import cases, officers
from policies.cases import InCase, Part, Question
from policies.clearance import Reader as Reading
from policies.need import CaseId
from policies.officers import Role
from policies.relations import Relations, Tuple
from protocol.fields import DAY_MS
from protocol.ids import RecordId, UnixMs
from protocol.indicator import subject
from protocol.v1 import records_pb2 as pb

OF = 6
SHIP = "200123456"
PURPOSES = ("port-security", "learning", "port-security,learning")
ROLES = (
    (Role.PORT_CAPTAIN, Role.SECURITY_OFFICER),
    (Role.ANALYST,),
    (Role.AUDITOR,),
    (Role.DPO, Role.POLICE),
)


class World:
    """A port with a lead, three cases and some records; who breaks a glass, and his twin, who is the same but for the glass."""

    def __init__(self, seed: int) -> None:
        self.choose = random.Random(seed)
        self.at = port(ANTWERP)
        self.lead = hire(self.at, "a.lead", Role.PORT_CAPTAIN, Role.SECURITY_OFFICER, purposes=PURPOSES[2])
        roles, purposes = self.choose.choice(ROLES), self.choose.choice(PURPOSES)
        self.one, self.twin = (
            hire(self.at, login, *roles, purposes=purposes) for login in ("b.one", "c.twin")
        )
        self.cases = [opened(self.at, self.lead, name=f"Case {n}") for n in range(2)]
        self.out, self.gone = set[tuple[str, CaseId]](), set[str]()
        self.cases.append(opened(self.at, self.lead, name="Scheldt", circle="ports-scheldt"))
        self.records = [self._record() for _ in range(7)]
        for one in self.records:
            if self.choose.random() < 0.7:
                self._put(one)
        for who in (self.one, self.twin):
            self._twist(who, random.Random(f"{seed} twist"))

    def _record(self) -> Released:
        message = example("alert")
        message.common.title = f"n{self.choose.random()}"
        if self.choose.random() < 0.25:
            message.common.subjects.append(pb.IndicatorValue(type="mmsi", value=SHIP))
        known: list[Released] = getattr(self, "said", [])
        if known and self.choose.random() < 0.3:
            about = self.choose.choice(known)
            message.common.derived_from.append(pb.Ref(record_id=about.record, feed=about.feed.feed))
        label = self.choose.choice(
            (AMBER, AMBER, f"{AMBER}//PURPOSE learning", f"{AMBER}//TO officer:{self.at.name}/{self.lead}")
        )
        self.said = [*known, self.at.publish(message, label)]
        return self.said[-1]

    def _put(self, one: Released) -> None:
        """Where the lead reads it, and it is in no case."""
        person = visitor(self.at, self.lead)
        if seen(self.at, person, one.record) is not None:
            puts(self.at, self.lead, self.choose.choice(self.cases), one)

    def _twist(self, who: str, draw: random.Random) -> None:
        """What else may stand between somebody and a case."""
        if draw.random() < 0.3:
            self._write(
                lambda tx: interest.declare(
                    tx, self.at.ctx, raw(who), subject("mmsi", SHIP), Whose.ONESELF, actor="administrator/cli"
                )
            )
        for case in self.cases:
            if draw.random() < 0.2:
                self._add(cases.put_out(who, case, draw.choice((Part.READ_OUT, Part.CONFLICTED))))
                self.out.add((who, case))
        if draw.random() < 0.15:
            self._add(Tuple(f"user:{who}", "expelled", "community:ports-be"))
            self.gone.add(who)
        if draw.random() < 0.1:
            self._add(officers.suspension(who, officers.of_node(self.at.name)))
            self.gone.add(who)

    def _add(self, one: Tuple) -> None:
        self._write(lambda tx: WritingTuples(tx).change([one], []))

    def _write(self, act: Callable[[Tx], object]) -> None:
        self.at.store.write(act).result()

    def reads(self, who: str) -> frozenset[RecordId]:
        """Everything that somebody is shown."""
        person, readable = visitor(self.at, who), Readable(self.at.ctx)
        listed = self.at.store.read(lambda r: search.newest(r, self.at.ctx, readable, person.reading))
        return frozenset(row.id for row in listed.rows)

    def acts(self, who: str) -> frozenset[tuple[str, RecordId]]:
        """What somebody may do with which record."""
        person = visitor(self.at, who)

        def may(reader: Reader) -> frozenset[tuple[str, RecordId]]:
            withdraw = (
                one.record
                for one in self.records
                if retract.may_retract(reader, self.at.ctx, one.record, person)
            )
            change = (
                one.record for one in self.records if move.may_change(reader, self.at.ctx, one.record, person)
            )
            return frozenset([*(("withdraw", one) for one in withdraw), *(("change", one) for one in change)])

        return self.at.store.read(may)

    def read_twin_in(self, case: CaseId) -> None:
        """As `read_in` would, whatever it refuses: the relation decides."""
        now = self.at.clock.at
        period = (UnixMs(now), UnixMs(now + DAY_MS))
        self._add(cases.read_in(self.twin, case, *period, frozenset(PURPOSES[2].split(","))))


def only_reads(seed: int) -> None:
    """AssertionError with what a glass opened that it must not."""
    here = World(seed)
    before, could, at_first = here.reads(here.one), here.acts(here.one), here.reads(here.twin)
    assert before == at_first, "the twins are not alike"
    case = here.choose.choice(here.cases)
    out = (here.one, case) in here.out or here.one in here.gone
    row = breaks(here.at, here.one, case)
    here.read_twin_in(case)
    after, twin = here.reads(here.one), here.reads(here.twin)
    assert not out or after == before, "a glass opens to who is out"
    if isinstance(row, ConductRow):
        assert after == twin, "a glass opens something else than being read in"
    else:
        assert after == before, "a glass that was not broken opens something"
        assert twin == before, "a glass is refused where being read in would open something"
    assert before <= after, "a glass closes something"
    assert here.acts(here.one) == could, "a glass lets somebody do something"
    here.at.clock.at += 4 * HOUR_MS
    assert here.reads(here.one) == before, "it is over and something is open"


def test_a_glass_opens_what_being_read_in_opens_and_nothing_beside_it() -> None:
    hold_plainly(only_reads, of=OF)


# ---- Faults planted -------------------------------------------------------------------------------------------------------


def test_a_glass_that_opens_a_conflict_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    real = search.conflicts

    def opened_by_glass(reach: Reach, reading: Reading, row: EntryRow) -> bool:
        return real(reach, reading, row) and not (reading.need.read.keys() - reading.need.act.keys())

    monkeypatch.setattr(search, "conflicts", opened_by_glass)
    assert breaks_plainly(only_reads, of=3 * OF, seeing="a glass opens something else")


def test_a_glass_that_opens_to_who_was_read_out_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def reads(relations: Relations, questions: Sequence[Question], now: UnixMs) -> list[InCase]:
        answers = cases.ask(relations, questions, now)
        return [
            one if one.act else replace(one, read=asked.purposes)
            for one, asked in zip(answers, questions, strict=True)
        ]

    monkeypatch.setattr(need, "ask", reads)
    assert breaks_plainly(only_reads, of=3 * OF, seeing="a glass opens to who is out")


def test_a_glass_that_is_as_good_as_being_read_in_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def for_good(person: str, case: CaseId, opened: UnixMs, until: UnixMs, _: RecordId) -> Tuple:
        return cases.read_in(person, case, opened, UnixMs(until + DAY_MS), frozenset(PURPOSES[2].split(",")))

    monkeypatch.setattr(cases, "glass", for_good)
    assert breaks_plainly(only_reads, of=3 * OF, seeing="lets somebody do something|it is over")
