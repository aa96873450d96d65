"""What a record names and the register must know: controller, legal basis, UN/LOCODEs, codes of its lists.

For authors only. A holder does not look these up again: the register moves on, and holders of different versions would
disagree for ever about a record that was right when it was released.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from protocol.codes import code_of
from protocol.kind import Kind
from protocol.v1 import records_pb2 as pb

if TYPE_CHECKING:
    from protocol.register_view import Register


def unknown(record: pb.Record, kind: Kind, register: Register) -> Iterator[tuple[str, str]]:
    """(path, rule) for each name that this register does not hold."""
    if kind.common is None:
        yield from _responsible(record.common, kind, register)
    yield from _places(record, kind, register)
    body = getattr(record, kind.name)
    for field, listing in kind.listed:
        known = getattr(register.vocabulary, listing)
        held = getattr(body, field)
        named = (
            [(field, held)] * bool(held)
            if isinstance(held, str)
            else [(f"{field}[{i}]", v) for i, v in enumerate(held)]
        )
        yield from (
            (path, f"in the register's list {listing}") for path, value in named if value not in known
        )
    if kind.addressee and (node := getattr(body, kind.addressee)) and node not in register.nodes:
        yield kind.addressee, "a node in the register"


def _responsible(common: pb.Common, kind: Kind, register: Register) -> Iterator[tuple[str, str]]:
    if common.controller and common.controller not in register.organisations:
        yield "controller", "an organisation in the register"
    if not common.legal_basis:
        return
    basis = register.processing.get(common.legal_basis)
    if basis is None or kind.name not in basis.kinds:
        yield "legal_basis", f"an entry of the register's processing list for {kind.name}"
    elif basis.regime != code_of(common, "regime"):
        yield "legal_basis", "an entry under the record's regime"


def _places(record: pb.Record, kind: Kind, register: Register) -> Iterator[tuple[str, str]]:
    known = register.vocabulary.unlocodes
    ours = [(f"places[{index}]", place) for index, place in enumerate(record.common.places)]
    for path, place in [*ours, *kind.places(getattr(record, kind.name))]:
        if place.WhichOneof("at") == "unlocode" and place.unlocode not in known:
            yield f"{path}.unlocode", "in the register's list of UN/LOCODEs"
