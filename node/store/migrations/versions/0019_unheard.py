"""What is not read after a restore. Leaves the database at schema 19, for programs from schema 19 on: another would never show it again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "19"
down_revision = "18"


def upgrade() -> None:
    for name in ("unheard", "heard"):
        op.add_column("feed", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE meta SET value = 19 WHERE name IN ('schema', 'compat')")
