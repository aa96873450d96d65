"""People of this node: accounts, clearances, ties, sessions, relations."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import Index
from sqlmodel import SQLModel

from node.store.tables.columns import blob, integer, string


class Person(SQLModel, table=True):
    """An account of this node; `site` is where the person works."""

    __tablename__: ClassVar[Any] = "person"
    id: bytes = blob(16, primary_key=True)
    login: str = string(64, unique=True)
    name: str = string(80)
    language: str = string(8)
    site: str = string(40)
    password: bytes = blob()
    disabled: int = integer()
    created_ms: int = integer()
    changed_ms: int = integer()


class Clearance(SQLModel, table=True):
    """What a person may hold under one policy marking, until when, and who verified it. `purposes` are comma-separated."""

    __tablename__: ClassVar[Any] = "clearance"
    person: bytes = blob(16, primary_key=True)
    policy: str = string(8, primary_key=True)
    level: int = integer()
    compartments: str = string()
    purposes: str = string()
    until_ms: int = integer()
    verified_by: str = string(80)


class Interest(SQLModel, table=True):
    """What concerns a person: a keyed digest of a subject (`policies/conflicts.py`), of himself, a relation or a colleague. `kind`: the type
    of the subject; `declared_by`: as in the audit; both empty where they were not noted yet. `seen`: the person said so, or declared it.
    """

    __tablename__: ClassVar[Any] = "interest"
    person: bytes = blob(16, primary_key=True)
    digest: bytes = blob(32, primary_key=True)
    whose: str = string(20)
    declared_ms: int = integer()
    kind: str = string(40, server_default="")
    declared_by: str = string(80, server_default="")
    seen: int = integer(server_default="0")


class TieNote(SQLModel, table=True):
    """Since when, and by whose word, another is a relation or close colleague of a person: one for each of the two. That they are, is a relation."""

    __tablename__: ClassVar[Any] = "tie_note"
    person: bytes = blob(16, primary_key=True)
    other: bytes = blob(16, primary_key=True)
    tie: str = string(20, primary_key=True)
    declared_ms: int = integer()
    declared_by: str = string(80)
    seen: int = integer()


class InterestKey(SQLModel, table=True):
    """The key of those digests, made with the first of them."""

    __tablename__: ClassVar[Any] = "interest_key"
    id: int = integer(primary_key=True)
    key: bytes = blob(32)


class Shift(SQLModel, table=True):
    """When a person is on duty, from and until. A person with a shift, past ones too, is on duty in shifts alone."""

    __tablename__: ClassVar[Any] = "shift"
    person: bytes = blob(16, primary_key=True)
    from_ms: int = integer(primary_key=True)
    until_ms: int = integer()


class Session(SQLModel, table=True):
    """A signed-in browser. The key is the hash of the secret the browser holds."""

    __tablename__: ClassVar[Any] = "session"
    hash: bytes = blob(32, primary_key=True)
    person: bytes = blob(16, index=True)
    purpose: str = string(40)
    csrf: bytes = blob(32)
    created_ms: int = integer()
    seen_ms: int = integer()


class OneTime(SQLModel, table=True):
    """A sign-in that works once. The key is the hash of its secret."""

    __tablename__: ClassVar[Any] = "one_time"
    hash: bytes = blob(32, primary_key=True)
    person: bytes = blob(16)
    expires_ms: int = integer()


class Attempt(SQLModel, table=True):
    """A failed sign-in, by account and by address, both hashed."""

    __tablename__: ClassVar[Any] = "attempt"
    number: int = integer(primary_key=True)
    subject: bytes = blob(32, index=True)
    at_ms: int = integer()


class RelationTuple(SQLModel, table=True):
    """One relation: `user` has `relation` to `object`, under a condition or none. Sorted both ways by its two indexes."""

    __tablename__: ClassVar[Any] = "relation"
    __table_args__: ClassVar[Any] = (Index("relation_user", "user", "relation", "object"),)
    object: str = string(200, primary_key=True)
    relation: str = string(60, primary_key=True)
    user: str = string(200, primary_key=True)
    condition: str = string(60)
    context: str = string()
