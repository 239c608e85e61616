"""Reading: boards, progress, badges, entries, people and programs, as every view shows them. Nothing here writes."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, time

from novigem.engine.closing.due import State, state_of
from novigem.engine.closing.scope import is_ranked, who_is_ranked
from novigem.engine.closing.vesting import pending_points
from novigem.engine.closing.waiting import reading_of
from novigem.engine.closing.windows import DEFAULT_BOARD, Window, board_named, board_window
from novigem.errors import InputError, ProgramError, UnknownName
from novigem.leaderboards.ranking import RankStyle, Standing, rank
from novigem.leaderboards.rollups import Rollups, board_challenge, rollup_name
from novigem.ledger.store import EntryFilter, RowFilter, Store, StoredProgram, Who
from novigem.model.change import id18, to_micros
from novigem.model.closing import Closing, read_standings
from novigem.model.entry import BadgeAward, Entry, Progress, Total
from novigem.model.people import Person
from novigem.model.periods import Period
from novigem.model.program import ALWAYS_END, ALWAYS_START, CADENCES, BoardPeriod, Leaderboard, Program, Scope, bounded
from novigem.program.load import load_program_text
from novigem.program.redaction import with_version
from novigem.program.words import advise, did_you_mean
from novigem.queries.boards import (
    NEIGHBOURS_EACH_SIDE,
    Board,
    BoardRow,
    around_user,
    board_row,
    closed_up,
    final_board,
    totals_from_ledger,
    with_state,
)
from novigem.queries.percent_boards import challenge_of, percent_board, percent_span, percent_window, read_percent
from novigem.queries.progress import ProgressAnswer, read_progress
from novigem.queries.team_boards import read_team_board, team_names
from novigem.queries.visibility import Shown, shown_entry, shown_names, shown_row, unlisted
from novigem.rules.operators import DEFAULT_REGISTRY, Registry

__all__ = ["DEFAULT_BOARD", "Board", "BoardRow", "ProgressAnswer", "Queries"]

# A reader beside a busy writer gives up waiting for a quiet moment after so many tries.
_MOST_READS = 5
_PERIODS: dict[str, BoardPeriod] = {
    "program": "program",
    "week": "week",
    "month": "month",
    "quarter": "quarter",
    "all": "all",
}
# Every zone has a noon on every day it has, whatever its clock changes do around midnight.
_NOON = time(12)


class Queries:
    """Answers from a store.

    `now` is the reader's clock: it picks the current week of a board, tells what is over and what is still held.
    """

    def __init__(self, store: Store, *, now: datetime, registry: Registry = DEFAULT_REGISTRY) -> None:
        self.store = store
        self.registry = registry
        self.now = to_micros(now)
        # A stored text never changes, so one reader reads each of them once.
        self._loaded: dict[tuple[str, str], Program] = {}

    def programs(self) -> dict[str, Program]:
        """Give the newest accepted version of each program, by id.

        A program with operators of its own, which this reader's registry does not hold, is left out here; `program`
        says so when it is asked for.
        """
        readable = {}
        for name, stored in self._newest().items():
            with suppress(ProgramError):
                readable[name] = self._load(stored)
        return readable

    def _newest(self) -> dict[str, StoredProgram]:
        return {stored.program: stored for stored in self.store.programs()}

    def _load(self, stored: StoredProgram) -> Program:
        key = (stored.program, stored.version)
        if key not in self._loaded:
            try:
                program = load_program_text(stored.text, stored.program, registry=self.registry)
                # Somebody may have been erased from the text since.
                self._loaded[key] = with_version(program, stored.version)
            except ProgramError as error:
                raise ProgramError(
                    f"the stored program {stored.program!r} cannot be read back",
                    error.diagnostics,
                    hint="if it uses operators or Award Points To modes of your own, read it with their registry",
                ) from error
        return self._loaded[key]

    def program(self, program_id: str | None = None) -> Program:
        """Give one program; without an id the only one.

        Raises UnknownName when there is none, or several and none is named; ProgramError when it cannot be read back.
        """
        programs = self._newest()
        if program_id is None and len(programs) == 1:
            return self._load(next(iter(programs.values())))
        if program_id is None:
            known = ", ".join(programs)
            raise UnknownName(
                "this database holds several programs" if programs else "this database holds no program yet",
                hint=f"add --program, one of: {known}"
                if programs
                else "run one first: novigem run PROGRAM --from FILE",
            )
        if program_id not in programs:
            raise UnknownName(f"there is no program {program_id!r}", hint=advise(program_id, programs))
        return self._load(programs[program_id])

    def program_version(self, program_id: str, version: str) -> Program:
        """Give a program as it was accepted under a version. Raises UnknownName where it was not."""
        for stored in self.store.programs():
            if (stored.program, stored.version) == (program_id, version):
                return self._load(stored)
        raise UnknownName(f"the program {program_id!r} was never accepted as version {version}")

    def find_user(self, text: str) -> str:
        """Give the id of a user named by id, e-mail or name.

        Raises UnknownName when nobody, or more than one person, is called so.
        """
        try:
            return id18(text)
        except ValueError:
            pass
        people = self.store.everybody()
        wanted = text.casefold()
        found = [one for one in people if wanted in ((one.email or "").casefold(), (one.name or "").casefold())]
        if len(found) == 1:
            return found[0].id
        if found:
            raise UnknownName(f"{len(found)} people are called {text!r}", hint="name one by id or e-mail")
        names = [name for one in people for name in (one.name, one.email) if name]
        # A list of everybody would be long, and says more than was asked.
        meant = did_you_mean(text, names)
        raise UnknownName(f"nobody is called {text!r}", hint=meant or "write the name, the e-mail or the id of a user")

    def board(
        self,
        board_id: str | None = None,
        *,
        program_id: str | None = None,
        period: str | None = None,
        as_of: int | datetime | None = None,
        limit: int | None = None,
        user: str | None = None,
        live: bool = False,
    ) -> Board:
        """Give the standings of a board; without an id the first of the program.

        `period` is `program`, `week`, `month`, `quarter` or `all`, optionally with a day in it: `week:2026-01-07`.
        `as_of` is a ledger position, or a moment: what had happened before it. `user` adds the rows around somebody.
        What is closed is read as it was closed, unless `as_of` or `live` asks for the ledger.

        Raises UnknownName for a board or program that does not exist, InputError for a period that is none.
        """
        program, board = self._find_board(board_id, program_id)
        if board.by == "percent":
            return self._percent_board(program, board, period, as_of, limit=limit, user=user, live=live)
        kind, moment = self._period(program, board, period)
        span = _span(program, kind, moment)
        state = self._state_of_board(program, board, span) if as_of is None and kind == board.period else None
        closing = None if live or state is None else state.closing
        if board.scope == "teams" and user is not None:
            raise InputError(f"the board {board.id!r} ranks teams", hint="who is in them: novigem teams")
        if closing is not None:
            return self._final_board(closing, board, limit=limit, user=user)
        if board.scope == "teams":
            ranked_teams = read_team_board(self.store, program, board, (kind, moment), as_of)
            status = "running" if self.now < span.end else "provisional"
            ranked_teams = replace(ranked_teams, rows=ranked_teams.rows[:limit], status=status)
            return ranked_teams if state is None else with_state(ranked_teams, state, self.now)
        who = self._who(program, board)
        who = who._replace(excluded=who.excluded | unlisted(self.store, user))
        challenge = board_challenge(board)
        if challenge is not None and challenge not in {one.id for one in program.challenges}:
            raise UnknownName(f"the board {board.id!r} names no challenge of its program")
        if as_of is None and Rollups(program).keeps(challenge, kind):
            book = rollup_name(program.program, challenge, Rollups(program).period(kind, moment).label)
            standings, around, position = self._read_book(book, board, who, limit, user)
        else:
            totals, position = totals_from_ledger(self.store, program, challenge, span, as_of)
            people = self.people([total.user for total in totals])
            ranked = [total for total in totals if is_ranked(total.user, people[total.user], who)]
            everyone = rank(ranked, board.ranking, board.ties)
            standings = everyone[:limit]
            around = around_user([(one.total.user, one) for one in everyone], user)
        names = self._shown(program, board, {one.total.user for one in (*standings, *around)}, user)
        held = pending_points(program, challenge, span, self.store, self.now) if as_of is None else {}
        shown = Board(
            board=board.id,
            name=board.name,
            program=program.program,
            period=span.label,
            start=bounded(span.start),
            end=bounded(span.end),
            as_of=position,
            status="running" if self.now < span.end else "provisional",
            rows=tuple(board_row(one, names, held) for one in standings),
            around=tuple(board_row(one, names, held) for one in around),
        )
        return shown if state is None else with_state(shown, state, self.now)

    def _state_of_board(self, program: Program, board: Leaderboard, span: Period) -> State | None:
        return None if board.period == "all" else self._state_of(program, board_window(program, board, span))

    def _state_of(self, program: Program, window: Window) -> State:
        read = reading_of(program, self.store, self.registry)
        return state_of(window, self.store.closing(window.key), read, self.now)

    def _final_board(self, closing: Closing, board: Leaderboard, *, limit: int | None, user: str | None) -> Board:
        """Give a board as it was closed, and as it ranked then; who opted out since is left out."""
        program = closed = self.program(closing.program)
        with suppress(UnknownName, KeyError):
            closed = self.program_version(closing.program, closing.version)
            board = board_named(closed, board.id)
        final = read_standings(closing)
        rows = closed_up(final.rows, unlisted(self.store, user), board)
        users = {one.user for one in rows}
        teams = team_names(users, closed, program) if final.ranks_teams else None
        names = teams or self._shown(program, board, users, user)
        return final_board(closing, rows, names, limit=limit, user=user)

    def _percent_board(
        self,
        program: Program,
        board: Leaderboard,
        period: str | None,
        as_of: int | datetime | None,
        *,
        limit: int | None,
        user: str | None,
        live: bool,
    ) -> Board:
        _kind, moment = self._period(program, board, period)
        span = percent_span(program, challenge_of(program, board), period and period.partition(":")[0], moment)
        state = None if as_of is not None else self._state_of(program, percent_window(program, board, span))
        closing = None if live or state is None else state.closing
        hidden = unlisted(self.store, user)
        read = read_percent(self.store, program, board, span, as_of, hidden=hidden, closing=closing)
        names = self._shown(program, board, {one.progress.user for one in read.rows}, user)
        absent = self._called(program, board, read.absent, user)
        whole = percent_board(program, board, read, names, absent)
        status = "running" if self.now < span.end else "provisional"
        users = (one.progress.user for one in read.rows)
        near = tuple(around_user(list(zip(users, whole.rows, strict=True)), user))
        shown = replace(whole, rows=whole.rows[:limit], around=near, status=status)
        return shown if state is None else with_state(shown, state, self.now, live=closing is None)

    def _shown(
        self, program: Program, board: Leaderboard, users: Collection[str], reader: str | None
    ) -> dict[str, Shown]:
        return shown_names(self.store, program, board, self.people(users).values(), reader)

    def _called(self, program: Program, board: Leaderboard, names: Iterable[str], reader: str | None) -> Iterator[str]:
        """Yield how a board calls people whom a program names; as the program does where nobody is called so."""
        hidden = unlisted(self.store, reader)
        for name in names:
            try:
                user = self.find_user(name)
            except UnknownName:
                if board.names == "full":
                    yield name
                continue
            if user not in hidden:
                yield self._shown(program, board, [user], reader)[user].name

    def _read_book(
        self, book: str, board: Leaderboard, who: Who, limit: int | None, user: str | None
    ) -> tuple[list[Standing], list[Standing], int]:
        """Read the top and the rows around somebody as of one ledger position: anew when a run commits in between."""
        # Who is excluded earns nothing, so almost always nobody has to be left out and ranks are counted by places.
        who = who._replace(excluded=frozenset(one for one in who.excluded if self.store.total(book, one) is not None))
        for _attempt in range(_MOST_READS):
            position = self.store.entry_count()
            standings = rank(self.store.top(book, board.ties, limit, who), board.ranking, board.ties)
            around = self._around(book, board, who, user)
            if self.store.entry_count() == position:
                break
        return standings, around, position

    def progress(self, which: RowFilter) -> list[Progress]:
        """Give progress rows; those of badges and teams only where `challenge` asks for it: `badge/ID`, `team/ID`.

        Rows of others than the user asked for are without who opted out.
        """
        hidden = unlisted(self.store, which.user)
        rows = self.store.progress_rows(which)
        asked = (row for row in rows if which.challenge is not None or "/" not in row.challenge)
        return [shown_row(row, hidden) for row in asked]

    def completions(self, which: RowFilter, *, live: bool = False) -> list[ProgressAnswer]:
        """Give progress rows with what completing them gave, and how the challenge stands.

        What is closed is read as it was closed, unless `live` asks for what the ledger and the badge awards say today.
        Rows of others than the user asked for are without who opted out.
        """
        hidden = unlisted(self.store, which.user)
        answers = read_progress(self.store, self.programs(), self.registry, self.now, which, live=live)
        return [replace(one, progress=shown_row(one.progress, hidden)) for one in answers]

    def badges(self, which: RowFilter) -> list[BadgeAward]:
        """Give badge awards; of others than the one asked for, without who opted out."""
        hidden = unlisted(self.store, which.user)
        return [shown_row(row, hidden) for row in self.store.badges(which)]

    def entries(self, which: EntryFilter) -> Iterator[Entry]:
        """Yield ledger entries; of others than the one asked for, without who opted out."""
        hidden = unlisted(self.store, which.user)
        return (shown_entry(entry, hidden) for entry in self.store.entries(which))

    def people(self, ids: Collection[str]) -> dict[str, Person]:
        """Give people by id; ids nobody told us about stand as themselves."""
        known = self.store.people(ids)
        return {one: known.get(one) or Person(id=one) for one in ids}

    def _find_board(self, board_id: str | None, program_id: str | None) -> tuple[Program, Leaderboard]:
        if board_id is None or program_id is not None:
            program = self.program(program_id)
            boards = program.leaderboards or (DEFAULT_BOARD,)
            return program, boards[0] if board_id is None else _named(boards, board_id)
        boards_of = {
            (program.program, board.id): (program, board)
            for program in self.programs().values()
            for board in program.leaderboards or (DEFAULT_BOARD,)
        }
        found = [pair for (_program, name), pair in boards_of.items() if name == board_id]
        if len(found) > 1:
            raise UnknownName(f"several programs have a board {board_id!r}", hint="add --program")
        if not found:
            known = [name for _program, name in boards_of]
            raise UnknownName(f"there is no board {board_id!r}", hint=advise(board_id, known))
        return found[0]

    def _period(self, program: Program, board: Leaderboard, text: str | None) -> tuple[BoardPeriod, int]:
        name, _colon, day = (text or board.period).partition(":")
        kind = _PERIODS.get(name)
        if kind is None:
            raise InputError(f"{name!r} is not a period", hint=f"use {', '.join(_PERIODS)}")
        if not day:
            # A season that is over is looked at in its last week, not in an empty one of today.
            return kind, min(self.now, program.window.end - 1)
        try:
            chosen = datetime.combine(date.fromisoformat(day), _NOON, program.zone)
        except ValueError:
            raise InputError(f"{day!r} is not a day", hint="write a day of the period, as in week:2026-01-07") from None
        return kind, to_micros(chosen)

    def _who(self, program: Program, board: Leaderboard) -> Who:
        if isinstance(board.scope, Scope) and board.scope.manager is not None:
            return Who(managers=frozenset({self.find_user(board.scope.manager)}))
        return who_is_ranked(program, board, self.store) or Who()

    def _around(self, book: str, board: Leaderboard, who: Who, user: str | None) -> list[Standing]:
        total = None if user is None else self.store.total(book, user)
        if total is None:
            return []
        near = self.store.neighbours(total, board.ties, NEIGHBOURS_EACH_SIDE, who)
        steps = rank(near, board.ranking, board.ties)
        return [one._replace(rank=self._rank_of(one.total, board, who)) for one in steps]

    def _rank_of(self, total: Total, board: Leaderboard, who: Who) -> int:
        style: RankStyle = board.ranking
        return 1 + self.store.count_above(total, board.ties, who, distinct=style == "dense", by_user=style == "ordinal")


def _named(boards: Sequence[Leaderboard], board_id: str) -> Leaderboard:
    for board in boards:
        if board.id == board_id:
            return board
    raise UnknownName(f"there is no board {board_id!r}", hint=advise(board_id, [board.id for board in boards]))


def _span(program: Program, kind: BoardPeriod, moment: int) -> Period:
    if kind == "all":
        return Period("all", ALWAYS_START, ALWAYS_END)
    return program.window if kind == "program" else program.calendar.period(CADENCES[kind], moment)
