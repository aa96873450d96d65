"""The database's shape and how it comes about. A fresh file is migrated from nothing, an older one upwards, a newer one is
used only if it says that this program may.

`meta.schema` is the shape, `meta.compat` the oldest program schema that still works on it.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from node.store.errors import NewerDatabase

SCHEMA = 27
_MIGRATIONS = Path(__file__).parent / "migrations"


def prepare(connection: Connection, name: str) -> None:
    """Bring the database to `SCHEMA`, in one transaction; `NewerDatabase` where it must not be touched. `name`: for the words."""
    found, compat = _stated(connection)
    if compat > SCHEMA:
        raise NewerDatabase(
            f"{name}: schema {found}, for programs that know schema {compat} or later; this program knows {SCHEMA}. "
            "Start the newer program, or restore a backup that this one made"
        )
    if found < SCHEMA:
        _migrate(connection)


def _stated(connection: Connection) -> tuple[int, int]:
    if not connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
        return 0, 0
    rows = connection.exec_driver_sql(
        "SELECT name, value FROM meta WHERE name IN ('schema', 'compat')"
    ).fetchall()
    stated = {str(name): int(value) for name, value in rows}
    return stated["schema"], stated["compat"]


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        command.upgrade(config, "head")
    except BaseException:
        connection.exec_driver_sql("ROLLBACK")
        raise
    connection.exec_driver_sql("COMMIT")
