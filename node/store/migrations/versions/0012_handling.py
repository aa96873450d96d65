"""What this port did about alerts. Leaves the database at schema 12; programs from schema 11 on may use it: they forget to tell."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "12"
down_revision = "11"


def upgrade() -> None:
    op.create_table(
        "handling",
        sa.Column("lineage", sa.LargeBinary(length=16), nullable=False),
        sa.Column("record", sa.LargeBinary(length=16), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("since_ms", sa.Integer(), nullable=False),
        sa.Column("guard_ms", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("told", sa.LargeBinary(length=16), nullable=True),
        sa.PrimaryKeyConstraint("lineage", "record"),
    )
    # what was withdrawn before is not answered
    op.execute("INSERT INTO meta (name, value) SELECT 'told', value FROM meta WHERE name = 'arrival'")
    op.execute("UPDATE meta SET value = 12 WHERE name = 'schema'")
