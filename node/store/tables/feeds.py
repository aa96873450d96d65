"""Feeds, what is in them and what came of it: entries, receipts, proof of lies."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import Index, text
from sqlmodel import SQLModel

from node.store.tables.columns import blob, blob_or_none, integer, string


class Feed(SQLModel, table=True):
    """One epoch of one origin's log under one label, as far as it is held here."""

    __tablename__: ClassVar[Any] = "feed"
    __table_args__: ClassVar[Any] = (Index("feed_newest", "newest", "number"),)
    number: int = integer(primary_key=True)
    feed: bytes = blob(32, unique=True)
    origin: str = string(40)
    epoch: int = integer()
    lineage: bytes = blob(16, index=True)
    salt: bytes = blob(16)
    label: str = string()
    rules: int = integer()
    register_version: int = integer()
    role: int = integer()
    own: int = integer()
    state: int = integer()
    size: int = integer()
    root: bytes = blob(32)
    frontier: bytes = blob()
    checkpoint_size: int = integer()
    checkpoint_root: bytes = blob(32)
    checkpoint_signature: bytes = blob(68)
    newest: int = integer()
    beats: int = integer(server_default="0")
    unheard: int = integer(server_default="0")
    heard: int = integer(server_default="0")


class Entry(SQLModel, table=True):
    """One leaf: `key` is feed number << 40 | index; `nodes` the tree nodes this leaf completes, level 0 first."""

    __tablename__: ClassVar[Any] = "entry"
    __table_args__: ClassVar[Any] = (
        Index("entry_list", "feed", "shown", "arrival"),
        Index("entry_record", "record"),
        Index("entry_undoing", "key", sqlite_where=text("op IN (3, 4)")),
    )
    key: int = integer(primary_key=True)
    feed: int = integer()
    arrival: int = integer()
    arrived_us: int = integer()
    op: int = integer()
    record: bytes | None = blob_or_none(16)
    version: int = integer()
    standing: int = integer()
    shown: int = integer()
    kind: str = string(100)
    issued_ms: int = integer()
    expires_ms: int = integer()
    retain_until_ms: int = integer()
    register_version: int = integer()
    reason: int = integer()
    header: bytes = blob()
    content: bytes | None = blob_or_none()
    salt: bytes | None = blob_or_none(32)
    nodes: bytes = blob()


class Pending(SQLModel, table=True):
    """A checkpoint of an origin that came ahead of what is held of its feed: what comes must reach exactly this size and root."""

    __tablename__: ClassVar[Any] = "pending"
    feed: int = integer(primary_key=True)
    size: int = integer(primary_key=True)
    root: bytes = blob(32)
    signature: bytes = blob(68)
    came_ms: int = integer(server_default="0")


class StoredNote(SQLModel, table=True):
    """A holder's note that entry `at`, which went ahead of its backlog, is stored there, in the checkpoint at `size`."""

    __tablename__: ClassVar[Any] = "stored"
    feed: int = integer(primary_key=True)
    node: str = string(40, primary_key=True)
    at: int = integer(primary_key=True)
    size: int = integer()
    signature: bytes = blob(68)
    received_ms: int = integer()
    arrival: int = integer(server_default="0")


class Beat(SQLModel, table=True):
    """The newest beat that counted of a feed of another: its origin's cosignature of its head at `signed_s`, counted here at `counted_ms`."""

    __tablename__: ClassVar[Any] = "beat"
    feed: int = integer(primary_key=True)
    size: int = integer()
    root: bytes = blob(32)
    signature: bytes = blob(68)
    cosignature: bytes = blob(76)
    signed_s: int = integer()
    counted_ms: int = integer()


class AttachmentRow(SQLModel, table=True):
    """One file that an entry lists: `state` of `store.attachments.State`; `rank` 0 comes first; `arrival`: the change that brought it."""

    __tablename__: ClassVar[Any] = "attachment"
    __table_args__: ClassVar[Any] = (
        Index("attachment_wanted", "state", "rank", "key", "sha256"),
        Index("attachment_came", "arrival"),
    )
    key: int = integer(primary_key=True)
    sha256: bytes = blob(32, primary_key=True)
    size: int = integer()
    rank: int = integer()
    state: int = integer()
    arrival: int = integer()


