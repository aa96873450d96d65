"""Findings raised lately. Leaves the database at schema 4; programs from schema 1 on may use it: they raise them again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "4"
down_revision = "3"


def upgrade() -> None:
    op.create_table(
        "raised",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("until_ms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_raised_until_ms", "raised", ["until_ms"])
    op.execute("UPDATE meta SET value = 4 WHERE name = 'schema'")
