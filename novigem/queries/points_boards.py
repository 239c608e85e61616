"""Boards of people by points: from the sums that are kept, or added up from the ledger where none are."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from msgspec import structs

from novigem.engine.closing.leavers import leavers_among, leavers_in
from novigem.engine.closing.scope import is_ranked, who_is_ranked
from novigem.engine.closing.vesting import pending_points
from novigem.leaderboards.floors import floored
from novigem.leaderboards.ranking import Standing, first_rows, rank
from novigem.leaderboards.rollups import Rollups, board_challenge, rollup_name, standing_entries, sum_entries
from novigem.ledger.store import EntryFilter, Store, Who
from novigem.model.clocks import with_own_days
from novigem.model.entry import Entry, Total
from novigem.model.program import Leaderboard, Program, Scope
from novigem.model.ranking import just_below
from novigem.queries.board_types import (
    BoardChoice,
    BoardRequest,
    BoardRow,
    RankedRows,
    board_rows,
    challenge_of,
    cut_rows,
    unranked,
)
from novigem.queries.last_days import last_totals
from novigem.queries.people import find_user, people_by_id
from novigem.queries.positions import before, read_steadily
from novigem.queries.visibility import unlisted


def rank_people(store: Store, chosen: BoardChoice, asked: BoardRequest, now: int) -> RankedRows:
    """Rank whom a board ranks, without those who opted out of being seen; `now` tells which points are held."""
    program, board = chosen.program, chosen.board
    challenge = None if board_challenge(board) is None else challenge_of(program, board).id
    who = _who(store, program, board)
    who = who._replace(excluded=who.excluded | unlisted(store, asked.user))

    rollups = Rollups(program)
    if chosen.last_days is not None and asked.as_of is None and "distinct_accounts" not in board.ties:
        found = _from_days(store, chosen, challenge, who, asked)
    elif chosen.last_days is None and asked.as_of is None and rollups.keeps(challenge, chosen.kind):
        rollup = rollup_name(program.program, challenge, rollups.period(chosen.kind, chosen.moment).label)
        if not program.allow_negative_balance and store.lowest(rollup) < 0:
            found = _with_floor(store, chosen, rollup, who, asked)
        else:
            found = _from_rollup(store, rollup, board, who, asked)
    else:
        found = _from_ledger(store, chosen, challenge, who, asked)
    if asked.as_of is not None:
        return found

    held = pending_points(program, challenge, chosen.span, store, now)
    rows, around, apart = (
        [replace(row, pending=held.get(row.user, 0)) for row in some]
        for some in (found.rows, found.around, found.apart)
    )
    return replace(found, rows=rows, around=around, apart=apart)


def _who(store: Store, program: Program, board: Leaderboard) -> Who:
    if isinstance(board.scope, Scope) and board.scope.manager is not None:
        return Who(managers=frozenset({find_user(store, board.scope.manager)}))
    return who_is_ranked(program, board, store) or Who()


def _from_rollup(store: Store, rollup: str, board: Leaderboard, who: Who, asked: BoardRequest) -> RankedRows:
    """Read the top and the rows around somebody from kept sums, as of one ledger position."""
    # Who is excluded earns nothing, so almost always nobody has to be left out and ranks are counted by places.
    who = who._replace(excluded=frozenset(one for one in who.excluded if store.total(rollup, one) is not None))
    gone = frozenset[str]() if board.leavers == "marked" else leavers_in(store, rollup)
    apart = _apart(store, rollup, board, who, gone) if board.leavers == "apart" else ()
    who = who._replace(excluded=who.excluded | gone)

    def read() -> RankedRows:
        page = _page(store, rollup, board, who, asked)
        own = None if asked.user is None else store.total(rollup, asked.user)
        near = None if own is None else _beside(store, own, board, who, asked.beside)
        return page if near is None else replace(near, rows=page.rows, more=page.more, first=page.first)

    found, position = read_steadily(store, read)
    return replace(found, as_of=position, apart=apart)


def _apart(store: Store, rollup: str, board: Leaderboard, who: Who, gone: Collection[str]) -> tuple[BoardRow, ...]:
    """Give the rows of who has left, of those whom the board would rank."""
    people = people_by_id(store, gone)
    totals = [store.total(rollup, user) for user in sorted(gone) if is_ranked(user, people[user], who)]
    found = [total for total in totals if total is not None]
    return unranked(board_rows(rank(found, board.ranking, board.ties)))


def _page(store: Store, rollup: str, board: Leaderboard, who: Who, asked: BoardRequest) -> RankedRows:
    """Give the rows from a place on, with all who share the rank of the first and of the last, and if there are more.

    `as_of` is not known here.
    """
    skipped = asked.start - 1
    if skipped:
        first = store.top(rollup, board.ties, 1, who, skip=skipped)
        # Equals are never cut: a page that would begin among them begins with the first.
        skipped = store.count_above(first[0], board.ties, who, distinct=False) if first else skipped
    limit = None if asked.limit is None else asked.limit + asked.start - 1 - skipped
    # The row above tells by which step the first one stands below it.
    above = min(1, skipped)
    wanted = None if limit is None else limit + above + 1
    while True:
        totals = store.top(rollup, board.ties, wanted, who, skip=skipped - above)
        standings = rank(totals, board.ranking, board.ties)[above:]
        shown = first_rows(standings, limit)
        # Of many who share one place, some may lie beyond what was read.
        if wanted is None or len(totals) < wanted or len(shown) < len(standings):
            break
        wanted *= 4
    shift = _rank_of(store, shown[0].total, board, who) - shown[0].rank if skipped and shown else 0
    rows = board_rows(one._replace(rank=one.rank + shift) for one in shown)
    return RankedRows(rows, 0, more=len(shown) < len(standings), first=skipped + 1)


def _beside(store: Store, own: Total, board: Leaderboard, who: Who, each_side: int) -> RankedRows | None:
    """Give the rows beside somebody's, how many share that one's rank, and its place among all.

    None where the board does not rank that one. `rows` and `as_of` are not known here.
    """
    near = store.neighbours(own, board.ties, each_side, who)
    if not near:
        return None
    ranked = _numbered(store, rank(near, board.ranking, board.ties), board, who)
    last = just_below(own, board.ties)
    above, down_to = (store.count_above(one, board.ties, who, distinct=False) for one in (own, last))
    lowest = structs.replace(own, points=store.lowest(own.book) - 1)
    return RankedRows(
        (),
        0,
        around=board_rows(ranked),
        sharing=down_to - above,
        place=above + 1,
        size=store.count_above(lowest, board.ties, who, distinct=False),
    )


def _numbered(store: Store, standings: list[Standing], board: Leaderboard, who: Who) -> list[Standing]:
    """Give standings that begin somewhere in a ranking with their ranks in it."""
    # Of those who share the first rank some may be missing, so the next ones are counted anew; then all are there.
    below = next((one for one in standings if one.rank != standings[0].rank), standings[0])
    first, second = (_rank_of(store, one.total, board, who) for one in (standings[0], below))
    shifts = {standings[0].rank: first - standings[0].rank}
    return [one._replace(rank=one.rank + shifts.get(one.rank, second - below.rank)) for one in standings]


def _rank_of(store: Store, total: Total, board: Leaderboard, who: Who) -> int:
    return 1 + store.count_above(total, board.ties, who, distinct=board.ranking == "dense")


def _with_floor(store: Store, chosen: BoardChoice, rollup: str, who: Who, asked: BoardRequest) -> RankedRows:
    """Rank everybody where somebody is below zero, which seldom happens: they stand beside those who have nothing."""
    totals, position = read_steadily(store, lambda: store.top(rollup, (), None))
    return _ranked(store, totals, chosen, who, asked, position=position)


def _from_days(store: Store, chosen: BoardChoice, challenge: str | None, who: Who, asked: BoardRequest) -> RankedRows:
    """Add up the sums of the days of a window."""

    def read() -> list[Total]:
        return list(last_totals(store, chosen, challenge))

    totals, position = read_steadily(store, read)
    return _ranked(store, [one for one in totals if one.entries], chosen, who, asked, position=position)


def _from_ledger(store: Store, chosen: BoardChoice, challenge: str | None, who: Who, asked: BoardRequest) -> RankedRows:
    """Add up the ledger, as of a position or a moment where one is asked for."""
    program, span = chosen.program, with_own_days(chosen.program, chosen.span)
    which = EntryFilter(program.program, challenge=challenge, since=span.start, until=span.end)
    by_user: dict[str, list[Entry]] = {}
    for entry in store.entries(before(which, asked.as_of)):
        by_user.setdefault(entry.user, []).append(entry)
    position = asked.as_of if isinstance(asked.as_of, int) else store.entry_count()

    counts_accounts = Rollups(program).counts_accounts
    every = (
        sum_entries("", user, standing_entries(entries), counts_accounts=counts_accounts)
        for user, entries in by_user.items()
    )
    return _ranked(store, [total for total in every if total.entries], chosen, who, asked, position=position)


def _ranked(
    store: Store, totals: Sequence[Total], chosen: BoardChoice, who: Who, asked: BoardRequest, *, position: int
) -> RankedRows:
    """Rank totals of people, as far as a board ranks them."""
    board = chosen.board
    people = people_by_id(store, [total.user for total in totals])
    gone = frozenset[str]() if board.leavers == "marked" else leavers_among(store, people)
    every = floored(chosen.program, totals)
    members = [total for total in every if is_ranked(total.user, people[total.user], who)]
    left = [total for total in members if total.user in gone] if board.leavers == "apart" else []
    apart = unranked(board_rows(rank(left, board.ranking, board.ties)))
    ranked = (total for total in members if total.user not in gone)
    rows = board_rows(rank(ranked, board.ranking, board.ties))
    return replace(cut_rows(rows, asked, position), apart=apart)
