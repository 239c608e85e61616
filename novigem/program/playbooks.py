"""The files that ship with novigem: the playbooks, and beside them the JSON Schema and the CSV mappings.

They live in `config/` at the root of a checkout, and travel as `novigem/config/` inside an installed package.
Imports only `program`, `model` and `errors`.
"""

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import NamedTuple

from novigem.errors import InputError, UnknownName, WorldError
from novigem.model.guesses import closest
from novigem.program import load_program_text

_SUFFIX = ".yaml"
_STARTS = re.compile(r"^starts: \d{4}-\d{2}-\d{2}", re.MULTILINE)


class Playbook(NamedTuple):
    """A playbook: its name on the command line, its title, and the first line of its description."""

    name: str
    title: str
    description: str


def list_playbooks() -> list[Playbook]:
    """Give the playbooks that ship, ordered by name."""
    return [_playbook(name) for name in _names()]


def read_playbook(name: str) -> str:
    """Give the YAML text of a playbook, comments and all.

    Raises UnknownName, with a guess at what was meant.
    """
    names = list(_names())
    if name not in names:
        meant = closest(name, names, cutoff=0.4)
        hint = f"did you mean {meant}?" if meant else f"there are: {', '.join(names)}"
        raise UnknownName(f"there is no playbook {name!r}", hint=hint)
    return shipped("programs", f"{name}{_SUFFIX}").read_text(encoding="utf-8")


def copy_playbook(name: str, target: Path, starts: date | None = None) -> Path:
    """Write a playbook to a file, or into a folder under its own name, and give the path of the copy.

    `starts` becomes the first day that counts; all else stays as it ships. Raises UnknownName for another name,
    InputError where the file exists already or has no folder, WorldError where writing fails.
    """
    text = read_playbook(name)
    if starts is not None:
        text = _STARTS.sub(f"starts: {starts.isoformat()}", text, count=1)
    path = target / f"{name}{_SUFFIX}" if target.is_dir() else target
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        raise InputError(f"{path} exists already", hint="give another file name, or remove that file first") from error
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(f"there is no folder {path.parent}", hint="create it first, or give another file") from error
    except OSError as error:
        raise WorldError(f"cannot write {path}: {error.strerror}", hint="check its permissions and the disk") from error
    return path


def shipped(*parts: str) -> Traversable:
    """Give a file or folder that ships, such as `shipped("schema", "program.schema.json")` or `shipped("mappings")`."""
    return _config().joinpath(*parts)


@cache
def _config() -> Traversable:
    installed = files("novigem").joinpath("config")
    if installed.is_dir():
        return installed
    # An editable install reads from the checkout, where the folder stands beside the package.
    return Path(__file__).resolve().parents[2] / "config"


def _names() -> Iterator[str]:
    found = (entry.name for entry in shipped("programs").iterdir())
    return iter(sorted(name.removesuffix(_SUFFIX) for name in found if name.endswith(_SUFFIX)))


def _playbook(name: str) -> Playbook:
    program = load_program_text(read_playbook(name), f"{name}{_SUFFIX}")
    description = (program.description or "").strip()
    return Playbook(name, program.name, description.split("\n", 1)[0])
