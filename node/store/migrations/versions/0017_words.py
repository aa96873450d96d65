"""What records are found by: an index of words, digests of what they name, how far that is filled, and triggers that take out of
both what is changed, destroyed or in no list any more. Leaves the database at schema 17; programs from schema 17 on may use it: an
older one would not rewrite the index after something was destroyed.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "17"
down_revision = "16"

_LEAVES = """
  UPDATE meta SET value = 1 WHERE name = 'words_left' AND EXISTS (SELECT 1 FROM words_content WHERE id = old.arrival);
  DELETE FROM words WHERE rowid = old.arrival;
  DELETE FROM named WHERE arrival = old.arrival;
"""


def upgrade() -> None:
    op.execute(
        "CREATE VIRTUAL TABLE words USING fts5(said, key UNINDEXED, feed UNINDEXED, detail=none, columnsize=0, "
        "tokenize=\"ascii tokenchars '_'\")"
    )
    op.create_table(
        "named",
        sa.Column("digest", sa.LargeBinary(length=16), nullable=False),
        sa.Column("arrival", sa.Integer(), nullable=False),
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("feed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("digest", "arrival"),
    )
    op.create_index("ix_named_arrival", "named", ["arrival"])
    op.create_table(
        "indexed",
        sa.Column("feed", sa.Integer(), nullable=False),
        sa.Column("arrival", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("feed"),
    )
    op.create_table(
        "index_again", sa.Column("key", sa.Integer(), nullable=False), sa.PrimaryKeyConstraint("key")
    )
    op.execute("INSERT INTO meta (name, value) VALUES ('words_left', 0)")
    op.execute(
        "CREATE TRIGGER words_of_changed AFTER UPDATE OF standing, shown, content, arrival ON entry "
        f"WHEN old.shown > 0 BEGIN {_LEAVES} END"
    )
    op.execute(
        f"CREATE TRIGGER words_of_deleted AFTER DELETE ON entry WHEN old.shown > 0 BEGIN {_LEAVES} END"
    )
    op.execute(
        "CREATE TRIGGER words_of_shown AFTER UPDATE OF standing, shown, content, arrival ON entry "
        "WHEN new.shown > 0 AND new.standing = 1 AND new.content IS NOT NULL "
        "BEGIN INSERT OR IGNORE INTO index_again (key) VALUES (new.key); END"
    )
    op.execute("UPDATE meta SET value = 17 WHERE name IN ('schema', 'compat')")
