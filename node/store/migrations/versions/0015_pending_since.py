"""When a checkpoint came that is still to be reached. Leaves the database at schema 15; programs from schema 13 on may use it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "15"
down_revision = "14"


def upgrade() -> None:
    op.add_column("pending", sa.Column("came_ms", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE pending SET came_ms = CAST(strftime('%s', 'now') AS INTEGER) * 1000")
    op.execute("UPDATE meta SET value = 15 WHERE name = 'schema'")
