"""What overtakes a backlog. Leaves the database at schema 7; programs from schema 7 on may use it: others would take an entry
that came ahead for one in its place.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "7"
down_revision = "6"


def upgrade() -> None:
    op.create_table(
        "pending",
        sa.Column("feed", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=68), nullable=False),
        sa.PrimaryKeyConstraint("feed", "size"),
    )
    op.create_table(
        "stored",
        sa.Column("feed", sa.Integer(), nullable=False),
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=68), nullable=False),
        sa.Column("received_ms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "node", "at"),
    )
    op.create_index("entry_undoing", "entry", ["key"], sqlite_where=sa.text("op IN (3, 4)"))
    op.execute("UPDATE meta SET value = 7 WHERE name IN ('schema', 'compat')")
