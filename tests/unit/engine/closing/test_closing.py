"""Standings become final a grace period after their end, on time though nothing happens, and stay so."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.errors import InputError, ProgramError
from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.store import RowFilter
from novigem.model.change import to_micros
from novigem.model.closing import read_standings
from novigem.model.program import Leaderboard, Scope
from novigem.queries.queries import Queries
from novigem.testing import make_id, make_person, make_program
from tests.unit.engine.closing.seasons import END, EVERYTHING, GRACE, Bed, season, signal, task

SECOND = timedelta(seconds=1)
ANN, BOB = make_id("005", 1), make_id("005", 2)


def test_everything_closes_though_nothing_happened_after_the_end_or_at_all() -> None:
    bed = Bed(MemoryStore())
    bed.feed()
    assert bed.close_all() == EVERYTHING
    assert {one.status for one in bed.states().values()} == {"final"}
    assert [read_standings(one).rows for one in bed.store.closings()] == [()] * 6


def test_nothing_closes_before_its_own_grace_period_is_over() -> None:
    bed = Bed(MemoryStore())
    bed.feed(signal(1))
    bed.clock.now = datetime(2026, 1, 15, tzinfo=UTC) - SECOND
    assert Manual(bed.engine).close_due() == []
    bed.clock.now += SECOND
    assert [one.key[1:] for one in Manual(bed.engine).close_due()] == [
        ("challenge", "weekly", "week:2026-01-05"),
        ("board", "week", "week:2026-01-05"),
    ]
    assert bed.close_all(-SECOND) == []
    assert len(bed.close_all()) == 4


def test_closing_again_gives_the_same_answer_and_changes_nothing() -> None:
    bed = Bed(MemoryStore())
    bed.feed(signal(1))
    bed.close_all()
    before = bed.store.closings()
    assert bed.close_all(timedelta(days=9)) == []
    window = bed.window("board team program")
    assert Manual(bed.engine).close_early(window, reason="once more") == bed.store.closing(window.key)
    assert bed.store.closings() == before


def test_a_closed_board_keeps_its_rows_and_says_its_hash_whatever_arrives() -> None:
    bed = Bed(MemoryStore())
    bed.feed(signal(1, owner=1), signal(2, owner=2, at="2026-01-08T12:00:00Z"))
    assert (bed.board().status, bed.board().final_at) == ("provisional", END + GRACE)
    bed.close_all()
    final = bed.board()
    bed.feed(signal(3, owner=2))
    assert bed.board() == final
    assert (final.status, final.as_of, final.closed) == ("final", 2, END + GRACE)
    assert [(row.rank, row.user, row.points, row.tie) for row in final.rows] == [
        (1, ANN, 10, None),
        (2, BOB, 10, "first_to_reach"),
    ]
    closing = bed.store.closing(bed.window("board team program").key)
    assert closing is not None
    assert final.digest == sha256(closing.body.encode()).hexdigest()


def test_the_ledger_goes_on_and_can_be_read_live() -> None:
    bed = Bed(MemoryStore())
    bed.feed(signal(1, owner=1))
    bed.close_all()
    bed.feed(signal(2, owner=2), signal(3, owner=2))
    live = bed.board(live=True)
    assert (live.status, [(row.user, row.points) for row in live.rows]) == ("live", [(BOB, 40), (ANN, 10)])
    assert [row.points for row in bed.board(as_of=2).rows] == [10, 10]
    assert [row.user for row in bed.board(user=BOB).around] == []
    assert [row.user for row in bed.board(user=ANN, limit=0).around] == [ANN]


def test_progress_of_a_closed_challenge_is_read_as_it_was_closed() -> None:
    bed = Bed(MemoryStore())
    bed.feed(signal(1, owner=1), signal(2, owner=1), signal(3, owner=2), task(1, owner=2))
    queries = Queries(bed.store, now=END)
    before = queries.completions(RowFilter())
    assert {one.status for one in before} == {"provisional"}
    bed.close_all()
    bed.feed(signal(4, owner=2))
    final = queries.completions(RowFilter())
    assert [(one.progress, one.bonus, one.badge) for one in final] == [
        (one.progress, one.bonus, one.badge) for one in before
    ]
    assert {one.status for one in final} == {"final"}
    live = queries.completions(RowFilter(user=BOB, challenge="signals"), live=True)
    assert [(one.progress.value, one.bonus, one.badge, one.status) for one in live] == [
        (2_000_000, 20, "scout", "live")
    ]
    assert [one.progress.value for one in queries.completions(RowFilter(user=BOB, challenge="signals"))] == [1_000_000]


def test_a_board_runs_while_its_period_does_and_a_week_ends_with_its_program() -> None:
    bed = Bed(MemoryStore(), season(weeks=None, ends="2026-01-14"))
    bed.clock.now = datetime(2026, 1, 14, 23, tzinfo=UTC)
    bed.feed(signal(1))
    assert (bed.board().status, bed.board("week").status) == ("running", "running")
    bed.clock.now = datetime(2026, 1, 15, tzinfo=UTC)
    assert (bed.board().status, bed.board("week").status) == ("provisional", "provisional")
    assert bed.board("week").final_at == bed.board().final_at == datetime(2026, 1, 18, tzinfo=UTC)


def test_the_grace_period_is_the_programs_unless_a_challenge_has_its_own() -> None:
    program = make_program(
        {"challenge": "mine"},
        {"challenge": "theirs"},
        challenges=[{"id": "mine", "closing": {"grace_days": 0}}, {"id": "theirs"}],
        starts="2026-01-05",
        weeks=2,
        closing={"grace_days": 10},
    )
    bed = Bed(MemoryStore(), program)
    bed.feed()
    days = {name: one.window.final_at - one.window.end for name, one in bed.states().items()}
    day = 86_400_000_000
    assert days == {"challenge mine": 0, "challenge theirs": 10 * day, "board everybody program": 10 * day}


def test_what_the_defaults_say_does_not_change_the_version() -> None:
    assert make_program(closing={"grace_days": 3}).version == make_program().version
    assert make_program(closing={"grace_days": 4}).version != make_program().version


def test_a_program_without_dates_closes_its_weeks_from_the_first_points_on() -> None:
    bed = Bed(
        MemoryStore(), make_program(leaderboards=[{"id": "week", "period": "week"}, {"id": "all", "period": "all"}])
    )
    bed.feed()
    assert bed.close_all() == []
    bed.feed(signal(1, at="2025-12-31T12:00:00Z"))
    assert bed.close_all() == [f"board week week:{day}" for day in ("2025-12-29", "2026-01-05", "2026-01-12")]


def test_a_draft_closes_nothing() -> None:
    bed = Bed(MemoryStore(), season(status="draft"))
    bed.feed()
    assert bed.close_all() == []


def test_a_store_that_reads_salesforce_waits_until_every_watched_object_is_read_so_far() -> None:
    bed = Bed(MemoryStore())
    bed.feed(signal(1))
    bed.read_to(END + GRACE, "Opportunity")
    assert bed.close_all(timedelta(days=30)) == []
    assert bed.states()["board team program"].waits_for == ("Task",)
    bed.read_to(END + GRACE - SECOND, "Task")
    # The first week's grace period has been read to its end.
    assert len(bed.close_all(timedelta(days=30))) == 2
    assert bed.board().waits_for == ("Task",)
    bed.read_to(END + GRACE, "Task", "Account")
    bed.read_to(END, "Account")
    assert len(bed.close_all(timedelta(days=30))) == 4


def test_a_watermark_that_is_ahead_does_not_close_before_the_clock_says_so() -> None:
    bed = Bed(MemoryStore())
    bed.feed()
    bed.read_to(END + timedelta(days=99), "Opportunity", "Task")
    assert "board team program" not in bed.close_all(-SECOND)


def test_what_a_file_has_just_told_of_stays_open_for_more_files() -> None:
    bed = Bed(MemoryStore(), now=END + timedelta(days=30))
    bed.feed(signal(1, at="2026-01-13T12:00:00Z"))
    at = to_micros(datetime(2026, 1, 13, 12, tzinfo=UTC))
    closed = [one.key[1:] for one in Manual(bed.engine).close_due(fresh=at)]
    assert closed == [("challenge", "weekly", "week:2026-01-05"), ("board", "week", "week:2026-01-05")]
    assert len(Manual(bed.engine).close_due(fresh=to_micros(END))) == 4


def test_closing_early_needs_a_reason_and_keeps_it() -> None:
    bed = Bed(MemoryStore(), now=datetime(2026, 1, 8, tzinfo=UTC))
    bed.feed(signal(1))
    window = bed.window("board team program")
    with pytest.raises(InputError, match="needs a reason"):
        Manual(bed.engine).close_early(window, reason="  ")
    closing = Manual(bed.engine).close_early(window, reason=" moved on ", author="Dana")
    final = read_standings(closing)
    assert (final.reason, final.author, [row.points for row in final.rows]) == ("moved on", "Dana", [10])
    assert bed.board().status == "final"
    assert len(bed.close_all()) == 5


def test_an_award_is_pending_until_it_vests_and_nothing_closes_before() -> None:
    program = make_program(
        {"points": 10, "vest_after": 5, "on_undo": "reverse"},
        {"object": "Task", "points": 5},
        starts="2026-01-05",
        weeks=2,
        closing={"grace_days": 5},
    )
    bed = Bed(MemoryStore(), program, now=datetime(2026, 1, 18, 13, tzinfo=UTC))
    bed.feed(signal(1, at="2026-01-13T12:00:00Z"), signal(2, at="2026-01-13T14:00:00Z"), task(1))
    (row,) = bed.board("everybody").rows
    assert (row.points, row.pending) == (25, 10)
    with pytest.raises(InputError, match="1 of its awards are held"):
        Manual(bed.engine).close_early(bed.window("board everybody program"), reason="hurry")
    bed.clock.now = datetime(2026, 1, 18, 14, tzinfo=UTC)
    assert bed.board("everybody").rows[0].pending == 0
    Manual(bed.engine).close_early(bed.window("board everybody program"), reason="all vested")


@pytest.mark.parametrize(
    ("keys", "challenge", "is_refused"),
    [
        ({}, {}, True),
        ({"closing": {"grace_days": 6}}, {}, True),
        ({"closing": {"grace_days": 7}}, {}, False),
        ({"closing": {"grace_days": 7}}, {"closing": {"grace_days": 6}}, True),
        ({"closing": {"grace_days": 7}}, {"closing": {"grace_days": 9}}, False),
    ],
)
def test_a_grace_period_is_never_shorter_than_the_longest_hold(
    keys: dict[str, object],
    challenge: dict[str, object],
    is_refused: bool,  # noqa: FBT001 - a row of the table above
) -> None:
    def make() -> None:
        make_program(
            {"vest_after": 7, "on_undo": "reverse", "challenge": "one"}, challenges=[{"id": "one", **challenge}], **keys
        )

    if not is_refused:
        make()
        return
    with pytest.raises(ProgramError) as raised:
        make()
    assert [one.code for one in raised.value.diagnostics if one.severity == "error"] == ["NV330"]


def test_a_second_season_of_the_same_rules_starts_from_zero() -> None:
    store = MemoryStore()
    spring, summer = season(program="spring"), season(program="summer", starts="2026-02-02")
    changes = [signal(1), signal(2), signal(3)]
    first = Bed(store, spring)
    first.feed(*changes)
    first.close_all()
    before = store.closings("spring")
    second = Bed(store, summer, now=datetime(2026, 3, 1, tzinfo=UTC))
    # The records of the first season earn again, and the bonus of the one-time challenge is there again.
    second.feed(*[signal(n, at=f"2026-02-0{n + 2}T12:00:00Z") for n in (1, 2)])
    (row,) = second.board().rows
    assert (row.points, row.entries) == (40, 3)
    assert [(one.progress.program, one.bonus) for one in Queries(store, now=END).completions(RowFilter())] == [
        ("spring", 20),
        ("summer", 20),
    ]
    assert len(Manual(second.engine).close_due()) == 6
    assert store.closings("spring") == before
    assert [row.points for row in first.board().rows] == [50]


def test_whom_a_board_ranks_is_decided_when_it_closes() -> None:
    program = make_program(
        starts="2026-01-05", weeks=2, leaderboards=[{"id": "csm", "name": "CSMs", "scope": {"role": "CSM"}}]
    )
    store = MemoryStore()
    with store.begin() as transaction:
        transaction.save_people([make_person(1, role="CSM"), make_person(2, role="Other")])
    bed = Bed(store, program)
    bed.feed(signal(1, owner=1), signal(2, owner=2), signal(3, owner=3))
    bed.close_all()
    with store.begin() as transaction:
        transaction.save_people([make_person(1, role="Other"), make_person(2, role="CSM")])
    (closing,) = store.closings()
    assert [row.user for row in bed.board("csm").rows] == [ANN]
    assert read_standings(closing).left_out == (BOB, make_id("005", 3))


def test_a_board_waits_while_nobody_is_its_manager() -> None:
    program = make_program(
        starts="2026-01-05",
        weeks=2,
        leaderboards=[{"id": "mine", "name": "Mine", "scope": {"manager": "eve@acme.example"}}],
    )
    bed = Bed(MemoryStore(), program)
    bed.feed(signal(1))
    assert bed.close_all() == []
    with pytest.raises(InputError, match="manager of the board 'mine'"):
        Manual(bed.engine).close_early(bed.window("board mine program"), reason="a test")
    with bed.store.begin() as transaction:
        transaction.save_people([make_person(9, email="eve@acme.example"), make_person(1, manager=9)])
    assert bed.close_all() == ["board mine program"]


def test_a_program_that_was_never_run_is_taken_into_use_before_it_is_closed() -> None:
    store = MemoryStore()
    engine = Engine(store, [season()], clock=lambda: END + GRACE)
    assert len(Manual(engine).close_due()) == 6
    assert [one.version for one in store.programs()] == [season().version]


def test_a_board_by_percent_is_final_with_its_challenge() -> None:
    boards = tuple(
        Leaderboard(id=one, name=one, by="percent", scope=Scope(challenge=one)) for one in ("signals", "weekly")
    )
    bed = Bed(MemoryStore(), season().model_copy(update={"leaderboards": boards}))
    bed.feed(signal(1), task(2, owner=2))
    before = bed.board("signals")
    assert (before.status, before.final_at) == ("provisional", END + GRACE)
    bed.close_all()
    final = bed.board("signals")
    sealed = bed.store.closing(bed.window("challenge signals").key)
    assert sealed is not None
    assert (final.status, final.digest, final.rows) == ("final", sealed.digest, before.rows)
    bed.feed(signal(3), task(4, owner=2))
    assert bed.board("signals") == final
    live = bed.board("signals", live=True)
    assert (live.status, live.rows[0].value) == ("live", 2_000_000)
    week = bed.board("weekly", period="week:2026-01-07")
    assert (week.status, [row.value for row in week.rows]) == ("final", [1_000_000])
    assert bed.board("signals", as_of=bed.store.entry_count()).rows == live.rows
