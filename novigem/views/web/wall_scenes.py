"""What a wall shows: who leads, what happened just now, how far the challenges are; three facts at most on each scene.

Comes in: a visit of nobody in particular, and a link. Goes out: names and figures, and no id. Corrections are told
without a name: a wall is no place for that.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from novigem.engine.closing.teams import roster_now
from novigem.engine.closing.windows import boards_of
from novigem.ledger.store import EntryFilter, RowFilter
from novigem.model.change import from_micros, to_micros
from novigem.model.displays import DisplayLink
from novigem.model.entry import Entry, EntryKind
from novigem.model.program import Leaderboard, Program
from novigem.queries.board_types import Board
from novigem.queries.people import people_by_id
from novigem.queries.visibility import shown_names, unlisted
from novigem.views.web.visit import NotHere, Visit

#: So many facts stand on a scene.
MOST_FACTS = 3
# So many of the newest entries are looked through for facts.
_LOOKED_AT = 300


@dataclass(frozen=True)
class Leader:
    """A place on the board; `share` is that of the best one's figure, `percent` on a board by percent."""

    rank: int
    name: str
    points: int
    share: float
    percent: float | None = None


@dataclass(frozen=True)
class News:
    """Something that happened: points of somebody for something. `name` is None of a correction."""

    name: str | None
    points: int
    what: str
    at: datetime


@dataclass(frozen=True)
class Goal:
    """How far a challenge is: `done` of the `people` who are at it have made it."""

    name: str
    done: int
    people: int


@dataclass(frozen=True)
class Wall:
    """All scenes of a wall, at one moment."""

    program: Program
    board: Board
    period: str
    leaders: tuple[Leader, ...]
    news: tuple[News, ...]
    goals: tuple[Goal, ...]
    now: datetime

    @property
    def is_fresh(self) -> bool:
        """Whether the newest fact is of the last day."""
        return bool(self.news) and self.now - self.news[0].at < timedelta(days=1)


def wall_of(visit: Visit, link: DisplayLink) -> Wall:
    """Give what a wall shows now. Raises NotHere where its program or board is not there any more."""
    program = visit.programs.get(link.program)
    boards = () if program is None else boards_of(program)
    own = next((one for one in boards if link.board in (None, one.id)), None)
    if program is None or own is None:
        raise NotHere("there is nothing here", hint="ask whoever made the link")
    period = _period(program, own, visit)
    members = None if link.team is None else _members(visit, program, link.team)
    limit = None if members is not None else MOST_FACTS
    board = visit.queries.board(own.id, program_id=program.program, period=period, limit=limit)
    return Wall(
        program=program,
        board=board,
        period=period,
        leaders=tuple(_leaders(board, members)),
        news=tuple(islice(_news(visit, program, own, members), MOST_FACTS)),
        goals=tuple(islice(_goals(visit, program, members), MOST_FACTS)),
        now=visit.now,
    )


def _period(program: Program, board: Leaderboard, visit: Visit) -> str:
    """Give the period that is shown: this week while the season runs, else the board's own."""
    is_running = program.window.start <= visit.queries.now < program.window.end
    return "week" if is_running and board.by != "percent" and board.period == "program" else str(board.period)


def _members(visit: Visit, program: Program, team: str) -> frozenset[str]:
    """Give who is in a team now, by all their ids."""
    now, joins = to_micros(visit.now), visit.store.joins()
    belonging = (one for one in roster_now(program, visit.store).members(team) if one.start <= now < one.end)
    return frozenset(user for one in belonging for user in joins.group(one.user))


def _leaders(board: Board, members: Collection[str] | None) -> Iterator[Leader]:
    rows = [row for row in board.rows if members is None or row.user in members]
    best = max((row.points for row in rows), default=0)
    for row in rows[:MOST_FACTS]:
        percent = None if row.value is None or not row.target else row.value / row.target
        share = row.points / best if percent is None and best > 0 else percent or 0.0
        yield Leader(row.rank, row.name, row.points, share, percent)


def _news(visit: Visit, program: Program, board: Leaderboard, members: Collection[str] | None) -> Iterator[News]:
    """Yield what happened, the newest first: each person once, and one correction at most.

    What somebody was given by hand is between them and whoever gave it.
    """
    newest = visit.store.entry_count()
    which = EntryFilter(program=program.program, after=max(0, newest - _LOOKED_AT))
    hidden = unlisted(visit.store, None)
    entries = [one for one in visit.store.entries(which) if one.user not in hidden]
    entries = [one for one in entries if members is None or one.user in members]
    names = _names(visit, program, board, {one.user for one in entries})
    told: set[str | None] = set()
    for entry in reversed(entries):
        name = names[entry.user] if entry.points > 0 else None
        if entry.points == 0 or entry.kind is EntryKind.ADJUSTMENT or name in told:
            continue
        told.add(name)
        yield News(name, entry.points, _what(program, entry), from_micros(entry.occurred))


def _names(visit: Visit, program: Program, board: Leaderboard, users: Collection[str]) -> Mapping[str, str]:
    people = people_by_id(visit.store, users).values()
    # A board of teams names its teams; people go by the first board that names people.
    shown = (
        board if board.scope != "teams" else next((one for one in boards_of(program) if one.scope != "teams"), board)
    )
    return {user: one.name for user, one in shown_names(visit.store, program, shown, people, None).items()}


def _what(program: Program, entry: Entry) -> str:
    """Say what points were for, in the words of the program."""
    rule = next((one for one in program.rules if one.id == entry.rule), None)
    if rule is not None:
        return rule.name or rule.id.replace("-", " ")
    challenge = next((one for one in program.challenges if one.id == entry.challenge), None)
    return "" if challenge is None else challenge.name


def _goals(visit: Visit, program: Program, members: Collection[str] | None) -> Iterator[Goal]:
    """Yield the challenges that run, those that most are at first."""
    rows = visit.queries.completions(RowFilter(program=program.program))
    found = []
    for challenge in program.challenges:
        of_it = [one for one in rows if one.progress.challenge == challenge.id and one.status == "running"]
        newest = max((one.progress.period or "" for one in of_it), default="")
        there = [one.progress for one in of_it if (one.progress.period or "") == newest]
        there = [one for one in there if members is None or one.user in members]
        if there:
            done = sum(one.completed is not None for one in there)
            found.append(Goal(challenge.name, done, len(there)))
    return iter(sorted(found, key=lambda one: -one.people))
