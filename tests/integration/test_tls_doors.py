"""mTLS by the register, over real sockets on loopback: who gets in, who is told what, what a change does."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import grpc
import pytest
from federations import PORTS, founded, keys_of, opened, real_now
from grpc import aio

from federation import tls
from federation.tls import Door, NotAMember, Stranger
from node.certificates import admit, certify
from node.keys import NodeKeys
from node.register import Outcome, RegisterStore
from protocol.errors import ProtocolError
from protocol.ids import NodeId
from protocol.register import NodeEntry

pytestmark = pytest.mark.processes

ANTWERP, GHENT, LIMBURG, LIEGE = (NodeId(name) for name in PORTS)


@dataclass
class House:
    """One serving node: its door, its register, and whom its one method saw."""

    store: RegisterStore
    door: Door
    keys: dict[NodeId, NodeKeys]
    port: int = 0
    seen: list[NodeId] = field(default_factory=list)
    refused: list[NotAMember] = field(default_factory=list)

    async def answer(self, request: bytes, context: Any) -> bytes:
        try:
            peer = self.door.peer(context.auth_context())
        except NotAMember as error:
            self.refused.append(error)
            await context.abort(grpc.StatusCode.PERMISSION_DENIED, str(error))
        self.seen.append(peer)
        return b"hello " + peer.encode()


@asynccontextmanager
async def serving(house: House) -> AsyncIterator[House]:
    server = aio.server(options=tls.message_options())
    handler: Any = grpc.unary_unary_rpc_method_handler(house.answer)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("t.T", {"Who": handler}),))
    house.port = server.add_secure_port("127.0.0.1:0", house.door.credentials())
    await server.start()
    try:
        yield house
    finally:
        await server.stop(None)


def house(tmp_path: Path, *members: NodeId, extra: tuple[NodeId, ...] = ()) -> House:
    """Antwerp serves; `members` are in the register, `extra` only have keys."""
    keys = keys_of(*members, *extra)
    store = opened(founded({name: keys[name] for name in members}), tmp_path)
    return House(store, Door(keys=keys[ANTWERP], store=store, now=real_now), keys)


async def ask(house: House, own: NodeKeys, entry: NodeEntry | None = None, *, wait: float = 5.0) -> bytes:
    entry = entry or house.store.current.nodes[ANTWERP]
    credentials = tls.channel_credentials(own, entry, now=real_now())
    options = [*tls.channel_options(entry.id), ("grpc.enable_retries", 0)]
    async with aio.secure_channel(f"127.0.0.1:{house.port}", credentials, options=options) as channel:
        who: Any = channel.unary_unary("/t.T/Who")
        return bytes(await who(b"", timeout=wait))


async def refusal(house: House, own: NodeKeys, entry: NodeEntry | None = None) -> aio.AioRpcError:
    with pytest.raises(aio.AioRpcError) as error:
        await ask(house, own, entry)
    return error.value


def run(
    tmp_path: Path, story: Callable[[House], Any], *members: NodeId, extra: tuple[NodeId, ...] = ()
) -> None:
    async def told() -> None:
        async with serving(house(tmp_path, *members, extra=extra)) as opened_house:
            await story(opened_house)

    asyncio.run(told())


def test_a_member_is_known_by_its_certificate(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        assert await ask(house, house.keys[GHENT]) == b"hello north-sea-port"
        assert await ask(house, house.keys[LIEGE]) == b"hello port-liege"
        assert house.seen == [GHENT, LIEGE]

    run(tmp_path, story, ANTWERP, GHENT, LIEGE)


def test_an_intruders_certificate_is_refused(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        intruder = keys_of(GHENT)[GHENT]  # right name, own key
        error = await refusal(house, intruder)
        assert error.code() is grpc.StatusCode.UNAVAILABLE
        assert house.seen == []
        assert house.refused == []  # ends in the handshake; `test_doorstep.py` shows how it is counted
        assert await ask(house, house.keys[GHENT]) == b"hello north-sea-port"  # others do not notice

    run(tmp_path, story, ANTWERP, GHENT)


def test_the_anchors_alone_would_let_an_intruder_to_the_second_check(tmp_path: Path) -> None:
    """The planted fault: were the intruder an anchor, the fingerprint still knows nobody of that certificate."""

    async def story(house: House) -> None:
        intruder = keys_of(GHENT)[GHENT]
        house.door._anchors = replace(
            house.door._anchors, pem=house.door._anchors.pem + intruder.tls_cert_pem
        )
        house.door._fresh = False
        error = await refusal(house, intruder)
        assert error.code() is grpc.StatusCode.PERMISSION_DENIED
        assert error.details() == "this certificate is not in the register"
        assert house.refused[0].why is Stranger.UNKNOWN

    run(tmp_path, story, ANTWERP, GHENT)


def test_a_removed_member_is_refused_by_name_without_a_restart(tmp_path: Path) -> None:
    keys = keys_of(ANTWERP, GHENT)
    ceremony = founded(keys)
    store = opened(ceremony, tmp_path)
    here = House(store, Door(keys=keys[ANTWERP], store=store, now=real_now), keys)

    async def told() -> None:
        async with serving(here):
            assert await ask(here, keys[GHENT]) == b"hello north-sea-port"
            ceremony.remove_node(GHENT, real_now())
            assert store.apply_bundle(ceremony.bundle(), real_now()).outcome is Outcome.UPDATED
            error = await refusal(here, keys[GHENT])
            assert error.code() is grpc.StatusCode.PERMISSION_DENIED
            assert (
                error.details() == "north-sea-port is no member of the federation since register 2 or before"
            )
            assert here.refused[0].why is Stranger.REMOVED
            assert here.refused[0].node == GHENT

    asyncio.run(told())


def test_a_register_change_adds_an_anchor_without_a_restart(tmp_path: Path) -> None:
    keys = keys_of(ANTWERP, GHENT, LIEGE)
    ceremony = founded({name: keys[name] for name in (ANTWERP, GHENT)})
    store = opened(ceremony, tmp_path)
    here = House(store, Door(keys=keys[ANTWERP], store=store, now=real_now), keys)

    async def told() -> None:
        async with serving(here):
            assert (await refusal(here, keys[LIEGE])).code() is grpc.StatusCode.UNAVAILABLE
            claim = {
                "kind": "port",
                "level": {"BE": "NONE"},
                "regimes": ["gdpr"],
                "sites": [{"id": "liege", "country": "BE", "unlocode": "BELGG", "name": "Liege"}],
            }
            ceremony.add_node(keys[LIEGE].public_card(), claim, real_now())
            assert store.apply_bundle(ceremony.bundle(), real_now()).outcome is Outcome.UPDATED
            assert await ask(here, keys[LIEGE]) == b"hello port-liege"

    asyncio.run(told())


def test_both_certificates_of_a_rotation_pass_and_the_old_one_is_refused_after_it(tmp_path: Path) -> None:
    keys = keys_of(ANTWERP, GHENT)
    fresh = keys_of(GHENT)[GHENT]
    ceremony = founded(keys)
    store = opened(ceremony, tmp_path)
    here = House(store, Door(keys=keys[ANTWERP], store=store, now=real_now), keys)
    claim = {
        "kind": "port",
        "level": {"BE": "NONE"},
        "regimes": ["gdpr"],
        "sites": [{"id": "ghent", "country": "BE", "unlocode": "BEGNE", "name": "Ghent"}],
    }

    def list_with(*certificates: bytes) -> None:
        card = {**keys[GHENT].public_card(), "tls": [pem.decode() for pem in certificates]}
        ceremony.add_node(card, claim, real_now())
        store.apply_bundle(ceremony.bundle(), real_now())

    async def told() -> None:
        async with serving(here):
            list_with(keys[GHENT].tls_cert_pem, fresh.tls_cert_pem)
            assert await ask(here, keys[GHENT]) == b"hello north-sea-port"
            assert await ask(here, fresh) == b"hello north-sea-port"
            list_with(fresh.tls_cert_pem)
            error = await refusal(here, keys[GHENT])
            assert "was replaced" in (error.details() or "")
            assert here.refused[-1].why is Stranger.REPLACED
            assert await ask(here, fresh) == b"hello north-sea-port"

    asyncio.run(told())


def test_a_wrong_servers_certificate_is_refused_by_the_client(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        # Liege is a member too, but not the peer that is meant to listen there.
        error = await refusal(house, house.keys[GHENT], house.store.current.nodes[LIEGE])
        assert error.code() is grpc.StatusCode.UNAVAILABLE
        assert house.seen == []
        swapped = replace(house.store.current.nodes[ANTWERP], tls=house.store.current.nodes[LIEGE].tls)
        with pytest.raises(ProtocolError, match="subject alternative name"):
            await ask(house, house.keys[GHENT], swapped)
        same_name = keys_of(ANTWERP)[ANTWERP]
        other = replace(house.store.current.nodes[ANTWERP], tls=(same_name.tls_cert_pem.decode(),))
        assert (await refusal(house, house.keys[GHENT], other)).code() is grpc.StatusCode.UNAVAILABLE

    run(tmp_path, story, ANTWERP, GHENT, LIEGE)


def test_a_certificate_that_may_sign_others_never_becomes_an_anchor(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec

    store = house(tmp_path, ANTWERP, GHENT).store
    authority = certify(ec.generate_private_key(ec.SECP256R1()), GHENT, serial=3, now=real_now(), ca=True)
    entry = replace(store.current.nodes[GHENT], tls=(authority.decode(),))
    register = replace(store.current, nodes={**store.current.nodes, GHENT: entry})
    found = tls.anchors(register, {}, now=real_now())
    assert found.refused == ("north-sea-port.tls: CA:FALSE, stated as a basic constraint",)
    assert found.fingerprints == frozenset(store.current.nodes[ANTWERP].fingerprints)  # the others go on
    with pytest.raises(ProtocolError, match="CA:FALSE"):
        tls.channel_credentials(keys_of(ANTWERP)[ANTWERP], entry, now=real_now())


def test_a_certificate_out_of_its_dates_never_becomes_an_anchor(tmp_path: Path) -> None:
    store = house(tmp_path, ANTWERP, GHENT).store
    certificate = admit(store.current.nodes[GHENT].tls[0].encode(), GHENT)
    found = tls.anchors(store.current, {}, now=certificate.not_after_ms)
    assert len(found.refused) == 2
    assert found.pem == b""


def test_no_certificate_or_garbage_is_nobodys(tmp_path: Path) -> None:
    store = house(tmp_path, ANTWERP).store
    contexts: list[dict[str, list[bytes]]] = [
        {},
        {"x509_pem_cert": []},
        {"x509_pem_cert": [b"\xff" * 100]},
        {"x509_pem_cert": [os.urandom(9)]},
    ]
    for context in contexts:
        with pytest.raises(NotAMember) as error:
            tls.peer_of(context, store.current)
        assert error.value.why is Stranger.UNKNOWN
        assert error.value.node is None


def test_a_node_whose_withdrawal_is_over_is_told_so(tmp_path: Path) -> None:
    from protocol.ids import UnixMs

    store = house(tmp_path, ANTWERP, GHENT).store
    entry = replace(store.current.nodes[GHENT], withdrawn_until=UnixMs(1_000))
    register = replace(store.current, nodes={**store.current.nodes, GHENT: entry})
    context = {"x509_pem_cert": [entry.tls[0].encode()]}
    assert tls.peer_of(context, register, now=UnixMs(999)) == GHENT
    with pytest.raises(NotAMember, match="its time to fetch what it must purge is over"):
        tls.peer_of(context, register, now=UnixMs(1_000))
