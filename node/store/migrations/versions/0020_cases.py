"""Cases, the records that are in them, and whose glass was broken. Leaves the database at schema 20; no older program may use it: it
would show what is in a case to everybody.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20"
down_revision = "19"


def upgrade() -> None:
    op.create_table(
        "case_file",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("opened_ms", sa.Integer(), nullable=False),
        sa.Column("closed_ms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "case_record",
        sa.Column("lineage", sa.LargeBinary(length=16), nullable=False),
        sa.Column("record", sa.LargeBinary(length=16), nullable=False),
        sa.Column("file", sa.LargeBinary(length=16), nullable=True),
        sa.Column("arrival", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("lineage", "record"),
    )
    op.create_table(
        "glass",
        sa.Column("entry", sa.LargeBinary(length=16), nullable=False),
        sa.Column("file", sa.LargeBinary(length=16), nullable=False),
        sa.Column("person", sa.LargeBinary(length=16), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("opened_ms", sa.Integer(), nullable=False),
        sa.Column("until_ms", sa.Integer(), nullable=False),
        sa.Column("reviewer", sa.LargeBinary(length=16), nullable=True),
        sa.Column("reviewed_ms", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(length=400), nullable=False),
        sa.PrimaryKeyConstraint("entry"),
    )
    op.execute("UPDATE meta SET value = 20 WHERE name IN ('schema', 'compat')")
