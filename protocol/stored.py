"""The `stored` note: a holder's word that one entry, which overtook a backlog, is stored and acted on.

It answers at once and is no receipt: the cosignature follows when everything before the entry is there too. A C2SP
note by the `hold` key under the name `port2port/<holder>/hold`; its first line keeps it apart from a cosignature.
"""

from __future__ import annotations

from collections.abc import Iterable

from protocol.checkpoint import CHECKPOINT_SIGNATURE_BYTES, hold_name, key_id_log
from protocol.errors import BadSignature
from protocol.ids import FeedId, Hash, NodeId
from protocol.keys import Signer, signed_by
from protocol.note import KEY_ID_BYTES, to_base64


def stored_text(*, origin: NodeId, feed: FeedId, index: int, leaf: Hash, size: int, root: Hash) -> bytes:
    """The six lines that are signed: what, whose feed, index, leaf, and the checkpoint it was proven in."""
    lines = (
        "port2port/stored/v1",
        f"{origin}/{feed.hex()}",
        str(index),
        to_base64(leaf),
        str(size),
        to_base64(root),
    )
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def sign_stored(
    *,
    holder: NodeId,
    origin: NodeId,
    feed: FeedId,
    index: int,
    leaf: Hash,
    size: int,
    root: Hash,
    public: bytes,
    sign: Signer,
) -> bytes:
    """4 bytes key id, 64 bytes Ed25519."""
    body = stored_text(origin=origin, feed=feed, index=index, leaf=leaf, size=size, root=root)
    return key_id_log(hold_name(holder), public) + sign(body)


def verify_stored(
    signature: bytes,
    *,
    holder: NodeId,
    origin: NodeId,
    feed: FeedId,
    index: int,
    leaf: Hash,
    size: int,
    root: Hash,
    publics: Iterable[bytes],
) -> None:
    """BadSignature unless one of the holder's `hold` keys signed exactly this."""
    if len(signature) != CHECKPOINT_SIGNATURE_BYTES:
        raise BadSignature(f"{CHECKPOINT_SIGNATURE_BYTES} bytes", where="stored.signature")
    body = stored_text(origin=origin, feed=feed, index=index, leaf=leaf, size=size, root=root)
    name, keyed, raw = hold_name(holder), signature[:KEY_ID_BYTES], signature[KEY_ID_BYTES:]
    if not any(key_id_log(name, p) == keyed and signed_by(p, body, raw) for p in publics):
        raise BadSignature("made by no hold key of the holder", where="stored.signature")
