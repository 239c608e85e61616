"""A test bed for pages about a small team: a database that a test writes to, and who looks at it when."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from novigem.access.roles import Reader
from novigem.engine.engine import Engine
from novigem.feed.source import Page
from novigem.ledger.sql.store import SqlStore, open_engine
from novigem.model.program import Program
from novigem.testing import make_change, make_person, make_program
from novigem.views.web.site import Site
from tests.bed.pages import LooksAs, reader

#: A Wednesday in the third week of the team's season.
WEDNESDAY = datetime(2026, 1, 21, 12, 0, tzinfo=UTC)


def team_program(*rules: dict[str, Any], **keys: Any) -> Program:
    """Give the program of the team: ten points for a new opportunity, eight weeks from 5 January 2026."""
    boards = keys.pop("leaderboards", [{"id": "team", "name": "The team"}])
    return make_program(*rules, leaderboards=boards, **{"starts": "2026-01-05", "weeks": 8, **keys})


@dataclass
class TeamSite:
    """A team of four with points of their own, and the site that shows it; `now` and `who` may be set."""

    folder: Path
    program: Program = field(default_factory=team_program)
    who: LooksAs = field(default_factory=lambda: LooksAs(reader(None)))
    now: datetime = WEDNESDAY

    def __post_init__(self) -> None:
        """Make the database."""
        self.db = open_engine(f"sqlite:///{self.folder / 'team.db'}")
        self.store = SqlStore(self.db)
        self.engine = Engine(self.store, [self.program], clock=lambda: self.now)
        names = ("Ann Abel", "Ben Bond", "Cai Chen", "Dee Diaz")
        people = tuple(make_person(number, name=name) for number, name in enumerate(names, 1))
        self.engine.apply(Page((), people=people))
        self.record = 0
        for user, count in ((1, 4), (2, 3), (3, 2), (4, 1)):
            self.win(user, count)
        self.site = Site(self.db, self.who, clock=lambda: self.now)

    def win(self, user: int, count: int = 1, at: str = "2026-01-20T12:00:00Z") -> None:
        """Let somebody earn ten points, or several times ten."""
        changes = []
        for _ in range(count):
            self.record += 1
            changes.append(make_change(record=self.record, owner=user, at=at))
        self.engine.apply(changes)

    def look_as(self, who: Reader | None) -> None:
        """Let somebody else look from now on."""
        self.who.current = who
