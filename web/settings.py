"""What the screens need to know of their house; the wiring fills it from the node's configuration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from node.languages import LANGUAGES
from protocol.ids import Random, UnixMs
from web.clients import Proxies

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Durations in seconds. `public_url` decides which Host and Origin are ours and whether cookies are Secure;
    `trusted_proxies` whose word is taken for where a request came from.
    """

    node: str
    port_name: str
    public_url: str
    timezone: ZoneInfo
    now_ms: Callable[[], UnixMs]
    random: Random
    languages: tuple[str, ...] = tuple(LANGUAGES)
    trusted_proxies: Proxies = ()
    beat_s: float = 2.0
    openapi: bool = False

    @property
    def secure(self) -> bool:
        """Reached over https."""
        return urlsplit(self.public_url).scheme == "https"

    @property
    def hosts(self) -> frozenset[str]:
        """Host headers this node answers to; every loopback spelling when its own is one."""
        parts = urlsplit(self.public_url)
        port = f":{parts.port}" if parts.port is not None else ""
        name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else (parts.hostname or "")
        names = LOOPBACK if name in LOOPBACK else (name,)
        return frozenset(f"{each}{port}" for each in names)

    @property
    def origins(self) -> frozenset[str]:
        """Origin headers a form may come from."""
        scheme = urlsplit(self.public_url).scheme
        return frozenset(f"{scheme}://{host}" for host in self.hosts)

    @property
    def cookie(self) -> str:
        """The session cookie's name: cookies ignore ports, so two nodes on one host need two names."""
        return f"{'__Host-' if self.secure else ''}p2p-{self.node}"
