"""Books: the sums kept per scope and period, so that reading a board never adds up the ledger."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from novigem.model.entry import Entry, EntryKind, Total
from novigem.model.periods import Period
from novigem.model.program import (
    ALWAYS_END,
    ALWAYS_START,
    CADENCES,
    BoardPeriod,
    Leaderboard,
    Program,
    Scope,
    TieBreak,
)

EVERYTHING = "*"


def rollup_name(program: str, challenge: str | None, period: str) -> str:
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


class Rollups:
    """Which books each entry of a program is written into.

    Sums are kept for the whole program, for its weeks, and for what its leaderboards ask beyond these; any other
    board is added up from the ledger when somebody asks for it. Every entry lies inside its program, so the program's
    own period and all time are one book.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._periods: dict[str | None, tuple[BoardPeriod, ...]] = {None: ("all", "week")}
        # Places are counted for points alone, and for the chain of each board that numbers its places densely.
        self._chains: dict[tuple[str | None, BoardPeriod], set[tuple[TieBreak, ...]]] = {}
        for board in program.leaderboards:
            challenge, period = board_challenge(board), _kept_as(board.period)
            self._periods[challenge] = tuple(dict.fromkeys((*self._periods.get(challenge, ()), period)))
            # Teams are ranked by what their members' sums come to, so no places of people are counted for them.
            if board.ranking == "dense" and board.scope != "teams":
                self._chains.setdefault((challenge, period), set()).add(board.ties)
        #: True when some board breaks ties by distinct accounts, which asks for one more table write per award.
        self.counts_accounts = any("distinct_accounts" in board.ties for board in program.leaderboards)
        self._shelves: dict[str | None, _Shelf] = {}

    def keeps(self, challenge: str | None, period: BoardPeriod) -> bool:
        """Tell whether a sum is kept, or has to be added up from the ledger."""
        return _kept_as(period) in self._periods.get(challenge, ())

    def chains(self, book: str) -> Iterable[tuple[TieBreak, ...]]:
        """Give the tie-break chains under which the places of a book are counted."""
        _program, challenge, label = book.split(":", 2)
        period: BoardPeriod = _KINDS[label.partition(":")[0]]
        return {(), *self._chains.get((None if challenge == EVERYTHING else challenge, period), ())}

    def of(self, entry: Entry) -> tuple[str, ...]:
        """Give the names of the books that an entry is written into; none for an award that a limit left nothing of."""
        if entry.points == 0:
            return ()
        # Entries come nearly in order, so the shelf of the last one holds almost every next one too.
        shelf = self._shelves.get(entry.challenge)
        if shelf is None or not shelf.start <= entry.occurred < shelf.end:
            shelf = self._shelves[entry.challenge] = self._shelf(entry.challenge, entry.occurred)
        return shelf.names

    def _shelf(self, challenge: str | None, at: int) -> _Shelf:
        start, end, names = ALWAYS_START, ALWAYS_END, []
        for scope in (None,) if challenge is None else (None, challenge):
            for period in self._periods.get(scope, ()):
                found = self.period(period, at)
                start, end = max(start, found.start), min(end, found.end)
                names.append(rollup_name(self._program.program, scope, found.label))
        return _Shelf(start, end, tuple(names))

    def period(self, period: BoardPeriod, at: int) -> Period:
        """Give the period that holds a moment, under the label of its book."""
        if _kept_as(period) == "all":
            return Period("all", ALWAYS_START, ALWAYS_END)
        if self._program.counts_own_days:
            # The first and the last day are everybody's own: what lies outside by the program's clock counts with them.
            at = max(self._program.window.start, min(at, self._program.window.end - 1))
        return self._program.calendar.period(CADENCES[period], at)


_KINDS: dict[str, BoardPeriod] = {"all": "all", "week": "week", "month": "month", "quarter": "quarter"}


def _kept_as(period: BoardPeriod) -> BoardPeriod:
    return "all" if period == "program" else period


