"""Nodes over real sockets: grpc.aio, mutual TLS by a founded register, SQLite files. How records get from one to another."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

from ports import ANTWERP, LIEGE, LIMBURG, NORTH_SEA, SCHELDT
from stations import MANY, Federation, Station, tell

from federation.calls import CallLink
from federation.rpc import RpcLink
from node.commands.publish import Released
from protocol import checkpoint as checkpoints


def many(at: Station, count: int = MANY) -> Released:
    """So many alerts in one feed; the last."""
    return [at.release() for _ in range(count)][-1]


async def arrived(released: Released, at: Station, holder: Station) -> None:
    """`holder` has it, and `at` has the word of it, which verifies."""
    feed, size = released.feed.feed, released.index + 1
    await holder.until(lambda: holder.size(feed) >= size, f"{size} entries")
    await at.until(lambda: (r := at.receipt_of(holder, feed)) and r.size >= size, "a receipt")
    receipt = at.receipt_of(holder, feed)
    assert receipt is not None
    assert receipt.has(released.index)
    checkpoints.verify_cosignature(
        receipt.cosignature,
        holder=holder.name,
        origin=at.name,
        feed=feed,
        size=receipt.size,
        root=receipt.root,
        publics=at.registers.current.nodes[holder.name].hold_keys,
    )


def test_a_live_alert_arrives_and_its_receipt_verifies(tmp_path: Path) -> None:
    async def story(built: Federation) -> None:
        antwerp, ghent = built.stations
        antwerp.dial(ghent)
        await antwerp.until(lambda: antwerp.connected(ghent))
        await arrived(antwerp.release(), antwerp, ghent)
        await arrived(ghent.release(), ghent, antwerp)

    tell(tmp_path, story, ANTWERP, NORTH_SEA)


def test_who_dials_catches_up_by_backfill_and_who_is_dialled_by_calls(tmp_path: Path) -> None:
    async def story(built: Federation) -> None:
        antwerp, ghent = built.stations
        here, there = many(antwerp), many(ghent)
        ghent.dial(antwerp)
        await arrived(here, antwerp, ghent)
        await arrived(there, ghent, antwerp)
        assert isinstance(ghent.exchange.sessions[ANTWERP].link, RpcLink)
        assert isinstance(antwerp.exchange.sessions[NORTH_SEA].link, CallLink)

    tell(tmp_path, story, ANTWERP, NORTH_SEA)


def test_a_third_node_gets_a_feed_from_a_relay_and_only_what_it_may(tmp_path: Path) -> None:
    async def story(built: Federation) -> None:
        antwerp, ghent, limburg = built.stations
        wide, narrow = many(antwerp, 300), antwerp.release(SCHELDT)
        antwerp.dial(ghent)
        limburg.dial(ghent)
        await arrived(narrow, antwerp, ghent)
        await limburg.until(lambda: limburg.size(wide.feed.feed) == 301)
        later = antwerp.release()
        await limburg.until(lambda: limburg.size(wide.feed.feed) == later.index + 1)
        assert limburg.feed(narrow.feed.feed) is None
        assert antwerp.name not in limburg.exchange.sessions

    tell(tmp_path, story, ANTWERP, NORTH_SEA, LIMBURG)


def test_both_dial_at_once_and_one_stream_stays(tmp_path: Path) -> None:
    async def story(built: Federation) -> None:
        antwerp, ghent = built.stations
        antwerp.dial(ghent)
        ghent.dial(antwerp)
        await antwerp.until(lambda: antwerp.connected(ghent))
        await asyncio.sleep(1.0)
        mine, theirs = antwerp.exchange.sessions[NORTH_SEA], ghent.exchange.sessions[ANTWERP]
        assert antwerp.connected(ghent)
        assert mine.dialled != theirs.dialled
        assert theirs.dialled == (NORTH_SEA < ANTWERP)
        await arrived(antwerp.release(), antwerp, ghent)
        assert antwerp.exchange.sessions[NORTH_SEA] is mine

    tell(tmp_path, story, ANTWERP, NORTH_SEA)


def test_an_attempt_into_the_void_turns_away_nobody(tmp_path: Path) -> None:
    """Ghent is behind a firewall: packets to it vanish. It dials, and its stream must not lose to Antwerp's attempt."""

    async def story(built: Federation) -> None:
        antwerp, liege = built.stations
        void = socket.create_server(("127.0.0.1", 0))  # connections are taken, and no word is ever said
        antwerp.addresses[LIEGE] = f"127.0.0.1:{void.getsockname()[1]}"
        antwerp.dials.add(LIEGE)
        antwerp.dialler.refresh()
        await asyncio.sleep(0.3)  # the attempt is under way
        liege.dial(antwerp)
        async with asyncio.timeout(5):
            await arrived(antwerp.release(), antwerp, liege)
        void.close()

    tell(tmp_path, story, LIEGE, ANTWERP)


def test_after_a_restart_of_a_peer_the_stream_comes_back_by_itself(tmp_path: Path) -> None:
    async def story(built: Federation) -> None:
        antwerp, ghent = built.stations
        antwerp.dial(ghent)
        await arrived(antwerp.release(), antwerp, ghent)
        first = antwerp.exchange.sessions[NORTH_SEA]
        ghent.exchange.sessions[ANTWERP].end("UNAVAILABLE", "as if it had stopped")
        await antwerp.until(lambda: antwerp.exchange.sessions.get(NORTH_SEA) not in {None, first})
        await arrived(antwerp.release(), antwerp, ghent)

    tell(tmp_path, story, ANTWERP, NORTH_SEA)
