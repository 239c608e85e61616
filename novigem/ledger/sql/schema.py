"""The schema of a database: created and brought up to date by Alembic, and refused when it is newer than ours."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from novigem.errors import SchemaError

#: The newest migration. A database at it needs no Alembic, whose import alone costs a tenth of a second.
HEAD = "0025"
_VERSION_TABLE = "novigem_schema"
_MIGRATIONS = Path(__file__).parent / "migrations"


def ensure_schema(connection: Connection) -> None:
    """Create the tables, or bring them up to date, inside the caller's transaction.

    Raises SchemaError when the database was written by a newer novigem.
    """
    version = schema_version(connection)
    if version == HEAD:
        return
    if version is not None and version not in _known_versions():
        raise SchemaError(
            f"the database has schema version {version}, and this novigem knows versions up to {HEAD}",
            hint="install the newer novigem that wrote it, or use another database",
        )
    # Alembic is needed only for a new or an older database; see HEAD.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def schema_version(connection: Connection) -> str | None:
    """Give the version of the database's schema; None when it holds none of our tables."""
    if not inspect(connection).has_table(_VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {_VERSION_TABLE}")).scalar()  # noqa: S608 - our own constant


def _known_versions() -> set[str]:
    return {path.name.split("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*_*.py")}
