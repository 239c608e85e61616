"""The golden screens of appeals, second approvers and statements, each in `NAME.txt` beside this file.

The scenes follow each other on one small season, at a clock that moves a minute with each reading. Write them anew
with `python -m tests.golden.appeals.scenes`, then read the diff as whoever has to explain a balance would.
"""

import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from tests.golden.cli.scenes import drawn
from tests.golden.cli.world import CID, RISKY, Answer, novigem, write_world

FOLDER = Path(__file__).parent
REFRESH = "python -m tests.golden.appeals.scenes"


class Clock(datetime):
    """A wall clock in the third week of the season."""

    readings = 0

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        """Give the next minute."""
        cls.readings += 1
        return datetime(2024, 3, 20, 9, 0, tzinfo=tz) + timedelta(minutes=cls.readings)


class Scene(NamedTuple):
    """A command; `width` in characters."""

    arguments: tuple[str, ...]
    width: int = 80


_DANA, _SAM = ("--author", "Dana Velasco"), ("--author", "Sam Ortiz")
SCENES = {
    "ask": Scene(("adjust", "bob@example.com", "40", "--reason", "ran the [bold]workshop[/bold]", *_DANA)),
    "ask-without-author": Scene(("adjust", "bob@example.com", "40", "--reason", "ran the workshop")),
    "waiting": Scene(("adjust", "--list")),
    "approve-own": Scene(("adjust", "--approve", "1", "--author", "dana velasco")),
    "approve": Scene(("adjust", "--approve", "1", *_SAM)),
    "approve-again": Scene(("adjust", "--approve", "1", *_SAM)),
    "waiting-none": Scene(("adjust", "--list")),
    "late": Scene(("run", "spring.yaml", "--from", "late.jsonl", "--json")),
    "open": Scene(("appeal", "open", "bob@example.com", "--entry", "2", "--reason", "I logged it, Cid only edited it")),
    "open-record": Scene(
        ("appeal", "open", "cid@example.com", "--record", RISKY, "--rule", "risk-documented", "--reason", "I told Ann")
    ),
    "list": Scene(("appeal", "list", "--status", "open")),
    "list-wrong": Scene(("appeal", "list", "--status", "opne")),
    "show": Scene(("appeal", "show", "2")),
    "show-wide": Scene(("appeal", "show", "2"), 120),
    "reject-own": Scene(("appeal", "reject", "3", "--reason", "a test", "--author", "cid@example.com")),
    "reject": Scene(("appeal", "reject", "3", "--reason", "telling is not documenting", *_DANA)),
    "uphold": Scene(("appeal", "uphold", "2", "--reason", "he did the work", *_DANA)),
    "uphold-again": Scene(("appeal", "uphold", "2", "--reason", "he did the work", *_SAM)),
    "show-upheld": Scene(("appeal", "show", "2")),
    "statement": Scene(("statement", "bob@example.com")),
    "statement-wide": Scene(("statement", "bob@example.com"), 120),
    "statement-part": Scene(("statement", "bob@example.com", "--since", "2024-03-20T10:10", "--until", "2024-03-20")),
    "statement-other": Scene(("statement", "cid@example.com")),
    "statement-none": Scene(("statement", "ann@example.com", "--until", "2024-01-01")),
    "ledger": Scene(("ledger", "--last", "6"), 120),
    "nothing-to-do": Scene(("adjust", "--reason", "a test")),
    "two-things": Scene(("adjust", "bob@example.com", "4", "--list")),
}

# Bob's second signal of the season turns out to have been Cid's, a day before.
_LATE = (
    '{"object": "Opportunity", "id": "006T00000000002", "kind": "create", "at": "2024-03-04T09:30:00Z", '
    f'"new": {{"OwnerId": "{CID}", "Type": "Upsell", "StageName": "Open"}}}}\n'
)


def prepare(folder: Path) -> None:
    """Make the folder of the scenes: the season, fed once, with a second approver above 25 points."""
    write_world(folder)
    program = (folder / "spring.yaml").read_text(encoding="utf-8")
    asked = "weeks: 4\nadjustments: {second_approver: true, above: 25}\n"
    (folder / "spring.yaml").write_text(program.replace("weeks: 4\n", asked), encoding="utf-8")
    (folder / "late.jsonl").write_text(_LATE, encoding="utf-8")
    assert at_the_clock(folder, "run", "spring.yaml", "--from", "changes.jsonl").code == 0


def at_the_clock(folder: Path, *arguments: str, width: int = 80) -> Answer:
    """Call the command at the clock of the scenes."""
    with mock.patch("novigem.engine.engine.datetime", Clock):
        return novigem(folder, *arguments, width=width)


def played(folder: Path) -> Iterator[tuple[str, str]]:
    """Play all scenes in a folder, and yield the name and the screen of each."""
    Clock.readings = 0
    prepare(folder)
    for name, scene in SCENES.items():
        with mock.patch("novigem.engine.engine.datetime", Clock):
            yield name, drawn(folder, scene)


def main() -> None:
    """Write every golden screen anew."""
    with tempfile.TemporaryDirectory() as name:
        for scene, screen in played(Path(name)):
            (FOLDER / f"{scene}.txt").write_text(screen, encoding="utf-8")


if __name__ == "__main__":
    main()
