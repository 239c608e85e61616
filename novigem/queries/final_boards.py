"""Boards as they were closed: the sealed rows, less whoever opted out since."""

from collections.abc import Collection, Sequence
from dataclasses import replace as replace_rows

from msgspec import UnsetType
from msgspec.structs import replace

from novigem.leaderboards.ranking import number_of
from novigem.model.change import from_micros
from novigem.model.closing import Closing, FinalRow, read_standings
from novigem.model.program import Leaderboard, bounded
from novigem.queries.board_types import Board, BoardRequest, BoardRow, RankedRows, cut_rows


def final_rows(closing: Closing, board: Leaderboard, hidden: Collection[str], asked: BoardRequest) -> RankedRows:
    """Give the rows of a closed board without some people; `board` is the one that was closed."""
    kept = closed_up(read_standings(closing).rows, hidden, board)
    rows = [
        BoardRow(one.rank, one.user, one.user, one.points, one.entries, one.tie, members=_members(one)) for one in kept
    ]
    final = read_standings(closing)
    apart = tuple(BoardRow(0, one.user, one.user, one.points, one.entries) for one in final.unranked)
    return replace_rows(
        cut_rows(rows, asked, closing.as_of),
        apart=tuple(row for row in apart if row.user not in hidden),
        gone=final.gone,
    )


def closed_up(rows: Sequence[FinalRow], hidden: Collection[str], board: Leaderboard) -> list[FinalRow]:
    """Give the rows of a closed board without some people: ranks close up as if they had never been there.

    `board` is the one that was closed.
    """
    if not any(row.user in hidden for row in rows):
        return list(rows)
    kept: list[FinalRow] = []
    steps: set[str | None] = set()
    is_below, rank = False, 0
    for row in rows:
        # Whatever told somebody apart from those above who are left out tells them apart from those above these.
        steps.add(row.tie)
        is_below, rank = is_below or row.rank != rank, row.rank
        if row.user in hidden:
            continue
        last = kept[-1] if kept else None
        has_equal = last is not None and last.points == row.points
        tie = next((step for step in board.ties if step in steps), None) if has_equal else None
        above = None if last is None else last.rank
        number = number_of(board.ranking, len(kept) + 1, above=above, is_equal=not is_below)
        kept.append(replace(row, rank=number, tie=tie))
        steps, is_below = set(), False
    return kept


def _members(row: FinalRow) -> int | None:
    return None if isinstance(row.members, UnsetType) else row.members


def final_board(
    closing: Closing,
    ranked: RankedRows,
    rows: tuple[BoardRow, ...],
    around: tuple[BoardRow, ...],
    apart: tuple[BoardRow, ...],
) -> Board:
    """Give a board as it was closed, with rows as they may be shown."""
    final = read_standings(closing)
    by = "average" if any(row.members is not None for row in rows) else "points"
    return Board(
        board=final.id,
        name=final.name,
        program=final.program,
        period=final.period,
        start=bounded(final.start),
        end=bounded(final.ends),
        as_of=final.as_of,
        status="final",
        rows=rows,
        around=around,
        closed=from_micros(closing.closed),
        digest=closing.digest,
        by=by,
        ranks="teams" if final.ranks_teams else "people",
        more=ranked.more,
        sharing=ranked.sharing,
        first=ranked.first,
        place=ranked.place,
        size=ranked.size,
        apart=apart,
    )
