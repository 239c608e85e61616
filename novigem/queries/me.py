"""Me: where one person stands in a season, what they did week by week, what they hold, and what did not pay.

What would still pay stands in `chances`. Nothing here tells of others but the rows of boards, as those show them.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from novigem.engine.closing.teams import roster_now
from novigem.engine.closing.windows import boards_of
from novigem.leaderboards.averages import average
from novigem.ledger.store import EntryFilter, RowFilter
from novigem.model.entry import Entry
from novigem.model.periods import Cadence, Period
from novigem.model.program import Leaderboard, Program
from novigem.queries.board_types import Board, BoardRow
from novigem.queries.chance_records import own_records
from novigem.queries.holdings import Holding
from novigem.queries.near_misses import RuleMisses, near_misses
from novigem.queries.progress import ProgressAnswer
from novigem.queries.queries import Queries

_MOST_WEEKS = 12
_MOST_BOARDS = 8

SeasonState = Literal["before", "running", "after"]


@dataclass(frozen=True)
class Place:
    """One's own row of a board, or that of one's team, and the nearest row above it.

    `gap` is what lies between them: points, points per member, or percent of the target; 0 where only a tie-break does.
    None for whoever is first.
    """

    board: Board
    row: BoardRow
    above: BoardRow | None
    gap: Fraction | None


@dataclass(frozen=True)
class WeekPoints:
    """The points of one week of the program."""

    period: Period
    points: int
    entries: int


@dataclass(frozen=True)
class Season:
    """One person in one program. `week` is the present week, or the last of the season, which `misses` are about."""

    program: Program
    state: SeasonState
    points: int
    places: tuple[Place, ...]
    weeks: tuple[WeekPoints, ...]
    progress: tuple[ProgressAnswer, ...]
    badges: tuple[Holding, ...]
    week: Period
    misses: tuple[RuleMisses, ...]

    @property
    def missed(self) -> int:
        """How many changes of the week were one condition short of paying."""
        return sum(one.missed for one in self.misses)

    @property
    def streaks(self) -> tuple[ProgressAnswer, ...]:
        """The progress of challenges that count periods in a row."""
        kinds = {one.id: one.goal.measure for one in self.program.challenges}
        return tuple(one for one in self.progress if kinds.get(one.progress.challenge) == "streak")

    @property
    def is_empty(self) -> bool:
        """True for somebody who has nothing in it yet."""
        return not (self.points or self.badges or any(one.points for one in self.weeks))


def my_seasons(queries: Queries, programs: Mapping[str, Program], user: str) -> list[Season]:
    """Give the seasons that concern a person now: those that run, else the next one, else the last one that was."""
    user = queries.store.joins().of(user, queries.now)
    return [_season(queries, program, user) for program in present(programs.values(), queries.now)]


def present(programs: Collection[Program], now: int) -> list[Program]:
    """Give the programs that run; where none does, the one that begins next, else the one that ended last."""
    running = [one for one in programs if state_of(one, now) == "running"]
    if running:
        return running
    coming = [one for one in programs if state_of(one, now) == "before"]
    if coming:
        return [min(coming, key=lambda one: one.window.start)]
    return [max(programs, key=lambda one: one.window.end)] if programs else []


def state_of(program: Program, now: int) -> SeasonState:
    """Tell whether a season has begun, and whether it is over."""
    if now < program.window.start:
        return "before"
    return "running" if now < program.window.end else "after"


def _season(queries: Queries, program: Program, user: str) -> Season:
    name, now, store = program.program, queries.now, queries.store
    entries = list(store.entries(EntryFilter(name, user)))
    moment = max(program.window.start, min(now, program.window.end - 1))
    week = program.calendar.period(Cadence.WEEKLY, moment)
    users = {user, *store.joins().group(user)}
    records = own_records(store, users, [name])
    misses = near_misses(store, [program], user=user, since=week.start, until=week.end, records=records)
    return Season(
        program=program,
        state=state_of(program, now),
        points=sum(one.points for one in entries),
        places=tuple(_places(queries, program, user)),
        weeks=tuple(_weeks(program, entries, moment)),
        progress=tuple(queries.completions(RowFilter(name, user))),
        badges=tuple(queries.holdings(RowFilter(name, user))),
        week=week,
        misses=tuple(misses),
    )


def _weeks(program: Program, entries: Sequence[Entry], moment: int) -> Iterator[WeekPoints]:
    """Yield the weeks of a season up to a moment, the last few of them; those without points too."""
    week = program.calendar.period(Cadence.WEEKLY, moment)
    weeks = [week]
    while len(weeks) < _MOST_WEEKS and weeks[0].start > program.window.start:
        weeks.insert(0, program.calendar.period(Cadence.WEEKLY, weeks[0].start - 1))
    for one in weeks:
        own = [entry for entry in entries if one.start <= entry.occurred < one.end]
        yield WeekPoints(one, sum(entry.points for entry in own), sum(entry.points > 0 for entry in own))


def _places(queries: Queries, program: Program, user: str) -> Iterator[Place]:
    for board in boards_of(program)[:_MOST_BOARDS]:
        found = place_on(queries, program, board, user)
        if found is not None:
            yield found


def place_on(queries: Queries, program: Program, board: Leaderboard, user: str) -> Place | None:
    """Give the place of a person, or of their team, on a board; None where they have none."""
    if board.scope == "teams":
        teams = roster_now(program, queries.store).teams_at(user, min(queries.now, program.window.end - 1))
        read = queries.board(board.id, program_id=program.program)
        rows, own = read.rows, next((one.user for one in read.rows if one.user in teams), None)
    else:
        read = queries.board(board.id, program_id=program.program, limit=1, user=user)
        rows, own = read.around, user
    number = next((n for n, one in enumerate(rows) if one.user == own), None)
    if number is None:
        return None
    row = rows[number]
    above = next((one for one in reversed(rows[:number]) if one.rank < row.rank), None)
    gap = None if above is None else abs(_figure(above) - _figure(row))
    return Place(replace(read, rows=()), row, above, gap)


def _figure(row: BoardRow) -> Fraction:
    """Give what a row is ranked by: points, points per member, or percent."""
    if row.value is not None and row.target:
        return Fraction(100 * row.value, row.target)
    return Fraction(row.points) if row.members is None else average(row.points, row.members)
