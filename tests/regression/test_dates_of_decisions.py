"""What somebody decides counts for when it was done: appeals, approvals, and points by hand that name a day."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from novigem import open_store
from novigem.audit.doctor.doctor import examine
from novigem.engine.bookkeeping import repair_totals
from novigem.engine.closing.late import exceptions_of
from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.engine.requests import Requests
from novigem.errors import InputError
from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.store import Store
from novigem.model.change import Change, from_micros, to_micros
from novigem.model.entry import Entry
from novigem.model.program import Program
from novigem.queries.queries import Queries
from novigem.testing import make_change, make_id, make_person, make_program

ANA, BEN = make_id("005", 1), make_id("005", 2)
PEOPLE = [make_person(1, name="Ana"), make_person(2, name="Ben"), make_person(3, name="Dana")]
DONE = {"Status": {"isChanged": True, "equals": "Done"}}
TASK: dict[str, Any] = {"object": "Task", "trigger": "update", "when": DONE, "points": 5, "challenge": "challenge-1"}
WEEKLY: dict[str, Any] = {
    "type": "recurring",
    "cadence": "weekly",
    "goal": {"count": "rules", "target": 2},
    "completion": {"bonus": 20, "badge": "badge-1"},
}
BOARDS = [{"id": "week", "scope": "everybody", "period": "week", "ties": ["first_to_reach"]}]


def at(day: int, hour: int = 10, month: int = 1) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def task(record: int, moment: datetime, owner: int = 1, status: str = "Done", **more: Any) -> Change:
    more = {"old": {"Status": "Open"}, **more}
    return make_change("update", object="Task", record=record, owner=owner, at=moment, Status=status, **more)


class Season:
    """A program of three weeks in January, whose clock a test sets."""

    def __init__(self, store: Store, **keys: Any) -> None:
        rule, challenge = {**TASK, **keys.pop("rule", {})}, {**WEEKLY, **keys.pop("challenge", {})}
        self.program: Program = make_program(
            rule, starts="2026-01-05", weeks=3, challenges=[challenge], badges=[{}], leaderboards=BOARDS, **keys
        )
        self.store, self.now = store, at(1, month=3)
        self.engine = Engine(store, [self.program], clock=lambda: self.now)
        self.requests = Requests(self.engine)
        with store.begin() as transaction:
            transaction.save_people(PEOPLE)

    def play(self, *changes: Change) -> None:
        self.engine.apply(changes)

    def appeal(self, record: int | None = None, rule: str | None = "rule-1", **more: Any) -> Entry:
        """Open an appeal of Ana's and find it right; gives what it paid."""
        which = {} if record is None else {"record": make_id("00T", record), "rule": rule}
        about = {name: more.pop(name) for name in ("entry",) if name in more}
        opened = self.requests.appeal("test", ANA, **which, **about, reason="it was done", author="Ana")
        return self.paid(self.requests.uphold(opened.number, reason="right", author="Dana", **more).paid)

    def paid(self, number: int | None) -> Entry:
        return next(one for one in self.store.entries() if one.number == number)

    def ranks(self, day: int) -> list[tuple[int, str, int]]:
        found = Queries(self.store, now=self.now).board("week", period=f"week:2026-01-{day:02}", live=True)
        return [(row.rank, row.user, row.points) for row in found.rows]

    def progress(self, user: str = ANA) -> dict[str, tuple[int, bool]]:
        rows = (row for row in self.store.progress_rows() if row.user == user)
        return {row.period: (row.value // 1_000_000, row.completed is not None) for row in rows}

    def late(self) -> dict[tuple[str, str], int]:
        found = [exceptions_of(one, self.program, self.store) for one in self.store.closings()]
        return {(one.closing.kind, one.closing.period): len(one.late) for one in found if one.late}

    def proved(self) -> bool:
        found = {name: problems for name, problems in examine(self.store, {"test": self.program}) if problems}
        assert not found
        before = sorted(self.store.rollup_totals(""), key=str)
        repair_totals(self.store, [self.program])
        return sorted(self.store.rollup_totals(""), key=str) == before


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened: Store = MemoryStore() if request.param == "memory" else open_store(f"sqlite:///{tmp_path / 'x.sqlite'}")
    yield opened
    opened.close()


FIRST_WEEK = "week:2026-01-05"


def test_an_upheld_appeal_counts_where_the_deed_belongs(store: Store) -> None:
    season = Season(store)
    season.play(
        task(1, at(6)),
        task(9, at(6, 9), status="Finished"),
        task(9, at(13), status="Finished", old={"Subject": "x"}),
        task(5, at(6, 11), owner=2),
        task(6, at(6, 12), owner=2),
        task(4, at(21), owner=2),
    )
    Manual(season.engine).close_due()
    entry = season.appeal(9)
    assert (entry.occurred, entry.points) == (to_micros(at(6, 9)), 5)
    # Two of two, with the bonus: Ana had them at ten o'clock, Ben at twelve.
    assert season.progress() == {FIRST_WEEK: (2, True)}
    assert season.ranks(6) == [(1, ANA, 30), (2, BEN, 30)]
    assert season.ranks(20) == [(1, BEN, 5)]
    assert {badge.user for badge in store.badges()} == {ANA, BEN}
    assert season.late() == {("board", FIRST_WEEK): 2, ("challenge", FIRST_WEEK): 2}
    assert season.proved()


def test_an_appeal_without_a_rule_counts_for_its_moment_and_for_no_challenge(store: Store) -> None:
    season = Season(store)
    season.play(task(9, at(6), status="Finished"))
    entry = season.appeal(9, rule=None, points=5)
    assert (entry.occurred, entry.rule, season.progress()) == (to_micros(at(6)), None, {})
    assert season.proved()


def test_an_appeal_about_what_was_taken_back_brings_back_what_it_counted_for(store: Store) -> None:
    season = Season(store, rule={"on_undo": "reverse"})
    season.play(task(1, at(6)), task(2, at(7)))
    season.play(make_change("delete", object="Task", record=1, owner=None, at=at(14)))
    assert season.progress() == {FIRST_WEEK: (1, False)}
    entry = season.appeal(entry=1)
    assert (entry.occurred, entry.points, season.progress()) == (to_micros(at(6)), 5, {FIRST_WEEK: (2, True)})
    assert season.ranks(6) == [(1, ANA, 30)]
    assert season.proved()


def test_an_appeal_for_more_points_counts_nothing_twice(store: Store) -> None:
    season = Season(store)
    season.play(task(1, at(6)))
    for more in (season.appeal(entry=1, points=3), season.appeal(1, points=2)):
        assert more.occurred == to_micros(at(6))
    assert season.progress() == {FIRST_WEEK: (1, False)}
    assert season.ranks(6) == [(1, ANA, 10)]
    assert season.proved()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        # Of several changes the one that came closest to the rule, and the first of those.
        ([task(9, at(6), status="Finished"), task(9, at(14), status="Finished", old={"Subject": "x"})], at(6)),
        ([make_change("create", object="Task", record=9, at=at(6), Status="New"), task(9, at(14), status="x")], at(14)),
        # What was somebody else's is another matter.
        ([task(9, at(6), owner=2, status="x"), task(9, at(14), status="x")], at(14)),
        # A deed before or after the season counts for its nearest moment.
        ([task(9, datetime(2025, 12, 30, tzinfo=UTC), status="x")], at(5, 0)),
        ([task(9, at(20, month=2), status="x")], None),
    ],
)
def test_which_change_an_appeal_is_about(store: Store, changes: list[Change], expected: datetime | None) -> None:
    season = Season(store)
    season.play(*changes)
    moment = from_micros(season.appeal(9).occurred)
    assert moment == expected if expected else moment.date() == at(25).date()
    assert season.proved()


