"""A forwarded address is believed as far as trusted proxies wrote it, and no further."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from web.clients import client_of

TRUSTED = (ip_network("127.0.0.1"), ip_network("10.1.2.0/28"), ip_network("fd00::1"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.7", [], "192.0.2.7"),
        ("192.0.2.7", ["203.0.113.66"], "192.0.2.7"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["203.0.113.66"], "203.0.113.66"),
        ("127.0.0.1", ["198.51.100.9, 203.0.113.66"], "203.0.113.66"),
        ("127.0.0.1", ["198.51.100.9", "203.0.113.66"], "203.0.113.66"),
        ("127.0.0.1", ["198.51.100.9, 203.0.113.66, 10.1.2.3"], "203.0.113.66"),
        ("127.0.0.1", ["10.1.2.4, 10.1.2.3"], "10.1.2.4"),
        ("127.0.0.1", ["203.0.113.66, 10.1.3.3"], "10.1.3.3"),
        ("127.0.0.1", ["203.0.113.66, unknown"], "127.0.0.1"),
        ("127.0.0.1", ["203.0.113.66, unknown, 10.1.2.3"], "10.1.2.3"),
        ("::ffff:127.0.0.1", ["203.0.113.66"], "203.0.113.66"),
        ("fd00::1", ["[2001:db8:1:2:3::4]"], "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", ["203.0.113.66"], "2001:db8:1:2::/64"),
        ("testclient", ["203.0.113.66"], "testclient"),
        ("", [], "-"),
    ],
)
def test_the_client_behind_a_peer(peer: str, forwarded: list[str], client: str) -> None:
    assert client_of(peer, forwarded, TRUSTED) == client
    assert (
        client_of(peer, forwarded, ()) != client
        or not forwarded
        or peer == client
        or "2001" in peer
        or peer == "testclient"
        or client in {peer, "127.0.0.1"}
    )


def test_without_trusted_proxies_no_header_is_believed() -> None:
    assert client_of("127.0.0.1", ["203.0.113.66"], ()) == "127.0.0.1"


def test_a_long_header_costs_little_and_is_read_from_the_right() -> None:
    assert (
        client_of("127.0.0.1", [", ".join(["198.51.100.9"] * 5000 + ["203.0.113.66"])], TRUSTED)
        == "203.0.113.66"
    )
