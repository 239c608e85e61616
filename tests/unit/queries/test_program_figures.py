"""Whether a program reaches people, counted by hand."""

from datetime import UTC, datetime
from fractions import Fraction

from novigem import Engine
from novigem.engine.bookkeeping import keep_listing
from novigem.feed.source import Page
from novigem.model.change import to_micros
from novigem.model.people import Block
from novigem.queries.program_figures import ProgramFigures, Week, read_program_figures
from novigem.testing import MemoryStore, make_change, make_id, make_person, make_program

_NOW = to_micros(datetime(2026, 1, 20, 12, tzinfo=UTC))


def _figures(awards: dict[int, list[str]], *, hidden: int | None = None) -> ProgramFigures:
    """Give the figures of a team of six: 5 is inactive, 6 has another role, 7 none that was told, 8 is excluded."""
    roles = {1: "CSM", 2: "CSM", 3: "CSM", 4: "CSM", 5: "CSM", 6: "Sales", 8: "CSM"}
    people = [make_person(one, name=f"Person {one}", role=roles.get(one), active=one != 5) for one in range(1, 9)]
    program = make_program(
        {"points": 1},
        participants={"role": ["CSM"], "exclude": [make_id("005", 8)]},
        starts="2026-01-05",
        weeks=6,
    )
    store, record = MemoryStore(), iter(range(1, 1000))
    changes = [
        make_change(record=next(record), owner=user, at=f"{day}T12:00:00Z")
        for user, days in awards.items()
        for day in days
    ]
    Engine(store, [program]).apply(Page(tuple(changes), people=tuple(people)))
    if hidden is not None:
        keep_listing(store, make_id("005", hidden), 1)
    return read_program_figures(store, program, _NOW)


def test_reach_counts_who_takes_part_and_earned_anything_in_each_week() -> None:
    found = _figures({1: ["2026-01-05", "2026-01-19"], 2: ["2026-01-06"], 6: ["2026-01-06"]})
    assert (found.participants, found.earned) == (4, 2)
    # Nobody earned in the second week, and it is told of all the same.
    assert found.weeks == (Week("week:2026-01-05", 2), Week("week:2026-01-12", 0), Week("week:2026-01-19", 1))


def test_who_is_left_out_is_told_with_the_reason() -> None:
    found = _figures({1: ["2026-01-05"]})
    assert [one.name for one in found.silent] == ["Person 2", "Person 3", "Person 4"]
    assert found.cannot == {Block.INACTIVE: 1, Block.EXCLUDED: 1}
    assert found.without_role == 1


def test_whoever_opted_out_is_counted_and_not_named() -> None:
    found = _figures({1: ["2026-01-05"]}, hidden=3)
    assert [one.name for one in found.silent] == ["Person 2", "Person 4"]
    assert found.silent_unnamed == 1


def test_effort_is_the_share_of_the_first_fifth() -> None:
    found = _figures({1: ["2026-01-05"] * 6, 2: ["2026-01-05"] * 2, 3: ["2026-01-05"] * 2})
    assert (found.top_share, found.top_people) == (Fraction(6, 10), 1)


def test_no_data_says_so() -> None:
    found = _figures({})
    assert (found.earned, found.weeks, found.top_share, found.former) == (0, (), None, 0)
