"""SQLite as this node uses it: write-ahead log, every commit on the disk, freed pages overwritten.

Transactions are begun and ended by statements of ours; neither the driver nor SQLAlchemy begins or commits one.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry, Pool, QueuePool, StaticPool

_READER_CACHE_SHARE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """How much memory and patience SQLite gets."""

    cache_bytes: int = 64 << 20
    busy_timeout_ms: int = 5_000
    autocheckpoint_pages: int = 250
    readers: int = 8


def writer_engine(path: Path | None, tuning: Tuning) -> Engine:
    """The engine of the one connection that writes; `None`: a database in memory."""
    pragmas = (
        "journal_mode=WAL",
        "synchronous=FULL",
        "secure_delete=ON",
        "foreign_keys=ON",
        f"busy_timeout={tuning.busy_timeout_ms}",
        f"cache_size=-{tuning.cache_bytes >> 10}",
        f"wal_autocheckpoint={tuning.autocheckpoint_pages}",
        "temp_store=MEMORY",
    )
    return _engine(path, StaticPool, pragmas)


def reader_engine(path: Path, tuning: Tuning) -> Engine:
    """The engine of the connections that only read: one for each reading thread, and one for the event loop's glances."""
    pragmas = (
        "query_only=ON",
        f"busy_timeout={tuning.busy_timeout_ms}",
        f"cache_size=-{(tuning.cache_bytes // _READER_CACHE_SHARE) >> 10}",
        "temp_store=MEMORY",
    )
    return _engine(path, QueuePool, pragmas, pool_size=tuning.readers + 1, max_overflow=0)


def driver_of(connection: Connection) -> sqlite3.Connection:
    """The driver's connection below."""
    return cast("sqlite3.Connection", connection.connection.dbapi_connection)


def _engine(path: Path | None, pool: type[Pool], pragmas: tuple[str, ...], **options: int) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}" if path else "sqlite://",
        poolclass=pool,
        isolation_level="AUTOCOMMIT",
        connect_args={"check_same_thread": False, "cached_statements": 256},
        **options,
    )

    @event.listens_for(engine, "connect")
    def _set(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    return engine
