"""Records: bytes and content type in, a checked record out, or every rule it breaks at once.

Guarantees that a `Record` returned here satisfies its kind's table and cross checks, that all violations are reported
together, and that no violation holds a value. An author is held to what is known here; a holder (`accepting`) bears
unknown fields and enum numbers of a newer peer, and keeps an unknown kind as it is (`opaque`). Nothing here decides who
may read a record, and nothing is serialised a second time: `serialise` is for the author, once.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from google.protobuf.message import DecodeError

from protocol import names, scan
from protocol.content_type import content_type, is_known, kind_of
from protocol.errors import BadRecord, TooLarge, Violation
from protocol.fields import Walker
from protocol.ids import UnixMs
from protocol.indicator import Subject, is_personal
from protocol.kind import Kind, no_persons, no_values
from protocol.kinds import known
from protocol.limits import CONTENT_MAX
from protocol.parts import is_language
from protocol.preamble import COMMON
from protocol.rules import Found, Mode
from protocol.text import fault
from protocol.v1 import records_pb2 as pb

if TYPE_CHECKING:
    from protocol.register_view import Register

__all__ = [
    "Record",
    "content_type",
    "is_known",
    "kind_of",
    "lapses_in_time",
    "serialise",
    "validate",
    "validate_message",
    "warnings",
]


class Record(NamedTuple):
    """A record that was checked. `opaque`: a kind this release does not know; only the common part is read.

    A named tuple, as a header is: one is made for each record received.
    """

    kind: str
    message: pb.Record
    title: str
    lang: str
    personal: bool
    """Some field holds personal data: the label needs caveat PERSONAL. True for what cannot be read here."""
    subjects: tuple[Subject, ...]
    """Every typed indicator in it, the common part's first."""
    opaque: bool = False

    @property
    def common(self) -> pb.Common:
        """The common part."""
        return self.message.common

    @property
    def body(self) -> Any:
        """The body of its kind; None when opaque."""
        return None if self.opaque else getattr(self.message, self.kind)

    @property
    def summary(self) -> str:
        """What it is about, in the author's words; "" where the kind has no such field."""
        field = "" if self.opaque else known()[self.kind].summary
        return str(getattr(self.body, field)) if field else ""

    @property
    def watched(self) -> Subject | None:
        """What an indicator asks to look out for; None for every other kind."""
        if self.kind != "indicator" or self.opaque:
            return None
        value = self.message.indicator.value
        return Subject(value.type, value.value)


def warnings(record: Record, now: UnixMs | None = None) -> tuple[scan.Warning_, ...]:
    """What its author should look at again: plates, names, numbers of persons in free text, a time far ahead."""
    return () if record.opaque else scan.warnings(record.message, known()[record.kind], now)


def lapses_in_time(kind: str, *, issued_ms: int, expires_ms: int) -> bool:
    """Whether the header's expiry suits the kind, of any version; `expires_ms` 0: none."""
    found = known().get(kind)
    most = found.expires_most_ms if found else None
    return most is None or issued_ms < expires_ms <= issued_ms + most


def serialise(message: pb.Record) -> bytes:
    """The content an author commits to; called once for each record, never on what was received."""
    return message.SerializeToString(deterministic=True)


def validate(
    content_type: str,
    content: bytes,
    *,
    register: Register | None = None,
    now: UnixMs | None = None,
    accepting: bool = False,
    local: bool = False,
) -> Record:
    """The record in `content`, checked; TooLarge, or BadRecord with every violation.

    An author passes the register and its own clock as `now`; a holder passes `accepting=True` and the header's issue time,
    so that every holder comes to the same verdict. `local`: the record never leaves this node.
    """
    if len(content) > CONTENT_MAX:
        raise TooLarge(f"at most {CONTENT_MAX} bytes", where="record")
    kind, reader = _prepared(content_type, accepting, local)
    try:
        message = pb.Record.FromString(content)
    except DecodeError:
        if accepting and reader is None:
            return _opaque(kind, pb.Record())
        raise BadRecord((Violation(kind, "", "a serialised Record"),)) from None
    if reader is None:
        return _unknown(kind, message, accepting)
    return reader.read(message, None if accepting else register, now)


def validate_message(
    content_type: str,
    message: pb.Record,
    *,
    register: Register | None = None,
    now: UnixMs | None = None,
    accepting: bool = False,
    local: bool = False,
) -> Record:
    """As `validate`, for a message in memory: a draft, before it is serialised."""
    kind, reader = _prepared(content_type, accepting, local)
    if reader is None:
        return _unknown(kind, message, accepting)
    return reader.read(message, None if accepting else register, now)


