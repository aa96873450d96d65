"""words: why a record was withdrawn, in the language the common part names. Content of RETRACT, never a record of its own."""

from __future__ import annotations

from protocol.fields import Field, Table
from protocol.kind import Kind
from protocol.rules import text
from protocol.v1 import records_pb2 as pb

TABLE = Table(pb.Words, (Field("text", text(400), required=True, mark="S"),))

KIND = Kind(name="words", table=TABLE, summary="text", words=("text",), common=("kind", "lang"))
