"""`novigem convert`: a CSV export to changes."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from novigem.cli.options import new_command
from novigem.cli.output import console, screen_of, show
from novigem.errors import InputError, WorldError
from novigem.feed import convert_csv, guess_mapping, load_mapping, write_changes
from novigem.views.terminal.run import conversion_screen, guess_screen

_UNREAD = 1


def convert(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="The export.")],
    *,
    mapping: Annotated[Path | None, typer.Option("--map", metavar="MAP.yaml", help="What its columns mean.")] = None,
    guess: Annotated[
        bool, typer.Option("--guess", help="Write a first mapping for the export instead, with what it leaves open.")
    ] = False,
    timezone: Annotated[
        str | None, typer.Option("--timezone", metavar="ZONE", help="With --guess: where its user lives.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="OUT.jsonl", help="Where to; standard output if left out.")
    ] = None,
) -> None:
    """Turn a CSV export into changes that `novigem run` reads.

    Three shapes: one row per record with date columns, the rows of a field history, or whole states of records. Rows
    that cannot be read are left out and listed; a date that lies ahead of now has not happened.
    """
    if guess:
        _guess(file, out, timezone)
        return
    if mapping is None or timezone is not None:
        raise InputError(
            "the mapping is missing" if mapping is None else "--timezone goes with --guess",
            hint="name it with --map, or write a first one with --guess"
            if mapping is None
            else "write it in the mapping",
        )
    described = load_mapping(mapping)
    if out is not None and _same_file(out, file, mapping):
        raise InputError(f"{out} would be written over its own input", hint="give another name with -o")
    conversion = convert_csv(file, described)
    if not conversion.is_unread:
        with _target(out) as stream:
            write_changes(conversion.changes, conversion.people, stream)
    show(
        conversion_screen(conversion, file.name, None if out is None else str(out), screen_of(console())),
        to_errors=True,
    )
    if conversion.is_unread:
        raise typer.Exit(_UNREAD)


def _guess(file: Path, out: Path | None, timezone: str | None) -> None:
    """Write a first mapping, and tell what it leaves open."""
    if out is not None and (out.exists() and _same_file(out, file)):
        raise InputError(f"{out} would be written over its own input", hint="give another name with -o")
    found = guess_mapping(file, timezone)
    with _target(out) as stream:
        stream.write(found.text.encode())
    show(guess_screen(found.questions, file.name, None if out is None else str(out)), to_errors=True)


def _same_file(out: Path, *inputs: Path) -> bool:
    return out.exists() and any(one.exists() and out.samefile(one) for one in inputs)


@contextmanager
def _target(out: Path | None) -> Iterator[BinaryIO]:
    """Open the output; a file appears whole or not at all."""
    if out is None:
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if out.is_dir():
        raise InputError(f"{out} is a folder", hint="give the name of a file in it")
    if not out.absolute().parent.is_dir():
        raise InputError(f"there is no folder {out.parent}", hint="create it first, or give another file")
    if out.exists() and not out.is_file():
        # A pipe or a device cannot be replaced.
        with out.open("wb") as stream:
            yield stream
        return
    part = out.with_name(f"{out.name}.part")
    try:
        with part.open("wb") as stream:
            yield stream
        part.replace(out)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise WorldError(
            f"cannot write {out}: {error.strerror or error}", hint="check its permissions and the disk"
        ) from error


command = new_command(
    convert,
    [
        "novigem convert opportunities.csv --map config/mappings/opportunity-states.yaml -o changes.jsonl",
        "novigem convert --guess export.csv --timezone Europe/Berlin -o map.yaml",
        "novigem convert history.csv --map map.yaml | novigem run program.yaml --from -",
    ],
)