def _unknown(kind: str, message: pb.Record, accepting: bool) -> Record:
    if not accepting:
        raise BadRecord((Violation(kind, "kind", "a kind of this release"),))
    return _opaque(kind, message)


class _Reader:
    """One kind in one mode: its walkers, built once."""

    __slots__ = ("_body", "_common", "_kind", "_mode", "_personal", "_persons", "_subjects", "_values")

    def __init__(self, kind: Kind, mode: Mode) -> None:
        self._kind = kind
        self._mode = mode
        self._common = Walker(COMMON, mode, required=kind.common)
        self._body = Walker(kind.table, mode)
        self._personal = (COMMON.marked("P"), kind.table.marked("P"))
        self._subjects = COMMON.bits["subjects"]
        self._values = None if kind.values is no_values else kind.values
        self._persons = None if kind.persons is no_persons else kind.persons

    def read(self, message: pb.Record, register: Register | None, now: UnixMs | None) -> Record:
        """The record, or BadRecord with all that is wrong with it."""
        kind = self._kind
        if not message.HasField(kind.name):  # type: ignore[arg-type, unused-ignore]
            raise BadRecord((Violation(kind.name, "", "a body of the kind its content type names"),))
        common, body = message.common, getattr(message, kind.name)
        in_common, found = self._common.walk(common)
        in_body, more = self._body.walk(body)
        subjects: tuple[Subject, ...] = ()
        if in_common & self._subjects or self._values is not None:
            subjects = self._pointed_at(common, body)
        pointed = bool(subjects) and any(map(_points_at_person, subjects))
        faults = [*(found or ()), *(more or ()), *kind.check(message, now)]
        persons = pointed or (self._persons is not None and self._persons(body))
        if persons or common.kind != kind.name:
            faults += self._whole(message, persons)
        if self._mode is not Mode.ACCEPTING:
            faults += self._authored(message, register)
        if faults:
            raise BadRecord(tuple(Violation(kind.name, *found) for found in dict.fromkeys(faults)))
        common_mask, body_mask = self._personal
        personal = pointed or bool(in_common & common_mask or in_body & body_mask)
        return Record(kind.name, message, common.title, common.lang, personal, subjects)

    def _pointed_at(self, common: pb.Common, body: Any) -> tuple[Subject, ...]:
        """Every typed indicator, the common part's first."""
        values = [*common.subjects[:], *[value for _, value in (self._values or no_values)(body)]]
        return tuple([Subject(value.type, value.value) for value in values])

    def _whole(self, message: pb.Record, persons: bool) -> Found:
        """What concerns the common part and the body together, for every kind."""
        common, found = message.common, []
        if common.kind != self._kind.name and common.kind:
            found.append(("kind", "the kind its content type names"))
        if persons and not common.subject_category and self._kind.common is None:
            found.append(("subject_category", "required where persons are concerned"))
        return found

    def _authored(self, message: pb.Record, register: Register | None) -> Found:
        found: Found = []
        if _has_unknown_fields(message):
            found.append(("", "no fields that this release does not know"))
        if register is not None:
            found += names.unknown(message, self._kind, register)
        return found


def _points_at_person(value: Subject) -> bool:
    return is_personal(value.type)


@lru_cache(maxsize=256)
def _prepared(content_type: str, accepting: bool, local: bool) -> tuple[str, _Reader | None]:
    """The kind that a content type names, and its reader; none where this release does not know the two. BadRecord for no type."""
    kind = kind_of(content_type)
    if not is_known(content_type):
        return kind, None
    return kind, _reader(kind, Mode.ACCEPTING if accepting else Mode.LOCAL if local else Mode.AUTHORING)


@cache
def _reader(name: str, mode: Mode) -> _Reader:
    return _Reader(known()[name], mode)


def _has_unknown_fields(message: pb.Record) -> bool:
    bare = pb.Record()
    bare.CopyFrom(message)
    bare.DiscardUnknownFields()  # type: ignore[no-untyped-call, unused-ignore]
    return bare.ByteSize() != message.ByteSize()


def _opaque(kind: str, message: pb.Record) -> Record:
    """What is shown of a kind that is not known: its common part, as far as it is fit to be shown."""
    common = message.common
    title = common.title if fault(common.title, most=120) is None else ""
    lang = common.lang if is_language(common.lang) else ""
    return Record(kind, message, title, lang, personal=True, subjects=(), opaque=True)
