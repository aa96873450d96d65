"""A port where something is put into a case, and what refers to it."""

from __future__ import annotations

from typing import Any

from cases_here import lines, opened, seen
from officers_here import hire, visitor
from ports import AMBER, ANTWERP, NORTH_SEA, port
from record_examples import example

from node.commands import draft, put_in
from node.commands.publish import Released
from node.store.drafts import DraftRow, Hand
from policies.officers import Role
from protocol.label import parse
from protocol.v1 import records_pb2 as pb

ALL = (Role.PORT_CAPTAIN, Role.SECURITY_OFFICER)
SECRET = "BE:RESTRICTED//TLP:AMBER//AUD ports-be"


def about(title: str, *named: Released, kind: str = "alert", **changes: Any) -> pb.Record:
    record = example(kind, **changes)
    record.common.title = title
    for one in named:
        record.common.derived_from.add(record_id=one.record, feed=one.feed.feed)
    return record


class World:
    """An officer with a case of his own, a colleague who is in none, and who reviews conduct; another port beside it."""

    def __init__(self) -> None:
        self.at, self.there = port(ANTWERP), port(NORTH_SEA)
        self.lead, self.other = hire(self.at, "a.lead"), hire(self.at, "b.other", *ALL)
        self.integrity = hire(self.at, "d.integrity", Role.INTEGRITY_OFFICER)
        self.case = opened(self.at, self.lead)
        self.find = self.says("find")

    def says(self, title: str, *named: Released, label: str = AMBER, **more: Any) -> Released:
        return self.at.publish(about(title, *named, **more), label)

    def brings(self, title: str, *named: Released) -> Released:
        """What the other port says, here."""
        released = self.there.publish(about(title, *named))
        self.at.pull(self.there, released.feed.feed)
        return released

    def drafts(self, who: str, *named: Released, kind: str = "alert", hand: Hand = Hand.NONE) -> DraftRow:
        text = about("draft", *named, kind=kind)
        text.common.legal_basis = "port-security-be"
        return self.at.store.write(
            lambda tx: draft.make(tx, self.at.ctx, text, owner=who, label=parse(AMBER), hand=hand)
        ).result()

    def told(self) -> list[tuple[tuple[str, str, int], ...]]:
        return [line.counts for line in lines(self.at, self.integrity)]

    def followed(self) -> list[str]:
        """What went with it by the audit: records and drafts, by id."""
        acts = [one for one in self.at.audits() if one.act == "case_follow"]
        assert all(one.details["case"] == self.case.hex() and one.actor == self.lead for one in acts)
        return [one.details.get("draft") or one.record.record_id.hex() for one in acts]

    def counted(self, who: str) -> int:
        """What the form says before."""
        officer = visitor(self.at, who)
        one = seen(self.at, officer, self.find.record)
        assert one is not None
        return self.at.store.read(lambda r: put_in.following(r, self.at.ctx, one, officer))[0]
