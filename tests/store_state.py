"""One hash over all that counts in a store: what two nodes, or one node before and after a crash, are compared by.

A running node compares roots. Independent of the order of arrival, of batching and of local numbers. Not in it: times of arrival, receipts, the node's own
audit feed, people.
"""

from __future__ import annotations

import hashlib

from node.store.entries import INDEX_MASK
from node.store.feeds import FeedRole
from node.store.unit import Reader


def state_digest(reader: Reader, *, feed: bytes | None = None) -> bytes:
    """SHA-256 over feeds, entries, contents and how each stands; of one feed where `feed` is its id."""
    state = hashlib.sha256()
    for line in state_lines(reader, feed=feed):
        state.update(line.encode() + b"\n")
    return state.digest()


def state_lines(reader: Reader, *, feed: bytes | None = None) -> list[str]:
    """What the digest is over, a line each, for a test that wants to see the difference."""
    found = []
    feeds = reader.all(
        "SELECT number, feed, size, root, checkpoint_size, state FROM feed WHERE role != ? AND (? IS NULL OR feed = ?) ORDER BY feed",
        *(FeedRole.AUDIT, feed, feed),
    )
    for number, name, size, root, checkpoint, state in feeds:
        found.append(f"feed {name.hex()} {size} {root.hex()} {checkpoint} {state}")
        rows = reader.all(
            "SELECT e.key, e.standing, e.shown, e.content, q.reason, q.field FROM entry e LEFT JOIN quarantine q ON q.key = e.key "
            "WHERE e.feed = ? ORDER BY e.key",
            number,
        )
        for key, standing, shown, content, reason, field in rows:
            held = hashlib.sha256(content).hexdigest()[:16] if content is not None else "-"
            found.append(f"  {key & INDEX_MASK} {standing} {shown} {held} {reason} {field}")
    return found
