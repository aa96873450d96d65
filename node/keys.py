"""A node's three private keys, one use each: `tls` opens connections, `log` signs checkpoints, `hold` cosigns.

Guarantees: one key never serves two uses (each file names its own, and is refused in another's place); what is loaded
belongs together and to this node; signatures are Ed25519 by PyNaCl. The private halves leave this object only as the TLS
key that gRPC needs. Not a hardware store: whoever reads this process's memory has the keys.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nacl.signing import SigningKey

from node import durable, sealed
from node.certificates import Certificate, admit, self_signed
from node.sealed import KeyFileError, Rest
from protocol.errors import ProtocolError
from protocol.ids import NodeId, Random, UnixMs
from protocol.possession import possession

CARD_SCHEMA = "port2port/node-card/v1"
FILES = ("log.key", "hold.key", "tls.key", "tls.pem")


@dataclass(frozen=True, slots=True)
class NodeKeys:
    """The keys of one node, in memory."""

    node: NodeId
    tls_cert_pem: bytes
    tls_key_pem: bytes = field(repr=False)
    _log: SigningKey = field(repr=False)
    _hold: SigningKey = field(repr=False)

    @classmethod
    def generate(cls, node: NodeId, *, random: Random, now: UnixMs) -> NodeKeys:
        """New keys for `node`; the same `random` and `now` give the same keys, so that a simulation replays."""
        key, certificate = self_signed(node, random=random, now=now)
        return cls(node, certificate, key, SigningKey(random(32)), SigningKey(random(32)))

    def renewed(self, uses: Collection[str], *, random: Random, now: UnixMs) -> NodeKeys:
        """The same node with new keys for these uses (`tls`, `log`, `hold`); the others stay."""
        key, certificate = self_signed(self.node, random=random, now=now)
        if "tls" not in uses:
            key, certificate = self.tls_key_pem, self.tls_cert_pem
        log = SigningKey(random(32)) if "log" in uses else self._log
        hold = SigningKey(random(32)) if "hold" in uses else self._hold
        return NodeKeys(self.node, certificate, key, log, hold)

    @classmethod
    def load(cls, directory: Path, node: NodeId, passphrase: str | None = None) -> NodeKeys:
        """The keys of `node` in `directory`; KeyFileError names the file and the one reason.

        Files that are plain need mode 0600 and this user as owner; sealed ones need `passphrase`.
        """
        secrets = {
            use: sealed.read_key(directory / f"{use}.key", owner=node, use=use, passphrase=passphrase)
            for use in ("tls", "log", "hold")
        }
        certificate = _certificate(directory / "tls.pem", node, secrets["tls"])
        log, hold = (_ed25519(directory / f"{use}.key", secrets[use]) for use in ("log", "hold"))
        return cls(node, certificate.pem, secrets["tls"], log, hold)

    def save(
        self,
        directory: Path,
        passphrase: str | None,
        *,
        random: Random,
        ops: int = sealed.OPS,
        memory: int = sealed.MEMORY,
    ) -> None:
        """Write all four files into `directory` (made with mode 0700), sealed, or plain without a passphrase.

        Existing keys are never overwritten: KeyFileError.
        """
        rest = Rest.new(passphrase, random=random, ops=ops, memory=memory)
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in FILES:
            if (directory / name).exists():
                raise KeyFileError(directory / name, "exists; keys are never overwritten")
        for use, secret in (
            ("tls", self.tls_key_pem),
            ("log", bytes(self._log)),
            ("hold", bytes(self._hold)),
        ):
            path = directory / f"{use}.key"
            sealed.write_key(path, secret, owner=self.node, use=use, rest=rest, random=random)
        durable.replace(directory / "tls.pem", self.tls_cert_pem)

    @property
    def log_public(self) -> bytes:
        """32 bytes: verifies checkpoints of this node's feeds."""
        return bytes(self._log.verify_key)

    @property
    def hold_public(self) -> bytes:
        """32 bytes: verifies this node's receipts."""
        return bytes(self._hold.verify_key)

    def sign_log(self, text: bytes) -> bytes:
        """Ed25519 by `log`, 64 bytes."""
        return self._log.sign(text).signature

    def sign_hold(self, text: bytes) -> bytes:
        """Ed25519 by `hold`, 64 bytes."""
        return self._hold.sign(text).signature

    def public_card(self) -> dict[str, Any]:
        """What the organisation's `register add-node` needs, as JSON values: public keys, and proofs that they are this node's."""
        text = possession(self.node)
        return {
            "schema": CARD_SCHEMA,
            "node": str(self.node),
            "tls": [self.tls_cert_pem.decode()],
            "log": [self.log_public.hex()],
            "hold": [self.hold_public.hex()],
            "proof": {
                self.log_public.hex(): self.sign_log(text).hex(),
                self.hold_public.hex(): self.sign_hold(text).hex(),
            },
        }


def _certificate(path: Path, node: NodeId, key_pem: bytes) -> Certificate:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from cryptography.x509 import load_der_x509_certificate

    try:
        found = admit(path.read_bytes(), node)
    except OSError as error:
        raise KeyFileError(path, f"cannot be read: {error.strerror}") from None
    except ProtocolError as error:
        raise KeyFileError(path, f"cannot be used: {error}") from None
    try:
        key = load_pem_private_key(key_pem, None)
    except ValueError:
        raise KeyFileError(path.with_name("tls.key"), "holds no private key") from None
    if load_der_x509_certificate(found.der).public_key() != key.public_key():
        raise KeyFileError(path, "is the certificate of another key than tls.key")
    return found


def _ed25519(path: Path, seed: bytes) -> SigningKey:
    if len(seed) != 32:
        raise KeyFileError(path, "holds no Ed25519 key of 32 bytes")
    return SigningKey(seed)
