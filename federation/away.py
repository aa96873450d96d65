"""What peers that are away were told last, so that they hear what grew since, and not of every feed again.

Of this node's own feeds a peer has on record what it confirmed itself, which this node has on record too; of the others it has what this
node told it, which is what is held now but for what came while the peer was away: that is noted here, in memory, a few bytes a feed that grew.
A guess that is wrong costs a whole list: it is compared with the digest that the peer sends.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from federation.holdings import Held
from node.commands.serve import HEADS_DOMAIN, Head
from protocol.ids import FeedId, Hash, NodeId
from protocol.limits import LIST_MAX

Known = Mapping[int, tuple[int, Hash]]


class Away:
    """By peer the feeds of others that grew since it left, as they were then; b"" for one that is new."""

    def __init__(self, me: NodeId) -> None:
        self._me = me
        self._before: dict[NodeId, dict[FeedId, bytes]] = {}

    def left(self, peer: NodeId) -> None:
        """From now on nothing is told to the peer."""
        self._before[peer] = {}

    def back(self, peer: NodeId) -> None:
        """It is told again."""
        self._before.pop(peer, None)

    def grew(self, feed: FeedId, before: bytes) -> None:
        """A feed of another origin has more, in place of what was packed as `before`."""
        for peer, told in list(self._before.items()):
            told.setdefault(feed, before)
            if len(told) > LIST_MAX:  # a whole list is hardly longer
                del self._before[peer]

    def grown(
        self, peer: NodeId, served: Sequence[Held], confirmed: Known, digest: bytes
    ) -> list[Head] | None:
        """What of `served` grew since the peer was told; None unless `digest` shows that it has on record what it was told.

        `confirmed`: what the peer is on record to hold, by feed number.
        """
        before = self._before.get(peer)
        if before is None:
            return None
        told, heads = hashlib.sha256(HEADS_DOMAIN), []
        for held in served:
            state = self._told(held, confirmed.get(held.number), before)
            told.update(state)
            if state != held.packed:
                heads.append(held.head)
        return heads if told.digest() == digest else None

    def _told(self, held: Held, confirmed: tuple[int, Hash] | None, before: Mapping[FeedId, bytes]) -> bytes:
        """The feed as it stands in the peer's digest; nothing where it is not in it."""
        if confirmed is None:
            return b""
        if held.origin == self._me:
            size, root = confirmed
            return held.feed + size.to_bytes(8, "big") + root
        return before.get(held.feed, held.packed)
