"""Alembic's entry point. `migrate` hands the connection in."""

from alembic import context

from services.gateway.db.models import TableBase

context.configure(connection=context.config.attributes["connection"], target_metadata=TableBase.metadata)
with context.begin_transaction():
    context.run_migrations()
