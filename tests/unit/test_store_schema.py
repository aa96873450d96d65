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
from sqlalchemy import Connection
from sqlmodel import SQLModel

from node.store import cases, conduct, schema, tables
from node.store.conduct import ConductRow, Deed
from node.store.engine import Tuning, writer_engine
from node.store.errors import NewerDatabase, StoreBroken
from node.store.schema import SCHEMA, prepare
from node.store.sqlite import SqliteStore
from node.store.unit import Tx
from policies.need import CaseId
from protocol.ids import RecordId, UnixMs


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


def upgrade(connection: Connection, revision: str) -> None:
    """To a schema of before, or to this one's (`head`)."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def test_a_glass_that_was_broken_before_waits_for_its_review_after_the_migration() -> None:
    with writer_engine(None, Tuning()).connect() as connection:
        upgrade(connection, "22")
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
        upgrade(connection, "head")
        assert connection.exec_driver_sql("SELECT DISTINCT tied FROM conduct").fetchall() == [(tied.hex,)]
        rows = connection.exec_driver_sql(
            "SELECT entry, act, person, at_ms, reason FROM conduct ORDER BY number"
        )
        kept = (b"p" * 16, "Seen again")
        assert [tuple(row) for row in rows] == [
            (entry, "glass_break", kept[0], at, kept[1]) for entry, at in ((b"2" * 16, 2), (b"1" * 16, 3))
        ]


def test_what_was_put_into_a_case_before_is_read_reviewed_and_taken_after_the_migration(
    tmp_path: Path,
) -> None:
    path, case, person, who = tmp_path / "node.db", CaseId(b"c" * 16), b"p" * 16, b"i" * 16
    waits, done, new = (RecordId(bytes([one]) * 16) for one in (1, 2, 3))
    with writer_engine(path, Tuning()).connect() as connection:
        upgrade(connection, "26")
        for entry, reviewer in ((done, who), (waits, None)):
            connection.exec_driver_sql(
                "INSERT INTO conduct (entry, act, file, person, at_ms, reason, until_ms, kind, origin, reviewer, reviewed_ms, words) "
                "VALUES (?, 'case_put', ?, ?, 5, '', 0, 'alert', 'x', ?, ?, '')",
                (entry, case, person, reviewer, 6 if reviewer else 0),
            )
            connection.exec_driver_sql(
                "INSERT INTO case_record (lineage, record, file, arrival) VALUES (?, ?, ?, 1)",
                (b"l" * 16, entry, case),
            )
        connection.commit()
    store = InlineStore(path)
    ((line,), many) = store.read(lambda r: conduct.lines(r, who, every=True, leads=(), limit=9))
    assert (many, line.newest.entry, line.counts) == (1, waits, (("alert", "x", 1),))
    (reviewed,) = store.read(lambda r: conduct.reviewed(r, 9))
    assert (reviewed.entry, reviewed.record, reviewed.taken_ms) == (done, None, 0)
    assert (
        store.read(lambda r: conduct.inside(r, reviewed)) == []
    )  # by which act is not known: a lead takes it out
    held = {(b"l" * 16, waits), (b"l" * 16, done)}
    assert store.read(cases.inside).keys() == held
    key = (b"l" * 16, new)

    def after(tx: Tx) -> None:
        conduct.note(tx, ConductRow(new, Deed.PUT, case, person, UnixMs(7), kind="alert", origin="x"))
        cases.put(tx, key, case, entry=new)
        row = conduct.get(tx, new)
        assert row is not None
        assert conduct.review(tx, row, who, UnixMs(8), "seen") == 2  # with what waited before

    store.write(after).result()
    row = store.read(lambda r: conduct.reviewed(r, 1))[0]
    assert store.read(lambda r: conduct.inside(r, row)) == [(new, key)]

    def taken(tx: Tx) -> None:
        conduct.take(tx, row, who, UnixMs(9), [new])
        conduct.take(tx, reviewed, who, UnixMs(9), [])
        for one in held:
            cases.put(tx, one, None)  # as a lead does

    store.write(taken).result()
    assert [
        store.read(lambda r: conduct.takings(r, new)),
        store.read(lambda r: conduct.takings(r, done)),
    ] == [{who: 9}] * 2
    assert [one.entry for one in store.read(lambda r: conduct.out_of(r, case))] == [new]
    assert store.read(cases.inside).keys() == {key}
    store.close()
