"""Books: the sums kept per scope and period, so that reading a board never adds up the ledger."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from novigem.model.entry import Entry, EntryKind, Total
from novigem.model.periods import Period
from novigem.model.program import ALWAYS_END, ALWAYS_START, CADENCES, BoardPeriod, Leaderboard, Program, Scope

EVERYTHING = "*"


def book_name(program: str, challenge: str | None, period: str) -> str:
    """Give the name of a book: a program, a challenge or `*`, and a period label such as `all` or `week:2026-01-05`."""
    return f"{program}:{challenge or EVERYTHING}:{period}"


def board_challenge(board: Leaderboard) -> str | None:
    """Give the challenge that a board is limited to, or None."""
    return board.scope.challenge if isinstance(board.scope, Scope) else None


class _Shelf(NamedTuple):
    """The books of every entry that happened in `[start, end)`, for one challenge or for none."""

    start: int
    end: int
    names: tuple[str, ...]


class Books:
    """Which books each entry of a program is written into.

    Program-wide sums are kept for every period. A challenge has its whole sum, and those of the other periods that
    a leaderboard of the file asks for.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._periods: dict[str | None, tuple[BoardPeriod, ...]] = {
            None: ("all", "program", "week", "month", "quarter"),
            **{challenge.id: ("all",) for challenge in program.challenges},
        }
        for board in program.leaderboards:
            challenge = board_challenge(board)
            self._periods[challenge] = tuple(dict.fromkeys((*self._periods.get(challenge, ()), board.period)))
        #: True when some board breaks ties by distinct accounts, which asks for one more table write per award.
        self.counts_accounts = any("distinct_accounts" in board.ties for board in program.leaderboards)
        self._shelves: dict[str | None, _Shelf] = {}

    def keeps(self, challenge: str | None, period: BoardPeriod) -> bool:
        """Tell whether a sum is kept, or has to be added up from the ledger."""
        return period in self._periods.get(challenge, ())

    def of(self, entry: Entry) -> tuple[str, ...]:
        """Give the names of the books that an entry is written into."""
        # Entries come nearly in order, so the shelf of the last one holds almost every next one too.
        shelf = self._shelves.get(entry.challenge)
        if shelf is None or not shelf.start <= entry.occurred < shelf.end:
            shelf = self._shelves[entry.challenge] = self._shelf(entry.challenge, entry.occurred)
        return shelf.names

    def label(self, period: BoardPeriod, at: int) -> str | None:
        """Give the label of the period that holds a moment; None when it lies outside the program's own period."""
        return self._period(period, at).label or None

    def _shelf(self, challenge: str | None, at: int) -> _Shelf:
        start, end, names = ALWAYS_START, ALWAYS_END, []
        for scope in (None,) if challenge is None else (None, challenge):
            for period in self._periods.get(scope, ("all",)):
                found = self._period(period, at)
                start, end = max(start, found.start), min(end, found.end)
                if found.label:
                    names.append(book_name(self._program.program, scope, found.label))
        return _Shelf(start, end, tuple(names))

    def _period(self, period: BoardPeriod, at: int) -> Period:
        """Give the period that holds a moment; without a label where it lies before or after the program's own."""
        if period == "all":
            return Period("all", ALWAYS_START, ALWAYS_END)
        if period == "program":
            window = self._program.window
            if window.start <= at < window.end:
                return Period("program", window.start, window.end)
            return Period("", ALWAYS_START, window.start) if at < window.start else Period("", window.end, ALWAYS_END)
        return self._program.calendar.period(CADENCES[period], at)


def add_entries(total: Total | None, book: str, user: str, entries: Sequence[Entry], new_accounts: int) -> Total:
    """Add entries, none of which reverses anything, to a user's sum."""
    reached = max([entry.occurred for entry in entries])
    return Total(
        book=book,
        user=user,
        points=(total.points if total else 0) + sum([entry.points for entry in entries]),
        entries=(total.entries if total else 0) + len(entries),
        reached=max(total.reached, reached) if total and total.entries else reached,
        accounts=(total.accounts if total else 0) + new_accounts,
    )


def sum_entries(book: str, user: str, standing: Iterable[Entry], *, counts_accounts: bool) -> Total:
    """Add up a user's standing entries anew (neither reversals nor what they reverse)."""
    entries = list(standing)
    accounts = {entry.account for entry in entries if entry.account is not None} if counts_accounts else set()
    return Total(
        book=book,
        user=user,
        points=sum(entry.points for entry in entries),
        entries=len(entries),
        reached=max((entry.occurred for entry in entries), default=0),
        accounts=len(accounts),
    )


def standing_entries(entries: Iterable[Entry]) -> list[Entry]:
    """Leave out reversals and the entries that they reverse."""
    every = list(entries)
    reversed_numbers = {entry.reverses for entry in every if entry.reverses is not None}
    return [entry for entry in every if entry.kind is not EntryKind.REVERSAL and entry.number not in reversed_numbers]
