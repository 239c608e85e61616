"""A person: their place, their badges, and every point of theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from starlette.responses import Response

from novigem.access.table import What
from novigem.engine.requests import status_word
from novigem.errors import InputError
from novigem.ledger.store import EntryFilter
from novigem.model.people import Person
from novigem.model.periods import start_of_day
from novigem.model.program import Program
from novigem.model.request import Request
from novigem.queries.me import my_seasons
from novigem.queries.statement import Statement, statement_of
from novigem.views.web.pages.entry_views import EntryView, entry_view
from novigem.views.web.pages.season_views import season_view
from novigem.views.web.render import render
from novigem.views.web.routing import page
from novigem.views.web.visit import Visit
from novigem.views.web.whose import holds_names_back, is_own, not_here, whose


@dataclass(frozen=True)
class AppealView:
    """An appeal, or points that wait: how it stands, and what it is about. It names nobody."""

    request: Request
    status: str


@dataclass(frozen=True)
class StatementView:
    """A statement with its lines in words, the newest first, and what is chosen of it."""

    person: Person
    program: Program
    programs: Sequence[Program]
    statement: Statement
    lines: Sequence[EntryView]
    appeals: Sequence[AppealView]
    since: str
    until: str
    is_own: bool


def person(visit: Visit) -> Response:
    """Show a person as everybody may know them; more to whoever may see their entries."""
    found = whose(visit, What.PERSON, visit.request.path_params["user"])
    sees_entries = _sees_entries(visit, found)
    seasons = [
        season_view(visit, one)
        for one in my_seasons(visit.queries, visit.programs, found.id)
        if sees_entries or not holds_names_back(one.program)
    ]
    own = is_own(visit, found.id)
    return render(visit, "person.html", person=found, seasons=seasons, sees_entries=sees_entries, own=own)


def _sees_entries(visit: Visit, found: Person) -> bool:
    return any(visit.may(What.ENTRIES, one) for one in visit.store.joins().group(found.id))


def statement(visit: Visit) -> Response:
    """Show every point of a person in one program, with the balance after it."""
    found = whose(visit, What.ENTRIES, visit.request.path_params["user"])
    program, others = _program(visit, found.id)
    since, until = (_day(visit.query(name), name) for name in ("since", "until"))
    drawn = statement_of(
        visit.store,
        program.program,
        found.id,
        since=None if since is None else start_of_day(since, program.zone),
        until=None if until is None else start_of_day(until + timedelta(days=1), program.zone),
    )
    view = StatementView(
        person=found,
        program=program,
        programs=others,
        statement=drawn,
        lines=[entry_view(one, program, visit.queries.now) for one in reversed(drawn.lines)],
        appeals=[AppealView(one, status_word(one)) for one in drawn.appeals],
        since="" if since is None else since.isoformat(),
        until="" if until is None else until.isoformat(),
        is_own=is_own(visit, found.id),
    )
    return render(visit, "statement.html", view=view)


def _program(visit: Visit, user: str) -> tuple[Program, list[Program]]:
    """Give the program that is asked for, else the newest in which the person has something; and all there are."""
    asked, programs = visit.query("program"), visit.programs
    if asked is not None and asked not in programs:
        raise not_here()
    own = [one for one in programs.values() if next(visit.store.entries(EntryFilter(one.program, user)), None)]
    chosen = None if asked is None else programs[asked]
    newest = max(own or programs.values(), key=lambda one: one.window.start, default=None)
    program = chosen or newest
    if program is None:
        raise not_here()
    return program, own if program in own else [program, *own]


def _day(text: str | None, name: str) -> date | None:
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"{name} {text!r} is not a day", hint="write 2026-01-05") from error
    if not date(2, 1, 1) <= day <= date(9998, 12, 31):
        raise InputError(f"{name} {text!r} is outside the calendar", hint="write 2026-01-05")
    return day


ROUTES = [page("/people/{user}", person, What.PERSON), page("/people/{user}/statement", statement, What.ENTRIES)]
