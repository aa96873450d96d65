"""Of what was put into a case: which record, by which act a record is in it, what a review took out, and who took out what he may of which line. Leaves the database at schema 27; an
older program would not say by which act it puts a record in.

Of what was put in before it is not known by which act: whoever leads the case takes that out.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "27"
down_revision = "26"


def upgrade() -> None:
    op.add_column("case_record", sa.Column("entry", sa.LargeBinary(length=16), nullable=True))
    for name in ("lineage", "record"):
        op.add_column("conduct", sa.Column(name, sa.LargeBinary(length=16), nullable=True))
    op.add_column("conduct", sa.Column("taken_ms", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "taking",
        sa.Column("entry", sa.LargeBinary(length=16), nullable=False),
        sa.Column("taker", sa.LargeBinary(length=16), nullable=False),
        sa.Column("at_ms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("entry", "taker"),
    )
    op.execute("UPDATE meta SET value = 27 WHERE name IN ('schema', 'compat')")
