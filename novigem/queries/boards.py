"""Boards: the way from what somebody asks for to the rows that they see.

    a request -> which board, over which period -> how it stands -> its rows by rank -> the names that may be shown

`BoardReader.read` is that way, block by block. The rows by rank come from `points_boards.py` (kept sums, or the
ledger), `percent_boards.py` or `team_boards.py`, and from `final_boards.py` where the board is closed.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from novigem.engine.closing.leavers import leavers_among
from novigem.engine.closing.states import WindowState, state_of
from novigem.engine.closing.waiting import feed_coverage
from novigem.engine.closing.windows import board_named, board_window, boards_of, zones_in
from novigem.errors import InputError, UnknownName
from novigem.ledger.store import Store
from novigem.model.binding import lasting_id
from novigem.model.change import to_micros
from novigem.model.closing import Closing, read_standings
from novigem.model.guesses import advise
from novigem.model.people import Person
from novigem.model.periods import Cadence, Period, local_day
from novigem.model.program import (
    ALWAYS_END,
    ALWAYS_START,
    CADENCES,
    BoardPeriod,
    LastDays,
    Leaderboard,
    Program,
    bounded,
)
from novigem.queries.board_types import Board, BoardChoice, BoardRequest, RankedRows, as_shown, challenge_of, with_state
from novigem.queries.final_boards import final_board, final_rows
from novigem.queries.people import find_user, people_by_id
from novigem.queries.percent_boards import percent_span, percent_window, rank_by_target
from novigem.queries.points_boards import rank_people
from novigem.queries.positions import AsOf
from novigem.queries.programs import StoredPrograms
from novigem.queries.team_boards import rank_teams, team_names
from novigem.queries.visibility import Shown, shown_names, unlisted

_PERIODS: dict[str, BoardPeriod] = {
    "program": "program",
    "week": "week",
    "month": "month",
    "quarter": "quarter",
    "all": "all",
}
# Every zone has a noon on every day it has, whatever its clock changes do around midnight.
_NOON = time(12)


class BoardReader:
    """Reads boards from a store; `now` is the reader's clock, in microseconds since 1970 UTC."""

    def __init__(self, store: Store, programs: StoredPrograms, now: int) -> None:
        self._store = store
        self._programs = programs
        self._now = now

    def read(self, asked: BoardRequest) -> Board:
        """Give a board. Raises UnknownName and InputError as `Queries.board` does."""
        # Which board of which program, over which of its periods.
        program, board = self._find(asked.board, asked.program)
        chosen = self._choose(program, board, asked)
        if board.scope == "teams" and asked.user is not None:
            raise InputError(
                f"the board {board.id!r} ranks teams", hint="name no person", code="board-ranks-teams", board=board.id
            )

        # What is closed is read as it was closed, unless the ledger itself is asked for.
        state = self._state(chosen, asked.as_of)
        closing = None if asked.live or state is None else state.closing
        if closing is not None and board.by != "percent":
            return replace(self._as_closed(closing, board, asked), paused=program.pause_at(self._now))

        # The rows by rank, and the names under which they may be seen; and who of them has left.
        ranked = self._rank(chosen, asked, closing)
        if board.scope == "teams":
            names, gone = team_names(ranked.users, program), frozenset[str]()
        else:
            people = people_by_id(self._store, ranked.users)
            names = shown_names(self._store, program, board, people.values(), asked.user)
            gone = self._gone(board, ranked, people)

        found = Board(
            board=board.id,
            name=board.name,
            program=program.program,
            period=chosen.span.label,
            start=bounded(chosen.span.start),
            end=bounded(chosen.span.end),
            as_of=ranked.as_of,
            status="running" if self._now < chosen.span.end else "provisional",
            rows=as_shown(ranked.rows, names, gone),
            around=as_shown(ranked.around, names, gone),
            by=board.by,
            absent=tuple(self._absent(program, board, ranked.absent, asked.user)),
            ranks="teams" if board.scope == "teams" else "people",
            more=ranked.more,
            sharing=ranked.sharing,
            first=ranked.first,
            place=ranked.place,
            size=ranked.size,
            apart=as_shown(ranked.apart, names, gone),
            paused=program.pause_at(self._now),
            is_shadow=program.is_shadow,
            fewer_first=board.by == "percent" and challenge_of(program, board).goal.fewest is not None,
        )
        return found if state is None else with_state(found, state, self._now, live=closing is None)

    def _find(self, board_id: str | None, program_id: str | None) -> tuple[Program, Leaderboard]:
        is_named_alone = board_id is not None and program_id is None
        programs = self._programs.readable().values() if is_named_alone else [self._programs.program(program_id)]
        boards = [(program, board) for program in programs for board in boards_of(program)]
        if board_id is None:
            return boards[0]
        wanted = {board_id, lasting_id(self._programs.bindings, "board", board_id)}
        found = [(program, board) for program, board in boards if board.id in wanted]
        if not found:
            known = [board.id for _program, board in boards]
            raise UnknownName(f"there is no board {board_id!r}", hint=advise(board_id, known))
        if len(found) > 1:
            raise UnknownName(
                f"several programs have a board {board_id!r}",
                hint="name the program too",
                code="name-in-several-programs",
                name=board_id,
            )
        return found[0]

    def _choose(self, program: Program, board: Leaderboard, asked: BoardRequest) -> BoardChoice:
        period = asked.period
        if period is None and isinstance(board.period, LastDays):
            return self._last_days(program, board, board.period.last_days, asked.as_of)
        kind, moment = self._moment(program, board, period)
        if board.by == "percent":
            # It shows the progress of its challenge, so it has the periods of that.
            span = percent_span(program, board, period and period.partition(":")[0], moment)
            return BoardChoice(program, board, kind, moment, span, percent_window(program, board, span, self._store))
        span = _span(program, kind, moment)
        # A board closes over periods of its own kind; all time never ends.
        closes = kind == board.period and kind != "all" and not program.is_shadow
        window = board_window(program, board, span, zones_in(program, self._store)) if closes else None
        return BoardChoice(program, board, kind, moment, span, window)

    def _last_days(self, program: Program, board: Leaderboard, days: int, as_of: AsOf | None) -> BoardChoice:
        """Give the days up to today, or up to the last one before a moment that is asked for."""
        now = to_micros(as_of) - 1 if isinstance(as_of, datetime) else self._now
        moment = min(now, program.window.end - 1)
        today = local_day(moment, program.zone)
        span = program.span(f"last:{days}", today - timedelta(days=days - 1), today)
        return BoardChoice(program, board, "all", moment, span, None, last_days=days)

    def _moment(self, program: Program, board: Leaderboard, text: str | None) -> tuple[BoardPeriod, int]:
        name, _colon, day = (text or str(board.period)).partition(":")
        kind = _PERIODS.get(name)
        if kind is None:
            raise InputError(f"{name!r} is not a period", hint=f"use {', '.join(_PERIODS)}")
        if not day:
            # A season that is over is looked at in its last week, not in an empty one of today.
            return kind, min(self._now, program.window.end - 1)
        return kind, to_micros(datetime.combine(_day_of(program, kind, day), _NOON, program.zone))

    def _state(self, chosen: BoardChoice, as_of: AsOf | None) -> WindowState | None:
        """Tell how a period of a board stands; None where it never closes, or an earlier time is asked for."""
        window = chosen.window
        if window is None or as_of is not None:
            return None
        read = feed_coverage(chosen.program, self._store)
        return state_of(window, self._store.closing(window.key), read, self._now)

    def _as_closed(self, closing: Closing, board: Leaderboard, asked: BoardRequest) -> Board:
        """Give a board as it was closed, and as it ranked then; who opted out since is left out."""
        program = closed = self._programs.program(closing.program)
        with suppress(UnknownName, KeyError):
            closed = self._programs.version(closing.program, closing.version)
            board = board_named(closed, board.id)
        ranked = final_rows(closing, board, unlisted(self._store, asked.user), asked)
        if read_standings(closing).ranks_teams:
            names, gone = team_names(ranked.users, closed, program), frozenset[str]()
        else:
            people = people_by_id(self._store, ranked.users)
            names = shown_names(self._store, program, board, people.values(), asked.user)
            gone = self._gone(board, ranked, people)
        shown = (as_shown(rows, names, gone) for rows in (ranked.rows, ranked.around, ranked.apart))
        return final_board(closing, ranked, *shown)

    def _gone(self, board: Leaderboard, ranked: RankedRows, people: Mapping[str, Person]) -> frozenset[str]:
        """Give who is shown as having left; nobody where names are held back: it would tell who somebody is."""
        if board.names != "full":
            return frozenset()
        return leavers_among(self._store, people) if ranked.gone is None else ranked.gone

    def _rank(self, chosen: BoardChoice, asked: BoardRequest, closing: Closing | None) -> RankedRows:
        if chosen.board.by == "percent":
            return rank_by_target(self._store, chosen, asked, closing)
        if chosen.board.scope == "teams":
            return rank_teams(self._store, chosen, asked, self._now)
        return rank_people(self._store, chosen, asked, self._now)

    def _names_of_people(
        self, program: Program, board: Leaderboard, users: Collection[str], reader: str | None
    ) -> dict[str, Shown]:
        return shown_names(self._store, program, board, people_by_id(self._store, users).values(), reader)

    def _absent(self, program: Program, board: Leaderboard, names: Iterable[str], reader: str | None) -> Iterator[str]:
        """Yield how a board calls people whom a program names; as the program does where nobody is called so."""
        hidden = unlisted(self._store, reader)
        for name in names:
            try:
                user = find_user(self._store, name)
            except UnknownName:
                if board.names == "full":
                    yield name
                continue
            if user not in hidden:
                yield self._names_of_people(program, board, [user], reader)[user].name


def _day_of(program: Program, kind: str, text: str) -> date:
    """Give a day of the period that somebody asks for, by any day in it or by its label."""
    with suppress(ValueError):
        return date.fromisoformat(text)
    with suppress(ValueError, OverflowError):
        first, _last = program.calendar.days_of(f"{kind}:{text}")
        # A quarter of the calendar year is none of a business year that begins in another month.
        if kind in ("month", "quarter") and program.calendar.label_of_day(CADENCES[kind], first) == f"{kind}:{text}":
            return first
    hint = "write a day of the period, as in week:2026-01-07"
    if kind == "quarter":
        hint = f"{hint}, or its label, such as {program.calendar.label_of_day(Cadence.QUARTERLY, date(2026, 2, 1))}"
    raise InputError(f"{text!r} is not a day", hint=hint)


def _span(program: Program, kind: BoardPeriod, moment: int) -> Period:
    if kind == "all":
        return Period("all", ALWAYS_START, ALWAYS_END)
    return program.window if kind == "program" else program.calendar.period(CADENCES[kind], moment)
