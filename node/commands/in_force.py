"""Whether a key that the register lists now signed the newest checkpoint held of a feed: what a revoked one signed, nobody takes or passes on."""

from __future__ import annotations

from functools import lru_cache

from node.store.feeds import FeedRow
from protocol.checkpoint import key_id_log, origin_name
from protocol.ids import FeedId, NodeId
from protocol.note import KEY_ID_BYTES
from protocol.register_view import Register


def in_force(register: Register, feed: FeedRow) -> bool:
    """By the key id alone: the signature was verified when it came."""
    entry = register.nodes.get(feed.origin)
    if entry is None or not feed.checkpoint.size:
        return False
    return feed.checkpoint.signature[:KEY_ID_BYTES] in _ids(feed.origin, feed.feed, entry.log_keys)


@lru_cache(maxsize=1024)
def _ids(origin: NodeId, feed: FeedId, publics: tuple[bytes, ...]) -> frozenset[bytes]:
    name = origin_name(origin, feed)
    return frozenset(key_id_log(name, public) for public in publics)
