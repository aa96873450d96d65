"""What is quick says what is slow would say: remembered fields, texts as bytes, headers at one look, ids that are new."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ports import ANTWERP, port
from record_examples import NOW, example

from node.store import entries
from node.store.unit import Reader, Row, Value
from protocol import fields, header, text
from protocol import record as records
from protocol.entry import build_publish
from protocol.errors import BadRecord, ProtocolError
from protocol.fields import KEPT_LENGTH, KEPT_MAX, Field, Table, Walker
from protocol.header import parse_header
from protocol.ids import RecordId, new_record_id
from protocol.kinds import known
from protocol.preamble import COMMON
from protocol.record import content_type, validate
from protocol.rules import Mode, code
from protocol.v1 import federation_pb2 as wire
from protocol.v1 import records_pb2 as pb

NAMES = sorted(known())
TEXTS = [
    "",
    "nl",
    "NL",
    "a_code-1",
    "A code",
    "alert",
    "x" * 41,
    "été",
    "two\nlines",
    "\u202eno",
    "9",
    "e\u0301",
]
NUMBERS = [0, 1, 2, 3, 5, 99, -1, NOW, NOW - 1]


def told(act: Callable[[], Any]) -> object:
    """What came of it: the value, or everything that is said of the refusal."""
    try:
        return act()
    except BadRecord as refused:
        return str(refused), refused.violations
    except ProtocolError as refused:
        return type(refused), str(refused), refused.where, refused.code


# ---- records ------------------------------------------------------------------------------------------------------------


def slowly(name: str, message: pb.Record) -> object:
    """Looked at by a reader that has seen no record before."""
    return told(lambda: records._Reader(known()[name], Mode.ACCEPTING).read(message, None, NOW))


def edited(name: str, edits: list[tuple[int, int]]) -> pb.Record:
    """The example with plain fields of the common part or the body set to some of the values above, sound or not."""
    record = pb.Record()
    record.CopyFrom(example(name))
    plain = [
        (part, field)
        for part in (record.common, getattr(record, name))
        for field in part.DESCRIPTOR.fields
        if not hasattr(getattr(part, field.name), "append") and field.message_type is None
    ]
    for place, value in edits:
        part, field = plain[place % len(plain)]
        if field.type == field.TYPE_STRING:
            setattr(part, field.name, TEXTS[value % len(TEXTS)])
        elif field.type not in {field.TYPE_BYTES, field.TYPE_BOOL}:
            number = NUMBERS[value % len(NUMBERS)]
            try:
                setattr(part, field.name, number)
            except ValueError:  # out of the type's range
                part.ClearField(field.name)
        else:
            part.ClearField(field.name)
    return record


_EDITS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=5)


@given(st.sampled_from(NAMES), _EDITS)
def test_what_a_holder_remembers_changes_no_verdict(name: str, edits: list[tuple[int, int]]) -> None:
    message = edited(name, edits)
    content = message.SerializeToString()
    expected = slowly(name, pb.Record.FromString(content))
    for _ in range(2):  # the second time with whatever the first one left
        assert told(lambda: validate(content_type(name), content, now=NOW, accepting=True)) == expected


def test_a_holder_that_remembers_what_is_not_sound_turns_the_test_red(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = fields._checks

    def careless(field: Field, mode: Mode) -> Any:
        sound, check = real(field, mode)
        if not field.rule.few or mode is not Mode.ACCEPTING:
            return sound, check
        kept: set[Any] = set()

        def run(value: Any) -> Any:
            kept.add(value)
            return check(value)

        return kept, run

    monkeypatch.setattr(fields, "_checks", careless)
    _forget()
    try:
        language = [one.name for one in pb.Common.DESCRIPTOR.fields if one.message_type is None]
        place = [n for n in language if not hasattr(getattr(pb.Common(), n), "append")].index("lang")
        with pytest.raises(AssertionError):
            test_what_a_holder_remembers_changes_no_verdict.hypothesis.inner_test(  # type: ignore[attr-defined]
                "alert", [(place, TEXTS.index("A code"))]
            )
    finally:
        _forget()


def test_what_is_remembered_is_short_bounded_and_of_no_field_with_a_mark() -> None:
    table = Table(pb.Ref, (Field("record_id", code(), mark="P"), Field("feed", code())))
    walker = Walker(table, Mode.ACCEPTING)
    kept = {name: sound for _, sound, _, name in walker._rules.values()}
    checks = {name: check for _, _, check, name in walker._rules.values()}
    for number in range(3 * KEPT_MAX):
        assert checks["feed"](f"code-{number}") is None
        assert len(kept["feed"]) <= KEPT_MAX
        assert checks["record_id"](f"code-{number}") is None
    assert f"code-{number}" in kept["feed"]
    assert not kept["record_id"]
    assert "x" * (KEPT_LENGTH + 1) not in kept["feed"]


def test_an_author_is_remembered_nothing_of() -> None:
    for mode in (Mode.AUTHORING, Mode.LOCAL):
        walker = Walker(COMMON, mode)
        walker.walk(example("alert").common)
        assert not any(isinstance(sound, set) and sound for _, sound, _, _ in walker._rules.values())


def _forget() -> None:
    """Readers are made anew, from here on."""
    records._prepared.cache_clear()
    records._reader.cache_clear()


# ---- texts --------------------------------------------------------------------------------------------------------------


def slow_fault(value: str, *, lines: bool) -> str | None:
    hidden = text._UNSEEN if lines else "\n" + text._UNSEEN
    if re.search(f"[{hidden}]", value):
        return "no control, invisible or text-direction characters"
    return None if unicodedata.is_normalized("NFC", value) else "must be Unicode NFC"


def _every_character() -> None:
    for number in [*range(0x800), *range(0x2000, 0x2100), 0xFEFF, 0x1F600, 0xE0001]:
        for value in (chr(number), f"a{chr(number)}", f"é{chr(number)} "):
            for lines in (True, False):
                found = text.fault(value, most=9, lines=lines)
                assert found == slow_fault(value, lines=lines), (hex(number), lines)


def test_a_text_looked_through_as_bytes_has_the_faults_it_has() -> None:
    _every_character()


@pytest.mark.parametrize("table", ["_LINE", "_LINES"])
def test_a_table_that_shows_a_hidden_character_turns_the_test_red(
    table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = bytearray(getattr(text, table))
    shown[0xAD] = 0xAD  # the soft hyphen
    monkeypatch.setattr(text, table, bytes(shown))
    with pytest.raises(AssertionError):
        _every_character()


# ---- records that are new -----------------------------------------------------------------------------------------------


def _seen(reader_of: Callable[[Reader], Reader]) -> None:
    antwerp = port(ANTWERP)
    held = [antwerp.release().record for _ in range(5)]
    around = [bytes([*one[:15], one[15] ^ 1]) for one in held]
    wanted = [*held, *around, bytes(16), b"\xff" * 16]
    found = antwerp.store.read(lambda reader: entries.seen(reader_of(reader), wanted))
    assert found == set(held)
    empty = port(ANTWERP)
    assert empty.store.read(lambda reader: entries.seen(reader, wanted)) == set()


def test_ids_above_the_newest_one_held_are_seen_to_be_new_and_no_others() -> None:
    _seen(lambda reader: reader)


def test_a_newest_id_that_is_not_the_newest_turns_the_test_red() -> None:
    class Older(Reader):
        def one(self, sql: str, *values: Value) -> Row | None:
            return super().one(sql.replace("max", "min"), *values)

    def older(reader: Reader) -> Reader:
        made = Older.__new__(Older)
        made._driver = reader._driver
        return made

    with pytest.raises(AssertionError):
        _seen(older)


# ---- headers ------------------------------------------------------------------------------------------------------------

_PARTS = [one.name for one in wire.Header.DESCRIPTOR.fields]


def published(version: int, expires: bool) -> wire.Header:
    record = new_record_id(NOW, lambda size: bytes(range(size)))
    entry = build_publish(
        record_id=RecordId(record),
        version=version,
        content_type=content_type("alert"),
        content=b"x",
        salt=bytes(32),
        issued_ms=NOW,
        retain_until_ms=NOW + 5,
        register=1,
        expires_ms=NOW + 3 if expires else 0,
    )
    return wire.Header.FromString(entry.header)


def put(message: wire.Header, name: str, value: int) -> None:
    """Set or take out one field: a sound value, or one that is off by one in size or order."""
    field = message.DESCRIPTOR.fields_by_name[name]
    if value == 0:
        message.ClearField(name)
    elif field.message_type is not None:
        getattr(message, name).SetInParent()
    elif field.type == field.TYPE_BYTES:
        setattr(message, name, bytes([7] * (15, 16, 32, 33, 64)[value % 5]))
    elif field.type == field.TYPE_STRING:
        message.content_type = ("port2port/alert;v=1", "port2port/Alert;v=1", "x")[value % 3]
    else:
        times = (NOW, NOW + 4, NOW + 9, 1)
        setattr(message, name, times[value % 4] if name.endswith("_ms") else value)


_PUTS = st.lists(st.tuples(st.sampled_from(_PARTS), st.integers(0, 11)), max_size=3)


@given(st.integers(1, 3), st.booleans(), _PUTS)
def test_a_header_is_read_at_one_look_as_it_is_read_field_by_field(
    version: int, expires: bool, puts: list[tuple[str, int]]
) -> None:
    message = published(version, expires)
    for name, value in puts:
        put(message, name, value)
    raw = message.SerializeToString()
    quick = told(lambda: tuple(parse_header(raw)))
    kept, header._PUBLISH = header._PUBLISH, -1  # no header is looked at quickly
    try:
        slow = told(lambda: tuple(parse_header(raw)))
    finally:
        header._PUBLISH = kept
    assert quick == slow


def test_a_look_that_sees_what_is_not_there_turns_the_test_red(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(header, "_UNSAID", (1, *header._UNSAID[1:]))
    with pytest.raises(AssertionError):
        test_a_header_is_read_at_one_look_as_it_is_read_field_by_field.hypothesis.inner_test(1, False, [])  # type: ignore[attr-defined]
