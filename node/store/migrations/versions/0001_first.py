"""Feeds, entries, receipts, drafts, people. Leaves the database at schema 1; programs from schema 1 on may use it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "attempt",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("subject", sa.LargeBinary(length=32), nullable=False),
        sa.Column("at_ms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_attempt_subject", "attempt", ["subject"])

    op.create_table(
        "clearance",
        sa.Column("person", sa.LargeBinary(length=16), nullable=False),
        sa.Column("policy", sa.String(length=8), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("compartments", sa.Text(), nullable=False),
        sa.Column("purposes", sa.Text(), nullable=False),
        sa.Column("until_ms", sa.Integer(), nullable=False),
        sa.Column("verified_by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("person", "policy"),
    )
    op.create_table(
        "draft",
        sa.Column("record", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("lineage", sa.LargeBinary(length=16), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("content_type", sa.String(length=100), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("lasts_ms", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("editor", sa.String(length=80), nullable=False),
        sa.Column("approver", sa.String(length=80), nullable=True),
        sa.Column("approved", sa.LargeBinary(length=32), nullable=True),
        sa.Column("detector", sa.String(length=80), nullable=True),
        sa.Column("rule", sa.String(length=80), nullable=True),
        sa.Column("created_ms", sa.Integer(), nullable=False),
        sa.Column("updated_ms", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("record"),
    )
    op.create_index("ix_draft_state", "draft", ["state"])

    op.create_table(
        "entry",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("feed", sa.Integer(), nullable=False),
        sa.Column("arrival", sa.Integer(), nullable=False),
        sa.Column("arrived_us", sa.Integer(), nullable=False),
        sa.Column("op", sa.Integer(), nullable=False),
        sa.Column("record", sa.LargeBinary(length=16), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("standing", sa.Integer(), nullable=False),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=100), nullable=False),
        sa.Column("issued_ms", sa.Integer(), nullable=False),
        sa.Column("expires_ms", sa.Integer(), nullable=False),
        sa.Column("retain_until_ms", sa.Integer(), nullable=False),
        sa.Column("register_version", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Integer(), nullable=False),
        sa.Column("header", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("salt", sa.LargeBinary(length=32), nullable=True),
        sa.Column("nodes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("entry_list", "entry", ["feed", "shown", "arrival"])
    op.create_index("entry_record", "entry", ["record"])

    op.create_table(
        "feed",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("feed", sa.LargeBinary(length=32), nullable=False),
        sa.Column("origin", sa.String(length=40), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("lineage", sa.LargeBinary(length=16), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("rules", sa.Integer(), nullable=False),
        sa.Column("register_version", sa.Integer(), nullable=False),
        sa.Column("role", sa.Integer(), nullable=False),
        sa.Column("own", sa.Integer(), nullable=False),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("checkpoint_size", sa.Integer(), nullable=False),
        sa.Column("checkpoint_root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("checkpoint_signature", sa.LargeBinary(length=68), nullable=False),
        sa.Column("newest", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("feed"),
    )
    op.create_index("ix_feed_lineage", "feed", ["lineage"])

    op.create_table(
        "holding",
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("feed", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("node", "feed"),
    )
    op.create_table(
        "meta",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "one_time",
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("person", sa.LargeBinary(length=16), nullable=False),
        sa.Column("expires_ms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("site", sa.String(length=40), nullable=False),
        sa.Column("password", sa.LargeBinary(), nullable=False),
        sa.Column("disabled", sa.Integer(), nullable=False),
        sa.Column("created_ms", sa.Integer(), nullable=False),
        sa.Column("changed_ms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("login"),
    )
    op.create_table(
        "quarantine",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=200), nullable=False),
        sa.Column("at_ms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "receipt",
        sa.Column("feed", sa.Integer(), nullable=False),
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("cosignature", sa.LargeBinary(length=76), nullable=False),
        sa.Column("signed_s", sa.Integer(), nullable=False),
        sa.Column("received_ms", sa.Integer(), nullable=False),
        sa.Column("quarantined", sa.LargeBinary(), nullable=False),
        sa.Column("arrival", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "node"),
    )
    op.create_table(
        "refused",
        sa.Column("feed", sa.LargeBinary(length=32), nullable=False),
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("origin", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("words", sa.String(length=200), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first_ms", sa.Integer(), nullable=False),
        sa.Column("last_ms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "node"),
    )
    op.create_table(
        "relation",
        sa.Column("object", sa.String(length=200), nullable=False),
        sa.Column("relation", sa.String(length=60), nullable=False),
        sa.Column("user", sa.String(length=200), nullable=False),
        sa.Column("condition", sa.String(length=60), nullable=False),
        sa.Column("context", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("object", "relation", "user"),
    )
    op.create_index("relation_user", "relation", ["user", "relation", "object"])

    op.create_table(
        "session",
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("person", sa.LargeBinary(length=16), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("csrf", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_ms", sa.Integer(), nullable=False),
        sa.Column("seen_ms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index("ix_session_person", "session", ["person"])

    op.create_table(
        "watch",
        sa.Column("indicator", sa.LargeBinary(length=16), nullable=False),
        sa.Column("lineage", sa.LargeBinary(length=16), nullable=False),
        sa.Column("sighting", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("first_seen_ms", sa.Integer(), nullable=False),
        sa.Column("last_seen_ms", sa.Integer(), nullable=False),
        sa.Column("opened_ms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("indicator", "lineage"),
    )
    op.execute("INSERT INTO meta (name, value) VALUES ('schema', 1), ('compat', 1), ('arrival', 0)")
