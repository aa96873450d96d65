"""What a record of another port that is not here yet comes of, where that is marked here. Leaves the database at schema 22; older
programs would let a record out of its case.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "22"
down_revision = "21"


def upgrade() -> None:
    op.create_table(
        "succession",
        sa.Column("origin", sa.String(length=40), nullable=False),
        sa.Column("successor", sa.LargeBinary(length=16), nullable=False),
        sa.Column("lineage", sa.LargeBinary(length=16), nullable=False),
        sa.Column("record", sa.LargeBinary(length=16), nullable=False),
        sa.PrimaryKeyConstraint("origin", "successor", "lineage", "record"),
    )
    op.execute("UPDATE meta SET value = 22 WHERE name IN ('schema', 'compat')")
