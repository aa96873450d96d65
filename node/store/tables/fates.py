"""What becomes of records here: erasures, holds, contests, what is kept aside there, what is searched; and what counts for the whole store."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlmodel import SQLModel

from node.store.tables.columns import blob, integer, real, string, string_or_none


class ErasureRow(SQLModel, table=True):
    """One ERASE that came, by its entry's key: when, and how far its destruction is here (`store.erasures.State`)."""

    __tablename__: ClassVar[Any] = "erasure"
    key: int = integer(primary_key=True)
    lineage: bytes = blob(16)
    record: bytes = blob(16, index=True)
    version: int = integer()
    origin: str = string(40)
    arrived_ms: int = integer()
    signed: int = integer()
    braked: int = integer()
    state: int = integer(index=True)


class EraseRequest(SQLModel, table=True):
    """An erasure of an own matter that one person asked for and a second one has not agreed to. `digest`: what is agreed to."""

    __tablename__: ClassVar[Any] = "erase_request"
    record: bytes = blob(16, primary_key=True)
    reason: int = integer()
    digest: bytes = blob(32)
    asked_by: str = string(80)
    asked_ms: int = integer()


class ConfirmedRow(SQLModel, table=True):
    """A holder's word that a record of an own feed (`record` empty: all of it) is destroyed there, or held: `fate`."""

    __tablename__: ClassVar[Any] = "confirmed"
    feed: int = integer(primary_key=True)
    record: bytes = blob(16, primary_key=True)
    node: str = string(40, primary_key=True)
    version: int = integer()
    fate: int = integer()
    at_ms: int = integer()
    arrival: int = integer(server_default="0")
    register_version: int = integer(server_default="0")


class Asked(SQLModel, table=True):
    """A purge of an own feed that a node was asked to confirm."""

    __tablename__: ClassVar[Any] = "asked"
    feed: int = integer(primary_key=True)
    node: str = string(40, primary_key=True)
    asked_ms: int = integer()


class AsideThere(SQLModel, table=True):
    """An entry of an own feed that a peer kept aside: `at` its index, `reason` a QuarantineReason."""

    __tablename__: ClassVar[Any] = "aside_there"
    feed: int = integer(primary_key=True)
    at: int = integer(primary_key=True)
    node: str = string(40, primary_key=True)
    reason: int = integer()
    at_ms: int = integer()


class Purge(SQLModel, table=True):
    """A feed of another that this node may not follow any more: `done_ms` when nothing of it was left here (0: not yet), `said` to its origin."""

    __tablename__: ClassVar[Any] = "purge"
    feed: int = integer(primary_key=True)
    began_ms: int = integer()
    done_ms: int = integer()
    said: int = integer()


class Hold(SQLModel, table=True):
    """A record that an authority asked to keep as it is, by its reference: asked for by one person, in force by the yes of another."""

    __tablename__: ClassVar[Any] = "hold"
    lineage: bytes = blob(16, primary_key=True)
    record: bytes = blob(16, primary_key=True)
    state: str = string(20)
    reference: str = string(80, primary_key=True)
    asked_by: str = string(80)
    asked_ms: int = integer()
    confirmed_by: str | None = string_or_none(80)
    since_ms: int = integer()


class Contested(SQLModel, table=True):
    """A record whose content somebody it concerns contests: kept, shown as contested, not matched."""

    __tablename__: ClassVar[Any] = "contested"
    lineage: bytes = blob(16, primary_key=True)
    record: bytes = blob(16, primary_key=True)
    by: str = string(80)
    since_ms: int = integer()


class Named(SQLModel, table=True):
    """Something that a record names, by a keyed digest of its form: which entry, of which feed, under which change number.

    Beside it stands what SQLModel cannot declare: `words`, an index of FTS5 over the records' words (migration 17).
    """

    __tablename__: ClassVar[Any] = "named"
    digest: bytes = blob(16, primary_key=True)
    arrival: int = integer(primary_key=True, index=True)
    key: int = integer()
    feed: int = integer()


class Indexed(SQLModel, table=True):
    """Up to which change the words of a feed's records are in the index."""

    __tablename__: ClassVar[Any] = "indexed"
    feed: int = integer(primary_key=True)
    arrival: int = integer()


class IndexAgain(SQLModel, table=True):
    """An entry that stands otherwise than when its feed was looked through."""

    __tablename__: ClassVar[Any] = "index_again"
    key: int = integer(primary_key=True)


class Budget(SQLModel, table=True):
    """What one origin has brought lately: entries and bytes, draining from `at_ms` on."""

    __tablename__: ClassVar[Any] = "budget"
    origin: str = string(40, primary_key=True)
    entries: float = real()
    bytes: float = real()
    at_ms: int = integer()
    braked: int = integer()


class Meta(SQLModel, table=True):
    """What the database says of itself: `schema`, `compat`, and `arrival`, the last change number given."""

    __tablename__: ClassVar[Any] = "meta"
    name: str = string(40, primary_key=True)
    value: int = integer()
