"""Mutual TLS by the register: its certificates open the door, and every call asks whose exact certificate came in.

Guarantees
* Only certificates of the register's nodes, and of those that were nodes once, are trust anchors, each one admitted on its own
  (`node/certificates.py`); one that is not is left out and counted, so it cannot stop the others from being reloaded.
* `peer_of` answers from the exact fingerprint against the register of that moment: a member, or a refusal by name. An anchor by
  itself grants nothing; ex-members stay anchors only so that they are told why.
* A channel accepts exactly the certificates of the one peer it was opened for.
Does not close the streams of a peer that is taken off the register: whoever holds them subscribes to the register.
"""

from __future__ import annotations

import hashlib
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import grpc

from node.certificates import Certificate, admit, in_force
from node.keys import NodeKeys
from node.register import Former, RegisterStore
from protocol.errors import ProtocolError
from protocol.ids import NodeId, UnixMs
from protocol.limits import FRAME_MAX
from protocol.register import NodeEntry, Register

CERTIFICATE_MAX = 8_192
"""Bytes of what a peer presented, before it is decoded."""


class Stranger(StrEnum):
    """Why a certificate that is an anchor is no member's; one that is none ends in the handshake (`doorstep.py` counts those)."""

    UNKNOWN = "unknown"
    REMOVED = "removed"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


class NotAMember(Exception):
    """Refused: whoever presented this certificate is no member now. `node` is whose it was, where anybody's."""

    def __init__(self, why: Stranger, node: NodeId | None, words: str) -> None:
        super().__init__(words)
        self.why = why
        self.node = node


@dataclass(frozen=True, slots=True)
class Anchors:
    """Certificates to trust in a handshake, as one PEM text; `refused` says which were left out and why."""

    pem: bytes
    fingerprints: frozenset[bytes]
    refused: tuple[str, ...]


def anchors(register: Register, former: Mapping[bytes, Former], *, now: UnixMs) -> Anchors:
    """The anchors of a register: its nodes' certificates and those of former members, each admitted on its own."""
    found: dict[bytes, Certificate] = {}
    refused: list[str] = []
    named = [(entry.id, pem) for entry in register.nodes.values() for pem in entry.tls]
    named += [(one.node, one.pem) for one in former.values()]
    for node, pem in named:
        try:
            certificate = _admitted(pem, node, now)
        except ProtocolError as error:
            refused.append(str(error))
        else:
            found[certificate.fingerprint] = certificate
    text = b"".join(found[fingerprint].pem for fingerprint in sorted(found))
    return Anchors(text, frozenset(found), tuple(refused))


def peer_of(
    auth_context: Mapping[str, Sequence[bytes]],
    register: Register,
    former: Mapping[bytes, Former] | None = None,
    *,
    now: UnixMs | None = None,
) -> NodeId:
    """Whose certificate was presented, by its exact SHA-256 against the register of this moment; else NotAMember.

    `auth_context` is `ServicerContext.auth_context()`. With `now`, a node whose withdrawal is over is refused as well.
    """
    fingerprint = _presented(auth_context)
    node = register.by_fingerprint.get(fingerprint)
    if node is not None:
        return _standing(register.nodes[node], now)
    was = (former or {}).get(fingerprint)
    if was is None:
        raise NotAMember(Stranger.UNKNOWN, None, "this certificate is not in the register")
    if was.node in register.nodes:
        words = f"this certificate of {was.node} was replaced; the register has another one"
        raise NotAMember(Stranger.REPLACED, was.node, words)
    words = f"{was.node} is no member of the federation since register {register.version} or before"
    raise NotAMember(Stranger.REMOVED, was.node, words)


