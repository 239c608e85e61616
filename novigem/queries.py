"""Reading: boards, progress, badges, entries, people and programs, as every view shows them. Nothing here writes."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time

from novigem.challenges.completion import bonus_key
from novigem.discretion import Shown, shown_entry, shown_names, shown_row, unlisted
from novigem.errors import InputError, ProgramError, UnknownName
from novigem.leaderboards.books import Books, board_challenge, book_name, standing_entries, sum_entries
from novigem.leaderboards.ranking import RankStyle, Standing, rank
from novigem.ledger.store import EntryFilter, RowFilter, Store, StoredProgram, Who
from novigem.model.change import from_micros, id18, to_micros
from novigem.model.entry import BadgeAward, Entry, Progress, Total
from novigem.model.people import Person
from novigem.model.periods import Period
from novigem.model.program import ALWAYS_END, ALWAYS_START, CADENCES, BoardPeriod, Leaderboard, Program, Scope
from novigem.program.load import load_program_text
from novigem.program.veiled import with_version
from novigem.program.words import advise, did_you_mean
from novigem.rules.operators import DEFAULT_REGISTRY, Registry

#: The board of a program that declares none.
DEFAULT_BOARD = Leaderboard(id="everybody", name="Leaderboard", scope="everybody")

_NEIGHBOURS_EACH_SIDE = 2
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


@dataclass(frozen=True)
class BoardRow:
    """One line of a board. `tie` names the step that put it below an equal in points, if one did.

    Where the board holds names back, `user` is an opaque id, but for the reader's own row.
    """

    rank: int
    user: str
    name: str
    points: int
    entries: int
    tie: str | None = None


@dataclass(frozen=True)
class Board:
    """Standings over a period and a scope, as of a ledger position.

    `start` and `end` bound the period, None where it is open. `status` is `running` before the period's end and
    `provisional` after it: late changes still count. `around` holds the rows beside the user asked for.
    """

    board: str
    name: str
    program: str
    period: str
    start: datetime | None
    end: datetime | None
    as_of: int
    status: str
    rows: tuple[BoardRow, ...]
    around: tuple[BoardRow, ...] = ()


@dataclass(frozen=True)
class ProgressAnswer:
    """One user's progress, with the bonus points and the badge that completing it gave (None: nothing)."""

    progress: Progress
    bonus: int | None = None
    badge: str | None = None


