"""Feeds in the order of what came last. Leaves the database at schema 16; programs from schema 13 on may use it."""

from __future__ import annotations

from alembic import op

revision = "16"
down_revision = "15"


def upgrade() -> None:
    op.create_index("feed_newest", "feed", ["newest", "number"])
    op.execute("UPDATE meta SET value = 16 WHERE name = 'schema'")
