"""Alembic's entry point. `migrate` hands the connection in."""

from alembic import context

from services.gateway.db.models import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
