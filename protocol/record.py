"""Records: bytes and content type in, a checked record out, or every rule it breaks at once.

Guarantees that a `Record` returned here satisfies its kind's table and cross checks, that all violations are reported
together, and that no violation holds a value. An author is held to what is known here; a holder (`accepting`) bears
unknown fields and enum numbers of a newer peer, and keeps an unknown kind as it is (`opaque`). Nothing here decides who
may read a record, and nothing is serialised a second time: `serialise` is for the author, once.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from google.protobuf.message import DecodeError

from protocol import kinds, names
from protocol.errors import BadRecord, TooLarge, Violation
from protocol.fields import Found, Mode, Walker
from protocol.ids import UnixMs
from protocol.indicator import Subject, is_personal
from protocol.kind import Kind
from protocol.limits import CONTENT_MAX
from protocol.preamble import COMMON
from protocol.text import fault
from protocol.v1 import records_pb2 as pb

if TYPE_CHECKING:
    from protocol.register_view import Register

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        found.name: importlib.import_module(f"{kinds.__name__}.{found.name}").KIND
        for found in pkgutil.iter_modules(kinds.__path__)
    }
)
"""Every kind known here, by name."""

_CONTENT_TYPE = re.compile(r"port2port/([a-z][a-z0-9_-]{1,39});v=([1-9][0-9]{0,3})")
VERSION = 1


@dataclass(frozen=True, slots=True)
class Record:
    """A record that was checked. `opaque`: a kind this release does not know; only the common part is read."""

    kind: str
    message: pb.Record
    title: str
    lang: str
    personal: bool
    """Some field holds personal data: the label needs caveat PERSONAL. True for what cannot be read here."""
    subjects: tuple[Subject, ...]
    """Every typed indicator in it, of the common part first."""
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
        field = "" if self.opaque else KINDS[self.kind].summary
        return str(getattr(self.body, field)) if field else ""


def content_type(kind: str) -> str:
    """`port2port/alert;v=1`, the form of this release."""
    return f"port2port/{kind};v={VERSION}"


def kind_of(content_type: str) -> str:
    """The kind a content type names, known here or not; BadRecord for another form."""
    found = _CONTENT_TYPE.fullmatch(content_type)
    if found is None:
        raise BadRecord((Violation("record", "content_type", "port2port/<kind>;v=<version>"),))
    return found[1]


def is_known(content_type: str) -> bool:
    """Whether this release reads bodies of this type."""
    found = _CONTENT_TYPE.fullmatch(content_type)
    return found is not None and found[1] in KINDS and found[2] == str(VERSION)


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
    kind = kind_of(content_type)
    try:
        message = pb.Record.FromString(content)
    except DecodeError:
        if not is_known(content_type):
            return _opaque(kind, pb.Record())
        raise BadRecord((Violation(kind, "", "not a serialised record"),)) from None
    return validate_message(
        content_type, message, register=register, now=now, accepting=accepting, local=local
    )


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
    name = kind_of(content_type)
    if not is_known(content_type):
        if not accepting:
            raise BadRecord((Violation(name, "kind", "a kind of this release"),))
        return _opaque(name, message)
    mode = Mode.ACCEPTING if accepting else Mode.LOCAL if local else Mode.AUTHORING
    reader = _reader(name, mode)
    return reader.read(message, None if accepting else register, now)


class _Reader:
    """One kind in one mode."""

    __slots__ = ("_body", "_common", "_kind", "_mode", "_personal")

    def __init__(self, kind: Kind, mode: Mode) -> None:
        self._kind = kind
        self._mode = mode
        self._common = Walker(COMMON, mode, required=("kind",) if kind.bare else None)
        self._body = Walker(kind.table, mode)
        self._personal = (COMMON.marked("P"), kind.table.marked("P"))

    def read(self, message: pb.Record, register: Register | None, now: UnixMs | None) -> Record:
        kind, common = self._kind, message.common
        if message.WhichOneof("body") != kind.name:
            raise BadRecord((Violation(kind.name, "", "a body of the kind its content type names"),))
        body = getattr(message, kind.name)
        seen_common, found = self._common.walk(common)
        seen_body, more = self._body.walk(body)
        values = [*common.subjects, *kind.values(body)]
        subjects = tuple([Subject(value.type, value.value) for value in values])
        pointed = any(is_personal(value.type) for value in subjects)
        faults = [*(found or ()), *(more or ()), *kind.check(message, now)]
        if common.kind and common.kind != kind.name:
            faults.append(("kind", "the kind its content type names"))
        if not common.subject_category and not kind.bare and (pointed or kind.persons(body)):
            faults.append(("subject_category", "required where persons are concerned"))
        if self._mode is not Mode.ACCEPTING:
            faults += self._authored(message, register)
        if faults:
            raise BadRecord(_violations(kind.name, faults))
        common_mask, body_mask = self._personal
        personal = pointed or bool(seen_common & common_mask or seen_body & body_mask)
        return Record(kind.name, message, common.title, common.lang, personal, subjects)

    def _authored(self, message: pb.Record, register: Register | None) -> Iterator[tuple[str, str]]:
        if _has_unknown_fields(message):
            yield "", "no fields that this release does not know"
        if register is not None:
            yield from names.unknown(message, self._kind, register)


@cache
def _reader(name: str, mode: Mode) -> _Reader:
    return _Reader(KINDS[name], mode)


def _violations(kind: str, faults: Found) -> tuple[Violation, ...]:
    return tuple(Violation(kind, path, rule) for path, rule in dict.fromkeys(faults))


def _has_unknown_fields(message: pb.Record) -> bool:
    known = pb.Record()
    known.CopyFrom(message)
    known.DiscardUnknownFields()  # type: ignore[no-untyped-call, unused-ignore]
    return known.ByteSize() != message.ByteSize()


def _opaque(kind: str, message: pb.Record) -> Record:
    """What is shown of a kind that is not known: its common part, as far as it is fit to be shown."""
    common = message.common
    title = common.title if fault(common.title, most=120) is None else ""
    lang = common.lang if re.fullmatch(r"[a-z]{2}(-[A-Za-z0-9]{2,8})*", common.lang) else ""
    return Record(kind, message, title, lang, personal=True, subjects=(), opaque=True)
