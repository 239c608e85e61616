"""Two users become one person: what follows goes by the pauses of the program, and by the clock of that person."""

from datetime import UTC, datetime

import pytest

from novigem.audit.doctor.doctor import examine
from novigem.engine.engine import Engine
from novigem.engine.pausing import pause_program, resume_program
from novigem.feed.source import Page
from novigem.ledger.store import RowFilter
from novigem.model.entry import GOAL_UNIT
from novigem.planning.joins import JoinWish, decide_join
from novigem.testing import make_change, make_id, make_person, make_program
from tests.property.runs import fresh_sqlite, frozen_clock
from tests.regression.beds import Bed

ANA, HER_OLD_USER = (make_id("005", n) for n in (1, 2))
PROGRAM = make_program(
    {"points": 5, "challenge": "challenge-1", "on_undo": "reverse"},
    challenges=[{"goal": {"streak": "working day", "target": 2}, "completion": {"bonus": 50}}],
    badges=[{"earned_by": {"streak": "working day", "target": 2}}],
    starts="2026-03-02",
    weeks=2,
)


@pytest.mark.parametrize(
    ("zone", "moments"),
    [
        # Nobody works on the Tuesday, which is paused.
        (None, ("2026-03-02T10:00:00Z", "2026-03-04T10:00:00Z")),
        # Monday and Tuesday there, and one day of the program.
        ("Pacific/Kiritimati", ("2026-03-05T09:00:00Z", "2026-03-05T11:00:00Z")),
    ],
)
def test_a_streak_of_two_users_goes_by_pauses_and_clocks(
    any_bed: Bed, zone: str | None, moments: tuple[str, str]
) -> None:
    store = any_bed.store
    people = tuple(make_person(n, timezone=zone) for n in (1, 2))
    engine = Engine(store, [PROGRAM], clock=frozen_clock)
    engine.apply(Page((), people))
    pause_program(store, "test", reason="a retreat", since=datetime(2026, 3, 3, tzinfo=UTC), now=frozen_clock())
    resume_program(store, "test", since=datetime(2026, 3, 4, tzinfo=UTC), now=frozen_clock())
    engine.apply([make_change(record=n, owner=n, at=at) for n, at in enumerate(moments, start=1)])
    assert decide_join(store, JoinWish(HER_OLD_USER, ANA, "Sam", "a new licence"), now=frozen_clock()).is_done
    rows = {row.challenge: row.value // GOAL_UNIT for row in store.progress_rows(RowFilter()) if row.user == ANA}
    assert set(rows.values()) == {2}
    assert [one for _name, found in examine(store, {"test": PROGRAM}) for one in found] == []


def test_a_decision_is_kept_where_a_database_has_one_connection() -> None:
    with fresh_sqlite() as store:
        Engine(store, [PROGRAM], clock=frozen_clock).apply(Page((), (make_person(1), make_person(2))))
        assert decide_join(store, JoinWish(HER_OLD_USER, ANA, "Sam", "a new licence"), now=frozen_clock()).is_done
        assert HER_OLD_USER in store.joins().group(ANA)
