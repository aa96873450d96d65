"""After a change of keys: the heads of a node's own feeds signed anew, so that the old key can be dropped from the register.

Guarantees that nothing new is said: the same size and root, by the key of now. A head that a key signed which the register does not
list (it was revoked) is left as it is: what such a key said is not vouched for again.
"""

from __future__ import annotations

from node.commands.context import Context
from node.store import feeds
from node.store.feeds import FeedState
from node.store.unit import Tx
from protocol import checkpoint
from protocol.note import KEY_ID_BYTES
from protocol.register_view import Register

_SOUND = frozenset({FeedState.OPEN, FeedState.CLOSED})
"""A feed that was cut off, restored or contradicted is another matter: `revocation.py`, `restored.py`, `evidence.py`."""


def resign(tx: Tx, ctx: Context, register: Register) -> int:
    """Sign what another listed key of this node signed; returns how many heads that were."""
    entry = register.nodes.get(ctx.me)
    if entry is None:
        return 0
    count = 0
    for feed in feeds.every(tx):
        if not feed.own or not feed.checkpoint.size or feed.state not in _SOUND:
            continue
        name, by = (
            checkpoint.origin_name(ctx.me, feed.feed),
            feed.checkpoint.signature[:KEY_ID_BYTES],
        )
        others = {checkpoint.key_id_log(name, key) for key in entry.log_keys if key != ctx.keys.log_public}
        if by not in others:
            continue
        made = checkpoint.sign(
            origin=ctx.me,
            feed=feed.feed,
            size=feed.checkpoint.size,
            root=feed.checkpoint.root,
            public=ctx.keys.log_public,
            sign=ctx.keys.sign_log,
        )
        feeds.resign(tx, feed.number, made.signature)
        count += 1
    return count
