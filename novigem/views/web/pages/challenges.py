"""A challenge: can I make it."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

from starlette.responses import Response

from novigem.access.table import What
from novigem.challenges.rates import good_of
from novigem.engine.closing.late import late_entries
from novigem.engine.closing.states import WindowState, states
from novigem.errors import UnknownName
from novigem.ledger.store import RowFilter
from novigem.model.change import from_micros
from novigem.model.closing import read_standings
from novigem.model.entry import GOAL_UNIT, Progress, ProgressKey
from novigem.model.people import Person
from novigem.model.periods import local_day
from novigem.model.program import Challenge, Leaderboard, Program, Scope
from novigem.queries.pace import Pace, current_period, measure_of, read_pace
from novigem.queries.people import people_by_id
from novigem.queries.progress import closed_progress
from novigem.queries.teams import TeamProgressAnswer, read_team_progress
from novigem.queries.visibility import SOMEBODY, unlisted
from novigem.views.challenge_words import challenge_sentences
from novigem.views.web.render import render
from novigem.views.web.routing import page
from novigem.views.web.visit import NotHere, Visit
from novigem.views.words import clean

_MOST_LISTED = 200


@dataclass(frozen=True)
class Line:
    """How far one person or team is, as numbers; `statement` is where the number leads."""

    name: str
    is_mine: bool
    row: Progress
    statement: str | None = None

    @property
    def value(self) -> float:
        """How far it is."""
        return self.row.value / GOAL_UNIT

    @property
    def target(self) -> float:
        """What is to be reached; 0 for somebody who is away the whole time."""
        return self.row.target / GOAL_UNIT

    @property
    def good(self) -> int:
        """How many awards of a rate are good."""
        return good_of(self.row)


@dataclass(frozen=True)
class ChallengeView:
    """A challenge over one period, with what the page shows beside it.

    `begun` and `completed` count people; `lines` are those of them whom the reader may see, `more` how many are left
    out. `least` is how many awards a rate takes.
    """

    program: Program
    challenge: Challenge
    period: str
    state: WindowState | None
    periods: tuple[tuple[str, date, date], ...]
    about: tuple[str, ...]
    own: Line | None
    pace: Pace | None
    least: int
    begun: int
    completed: int
    lines: tuple[Line, ...]
    more: int
    teams: tuple[Line, ...]
    boards: tuple[Leaderboard, ...]
    late: int
    today: date

    @property
    def kind(self) -> str:
        """What the goal measures."""
        return self.challenge.goal.measure

    @property
    def days(self) -> tuple[date, date] | None:
        """The first and the last day on which it is open; None where it has no end or no beginning."""
        return next(((first, last) for label, first, last in self.periods if label == self.period), None)

    @property
    def days_left(self) -> int | None:
        """How many days are left, today among them; None where it has no end, or is over."""
        return (self.days[1] - self.today).days + 1 if self.days and self.days[1] >= self.today else None

    @property
    def rules(self) -> list[tuple[str, str, int]]:
        """The rules that count: id, name and points of each."""
        linked = (one for one in self.program.rules if self.challenge.id in one.challenges)
        return [(one.id, clean(one.label), one.points) for one in linked]

    @property
    def badge(self) -> tuple[str, str] | None:
        """The badge that completing it gives: id and name."""
        given = self.challenge.completion.badge
        return next(((one.id, clean(one.name)) for one in self.program.badges if one.id == given), None)


def challenge(visit: Visit) -> Response:
    """Show a challenge: what it asks for, how far oneself is, and whether that is enough."""
    program, found = _find(visit)
    user = None if visit.user is None else visit.store.joins().of(visit.user, visit.queries.now)
    every = [one for one in states(program, visit.store, visit.queries.now) if _is_of(one, found)]
    period = _period(visit, program, found, user, every)
    state = next((one for one in every if one.window.period == period), None)
    rows = _rows(visit, program, found, period, state)
    view = ChallengeView(
        program=program,
        challenge=found,
        period=period,
        state=state,
        periods=tuple(_days(program, every)),
        about=tuple(challenge_sentences(program, found)),
        own=None if user is None else _own(visit, program, ProgressKey(program.program, found.id, period, user), rows),
        pace=None,
        least=0 if user is None else measure_of(visit.store, program, found, user, period).least,
        begun=len(rows),
        completed=sum(row.completed is not None for row in rows),
        lines=(),
        more=0,
        teams=tuple(_teams(visit, program, found, period)),
        boards=tuple(_boards(program, found)),
        late=_late(visit, program, state),
        today=local_day(visit.queries.now, program.zone),
    )
    return render(visit, "challenge.html", view=_with_people(visit, view, user, rows))


def _find(visit: Visit) -> tuple[Program, Challenge]:
    wanted, program_id = visit.request.path_params["challenge"], visit.query("program")
    for program in visit.programs.values():
        for one in program.challenges:
            if one.id == wanted and program_id in (None, program.program):
                return program, one
    raise NotHere("there is no such challenge", hint="see the boards of your programs")


def _is_of(state: WindowState, challenge: Challenge) -> bool:
    return (state.window.kind, state.window.id) == ("challenge", challenge.id)


def _period(
    visit: Visit, program: Program, challenge: Challenge, user: str | None, every: Sequence[WindowState]
) -> str:
    """Give the period that is shown: the one asked for, else that of today. Raises NotHere for one that is none."""
    asked = visit.query("period")
    if asked is None:
        return current_period(visit.store, program, challenge, user, visit.queries.now)
    if asked not in {one.window.period for one in every}:
        raise NotHere("this challenge has no such period", hint="choose one of its periods")
    return asked


def _days(program: Program, every: Sequence[WindowState]) -> Iterator[tuple[str, date, date]]:
    """Yield the label, the first and the last day of each period that has an end, the newest first."""
    for one in reversed([state for state in every if state.window.has_end]):
        start, end = (from_micros(moment).astimezone(program.zone) for moment in (one.window.start, one.window.end))
        yield one.window.period, start.date(), (end - timedelta(microseconds=1)).date()


def _rows(
    visit: Visit, program: Program, challenge: Challenge, period: str, state: WindowState | None
) -> list[Progress]:
    """Give the progress of everybody; what is closed as it was closed."""
    if state is not None and state.closing is not None:
        return [row for _final, row in closed_progress(state.closing)]
    return visit.store.progress_rows(RowFilter(program.program, challenge=challenge.id, period=period))


def _own(visit: Visit, program: Program, key: ProgressKey, rows: Sequence[Progress]) -> Line:
    """Give how far the reader is, whose row has a key; nothing yet where there is none."""
    row = next((one for one in rows if one.user == key.user), None)
    person = visit.store.people([key.user]).get(key.user) or Person(key.user)
    if row is None:
        measure = measure_of(visit.store, program, program.challenge(key.challenge), key.user, key.period)
        row = Progress(*key, 0, measure.target, 0, 0, 0, None)
    return Line(clean(person.label), is_mine=True, row=row, statement=_statement(visit, key.user))


def _with_people(visit: Visit, view: ChallengeView, user: str | None, rows: Sequence[Progress]) -> ChallengeView:
    """Add the people whom the reader may see, and the reader's own pace."""
    hidden = unlisted(visit.store, user)
    seen = [row for row in rows if row.user not in hidden | {SOMEBODY} and visit.may(What.PROGRESS, row.user)]
    # One's own line stands above; a list of oneself alone says nothing new.
    seen = seen if any(row.user != user for row in seen) else []
    few = view.challenge.goal.fewest is not None
    seen.sort(key=lambda row: (row.completed is None, row.completed or 0, row.value if few else -row.value, row.user))
    people = people_by_id(visit.store, [row.user for row in seen[:_MOST_LISTED]])
    lines = tuple(
        Line(clean(people[row.user].label), row.user == user, row, _statement(visit, row.user))
        for row in seen[:_MOST_LISTED]
    )
    pace = None
    if user is not None and (view.state is None or view.state.status == "running"):
        now = visit.queries.now
        pace = read_pace(visit.store, view.program, view.challenge, user, now, period=view.period)
    return ChallengeView(**(vars(view) | {"lines": lines, "more": max(0, len(seen) - _MOST_LISTED), "pace": pace}))


