"""What Alembic runs: the migrations on the connection that `novigem.ledger.sql.schema` hands over."""

from alembic import context

from novigem.ledger.sql.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table="novigem_schema",
    transactional_ddl=False,
)
context.run_migrations()
