"""The rules of release without an officer: the text that waits for a second person, and those that two persons agreed on. Leaves the
database at schema 21; no older program may use it: it would take the file as it is.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "21"
down_revision = "20"


def upgrade() -> None:
    op.create_table(
        "rules_text",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("proposed_by", sa.String(length=40), nullable=False),
        sa.Column("proposed_ms", sa.Integer(), nullable=False),
        sa.Column("agreed_by", sa.String(length=40), nullable=False),
        sa.Column("agreed_ms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.execute("UPDATE meta SET value = 21 WHERE name IN ('schema', 'compat')")
