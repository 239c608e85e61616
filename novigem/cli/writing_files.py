"""Files that commands write for people without an account: a file is whole or not there."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from novigem.cli.output import console
from novigem.errors import SettingsError, WorldError

HtmlOption = Annotated[
    Path | None,
    typer.Option("--html", metavar="FILE", help="Write one HTML file that needs nothing else, for who has no account."),
]


def making(make: Callable[[], bytes | str], path: Path) -> None:
    """Write what a function makes into a file, and say so. Raises WorldError where that fails."""
    made = make()
    part = path.with_name(f"{path.name}.new")
    try:
        part.write_bytes(made if isinstance(made, bytes) else made.encode())
        part.replace(path)
    except OSError as error:
        raise WorldError(
            f"cannot write {path}: {error.strerror or error}", hint="check the name and its permissions"
        ) from error
    console().print(f"Wrote {path}")


def needing_pages(error: ModuleNotFoundError) -> SettingsError:
    """Say that the files are made of the templates of the pages."""
    return SettingsError(f"the file needs {error.name}", hint="pip install 'novigem[web]'")
