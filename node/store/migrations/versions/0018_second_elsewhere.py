"""Questions to a second person at another port. Leaves the database at schema 18; programs from schema 18 on may use it: an older one
would count such an approval after its end.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "18"
down_revision = "17"


def upgrade() -> None:
    op.create_table(
        "second_asked",
        sa.Column("question", sa.LargeBinary(length=16), nullable=False),
        sa.Column("draft", sa.LargeBinary(length=16), nullable=False),
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("feed", sa.Integer(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(length=32), nullable=False),
        sa.Column("plan", sa.LargeBinary(length=32), nullable=False),
        sa.Column("began", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("nodes", sa.Text(), nullable=False),
        sa.Column("register_version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.String(length=64), nullable=False),
        sa.Column("text", sa.LargeBinary(length=32), nullable=False),
        sa.Column("barred", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("asked_ms", sa.Integer(), nullable=False),
        sa.Column("until_ms", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("why", sa.String(length=40), nullable=False),
        sa.Column("officer", sa.String(length=80), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answered_ms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("question"),
    )
    op.create_index("ix_second_asked_draft", "second_asked", ["draft"])
    op.create_table(
        "second_question",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("question", sa.LargeBinary(length=16), nullable=False),
        sa.Column("origin", sa.String(length=40), nullable=False),
        sa.Column("until_ms", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("officer", sa.String(length=80), nullable=False),
        sa.Column("answered_ms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_second_question_question", "second_question", ["question"])
    op.execute("UPDATE meta SET value = 18 WHERE name IN ('schema', 'compat')")
