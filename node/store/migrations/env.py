"""Run by Alembic: applies the migrations over the connection that `node.store.schema` hands in. There is no other way in."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

from node.store import tables

assert tables.Entry is not None  # the import fills the metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
