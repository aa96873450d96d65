"""best_practice: a measure that worked somewhere, for others to take up. The original is the record; translations follow it."""

from __future__ import annotations

from collections.abc import Iterator

from protocol.fields import DAY_MS, Field, Table, part
from protocol.ids import UnixMs
from protocol.kind import Kind
from protocol.parts import LANGUAGE
from protocol.rules import choice, each, flag, long_text, moment, number, text
from protocol.v1 import records_pb2 as pb

REVIEW_MOST_MS = 1096 * DAY_MS
"""Three years, whichever of them has the leap day."""

TRANSLATION = Table(
    pb.Translation,
    (
        Field("lang", LANGUAGE, required=True),
        Field("machine", flag(), required=True),
        Field("title", text(120), required=True, mark="S"),
        Field("summary", text(400), required=True),
        Field("problem", long_text(), mark="S"),
        Field("measure", long_text(), mark="S"),
        Field("effect", long_text(), mark="S"),
    ),
)

TABLE = Table(
    pb.BestPractice,
    (
        Field("summary", text(400), required=True),
        Field("area", each(choice(pb.BestPractice, "Area"), most=5), required=True),
        Field("problem", long_text(), required=True, mark="S"),
        Field("measure", long_text(), required=True, mark="S"),
        Field("effect", long_text(), mark="S"),
        Field("applies_to", each(choice(pb.BestPractice, "AppliesTo"), most=5), required=True),
        Field("isps", each(text(40), most=10)),
        Field("effort", choice(pb.BestPractice, "Effort")),
        Field("cost_class", number(1, 5)),
        Field("contact", text(80)),
        Field("translations", each(part(TRANSLATION), most=8)),
        Field("review_by", moment(), required=True),
        Field("barrier", choice(pb.BestPractice, "Barrier")),
    ),
)


def _check(record: pb.Record, now: UnixMs | None) -> Iterator[tuple[str, str]]:
    body = record.best_practice
    if now is not None and body.review_by > now + REVIEW_MOST_MS:
        yield "review_by", "at most 3 years ahead"
    langs = [record.common.lang, *(translation.lang for translation in body.translations)]
    if len(set(langs)) < len(langs):
        yield "translations", "one for each language, none in the record's own"


KIND = Kind(
    name="best_practice",
    table=TABLE,
    check=_check,
    says=(
        "`review_by` is at most 3 years (1,096 days) after the header's `issued_ms`",
        "`translations` have one for each language, none in the record's own `lang`",
    ),
    summary="summary",
    words=("summary", "problem", "measure", "effect", "contact"),
    retention="best_practice",
    right="can_publish_best_practice",
)
