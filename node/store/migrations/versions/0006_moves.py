"""Drafts that move, correct and leave, and which records are one matter. Leaves the database at schema 6; programs from schema 6
on may use it: an older one cannot read a draft that is about to leave.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "6"
down_revision = "5"


def upgrade() -> None:
    for column in (
        sa.Column("replaces", sa.LargeBinary(length=16), nullable=True),
        sa.Column("replaces_version", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("removes", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("leaves_ms", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("leaver", sa.String(length=80), nullable=True),
        sa.Column("leaving", sa.LargeBinary(length=32), nullable=True),
        sa.Column("trouble", sa.String(length=40), nullable=False, server_default=""),
    ):
        op.add_column("draft", column)
    op.create_table(
        "sibling",
        sa.Column("record", sa.LargeBinary(length=16), nullable=False),
        sa.Column("matter", sa.LargeBinary(length=16), nullable=False),
        sa.PrimaryKeyConstraint("record"),
    )
    op.create_index("ix_sibling_matter", "sibling", ["matter"])
    op.execute("UPDATE meta SET value = 6 WHERE name IN ('schema', 'compat')")
