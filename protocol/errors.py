"""What the other side sent is not acceptable: one root, with where and which rule, never the value.

`code` is the answer that goes back on the wire (`Refusal.Code` of `protocol/v1/federation.proto`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """Names of `Refusal.Code`."""

    MALFORMED = "MALFORMED"
    TOO_LARGE = "TOO_LARGE"
    BAD_PROOF = "BAD_PROOF"
    BAD_SIGNATURE = "BAD_SIGNATURE"
    GAP = "GAP"
    UNKNOWN_OP = "UNKNOWN_OP"
    UNKNOWN_LABEL = "UNKNOWN_LABEL"
    ABOVE_ACCREDITATION = "ABOVE_ACCREDITATION"
    QUARANTINED_HERE = "QUARANTINED_HERE"
    NO_SPACE = "NO_SPACE"
    FORKED = "FORKED"
    OLD_REGISTER = "OLD_REGISTER"
    BRAKED = "BRAKED"


class ProtocolError(ValueError):
    """Refused: `where` it stands, which `rule` it breaks."""

    code = Code.MALFORMED

    def __init__(self, rule: str, *, where: str = "", code: Code | None = None) -> None:
        super().__init__(f"{where}: {rule}" if where else rule)
        self.rule = rule
        self.where = where
        if code is not None:
            self.code = code

    def locate(self, outer: str) -> None:
        """Say in what larger thing it stands: `header.op` becomes `entries[3].header.op`."""
        self.where = f"{outer}.{self.where}" if self.where else outer
        self.args = (f"{self.where}: {self.rule}",)


class TooLarge(ProtocolError):
    """Over a cap; refused before it was parsed."""

    code = Code.TOO_LARGE


class BadProof(ProtocolError):
    """A root, inclusion, consistency, commitment or feed id that does not follow."""

    code = Code.BAD_PROOF


class BadSignature(ProtocolError):
    """A signature or cosignature that no key of the named node made."""

    code = Code.BAD_SIGNATURE


class BadLabel(ProtocolError):
    """A label that is not canonical, or holds a value that is not known here."""

    code = Code.UNKNOWN_LABEL


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule of one field of a record that does not hold."""

    kind: str
    path: str
    rule: str

    def __str__(self) -> str:
        """`alert.score: at most 1`."""
        return f"{self.kind}.{self.path}: {self.rule}" if self.path else f"{self.kind}: {self.rule}"


class BadRecord(ProtocolError):
    """A record body that breaks its kind's rules."""

    def __init__(self, violations: tuple[Violation, ...]) -> None:
        first = violations[0]
        super().__init__("; ".join(str(v) for v in violations), where="")
        self.violations = violations
        self.field = f"{first.kind}.{first.path}" if first.path else first.kind


@contextmanager
def within(outer: str) -> Iterator[None]:
    """Say in what larger thing a refusal raised in this block stands (`ProtocolError.locate`)."""
    try:
        yield
    except ProtocolError as refused:
        refused.locate(outer)
        raise
