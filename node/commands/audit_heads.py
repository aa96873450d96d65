"""Heads of this node's audit log at its peers: each hour in which something was audited, salted, so that they tell nothing.

Guarantees that a head says exactly one log: who rewrites the log afterwards, with this node's own keys, cannot make it fit what the
peers hold. The salts stay here; with them an auditor can hold the log at hand against the heads that were said (`verify`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from node.commands import control
from node.commands.context import Context
from node.commands.receipt import root_at
from node.store import entries, feeds, receipts
from node.store.feeds import FeedRole, FeedRow
from node.store.unit import Reader, Tx
from protocol.control import HEAD_SALT, audit_head, build_audit_head
from protocol.header import parse_header
from protocol.ids import Hash, NodeId, UnixMs
from protocol.label import audit_label, named_node, parse
from protocol.operation import Op

EVERY_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Head:
    """One head: of so many entries, said at this time."""

    size: int
    head: Hash
    at_ms: UnixMs


@dataclass(frozen=True, slots=True)
class Checked:
    """One head that was said: whether the log at hand gives it, and who holds it by the own receipt, of whom it was said to."""

    size: int
    head: Hash
    at_ms: UnixMs
    fits: bool
    said_to: tuple[NodeId, ...]
    held_by: tuple[NodeId, ...]


def waiting(reader: Reader, ctx: Context) -> bool:
    """Whether a new head is due, or a member was not told of the last one."""
    head = _last(reader)
    return _due(reader, ctx, head) is not None or (head is not None and bool(_untold(reader, ctx, head)))


def take(tx: Tx, ctx: Context) -> Head | None:
    """The head that peers are to have, a new one where that is due; None where there is none yet."""
    last = _last(tx)
    feed = _due(tx, ctx, last)
    if feed is None:
        return last
    salt = ctx.random(HEAD_SALT)
    head = audit_head(salt, origin=ctx.me, feed=feed.feed, size=feed.size, root=feed.root)
    tx.run(
        "INSERT INTO audit_head (feed, size, head, salt, at_ms) VALUES (?, ?, ?, ?, ?)",
        *(feed.number, feed.size, head, salt, ctx.now()),
    )
    return Head(feed.size, head, ctx.now())


def tell(tx: Tx, ctx: Context, head: Head, *, most: int) -> int:
    """Say it to members that were not told; to how many."""
    register = ctx.register
    nodes = _untold(tx, ctx, head)[:most]
    for node in nodes:
        entry = build_audit_head(head=head.head, issued_ms=ctx.now(), register=register.version)
        control.say(tx, ctx, node, [entry])
        tx.run("INSERT OR REPLACE INTO head_told (node, head) VALUES (?, ?)", node, head.head)
    return len(nodes)


def verify(reader: Reader) -> tuple[Checked, ...]:
    """Every head that was said, the oldest first, held against the log at hand."""
    said = _said(reader)
    found: list[Checked] = []
    rows = reader.all("SELECT feed, size, head, salt, at_ms FROM audit_head ORDER BY at_ms, size")
    for number, size, head, salt, at_ms in rows:
        feed = feeds.numbered(reader, number)
        fits = size <= feed.size and head == audit_head(
            salt, origin=feed.origin, feed=feed.feed, size=size, root=root_at(reader, feed, size)
        )
        to = said.get(head, {})
        found.append(
            Checked(
                size,
                Hash(head),
                at_ms,
                fits,
                tuple(sorted(to)),
                tuple(sorted(n for n, held in to.items() if held)),
            )
        )
    return tuple(found)


def heads_of(reader: Reader, node: NodeId) -> Sequence[tuple[UnixMs, Hash]]:
    """The heads of another node's audit log that it told this one: when they came, and what they are; for its auditor."""
    rows = reader.all(
        "SELECT e.header, e.arrived_us FROM entry e JOIN feed f ON f.number = e.feed WHERE f.origin = ? AND f.role = ? AND f.own = 0 "
        "AND e.op = ? ORDER BY e.key",
        *(node, FeedRole.CONTROL, Op.AUDIT_HEAD),
    )
    return [(UnixMs(us // 1000), Hash(parse_header(header).audit_head)) for header, us in rows]


def _said(reader: Reader) -> dict[bytes, dict[NodeId, bool]]:
    """By head: to whom it was said, and whether that node's receipt covers it."""
    found: dict[bytes, dict[NodeId, bool]] = {}
    for feed in feeds.every(reader):
        if not feed.own or feed.role is not FeedRole.CONTROL:
            continue
        node = _reader_of(feed)
        receipt = receipts.of_node(reader, feed.number, node)
        rows = reader.all(
            "SELECT key, header FROM entry WHERE feed = ? AND op = ? ORDER BY key", feed.number, Op.AUDIT_HEAD
        )
        for key, header in rows:
            held = receipt is not None and receipt.has(entries.index_of(key))
            found.setdefault(parse_header(header).audit_head, {})[node] = held
    return found


def _reader_of(feed: FeedRow) -> NodeId:
    """A control feed names exactly one node."""
    (clause,) = parse(feed.label).recipients
    (name,) = clause
    return named_node(name)


def _due(reader: Reader, ctx: Context, last: Head | None) -> FeedRow | None:
    """The audit feed, where it has grown since the last head and that, or its beginning, is an hour ago."""
    register = ctx.register
    if not ctx.listed(register):
        return None
    feed = feeds.current(reader, ctx.me, audit_label(register.policy, ctx.me).text)
    if feed is None or feed.size == 0:
        return None
    since = last.at_ms if last else entries.between(reader, feed.number, 0, 1)[0].issued_ms
    grown = last is None or last.size != feed.size
    return feed if grown and ctx.now() - since >= EVERY_MS else None


def _untold(reader: Reader, ctx: Context, head: Head) -> list[NodeId]:
    register, now = ctx.register, ctx.now()
    if not ctx.listed(register):
        return []
    told = {row[0] for row in reader.all("SELECT node FROM head_told WHERE head = ?", head.head)}
    return sorted(
        node for node in register.nodes if node not in told and node != ctx.me and register.member(node, now)
    )


def _last(reader: Reader) -> Head | None:
    row = reader.one("SELECT size, head, at_ms FROM audit_head ORDER BY at_ms DESC, size DESC LIMIT 1")
    return Head(row[0], Hash(row[1]), UnixMs(row[2])) if row else None
