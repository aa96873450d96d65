"""Several holds on one record, one for each reference. Leaves the database at schema 13; programs from schema 13 on may use it: an
older one would end another authority's hold with one's own.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "13"
down_revision = "12"


def upgrade() -> None:
    op.rename_table("hold", "hold_before")
    op.create_table(
        "hold",
        sa.Column("lineage", sa.LargeBinary(length=16), nullable=False),
        sa.Column("record", sa.LargeBinary(length=16), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("asked_ms", sa.Integer(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=80), nullable=True),
        sa.Column("since_ms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("lineage", "record", "reference"),
    )
    op.execute("INSERT INTO hold SELECT * FROM hold_before")
    op.drop_table("hold_before")
    op.execute("UPDATE meta SET value = 13 WHERE name IN ('schema', 'compat')")