def add_entries(
    total: Total | None,
    book: str,
    user: str,
    entries: Sequence[Entry],
    new_accounts: int,
    *,
    corrected: int = ALWAYS_START,
) -> Total | None:
    """Add entries to a user's sum; a reversal takes off what it takes back.

    `corrected` is the moment of the last adjustment that the user has in the program. None: an entry does not come
    after it, or the latest one counted was taken back, and only the entries themselves tell when the points were
    reached.
    """
    own = {entry.number for entry in entries}
    taken_back = {entry.reverses for entry in entries if entry.reverses is not None}
    count = (total.entries if total else 0) + sum([-1 if one.reverses is not None else 1 for one in entries])
    if count and corrected != ALWAYS_START and min([one.occurred for one in entries]) <= corrected:
        return None
    last = total.reached if total else ALWAYS_START
    added = [one.occurred for one in entries if one.reverses is None and one.number not in taken_back]
    reached = max(added, default=ALWAYS_START)
    if taken_back and reached < last and count:
        gone = [one.occurred for one in entries if one.reverses is not None and one.reverses not in own]
        if last in gone:
            return None
    return Total(
        book=book,
        user=user,
        points=(total.points if total else 0) + sum([entry.points for entry in entries]),
        entries=count,
        reached=max(last, reached) if count else 0,
        accounts=(total.accounts if total else 0) + new_accounts,
    )


def sum_entries(
    book: str, user: str, standing: Iterable[Entry], *, counts_accounts: bool, by_latest: bool = False
) -> Total:
    """Add up a user's standing entries anew (neither reversals nor what they reverse).

    An award that a limit left nothing of counts for no board: neither its points, nor when it was, nor that it was.
    `by_latest` takes the moment of the latest entry for that at which the points were reached, as it was done once.
    """
    entries = [entry for entry in standing if entry.points]
    accounts = {entry.account for entry in entries if entry.account is not None} if counts_accounts else set()
    return Total(
        book=book,
        user=user,
        points=sum(entry.points for entry in entries),
        entries=len(entries),
        reached=max((entry.occurred for entry in entries), default=0) if by_latest else reached_at(entries),
        accounts=len(accounts),
    )


def reached_at(standing: Sequence[Entry]) -> int:
    """Give the moment from which on somebody had at least the points that they have now; 0 without any entry.

    Only entries that stand are looked at, and of corrections by hand only what they come to in all, from the earliest
    ones that make it up: a slip and what takes it back move nothing. Of one moment, what adds comes first.
    """
    corrections = [entry for entry in standing if _is_correction(entry)]
    if not corrections:
        return max((entry.occurred for entry in standing), default=0)
    steps = [(entry.occurred, entry.points) for entry in standing if not _is_correction(entry)] + _net(corrections)
    points, had, reached = sum(added for _at, added in steps), 0, min(entry.occurred for entry in standing)
    for at, added in sorted(steps, key=lambda step: (step[0], -step[1])):
        if had < points:
            reached = at
        had += added
    return reached


def _is_correction(entry: Entry) -> bool:
    # An upheld appeal names a record: it stands for what was done.
    return entry.kind is EntryKind.ADJUSTMENT and (entry.record is None or entry.points < 0)


def _net(corrections: Iterable[Entry]) -> list[tuple[int, int]]:
    """Give the moments and points of the earliest corrections that make up what they all come to."""
    rest, found = sum(entry.points for entry in corrections), []
    for entry in sorted(corrections, key=lambda one: one.occurred):
        if entry.points * rest > 0:
            taken = min(entry.points, rest, key=abs)
            rest -= taken
            found.append((entry.occurred, taken))
    return found


def standing_entries(entries: Iterable[Entry]) -> list[Entry]:
    """Leave out reversals and the entries that they reverse."""
    every = list(entries)
    reversed_numbers = {entry.reverses for entry in every if entry.reverses is not None}
    return [entry for entry in every if entry.kind is not EntryKind.REVERSAL and entry.number not in reversed_numbers]
