"""Boards as people expect them, on seasons in which everything is undone, limited and shared: each against plain sums.

Windows of the last days, leavers, floors, corrections by hand and clocks of people's own meet on one board.
"""

from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.errors import InputError
from novigem.feed.source import Page
from novigem.ledger.store import Store
from novigem.model.change import Change, to_micros
from novigem.model.program import Program
from novigem.queries.queries import Queries
from novigem.testing import make_person
from tests.property.reference import Clock, board_points, expected, ranked_apart, with_clocks
from tests.property.runs import FRESH, feed
from tests.property.strategies_engine import BORDERS, PEOPLE, TIES, USERS, Digits, numbers, pages_of
from tests.property.strategies_season import TOLD_ZONES, seasons
from tests.property.test_engine_laws import some
from tests.property.test_season_laws import standing

ON_EACH_STORE = pytest.mark.parametrize(("kind", "share"), [("memory", 2), ("sqlite", 5)])
FOURTH = make_person(4)


def with_boards(program: Program, digits: Digits) -> Program:
    """Give a season that is everybody's, with boards of its last days and of its weeks."""
    scopes = ["everybody", *({"challenge": one.id} for one in program.challenges)]
    boards = [
        {
            "id": f"board-{n}",
            "name": f"Board {n}",
            "period": digits.pick([{"last_days": 1}, {"last_days": 2}, {"last_days": 9}, "week", "program"]),
            "scope": digits.pick(scopes),
            "leavers": digits.pick(["marked", "apart", "hidden"]),
            "ties": digits.pick([(), (), (digits.pick(TIES),)]),
        }
        for n in range(3)
    ]
    data = program.model_dump(by_alias=True, exclude_unset=True)
    more = {"participants": {}, "leaderboards": boards, "allow_negative_balance": digits.pick([False, False, True])}
    return Program.model_validate(data | more)


def check_board(store: Store, program: Program, number: int, now: datetime, gone: set[str]) -> None:
    """Hold one board to plain sums of the ledger."""
    board = program.leaderboards[number]
    queries = Queries(store, now=now)
    # Some small programs are none that a file could hold, so they are not read back.
    queries._programs._known[program.program, program.version] = program
    found = queries.board(board.id, program_id=program.program)
    challenge = getattr(board.scope, "challenge", None)
    first, last = program.starts, program.last_day
    assert first is not None
    assert last is not None
    today = min(now.astimezone(program.zone).date(), last)
    if board.period == "week":
        first = today - timedelta(days=(today.weekday() - (0 if program.week_start == "monday" else 6)) % 7)
        last = first + timedelta(days=6)
    elif board.period != "program":
        first, last = today - timedelta(days=getattr(board.period, "last_days", 0) - 1), today
    points = board_points(program, store.entries(), challenge, first, last)
    left = gone & points.keys()
    rows, apart = ({one.user: one.points for one in some} for some in (found.rows, found.apart))
    if board.leavers == "marked":
        assert {one.user for one in found.rows if one.left} == left
        left = set()
    assert rows == {user: own for user, own in points.items() if user not in left}, (board, today, found.period)
    assert apart == ({user: points[user] for user in left} if board.leavers == "apart" else {})
    assert all(one.rank == 0 for one in found.apart)
    if not board.ties:
        assert sorted((one.rank, one.user, one.points) for one in found.rows) == ranked_apart(points, left)
    assert [one.points for one in found.rows] == sorted(rows.values(), reverse=True)


@ON_EACH_STORE
def test_boards_show_what_the_ledger_adds_up_to(kind: str, share: int) -> None:
    @some(share)
    @given(season=seasons(), number=numbers, data=st.data())
    def check(season: tuple[Program, list[Change]], number: int, data: st.DataObject) -> None:
        digits = Digits(number)
        program, changes = with_boards(season[0], digits), season[1]
        people = [replace(one, timezone=digits.pick(TOLD_ZONES)) for one in (*PEOPLE, FOURTH)]
        pages = data.draw(st.permutations(changes).flatmap(pages_of), label="pages")
        moments = [moment + timedelta(hours=data.draw(st.integers(-30, 30))) for moment in BORDERS[program.timezone]]
        now = moments[0]
        with FRESH[kind]() as store:
            engine = Engine(store, [program], clock=lambda: now)
            engine.apply(Page((), tuple(people)))
            feed(store, program, pages, restart=digits.pick([False, True]))
            told = [Clock(one.id, one.timezone) for one in people if one.timezone is not None]
            assert standing(store) == sorted(expected(with_clocks(program, told), changes))
            for n, moment in enumerate(moments):
                with suppress(InputError):
                    points = digits.pick([3, -3, -1, 8])
                    at = to_micros(moment)
                    Manual(engine).adjust(program.program, USERS[n % 4], points, reason="by hand", at=at)
            gone = {people[2].id, *(one.id for one in people if digits.pick([False, True]))}
            now += timedelta(days=60)
            engine.apply(Page((), tuple(replace(one, active=one.id not in gone) for one in people)))
            for n, moment in enumerate(moments):
                # Nobody looks at a season before it has begun.
                check_board(store, program, n % 3, max(moment, BORDERS[program.timezone][1]), gone)

    check()
