"""port_ban: a ban that a court imposed. Nodes register and watch it; they never impose it.

Days are Brussels days, `until` inclusive. Whether the publisher may register bans is the register's to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from protocol.fields import Field, Table, part
from protocol.identity import of_ban
from protocol.ids import UnixMs
from protocol.kind import Kind
from protocol.parts import COUNTRY, tokens
from protocol.place import PLACE
from protocol.rules import choice, day, each, number, octets, one_of, text
from protocol.v1 import records_pb2 as pb

YEARS_MOST = 20
PHOTO_MAX = 512 * 1024

DOCUMENT = Table(
    pb.Document,
    (
        Field("type", choice(pb.Document, "Type"), required=True, mark="P"),
        Field("country", COUNTRY, required=True, mark="P"),
        Field("number", text(20), required=True, mark="P"),
    ),
)

PHOTO = Table(
    pb.Blob,
    (
        Field("sha256", octets(32), required=True),
        Field("size", number(1, PHOTO_MAX), required=True),
        Field("media_type", one_of(("image/jpeg",)), required=True),
        Field("name", text(80)),
    ),
)

TABLE = Table(
    pb.PortBan,
    (
        Field("aigis_ref", text(40), mark="S"),
        Field("authority", text(80), required=True, mark="P"),
        Field("decision_ref", text(40), required=True, mark="P"),
        Field("decided_on", day(), required=True, mark="P"),
        Field("family_name", text(80), required=True, mark="P"),
        Field("given_names", text(80), required=True, mark="P"),
        Field("birth_date", day(open_parts=True), required=True, mark="P"),
        Field("nationality", each(COUNTRY, most=3), mark="P"),
        Field("document", part(DOCUMENT), mark="P"),
        Field("person_tokens", tokens(each(octets(32), most=4)), mark="P"),
        Field("photo", part(PHOTO), mark="P"),
        Field("scope", choice(pb.PortBan, "Scope", closed=True), required=True),
        Field("scope_places", each(part(PLACE), most=50)),
        Field("from", day(), required=True, mark="P"),
        Field("until", day(), required=True, mark="P"),
        Field("exceptions", text(400), mark="P"),
        Field("ground", choice(pb.PortBan, "Ground"), required=True, mark="P"),
        Field("notified_on", day(), mark="P"),
        # What a gate may answer hangs on these three; a number not known here would be a guess at a person's cost.
        Field("match_class", choice(pb.PortBan, "MatchClass", closed=True), required=True),
        Field("standing", choice(pb.PortBan, "Standing", closed=True)),
        Field("standing_ref", text(40)),
    ),
    together=(("standing", "standing_ref"),),
)


def _check(record: pb.Record, now: UnixMs | None) -> Iterator[tuple[str, str]]:
    ban = record.port_ban
    if ban.scope == pb.PortBan.SCOPE_LISTED and not ban.scope_places:
        yield "scope_places", "required when scope is listed"
    if ban.match_class == pb.PortBan.MATCH_CLASS_DOCUMENT and not ban.HasField("document"):
        yield "document", "required when match_class is document"
    yield from _term(getattr(ban, "from"), ban.until)
    if now is not None:
        today = _today(now)
        for name in ("decided_on", "birth_date", "notified_on"):
            if getattr(ban, name) > today:
                yield name, "not in the future"


def _term(first: str, last: str) -> Iterator[tuple[str, str]]:
    try:
        begin, end = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return  # said by the rule of the field
    if end <= begin:
        yield "until", "after from"
    elif (end.year - YEARS_MOST, end.month, end.day) > (begin.year, begin.month, begin.day):
        yield "until", f"at most {YEARS_MOST} years after from"


def _today(now: UnixMs) -> str:
    # A day ahead of Greenwich is as far as Brussels and a slow clock can be; a ban decided today must pass.
    return datetime.fromtimestamp((now + 7_200_000) / 1000, UTC).date().isoformat()


def _turn(before: Any, after: Any) -> Iterator[tuple[str, str]]:
    if before is None and after.standing:
        yield "standing", "by a version of a ban that stands"
    if before is not None and before.aigis_ref != after.aigis_ref and before.aigis_ref:
        yield "aigis_ref", "stays"


KIND = Kind(
    name="port_ban",
    table=TABLE,
    check=_check,
    says=(
        "`photo` is image/jpeg of at most 524,288 bytes",
        "`scope` listed needs `scope_places`",
        "`match_class` document needs `document`",
        "`until` is after `from`, at most 20 years",
        "`decided_on`, `birth_date` and `notified_on` are not later than the day of the header's `issued_ms` plus two hours, in UTC",
    ),
    always=frozenset({"PERSONAL", "NO-EXPORT"}),
    places=lambda ban: [(f"scope_places[{i}]", place) for i, place in enumerate(ban.scope_places)],
    files=lambda ban: [ban.photo] if ban.HasField("photo") else [],
    persons=lambda _ban: True,
    identities=of_ban,
    unique="aigis_ref",
    turn=_turn,
    turns=("`standing` is set by a version only, and a version keeps `aigis_ref`",),
    retention="port_ban_after_end",
    right="can_register_ban",
    register_right="bans",
    urgent=True,
    exercises=False,
)
