"""The database's shape: migrated exactly as declared, upwards only, and never by a program too old for it."""

from __future__ import annotations

import os
import stat
import uuid
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from inline_store import InlineStore
from sqlmodel import SQLModel

from node.store import schema, tables
from node.store.engine import Tuning, writer_engine
from node.store.errors import NewerDatabase, StoreBroken
from node.store.schema import SCHEMA, prepare
from node.store.sqlite import SqliteStore


def test_the_migrations_make_what_tables_declares() -> None:
    assert tables.feeds.Entry is not None
    with writer_engine(None, Tuning()).connect() as connection:
        prepare(connection, "memory")
        own = {"compare_type": True, "include_name": _is_declared}
        context = MigrationContext.configure(connection, opts=own)
        assert compare_metadata(context, SQLModel.metadata) == []
        connection.exec_driver_sql("DROP INDEX entry_record")  # the fault that the comparison must see
        assert compare_metadata(context, SQLModel.metadata) != []


def _is_declared(name: str | None, sort: str, _parents: object) -> bool:
    """The index of words is SQLite's own (FTS5), with the tables that it keeps itself in."""
    return not (sort == "table" and name in WORDS)


WORDS = {"words", "words_data", "words_idx", "words_content", "words_config"}


def test_a_newer_database_is_refused_with_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    store = InlineStore(path)
    store.write(lambda tx: tx.run("UPDATE meta SET value = 99 WHERE name IN ('schema', 'compat')")).result()
    store.close()
    with pytest.raises(NewerDatabase) as refused:
        SqliteStore(path)
    assert str(refused.value) == (
        f"node.db: schema 99, for programs that know schema 99 or later; this program knows {SCHEMA}. "
        "Start the newer program, or restore a backup that this one made"
    )


def test_a_newer_database_that_this_program_may_use_is_used(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    store = InlineStore(path)
    store.write(lambda tx: tx.run("UPDATE meta SET value = 99 WHERE name = 'schema'")).result()
    store.close()
    SqliteStore(path).close()


def test_a_migration_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic import command

    def fail(*_: object) -> None:
        raise OSError("power")

    real = command.upgrade

    def half(config: object, revision: str) -> None:
        real(config, revision)  # type: ignore[arg-type]
        fail()

    monkeypatch.setattr(command, "upgrade", half)
    with pytest.raises(OSError, match="power"):
        SqliteStore(tmp_path / "node.db")
    monkeypatch.undo()
    store = SqliteStore(tmp_path / "node.db")
    assert store.read(lambda r: r.all("SELECT value FROM meta WHERE name = 'schema'"))[0][0] == SCHEMA
    store.close()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    path.write_bytes(b"this is not a database, and longer than a page header would be" * 4)
    with pytest.raises(StoreBroken):
        SqliteStore(path)


def test_a_database_is_its_owners_alone_however_it_was_before(tmp_path: Path) -> None:
    def modes() -> dict[str, int]:
        return {each.name: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()}

    private = dict.fromkeys(("node.db", "node.db-shm", "node.db-wal"), 0o600)
    before = os.umask(0o022)
    try:
        for _ in range(2):
            store = SqliteStore(tmp_path / "node.db")
            store.read(lambda reader: reader.one("SELECT 1"))
            assert modes() == private
            for name in private:
                (tmp_path / name).chmod(0o644)
            beside = SqliteStore(tmp_path / "node.db")
            assert modes() == private
            beside.close()
            store.close()
            (tmp_path / "node.db").chmod(0o644)
    finally:
        os.umask(before)


def test_a_glass_that_was_broken_before_waits_for_its_review_after_the_migration() -> None:
    from alembic import command
    from alembic.config import Config

    with writer_engine(None, Tuning()).connect() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, "22")
        for entry, opened in ((b"2" * 16, 2), (b"1" * 16, 3)):
            connection.exec_driver_sql(
                "INSERT INTO glass VALUES (?, ?, ?, 'Seen again', ?, 9, NULL, 0, '')",
                (entry, b"c" * 16, b"p" * 16, opened),
            )
        person, tied = uuid.UUID(bytes=b"p" * 16), uuid.UUID(bytes=b"t" * 16)
        connection.exec_driver_sql(
            "INSERT INTO relation (object, relation, user, condition, context) VALUES (?, 'close_colleague', ?, '', '')",
            (f"user:{person}", f"user:{tied}"),
        )
        command.upgrade(config, "head")
        assert connection.exec_driver_sql("SELECT DISTINCT tied FROM conduct").fetchall() == [(tied.hex,)]
        rows = connection.exec_driver_sql(
            "SELECT entry, act, person, at_ms, reason FROM conduct ORDER BY number"
        )
        kept = (b"p" * 16, "Seen again")
        assert [tuple(row) for row in rows] == [
            (entry, "glass_break", kept[0], at, kept[1]) for entry, at in ((b"2" * 16, 2), (b"1" * 16, 3))
        ]
