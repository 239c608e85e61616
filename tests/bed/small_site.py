"""A small site: a program of one's own, a few people and changes, seen by whoever a test says at a moment."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from novigem.access.roles import Reader
from novigem.engine.engine import Engine
from novigem.feed.source import Page
from novigem.ledger.sql.store import SqlStore, open_engine
from novigem.model.change import Change
from novigem.model.people import Person
from novigem.model.program import Program
from novigem.testing import make_change, make_id, make_person, make_program
from novigem.views.web.site import Site
from tests.bed.pages import LooksAs, client, reader

ANN, BEN, CLEO, LEAD = (make_id("005", n) for n in (1, 2, 3, 4))
PEOPLE = (
    make_person(1, name="Ann Lee"),
    make_person(2, name="Ben Okonjo"),
    make_person(3, name="Cleo <script>alert(1)</script>"),
    make_person(4, name="Dana Lead"),
)
#: A Wednesday, in the second week of the season.
NOON = datetime(2026, 1, 14, 12, tzinfo=UTC)
FOLLOW_UP: dict[str, Any] = {
    "object": "Task",
    "trigger": "update",
    "points": 5,
    "name": "Follow-up completed",
    "on_undo": "reverse",
    "when": [{"Status": {"isChanged": True, "equals": "Completed"}}, {"Type": {"in": ["Upsell", "Follow-up"]}}],
}


def program(*rules: dict[str, Any], **keys: Any) -> Program:
    """Give a program of six weeks with one board."""
    given = {"leaderboards": [{"name": "Team board"}], "starts": "2026-01-05", "ends": "2026-02-15"} | keys
    return make_program(*(rules or (FOLLOW_UP,)), **given)


def task(record: int, owner: int = 1, **told: Any) -> Change:
    """Give an open follow-up."""
    values = {"Status": "Open", "Type": "Upsell", "Subject": f"Call {record}", "at": "2026-01-12T09:00:00Z"} | told
    return make_change(object="Task", record=record, owner=owner, by=owner, **values)


def done(record: int, owner: int = 1, status: str = "Completed", was: str = "Open", **told: Any) -> Change:
    """Give an edit of a follow-up's status."""
    values = {"Type": "Upsell", "Subject": f"Call {record}", "at": "2026-01-13T10:00:00Z"} | told
    return make_change(
        "update", object="Task", record=record, owner=owner, by=owner, Status=status, old={"Status": was}, **values
    )


def reopened(record: int, owner: int = 1) -> Change:
    """Give the edit that opens a follow-up again."""
    return done(record, owner, status="Open", was="Completed", at="2026-01-13T11:00:00Z")


class SmallSite:
    """A database of one program, and clients that look at it."""

    def __init__(
        self, folder: Path, made: Program, changes: Sequence[Change], people: Sequence[Person] = PEOPLE
    ) -> None:
        self._url = f"sqlite:///{folder / 'small.db'}"
        self._program = made
        self.change(lambda engine: engine.apply(Page(tuple(changes), tuple(people))))

    def change(self, write: Callable[[Engine], object]) -> None:
        """Let something be written by an engine of the program, whose clock stands still."""
        database = open_engine(self._url)
        write(Engine(SqlStore(database), [self._program], clock=lambda: NOON))
        database.dispose()

    def opt_out(self, user: str) -> None:
        """Let somebody be named to nobody."""

        def wish(engine: Engine) -> None:
            with engine.store.begin() as transaction:
                transaction.opt_out(user, 1)

        self.change(wish)

    @contextmanager
    def seen_by(self, who: Reader | str | None, now: datetime = NOON) -> Iterator[TestClient]:
        """Give a client that looks as somebody."""
        looks = reader(who) if isinstance(who, str) else who
        with client(Site(open_engine(self._url), LooksAs(looks), clock=lambda: now)) as browser:
            yield browser

    def get(self, address: str, who: Reader | str | None, now: datetime = NOON) -> tuple[int, str]:
        """Give the status and the text of a page as somebody sees it."""
        with self.seen_by(who, now) as browser:
            answer = browser.get(address)
            return answer.status_code, answer.text
