"""Strangers at the peers' port and at a peer's address, over real TLS: counted, said now and then, told apart from silence."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from federations import keys_of
from ports import ANTWERP, LIEGE, NORTH_SEA
from stations import Federation, Station, by_hand, ending, tell
from structlog.testing import capture_logs

from federation.doorstep import Doorstep
from node.keys import NodeKeys

pytestmark = pytest.mark.processes

ENDED = "connections to the peers' port ended before they proved who they are"
WRONG = "what answers at a peer's address has no certificate of that peer"
TURNED_AWAY = ("turned_away", "NO_CALL")


async def knock(port: int, keys: NodeKeys | None, folder: Path) -> None:
    """A TLS client to its end; with a certificate or without one."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    if keys is not None:
        pair = folder / "pair.pem"
        pair.write_bytes(keys.tls_key_pem + keys.tls_cert_pem)
        context.load_cert_chain(pair)
    with suppress(OSError):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        while await reader.read(1 << 16):
            pass
        writer.close()


async def all_waited(station: Station, at_least: int) -> None:
    await station.until(
        lambda: station.exchange.counters[TURNED_AWAY] >= at_least and not station.doorstep.waiting
    )


def test_strangers_are_counted_and_said_at_powers_of_two_and_members_are_not(
    tmp_path: Path,
) -> None:
    async def story(built: Federation) -> None:
        antwerp, ghent = built.stations
        ghent.dial(antwerp)
        antwerp.dial(ghent)  # both at once: one of the two streams is given up
        await antwerp.until(lambda: antwerp.connected(ghent))
        intruder = keys_of(NORTH_SEA)[NORTH_SEA]  # right name, own key
        await knock(antwerp.port, intruder, tmp_path)
        await knock(antwerp.port, None, tmp_path)
        with socket.create_connection(("127.0.0.1", antwerp.port)):
            pass  # no TLS at all
        await all_waited(antwerp, 3)
        assert antwerp.exchange.counters[TURNED_AWAY] == 3
        assert ghent.doorstep.waiting == ghent.exchange.counters[TURNED_AWAY] == 0
        await knock(antwerp.port, intruder, tmp_path)
        await all_waited(antwerp, 4)
        assert antwerp.connected(ghent)  # others do not notice

    with capture_logs() as lines:
        tell(tmp_path, story, ANTWERP, NORTH_SEA)
    said = [line for line in lines if line["event"] == ENDED]
    assert [line["times"] for line in said] == [1, 2, 4]
    assert all(line["log_level"] == "warning" and "127.0.0.1" not in json.dumps(line) for line in said)


def test_a_member_that_is_told_why_by_name_is_not_a_stranger(tmp_path: Path) -> None:
    async def story(built: Federation) -> None:
        (antwerp,) = built.stations
        built.ceremony.remove_node(LIEGE, antwerp.ctx.now())
        antwerp.registers.apply_bundle(built.ceremony.bundle(), antwerp.ctx.now())
        async with by_hand(built, LIEGE, antwerp) as call:
            assert (await ending(call))[1] == "PERMISSION_DENIED"
        await knock(antwerp.port, None, tmp_path)
        await all_waited(antwerp, 1)
        assert antwerp.exchange.counters[TURNED_AWAY] == 1

    tell(tmp_path, story, ANTWERP, extra=[LIEGE])


def test_a_wrong_server_is_told_apart_from_a_peer_that_is_down(
    tmp_path: Path,
) -> None:
    async def story(built: Federation) -> None:
        antwerp, ghent, liege = built.stations
        antwerp.addresses[NORTH_SEA] = f"127.0.0.1:{liege.port}"  # a member, but not the one that is meant
        antwerp.addresses[LIEGE] = "127.0.0.1:1"
        antwerp.dials.update({NORTH_SEA, LIEGE})
        antwerp.dialler.refresh()
        await antwerp.until(lambda: antwerp.exchange.counters["wrong_server", "HANDSHAKE"] >= 2)
        assert not antwerp.exchange.sessions
        assert ghent.exchange.counters == {}

    with capture_logs() as told:
        tell(tmp_path, story, ANTWERP, NORTH_SEA, LIEGE)
    wrong = [line for line in told if line["event"] == WRONG]
    assert [line["times"] for line in wrong][:2] == [1, 2]
    assert {(line["log_level"], line["peer"]) for line in wrong} == {("warning", NORTH_SEA)}
    down = [line for line in told if line["event"] == "a peer cannot be dialled"]
    assert {(line["peer"], line["why"]) for line in down} == {(LIEGE, "nobody answers at its address")}


def steps(story: Callable[[Doorstep, list[int]], Any], *, wait_s: float = 60.0) -> None:
    async def told() -> None:
        away: list[int] = []
        await story(Doorstep(lambda: away.append(1), wait_s=wait_s), away)

    asyncio.run(told())


async def turns(doorstep: Doorstep, times: int) -> None:
    for _ in range(times):
        doorstep.begun()
    await asyncio.sleep(0)


def test_a_flood_counts_at_once_and_costs_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("federation.doorstep.WAITING_MAX", 4)

    async def story(doorstep: Doorstep, away: list[int]) -> None:
        await turns(doorstep, 10)
        assert (doorstep.waiting, len(away)) == (4, 6)

    steps(story)


def test_more_calls_of_one_connection_take_no_strangers_place() -> None:
    async def story(doorstep: Doorstep, _: list[int]) -> None:
        await turns(doorstep, 2)
        with doorstep.call("ipv4:127.0.0.1:7"), doorstep.call("ipv4:127.0.0.1:7"):
            assert doorstep.waiting == 1
        with doorstep.call("ipv4:127.0.0.1:7"):
            assert doorstep.waiting == 1

    steps(story)
