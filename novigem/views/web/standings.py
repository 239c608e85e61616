"""Standings as a page shows them: which rows, where each number leads, and what else can be looked at.

    an address -> `Asked` -> the board as `Queries` reads it -> `BoardView` for the template

Nobody is shown as last: whoever stands below the middle sees the first three and then their own place, with five above
and five below. Boards that hold names back get no links, but for the reader's own row.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Literal

from novigem.access.table import What
from novigem.engine.closing.late import late_entries
from novigem.engine.closing.waiting import feed_coverage
from novigem.engine.closing.windows import boards_of
from novigem.errors import InputError
from novigem.leaderboards.averages import average
from novigem.leaderboards.ranking import first_rows
from novigem.model.change import to_micros
from novigem.model.closing import ClosingKey, read_standings
from novigem.model.periods import DAY
from novigem.model.program import ALWAYS_END, ALWAYS_START, CADENCES, LastDays, Leaderboard, Program, Scope
from novigem.queries.board_types import Board, BoardRow
from novigem.queries.visibility import opted_out_since
from novigem.views.translating import N_
from novigem.views.web.standing_types import Asked, BoardLink, BoardView, OwnPlace, RowView
from novigem.views.web.visit import NotHere, Visit
from novigem.views.words import clean

ON_PAGE = 25
_BESIDE = 5
_PODIUM = 3
# A gap that leaves out so few is filled.
_SMALL_GAP = 2
#: A season shorter than this has no quarters to choose between.
_QUARTER = 92 * DAY
_STEPS = ("week", "month", "quarter")
#: The longest number of an entry that is looked at: longer ones no ledger has.
_LONGEST_POSITION = 15

#: What stands for each period in the filter: while the season runs, and after it.
_NOW = {
    "week": N_("This week"),
    "month": N_("This month"),
    "quarter": N_("This quarter"),
    "program": N_("The whole season"),
    "all": N_("All time"),
}
_OVER = {"week": N_("The last week"), "month": N_("The last month"), "quarter": N_("The last quarter")}


def board_view(visit: Visit) -> BoardView:
    """Give the board that an address asks for, as whoever looks may see it. Raises NotHere and InputError."""
    program, definition = _find(visit)
    asked = asked_for(visit, program)
    period = asked.period or usual_period(program, definition, visit.queries.now)
    user = _reader(visit) if definition.scope != "teams" else None
    board = visit.queries.board(
        definition.id,
        program_id=program.program,
        period=period,
        as_of=asked.as_of,
        limit=ON_PAGE,
        user=user,
        live=asked.live,
        start=asked.start or 1,
        beside=_BESIDE,
    )
    makes = _Rows(visit, program, definition, board, user)
    rows, opens = _opened(board, asked.start, user)
    previous, following = _steps(board, program, visit.queries.now)
    return BoardView(
        board=board,
        program=program,
        definition=definition,
        asked=asked,
        rows=tuple(None if row is None else makes.row(row) for row in rows),
        apart=tuple(makes.row(row) for row in board.apart),
        own=makes.own(),
        opens=opens,
        is_hidden=user is not None and opted_out_since(visit.store, user) is not None,
        periods=tuple(_periods(program, definition, board, asked.period, visit.queries.now)),
        kind=board.period.partition(":")[0],
        span=_days(board, program),
        previous=previous,
        following=following,
        start_before=max(1, board.first - ON_PAGE) if opens == "place" and board.first > 1 else None,
        start_after=board.first + len(board.rows) if board.more and opens != "own" else None,
        start_beside=None if board.place is None or opens == "own" else max(1, board.place - _BESIDE),
        boards=tuple(_boards(visit, program, definition)),
        challenge=definition.scope.challenge if isinstance(definition.scope, Scope) else None,
        read_to=_read_to(program, visit),
        late=_late(visit, program, board),
    )


def _find(visit: Visit) -> tuple[Program, Leaderboard]:
    """Give the board of an address; of several programs that have one by that id, the one that the query names."""
    wanted, program_id = visit.request.path_params["board"], visit.query("program")
    for program in visit.programs.values():
        for one in boards_of(program):
            if one.id == wanted and program_id in (None, program.program):
                return program, one
    raise NotHere("there is no such board", hint="see the boards of your programs")


def asked_for(visit: Visit, program: Program) -> Asked:
    """Read what an address asks for. Raises InputError for what is no position, moment or place."""
    text, start = visit.query("as_of"), visit.query("start")
    if start is not None and (not _is_number(start) or int(start) < 1):
        raise InputError(f"{clean(start)[:40]!r} is no place", hint="places are counted from 1")
    return Asked(
        period=visit.query("period"),
        as_of=None if text is None else _position(text, program, visit),
        as_of_text=text,
        start=None if start is None else int(start),
        live=visit.query("live") is not None,
    )


def _position(text: str, program: Program, visit: Visit) -> int | datetime:
    """Read a position of the ledger, a day (to its end) or a moment; without a zone, one of the program's."""
    if _is_number(text):
        newest = visit.store.entry_count()
        if int(text) > newest:
            raise InputError(f"the ledger has no entry {text} yet", hint=f"its newest entry is {newest}")
        return int(text)
    try:
        if len(text) == len("2026-01-07"):
            return datetime.combine(date.fromisoformat(text) + timedelta(days=1), time(), program.zone)
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except (ValueError, OverflowError):
        hint = "write the number of an entry, a day such as 2026-01-07, or a moment such as 2026-01-07T15:00:00Z"
        raise InputError(f"{clean(text)[:40]!r} is no position of the ledger and no moment", hint=hint) from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=program.zone)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _LONGEST_POSITION


