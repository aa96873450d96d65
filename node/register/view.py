"""From a verified chain to the view that everything decides by; the one place where the two meet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from node.register.bundle import BadRegister
from node.register.chain import Chain
from protocol.errors import ProtocolError
from protocol.ids import organisation_of
from protocol.register import Register, build_register


def view(chain: Chain) -> Register:
    """The register of a chain; BadRegister where the board's decisions do not read, naming the field.

    A community may name a node that its organisation has taken away since: the name is dropped and shown, since an
    organisation must be able to remove its own node without the board, and must not void the register by doing so.
    """
    nodes: dict[str, list[dict[str, object]]] = {}
    for node, custom in chain.nodes.items():
        nodes.setdefault(organisation_of(node), []).append(dict(custom))
    board, gone = _serving_listed(chain)
    try:
        register = build_register(
            board, nodes, version=chain.version, hash=chain.hash, expires_ms=chain.expires_ms
        )
    except ProtocolError as error:
        raise BadRegister(error.rule, where=f"register {chain.version}: {error.where}") from None
    return replace(register, refused=(*register.refused, *chain.refused, *gone))


def _serving_listed(chain: Chain) -> tuple[dict[str, Any], list[str]]:
    board, gone = dict(chain.board), []
    communities = board.get("communities")
    if not isinstance(communities, Mapping):
        return board, []
    board["communities"] = {}
    for name, community in communities.items():
        serving = community.get("serving") if isinstance(community, Mapping) else None
        if isinstance(serving, list):
            listed = [node for node in serving if not isinstance(node, str) or node in chain.nodes]
            if absent := [str(node) for node in serving if node not in listed]:
                gone.append(f"communities.{name}.serving: not listed: {', '.join(absent)}")
            board["communities"][name] = {**community, "serving": listed}
        else:
            board["communities"][name] = community
    return board, gone
