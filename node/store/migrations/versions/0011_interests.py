"""What concerns officers themselves, and when they are on duty. Leaves the database at schema 11; programs from schema 11 on may use it: an
older one would show people what concerns them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "11"
down_revision = "10"


def upgrade() -> None:
    op.create_table(
        "interest",
        sa.Column("person", sa.LargeBinary(length=16), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("whose", sa.String(length=20), nullable=False),
        sa.Column("declared_ms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("person", "digest"),
    )
    op.create_table(
        "interest_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "shift",
        sa.Column("person", sa.LargeBinary(length=16), nullable=False),
        sa.Column("from_ms", sa.Integer(), nullable=False),
        sa.Column("until_ms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("person", "from_ms"),
    )
    op.execute("UPDATE meta SET value = 11 WHERE name IN ('schema', 'compat')")
