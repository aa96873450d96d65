"""Run by Alembic: applies the migrations over the connection that `node.store.schema` hands in. There is no other way in.

The shape that they lead to is `node/store/tables`; a test holds the two together. Loading it takes longer than all migrations, and a
node that starts has no use for it.
"""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
