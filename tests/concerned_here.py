"""What concerns somebody of a port in memory: declaring it, records about it, and what one person sees."""

from __future__ import annotations

import uuid

from officers_here import visitor
from ports import Port
from record_examples import example

from node.commands import detail, interest, search
from node.commands.address import Address
from node.commands.interest import Whose
from node.commands.readable import Readable
from protocol.identity import declared
from protocol.ids import RecordId
from protocol.v1 import records_pb2 as pb

MINE, HIS, OTHER = "BE:1ABC123", "BE:2DEF456", "BE:9XYZ987"
PERSONAL = "BE:NONE//TLP:AMBER//AUD ports-be//CAVEAT PERSONAL"


def about(plate: str, title: str = "A car", kind: str = "alert", **changes: object) -> pb.Record:
    record = example(kind, **changes)
    record.common.title = title
    record.common.subjects.append(pb.IndicatorValue(type="plate", value=plate))
    record.common.subject_category.append(pb.Common.SUBJECT_CATEGORY_SUSPECT)
    record.common.legal_basis = "port-security-be"
    return record


def declare(at: Port, who: str, value: str, whose: Whose = Whose.ONESELF, *, kind: str = "plate") -> bool:
    return at.store.write(
        lambda tx: interest.declare(
            tx, at.ctx, uuid.UUID(who).bytes, declared(kind, value), whose, actor="administrator/cli"
        )
    ).result()


class Desk:
    """What one person sees."""

    def __init__(self, at: Port, who: str) -> None:
        self.at, self.who, self.readable = at, visitor(at, who), Readable(at.ctx)

    def titles(self, **options: object) -> list[str]:
        listed = self.at.store.read(
            lambda r: search.newest(r, self.at.ctx, self.readable, self.who.reading, **options)  # type: ignore[arg-type]
        )
        return [row.record.title if row.record else "-" for row in listed.rows]

    def pages(self, limit: int) -> list[list[str]]:
        found, before = [], None
        while True:
            listed = self.at.store.read(
                lambda r, before=before: search.newest(  # type: ignore[misc]
                    r, self.at.ctx, self.readable, self.who.reading, limit=limit, before=before
                )
            )
            found.append([row.record.title if row.record else "-" for row in listed.rows])
            before = listed.older
            if before is None:
                return found

    def changed(self) -> search.Changed:
        return self.at.store.read(
            lambda r: search.changes(r, self.at.ctx, self.readable, self.who.reading, 0)
        )

    def opens(self, record: bytes) -> bool:
        return (
            self.at.store.read(
                lambda r: detail.detail(
                    r, self.at.ctx, self.readable, self.who.reading, Address(RecordId(record), b"")
                )
            )
            is not None
        )