class Quarantine(SQLModel, table=True):
    """An entry that verified and was not accepted: why, and what of it offends (a field path, never a value)."""

    __tablename__: ClassVar[Any] = "quarantine"
    key: int = integer(primary_key=True)
    reason: int = integer()
    field: str = string(200)
    at_ms: int = integer()


class Receipt(SQLModel, table=True):
    """The newest cosignature of one holder over one feed; `quarantined` are u64be indexes."""

    __tablename__: ClassVar[Any] = "receipt"
    feed: int = integer(primary_key=True)
    node: str = string(40, primary_key=True)
    size: int = integer()
    root: bytes = blob(32)
    cosignature: bytes = blob(76)
    signed_s: int = integer()
    received_ms: int = integer()
    quarantined: bytes = blob()
    arrival: int = integer()


class Holding(SQLModel, table=True):
    """What a peer last said it holds of a feed, by receipt or list; a list is no receipt."""

    __tablename__: ClassVar[Any] = "holding"
    node: str = string(40, primary_key=True)
    feed: int = integer(primary_key=True)
    size: int = integer()
    root: bytes = blob(32)


class Refused(SQLModel, table=True):
    """A feed not taken, whole: what a peer offered, who offered it, and why not. Holds no content and no label."""

    __tablename__: ClassVar[Any] = "refused"
    feed: bytes = blob(32, primary_key=True)
    node: str = string(40, primary_key=True)
    origin: str = string(40)
    code: str = string(40)
    words: str = string(200)
    times: int = integer()
    first_ms: int = integer()
    last_ms: int = integer()


class Evidence(SQLModel, table=True):
    """Two statements of one origin on one feed that cannot both be true: a serialised `Evidence`, and who brought it."""

    __tablename__: ClassVar[Any] = "evidence"
    origin: str = string(40, primary_key=True)
    feed: bytes = blob(32, primary_key=True)
    message: bytes = blob()
    node: str = string(40)
    at_ms: int = integer()


class Witness(SQLModel, table=True):
    """A holder's cosignature that came through others: it proves what the log was, not that the holder still has it."""

    __tablename__: ClassVar[Any] = "witness"
    feed: int = integer(primary_key=True)
    node: str = string(40, primary_key=True)
    size: int = integer()
    root: bytes = blob(32)
    cosignature: bytes = blob(76)


class Cut(SQLModel, table=True):
    """How far an epoch is good, as the EPOCH entry of a later one says; `by` is that feed's number, `feed` the id of the one cut off."""

    __tablename__: ClassVar[Any] = "cut"
    feed: bytes = blob(32, primary_key=True)
    by: int = integer(primary_key=True)
    size: int = integer()
    root: bytes = blob(32)


class Sibling(SQLModel, table=True):
    """Which records of this port are one matter: it was moved from label to label, under a new id each time."""

    __tablename__: ClassVar[Any] = "sibling"
    record: bytes = blob(16, primary_key=True)
    matter: bytes = blob(16, index=True)


class AuditHead(SQLModel, table=True):
    """A head of the own audit log that peers were told of, with the salt that stays here."""

    __tablename__: ClassVar[Any] = "audit_head"
    feed: int = integer(primary_key=True)
    size: int = integer(primary_key=True)
    head: bytes = blob(32)
    salt: bytes = blob(32)
    at_ms: int = integer()


class HeadTold(SQLModel, table=True):
    """The last head of the own audit log that a peer was told."""

    __tablename__: ClassVar[Any] = "head_told"
    node: str = string(40, primary_key=True)
    head: bytes = blob(32)


class Succession(SQLModel, table=True):
    """What a record of another port that is not here yet comes of, where that is marked here: a case, a hold, a contest."""

    __tablename__: ClassVar[Any] = "succession"
    origin: str = string(40, primary_key=True)
    successor: bytes = blob(16, primary_key=True)
    lineage: bytes = blob(16, primary_key=True)
    record: bytes = blob(16, primary_key=True)
