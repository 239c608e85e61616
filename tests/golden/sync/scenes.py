"""The golden screens of the sync, each in `NAME.txt` beside this file: a spring season, played in an org of its own.

The scenes follow each other: each changes the org or the database, then calls the command. Write them anew with
`python -m tests.golden.sync.scenes`, then read the diff as whoever runs the sync would.
"""

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, tzinfo
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from sqlalchemy import create_engine, update

from novigem.feed.salesforce.client import connect
from novigem.feed.salesforce.transport import Patience
from novigem.ledger.sql.store import SqlStore, open_store
from novigem.ledger.sql.tables import lease as lease_table
from novigem.model.snapshot import Stream
from novigem_sandbox.org import Clock, Running, SampleOrg, faults, serve
from novigem_sandbox.org.http import Response
from tests.golden.cli.world import PROGRAM, Answer, novigem

FOLDER = Path(__file__).parent
REFRESH = "python -m tests.golden.sync.scenes"
ELSEWHERE = "crm-2/4711/0a1b2c3d"
HASTY = Patience(connect=5, read=5, attempts=2, first=0.001, longest=0.001)
# Leases go by real time; this one never runs out while tests are run.
_FAR_AWAY = 4_102_444_800_000_000


class SeasonOrg:
    """A served org with a small team, and the folder with the program that a sync is called in."""

    def __init__(self, folder: Path, running: Running) -> None:
        self.folder = folder
        self.running = running
        self.org = running.org
        self.token = running.token()
        self.ann, self.deal = "", ""

    def settle(self) -> None:
        """Put in what is there before anybody syncs."""
        (self.folder / "spring.yaml").write_text(PROGRAM, encoding="utf-8")
        self.org.add_field("Opportunity", "Risk__c", length=80)
        self.ann = self.org.add_user("Ann Example", role="Customer Success Manager")
        self.org.add_user("[red]Cid[/red]\u001b[31m Hostile")
        self.deal = self.deals(3, Type="New")[0]

    def deals(self, count: int, **values: Any) -> list[str]:
        """Add opportunities of Ann's."""
        given = {"StageName": "Qualification", "CloseDate": "2024-06-30", "OwnerId": self.ann} | values
        return [self.org.create("Opportunity", given, Name=f"Deal {n}", user=self.ann) for n in range(count)]

    @property
    def environment(self) -> dict[str, str]:
        """The settings of the connection."""
        return {"NOVIGEM_SF_INSTANCE_URL": self.running.url, "NOVIGEM_SF_ACCESS_TOKEN": self.token}

    def novigem(self, *arguments: str, width: int = 80, **environment: str) -> Answer:
        """Call the command inside this process; it does not wait for an org that is down."""
        hasty = partial(connect, patience=HASTY)
        with (
            mock.patch("novigem.cli.sync.connect", hasty),
            mock.patch("novigem.cli.service.connect", hasty),
            mock.patch("novigem.cli.status.datetime", _clock_of(self.org)),
        ):
            return novigem(self.folder, *arguments, width=width, **self.environment | environment)

    def sync(self, *arguments: str, **settings: Any) -> Answer:
        """Sync once."""
        return self.novigem("sync", "spring.yaml", *arguments, **settings)

    @contextmanager
    def store(self) -> Iterator[SqlStore]:
        """Open the database."""
        with closing(open_store(f"sqlite:///{self.folder}/novigem.db")) as store:
            yield store

    def lend(self, *objects: str) -> None:
        """Let a process of another machine take objects."""
        with self.store() as store:
            for name in objects:
                assert store.acquire_lease(Stream(self.org.id, name).feed, ELSEWHERE, 600) is not None
        engine = create_engine(f"sqlite:///{self.folder}/novigem.db")
        with engine.begin() as connection:
            connection.execute(update(lease_table).where(lease_table.c.owner.is_not(None)).values(until=_FAR_AWAY))
        engine.dispose()

    def give_back(self) -> None:
        """Let everybody give back what they hold."""
        with self.store() as store:
            for one in store.leases():
                store.release_lease(one)


