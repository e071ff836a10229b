"""How Alembic runs here: always on the connection that the caller holds, inside its transaction."""

from alembic import context

from leadrelay.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
