"""Ed25519 keys and signatures, by libsodium (PyNaCl) and nothing else.

Guarantees: a public key that passes is the one canonical encoding of a point in the prime-order subgroup, not the
neutral element. Libraries disagree on all others (ZIP 215, RFC 8032 §5.1.3): a signature under a low-order key can
hold for any message. `crypto_core_ed25519_is_valid_point` covers canonical encoding, being on the curve, no small
order and no torsion component; the tests hold it to that.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from nacl.bindings import crypto_core_ed25519_is_valid_point, crypto_sign_open
from nacl.exceptions import BadSignatureError

from protocol.errors import ProtocolError

Signer = Callable[[bytes], bytes]
"""The 64-byte Ed25519 signature of a message; the private key stays with whoever made this."""

PUBLIC_BYTES = 32
SIGNATURE_BYTES = 64


def check_ed25519(public: bytes) -> bytes:
    """The key itself, or a refusal of one that is not 32 bytes, canonical, on the curve and of prime order."""
    if not _usable(public):
        raise ProtocolError("32 bytes, canonical, in the prime-order subgroup", where="Ed25519 key")
    return public


def signed_by(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `public`, a usable key, made this signature (RFC 8032 §5.1.7, S below the group order)."""
    if len(signature) != SIGNATURE_BYTES or not _usable(public):
        return False
    try:
        crypto_sign_open(signature + message, public)
    except BadSignatureError:
        return False
    return True


@lru_cache(maxsize=4096)
def _usable(public: bytes) -> bool:
    """Remembered, since the check costs a scalar multiplication and a register has few keys."""
    return len(public) == PUBLIC_BYTES and crypto_core_ed25519_is_valid_point(public)
