"""Me: places with their distance, points by week, and the programs that concern somebody now."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

from novigem.engine.engine import Engine
from novigem.feed.source import Page
from novigem.ledger.memory.store import MemoryStore
from novigem.model.change import Change, to_micros
from novigem.model.program import Program
from novigem.queries.me import Season, my_seasons, present
from novigem.queries.queries import Queries
from novigem.testing import make_change, make_id, make_person, make_program

ANN, BEN, CLEO = (make_id("005", n) for n in (1, 2, 3))
NOW = datetime(2026, 1, 21, 12, tzinfo=UTC)
SEASON: dict[str, Any] = {"starts": "2026-01-05", "ends": "2026-02-15", "leaderboards": [{"name": "Board"}]}


def made(record: int, owner: int, day: str) -> Change:
    """Give a new opportunity, which pays 10 points."""
    return make_change(record=record, owner=owner, at=f"{day}T12:00:00Z")


def season(program: Program, *changes: Change, user: str = ANN, now: datetime = NOW) -> Season:
    """Take changes in, and ask for one season."""
    store = MemoryStore()
    people = tuple(make_person(n, name=f"Person {n}") for n in (1, 2, 3))
    Engine(store, [program]).apply(Page(changes, people))
    (found,) = my_seasons(Queries(store, now=now), {program.program: program}, user)
    return found


def test_the_distance_is_to_the_nearest_place_above() -> None:
    rows = [*(made(n, 1, "2026-01-06") for n in (1, 2, 3)), made(4, 2, "2026-01-06"), made(5, 3, "2026-01-06")]
    ann, ben = season(make_program(**SEASON), *rows), season(make_program(**SEASON), *rows, user=BEN)
    assert [(one.row.rank, one.above, one.gap) for one in ann.places] == [(1, None, None)]
    (place,) = ben.places
    # Ben and Cleo share the second place, so the first one is the next above it.
    assert (place.row.rank, place.gap) == (2, Fraction(20))
    assert place.above is not None
    assert place.above.rank == 1


def test_whom_a_tie_break_alone_puts_lower_is_level() -> None:
    program = make_program(**SEASON | {"leaderboards": [{"name": "Board", "ties": ["first_to_reach"]}]})
    ben = season(program, made(1, 1, "2026-01-06"), made(2, 2, "2026-01-07"), user=BEN)
    assert [(one.row.rank, one.gap) for one in ben.places] == [(2, Fraction(0))]


def test_an_average_tells_what_is_lacking_per_member() -> None:
    teams = [{"id": "big", "name": "Big", "members": [ANN, BEN]}, {"id": "small", "name": "Small", "members": [CLEO]}]
    board = {"name": "Teams", "scope": "teams", "by": "average"}
    program = make_program(**SEASON | {"leaderboards": [board], "teams": teams})
    ann = season(program, made(1, 1, "2026-01-06"), made(2, 3, "2026-01-06"))
    (place,) = ann.places
    assert (place.row.name, place.row.rank, place.gap) == ("Big", 2, Fraction(5))


def test_whoever_has_nothing_has_no_place() -> None:
    empty = season(make_program(**SEASON), made(1, 2, "2026-01-06"))
    assert (empty.places, empty.points, empty.is_empty) == ((), 0, True)


def test_the_weeks_are_those_of_the_season_so_far_and_add_up() -> None:
    days = ("2026-01-05", "2026-01-11", "2026-01-19")
    ann = season(make_program(**SEASON), *(made(n, 1, day) for n, day in enumerate(days, start=1)))
    assert [(one.period.label, one.points, one.entries) for one in ann.weeks] == [
        ("week:2026-01-05", 20, 2),
        ("week:2026-01-12", 0, 0),
        ("week:2026-01-19", 10, 1),
    ]
    assert ann.points == 30
    assert ann.week.label == "week:2026-01-19"


def test_what_was_taken_back_leaves_its_week() -> None:
    program = make_program({"on_undo": "reverse"}, **SEASON)
    gone = make_change("delete", record=1, owner=None, at="2026-01-20T12:00:00Z")
    ann = season(program, made(1, 1, "2026-01-06"), gone)
    assert [one.points for one in ann.weeks] == [0, 0, 0]


def test_after_a_season_it_is_about_its_last_week() -> None:
    later = season(make_program(**SEASON), made(1, 1, "2026-01-06"), now=NOW + timedelta(days=90))
    assert (later.state, later.week.label, len(later.weeks)) == ("after", "week:2026-02-09", 6)


def test_of_a_program_without_dates_the_last_weeks_are_shown() -> None:
    keys = {"leaderboards": SEASON["leaderboards"]}
    ann = season(make_program(**keys), made(1, 1, "2026-01-20"))
    assert (len(ann.weeks), ann.weeks[-1].points) == (12, 10)


def test_the_programs_that_run_come_before_those_to_come_and_those_that_were() -> None:
    def dated(name: str, starts: str, ends: str) -> Program:
        return make_program(program=name, starts=starts, ends=ends)

    before = dated("before", "2025-10-01", "2025-12-31")
    now, other = dated("now", "2026-01-05", "2026-02-15"), dated("other", "2026-01-12", "2026-01-31")
    soon, late = dated("soon", "2026-03-01", "2026-03-31"), dated("late", "2026-06-01", "2026-06-30")
    moment = to_micros(NOW)
    assert present([before, late, now, soon, other], moment) == [now, other]
    assert present([before, late, soon], moment) == [soon]
    assert present([dated("old", "2025-01-01", "2025-02-01"), before], moment) == [before]
    assert present([], moment) == []
    assert now.last_day == date(2026, 2, 15)
