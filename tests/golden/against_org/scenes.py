"""The golden screens of `check --org` and `doctor --org`, each in `NAME.txt` beside this file.

The scenes follow each other: each changes the org or the database, then calls the command. Write them anew with
`python -m tests.golden.against_org.scenes`, then read the diff as whoever sets a sync up would.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from novigem.ledger.sql.store import open_store
from novigem.model.snapshot import Snapshot, Stream
from novigem_sandbox.org import Running, SampleOrg
from tests.golden.cli.world import Answer, novigem
from tests.golden.orgs import environment, served, team_org

FOLDER = Path(__file__).parent
REFRESH = "python -m tests.golden.against_org.scenes"
HOUR = 3600

GOOD = """\
program: season
name: A good season
participants: {role: [Customer Success Manager]}
rules:
  - id: won
    object: Opportunity
    trigger: update
    points: 10
    when: [StageName: {changedTo: Closed Won}, Risk__c: {notEquals: High}]
leaderboards: [{id: team, name: Team}]
"""
WRONG = """\
program: wrong
name: A season that the org does not know
participants: {users: [ann.bel@example.com]}
rules:
  - id: won
    object: Opportunity
    trigger: update
    points: 10
    when: [StageNme: {changedTo: Closed Won}, Risk__c: {equals: Medium}]
    award_points_to: AccountId
leaderboards: [{id: team, name: Team}]
"""


class Place:
    """A served org, a folder with two programs, and the deals that a sync has read."""

    def __init__(self, folder: Path, running: Running) -> None:
        self.folder = folder
        self.running = running
        self.org: SampleOrg = running.org
        self.settings = environment(running)
        (folder / "season.yaml").write_text(GOOD, encoding="utf-8")
        (folder / "wrong.yaml").write_text(WRONG, encoding="utf-8")
        self.deals = [
            self.org.create("Opportunity", Name=f"Deal {n}", StageName="Prospecting", CloseDate="2026-06-30")
            for n in range(5)
        ]

    def novigem(self, *arguments: str, width: int = 80, **environment: str) -> Answer:
        """Call the command inside this process."""
        return novigem(self.folder, *arguments, width=width, **self.settings | environment)

    def sync(self) -> None:
        """Sync once, hours later."""
        self.org.clock.advance(2 * HOUR)
        assert self.novigem("sync", "season.yaml").code == 0

    def tamper(self, record: str) -> None:
        """Write a copy that the org does not know of, as a defect would."""
        stream = Stream(self.org.id, "Opportunity")
        store = open_store(f"sqlite:///{self.folder / 'novigem.db'}")
        copy: Snapshot = store.snapshots(stream, [record])[record]
        with store.begin() as transaction:
            changed = msgspec.structs.replace(copy, values=copy.values.replace("Prospecting", "Closed Lost"))
            transaction.save_snapshots(stream, [changed])
        store.close()


class Scene(NamedTuple):
    """A command, and what happens before it."""

    arguments: tuple[str, ...]
    before: Callable[[Place], None] = lambda _place: None
    width: int = 80


def _twice(place: Place) -> None:
    place.sync()
    place.sync()


def _edited(place: Place) -> None:
    place.org.clock.advance(HOUR)
    place.org.update(place.deals[0], StageName="Closed Won")


def _broken(place: Place) -> None:
    place.tamper(place.deals[1])
    place.org.hide_records([place.deals[2]])


SCENES = {
    "check": Scene(("check", "season.yaml", "--org")),
    "check-wrong": Scene(("check", "season.yaml", "wrong.yaml", "--org")),
    "check-json": Scene(("check", "wrong.yaml", "--org", "--json")),
    "doctor": Scene(("doctor", "--org"), _twice),
    "doctor-coming": Scene(("doctor", "--org"), _edited),
    "doctor-wrong": Scene(("doctor", "--org"), _broken),
    "doctor-sample": Scene(("doctor", "--org", "--sample", "5")),
    "doctor-json": Scene(("doctor", "--org", "--json")),
}


@contextmanager
def place(folder: Path) -> Iterator[Place]:
    """Serve an org for a folder."""
    with served(team_org()) as running:
        yield Place(folder, running)


def played(folder: Path) -> Iterator[tuple[str, str]]:
    """Play all scenes in a folder, and yield the name and the screen of each."""
    with place(folder) as here:
        for name, scene in SCENES.items():
            scene.before(here)
            answer = here.novigem(*scene.arguments, width=scene.width)
            errors = f"--- error stream\n{answer.err}" if answer.err else ""
            code = f"--- exit code {answer.code}\n" if answer.code else ""
            screen = f"$ novigem {' '.join(scene.arguments)}\n{answer.out}{errors}{code}"
            yield name, screen.replace(f"127.0.0.1:{here.running.port}", "acme.example")


def main() -> None:
    """Write every golden screen anew."""
    with tempfile.TemporaryDirectory() as folder:
        for name, screen in played(Path(folder)):
            (FOLDER / f"{name}.txt").write_text(screen, encoding="utf-8")


if __name__ == "__main__":
    main()
