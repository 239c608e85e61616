"""Books: the sums kept per scope and period, so that reading a board never adds up the ledger."""

from collections.abc import Iterable, Iterator

from novigem.model.entry import Entry, EntryKind, Total
from novigem.model.program import CADENCES, BoardPeriod, Leaderboard, Program, Scope

EVERYTHING = "*"


def book_name(program: str, challenge: str | None, period: str) -> str:
    """Give the name of a book: a program, a challenge or `*`, and a period label such as `all` or `week:2026-01-05`."""
    return f"{program}:{challenge or EVERYTHING}:{period}"


def board_challenge(board: Leaderboard) -> str | None:
    """Give the challenge that a board is limited to, or None."""
    return board.scope.challenge if isinstance(board.scope, Scope) else None


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

    def keeps(self, challenge: str | None, period: BoardPeriod) -> bool:
        """Tell whether a sum is kept, or has to be added up from the ledger."""
        return period in self._periods.get(challenge, ())

    def of(self, entry: Entry) -> Iterator[str]:
        """Yield the names of the books that an entry is written into."""
        program = self._program.program
        for challenge in (None,) if entry.challenge is None else (None, entry.challenge):
            for period in self._periods.get(challenge, ("all",)):
                label = self.label(period, entry.occurred)
                if label is not None:
                    yield book_name(program, challenge, label)

    def label(self, period: BoardPeriod, at: int) -> str | None:
        """Give the label of the period that holds a moment; None when it lies outside the program's own period."""
        if period == "all":
            return "all"
        if period == "program":
            window = self._program.window
            return "program" if window.start <= at < window.end else None
        return self._program.calendar.period(CADENCES[period], at).label


def add_entry(total: Total | None, book: str, entry: Entry, new_accounts: int) -> Total:
    """Add an entry that reverses nothing to a user's sum."""
    return Total(
        book=book,
        user=entry.user,
        points=(total.points if total else 0) + entry.points,
        entries=(total.entries if total else 0) + 1,
        reached=max(total.reached, entry.occurred) if total and total.entries else entry.occurred,
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
