"""The final standings of a window, from ledger entries: pure, so that anybody can work them out again."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from novigem.challenges.completion import badge_award
from novigem.challenges.goals import recount
from novigem.challenges.tracks import Tracks
from novigem.engine.closing.windows import Window
from novigem.leaderboards.floors import floored
from novigem.leaderboards.ranking import rank
from novigem.leaderboards.rollups import Rollups, board_challenge, standing_entries, sum_entries
from novigem.ledger.store import Store
from novigem.model.closing import FinalProgress, FinalRow
from novigem.model.entry import Entry, EntryKind, ProgressKey, Total
from novigem.model.people import Person
from novigem.model.program import Challenge, Leaderboard, Program

#: Entries by user, with every reversal of them that is known.
ByUser = Mapping[str, Sequence[Entry]]


def by_user(entries: Iterable[Entry]) -> ByUser:
    """Put entries under their users, without reversals and what they take back."""
    found: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        found[entry.user].append(entry)
    return {user: standing_entries(one) for user, one in found.items()}


def belongs(entry: Entry, window: Window, challenge: str | None) -> bool:
    """Tell whether an entry counts in a window; `challenge` is the one that a board or a closing is limited to."""
    if not window.since <= entry.occurred < window.until:
        return False
    if window.kind == "board":
        return entry.points != 0 and (challenge is None or challenge in entry.challenges)
    return any(True for _one in as_counted(entry, window, challenge))


def as_counted(entry: Entry, window: Window, challenge: str | None) -> Iterator[Entry]:
    """Yield an entry as the challenge of a window counts it, where it does."""
    for one in entry.as_counted:
        if challenge in (None, one.challenge) and one.counts_for_goal and (one.period or "") == window.period:
            yield one


def earners(board: Leaderboard, window: Window, standing: ByUser) -> list[str]:
    """Give everybody with points in the window of a board."""
    challenge = board_challenge(board)
    return [user for user, entries in standing.items() if any(belongs(one, window, challenge) for one in entries)]


def counted(board: Leaderboard, window: Window, standing: ByUser) -> Iterator[Entry]:
    """Yield the standing entries that count in the window of a board."""
    challenge = board_challenge(board)
    return (one for entries in standing.values() for one in entries if belongs(one, window, challenge))


def board_rows(
    program: Program,
    board: Leaderboard,
    window: Window,
    standing: ByUser,
    left_out: Iterable[str],
    *,
    by_latest: bool = False,
    floors: bool = True,
) -> tuple[FinalRow, ...]:
    """Rank everybody with points in a window, less those whom the board does not rank.

    `by_latest` tells equals apart as it was done before `PRESENT_EQUALS`; without `floors` points may be below zero
    though the program does not allow it, as it was once.
    """
    challenge = board_challenge(board)
    counts_accounts = Rollups(program).counts_accounts
    out = frozenset(left_out)
    totals = []
    for user, entries in standing.items():
        counted = [entry for entry in entries if belongs(entry, window, challenge)]
        if counted and user not in out:
            total = sum_entries(window.period, user, counted, counts_accounts=counts_accounts, by_latest=by_latest)
            totals.append(total)
    return ranked_rows(board, floored(program, totals) if floors else totals, by_latest=by_latest)


def ranked_rows(board: Leaderboard, totals: Iterable[Total], *, by_latest: bool = False) -> tuple[FinalRow, ...]:
    """Rank totals, of people or of teams, as a board does; `by_latest`, as it did before `PRESENT_EQUALS`."""
    by_place = by_latest and board.ranking == "ordinal"
    return tuple(
        FinalRow(
            rank=place if by_place else one.rank,
            user=one.total.user,
            points=one.total.points,
            entries=one.total.entries,
            tie=one.tie,
        )
        for place, one in enumerate(rank(totals, board.ranking, board.ties), start=1)
    )


def challenge_rows(
    program: Program, challenge: Challenge, window: Window, standing: ByUser, people: Mapping[str, Person]
) -> tuple[FinalProgress, ...]:
    """Give everybody's progress in a window: who completed first comes first, then who came furthest.

    `people` are those whom the program's terms of single persons may concern; none are needed where it has none.
    """
    few = challenge.goal.fewest is not None
    rows = _progress(program, challenge, window, standing, people)
    return tuple(sorted(rows, key=lambda row: progress_order(row, few=few)))


def people_of(program: Program, standing: ByUser, store: Store) -> Mapping[str, Person]:
    """Give the people whose own targets a program may name."""
    return store.people(list(standing)) if program.people else {}


def progress_order(row: FinalProgress, *, few: bool = False) -> tuple[bool, int, int, str]:
    """Give the place of a row among others: who completed first comes first, then who came furthest.

    With `few`, whoever has fewer comes first of those who did not complete it.
    """
    return (row.completed is None, row.completed or 0, row.value if few else -row.value, row.user)


def _progress(
    program: Program, challenge: Challenge, window: Window, standing: ByUser, people: Mapping[str, Person]
) -> Iterator[FinalProgress]:
    tracks = Tracks(program)
    for user, entries in standing.items():
        within = (entry for entry in entries if window.start <= entry.occurred < window.end)
        counted = [one for entry in within for one in as_counted(entry, window, challenge.id)]
        key = ProgressKey(program.program, challenge.id, window.period, user)
        measure = tracks.measure(key, tracks.terms(user, people.get(user)))
        row = recount(key, measure, [entry for entry in counted if entry.rule is not None])
        if row is None:
            continue
        award = badge_award(program, row)
        bonuses = [entry.points for entry in counted if entry.kind is EntryKind.BONUS]
        yield FinalProgress(
            user=user,
            value=row.value,
            target=row.target,
            entries=row.entries,
            first=row.first,
            last=row.last,
            completed=row.completed,
            bonus=sum(bonuses) if bonuses else None,
            badge=None if award is None else award.badge,
            points=sum(entry.points for entry in counted),
            reached=row.reached,
        )
