"""What version 1 once put on the wire keeps its number, its type and its name: adding is fine, changing and taking out is not.

`wire_v1.binpb` is the descriptor of the last release. A release that added something writes it anew, from the root:
`python -m grpc_tools.protoc -I. --descriptor_set_out=tests/conformance/wire_v1.binpb protocol/v1/records.proto protocol/v1/federation.proto`
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from locations import ROOT

from protocol.v1 import federation_pb2, records_pb2

Fact = tuple[str, ...]


def _kept() -> list[FileDescriptorProto]:
    return list(FileDescriptorSet.FromString((ROOT / "tests/conformance/wire_v1.binpb").read_bytes()).file)


def _now() -> list[FileDescriptorProto]:
    found = []
    for module in (records_pb2, federation_pb2):
        file = FileDescriptorProto()
        module.DESCRIPTOR.CopyToProto(file)
        found.append(file)
    return found


def _facts(files: list[FileDescriptorProto]) -> set[Fact]:
    """Everything that a peer's bytes depend on, each with the place it stands in."""
    return {fact for file in files for fact in _file(file)}


def _file(file: FileDescriptorProto) -> Iterator[Fact]:
    for message in file.message_type:
        yield from _message(file.package, message)
    for enum in file.enum_type:
        yield from _enum(file.package, enum)
    for service in file.service:
        for method in service.method:
            streams = f"{method.client_streaming}/{method.server_streaming}"
            yield ("rpc", f"{service.name}.{method.name}", method.input_type, method.output_type, streams)


def _message(place: str, message: Any) -> Iterator[Fact]:
    name = f"{place}.{message.name}"
    for field in message.field:
        oneof = message.oneof_decl[field.oneof_index].name if field.HasField("oneof_index") else ""
        yield (
            "field",
            name,
            field.name,
            str(field.number),
            str(field.type),
            field.type_name,
            str(field.label),
            oneof,
        )
    for inner in message.nested_type:
        yield from _message(name, inner)
    for enum in message.enum_type:
        yield from _enum(name, enum)


def _enum(place: str, enum: Any) -> Iterator[Fact]:
    yield from (("code", f"{place}.{enum.name}", value.name, str(value.number)) for value in enum.value)


def test_nothing_that_was_said_changes_or_disappears() -> None:
    assert sorted(_facts(_kept()) - _facts(_now())) == []


def test_the_descriptor_holds_both_files() -> None:
    kept = _facts(_kept())
    assert {"rpc", "field", "code"} == {fact[0] for fact in kept}
    assert ("field", "port2port.v1.Header", "op", "1", "14", ".port2port.v1.Header.Op", "1", "") in kept
    assert any(fact[1] == "port2port.v1.Alert" for fact in kept)


def _renumbered(files: list[FileDescriptorProto]) -> None:
    files[0].message_type[1].field[0].number = 99


def _retyped(files: list[FileDescriptorProto]) -> None:
    field = next(f for m in files[1].message_type for f in m.field if f.name == "size")
    field.type = field.TYPE_STRING


def _removed(files: list[FileDescriptorProto]) -> None:
    del files[1].message_type[2].field[1]


def _recoded(files: list[FileDescriptorProto]) -> None:
    refusal = next(m for m in files[1].message_type if m.name == "Refusal")
    refusal.enum_type[0].value[3].number = 77


@pytest.mark.parametrize("fault", [_renumbered, _retyped, _removed, _recoded])
def test_a_planted_break_is_seen(fault: Any) -> None:
    files = _now()
    fault(files)
    assert _facts(_kept()) - _facts(files)


def test_adding_is_fine() -> None:
    files = _now()
    files[0].message_type.add(name="Tip").field.add(name="text", number=1)
    files[0].message_type[1].field.add(name="later", number=2_000)
    assert _facts(_kept()) <= _facts(files)
