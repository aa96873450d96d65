"""Changes of mind as screens show them: holds."""

from __future__ import annotations

from dataclasses import dataclass

from protocol.ids import UnixMs
from web.views.names import Named


@dataclass(frozen=True, slots=True)
class HoldView:
    """A hold that the officer may know of. `state`: asked, held, lifting. `may_confirm`, `may_end`, `may_keep`, `may_add` (another
    reference of the same record): this officer's next steps.
    """

    id: str
    kind: str
    origin: Named
    state: str
    reference: str
    asked_by: str
    asked_ms: UnixMs
    may_confirm: bool
    may_end: bool
    may_keep: bool = False
    may_add: bool = False
