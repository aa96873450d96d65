"""Receipts, computed again from public data: the proof file that the origin gives out, and the keys of the register.

A receipt counts if the holder's `hold` key in the register made it over the very checkpoint under which the alert is proven to
stand. No node is asked whether it does.
"""

from __future__ import annotations

from typing import Any

from node.demo.check.alerts import Released
from node.demo.check.report import Failed, Receipt
from node.demo.check.scene import Scene
from protocol.checkpoint import verify_cosignature
from protocol.errors import ProtocolError
from protocol.ids import NodeId
from protocol.proof import KeysOf, read_proof, verify_proof
from protocol.register_view import Register

WITNESSED_S = 8.0


def check_receipts(scene: Scene, one: Released) -> bytes:
    """Note a receipt for every entitled port; the proof file that they stand in."""
    with scene.report.making("receipts_verify"):
        raw = scene.until("a proof with every receipt", lambda: _proof(scene, one), wait_s=WITNESSED_S)
        verified = verify_proof(raw, register=KeysOf(scene.register.nodes))
        record = verified.record_id.hex() if verified.record_id else ""
        if (record, verified.feed.hex(), verified.index) != (one.id, one.alert.feed, one.alert.index):
            raise Failed("the proof is of another entry")
        holders = _holders(scene, one)
        for node in one.alert.entitled:
            ok = cosigned(raw, NodeId(node), scene.register)
            scene.report.receipts.append(_receipt(scene, one, node, verified.size, holders, ok=ok))
            scene.report.hold(
                "receipts_verify", ok=ok, detail=f"cosigned {verified.size} entries of the feed", node=node
            )
        return raw
    return b""


def cosigned(raw: bytes, holder: NodeId, register: Register) -> bool:
    """Whether the file has a cosignature of this holder that its key in the register made."""
    proof = read_proof(raw)
    for node, cosignature in proof.cosignatures:
        if node != holder:
            continue
        try:
            verify_cosignature(
                cosignature,
                holder=holder,
                origin=proof.origin,
                feed=proof.feed,
                size=proof.checkpoint.size,
                root=proof.checkpoint.root,
                publics=register.nodes[holder].hold_keys,
            )
        except ProtocolError:
            return False
        return True
    return False


def _proof(scene: Scene, one: Released) -> bytes | None:
    """The newest proof file, once it has a line of every entitled port."""
    answer = scene.visitors[one.origin].get(f"/records/{one.id}/proof")
    if answer.status != 200:
        return None
    signed = {node for node, _ in read_proof(answer.body).cosignatures}
    return answer.body if signed >= set(one.alert.entitled) else None


def _holders(scene: Scene, one: Released) -> dict[str, Any]:
    found = scene.visitors[one.origin].json(f"/api/v1/records/{one.id}")
    return {holder["node"]["id"]: holder for holder in found["holders"]} if found else {}


def _receipt(
    scene: Scene, one: Released, node: str, size: int, holders: dict[str, Any], *, ok: bool
) -> Receipt:
    arrived = scene.streams[NodeId(node)].first_ms(one.id)
    return Receipt(
        id=one.id,
        node=node,
        size=size,
        cosignature_ok=ok,
        commit_to_durable_ms=holders.get(node, {}).get("took_ms"),
        commit_to_sse_ms=None if arrived is None else arrived - one.issued_ms,
    )
