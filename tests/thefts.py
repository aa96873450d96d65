"""After a theft of Antwerp's log key: the register that voids it, and the keys that Antwerp signs with from then on."""

from __future__ import annotations

import registers
from ports import ANTWERP, NamedKeys, Port

from node.store.entries import INDEX_MASK, Standing, key_of
from node.store.feeds import FeedRow
from protocol.register import build_register
from protocol.register_view import Register


def revoked() -> Register:
    """Antwerp signs with another key, and the stolen one is void."""
    nodes = registers.nodes()
    (antwerp,) = nodes["port-antwerp-bruges"]
    antwerp |= {"log": [registers.public_key("log another")], "revoked": antwerp["log"]}
    return build_register(
        registers.board(), nodes, version=4, hash=bytes([4] * 32), expires_ms=registers.EXPIRES
    )


class NewKeys(NamedKeys):
    """Another log key; the hold key was not stolen."""

    def __init__(self) -> None:
        super().__init__("another")
        self._hold = NamedKeys(ANTWERP)._hold


def void_of(at: Port, feed: FeedRow) -> list[int]:
    """Indexes of the void entries of a feed."""
    rows = at.store.read(
        lambda r: r.all(
            "SELECT key FROM entry WHERE key >= ? AND key < ? AND standing = ? ORDER BY key",
            *(key_of(feed.number, 0), key_of(feed.number + 1, 0), Standing.VOID),
        )
    )
    return [key & INDEX_MASK for (key,) in rows]
