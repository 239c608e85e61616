"""What every store keeps of people over time, what teams come to on it, and how their boards close."""
# ruff: noqa: S101 - tests: asserts are their point

from datetime import UTC, date, datetime, timedelta

from novigem.audit.doctor.closings import unproved_closing
from novigem.audit.doctor.teams import unproved_teams
from novigem.engine.closing.late import exceptions_of
from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.feed.source import Page
from novigem.ledger.store import Store
from novigem.model.change import to_micros
from novigem.model.closing import FinalRow, body_digest, read_standings
from novigem.model.program import ALWAYS_START
from novigem.model.roster import Assignment, Membership
from novigem.queries.queries import Queries
from novigem.testing.builders import make_change, make_id, make_person, make_program
from novigem.testing.contract.samples import HOUR, MONDAY, sample_total


class TeamContract:
    """The part of `StoreContract` about teams."""

    def test_a_role_or_manager_is_kept_with_the_moment_it_was_told(self, store: Store) -> None:
        """The first has been so always; the same again adds nothing; what else is told of a person neither."""
        first, second = make_id("005", 1), make_id("005", 2)
        with store.begin() as transaction:
            transaction.save_people([make_person(1, role="A"), make_person(2, manager=1)], MONDAY)
            transaction.save_people([make_person(1, role="A", name="Ann", active=False)], MONDAY + 1)
            transaction.save_people([make_person(1, role="B")], MONDAY + HOUR)
            transaction.save_people([make_person(1, role="B", manager=2)], MONDAY + HOUR)
        expected = [
            Assignment(first, ALWAYS_START, "A", None),
            Assignment(first, MONDAY + HOUR, "B", second),
            Assignment(second, ALWAYS_START, None, first),
        ]
        assert store.every_assignment() == expected
        with store.begin() as transaction:
            assert transaction.assignments([second]) == expected[2:]
            assert transaction.every_assignment() == expected
            assert [one.id for one in transaction.everybody()] == [first, second]

    def test_assignments_move_to_another_store_as_they_are(self, store: Store) -> None:
        """What is saved so takes the place of what stands for the same moment."""
        rows = [
            Assignment(make_id("005", 1), ALWAYS_START, "A", None),
            Assignment(make_id("005", 1), MONDAY, None, None),
        ]
        with store.begin() as transaction:
            transaction.save_people([make_person(1, role="B")])
            transaction.save_assignments(rows)
        assert store.every_assignment() == rows

    def test_totals_are_found_by_book_and_user(self, store: Store) -> None:
        """Those that there are."""
        total = sample_total(1)
        with store.begin() as transaction:
            transaction.save_totals([total, sample_total(2)])
        assert store.totals([(total.book, total.user), (total.book, "nobody")]) == {(total.book, total.user): total}

    def test_teams_come_to_the_same_on_every_store(self, store: Store) -> None:
        """Somebody moves in the middle; completions credit whoever contributed, in two teams at once."""
        program = make_program(
            {"challenge": "first", "points": 10},
            starts=date(2026, 1, 5),
            weeks=3,
            teams=[
                {"id": "north", "name": "North", "role": ["North"]},
                {"id": "led", "name": "Led", "manager": "b@x.example"},
            ],
            challenges=[
                {
                    "id": "first",
                    "goal": {"distinct": "AccountId", "target": 9},
                    "team_goal": {"target": 2, "credit": "who_contributed", "bonus": 5, "badge": "pair"},
                }
            ],
            badges=[{"id": "pair"}],
            leaderboards=[{"id": "teams", "name": "Teams", "scope": "teams"}],
        )
        clock = [datetime(2026, 1, 1, tzinfo=UTC)]
        engine = Engine(store, [program], clock=lambda: clock[0])
        engine.apply(Page((), (make_person(1, role="North"), make_person(2, role="North", manager=3))))
        clock[0] = datetime(2026, 1, 14, tzinfo=UTC)
        engine.apply(Page((), (make_person(1, role="South"), make_person(3, email="B@x.example"))))
        days = {1: (1, "2026-01-13"), 2: (1, "2026-01-15"), 3: (2, "2026-01-12"), 4: (2, "2026-01-16")}
        for number, (owner, day) in days.items():
            account = make_id("001", number % 3)
            engine.apply([make_change(record=number, owner=owner, at=f"{day}T12:00:00Z", AccountId=account)])
        rows = Queries(store, now=clock[0]).board("teams").rows
        assert {row.user: (row.points, row.entries) for row in rows} == {"north": (45, 6), "led": (30, 4)}
        assert sorted((one.user, one.challenge) for one in store.badges()) == [
            (make_id("005", 1), "team/first/north"),
            (make_id("005", 2), "team/first/led"),
            (make_id("005", 2), "team/first/north"),
        ]
        assert list(unproved_teams(store, program, credits_too=True)) == []

    def test_a_board_of_teams_closes_with_its_season_and_stays_as_it_was(self, store: Store) -> None:
        """What arrives later, and what is told later of who was where, changes neither the rows nor the proof."""
        ann, bob = make_id("005", 1), make_id("005", 2)
        program = make_program(
            {"points": 10, "challenge": "first"},
            starts=date(2026, 1, 5),
            weeks=2,
            teams=[
                {"id": "north", "name": "North", "role": ["North"]},
                {"id": "duo", "name": "Duo", "members": ["ann@x.example", bob]},
            ],
            challenges=[
                {
                    "id": "first",
                    "goal": {"count": "rules", "target": 9},
                    "team_goal": {"target": 3, "credit": "each", "bonus": 5},
                }
            ],
            leaderboards=[{"id": "teams", "name": "Teams", "scope": "teams"}],
        )
        clock = [datetime(2026, 1, 1, tzinfo=UTC)]
        engine = Engine(store, [program], clock=lambda: clock[0])
        engine.apply(Page((), (make_person(1, role="North", email="ann@x.example"), make_person(3, role="South"))))
        clock[0] = datetime(2026, 1, 14, tzinfo=UTC)
        engine.apply(Page((), (make_person(1, role="South", email="ann@x.example"),)))
        days = {1: (1, "06"), 2: (1, "15"), 3: (3, "07")}
        for number, (owner, day) in days.items():
            engine.apply([make_change(record=number, owner=owner, at=f"2026-01-{day}T12:00:00Z")])
        clock[0] = datetime(2026, 1, 22, tzinfo=UTC)
        queries = Queries(store, now=clock[0])
        live = queries.board("teams")
        assert live.status == "provisional"
        (closing,) = (one for one in Manual(engine).close_due() if one.kind == "board")
        final = read_standings(closing)
        assert final.rows == (
            FinalRow(rank=1, user="duo", points=20, entries=2),
            FinalRow(rank=2, user="north", points=10, entries=1),
        )
        told = to_micros(datetime(2026, 1, 14, tzinfo=UTC))
        assert final.members == (
            Membership("north", ann, final.start, told),
            Membership("duo", ann, final.start, final.ends),
        )
        assert final.left_out == (make_id("005", 3),)
        board = queries.board("teams")
        assert (board.status, board.rows, board.ranks) == ("final", live.rows, "teams")
        assert board.digest == closing.digest == body_digest(closing.body)

        # Ann has another address now, which takes nobody off a list; late awards of Bob's complete.
        clock[0] += timedelta(days=1)
        engine.apply(Page((), (make_person(1, role="North", email="other@x.example"),)))
        for number, owner, day in ((4, 2, "08"), (5, 2, "09"), (6, 2, "10"), (7, 3, "11")):
            engine.apply([make_change(record=number, owner=owner, at=f"2026-01-{day}T12:00:00Z")])
        assert [one for one in store.closings() if one.kind == "board"] == [closing]
        assert queries.board("teams") == board
        assert list(unproved_closing(closing, program, store)) == []
        found = exceptions_of(closing, program, store)
        bonus = 5
        # The team completes, and earlier than it seemed at first: whom that credits is written anew.
        assert sum(one.points for one in found.late if one.user == bob) == 3 * 10 + bonus
        assert sum(one.points for one in found.late if one.user == ann) == bonus
        shift = next(one for one in found.shifts if one.now is not None and one.now.user == "duo")
        assert (shift.then, shift.now) == (final.rows[0], FinalRow(rank=1, user="duo", points=60, entries=7))
        assert {row.user: row.points for row in queries.board("teams", live=True).rows} == {"duo": 60, "north": 15}
