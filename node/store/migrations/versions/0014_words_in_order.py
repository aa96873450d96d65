"""Words of holders in the order in which they came. Leaves the database at schema 14; programs from schema 13 on may use it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "14"
down_revision = "13"


def upgrade() -> None:
    # 0: before every erasure, so that no word about a whole feed from before counts for one
    op.add_column("confirmed", sa.Column("arrival", sa.Integer(), nullable=False, server_default="0"))
    op.add_column(
        "confirmed", sa.Column("register_version", sa.Integer(), nullable=False, server_default="0")
    )
    op.execute("UPDATE meta SET value = 14 WHERE name = 'schema'")
