"""Whether a key that the register lists now signed the newest checkpoint held of a feed: what a revoked one signed, nobody takes or passes on.

A head without a signature is never in force: the end of a feed that was cut off here, which an EPOCH vouches for and nothing else.
"""

from __future__ import annotations

from functools import lru_cache

from node.store.feeds import FeedRow
from protocol.checkpoint import Checkpoint, key_id_log, origin_name
from protocol.ids import FeedId, NodeId
from protocol.note import KEY_ID_BYTES
from protocol.register_view import Register


def in_force(register: Register, feed: FeedRow) -> bool:
    """By the key id alone: the signature was verified when it came."""
    return bool(feed.checkpoint.size) and by_known_key(register, feed.origin, feed.feed, feed.checkpoint)


def by_known_key(register: Register, origin: NodeId, feed: FeedId, checkpoint: Checkpoint) -> bool:
    """Whether a checkpoint names a key that the register lists now; nothing is verified."""
    entry = register.nodes.get(origin)
    return entry is not None and checkpoint.signature[:KEY_ID_BYTES] in _ids(origin, feed, entry.log_keys)


@lru_cache(maxsize=1024)
def _ids(origin: NodeId, feed: FeedId, publics: tuple[bytes, ...]) -> frozenset[bytes]:
    name = origin_name(origin, feed)
    return frozenset(key_id_log(name, public) for public in publics)
