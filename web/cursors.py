"""Change numbers as a page may hold them: sealed, because a bare number tells how much a reader did not see.

Guarantees: a cursor opens only for the session it was made for and only in this process; two cursors of one number
differ. What does not open counts as "behind": the page loads again.
"""

from __future__ import annotations

import hashlib

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from protocol.ids import Random

_HEX_MAX = 2 * (SecretBox.NONCE_SIZE + SecretBox.MACBYTES + 8)


class Cursors:
    """One for each process."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._key = random(SecretBox.KEY_SIZE)

    def seal(self, token: str, number: int) -> str:
        """A cursor for the bearer of a session token."""
        sealed = self._box(token).encrypt(number.to_bytes(8, "big"), self._random(SecretBox.NONCE_SIZE))
        return sealed.hex()

    def open(self, token: str, cursor: str) -> int | None:
        """The number, or None."""
        if len(cursor) != _HEX_MAX:
            return None
        try:
            return int.from_bytes(self._box(token).decrypt(bytes.fromhex(cursor)), "big")
        except (CryptoError, ValueError):
            return None

    def _box(self, token: str) -> SecretBox:
        return SecretBox(
            hashlib.blake2b(token.encode(), key=self._key, digest_size=SecretBox.KEY_SIZE).digest()
        )
