"""Peers, register, sensors."""

from __future__ import annotations

from dataclasses import dataclass

from protocol.ids import UnixMs
from web.views.names import LabelView, Named


@dataclass(frozen=True, slots=True)
class HeldFeed:
    """One of our feeds at a peer: our size, the size it holds by its own cosignature."""

    label: LabelView
    size: int
    held: int
    receipt_ms: UnixMs | None
    quarantined: int = 0


@dataclass(frozen=True, slots=True)
class PeerView:
    """A node of the federation as this node sees it."""

    node: Named
    sites: tuple[str, ...]
    connected: bool
    since_ms: UnixMs | None
    register: int | None
    feeds: tuple[HeldFeed, ...]
    withdrawn_until_ms: UnixMs | None = None
    trouble: str = ""

    @property
    def behind(self) -> int:
        """Entries of ours that it has not confirmed."""
        return sum(feed.size - feed.held for feed in self.feeds)

    @property
    def receipt_ms(self) -> UnixMs | None:
        """The newest receipt over all feeds."""
        return max((f.receipt_ms for f in self.feeds if f.receipt_ms is not None), default=None)


@dataclass(frozen=True, slots=True)
class RegisterView:
    """The signed list of members. `state`: fresh, due (expires soon), stale."""

    version: int
    status: str
    state: str
    expires_ms: UnixMs | None


@dataclass(frozen=True, slots=True)
class SensorView:
    """A source of observations. `state`: reporting, silent, off."""

    name: str
    type: str
    state: str
    last_ms: UnixMs | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class AsideView:
    """What came of an origin and was not accepted here. `table` and `code` say why, `where` is a field's path."""

    origin: Named
    peer: Named | None
    table: str
    code: str
    where: str
    count: int
    last_ms: UnixMs


@dataclass(frozen=True, slots=True)
class HealthView:
    """The node's own condition; no content of any record."""

    node: Named
    version: str
    started_ms: UnixMs
    register: RegisterView
    sensors: tuple[SensorView, ...] = ()
    detectors: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    clock_off_ms: int = 0
    """How far the peers' clocks are ahead of this node's, in the median."""
    clock_doubt: bool = False
    """So far that nothing is destroyed and no ban ends by it."""
    aside: tuple[AsideView, ...] = ()
    """Entries kept aside: of feeds that the reader may read, to an administrator of all."""
    untaken: tuple[AsideView, ...] = ()
    """Feeds refused whole: an administrator's only, for nobody here may know of them."""
    rules: str = "none"
    """Of release without an officer: agreed, none, file_waits (the file says otherwise), nothing_agreed."""
