"""Whatever bytes come, a record or one precise refusal; what an author may write, every holder takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from record_examples import NOW, example

from protocol import record as records
from protocol.errors import BadRecord, ProtocolError
from protocol.fields import Walker
from protocol.kinds import known
from protocol.record import Record, content_type, serialise, validate
from protocol.rules import Mode
from protocol.v1 import records_pb2 as pb

NAMES = sorted(known())
SOUND = {name: serialise(example(name)) for name in NAMES}
MARKER = "ǂgeheimǂ"


def _attempt(name: str, content: bytes, **options: Any) -> Record | ProtocolError:
    try:
        return validate(content_type(name), content, now=NOW, **options)
    except ProtocolError as refused:
        return refused


def _changed(content: bytes, edits: list[tuple[int, int]]) -> bytes:
    changed = bytearray(content)
    for place, value in edits:
        changed[place % len(changed)] = value
    return bytes(changed)


_EDITS = st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=4)


@given(st.sampled_from(NAMES), st.binary(max_size=300), st.booleans())
def test_any_bytes_are_a_record_or_a_refusal(name: str, content: bytes, accepting: bool) -> None:
    _attempt(name, content, accepting=accepting)
    _attempt(name, SOUND[name] + content, accepting=accepting)


@given(st.sampled_from(NAMES), _EDITS, st.booleans())
def test_any_change_is_a_record_or_a_refusal(
    name: str, edits: list[tuple[int, int]], accepting: bool
) -> None:
    result = _attempt(name, _changed(SOUND[name], edits), accepting=accepting)
    if isinstance(result, BadRecord):
        assert all(violation.kind == name and violation.rule for violation in result.violations)


@given(st.sampled_from(NAMES), _EDITS)
def test_what_an_author_may_write_every_holder_takes(name: str, edits: list[tuple[int, int]]) -> None:
    content = _changed(SOUND[name], edits)
    written = _attempt(name, content)
    if isinstance(written, Record):
        assert _attempt(name, content, accepting=True) == written


def test_a_holder_stricter_than_authors_turns_the_test_red(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken double: a holder that misses a field no author has to write."""
    real = records._prepared

    def strict(content_type: str, accepting: bool, local: bool) -> Any:
        name, reader = real(content_type, accepting, local)
        if accepting:
            reader = records._Reader(known()[name], Mode.ACCEPTING)
            required = ("score",) if name == "alert" else ()
            reader._body = Walker(known()[name].table, Mode.ACCEPTING, required=required)
        return name, reader

    monkeypatch.setattr(records, "_prepared", strict)
    with pytest.raises(AssertionError):
        test_what_an_author_may_write_every_holder_takes.hypothesis.inner_test("alert", [])  # type: ignore[attr-defined]


def _leaves(message: Any) -> Iterator[tuple[Any, Any]]:
    """Every text field of a message and of the messages in it."""
    for field in message.DESCRIPTOR.fields:
        if field.message_type is not None and not field.message_type.GetOptions().map_entry:
            held = getattr(message, field.name)
            if hasattr(held, "add"):
                yield from _leaves(held.add())
            elif message.HasField(field.name) or message.DESCRIPTOR.name != "Record":
                held.SetInParent()
                yield from _leaves(held)
        elif field.type == field.TYPE_STRING:
            yield message, field


def _fill(message: Any, field: Any, text: str) -> None:
    held = getattr(message, field.name)
    if isinstance(held, str):
        setattr(message, field.name, text)
    else:
        held.append(text)


@pytest.mark.parametrize("name", NAMES)
@given(times=st.integers(1, 700), accepting=st.booleans())
def test_no_refusal_repeats_any_text_of_the_record(name: str, times: int, accepting: bool) -> None:
    """Every text field at once holds a marker, also those inside lists and places."""
    record = pb.Record()
    record.CopyFrom(example(name))
    for message, field in list(_leaves(record)):
        _fill(message, field, MARKER * times)
    result = _attempt(name, record.SerializeToString(), accepting=accepting)
    assert isinstance(result, ProtocolError)
    assert MARKER not in str(result)
    assert "geheim" not in repr(getattr(result, "violations", ""))
