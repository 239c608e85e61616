"""Databases for pages to be looked at: the demo's season, and seasons that are hard to show."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

from novigem.engine.engine import Engine
from novigem.feed.source import Page
from novigem.ledger.sql.store import SqlStore, open_engine
from novigem.model.change import Change
from novigem.model.people import Person
from novigem.program import load_program_text
from novigem.program.playbooks import read_playbook
from novigem.testing import make_change, make_person
from tests.bed.pages import MIDSEASON, demo_database

LONG_NAMES = (
    "Wolfeschlegelsteinhausenbergerdorff-Montgomery Alexandrovna",
    "María de los Ángeles Fernández-Villaverde y Gutiérrez de la Concha",
    "عبد الرحمن بن محمد الفاروقي",
    "Nguyễn Phước Hồng Bảo Ngọc Thiên Hương",
    "<script>alert('x')</script>",
    "🦊🦊🦊 Fox Family Emoji 👩‍👩‍👧‍👦",
    "Ferdinandandreasmaximilianwithoutanyspacewhatsoever" * 2,
)
CROWD = 5_000
PRIYA = "005Hs0000000103IAA"


def names(folder: Path) -> Path:
    """Give the demo's season with the longest names."""
    database = demo_database(folder)
    engine = open_engine(f"sqlite:///{database}")
    with engine.begin() as connection:
        people = connection.execute(text("SELECT id FROM novigem_person ORDER BY id")).scalars().all()
        for place, user in enumerate(people):
            new = {"name": LONG_NAMES[place % len(LONG_NAMES)], "id": user}
            connection.execute(text("UPDATE novigem_person SET name = :name WHERE id = :id"), new)
    engine.dispose()
    return database


def empty(folder: Path) -> Path:
    """Give a season in which nothing has happened yet."""
    return _season(folder, [_person(PRIYA, "Priya Ramanathan")], [])


def one(folder: Path) -> Path:
    """Give the season of a single person, with one award."""
    return _season(folder, [_person(PRIYA, "Priya Ramanathan")], [_signal(1, PRIYA)])


def crowd(folder: Path) -> Path:
    """Give a season of five thousand people; Priya stands in the middle."""
    users = [PRIYA if number == CROWD // 2 else make_person(number).id for number in range(1, CROWD + 1)]
    people = [_person(user, f"Somebody the {number:,}th") for number, user in enumerate(users, 1)]
    signals = [_signal(number, user) for number, user in enumerate(users, 1)]
    # The first tenth has a second award, so that there are ranks to look at.
    more = [_signal(CROWD + number, user) for number, user in enumerate(users[: CROWD // 10], 1)]
    return _season(folder, people, [*signals, *more])


SEASONS: dict[str, Callable[[Path], Path]] = {
    "demo": demo_database,
    "names": names,
    "empty": empty,
    "one": one,
    "crowd": crowd,
}


def _season(folder: Path, people: Sequence[Person], changes: Sequence[Change]) -> Path:
    database = folder / "novigem.db"
    engine = open_engine(f"sqlite:///{database}")
    program = load_program_text(read_playbook("account-expansion"))
    scoring = Engine(SqlStore(engine), [program], clock=lambda: MIDSEASON)
    scoring.apply(Page((), people=tuple(people)))
    scoring.apply(list(changes))
    engine.dispose()
    return database


def _person(user: str, name: str) -> Person:
    return make_person(user, name=name, role="Customer Success Manager")


def _signal(number: int, owner: str) -> Change:
    at = MIDSEASON - timedelta(days=1, minutes=number % 1000)
    return make_change(record=number, owner=owner, at=at, Type="Existing Customer - Upgrade")
