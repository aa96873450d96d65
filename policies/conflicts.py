"""Whom a record must not be shown to because it concerns them: what somebody declared of himself, relations and close colleagues.

Guarantees: a record that names one of a person's declared subjects conflicts, whatever his label, role or community; so does one of
which not all that it names is known; with nothing declared nothing does. Holds keyed digests, never the subjects themselves, and
shows neither in its text. Pure; who declares what, where it is kept, and what a record names by reference, is not here.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Named:
    """What a record names, itself and by reference, as "type:value" in the stored form. `whole`: all of it is known."""

    subjects: frozenset[str] = field(default=frozenset(), repr=False)
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Conflicts:
    """What concerns one person: digests under the node's own key."""

    key: bytes = field(default=b"", repr=False)
    digests: frozenset[bytes] = field(default=frozenset(), repr=False)

    def __bool__(self) -> bool:
        """Whether anything is declared at all."""
        return bool(self.digests)

    def touched(self, named: Named) -> bool:
        """Whether a record that names this concerns the person."""
        if not self.digests:
            return False
        return not named.whole or any(digest(self.key, one) in self.digests for one in named.subjects)


def digest(key: bytes, subject: object) -> bytes:
    """What is kept of a declared subject: HMAC-SHA256 of "type:value" in the stored form."""
    return hmac.digest(key, str(subject).encode(), "sha256")


NO_CONFLICTS: Final = Conflicts()
