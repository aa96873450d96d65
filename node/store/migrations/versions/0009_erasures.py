"""Erasures and purges, how far they came here and at peers, and heads of the audit log. Leaves the database at schema 9; programs
from schema 9 on may use it: an older one would neither destroy what is due nor hide what is being purged.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "9"
down_revision = "8"


def _blob(name: str, size: int) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(length=size), nullable=False)


def _integer(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _text(name: str, size: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=size), nullable=False)


def upgrade() -> None:
    op.create_table(
        "erasure",
        *(
            _integer("key"),
            _blob("lineage", 16),
            _blob("record", 16),
            _integer("version"),
            _text("origin", 40),
        ),
        *(_integer("arrived_ms"), _integer("signed"), _integer("braked"), _integer("state")),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_erasure_record", "erasure", ["record"])
    op.create_index("ix_erasure_state", "erasure", ["state"])
    op.execute(  # erasures that an older program hid: they cool from when they came
        "INSERT INTO erasure SELECT e.key, f.lineage, e.record, e.version, f.origin, e.arrived_us / 1000, 0, 0, 0 FROM entry e "
        "JOIN feed f ON f.number = e.feed WHERE e.op = 4 AND e.record IS NOT NULL"
    )
    op.create_table(
        "erase_request",
        *(
            _blob("record", 16),
            _integer("reason"),
            _blob("digest", 32),
            _text("asked_by", 80),
            _integer("asked_ms"),
        ),
        sa.PrimaryKeyConstraint("record"),
    )
    op.create_table(
        "confirmed",
        *(_integer("feed"), _blob("record", 16), _text("node", 40)),
        *(_integer("version"), _integer("fate"), _integer("at_ms")),
        sa.PrimaryKeyConstraint("feed", "record", "node"),
    )
    op.create_table(
        "asked",
        *(_integer("feed"), _text("node", 40), _integer("asked_ms")),
        sa.PrimaryKeyConstraint("feed", "node"),
    )
    op.create_table(
        "aside_there",
        *(_integer("feed"), _integer("at"), _text("node", 40), _integer("reason"), _integer("at_ms")),
        sa.PrimaryKeyConstraint("feed", "at", "node"),
    )
    op.create_table(
        "audit_head",
        *(_integer("feed"), _integer("size"), _blob("head", 32), _blob("salt", 32), _integer("at_ms")),
        sa.PrimaryKeyConstraint("feed", "size"),
    )
    op.create_table(
        "head_told",
        *(_text("node", 40), _blob("head", 32)),
        sa.PrimaryKeyConstraint("node"),
    )
    op.create_table(
        "purge",
        *(_integer("feed"), _integer("began_ms"), _integer("done_ms"), _integer("said")),
        sa.PrimaryKeyConstraint("feed"),
    )
    op.execute("INSERT INTO meta (name, value) VALUES ('erasures', 0)")
    op.execute("UPDATE meta SET value = 9 WHERE name IN ('schema', 'compat')")
