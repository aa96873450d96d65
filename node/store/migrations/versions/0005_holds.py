"""Holds and contested records. Leaves the database at schema 5; programs from schema 5 on may use it: an older one would
destroy what an authority asked to keep.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "5"
down_revision = "4"


def upgrade() -> None:
    op.create_table(
        "hold",
        sa.Column("lineage", sa.LargeBinary(length=16), nullable=False),
        sa.Column("record", sa.LargeBinary(length=16), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("asked_ms", sa.Integer(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=80), nullable=True),
        sa.Column("since_ms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("lineage", "record"),
    )
    op.create_table(
        "contested",
        sa.Column("lineage", sa.LargeBinary(length=16), nullable=False),
        sa.Column("record", sa.LargeBinary(length=16), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("since_ms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("lineage", "record"),
    )
    op.execute("UPDATE meta SET value = 5 WHERE name IN ('schema', 'compat')")
