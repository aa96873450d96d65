"""notice: information, meetings, exercises, warnings, and answers to a best practice."""

from __future__ import annotations

from collections.abc import Iterator

from protocol.fields import Field, Order, Table, part
from protocol.ids import UnixMs
from protocol.kind import Kind, Pointer
from protocol.parts import REF
from protocol.rules import choice, each, long_text, moment
from protocol.v1 import records_pb2 as pb

TABLE = Table(
    pb.Notice,
    (
        Field("category", choice(pb.Notice, "Category"), required=True),
        Field("text", long_text(), required=True, mark="S"),
        Field("about", each(part(REF), most=10)),
        Field("acknowledge_by", moment()),
        Field("effective_from", moment()),
        Field("effective_until", moment()),
        Field("adoption", choice(pb.Notice, "Adoption")),
    ),
    ordered=(Order("effective_from", "effective_until", strict=True),),
)


def _check(record: pb.Record, _now: UnixMs | None) -> Iterator[tuple[str, str]]:
    notice = record.notice
    if notice.category == pb.Notice.CATEGORY_ADOPTION:
        if not notice.about:
            yield "about", "required for category adoption"
        if not notice.adoption:
            yield "adoption", "required for category adoption"
    elif notice.adoption:
        yield "adoption", "only for category adoption"


KIND = Kind(
    name="notice",
    table=TABLE,
    check=_check,
    says=("category adoption: `about` and `adoption` are there; another one: `adoption` is not",),
    summary="text",
    words=("text",),
    pointers=(Pointer("about"),),
    retention="notice",
    right="can_publish_notice",
)
