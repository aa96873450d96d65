"""Who opened a case; who declared what concerns a person and who is close to whom, and whether that person saw it; what a case's lead
found of a broken glass. Leaves the database at schema 26; an older program would note none of it.

Of what was before it is not known who did it; what was declared counts as not seen yet.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "26"
down_revision = "25"


def upgrade() -> None:
    op.add_column("case_file", sa.Column("opener", sa.LargeBinary(length=16), nullable=True))
    for name, size in (("kind", 40), ("declared_by", 80)):
        op.add_column("interest", sa.Column(name, sa.String(length=size), nullable=False, server_default=""))
    op.add_column("interest", sa.Column("seen", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("conduct", sa.Column("lead", sa.LargeBinary(length=16), nullable=True))
    op.add_column(
        "conduct", sa.Column("lead_words", sa.String(length=400), nullable=False, server_default="")
    )
    op.create_table(
        "tie_note",
        sa.Column("person", sa.LargeBinary(length=16), nullable=False),
        sa.Column("other", sa.LargeBinary(length=16), nullable=False),
        sa.Column("tie", sa.String(length=20), nullable=False),
        sa.Column("declared_ms", sa.Integer(), nullable=False),
        sa.Column("declared_by", sa.String(length=80), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("person", "other", "tie"),
    )
    op.execute("UPDATE meta SET value = 26 WHERE name IN ('schema', 'compat')")
