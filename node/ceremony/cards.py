"""A node's card as the ceremony takes it: public keys, each checked as every node will check it, with proofs that they are its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from node.ceremony.roles import public_of
from node.certificates import admit
from node.exits import Refused
from protocol.ids import NodeId
from protocol.keys import signed_by
from protocol.possession import possession


def keys_of(card: Mapping[str, Any], node: NodeId) -> dict[str, Any]:
    """`tls`, `log`, `hold` and `proof`, as a node's entry has them; Refused names what is wrong.

    No key is listed by who does not show that he has it: a node without proofs would yield to whoever proves the same key.
    """
    found: dict[str, Any] = {"proof": {}}
    for use in ("tls", "log", "hold"):
        keys = card.get(use)
        if not isinstance(keys, list) or not keys or not all(isinstance(key, str) for key in keys):
            raise Refused(f"{node}: the card has no {use} key")
        found[use] = list(keys)
    for pem in found["tls"]:
        admit(pem.encode(), node)
    for text in (*found["log"], *found["hold"]):
        public_of(text, f"{node}: card")
    proofs = card.get("proof", {})
    if not isinstance(proofs, Mapping):
        raise Refused(f"{node}: proof: a table of signatures by key")
    for text in (*found["log"], *found["hold"]):
        found["proof"][text] = _proven(text, proofs.get(text), node)
    return found


def _proven(key: str, proof: object, node: NodeId) -> str:
    try:
        signature = bytes.fromhex(proof if isinstance(proof, str) else "")
    except ValueError:
        signature = b""
    if not signed_by(bytes.fromhex(key), possession(node), signature):
        raise Refused(
            f"{node}: proof: does not show that key {key[:16]} is this node's; take the card as keys init or keys rotate wrote it"
        )
    return signature.hex()