class Queries:
    """Answers from a store. `now` is the reader's clock: it picks the current week of a board and nothing else."""

    def __init__(self, store: Store, *, now: datetime, registry: Registry = DEFAULT_REGISTRY) -> None:
        self.store = store
        self._now = to_micros(now)
        self._registry = registry
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
                program = load_program_text(stored.text, stored.program, registry=self._registry)
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

    def find_user(self, text: str) -> str:
        """Give the id of a user named by id, e-mail or name.

        Raises UnknownName when nobody, or more than one person, is called so.
        """
        try:
            return id18(text)
        except ValueError:
            pass
        people = self.store.people()
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
    ) -> Board:
        """Give the standings of a board; without an id the first of the program.

        `period` is `program`, `week`, `month`, `quarter` or `all`, optionally with a day in it: `week:2026-01-07`.
        `as_of` is a ledger position, or a moment: what had happened before it. `user` adds the rows around somebody.

        Raises UnknownName for a board or program that does not exist, InputError for a period that is none.
        """
        program, board = self._find_board(board_id, program_id)
        kind, moment = self._period(program, board, period)
        span = _span(program, kind, moment)
        who = self._who(program, board)
        who = who._replace(excluded=who.excluded | unlisted(self.store, user))
        challenge = board_challenge(board)
        if challenge is not None and challenge not in {one.id for one in program.challenges}:
            raise UnknownName(f"the board {board.id!r} names no challenge of its program")
        if as_of is None and Books(program).keeps(challenge, kind):
            book = book_name(program.program, challenge, Books(program).period(kind, moment).label)
            standings, around, position = self._read_book(book, board, who, limit, user)
        else:
            totals, position = self._totals_from_ledger(program, challenge, span, as_of)
            ranked = [total for total in totals if self._is_ranked(total, who)]
            everyone = rank(ranked, board.ranking, board.ties)
            standings = everyone[:limit]
            around = _slice_around(everyone, user)
        people = self.people({one.total.user for one in (*standings, *around)}).values()
        names = shown_names(self.store, program, board, people, user)
        return Board(
            board=board.id,
            name=board.name,
            program=program.program,
            period=span.label,
            start=None if span.start == ALWAYS_START else from_micros(span.start),
            end=None if span.end == ALWAYS_END else from_micros(span.end),
            as_of=position,
            status="running" if self._now < span.end else "provisional",
            rows=tuple(_row(one, names) for one in standings),
            around=tuple(_row(one, names) for one in around),
        )

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
        """Give progress rows; of others than the one asked for, without who opted out."""
        hidden = unlisted(self.store, which.user)
        return [shown_row(row, hidden) for row in self.store.progress_rows(which)]

    def completions(self, which: RowFilter) -> list[ProgressAnswer]:
        """Give progress rows with what completing them gave, as the ledger and the badge awards have it."""
        rows = self.store.progress_rows(which)
        keys = {row.key: bonus_key(row) for row in rows if row.completed is not None}
        held = self.store.latest(list(keys.values())) if keys else {}
        bonuses = {key: one.entry.points for key, one in held.items() if not one.is_reversed}
        badges = {(one.program, one.challenge, one.period, one.user): one.badge for one in self.store.badge_rows(which)}
        hidden = unlisted(self.store, which.user)
        return [
            ProgressAnswer(shown_row(row, hidden), bonuses.get(keys.get(row.key, "")), badges.get(row.key))
            for row in rows
        ]

    def badges(self, which: RowFilter) -> list[BadgeAward]:
        """Give badge awards; of others than the one asked for, without who opted out."""
        hidden = unlisted(self.store, which.user)
        return [shown_row(row, hidden) for row in self.store.badge_rows(which)]

    def entries(self, which: EntryFilter) -> Iterator[Entry]:
        """Yield ledger entries; of others than the one asked for, without who opted out."""
        hidden = unlisted(self.store, which.user)
        return (shown_entry(entry, hidden) for entry in self.store.entries(which))

    def people(self, ids: Collection[str]) -> dict[str, Person]:
        """Give people by id; ids nobody told us about stand as themselves."""
        known = self.store.find_people(ids)
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
            return kind, min(self._now, program.window.end - 1)
        try:
            chosen = datetime.combine(date.fromisoformat(day), _NOON, program.zone)
        except ValueError:
            raise InputError(f"{day!r} is not a day", hint="write a day of the period, as in week:2026-01-07") from None
        return kind, to_micros(chosen)

    def _who(self, program: Program, board: Leaderboard) -> Who:
        if isinstance(board.scope, Scope):
            if board.scope.role is not None:
                return Who(roles=frozenset({board.scope.role}))
            if board.scope.manager is not None:
                return Who(managers=frozenset({self.find_user(board.scope.manager)}))
        if board.scope == "participants" and program.participants.exclude:
            return Who(excluded=frozenset(self._known_ids(program.participants.exclude)))
        return Who()

    def _known_ids(self, names: Sequence[str]) -> Iterator[str]:
        for name in names:
            try:
                yield self.find_user(name)
            except UnknownName:
                continue

    def _is_ranked(self, total: Total, who: Who) -> bool:
        if total.user in who.excluded:
            return False
        if not (who.roles or who.managers):
            return True
        person = self.people([total.user])[total.user]
        return person.role in who.roles or person.manager in who.managers

    def _around(self, book: str, board: Leaderboard, who: Who, user: str | None) -> list[Standing]:
        total = None if user is None else self.store.total(book, user)
        if total is None:
            return []
        near = self.store.neighbours(total, board.ties, _NEIGHBOURS_EACH_SIDE, who)
        steps = rank(near, board.ranking, board.ties)
        return [one._replace(rank=self._rank_of(one.total, board, who)) for one in steps]

    def _rank_of(self, total: Total, board: Leaderboard, who: Who) -> int:
        style: RankStyle = board.ranking
        return 1 + self.store.count_above(total, board.ties, who, distinct=style == "dense", by_user=style == "ordinal")

    def _totals_from_ledger(
        self, program: Program, challenge: str | None, span: Period, as_of: int | datetime | None
    ) -> tuple[list[Total], int]:
        up_to = as_of if isinstance(as_of, int) else None
        until = to_micros(as_of) if isinstance(as_of, datetime) else span.end
        which = EntryFilter(
            program=program.program, challenge=challenge, since=span.start, until=min(until, span.end), up_to=up_to
        )
        by_user: dict[str, list[Entry]] = {}
        for entry in self.store.entries(which):
            by_user.setdefault(entry.user, []).append(entry)
        book = book_name(program.program, challenge, span.label)
        counts_accounts = Books(program).counts_accounts
        totals = [
            sum_entries(book, user, standing_entries(entries), counts_accounts=counts_accounts)
            for user, entries in by_user.items()
        ]
        position = self.store.entry_count() if up_to is None else up_to
        return [total for total in totals if total.entries], position


def _named(boards: Sequence[Leaderboard], board_id: str) -> Leaderboard:
    for board in boards:
        if board.id == board_id:
            return board
    raise UnknownName(f"there is no board {board_id!r}", hint=advise(board_id, [board.id for board in boards]))


def _span(program: Program, kind: BoardPeriod, moment: int) -> Period:
    if kind == "all":
        return Period("all", ALWAYS_START, ALWAYS_END)
    return program.window if kind == "program" else program.calendar.period(CADENCES[kind], moment)


def _row(standing: Standing, names: dict[str, Shown]) -> BoardRow:
    total = standing.total
    return BoardRow(standing.rank, *names[total.user], total.points, total.entries, standing.tie)


def _slice_around(standings: Sequence[Standing], user: str | None) -> list[Standing]:
    place = next((i for i, one in enumerate(standings) if one.total.user == user), None)
    if place is None:
        return []
    return list(standings[max(0, place - _NEIGHBOURS_EACH_SIDE) : place + _NEIGHBOURS_EACH_SIDE + 1])