class Door:
    """The server's side: credentials whose anchors follow the register without a restart.

    `begun` is called before each handshake, in a thread of gRPC's, and must not raise: nothing else tells of a handshake that fails.
    """

    def __init__(
        self,
        *,
        keys: NodeKeys,
        store: RegisterStore,
        now: Callable[[], UnixMs],
        begun: Callable[[], None] = lambda: None,
    ) -> None:
        self._begun = begun
        self._pair = (keys.tls_key_pem, keys.tls_cert_pem)
        self._store = store
        self._now = now
        self._lock = threading.Lock()
        self._fresh = True
        self._anchors = anchors(store.current, store.former, now=now())
        store.subscribe(self._changed)

    def credentials(self) -> grpc.ServerCredentials:
        """For `add_secure_port`; a client without a certificate among the anchors gets no further than the handshake."""
        return grpc.dynamic_ssl_server_credentials(
            self._configuration(),
            self._fetch,  # type: ignore[arg-type]  # None is "as before", says gRPC; the stubs do not
            require_client_authentication=True,
        )

    def peer(self, auth_context: Mapping[str, Sequence[bytes]]) -> NodeId:
        """`peer_of` against the register of this moment."""
        return peer_of(auth_context, self._store.current, self._store.former, now=self._now())

    def _changed(self, register: Register) -> None:
        found = anchors(register, self._store.former, now=self._now())
        with self._lock:
            self._anchors, self._fresh = found, False

    def _fetch(self) -> grpc.ServerCertificateConfiguration | None:
        """Called by gRPC before each handshake; None for "as before". Must not raise: gRPC would keep the old ones silently."""
        self._begun()
        with self._lock:
            if self._fresh:
                return None
            self._fresh = True
            return self._configuration()

    def _configuration(self) -> grpc.ServerCertificateConfiguration:
        return grpc.ssl_server_certificate_configuration([self._pair], root_certificates=self._anchors.pem)


def channel_credentials(keys: NodeKeys, entry: NodeEntry, *, now: UnixMs) -> grpc.ChannelCredentials:
    """To dial one peer: anchored on that peer's certificates and no other; ProtocolError where none of them can be used."""
    usable: list[bytes] = []
    problem: ProtocolError | None = None
    for pem in entry.tls:
        try:
            usable.append(_admitted(pem, entry.id, now).pem)
        except ProtocolError as error:
            problem = error
    if not usable:
        raise problem or ProtocolError("at least one certificate", where=f"{entry.id}.tls")
    return grpc.ssl_channel_credentials(
        root_certificates=b"".join(usable), private_key=keys.tls_key_pem, certificate_chain=keys.tls_cert_pem
    )


def channel_options(peer: NodeId) -> list[tuple[str, Any]]:
    """Options of a channel to one peer: its id in place of the host name, a pool of its own, frames capped twice over ours."""
    return [
        ("grpc.ssl_target_name_override", peer),
        ("grpc.use_local_subchannel_pool", 1),
        *message_options(),
    ]


def message_options() -> list[tuple[str, Any]]:
    """For both sides: gRPC's own limit is twice ours, so that an oversized frame is seen and refused by us, in words."""
    return [
        ("grpc.max_receive_message_length", 2 * FRAME_MAX),
        ("grpc.max_send_message_length", 2 * FRAME_MAX),
    ]


def _admitted(pem: str, node: NodeId, now: UnixMs) -> Certificate:
    certificate = admit(pem.encode(), node)
    if not in_force(certificate, now):
        raise ProtocolError("a certificate whose dates include now", where=f"{node}.tls")
    return certificate


def _presented(auth_context: Mapping[str, Sequence[bytes]]) -> bytes:
    """SHA-256 of the certificate of this connection; one that cannot be read is nobody's."""
    pems: Iterable[bytes] = auth_context.get("x509_pem_cert", ())
    pem = next(iter(pems), b"")
    try:
        der = ssl.PEM_cert_to_DER_cert(pem[:CERTIFICATE_MAX].decode("ascii").strip())
    except ValueError:
        raise NotAMember(Stranger.UNKNOWN, None, "no certificate that can be read") from None
    return hashlib.sha256(der).digest()


def _standing(entry: NodeEntry, now: UnixMs | None) -> NodeId:
    if now is not None and entry.withdrawn_until is not None and entry.withdrawn_until <= now:
        words = f"{entry.id} was withdrawn, and its time to fetch what it must purge is over"
        raise NotAMember(Stranger.WITHDRAWN, entry.id, words)
    return entry.id
