"""Another target from a day on: what was counted stays, and the target of its time decides for each award."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import permutations
from typing import Any

import pytest

from novigem.audit.doctor.doctor import examine
from novigem.engine.engine import Engine
from novigem.errors import InputError
from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.store import RowFilter, Store
from novigem.model.change import Change, from_micros
from novigem.model.entry import GOAL_UNIT
from novigem.model.program import Program
from novigem.planning.apply import Wish, apply_program, preview
from novigem.program.dump import dump_program
from novigem.program.load import load_program_text
from novigem.testing import make_change, make_id, make_program

ANN, BEN = make_id("005", 1), make_id("005", 2)
# On the evening of the ninth, before the day from which on the other target holds.
NOW = datetime(2026, 1, 9, 20, tzinfo=UTC)
DAY = date(2026, 1, 12)


def season(target: int, goal: dict[str, Any] | None = None, **challenge: Any) -> Program:
    """Give a season whose goal has a target, a bonus of 50 and a badge."""
    told = {"goal": (goal or {"count": "rules"}) | {"target": target}, "completion": {"bonus": 50, "badge": "badge-1"}}
    linked = {"challenge": "challenge-1", "on_undo": "reverse"}
    return make_program(linked, challenges=[told | challenge], badges=[{}], starts="2026-01-05", weeks=4)


def wins(user: int, *days: int, first: int = 1) -> list[Change]:
    """Give a new record of somebody on each of some days."""
    return [
        make_change(record=100 * user + number, owner=user, at=f"2026-01-{day:02d}T12:00:00Z", Amount=10 * number)
        for number, day in enumerate(days, start=first)
    ]


def played(store: Store, program: Program, changes: Sequence[Change]) -> None:
    Engine(store, [program], clock=lambda: NOW).apply(list(changes))


def progress(store: Store) -> dict[str, tuple[int, int, int | None]]:
    """Give value, target, and the day of the completion of everybody."""
    rows = store.progress_rows(RowFilter("test", challenge="challenge-1"))
    days = {row.user: None if row.completed is None else from_micros(row.completed).day for row in rows}
    return {row.user: (row.value // GOAL_UNIT, row.target // GOAL_UNIT, days[row.user]) for row in rows}


def changed(old: Program, new: Program, before: Sequence[Change]) -> MemoryStore:
    """Give a store in which a program was changed from the day on."""
    store = MemoryStore()
    played(store, old, before)
    assert apply_program(store, Wish(new, DAY), now=NOW).is_done
    return store


def found_by_doctor(store: Store, program: Program) -> list[str]:
    return [name for name, found in examine(store, {"test": program}) if found]


def test_a_lower_target_is_reached_from_the_day_on_and_not_before() -> None:
    old, new = season(5), season(3)
    store = changed(old, new, wins(1, 5, 6, 7, 8))
    assert progress(store) == {ANN: (4, 3, None)}
    # News of before the day is held to the target of its time.
    played(store, new, wins(2, 5, 6, 7))
    assert progress(store)[BEN] == (3, 3, None)
    assert store.badges() == []
    played(store, new, [*wins(1, 13, first=5), *wins(2, 14, first=4)])
    assert progress(store) == {ANN: (5, 3, 13), BEN: (4, 3, 14)}
    assert sorted(one.user for one in store.badges()) == [ANN, BEN]
    assert found_by_doctor(store, new) == []


def test_a_higher_target_leaves_those_who_have_completed_and_the_others_go_on() -> None:
    old, new = season(3), season(5)
    store = changed(old, new, [*wins(1, 5, 6, 7), *wins(2, 5, 6)])
    assert progress(store) == {ANN: (3, 5, 7), BEN: (2, 5, None)}
    played(store, new, wins(2, 13, 14, first=3))
    assert progress(store) == {ANN: (3, 5, 7), BEN: (4, 5, None)}
    # A late change of before the day completes by the target of then, and moves the day of the other's completion.
    played(store, new, [*wins(2, 8, first=9), *wins(1, 6, first=9)])
    assert progress(store) == {ANN: (4, 5, 6), BEN: (5, 5, 8)}
    assert found_by_doctor(store, new) == []


def test_who_had_completed_and_loses_an_award_is_held_to_the_target_of_then() -> None:
    old, new = season(3), season(5)
    store = changed(old, new, wins(1, 5, 6, 7, 8))
    gone = make_change("delete", record=101, owner=None, at="2026-01-13T12:00:00Z")
    played(store, new, [gone])
    assert progress(store) == {ANN: (3, 5, 8)}
    played(store, new, [make_change("delete", record=102, owner=None, at="2026-01-14T12:00:00Z")])
    assert progress(store) == {ANN: (2, 5, None)}
    assert found_by_doctor(store, new) == []


def test_the_order_of_arrival_and_a_restart_decide_nothing() -> None:
    old, new = season(3), season(4)
    parts = (wins(1, 5, 6), wins(1, 8, 13, first=3), wins(2, 7, 9, 15), wins(2, 8, first=9))
    found = []
    for order in permutations(parts):
        store = changed(old, new, wins(1, 9, first=7))
        for part in order:
            played(store, load_program_text(dump_program(new), "new.yaml"), part)
        found.append((progress(store), store.badges(), sorted(one.key for one in store.entries() if not one.reverses)))
        assert found_by_doctor(store, new) == []
    assert [one[:2] for one in found] == [found[0][:2]] * len(found)
    assert found[0][0] == {ANN: (5, 4, 8), BEN: (4, 4, 9)}


def test_targets_change_more_than_once_and_back_again() -> None:
    first, second = season(4), season(2)
    store = changed(first, second, wins(1, 5, 6, 7))
    later = datetime(2026, 1, 16, 20, tzinfo=UTC)
    apply_program(store, Wish(first, date(2026, 1, 19)), now=later)
    (kept,) = [one for one in store.programs() if one.version == first.version]
    goal = load_program_text(kept.text, "kept.yaml").challenges[0].goal
    assert [(one.target, one.ends.day) for one in goal.earlier] == [(4, 11), (2, 18)]
    # 3 of 4, then one award under the target of 2 would have completed; after it, 4 are needed again.
    played(store, first, wins(2, 5, 20, 21, 22))
    assert progress(store) == {ANN: (3, 4, None), BEN: (4, 4, 22)}
    played(store, first, wins(2, 13, first=9))
    assert progress(store)[BEN] == (5, 4, 13)
    assert found_by_doctor(store, first) == []


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [
        ({"count": "rules"}, {"count": "Opportunity"}, 3),
        ({"sum": "Amount"}, {"sum": "Amount", "object": "Opportunity"}, 60),
        ({"points": "rules"}, {"points": "rules"}, 30),
        ({"streak": "working day"}, {"streak": "working day"}, 3),
    ],
)
def test_what_counts_in_the_same_way_goes_on(old: dict[str, Any], new: dict[str, Any], value: int) -> None:
    target = 18 if "streak" in old else 90
    store = changed(season(target + 1, old), season(target, new), wins(1, 7, 8, 9))
    assert progress(store) == {ANN: (value, target, None)}
    played(store, season(target, new), wins(1, 12, first=4))
    assert progress(store)[ANN][0] > value
    assert found_by_doctor(store, season(target, new)) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"count": "rules"}, {"points": "rules"}),
        ({"count": "rules"}, {"sum": "Amount"}),
        ({"streak": "working day"}, {"streak": "week"}),
        ({"streak": "working day"}, {"streak": "working day", "at_least": 2}),
    ],
)
def test_what_counts_in_another_way_is_refused_with_both_readings(old: dict[str, Any], new: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"goal may not change\n.* cannot go on as a .*: a new id begins anew"):
        changed(season(4, old), season(4, new), wins(1, 7))


def test_a_preview_tells_whom_another_target_leaves_where() -> None:
    store = MemoryStore()
    played(store, season(5), [*wins(1, 5, 6, 7, 8), *wins(2, 5), *wins(3, 5, 6, 7, 8, 9)])
    seen = preview(store, Wish(season(3), DAY), now=NOW)
    assert seen.words == ("challenge challenge-1: goal.target 5 -> 3",)
    assert [(one.user, one.value, one.before, one.after, one.is_reached) for one in seen.goals] == [
        (ANN, 4, 5, 3, True),
        (BEN, 1, 5, 3, False),
    ]
    assert progress(store)[ANN] == (4, 5, None)


def test_scored_anew_from_the_start_knows_no_earlier_target() -> None:
    store = changed(season(5), season(3), wins(1, 5, 6, 7, 8))
    apply_program(store, Wish(season(3), rescore=True), now=NOW)
    assert progress(store) == {ANN: (4, 3, 7)}
    assert found_by_doctor(store, season(3)) == []


def test_a_file_may_say_itself_what_the_target_was() -> None:
    said = season(3, {"count": "rules", "earlier": [{"target": 5, "ends": date(2026, 1, 11)}]})
    assert load_program_text(dump_program(said), "said.yaml") == said
    store = MemoryStore()
    played(store, said, wins(1, 5, 6, 7, 8))
    assert progress(store) == {ANN: (4, 3, None)}
    played(store, said, wins(1, 12, first=5))
    assert progress(store) == {ANN: (5, 3, 12)}
