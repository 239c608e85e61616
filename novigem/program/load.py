"""The doors: a program file or text to a `Program`, or to everything that is wrong with it."""

import os
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from novigem.errors import ProgramError
from novigem.model.guesses import closest
from novigem.model.program import Program
from novigem.program.checks import CHECKS
from novigem.program.diagnostics import Diagnostic, render_all
from novigem.program.document import Document
from novigem.program.draft import Draft
from novigem.program.parts import shape
from novigem.program.reader import MOST_BYTES, read
from novigem.program.repair import report_values
from novigem.program.signs import look_at_signs
from novigem.program.words import counted
from novigem.rules.operators import DEFAULT_REGISTRY, Registry

PROGRAM_SUFFIXES = (".yaml", ".yml")
MOST_TOLD = 25


class CheckedFile(NamedTuple):
    """A program file as far as it could be understood.

    `program` is None where it has an error, `draft` where there is nothing to check any further. More findings may be
    noted in the draft, until somebody asks for `findings`.
    """

    program: Program | None
    draft: Draft | None
    document: Document

    @property
    def findings(self) -> list[Diagnostic]:
        """Every finding so far, in the order of the file."""
        return sorted(self.document.findings)


def load_program(path: str | os.PathLike[str], registry: Registry = DEFAULT_REGISTRY) -> Program:
    """Give the program of a file. Advice does not stop a load.

    Raises ProgramError, with every diagnostic, when the file cannot be read or is not a good program.
    """
    return _or_raise(*check_program(Path(path), registry=registry), name=str(path))


def load_program_text(text: str | bytes, name: str = "program.yaml", registry: Registry = DEFAULT_REGISTRY) -> Program:
    """Give the program of a text; `name` stands for the file in messages.

    Raises ProgramError, with every diagnostic, when it is not a good program.
    """
    return _or_raise(*check_program(text, name=name, registry=registry), name=name)


def load_kept_text(text: str, name: str, registry: Registry = DEFAULT_REGISTRY) -> Program:
    """Give the program of a text that a store has kept: what was accepted once is read, whatever is refused since.

    Raises ProgramError, with every diagnostic, when it is not a good program.
    """
    opened = _check(text, name, registry, kept=True)
    return _or_raise(opened.program, opened.findings, name=name)


def check_program(
    path_or_text: str | bytes | os.PathLike[str], name: str | None = None, registry: Registry = DEFAULT_REGISTRY
) -> tuple[Program | None, list[Diagnostic]]:
    """Give the program (None where it has an error) and every finding, errors and advice, in the order of the file.

    A path, or a text without a line break, is a file to read; bytes, a longer text, or any text with a `name`, is the
    program itself. Raises ProgramError only when the file cannot be read.
    """
    opened = open_program(path_or_text, name, registry)
    return opened.program, opened.findings


def open_program(
    path_or_text: str | bytes | os.PathLike[str], name: str | None = None, registry: Registry = DEFAULT_REGISTRY
) -> CheckedFile:
    """Read a program as `check_program` does, and keep what further checks need: where each part of it stands.

    Raises ProgramError only when the file cannot be read.
    """
    is_text = isinstance(path_or_text, (str, bytes)) and (
        name is not None or isinstance(path_or_text, bytes) or any(one in path_or_text for one in "\r\n")
    )
    if is_text and isinstance(path_or_text, (str, bytes)):
        return _check(path_or_text, name or "program.yaml", registry)
    path = Path(os.fsdecode(path_or_text))
    return _check(_contents(path), name or str(path), registry)


def _check(raw: str | bytes, name: str, registry: Registry, *, kept: bool = False) -> CheckedFile:
    document = read(raw, name, kept=kept)
    if document.readable and not kept:
        look_at_signs(document)
    # A text that is no YAML has no shape, and a part that has no shape cannot be checked against the others.
    draft = shape(document, registry) if document.readable else None
    if draft is not None:
        for check in CHECKS:
            check(draft)
    program = None if document.failed else _build(document)
    return CheckedFile(program, draft, document)


def _build(document: Document) -> Program | None:
    try:
        return Program.model_validate(document.data)
    except ValidationError:
        # The parts passed one by one, so this is a rule of the whole that we do not know: tell it plainly.
        report_values(document, Program, document.data, ())
        return None


def _or_raise(program: Program | None, findings: list[Diagnostic], *, name: str) -> Program:
    if program is not None:
        return program
    errors = [one for one in findings if one.severity == "error"]
    told = render_all(errors[:MOST_TOLD])
    more = f"\n\n... and {len(errors) - MOST_TOLD} more" if len(errors) > MOST_TOLD else ""
    raise ProgramError(f"{told}{more}\n\n{counted(len(errors), 'error')} in {name}", findings)


def _contents(path: Path) -> bytes:
    """Read a file. Raises ProgramError with a next step where that fails."""
    try:
        if path.is_dir():
            programs = sorted(one.name for one in path.iterdir() if one.suffix in PROGRAM_SUFFIXES)
            hint = f"name one of its files: {', '.join(programs[:10])}" if programs else "name a program file"
            raise ProgramError(f"{path} is a directory, not a program file", hint=hint)
        with path.open("rb") as file:
            # One byte more than is accepted tells a file that is too large without reading all of it.
            head = file.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise _missing(path) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ProgramError(f"cannot read {path}: {reason}", hint="check the name and its permissions") from error
    return head


def _missing(path: Path) -> ProgramError:
    told = f"there is no file {path}"
    try:
        names = [one.name for one in path.parent.iterdir() if one.suffix in PROGRAM_SUFFIXES]
    except OSError:
        return ProgramError(told, hint=f"there is no directory {path.parent} either")
    meant = closest(path.name, names)
    if meant:
        return ProgramError(told, hint=f"did you mean {path.parent / meant}?")
    return ProgramError(told, hint="check the name", code="no-program-file", file=str(path))
