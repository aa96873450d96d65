"""Who a request came from, as sign-in attempts are counted.

Guarantees that `X-Forwarded-For` is believed from a trusted proxy alone, and of it only what such a proxy wrote: the
right-most address that is not a trusted proxy's own. Whoever may choose an address in a network of their own is one
client: an IPv6 address counts by its /64, the smallest network that is given to a subscriber (RFC 6177, section 2).
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Proxies = tuple[IPv4Network | IPv6Network, ...]
Address = IPv4Address | IPv6Address
HEADER = "x-forwarded-for"
_HOPS_MAX = 20
_SUBSCRIBER = 64


def client_of(peer: str, forwarded: Sequence[str], trusted: Proxies) -> str:
    """The client behind the direct `peer`; `forwarded`: every X-Forwarded-For header, in order."""
    at = address_of(peer)
    if at is None:
        return peer or "-"
    hops = ",".join(forwarded).split(",") if forwarded else []
    for hop in reversed(hops[-_HOPS_MAX:]):
        before = address_of(hop)
        if before is None or not is_trusted(at, trusted):
            break
        at = before
    return _counted(at)


def address_of(text: str) -> Address | None:
    """An address, without brackets, an IPv4 one as such; None where it is none."""
    try:
        found = ip_address(text.strip().strip("[]").partition("%")[0])
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


def is_trusted(address: Address, trusted: Proxies) -> bool:
    """Whether an address is one of the proxies'."""
    return any(address in network for network in trusted)


def _counted(address: Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return str(IPv6Network((address, _SUBSCRIBER), strict=False))
