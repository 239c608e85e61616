"""`novigem init`: a working folder to start from."""

from pathlib import Path
from typing import Annotated

import typer

from novigem.cli.options import new_command
from novigem.cli.output import show
from novigem.errors import InputError, WorldError
from novigem.views.terminal.layout import next_step, screen, text
from novigem_sandbox.demo.starter import CHANGES_FILE, PROGRAM_FILE, starter_files


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder; this one if left out.")] = Path(),
) -> None:
    """Make a working folder: a small program, settings and sample changes. Nothing that is there is touched."""
    files = starter_files()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        standing = [name for name in files if (folder / name).exists()]
        if standing:
            raise InputError(
                f"{folder / standing[0]} exists already",
                hint="nothing was written; give an empty folder: novigem init team",
            )
        for name, content in files.items():
            with (folder / name).open("x", encoding="utf-8", newline="\n") as file:
                file.write(content)
    except (FileExistsError, NotADirectoryError) as error:
        raise InputError(f"{folder} is not a folder", hint="give another name") from error
    except OSError as error:
        raise WorldError(f"cannot write into {folder}: {error.strerror}", hint="check its permissions") from error
    steps = [] if folder.resolve() == Path.cwd() else [f"cd {folder}"]
    steps += [f"novigem check {PROGRAM_FILE}", f"novigem run {PROGRAM_FILE} --from {CHANGES_FILE}", "novigem board"]
    show(screen([text(f"Written: {', '.join(files)}"), next_step(*steps)]))


command = new_command(init, ["novigem init", "novigem init team"])
