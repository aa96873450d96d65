"""The files that entries list. Leaves the database at schema 2; programs from schema 1 on may use it: they list no file."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2"
down_revision = "1"


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("arrival", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "sha256"),
    )
    op.create_index("attachment_wanted", "attachment", ["state", "rank", "key", "sha256"])
    op.create_index("attachment_came", "attachment", ["arrival"])
    op.execute("UPDATE meta SET value = 2 WHERE name = 'schema'")
