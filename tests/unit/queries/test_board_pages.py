"""Pages of a long board: every page is a piece of the whole board, and equals are never cut."""

from datetime import UTC, datetime
from functools import cache

import pytest

from novigem import Engine
from novigem.queries.queries import Board, Queries
from novigem.testing import MemoryStore, make_change, make_id, make_program

_NOW = datetime(2026, 1, 20, tzinfo=UTC)
#: How many awards each of twelve people has: two pairs, and three equals in the middle.
_AWARDS = (9, 8, 8, 7, 6, 5, 5, 5, 4, 3, 3, 1)


@cache
def _queries(ranking: str, ties: tuple[str, ...]) -> Queries:
    store, board = MemoryStore(), {"ranking": ranking, "ties": list(ties)}
    changes = [
        make_change(record=100 * user + award, owner=user, at=f"2026-01-06T10:{award:02}:{user:02}Z")
        for user, awards in enumerate(_AWARDS, start=1)
        for award in range(awards)
    ]
    Engine(store, [make_program(leaderboards=[board])]).apply(changes)
    return Queries(store, now=_NOW)


def _read(ranking: str, ties: tuple[str, ...], **asked: object) -> Board:
    return _queries(ranking, ties).board(**asked)  # type: ignore[arg-type]


@pytest.mark.parametrize("as_of", [None, sum(_AWARDS)], ids=["kept sums", "the ledger"])
@pytest.mark.parametrize("ranking", ["dense", "competition", "ordinal"])
@pytest.mark.parametrize("ties", [(), ("first_to_reach",)])
def test_every_page_is_a_piece_of_the_whole_board(ranking: str, ties: tuple[str, ...], as_of: int | None) -> None:
    whole = _read(ranking, ties).rows
    for start in range(1, len(whole) + 2):
        for limit in (1, 2, 5, 25):
            page = _read(ranking, ties, start=start, limit=limit, as_of=as_of)
            first = page.first - 1
            assert page.rows == whole[first : first + len(page.rows)], (start, limit)
            end = first + len(page.rows)
            assert page.first <= start
            assert end >= min(start - 1 + limit, len(whole))
            assert page.more is (end < len(whole))
            borders = [whole[place - 1 : place + 1] for place in (first, end) if 0 < place < len(whole)]
            assert all(above.rank != below.rank for above, below in borders), (start, limit)


@pytest.mark.parametrize("ranking", ["dense", "competition", "ordinal"])
@pytest.mark.parametrize("beside", [1, 2, 5])
@pytest.mark.parametrize("as_of", [None, sum(_AWARDS)], ids=["kept sums", "the ledger"])
def test_the_rows_beside_somebody_are_those_of_the_whole_board(ranking: str, beside: int, as_of: int | None) -> None:
    whole = _read(ranking, ()).rows
    for place, row in enumerate(whole):
        found = _read(ranking, (), user=row.user, limit=1, beside=beside, as_of=as_of)
        assert [(one.user, one.rank) for one in found.around] == [
            (one.user, one.rank) for one in whole[max(0, place - beside) : place + beside + 1]
        ]
        equals = [number for number, one in enumerate(whole, start=1) if one.rank == row.rank]
        assert (found.place, found.size, found.sharing) == (equals[0], len(whole), len(equals))


def test_whoever_has_no_row_has_no_place() -> None:
    found = _read("dense", (), user=make_id("005", 99), limit=3)
    assert (found.place, found.size, found.around) == (None, None, ())
