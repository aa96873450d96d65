"""Of what was done with cases: who was tied to who did it, and an index of what waits. Leaves the database at schema 25; an older program
would note what it cannot tell right.

Of what was done before, those who are tied now are the nearest that is known.
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

revision = "25"
down_revision = "24"


def upgrade() -> None:
    op.add_column("conduct", sa.Column("tied", sa.Text(), nullable=False, server_default=""))
    bind = op.get_bind()
    people = bind.exec_driver_sql("SELECT DISTINCT person FROM conduct").fetchall()
    for (person,) in people:
        found = bind.exec_driver_sql(
            "SELECT DISTINCT user FROM relation WHERE object = ? AND relation IN ('declared_relation', 'close_colleague')",
            (f"user:{uuid.UUID(bytes=person)}",),
        ).fetchall()
        tied = sorted(user.partition(":")[2].replace("-", "") for (user,) in found)
        bind.exec_driver_sql("UPDATE conduct SET tied = ? WHERE person = ?", (",".join(tied), person))
    op.create_index(
        "conduct_waits",
        "conduct",
        ["act", "file", "person", "tied", "kind", "origin"],
        sqlite_where=sa.text("reviewer IS NULL"),
    )
    op.execute("UPDATE meta SET value = 25 WHERE name IN ('schema', 'compat')")
