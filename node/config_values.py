"""Values of a configuration, as types: durations, sizes, addresses, names; each says what is allowed."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator

from node.allowed import like
from node.languages import known_language
from protocol.errors import ProtocolError
from protocol.ids import node_id

_DURATION = re.compile(r"(\d+)(ms|s|m|h|d|y)")
_DURATION_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "y": 365 * 86_400_000}
_SIZE = re.compile(r"(\d+)(B|KiB|MiB|GiB)")
_SIZE_B = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


def _milliseconds(value: object) -> int:
    if isinstance(value, str) and (found := _DURATION.fullmatch(value)):
        return int(found[1]) * _DURATION_MS[found[2]]
    raise ValueError('a duration such as "500ms", "30s", "15m", "24h", "30d" or "5y"')


def _size(value: object) -> int:
    if isinstance(value, str) and (found := _SIZE.fullmatch(value)):
        return int(found[1]) * _SIZE_B[found[2]]
    raise ValueError('a size such as "512B", "256KiB", "4MiB" or "20GiB"')


def node_name(value: object) -> object:
    """The name of a node; ValueError says what is allowed."""
    try:
        return node_id(str(value))
    except ProtocolError as error:
        raise ValueError(error.rule) from error


def zone(value: str) -> str:
    """A name of the time zones that this machine knows."""
    from zoneinfo import available_timezones

    if value not in available_timezones():
        raise ValueError('a name of the IANA time zone database, such as "Europe/Brussels"')
    return value


def _listen(value: object) -> object:
    host, _, port = str(value).rpartition(":")
    if isinstance(value, str) and host and port.isdigit() and 0 < int(port) < 65536:
        return value
    raise ValueError('"host:port", the port from 1 to 65535')


def listen_or_off(value: object) -> object:
    """Where to listen; empty: nowhere."""
    return value if value == "" else _listen(value)


def _network(value: object) -> object:
    try:
        if isinstance(value, str):
            return ip_network(value)
    except ValueError:
        pass
    raise ValueError('an address or a network such as "127.0.0.1", "10.1.2.0/28" or "fd00::1"')


def is_loopback(url: str) -> bool:
    """Whether nothing that goes there leaves this machine."""
    host = url.partition("://")[2].rsplit(":", 1)[0].strip("[]")
    return host in {"localhost", "::1"} or host.startswith("127.")


Ms = Annotated[int, BeforeValidator(_milliseconds)]
"""A duration in the file, milliseconds here."""


def between(least: str, most: str = "") -> AfterValidator:
    """Bounds of a duration, as a file would give them."""
    low, high = _milliseconds(least), _milliseconds(most) if most else None

    def check(value: int) -> int:
        if value < low or (high is not None and value > high):
            raise ValueError(f'"{least}" to "{most}"' if most else f'"{least}" or more')
        return value

    return AfterValidator(check)


Bytes = Annotated[int, BeforeValidator(_size)]
"""A size in the file, bytes here."""


def at_least(least: str) -> AfterValidator:
    """A bound of a size, as a file would give it."""
    low = _size(least)

    def check(value: int) -> int:
        if value < low:
            raise ValueError(f'"{least}" or more')
        return value

    return AfterValidator(check)


Listen = Annotated[str, BeforeValidator(_listen)]
Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]
Code = Annotated[str, like(r"[a-z0-9_-]{2,40}", "2 to 40 of a-z, 0-9, _ and -")]
Country = Annotated[str, like(r"[A-Z]{2}", 'two capital letters of ISO 3166, such as "BE"')]
Language = Annotated[str, AfterValidator(known_language)]
Regime = Literal["gdpr", "led", "intel", "judicial", "customs"]
LevelName = Literal["NONE", "RESTRICTED", "CONFIDENTIAL", "SECRET", "TOP-SECRET"]
Ulid = Annotated[
    str, like(r"[0-9A-HJKMNP-TV-Z]{26}", "the 26 characters that `port2port policy install` prints")
]
