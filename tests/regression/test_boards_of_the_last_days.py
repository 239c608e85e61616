"""A board of the last days: whole local days of the program, moving on with every day, never closed."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.errors import ProgramError
from novigem.feed.source import Page
from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.store import Store
from novigem.model.change import Change
from novigem.model.program import Program
from novigem.program.dump import dump_program
from novigem.program.load import check_program, load_program_text
from novigem.queries.board_types import Board
from novigem.queries.queries import Queries
from novigem.testing import make_change, make_id, make_person, make_program
from tests.regression.beds import Bed

ANA, BEN = (make_id("005", n) for n in (1, 2))
WEEK = {"period": {"last_days": 7}}
ZONE = {"timezone": "America/New_York", "starts": "2026-03-01"}


def deal(number: int, owner: int, at: str) -> Change:
    return make_change(record=number, owner=owner, at=at)


def play(store: Store, program: Program, *changes: Change, now: datetime) -> None:
    with store.begin() as transaction:
        transaction.save_people([make_person(1, name="Ana"), make_person(2, name="Ben")])
    Engine(store, [program], clock=lambda: now).apply(changes)


def read(store: Store, now: str, name: str = "board-1", **options: Any) -> Board:
    return Queries(store, now=datetime.fromisoformat(now)).board(name, **options)


def rows(found: Board) -> list[tuple[int, str, int]]:
    return [(row.rank, row.name, row.points) for row in found.rows]


# The clocks of New York go forward on March 8, so the seven days are an hour short.
FIRST, LAST = "2026-03-03T05:00:00Z", "2026-03-10T03:59:00Z"
DEALS = [deal(1, 1, FIRST), deal(2, 2, LAST), deal(3, 2, "2026-03-03T04:59:59Z"), deal(4, 2, "2026-03-05T12:00:00Z")]


def test_the_days_are_local_and_whole(any_bed: Bed) -> None:
    store, program = any_bed.store, make_program({"points": 5}, leaderboards=[WEEK], **ZONE)
    play(store, program, *DEALS, now=datetime(2026, 3, 10, tzinfo=UTC))
    today = read(store, "2026-03-10T03:00:00Z")
    assert rows(today) == [(1, "Ben", 10), (2, "Ana", 5)]
    assert (today.start, today.end) == (
        datetime(2026, 3, 3, 5, tzinfo=UTC), datetime(2026, 3, 10, 4, tzinfo=UTC),
    )  # fmt: skip
    # A minute later it is another day there, and what was first is out.
    assert rows(read(store, "2026-03-10T04:00:00Z")) == [(1, "Ben", 10)]
    assert rows(read(store, "2026-04-01T00:00:00Z")) == []


def test_an_earlier_moment_has_the_days_before_it() -> None:
    store, program = MemoryStore(), make_program({"points": 5}, leaderboards=[WEEK], **ZONE)
    play(store, program, *DEALS, now=datetime(2026, 3, 10, tzinfo=UTC))
    then = datetime(2026, 3, 10, 4, tzinfo=UTC)
    assert rows(read(store, "2026-05-01T00:00:00Z", as_of=then)) == [(1, "Ben", 10), (2, "Ana", 5)]
    assert rows(read(store, "2026-03-10T03:00:00Z", as_of=store.entry_count())) == [(1, "Ben", 10), (2, "Ana", 5)]


@pytest.mark.parametrize("ties", [[], ["first_to_reach"], ["distinct_accounts"], ["fewer_awards"]])
@pytest.mark.parametrize("scope", ["everybody", {"challenge": "challenge-1"}, {"role": "CSM"}])
def test_kept_days_say_what_the_ledger_says(ties: list[str], scope: Any) -> None:
    goal = {"type": "timebound", "goal": {"count": "rules", "target": 9}, "starts": "2026-01-05", "ends": "2026-02-15"}
    board = {"period": {"last_days": 10}, "ties": ties, "scope": scope}
    program = make_program(
        {"points": 5, "challenge": "challenge-1", "on_undo": "reverse"},
        challenges=[goal],
        leaderboards=[board],
        allow_negative_balance=True,
        starts="2026-01-05",
        weeks=6,
    )
    store, first = MemoryStore(), datetime(2026, 1, 5, 9, tzinfo=UTC)
    with store.begin() as transaction:
        transaction.save_people(make_person(n, role="CSM") for n in (1, 2, 3))
    deals = [
        make_change(record=n, owner=1 + n % 3, at=first + timedelta(hours=13 * n), AccountId=make_id("001", n % 4))
        for n in range(40)
    ]
    minutes = count()
    engine = Engine(store, [program], clock=lambda: first + timedelta(days=12, minutes=next(minutes)))
    engine.apply(deals)
    Manual(engine).adjust("test", ANA, 5, reason="a slip")
    Manual(engine).adjust("test", ANA, -5, reason="a slip")
    engine.apply([make_change("delete", record=20, owner=None, at=first + timedelta(days=30))])
    now = first + timedelta(days=20)
    queries = Queries(store, now=now)
    kept = queries.board("board-1")
    summed = queries.board("board-1", as_of=store.entry_count())
    assert [(row.rank, row.user, row.points, row.entries, row.tie) for row in kept.rows] == [
        (row.rank, row.user, row.points, row.entries, row.tie) for row in summed.rows
    ]
    assert len(kept.rows) == 3


def test_nothing_of_it_closes_and_the_sums_are_proved() -> None:
    program = make_program({"points": 5}, leaderboards=[WEEK], starts="2026-03-01", weeks=2)
    store, after = MemoryStore(), datetime(2026, 6, 1, tzinfo=UTC)
    play(store, program, *DEALS, now=datetime(2026, 3, 10, tzinfo=UTC))
    assert Manual(Engine(store, [program], clock=lambda: after)).close_due() == []
    over = read(store, "2026-06-01T00:00:00Z")
    assert over.status == "provisional"
    assert over.end == datetime(2026, 3, 15, tzinfo=UTC)


def test_a_board_of_teams_has_last_days_too() -> None:
    teams = [{"id": "north", "name": "North", "members": [ANA]}, {"id": "south", "name": "South", "members": [BEN]}]
    boards = [{**WEEK, "scope": "teams"}, {**WEEK, "scope": "teams", "by": "average"}]
    program = make_program({"points": 5}, leaderboards=boards, teams=teams, **ZONE)
    store = MemoryStore()
    play(store, program, *DEALS, now=datetime(2026, 3, 10, tzinfo=UTC))
    for name in ("board-1", "board-2"):
        assert rows(read(store, "2026-03-10T03:00:00Z", name)) == [(1, "South", 10), (2, "North", 5)]


def test_a_new_board_adds_up_what_was_there() -> None:
    store, now = MemoryStore(), datetime(2026, 3, 10, tzinfo=UTC)
    play(store, make_program({"points": 5}, **ZONE), *DEALS, now=now)
    play(store, make_program({"points": 5}, leaderboards=[WEEK], **ZONE), now=now)
    Engine(store, [make_program({"points": 5}, leaderboards=[WEEK], **ZONE)]).apply([deal(9, 1, LAST)])
    assert rows(read(store, "2026-03-10T03:00:00Z")) == [(1, "Ana", 10), (1, "Ben", 10)]


def test_it_is_written_as_it_was_read() -> None:
    program = make_program({"points": 5}, leaderboards=[WEEK], **ZONE)
    assert load_program_text(dump_program(program), "again") == program


def test_nonsense_is_told() -> None:
    for days in (0, 367, 1.5, "7"):
        with pytest.raises(ProgramError):
            make_program({"points": 5}, leaderboards=[{"period": {"last_days": days}}])
    season = make_program({"points": 5}, leaderboards=[{"period": {"last_days": 14}}], starts="2026-03-01", weeks=2)
    _program, findings = check_program(dump_program(season), name="season")
    assert "NV928" in [one.code for one in findings]


@pytest.mark.parametrize("ties", [[], ["first_to_reach"]])
def test_a_correction_takes_no_award_of_a_first_day_that_began_elsewhere_before(any_bed: Bed, ties: list[str]) -> None:
    board = {"period": {"last_days": 2}, "ties": ties}
    program = make_program({"points": 5}, starts="2026-03-02", weeks=2, leaderboards=[board])
    engine = Engine(any_bed.store, [program], clock=lambda: datetime(2026, 3, 3, tzinfo=UTC))
    engine.apply(Page((deal(1, 1, "2026-03-01T22:00:00Z"),), (make_person(1, timezone="Pacific/Kiritimati"),)))
    Manual(engine).adjust(program.program, ANA, 1, reason="one more")
    assert [row.points for row in read(any_bed.store, "2026-03-03T00:00:00Z").rows] == [6]
