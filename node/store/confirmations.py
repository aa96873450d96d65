"""What peers said in their control feeds of this node's feeds: destroyed, held, kept aside; and what this node asked of them."""

# ruff: noqa: S608 - what varies in a statement is a column list of this file, never a value

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from node.store.unit import Reader, Tx
from protocol.control import Fate
from protocol.ids import NodeId, RecordId, UnixMs

_COLUMNS = "feed, record, node, version, fate, at_ms, arrival, register_version"


class Confirmed(NamedTuple):
    """A holder's word about a record of a feed (local number), or about the whole feed (`record` empty). `fate` is a DESTROYED's reason.

    `arrival`: the change number that it came under; `register`: the version of the register that the holder said it under.
    """

    feed: int
    record: bytes
    node: NodeId
    version: int
    fate: int
    at_ms: UnixMs
    arrival: int
    register: int


class KeptAside(NamedTuple):
    """A peer's word that it kept one entry aside; `reason` is a QuarantineReason."""

    feed: int
    at: int
    node: NodeId
    reason: int
    at_ms: UnixMs


def confirm(tx: Tx, one: Confirmed) -> None:
    """The latest word of a holder counts; of a higher version it stays."""
    tx.run(
        f"INSERT INTO confirmed ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (feed, record, node) "
        "DO UPDATE SET version = excluded.version, fate = excluded.fate, at_ms = excluded.at_ms, arrival = excluded.arrival, "
        "register_version = excluded.register_version WHERE excluded.version >= confirmed.version",
        *one,
    )


def whole(reader: Reader) -> Sequence[Confirmed]:
    """What holders said of whole feeds."""
    return [
        Confirmed._make(row)
        for row in reader.all(f"SELECT {_COLUMNS} FROM confirmed WHERE record = ? ORDER BY feed, node", b"")
    ]


def of_record(reader: Reader, lineage: bytes, record: RecordId) -> Sequence[Confirmed]:
    """What holders said of one record, and of whole feeds of its lineage, in the order in which it came."""
    rows = reader.all(
        f"SELECT {_COLUMNS} FROM confirmed WHERE feed IN (SELECT number FROM feed WHERE lineage = ?) "
        "AND record IN (?, ?) ORDER BY arrival",
        *(lineage, record, b""),
    )
    return [Confirmed._make(row) for row in rows]


def ask(tx: Tx, feed: int, node: NodeId, now: UnixMs) -> bool:
    """Note that a purge was asked for; false where it was before."""
    return bool(
        tx.run("INSERT OR IGNORE INTO asked (feed, node, asked_ms) VALUES (?, ?, ?)", feed, node, now)
    )


def asked(reader: Reader) -> Sequence[tuple[int, NodeId, UnixMs, bool]]:
    """(feed, node, when, confirmed) of every purge that was asked for."""
    rows = reader.all(
        "SELECT a.feed, a.node, a.asked_ms, c.node IS NOT NULL FROM asked a LEFT JOIN confirmed c "
        "ON c.feed = a.feed AND c.node = a.node AND c.record = ? ORDER BY a.node, a.feed",
        b"",
    )
    return [(row[0], NodeId(row[1]), UnixMs(row[2]), bool(row[3])) for row in rows]


def forget(tx: Tx, feed: int, node: NodeId) -> None:
    """The node may follow the feed again: what was asked and said of all of it is void."""
    tx.run("DELETE FROM asked WHERE feed = ? AND node = ?", feed, node)
    holds_again(tx, feed, node)


def holds_again(tx: Tx, feed: int, node: NodeId) -> None:
    """The node has something of the feed, or may take it: what it said of all of it, and of records before it lost them, is void."""
    tx.run(
        "DELETE FROM confirmed WHERE feed = ? AND node = ? AND arrival <= "
        "(SELECT c.arrival FROM confirmed c WHERE c.feed = ? AND c.node = ? AND c.record = ? AND c.fate = ?)",
        *(feed, node, feed, node, b"", Fate.DESTROYED),
    )
    tx.run("DELETE FROM confirmed WHERE feed = ? AND node = ? AND record = ?", feed, node, b"")


def keep_aside(tx: Tx, one: KeptAside) -> None:
    """A peer says it; once for an entry."""
    tx.run(
        "INSERT OR IGNORE INTO aside_there (feed, at, node, reason, at_ms) VALUES (?, ?, ?, ?, ?)",
        *one,
    )


def kept_aside(reader: Reader, limit: int = 200) -> Sequence[KeptAside]:
    """What peers kept aside of this node's feeds, the latest first."""
    rows = reader.all(
        "SELECT feed, at, node, reason, at_ms FROM aside_there ORDER BY at_ms DESC, feed, at LIMIT ?", limit
    )
    return [KeptAside._make(row) for row in rows]
