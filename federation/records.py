"""What peers are on record to hold: from their receipts, their lists, and what they sent.

Guarantees short transactions however long a list is, and that a receipt is kept only if it verifies. What a peer merely says
it holds is its own affair: it decides what this node offers it, nothing else.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from federation.holdings import Holdings
from node import log
from node.commands import receipt, serve
from node.commands.context import Context
from node.commands.outcome import Receipt
from node.commands.serve import HEADS_DOMAIN, Head
from node.store import feeds, receipts
from node.store.errors import StoreFull
from node.store.unit import Reader, Tx
from protocol.errors import Code, ProtocolError
from protocol.ids import FeedId, Hash, NodeId
from protocol.register_view import Register

ROWS = 512
"""Rows of one transaction: a list of 20,000 feeds must not keep an alert waiting."""
COMPARED_MAX = 256
"""Feeds of one list of which the peer holds less than this node and whose roots are compared: each costs a look into the store."""
_logger = log.get("records")
_Row = tuple[int, int, Hash]


class Records:
    """The `holding` and `receipt` tables as sessions use them."""

    def __init__(self, ctx: Context, holdings: Holdings) -> None:
        self._ctx, self._holdings = ctx, holdings
        self._digests: dict[NodeId, tuple[Register, bytes]] = {}
        self._changes: Counter[NodeId] = Counter()

    def changed(self, peer: NodeId) -> None:
        """What is on record of a peer is another."""
        self._changes[peer] += 1
        self._digests.pop(peer, None)

    async def digest(self, peer: NodeId) -> bytes:
        """`Hello.digest` over what `peer` is on record to hold; remembered until that changes."""
        register, changes = self._ctx.register, self._changes[peer]
        kept = self._digests.get(peer)
        if kept is not None and kept[0] is register:
            return kept[1]
        digest = self._digest(peer, await self.of(peer))
        if changes == self._changes[peer]:
            self._digests[peer] = register, digest
        return digest

    async def learn(self, peer: NodeId, heads: Sequence[Head], *, replace: bool) -> Sequence[FeedId]:
        """Record a list; the feeds of which the peer holds another history than this node.

        On a full disk it is not recorded: lists are compared again at the next hello.
        """
        listed = {number: (size, root) for number, size, root in self._rows(peer, heads)}
        apart = await self._apart(dict(listed))
        gone: list[int] = []
        if replace:
            before = await self.of(peer)
            gone = [n for n, (size, _) in before.items() if n not in listed or listed[n][0] < size]
            listed = {n: held for n, held in listed.items() if before.get(n) != held}
        rows = [(number, size, root) for number, (size, root) in listed.items()]
        try:
            for start in range(0, max(len(rows), len(gone)), ROWS):
                part = slice(start, start + ROWS)
                await self._ctx.store.awrite(_learning(peer, rows[part], gone[part]))
        except StoreFull:
            _logger.debug("no room to record what a peer holds", peer=peer)
        finally:
            if rows or gone:
                self.changed(peer)
        return apart

    async def _apart(self, listed: Mapping[int, tuple[int, Hash]]) -> list[FeedId]:
        """Of these feeds those that are held here up to that size at least, and with another root there."""
        apart: list[FeedId] = []
        shorter: list[tuple[FeedId, int, Hash]] = []
        for number, (size, root) in listed.items():
            held = self._holdings.numbered(number)
            if held is None or size > held.size or (size, root) == held.head_of:
                continue
            if size == held.size:
                apart.append(held.feed)
            elif len(shorter) < COMPARED_MAX:
                shorter.append((held.feed, size, root))
        if shorter:
            apart += await self._ctx.store.aread(lambda reader: _other_roots(reader, shorter))
        return apart

    async def take(self, peer: NodeId, number: int, given: Receipt) -> bool:
        """Keep a receipt unless it is known; ProtocolError where it does not verify. One for more than is held says nothing yet.

        False where the peer holds another history than this node.
        """
        try:
            await self._ctx.store.awrite(lambda tx: self._take(tx, peer, number, given))
        except StoreFull:
            _logger.debug("no room to keep a peer's receipt", peer=peer)
        except ProtocolError as error:
            if error.code is Code.FORKED:
                return False
            if error.code is not Code.GAP:
                raise
        self.changed(peer)
        return True

    def _take(self, tx: Tx, peer: NodeId, number: int, given: Receipt) -> None:
        before = receipts.of_node(tx, number, peer)
        if before is None or before.cosignature != given.cosignature:
            receipt.take(tx, self._ctx, peer, given)

    async def of(self, peer: NodeId) -> dict[int, tuple[int, Hash]]:
        """What `peer` is on record to hold, by feed number: size and root."""

        def ask(reader: Reader) -> dict[int, tuple[int, Hash]]:
            return receipts.holdings(reader, peer)

        return await self._ctx.store.aread(ask)

    def _digest(self, peer: NodeId, known: dict[int, tuple[int, Hash]]) -> bytes:
        parts = []
        for held in self._holdings.served(peer):
            state = known.get(held.number)
            if state == held.head_of:
                parts.append(held.packed)
            elif state is not None:
                parts.append(held.feed + state[0].to_bytes(8, "big") + state[1])
        return hashlib.sha256(HEADS_DOMAIN + b"".join(parts)).digest()

    def _rows(self, peer: NodeId, heads: Iterable[Head]) -> Iterable[_Row]:
        """Only of feeds that are held here and that the peer may follow; of others nothing is recorded."""
        for head in heads:
            held = self._holdings.get(head.feed)
            if held is not None and head.size and self._holdings.may_serve(peer, held):
                yield held.number, head.size, head.root


def _other_roots(reader: Reader, listed: Sequence[tuple[FeedId, int, Hash]]) -> list[FeedId]:
    apart = []
    for feed, size, root in listed:
        held = feeds.find(reader, feed)
        if held is not None and size <= held.size and receipt.root_at(reader, held, size) != root:
            apart.append(feed)
    return apart


def _learning(peer: NodeId, rows: Sequence[_Row], gone: Sequence[int]) -> Callable[[Tx], None]:
    return lambda tx: serve.learn(tx, peer, rows, gone)
