"""A register under which every kind may be said, and records of each that have a ground in it."""

from __future__ import annotations

from typing import Any

import registers
from record_examples import example

from protocol.kinds import known
from protocol.register import build_register
from protocol.register_view import Register
from protocol.v1 import records_pb2 as pb


def register() -> Register:
    """The register of `registers.py` with a legal basis for every kind that officers release."""
    board = registers.board()
    board["processing"][0]["kinds"] = [name for name, kind in known().items() if kind.right]
    return build_register(board, registers.nodes(), version=3, hash=bytes(32), expires_ms=registers.EXPIRES)


def record(kind: str, **changes: Any) -> pb.Record:
    """An example under that basis."""
    made = example(kind, **changes)
    made.common.legal_basis = "port-security-be"
    return made
