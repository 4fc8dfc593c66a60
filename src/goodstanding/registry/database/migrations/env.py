"""Runs migrations on the connection that it is handed. Alembic imports this file by its path."""

from alembic import context

from goodstanding.registry.database.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
