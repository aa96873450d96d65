"""Whom a record must not be shown to because it concerns them: what somebody declared of himself, relations and close colleagues.

Guarantees: a record that names one of a person's declared subjects conflicts, whatever his label, role or community; with nothing
declared nothing does. Holds keyed digests, never the subjects themselves, and shows neither in its text. Pure; who declares what,
and where it is kept, is not here.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Conflicts:
    """What concerns one person: digests under the node's own key."""

    key: bytes = field(default=b"", repr=False)
    digests: frozenset[bytes] = field(default=frozenset(), repr=False)

    def __bool__(self) -> bool:
        """Whether anything is declared at all."""
        return bool(self.digests)

    def among(self, subjects: Iterable[object]) -> frozenset[str]:
        """Those of these subjects ("type:value" in the stored form) that concern the person."""
        if not self.digests:
            return frozenset()
        return frozenset(str(one) for one in subjects if digest(self.key, one) in self.digests)


def digest(key: bytes, subject: object) -> bytes:
    """What is kept of a declared subject: HMAC-SHA256 of "type:value" in the stored form."""
    return hmac.digest(key, str(subject).encode(), "sha256")


NO_CONFLICTS: Final = Conflicts()