def _reader(visit: Visit) -> str | None:
    """Give the person as whom whoever looks counts today."""
    return None if visit.user is None else visit.store.joins().of(visit.user, visit.queries.now)


def usual_period(program: Program, board: Leaderboard, now: int) -> str | None:
    """Give the period that is shown first: this week while the season runs, else the board's own (None)."""
    is_running = program.window.start <= now < program.window.end
    return "week" if is_running and board.by != "percent" and board.period == "program" else None


# Which rows.


def _opened(
    board: Board, start: int | None, user: str | None
) -> tuple[Sequence[BoardRow | None], Literal["first", "own", "place"]]:
    """Give the rows of a page, and where it opens: at the first place, at the reader's own, or at one asked for."""
    if start is not None:
        return _with_own(board, user), "place"
    if board.place is None or board.size is None or 2 * board.place <= board.size + 1:
        return _with_own(board, user), "first"
    podium = list(first_rows(board.rows, _PODIUM))
    first = next((place for place, row in enumerate(board.rows) if row == board.around[0]), None)
    if first is not None and first <= len(podium) + _SMALL_GAP:
        podium = list(board.rows[: max(first, len(podium))])
    known = {row.user for row in podium}
    further = [row for row in board.around if row.user not in known]
    is_whole = len(further) < len(board.around) or first == len(podium)
    return [*podium, *([] if is_whole else [None]), *further], "own"


def _with_own(board: Board, user: str | None) -> Sequence[BoardRow | None]:
    """Give the rows, and below a gap the reader's own where it is not among them."""
    if any(row.user == user for row in board.rows):
        return board.rows
    own = [row for row in board.around if row.user == user]
    return [*board.rows, None, *own] if own else board.rows


class _Rows:
    """Makes rows: their bars, and their doors."""

    def __init__(self, visit: Visit, program: Program, definition: Leaderboard, board: Board, user: str | None) -> None:
        self._visit = visit
        self._program = program
        self._board = board
        self._user = user
        # Boards that hold names back tell nobody who somebody is, by no link and no id.
        self._is_open = definition.names == "full" and board.ranks == "people"
        self._best = max((figure_of(row) for row in (*board.rows, *board.around)), default=Fraction(0))

    def row(self, row: BoardRow) -> RowView:
        figure, is_mine = figure_of(row), row.user == self._user
        share = float(figure / self._best) if self._best > 0 else 0.0
        is_open = is_mine or self._is_open
        return RowView(
            row=row,
            name=clean(row.name),
            share=share,
            figure=figure,
            is_mine=is_mine,
            person=self._person(row.user) if is_open else None,
            door=self._door(row.user) if is_open else self._team_door(row.user),
        )

    def own(self) -> OwnPlace | None:
        """Give where the reader stands."""
        board = self._board
        row = next((one for one in board.around if one.user == self._user), None)
        if row is None or self._user is None:
            return None
        # Beside somebody stand those who are next; of many equals, the one above all of them may not be known.
        page = board.rows if row in board.rows else ()
        higher = [one for some in (page, board.around) for one in some if one.rank < row.rank]
        if not higher:
            return OwnPlace(self.row(row))
        above = max(higher, key=lambda one: one.rank)
        missing = abs(figure_of(above) - figure_of(row))
        return OwnPlace(self.row(row), above.rank, missing or None, None if missing else row.tie)

    def _person(self, user: str) -> str | None:
        return self._address("person", user) if self._visit.may(What.PERSON, user) else None

    def _door(self, user: str) -> str | None:
        """Give where a number leads: to every point behind it for whoever may see these, else to the person."""
        if self._visit.may(What.ENTRIES, user):
            return self._address("statement", user)
        return self._person(user)

    def _team_door(self, team: str) -> str | None:
        if self._board.ranks != "teams":
            return None
        path = self._visit.address("program", program=self._program.program)
        return f"{path}#team-{team}"

    def _address(self, name: str, user: str) -> str:
        return self._visit.address(name, user=user)


