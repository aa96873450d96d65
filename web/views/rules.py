"""The rules of release without an officer: those in force, and what waits."""

from __future__ import annotations

from dataclasses import dataclass

from protocol.ids import UnixMs
from web.views.names import LabelView


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule: detections of `detector` from this severity and certainty on leave, at most `most` in ten minutes. `change`: against what is
    in force, new, changed, gone or "" (the same).
    """

    name: str
    detector: str
    severity: str
    certainty: str
    label: LabelView
    expires_ms: int
    most: int
    change: str = ""


@dataclass(frozen=True, slots=True)
class RulesChange:
    """Another text than the one in force. `lines`: ("+", "-" or "", a line), with a few around; `may`: whether it is this officer's now;
    `rules`: what it says, and what would be gone.
    """

    digest: str
    lines: tuple[tuple[str, str], ...]
    may: bool
    by: str = ""
    at_ms: UnixMs | None = None
    rules: tuple[RuleLine, ...] = ()


@dataclass(frozen=True, slots=True)
class RulesView:
    """`proposed` waits for a second person; `file` is what the node's file says otherwise, which nobody proposed. `agreed_by`: both.

    `lapsed_by` proposed something that waits no longer, having lost a right to; "" where nobody did.
    """

    rules: tuple[RuleLine, ...]
    agreed_by: tuple[str, ...]
    agreed_ms: UnixMs
    proposed: RulesChange | None
    file: RulesChange | None
    lapsed_by: str = ""
