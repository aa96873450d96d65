"""Beats of feeds that have carried an alert or a ban. Leaves the database at schema 10; programs from schema 9 on may use it: what
they write of such a feed is not marked, and has a beat again from its next alert on.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "10"
down_revision = "9"


def upgrade() -> None:
    op.add_column("feed", sa.Column("beats", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("stored", sa.Column("arrival", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "beat",
        sa.Column("feed", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=68), nullable=False),
        sa.Column("cosignature", sa.LargeBinary(length=76), nullable=False),
        sa.Column("signed_s", sa.Integer(), nullable=False),
        sa.Column("counted_ms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("feed"),
    )
    op.execute(
        "UPDATE feed SET beats = 1 WHERE role = 0 AND EXISTS (SELECT 1 FROM entry WHERE entry.feed = feed.number AND op = 2 "
        "AND (kind LIKE 'port2port/alert;%' OR kind LIKE 'port2port/port_ban;%'))"
    )
    op.execute("UPDATE meta SET value = 10 WHERE name = 'schema'")
