"""What is put into a case waits for a review as a broken glass does. Leaves the database at schema 23; older programs know of no such
table.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "23"
down_revision = "22"


def upgrade() -> None:
    op.create_table(
        "conduct",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("entry", sa.LargeBinary(length=16), nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("file", sa.LargeBinary(length=16), nullable=False),
        sa.Column("person", sa.LargeBinary(length=16), nullable=False),
        sa.Column("at_ms", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("until_ms", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("origin", sa.String(length=40), nullable=False),
        sa.Column("reviewer", sa.LargeBinary(length=16), nullable=True),
        sa.Column("reviewed_ms", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(length=400), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.execute(
        "INSERT INTO conduct (entry, act, file, person, at_ms, reason, until_ms, kind, origin, reviewer, reviewed_ms, words) "
        "SELECT entry, 'glass_break', file, person, opened_ms, reason, until_ms, '', '', reviewer, reviewed_ms, words "
        "FROM glass ORDER BY opened_ms, entry"
    )
    op.drop_table("glass")
    op.execute("UPDATE meta SET value = 23 WHERE name IN ('schema', 'compat')")
