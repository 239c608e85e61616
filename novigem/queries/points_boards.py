"""Boards of people by points: from the sums that are kept, or added up from the ledger where none are."""

from collections.abc import Sequence
from dataclasses import replace

from novigem.engine.closing.scope import is_ranked, who_is_ranked
from novigem.engine.closing.vesting import pending_points
from novigem.leaderboards.ranking import Standing, first_rows, rank
from novigem.leaderboards.rollups import Rollups, board_challenge, rollup_name, standing_entries, sum_entries
from novigem.ledger.store import EntryFilter, Store, Who
from novigem.model.clocks import with_own_days
from novigem.model.entry import Entry, Total
from novigem.model.program import Leaderboard, Program, Scope
from novigem.model.ranking import just_below, sort_key
from novigem.queries.board_types import (
    NEIGHBOURS_EACH_SIDE,
    BoardChoice,
    BoardRequest,
    RankedRows,
    board_rows,
    challenge_of,
    cut_rows,
)
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
    if asked.as_of is None and rollups.keeps(challenge, chosen.kind):
        rollup = rollup_name(program.program, challenge, rollups.period(chosen.kind, chosen.moment).label)
        found = _from_rollup(store, rollup, board, who, asked)
    else:
        found = _from_ledger(store, chosen, challenge, who, asked)
    if asked.as_of is not None:
        return found

    held = pending_points(program, challenge, chosen.span, store, now)
    rows, around = (
        [replace(row, pending=held.get(row.user, 0)) for row in some] for some in (found.rows, found.around)
    )
    return replace(found, rows=rows, around=around)


def _who(store: Store, program: Program, board: Leaderboard) -> Who:
    if isinstance(board.scope, Scope) and board.scope.manager is not None:
        return Who(managers=frozenset({find_user(store, board.scope.manager)}))
    return who_is_ranked(program, board, store) or Who()


def _from_rollup(store: Store, rollup: str, board: Leaderboard, who: Who, asked: BoardRequest) -> RankedRows:
    """Read the top and the rows around somebody from kept sums, as of one ledger position."""
    # Who is excluded earns nothing, so almost always nobody has to be left out and ranks are counted by places.
    who = who._replace(excluded=frozenset(one for one in who.excluded if store.total(rollup, one) is not None))

    def read() -> tuple[Sequence[Standing], bool, list[Standing], int]:
        top, more = _top(store, rollup, board, who, asked.limit)
        return top, more, *_around(store, rollup, board, who, asked.user)

    (top, more, around, sharing), position = read_steadily(store, read)
    return RankedRows(board_rows(top), position, board_rows(around), more=more, sharing=sharing)


def _top(store: Store, rollup: str, board: Leaderboard, who: Who, limit: int | None) -> tuple[Sequence[Standing], bool]:
    """Give the first standings, with whoever shares the last place among them, and whether there are more below."""
    asked = None if limit is None else limit + 1
    while True:
        found = rank(store.top(rollup, board.ties, asked, who), board.ranking, board.ties)
        top = first_rows(found, limit)
        # Of many who share one place, some may lie beyond what was read.
        if asked is None or len(found) < asked or len(top) < len(found):
            return top, len(top) < len(found)
        asked *= 4


def _around(store: Store, rollup: str, board: Leaderboard, who: Who, user: str | None) -> tuple[list[Standing], int]:
    """Give the standings beside somebody's, and how many share the place of that one."""
    total = None if user is None else store.total(rollup, user)
    near = [] if total is None else store.neighbours(total, board.ties, NEIGHBOURS_EACH_SIDE, who)
    if total is None or not near:
        return [], 0
    standings = [
        one._replace(rank=_rank_of(store, one.total, board, who)) for one in rank(near, board.ranking, board.ties)
    ]
    own, keys = sort_key(total, board.ties), [sort_key(one, board.ties) for one in near]
    if own not in (keys[0], keys[-1]):
        return standings, keys.count(own)
    # More who share the place may lie beyond those beside it.
    down_to, above = (
        store.count_above(one, board.ties, who, distinct=False) for one in (just_below(total, board.ties), total)
    )
    return standings, down_to - above


def _rank_of(store: Store, total: Total, board: Leaderboard, who: Who) -> int:
    return 1 + store.count_above(total, board.ties, who, distinct=board.ranking == "dense")


def _from_ledger(store: Store, chosen: BoardChoice, challenge: str | None, who: Who, asked: BoardRequest) -> RankedRows:
    """Add up the ledger, as of a position or a moment where one is asked for."""
    program, board, span = chosen.program, chosen.board, with_own_days(chosen.program, chosen.span)
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
    totals = [total for total in every if total.entries]
    people = people_by_id(store, [total.user for total in totals])
    ranked = (total for total in totals if is_ranked(total.user, people[total.user], who))
    rows = board_rows(rank(ranked, board.ranking, board.ties))
    return cut_rows(rows, asked, position)
