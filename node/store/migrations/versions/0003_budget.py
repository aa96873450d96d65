"""What each origin has brought. Leaves the database at schema 3; programs from schema 1 on may use it: they count nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "3"
down_revision = "2"


def upgrade() -> None:
    op.create_table(
        "budget",
        sa.Column("origin", sa.String(length=40), nullable=False),
        sa.Column("entries", sa.Float(), nullable=False),
        sa.Column("bytes", sa.Float(), nullable=False),
        sa.Column("at_ms", sa.Integer(), nullable=False),
        sa.Column("braked", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("origin"),
    )
    op.execute("UPDATE meta SET value = 3 WHERE name = 'schema'")