def _clock_of(org: SampleOrg) -> type[datetime]:
    class _Now(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return org.clock.now().astimezone(tz)

    return _Now


@contextmanager
def season_org(folder: Path, *, clock: Clock | None = None) -> Iterator[SeasonOrg]:
    """Serve the org of the season; its clock stands still unless another one is given."""
    org = SampleOrg(clock or Clock.at(datetime(2024, 3, 5, 9, tzinfo=UTC)))
    org.sessions.life_seconds = 10**8
    with serve(org) as running:
        season = SeasonOrg(folder, running)
        season.settle()
        yield season
    assert running.failures == []


def _nothing(season: SeasonOrg) -> None:
    del season


def _a_minute_later(season: SeasonOrg) -> None:
    season.org.clock.advance(60)


def _no_sync_yet(season: SeasonOrg) -> None:
    with closing(open_store(f"sqlite:///{season.folder}/empty.db")) as store, store.begin():
        pass


def _ten_minutes_later(season: SeasonOrg) -> None:
    season.org.clock.advance(600)


def _changes(season: SeasonOrg) -> None:
    _ten_minutes_later(season)
    season.deals(3, Type="Upsell")
    season.deals(1, Type="Upsell", OwnerId=season.org.add_queue("Renewals"))
    season.org.update(season.deal, {"Risk__c": "Budget [bold]cut[/bold]"}, user=season.ann)


def _a_row_of_nonsense(season: SeasonOrg) -> None:
    _ten_minutes_later(season)
    deal = season.deals(1, Type="Upsell")[0]

    def spoil(response: Response) -> None:
        told = json.loads(response.body)
        for row in told["records"]:
            if row["Id"] == deal:
                del row["LastModifiedDate"]
        response.body = json.dumps(told).encode()

    season.org.faults.add(faults.Changed(spoil), "FROM Opportunity")


def _one_held(season: SeasonOrg) -> None:
    season.org.faults.clear()
    season.lend("Opportunity")


def _all_held(season: SeasonOrg) -> None:
    season.lend("Task")


def _a_field_hidden(season: SeasonOrg) -> None:
    season.give_back()
    _ten_minutes_later(season)
    season.org.hide_field("Opportunity", "Risk__c")


def _org_down(season: SeasonOrg) -> None:
    season.org.show_field("Opportunity", "Risk__c")
    season.org.faults.add(faults.maintenance(), "FROM Task", times=None)


def _field_never_there(season: SeasonOrg) -> None:
    season.org.faults.clear()
    text = PROGRAM.replace("Risk__c", "Rizk__c")
    (season.folder / "typo.yaml").write_text(text, encoding="utf-8")


class Scene(NamedTuple):
    """What happens, and the command that is called then."""

    happens: Callable[[SeasonOrg], None]
    arguments: tuple[str, ...]
    width: int = 80


_SYNC = ("sync", "spring.yaml")
SCENES = {
    "status-empty": Scene(_no_sync_yet, ("status", "--db", "sqlite:///empty.db")),
    "first": Scene(_a_minute_later, _SYNC),
    "changes": Scene(_changes, _SYNC),
    "nothing-new": Scene(_ten_minutes_later, _SYNC, 120),
    "put-aside": Scene(_a_row_of_nonsense, _SYNC),
    "narrow": Scene(_ten_minutes_later, _SYNC, 50),
    "status": Scene(_nothing, ("status",)),
    "left-out": Scene(_one_held, _SYNC),
    "error-held": Scene(_all_held, _SYNC),
    "status-held": Scene(_nothing, ("status",), 120),
    "alarm": Scene(_a_field_hidden, _SYNC),
    "status-alarm": Scene(_nothing, ("status",), 50),
    "error-unavailable": Scene(_org_down, _SYNC),
    "status-error": Scene(_nothing, ("status",)),
    "error-field": Scene(_field_never_there, ("sync", "typo.yaml", "--db", "sqlite:///other.db")),
    "error-every": Scene(_nothing, (*_SYNC, "--every", "5s")),
}


def drawn(folder: Path) -> Iterator[tuple[str, str]]:
    """Play the scenes, and give the name of each with what it prints."""
    with season_org(folder) as season:
        for name, scene in SCENES.items():
            scene.happens(season)
            answer = season.novigem(*scene.arguments, width=scene.width)
            errors = f"--- error stream\n{answer.err}" if answer.err else ""
            code = f"--- exit code {answer.code}\n" if answer.code else ""
            text = f"$ novigem {' '.join(scene.arguments)}\n{answer.out}{errors}{code}"
            yield name, text.replace(season.running.url.removeprefix("http://"), "127.0.0.1:PORT")


def main() -> None:
    """Write every golden screen anew."""
    with tempfile.TemporaryDirectory() as name:
        for scene, text in drawn(Path(name)):
            (FOLDER / f"{scene}.txt").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
