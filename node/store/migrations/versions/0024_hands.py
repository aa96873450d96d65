"""Drafts of who may draft a kind and not publish it: in whose hands each is, and why it was sent back. Leaves the database at schema 24; no
older program may use it: it would show to others what is not handed over.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "24"
down_revision = "23"


def upgrade() -> None:
    op.add_column("draft", sa.Column("hand", sa.String(length=10), nullable=False, server_default=""))
    op.add_column("draft", sa.Column("word", sa.String(length=400), nullable=False, server_default=""))
    op.execute("UPDATE meta SET value = 24 WHERE name IN ('schema', 'compat')")
