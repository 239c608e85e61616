"""What went wrong in other systems of this kind, and must not go wrong here."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.engine.report import RunReport
from novigem.feed.source import MemorySource, Page
from novigem.leaderboards.ranking import rank
from novigem.ledger.memory.store import MemoryStore
from novigem.model.change import Change
from novigem.model.entry import EntryKind
from novigem.model.people import Block
from novigem.model.program import Program
from novigem.testing import make_change, make_id, make_person, make_program

ANNA, BEN, CARL = (make_id("005", n) for n in (1, 2, 3))
WEEK = {"id": "weekly", "type": "recurring", "cadence": "weekly"}


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def play(store: MemoryStore, program: Program, *changes: Change, people: Any = ()) -> RunReport:
    return Engine(store, [program]).apply(Page(changes, list(people)))


def points(store: MemoryStore, book: str = "test:*:all") -> dict[str, int]:
    return {total.user: total.points for total in store.rollup_totals(book) if total.book == book}


def blocks(report: RunReport) -> dict[Block, int]:
    found: dict[Block, int] = {}
    for (_program, _rule, block), count in report.blocked.items():
        found[block] = found.get(block, 0) + count
    return found


def test_a_replay_on_another_day_gives_the_same_ledger() -> None:
    program = make_program({"challenge": "weekly"}, challenges=[WEEK], starts="2026-01-05", weeks=2)
    rows = [make_change(record=n, at=f"2026-01-{4 + n:02d}T10:00:00Z") for n in range(1, 14)]
    ledgers = []
    for day in range(1, 8):
        store = MemoryStore()
        Engine(store, [program], clock=lambda d=day: datetime(2027, 6, d, tzinfo=UTC)).apply(rows)
        ledgers.append([(one.key, one.user, one.points, one.occurred, one.period) for one in store.entries()])
    assert len(ledgers[0]) == 13
    assert ledgers == ledgers[:1] * 7


SUMS = """
from novigem.engine.engine import Engine
from novigem.testing import MemoryStore, make_change, make_program
program = make_program(timezone="America/New_York", challenges=[], starts="2026-03-02", weeks=2)
store = MemoryStore()
Engine(store, [program]).apply([make_change(record=n, at=f"2026-03-{n:02d}T04:30:00Z") for n in range(1, 20)])
print([(total.book, total.points) for total in store.rollup_totals("")])
"""


def test_the_zone_of_the_server_does_not_move_a_week() -> None:
    answers = {
        subprocess.run(
            [sys.executable, "-c", SUMS], env={**os.environ, "TZ": zone}, capture_output=True, text=True, check=True
        ).stdout
        for zone in ("UTC", "Pacific/Apia", "America/Los_Angeles")
    }
    assert len(answers) == 1
    assert "week:2026-03-09" in answers.pop()


def test_a_record_that_goes_from_owner_to_owner_and_back_pays_once(store: MemoryStore) -> None:
    program = make_program({"trigger": "update"})
    rows = [
        make_change("update", owner=owner, at=f"2026-01-0{day}T00:00:00Z") for day, owner in ((5, 1), (6, 2), (7, 1))
    ]
    report = play(store, program, *rows)
    assert points(store) == {ANNA: 10}
    assert blocks(report) == {Block.DUPLICATE: 2}


def test_a_recurring_challenge_pays_a_record_once_per_period_and_never_twice_in_one(store: MemoryStore) -> None:
    program = make_program({"trigger": "update", "challenge": "weekly"}, challenges=[WEEK])
    days = ("05", "06", "11", "12", "13", "20")
    play(store, program, *(make_change("update", at=f"2026-01-{day}T12:00:00Z") for day in days))
    assert [entry.period for entry in store.entries()] == ["week:2026-01-05", "week:2026-01-12", "week:2026-01-19"]


def test_every_change_delivered_again_pays_nothing(store: MemoryStore) -> None:
    program = make_program({}, {"trigger": "update", "once_per": "change"})
    rows = [make_change(record=1), make_change("update", record=1, old={}), make_change(record=2, owner=2)]
    first = play(store, program, *rows)
    again = play(store, program, *rows[::-1], *rows)
    assert (first.entries, first.points, first.new_changes) == (3, 30, 3)
    assert (again.entries, again.points, again.new_changes) == (0, 0, 0)
    assert store.entry_count() == 3


def test_score_zero_and_a_tie_still_have_a_rank(store: MemoryStore) -> None:
    program = make_program()
    play(store, program, make_change(record=1, owner=1), make_change(record=2, owner=2), make_change(record=3, owner=3))
    engine = Engine(store, [program])
    for user in (ANNA, BEN):
        Manual(engine).adjust("test", user, -10, reason="given back")
    standings = rank(store.top("test:*:all", (), None))
    assert [(one.rank, one.total.user, one.total.points) for one in standings] == [
        (1, CARL, 10),
        (2, ANNA, 0),
        (2, BEN, 0),
    ]


def test_a_weekly_total_is_the_sum_of_its_rows_over_a_clock_change_and_week_53(store: MemoryStore) -> None:
    zone = "America/New_York"
    program = make_program(timezone=zone)
    edges = (
        "2026-03-09T03:59:59Z",
        "2026-03-09T04:00:00Z",
        "2026-03-02T05:00:00Z",
        "2026-12-28T05:00:00Z",
        "2027-01-04T04:59:59Z",
    )
    play(store, program, *(make_change(record=n, at=at) for n, at in enumerate(edges)))
    weeks = {total.book: total.points for total in store.rollup_totals("test:*:week")}
    assert weeks == {"test:*:week:2026-03-02": 20, "test:*:week:2026-03-09": 10, "test:*:week:2026-12-28": 20}


@pytest.mark.parametrize(
    ("change", "people", "reason"),
    [
        (make_change(owner=make_id("00G")), [], Block.QUEUE),
        (make_change(owner=3), [make_person(3, active=False)], Block.INACTIVE),
        (make_change(owner=2), [make_person(2, email="Integration@ACME.example")], Block.EXCLUDED),
        (make_change(owner=None), [], Block.NO_RECIPIENT),
        (make_change(owner="Anna Smith"), [], Block.NO_RECIPIENT),
        (make_change(new={"OwnerId": 17}), [], Block.NO_RECIPIENT),
    ],
)
def test_who_cannot_earn_is_counted_with_the_reason(
    store: MemoryStore, change: Change, people: list[Any], reason: Block
) -> None:
    program = make_program(participants={"exclude": ["integration@acme.example"]})
    report = play(store, program, change, people=people)
    assert (report.entries, blocks(report)) == (0, {reason: 1})


@pytest.mark.parametrize(
    ("participants", "earns"),
    [
        ({}, {1, 2, 3, 4}),
        ({"role": ["CSM"]}, {1, 2}),
        ({"manager": [make_id("005", 9)[:15]]}, {2}),
        ({"manager": ["BOSS@acme.example"]}, {2}),
        ({"users": [make_id("005", 4)]}, {4}),
        ({"role": ["CSM"], "users": [make_id("005", 4)], "exclude": [make_id("005", 1)[:15]]}, {2, 4}),
    ],
)
def test_participants_are_users_of_a_role_a_manager_or_a_name(
    store: MemoryStore, participants: dict[str, Any], earns: set[int]
) -> None:
    people = [make_person(1, role="CSM"), make_person(2, role="CSM", manager=9), make_person(3, role="Sales")]
    boss = make_person(9, email="boss@acme.example")
    rows = [make_change(record=n, owner=n) for n in (1, 2, 3, 4)]
    play(store, make_program(participants=participants), *rows, people=[*people, boss])
    assert set(points(store)) == {make_id("005", n) for n in earns}


def test_the_order_of_awards_inside_one_pull_does_not_matter() -> None:
    program = make_program(
        {"trigger": "update", "once_per": "change", "challenge": "weekly"},
        challenges=[WEEK | {"goal": {"sum": "Amount", "target": 2}, "completion": {"bonus": 5}}],
    )
    rows = [
        make_change("update", record=n, at="2026-01-07T10:00:00Z", Amount=amount)
        for n, amount in ((1, 3), (2, -4), (3, 1))
    ]
    ledgers = []
    for order in (rows, rows[::-1], [rows[1], rows[0], rows[2]]):
        store = MemoryStore()
        play(store, program, *order)
        ledgers.append(list(map(_what, store.entries())))
    assert ledgers[0] == ledgers[1] == ledgers[2]


def _what(entry: Any) -> tuple[Any, ...]:
    return (entry.key, entry.kind, entry.points, entry.occurred, entry.goal_value)


def test_a_sum_that_falls_within_one_moment_completes_by_the_order_of_the_changes_not_of_the_pages() -> None:
    program = make_program(
        {"trigger": "update", "once_per": "change", "challenge": "challenge-1"},
        challenges=[{"goal": {"sum": "Amount", "target": 2}, "completion": {"bonus": 5}}],
    )
    for first, second in ((3, -4), (-4, 3)):
        rows = [make_change("update", seq=n, Amount=amount) for n, amount in enumerate((first, second))]
        bonuses = []
        for pages in ([rows], [rows[:1], rows[1:]], [rows[1:], rows[:1]]):
            store = MemoryStore()
            for page in pages:
                play(store, program, *page)
            bonuses.append(points(store)[ANNA] - 20)
        assert bonuses == [5 if first == 3 else 0] * 3


def test_create_rules_honour_their_conditions(store: MemoryStore) -> None:
    program = make_program({"when": {"StageName": {"equals": "Won"}}})
    play(store, program, make_change(record=1, StageName="Won"), make_change(record=2, StageName="Open"))
    assert [entry.record for entry in store.entries()] == [make_id("006", 1)]


def test_create_fires_on_inserts_and_update_on_edits_only(store: MemoryStore) -> None:
    program = make_program({"id": "new"}, {"id": "edited", "trigger": "update"})
    rows = [make_change(kind, record=n, old={}) for n, kind in enumerate(("create", "update", "delete", "undelete"))]
    play(store, program, *rows)
    paid = {(entry.rule, entry.record) for entry in store.entries()}
    assert paid == {("new", make_id("006", 0)), ("edited", make_id("006", 1))}


def test_conditions_that_cannot_be_decided_are_counted_and_pay_nothing(store: MemoryStore) -> None:
    program = make_program(
        {"trigger": "update", "when": {"StageName": {"isChanged": True}}},
        {"trigger": "update", "when": {"Amount": {"greaterThan": 5}}},
        {"trigger": "update", "when": {"StageName": {"equals": "Lost"}, "Amount": {"greaterThan": 5}}},
    )
    report = play(store, program, make_change("update", StageName="Won"))
    assert report.unknown == {("test", "rule-1"): 1, ("test", "rule-2"): 1}
    assert report.entries == 0


def test_an_award_dated_before_one_that_paid_takes_its_place(store: MemoryStore) -> None:
    program = make_program()
    play(store, program, make_change(owner=1, at="2026-01-08T00:00:00Z"))
    report = play(store, program, make_change(owner=2, at="2026-01-07T00:00:00Z"))
    assert points(store) == {BEN: 10}
    assert (report.corrections, report.entries, report.points) == (1, 1, 0)
    kinds = [(entry.kind, entry.user, entry.points) for entry in store.entries()]
    assert kinds == [
        (EntryKind.RULE, ANNA, 10),
        (EntryKind.REVERSAL, ANNA, -10),
        (EntryKind.RULE, BEN, 10),
    ]


@pytest.fixture
def edges() -> datetime:
    return datetime(2026, 1, 5, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("step", "paid"),
    [
        (timedelta(microseconds=-1), False),
        (timedelta(0), True),
        (timedelta(weeks=2, microseconds=-1), True),
        (timedelta(weeks=2), False),
    ],
)
def test_the_window_is_half_open_in_the_zone_of_the_program(
    store: MemoryStore,
    edges: datetime,
    step: timedelta,
    paid: bool,  # noqa: FBT001 - a column of the table above
) -> None:
    program = make_program(timezone="America/New_York", starts="2026-01-05", weeks=2)
    report = play(store, program, make_change(at=edges + step))
    assert (report.entries, blocks(report)) == ((1, {}) if paid else (0, {Block.OUTSIDE_PROGRAM: 1}))


@pytest.mark.parametrize(
    ("keys", "rule", "challenge", "reason"),
    [
        ({"status": "paused"}, {}, {}, Block.PROGRAM_OFF),
        ({"status": "draft"}, {}, {}, Block.PROGRAM_OFF),
        ({"status": "ended"}, {}, {}, Block.PROGRAM_OFF),
        ({}, {"status": "inactive"}, {}, Block.RULE_OFF),
        ({}, {}, {"status": "paused"}, Block.CLOSED),
        ({}, {}, {"status": "draft"}, Block.CLOSED),
        ({}, {}, {"starts": "2026-01-08"}, Block.CLOSED),
        ({}, {}, {"ends": "2026-01-06"}, Block.CLOSED),
        ({}, {}, {"starts": "2026-01-07", "ends": "2026-01-07"}, None),
    ],
)
def test_points_are_paid_only_while_every_gate_is_open(
    store: MemoryStore, keys: dict[str, str], rule: dict[str, str], challenge: dict[str, str], reason: Block | None
) -> None:
    rules = ({"challenge": "gate", **rule}, {"object": "Task", "challenge": "gate"})
    program = make_program(*rules, challenges=[{"id": "gate", **challenge}], **keys)
    report = play(store, program, make_change(at="2026-01-07T12:00:00Z"))
    assert blocks(report) == ({} if reason is None else {reason: 1})
    assert report.entries == (reason is None)


@pytest.mark.parametrize(
    ("award_to", "change", "user"),
    [
        ("Record Owner", make_change(owner=1, by=2), ANNA),
        ("Record Owner", make_change(owner=ANNA[:15]), ANNA),
        ("Last Modified By", make_change(by=2, LastModifiedById=CARL), BEN),
        ("Last Modified By", make_change(LastModifiedById=CARL), CARL),
        ("Created By", make_change(by=2, CreatedById=CARL), CARL),
        ("Created By", make_change(by=2), BEN),
        ("Created By", make_change("update", by=2, old={}), None),
        ("CSM__c", make_change(CSM__c=CARL[:15]), CARL),
        ("Account.OwnerId", make_change(new={"Account.OwnerId": BEN}), BEN),
        ("Account.OwnerId", make_change(), None),
        ("CSM__c", make_change(CSM__c=["005"]), None),
    ],
)
def test_award_points_to_names_who_earns(store: MemoryStore, award_to: str, change: Change, user: str | None) -> None:
    program = make_program({"trigger": change.kind, "award_points_to": award_to})
    report = play(store, program, change)
    assert points(store) == ({} if user is None else {user: 10})
    assert blocks(report) == ({Block.NO_RECIPIENT: 1} if user is None else {})


@pytest.mark.parametrize(
    ("once_per", "paid"),
    [
        ("record", [0, 4]),
        ("record and user", [0, 2, 4]),
        ("account", [0, 3]),
        ("account and week", [0, 3, 5]),
        ("day", [0, 2, 4, 5]),
        ("change", [0, 1, 2, 3, 4, 5]),
    ],
)
def test_once_per_names_what_counts_as_the_same_fact(store: MemoryStore, once_per: str, paid: list[int]) -> None:
    one, two = make_id("001", 1), make_id("001", 2)
    rows = [
        make_change("update", record=1, owner=1, at="2026-01-07T10:00:00Z", AccountId=one),
        make_change("update", record=1, owner=1, at="2026-01-07T11:00:00Z", AccountId=one),
        make_change("update", record=1, owner=2, at="2026-01-07T12:00:00Z", AccountId=one),
        make_change("update", record=1, owner=2, at="2026-01-07T13:00:00Z", AccountId=two),
        make_change("update", record=2, owner=1, at="2026-01-08T10:00:00Z", AccountId=two),
        make_change("update", record=2, owner=1, at="2026-01-12T10:00:00Z", AccountId=one),
    ]
    report = play(store, make_program({"trigger": "update", "once_per": once_per}), *rows)
    moments = [change.at for change in rows]
    assert [moments.index(_moment(entry.occurred)) for entry in store.entries()] == paid
    assert report.blocked.total() == len(rows) - len(paid)


def _moment(micros: int) -> datetime:
    return datetime.fromtimestamp(micros / 1_000_000, tz=UTC)


def test_once_per_account_blocks_a_record_without_one(store: MemoryStore) -> None:
    report = play(store, make_program({"once_per": "account"}), make_change(), make_change(record=2, AccountId="none"))
    assert blocks(report) == {Block.NO_SCOPE_VALUE: 2}


def test_a_run_reads_its_source_once_unless_told_again(store: MemoryStore) -> None:
    class Resumable(MemorySource):
        def pages(self, after: str | None = None) -> Iterator[Page]:
            for page in super().pages() if after is None else ():
                yield page._replace(position="end")

    source = Resumable([make_change()])
    engine = Engine(store, [make_program()])
    assert [engine.run(source).changes, engine.run(source).changes, engine.run(source, again=True).changes] == [1, 0, 1]
    other = make_program(name="Another program reads from the beginning")
    assert Engine(store, [other]).run(source).changes == 1
    assert store.entry_count() == 1


def test_a_change_told_twice_in_one_page_does_not_hide_that_a_later_one_came_before_it(store: MemoryStore) -> None:
    program = make_program({"trigger": "update", "when": {"Status": {"equals": "Completed"}}, "on_undo": "reverse"})
    done = make_change("update", at="2026-01-07T10:00:00Z", old={"Status": "Open"}, Status="Completed")
    reopened = make_change("update", at="2026-01-07T11:00:00Z", old={"Status": "Completed"}, Status="Open")
    play(store, program, reopened)
    # As many changes are logged from the first moment of the page on as the page has, but they are not the same.
    play(store, program, done, done)
    assert points(store) == {}


def test_a_page_that_comes_again_ends_nothing_that_it_made_itself(store: MemoryStore) -> None:
    program = make_program({"trigger": "update", "when": {"Status": {"equals": "Completed"}}, "on_undo": "reverse"})
    page = [
        make_change("update", at="2026-01-07T10:00:00Z", old={"Status": "Open"}, Status="Completed"),
        make_change("update", at="2026-01-07T11:00:00Z", old={"Status": "Completed"}, Status="Open"),
        make_change("update", at="2026-01-07T12:00:00Z", old={"Status": "Open"}, Status="Completed"),
    ]
    play(store, program, *page)
    before = points(store)
    assert before == {ANNA: 10}
    for again in (page, page[1:], page[:2], page[:1], [*page, *page]):
        play(store, program, *again)
        assert points(store) == before
    assert store.entry_count() == 1


def test_a_change_that_comes_again_and_earns_only_now_does_not_replace_what_was_claimed_before(
    store: MemoryStore,
) -> None:
    program = make_program(
        {
            "trigger": "update",
            "when": {"Status": {"equals": "Completed"}},
            "once_per": "change",
            "on_undo": "reverse",
        }
    )
    first, second = (
        make_change("update", at=f"2026-01-07T1{hour}:00:00Z", old={}, Status="Completed", Step=hour) for hour in (0, 1)
    )
    deleted, restored = (
        make_change(kind, at=f"2026-01-07T1{hour}:00:00Z") for kind, hour in (("delete", 2), ("undelete", 3))
    )
    play(store, program, first, people=[make_person(1)])
    play(store, program, second, people=[make_person(1, active=False)])
    play(store, program, deleted)
    assert points(store) == {}
    play(store, program, second, deleted, people=[make_person(1)])
    play(store, program, restored)
    assert points(store) == {ANNA: 20}
