"""Evidence, witnesses, and epochs that were cut off. Leaves the database at schema 8; programs from schema 8 on may use it: an older
one would show what is void and serve what is forked.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "8"
down_revision = "7"


def upgrade() -> None:
    op.create_table(
        "evidence",
        sa.Column("origin", sa.String(length=40), nullable=False),
        sa.Column("feed", sa.LargeBinary(length=32), nullable=False),
        sa.Column("message", sa.LargeBinary(), nullable=False),
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("at_ms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("origin", "feed"),
    )
    op.create_table(
        "witness",
        sa.Column("feed", sa.Integer(), nullable=False),
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("cosignature", sa.LargeBinary(length=76), nullable=False),
        sa.PrimaryKeyConstraint("feed", "node"),
    )
    op.create_table(
        "cut",
        sa.Column("feed", sa.LargeBinary(length=32), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("feed", "by"),
    )
    op.execute("UPDATE meta SET value = 8 WHERE name IN ('schema', 'compat')")
