"""Runs the migrations on the connection that `sellerwatch.warehouse.schema` hands over."""

from alembic import context

from sellerwatch.warehouse.tables import all as _every_table  # noqa: F401 - importing it defines the tables
from sellerwatch.warehouse.tables.base import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite alters a table by copying it
    transaction_per_migration=False,
)
context.run_migrations()
