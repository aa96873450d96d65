"""What this port asked a second person elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from protocol.ids import UnixMs
from web.views.names import Named


@dataclass(frozen=True, slots=True)
class AskedThere:
    """A question about a draft of this port. `state`: open, lapsed, approved, stale (a yes that counts no more), returned, withdrawn, void.

    `roles`: of who answered there; `reason`: why it came back; `moved`: codes of what is not as it was asked; `gained`, `lost`: ports.
    """

    id: str
    port: Named
    state: str
    asked_ms: UnixMs
    until_ms: UnixMs
    answered_ms: UnixMs | None = None
    roles: tuple[str, ...] = ()
    reason: str = ""
    moved: tuple[str, ...] = ()
    gained: tuple[Named, ...] = ()
    lost: tuple[Named, ...] = ()
