"""The golden screens: what a command prints at a fixed width, word for word, in `NAME.txt` beside this file.

Write them anew with `python -m tests.golden.cli.scenes`, then read the diff as a customer success leader would.
"""

import re
import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

from tests.golden.cli.world import RISKY, novigem, write_world

FOLDER = Path(__file__).parent
REFRESH = "python -m tests.golden.cli.scenes"


class Scene(NamedTuple):
    """A command on the small season; `width` in characters."""

    arguments: tuple[str, ...]
    width: int = 80


# A seal is made of the moments of writing too.
_SEAL = re.compile("Seal of entry ([0-9]+), written [0-9 :-]+:\n[0-9a-f]{64}")
_RUN = ("run", "spring.yaml", "--from", "changes.jsonl")
SCENES = {
    "run": Scene((*_RUN, "--db", "sqlite:///new.db")),
    "run-nothing-new": Scene((*_RUN, "--db", "sqlite:///again.db")),
    "run-wrong-program": Scene(("run", "wrong.yaml", "--from", "changes.jsonl")),
    "board": Scene(("board",)),
    "board-wide": Scene(("board",), 120),
    "board-narrow": Scene(("board",), 50),
    "board-user": Scene(("board", "--top", "1", "--user", "cid@example.com")),
    "board-week": Scene(("board", "week", "--period", "week:2024-03-12")),
    "board-past": Scene(("board", "--as-of", "2024-03-06")),
    "board-empty": Scene(("board", "--period", "month:2023-01-01")),
    "board-markdown": Scene(("board", "--markdown")),
    "board-csv": Scene(("board", "--csv")),
    "progress": Scene(("progress",)),
    "badges": Scene(("badges",)),
    "ledger": Scene(("ledger",)),
    "ledger-wide": Scene(("ledger", "--last", "4"), 120),
    "explain": Scene(("explain", RISKY)),
    "explain-wide": Scene(("explain", RISKY, "--rule", "risk-documented"), 120),
    "explain-near-misses": Scene(("explain", "--near-misses")),
    "error-explain": Scene(("explain",)),
    "flags": Scene(("flags", "--set", "bulk_awards=1")),
    "flags-none": Scene(("flags",)),
    "flags-wide": Scene(("flags", "--set", "bulk_awards=1", "--user", "cid@example.com"), 120),
    "error-flag": Scene(("flags", "dismiss", "zz", "--reason", "a test", "--author", "Dana")),
    "doctor": Scene(("doctor",)),
    "check": Scene(("check", "spring.yaml")),
    "check-wrong": Scene(("check", "wrong.yaml", "nowhere.yaml")),
    "playbook-list": Scene(("playbook", "list")),
    "convert": Scene(("convert", "export.csv", "--map", "map.yaml", "-o", "converted.jsonl")),
    "error-board": Scene(("board", "teem")),
    "error-user": Scene(("board", "--user", "Ann Exampel")),
    "error-period": Scene(("board", "--period", "fortnight")),
    "error-record": Scene(("explain", "006T00000000099")),
    "error-rule": Scene(("ledger", "--rule", "signal")),
    "error-database": Scene(("board", "--db", "sqlite:///elsewhere.db")),
    "error-option": Scene(("board", "--peroid", "week")),
    "error-command": Scene(("bord",)),
    "error-balance": Scene(("adjust", "cid@example.com", "-500", "--reason", "a test")),
}


_MAP = """\
shape: record-states
object: Opportunity
timezone: Europe/Berlin
date_format: "%Y-%m-%d"
time: "12:00"
id: Id
users: {id: Owner, name: Name}
fields:
  OwnerId: {column: Owner, type: id}
moments:
  - {kind: create, at: Created, new: {StageName: {value: Open}}}
  - {kind: update, at: Closed, new: {StageName: Stage}}
"""
_EXPORT = """\
Id,Owner,Name,Created,Closed,Stage
006T00000000001,005T00000000001,Ann Example,2024-03-04,2024-03-08,Won
006T00000000002,005T00000000001,Ann Example,2024-03-05,,
006T00000000003,005T00000000001,Ann Example,soon,,
006T00000000004,005T00000000001,Ann Example,,,
"""


def prepare(folder: Path) -> None:
    """Make the folder that every scene starts from: the season, fed once."""
    write_world(folder)
    (folder / "wrong.yaml").write_text("program: wrong\nname: Wrong\nrulse: []\nweeks: many\n", encoding="utf-8")
    (folder / "map.yaml").write_text(_MAP, encoding="utf-8")
    (folder / "export.csv").write_text(_EXPORT, encoding="utf-8")
    assert novigem(folder, *_RUN).code == 0
    # A second run makes the season final, so it has a database of its own.
    shutil.copy(folder / "novigem.db", folder / "again.db")


def drawn(folder: Path, scene: Scene) -> str:
    """Give what a scene prints: the command, the screen, the error stream, the exit code where it is not 0."""
    answer = novigem(folder, *scene.arguments, width=scene.width)
    out = _SEAL.sub("Seal of entry \\1, written (at the run):\n(64 digits)", answer.out)
    errors = f"--- error stream\n{answer.err}" if answer.err else ""
    code = f"--- exit code {answer.code}\n" if answer.code else ""
    shown = " ".join(one if " " not in one else f'"{one}"' for one in scene.arguments)
    return f"$ novigem {shown}\n{out}{errors}{code}"


def main() -> None:
    """Write every golden screen anew."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder)
        for scene_name, scene in SCENES.items():
            (FOLDER / f"{scene_name}.txt").write_text(drawn(folder, scene), encoding="utf-8")


if __name__ == "__main__":
    main()
