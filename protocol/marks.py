"""What in a record is personal (P) or sensitive (S), and which caveats that asks of its label.

Guarantees paths of fields that are set, never their values. That a label carries the caveats is checked by who releases
and who accepts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf.message import Message

from protocol.fields import Table
from protocol.indicator import is_personal
from protocol.kind import Kind, Values
from protocol.kinds import known
from protocol.preamble import COMMON
from protocol.rules import join
from protocol.v1 import records_pb2 as pb


def values(record: pb.Record, kind: Kind) -> Values:
    """Every typed indicator with its path, the common part's first."""
    for index, value in enumerate(record.common.subjects):
        yield f"subjects[{index}]", value
    yield from kind.values(getattr(record, kind.name))


def subjects(content: bytes) -> frozenset[str]:
    """What a record's bytes name, "type:value" in the stored form, by today's rules or not, and who they say it is about; of a kind
    that is not known here the common part's. Raises DecodeError for what is no record.
    """
    record = pb.Record.FromString(content)
    kind = known().get(record.WhichOneof("body") or "")
    named = [value for _, value in values(record, kind)] if kind else list(record.common.subjects)
    who = kind.identities(getattr(record, kind.name)) if kind else ()
    return frozenset(f"{value.type}:{value.value}" for value in named) | {str(one) for one in who}


def references(content: bytes) -> frozenset[tuple[bytes, bytes]]:
    """(record, feed) of every record that a record's bytes refer to, in whatever field. Raises DecodeError for what is no record."""
    return frozenset((ref.record_id, ref.feed) for ref in _refs(pb.Record.FromString(content)))


def in_danger(content: bytes) -> bool:
    """Whether a record's bytes are an alert of danger to life. Raises DecodeError for what is no record."""
    return pb.Record.FromString(content).alert.life_safety


def _refs(message: Message) -> Iterator[pb.Ref]:
    if isinstance(message, pb.Ref):
        yield message
        return
    for field, held in message.ListFields():
        if field.message_type is not None and not field.message_type.GetOptions().map_entry:
            for one in [held] if isinstance(held, Message) else held:
                yield from _refs(one)


def personal_fields(record: pb.Record, kind: Kind) -> tuple[str, ...]:
    """Paths of personal data in the record."""
    pointed = [path for path, value in values(record, kind) if is_personal(value.type)]
    return (*_marked(record, kind, "P"), *pointed)


def sensitive_fields(record: pb.Record, kind: Kind) -> tuple[str, ...]:
    """Paths of sensitive fields in the record; the gateway drops those it does not list."""
    return tuple(_marked(record, kind, "S"))


def required_caveats(record: pb.Record, kind: Kind) -> frozenset[str]:
    """Caveats that the label of this record must carry."""
    personal = ("PERSONAL",) if personal_fields(record, kind) else ()
    return kind.always.union(personal, kind.caveats(getattr(record, kind.name)))


def _marked(record: pb.Record, kind: Kind, mark: str) -> Iterator[str]:
    yield from _set(record.common, COMMON, mark)
    yield from _set(getattr(record, kind.name), kind.table, mark)


def _set(message: Any, table: Table, mark: str) -> Iterator[str]:
    """Paths of the marked fields that are present, also inside unmarked ones."""
    present = {descriptor.name: value for descriptor, value in message.ListFields()}
    for field in table.fields:
        if field.name not in present:
            continue
        if mark in field.mark:
            yield field.name
        elif field.inside is not None:
            yield from _inside(field.name, present[field.name], field.inside, mark)


def _inside(name: str, held: Any, table: Table, mark: str) -> Iterator[str]:
    parts = [(name, held)] if isinstance(held, Message) else [(f"{name}[{i}]", p) for i, p in enumerate(held)]
    for path, message in parts:
        yield from (join(path, below) for below in _set(message, table, mark))