def figure_of(row: BoardRow) -> Fraction:
    """Give what a row is ranked by."""
    if row.members is not None:
        return average(row.points, row.members)
    if row.value is None or not row.target:
        return Fraction(row.points)
    return Fraction(row.value, row.target)


# What else can be looked at.


def _periods(
    program: Program, definition: Leaderboard, board: Board, asked: str | None, now: int
) -> Iterable[tuple[str, str, bool]]:
    """Yield the periods that can be chosen: value, words (to be translated), and whether it is the one shown."""
    if definition.by == "percent":
        return
    kind, _colon, day = (asked or usual_period(program, definition, now) or "").partition(":")
    if isinstance(definition.period, LastDays):
        yield "", N_("The last days"), not kind
    is_over = now >= program.window.end
    usual = kind or ("" if isinstance(definition.period, LastDays) else str(definition.period))
    is_short = program.window.end - program.window.start < _QUARTER
    for one in ("week", "month", "quarter", "program", "all"):
        if one == "quarter" and is_short and usual != one:
            continue
        if one == "program" and (program.window.start, program.window.end) == (ALWAYS_START, ALWAYS_END):
            continue
        words = _OVER.get(one, _NOW[one]) if is_over else _NOW[one]
        yield one, words, usual == one and not day
    if day:
        yield asked or "", board.period, True


def _steps(board: Board, program: Program, now: int) -> tuple[str | None, str | None]:
    """Give the period before and the one after, where somebody may have earned something in them."""
    kind, _colon, label = board.period.partition(":")
    if kind not in _STEPS or not label or board.start is None or board.end is None:
        return None, None
    start, end = to_micros(board.start), to_micros(board.end)
    calendar, window = program.calendar, program.window
    before = calendar.period(CADENCES[kind], start - 1).label if start > window.start else None
    after = calendar.period(CADENCES[kind], end).label if end < min(window.end, now) else None
    return before, after


def _days(board: Board, program: Program) -> tuple[date, date] | None:
    """Give the first and the last day of a period; None where it is open."""
    if board.start is None or board.end is None:
        return None
    last = board.end.astimezone(program.zone) - timedelta(microseconds=1)
    return board.start.astimezone(program.zone).date(), last.date()


def _boards(visit: Visit, program: Program, current: Leaderboard) -> Iterable[BoardLink]:
    every = [(one, board) for one in visit.programs.values() for board in boards_of(one)]
    ids = [board.id for _program, board in every]
    for one, board in every:
        is_current = (one.program, board.id) == (program.program, current.id)
        yield BoardLink(one, board, is_current, ids.count(board.id) == 1)


def _read_to(program: Program, visit: Visit) -> int | None:
    """Give how far all that the program watches has been read; None where not all was, or nothing is read live."""
    covered = feed_coverage(program, visit.store).covered.values()
    known = [one for one in covered if one is not None]
    return min(known) if known and len(known) == len(covered) else None


def _late(visit: Visit, program: Program, board: Board) -> int:
    """Count what came after a board was closed."""
    if board.closed is None:
        return 0
    closing = visit.store.closing(ClosingKey(program.program, "board", board.board, board.period))
    if closing is None:
        return 0
    closed = visit.queries.program_version(closing.program, closing.version)
    return len(late_entries(read_standings(closing), closed, visit.store))