def _statement(visit: Visit, user: str) -> str | None:
    return visit.address("statement", user=user) if visit.may(What.ENTRIES, user) else None


def _teams(visit: Visit, program: Program, challenge: Challenge, period: str) -> Iterator[Line]:
    """Yield how far each team is; teams are no single people, so everybody may see them."""
    if challenge.team_goal is None:
        return
    for team in program.teams:
        found: list[TeamProgressAnswer] = read_team_progress(visit.store, program, team.id, challenge=challenge.id)
        row = next((one.progress for one in found if one.progress.period == period), None)
        empty = ProgressKey(program.program, challenge.id, period, team.id)
        target = int(challenge.team_goal.target * GOAL_UNIT)
        yield Line(clean(team.name), is_mine=False, row=row or Progress(*empty, 0, target, 0, 0, 0, None))


def _boards(program: Program, challenge: Challenge) -> Iterator[Leaderboard]:
    for one in program.leaderboards:
        if isinstance(one.scope, Scope) and one.scope.challenge == challenge.id:
            yield one


def _late(visit: Visit, program: Program, state: WindowState | None) -> int:
    """Count what came after it was closed."""
    if state is None or state.closing is None:
        return 0
    with suppress(UnknownName):
        closed = visit.queries.program_version(program.program, state.closing.version)
        return len(late_entries(read_standings(state.closing), closed, visit.store))
    return 0


ROUTES = [page("/challenges/{challenge}", challenge, What.CHALLENGE)]
