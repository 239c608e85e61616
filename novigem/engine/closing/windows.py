"""What a program can close: each challenge and each board, over each of its periods."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from novigem.challenges.lifecycle import cadence_of
from novigem.leaderboards.rollups import EVERYTHING
from novigem.ledger.store import Store
from novigem.model.clocks import FURTHEST_APART, over_everywhere, with_own_days
from novigem.model.closing import ClosingKey, ClosingKind
from novigem.model.periods import DAY, Cadence, Period
from novigem.model.program import ALWAYS_END, ALWAYS_START, CADENCES, Challenge, Leaderboard, Program

#: The board of a program that declares none.
DEFAULT_BOARD = Leaderboard(id="everybody", name="Leaderboard", scope="everybody")


class Window(NamedTuple):
    """A challenge or a board over one period `[start, end)`, in microseconds since 1970 UTC.

    `final_at` is when it becomes final: its end and the grace period, and over for everybody by then. `before` and
    `after` say how far outside may lie what counts in it, because people have days of their own.
    """

    program: str
    kind: ClosingKind
    id: str
    name: str
    period: str
    start: int
    end: int
    final_at: int
    before: int = 0
    after: int = 0

    @property
    def since(self) -> int:
        """The first moment of which something may count in it."""
        return self.start - self.before

    @property
    def until(self) -> int:
        """The moment from which on nothing counts in it."""
        return self.end + self.after

    @property
    def key(self) -> ClosingKey:
        """What a closing of it is kept under."""
        return ClosingKey(self.program, self.kind, self.id, self.period)

    @property
    def has_end(self) -> bool:
        """False for what runs for ever."""
        return self.end < ALWAYS_END


def boards_of(program: Program) -> tuple[Leaderboard, ...]:
    """Give the boards of a program, or the one that a program without any has."""
    return program.leaderboards or (DEFAULT_BOARD,)


def board_named(program: Program, board_id: str) -> Leaderboard:
    """Give the board of an id; KeyError if there is none."""
    return {board.id: board for board in boards_of(program)}[board_id]


def windows(program: Program, store: Store, now: int) -> Iterator[Window]:
    """Yield every window that has begun, boards last; `now` is in microseconds since 1970 UTC.

    A program that never began has the periods since its first points.
    """
    if program.status == "draft":
        return
    since, zones = program.window.start, zones_in(program, store)
    if since == ALWAYS_START:
        since = _first_points(program, store)
    for challenge in program.challenges:
        if challenge.status != "draft":
            yield from _of_challenge(program, challenge, since, now, zones)
    for board in boards_of(program):
        # A board by percent shows the progress of its challenge, and that is closed with the challenge.
        if board.by == "points":
            yield from _of_board(program, board, since, now, zones)


def zones_in(program: Program, store: Store) -> tuple[str, ...]:
    """Give the time zones in which people may have days of their own."""
    return tuple(store.timezones()) if program.counts_own_days else ()


def board_window(program: Program, board: Leaderboard, span: Period, zones: Sequence[str] = ()) -> Window:
    """Give the window of a board over one of its periods; nothing counts after the program, so it ends there."""
    end = min(span.end, program.window.end)
    return _window(program, board, Period(span.label, span.start, end), zones)


def challenge_window(program: Program, challenge: Challenge, span: Period | None, zones: Sequence[str] = ()) -> Window:
    """Give the window of a challenge, over one period of a recurring one."""
    own = program.challenge_window(challenge)
    if span is None:
        period = Period("", own.start, own.end)
    else:
        period = Period(span.label, max(own.start, span.start), min(own.end, span.end))
    return _window(program, challenge, period, zones)


def _window(program: Program, what: Challenge | Leaderboard, period: Period, zones: Sequence[str]) -> Window:
    kind: ClosingKind = "challenge" if isinstance(what, Challenge) else "board"
    own = what.closing if isinstance(what, Challenge) else None
    grace = (own or program.closing).grace_days * DAY
    final_at = period.end if period.end == ALWAYS_END else period.end + grace
    if kind == "challenge" or period.end >= program.window.end:
        # Nobody's last evening is late; weeks of boards end by the program's clock.
        final_at = max(final_at, over_everywhere(program, period.end, zones))
    made = Window(program.program, kind, what.id, what.name, period.label, period.start, period.end, final_at)
    return with_reach(program, made)


def with_reach(program: Program, window: Window) -> Window:
    """Give a window with how far outside may lie what counts in it."""
    span = Period(window.period, window.start, window.end)
    if window.kind == "board":
        wide = with_own_days(program, span)
        return window._replace(before=span.start - wide.start, after=wide.end - span.end)
    beside = FURTHEST_APART if program.counts_own_days else 0
    return window._replace(
        before=0 if window.start == ALWAYS_START else beside, after=0 if window.end == ALWAYS_END else beside
    )


def _of_challenge(
    program: Program, challenge: Challenge, since: int, now: int, zones: Sequence[str]
) -> Iterator[Window]:
    cadence = cadence_of(challenge)
    if cadence is None:
        window = challenge_window(program, challenge, None, zones)
        if window.start <= now and window.start < window.end:
            yield window
        return
    own = program.challenge_window(challenge)
    for span in _periods(program, cadence, max(own.start, since), min(own.end, now + 1)):
        yield challenge_window(program, challenge, span, zones)


def _of_board(program: Program, board: Leaderboard, since: int, now: int, zones: Sequence[str]) -> Iterator[Window]:
    if board.period == "program":
        if program.window.start <= now:
            yield board_window(program, board, program.window, zones)
    elif board.period != "all":
        # All time has no end, so nothing of it is ever final.
        for span in _periods(program, CADENCES[board.period], since, min(program.window.end, now + 1)):
            yield board_window(program, board, span, zones)


def _periods(program: Program, cadence: Cadence, start: int, end: int) -> Iterator[Period]:
    """Yield the periods that hold some moment of `[start, end)`."""
    while start < end:
        period = program.calendar.period(cadence, start)
        yield period
        start = period.end


def _first_points(program: Program, store: Store) -> int:
    # Sums of weeks are kept for every program, and the first book is that of the first week.
    prefix = f"{program.program}:{EVERYTHING}:week:"
    first = next(store.rollup_totals(prefix), None)
    return ALWAYS_END if first is None else program.calendar.period(Cadence.WEEKLY, first.reached).start
