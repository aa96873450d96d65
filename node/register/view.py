"""From a verified chain to the view that everything decides by; the one place where the two meet."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from node.register.bundle import BadRegister
from node.register.chain import Chain
from protocol.errors import ProtocolError
from protocol.ids import organisation_of
from protocol.register import Register, build_register


def view(chain: Chain, exacting: Collection[str] = ()) -> Register:
    """The register of a chain; BadRegister where the board's decisions do not read, naming the field.

    A mistake of an organisation costs that organisation and stands in `refused`; of those that are `exacting` it is an error.
    """
    nodes: dict[str, list[dict[str, object]]] = {}
    for node, custom in chain.nodes.items():
        nodes.setdefault(organisation_of(node), []).append(dict(custom))
    try:
        register = build_register(
            chain.board,
            nodes,
            version=chain.version,
            hash=chain.hash,
            expires_ms=chain.expires_ms,
            exacting=exacting,
        )
    except ProtocolError as error:
        raise BadRegister(error.rule, where=f"register {chain.version}: {error.where}") from None
    return replace(register, refused=(*register.refused, *chain.refused))
