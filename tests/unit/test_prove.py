"""Proof files made from a store verify with the register alone."""

from __future__ import annotations

import ports
import pytest

from node.commands import receipt
from node.commands.address import Address
from node.commands.prove import prove
from protocol.errors import ProtocolError
from protocol.ids import FeedId, RecordId
from protocol.proof import KeysOf, verify_proof


def proof_of(port: ports.Port, record: RecordId) -> bytes:
    raw = port.store.read(lambda r: prove(r, port.ctx, Address(record)))
    assert raw is not None
    return raw


def hand_receipt(holder: ports.Port, origin: ports.Port, feed: FeedId) -> None:
    given = holder.receipt(feed)
    origin.store.write(lambda tx: receipt.take(tx, origin.ctx, holder.name, given)).result()


def test_a_record_at_its_origin_proves_itself_unwitnessed() -> None:
    port = ports.port()
    released = [port.release() for _ in range(5)][2]
    found = verify_proof(proof_of(port, released.record), register=KeysOf(port.ctx.register.nodes))
    assert found.record_id == released.record
    assert found.origin == ports.ANTWERP
    assert found.content is not None
    assert found.unwitnessed


def test_two_receipts_witness_it_and_any_holder_can_prove_it() -> None:
    antwerp = ports.port()
    others = [ports.port(name) for name in (ports.NORTH_SEA, ports.LIEGE)]
    released = antwerp.release()
    for other in others:
        other.pull(antwerp, released.feed.feed)
        hand_receipt(other, antwerp, released.feed.feed)
    for port in (antwerp, others[0]):
        found = verify_proof(proof_of(port, released.record), register=KeysOf(antwerp.ctx.register.nodes))
        assert found.record_id == released.record
    at_origin = proof_of(antwerp, released.record)
    witnesses = verify_proof(at_origin, register=KeysOf(antwerp.ctx.register.nodes)).witnesses
    assert set(witnesses) == {other.name for other in others}


def test_a_proof_with_a_changed_byte_is_refused_and_an_absent_record_has_none() -> None:
    port = ports.port()
    released = port.release()
    raw = proof_of(port, released.record)
    with pytest.raises(ProtocolError):
        verify_proof(raw.replace(b'"index":1', b'"index":0'), register=KeysOf(port.ctx.register.nodes))
    assert port.store.read(lambda r: prove(r, port.ctx, Address(RecordId(bytes(16))))) is None
