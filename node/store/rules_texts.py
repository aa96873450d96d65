"""Texts of the rules of release without an officer: at most one that waits, and all that two persons agreed on, the newest in force."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from node.store.unit import Reader, Tx
from protocol.ids import UnixMs

# ruff: noqa: S608 - what varies in a statement is a column list of this file, never a value
_COLUMNS = "text, digest, proposed_by, proposed_ms, agreed_by, agreed_ms"


class RulesRow(NamedTuple):
    """A text as its file had it, and its SHA-256; `agreed_by` is empty while it waits for a second person."""

    text: bytes
    digest: bytes
    proposed_by: str
    proposed_ms: UnixMs
    agreed_by: str = ""
    agreed_ms: UnixMs = UnixMs(0)


def agreed(reader: Reader) -> RulesRow | None:
    """The newest that two persons agreed on."""
    return _newest(reader, "agreed_by <> ''")


def digest_in_force(reader: Reader) -> bytes | None:
    """Of the newest that two persons agreed on."""
    row = reader.one("SELECT digest FROM rules_text WHERE agreed_by <> '' ORDER BY number DESC LIMIT 1")
    return row[0] if row else None


def waiting(reader: Reader) -> RulesRow | None:
    """What somebody proposed and nobody agreed to yet."""
    return _newest(reader, "agreed_by = ''")


def propose(tx: Tx, row: RulesRow) -> None:
    """In place of one that waited before."""
    tx.run("DELETE FROM rules_text WHERE agreed_by = ''")
    tx.run(
        f"INSERT INTO rules_text (number, {_COLUMNS}) "
        "VALUES ((SELECT coalesce(max(number), 0) + 1 FROM rules_text), ?, ?, ?, ?, ?, ?)",
        *row,
    )


def agree(tx: Tx, by: str, at_ms: UnixMs) -> None:
    """What waits is in force from now on."""
    tx.run("UPDATE rules_text SET agreed_by = ?, agreed_ms = ? WHERE agreed_by = ''", by, at_ms)


def agreed_in(database: Path) -> RulesRow | None:
    """The same of a database that is not opened as a node's: nothing is migrated or written. None where there is none, or it is older."""
    if not database.is_file():
        return None
    wanted = f"SELECT {_COLUMNS} FROM rules_text WHERE agreed_by <> '' ORDER BY number DESC LIMIT 1"
    try:
        with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as opened:
            row = opened.execute(wanted).fetchone()
    except sqlite3.Error:
        return None
    return RulesRow(*row) if row else None


def _newest(reader: Reader, which: str) -> RulesRow | None:
    row = reader.one(f"SELECT {_COLUMNS} FROM rules_text WHERE {which} ORDER BY number DESC LIMIT 1")
    return RulesRow(*row) if row else None
