"""`novigem version`: the version, and what it runs on."""

import platform
import sqlite3
from importlib.metadata import version as version_of

import typer

from novigem import __version__
from novigem.cli.options import new_command


def version() -> None:
    """Print the version, and what it runs on: worth adding to a report of a mistake."""
    typer.echo(f"novigem {__version__}")
    typer.echo(f"Python {platform.python_version()} on {platform.system()} {platform.machine()}")
    typer.echo(f"SQLAlchemy {version_of('sqlalchemy')}, SQLite {sqlite3.sqlite_version}")


command = new_command(version, ["novigem version"])