def test_an_appeal_opened_and_upheld_in_its_week_counts_there_and_is_not_late(store: Store) -> None:
    season = Season(store)
    season.play(task(1, at(6)), task(9, at(6, 9), status="Finished"))
    season.now = at(8)
    season.appeal(9)
    season.now = at(1, month=3)
    Manual(season.engine).close_due()
    assert (season.ranks(6), season.late()) == ([(1, ANA, 30)], {})


def test_the_rest_of_the_changes_may_come_after_the_decision(store: Store) -> None:
    season = Season(store)
    season.play(task(9, at(6, 9), status="Finished"))
    season.appeal(9)
    season.play(task(1, at(6)))
    assert (season.progress(), season.ranks(6)) == ({FIRST_WEEK: (2, True)}, [(1, ANA, 30)])
    assert season.proved()


def test_a_team_completes_by_an_upheld_appeal_too(store: Store) -> None:
    together = {"completion": {}, "team_goal": {"target": 3, "bonus": 7, "credit": "each"}}
    season = Season(store, challenge=together, teams=[{"id": "duo", "name": "Duo", "members": [ANA, BEN]}])
    season.play(task(1, at(6)), task(2, at(7), owner=2), task(9, at(6, 9), status="Finished"))
    season.appeal(9)
    assert season.ranks(6) == [(1, ANA, 17), (2, BEN, 12)]
    assert season.proved()


def test_points_that_are_approved_later_count_for_when_they_were_asked_for(store: Store) -> None:
    season = Season(store, adjustments={"second_approver": True})
    season.play(task(9, at(6), status="Finished"))
    season.now = at(11, 20)
    asked = season.requests.ask("test", ANA, 7, reason="helped", author="Dana")
    dated = season.requests.ask("test", BEN, 3, reason="helped", author="Dana", at=to_micros(at(9)))
    opened = season.requests.appeal("test", ANA, record=make_id("00T", 9), rule="rule-1", reason="done", author="Ana")
    season.now = at(14)
    season.requests.uphold(opened.number, reason="right", author="Dana")
    for request in store.requests():
        if request.is_open:
            season.requests.approve(request.number, author="Sam")
    moments = {one.points: from_micros(one.occurred) for one in store.entries()}
    assert moments == {7: at(11, 20), 3: at(9), 5: at(6)}
    assert (asked.occurred, dated.occurred) == (None, to_micros(at(9)))
    assert season.progress() == {FIRST_WEEK: (1, False)}
    assert season.proved()


def test_points_by_hand_may_name_their_day(store: Store) -> None:
    season = Season(store)
    season.play(task(1, at(6)), task(4, at(21), owner=2))
    Manual(season.engine).close_due()
    entry = Manual(season.engine).adjust("test", ANA, -2, reason="counted twice", at=to_micros(at(7)))
    assert (from_micros(entry.occurred), season.ranks(6)) == (at(7), [(1, ANA, 3)])
    assert season.late() == {("board", FIRST_WEEK): 1}
    for wrong in (at(1), at(1, month=2), at(2, month=3)):
        with pytest.raises(InputError):
            Manual(season.engine).adjust("test", ANA, 1, reason="never", at=to_micros(wrong))
    dated = season.requests.appeal("test", ANA, record=make_id("00T", 1), reason="two days of work", author="Ana")
    upheld = season.requests.uphold(dated.number, points=1, reason="yes", author="Dana", at=to_micros(at(14)))
    assert from_micros(season.paid(upheld.paid).occurred) == at(14)
    assert season.proved()
