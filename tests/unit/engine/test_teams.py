"""Teams: who counts for which, what a team reaches together, and whom that credits."""

from datetime import UTC, datetime
from typing import Any

import pytest

from novigem.audit.doctor.doctor import examine
from novigem.audit.doctor.teams import unproved_teams
from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.errors import InputError
from novigem.feed.source import Page
from novigem.leaderboards.rollups import standing_entries
from novigem.ledger.store import ProgramUse, StoredProgram
from novigem.model.change import Change, from_micros, to_micros
from novigem.model.entry import EntryKind
from novigem.model.people import Person
from novigem.model.program import ALWAYS_START, Program
from novigem.program.dump import dump_program
from novigem.queries.queries import Queries
from novigem.queries.teams import read_team_progress, read_teams
from novigem.testing import MemoryStore, make_change, make_id, make_person, make_program

ANN, BOB, CLEO = (make_id("005", n) for n in (1, 2, 3))
NOW = datetime(2026, 2, 1, tzinfo=UTC)
BY_LIST = {"id": "duo", "name": "Duo", "members": ["ann@acme.example", BOB]}
BY_ROLE = {"id": "north", "name": "North", "role": ["CSM North"]}
BY_MANAGER = {"id": "led", "name": "Led", "manager": "dana@acme.example"}


def make_season(*teams: dict[str, Any], goal: dict[str, Any] | None = None, **team_goal: Any) -> Program:
    """Give a program in which a new Opportunity pays 10 points and counts for the challenge `signals`."""
    challenge = {
        "id": "signals",
        "name": "Signals",
        "type": "one-time",
        "goal": {"count": "rules", "target": 100} | (goal or {}),
    }
    if team_goal:
        challenge["team_goal"] = {"target": 2, "credit": "each"} | team_goal
    return make_program(
        {"points": 10, "challenge": "signals", "on_undo": "reverse"},
        starts=datetime(2026, 1, 5, tzinfo=UTC).date(),
        weeks=6,
        teams=list(teams),
        challenges=[challenge],
        badges=[{"id": "together", "name": "Together", "earned_by": {"count": "rules", "target": 1000}}],
        leaderboards=[{"id": "teams", "name": "Teams", "scope": "teams" if teams else "everybody"}],
    )


class Season:
    """A store and an engine with a clock that a test sets."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.store = MemoryStore()
        self.now = NOW
        self.engine = Engine(self.store, [program], clock=lambda: self.now)

    def tell(self, *people: Person, at: str | None = None) -> None:
        """Tell of people, at a moment of the clock."""
        self.now = NOW if at is None else datetime.fromisoformat(at).replace(tzinfo=UTC)
        self.engine.apply(Page((), people))

    def did(self, *changes: Change) -> None:
        """Apply one page of changes."""
        self.engine.apply(changes)
        assert list(unproved_teams(self.store, self.program, credits_too=True)) == []

    def scores(self, period: str | None = None) -> dict[str, int]:
        """Give the board of teams."""
        board = Queries(self.store, now=NOW).board("teams", period=period)
        return {row.user: row.points for row in board.rows}

    def bonuses(self) -> dict[str, int]:
        """Give the standing bonus points of each user."""
        found: dict[str, int] = {}
        for entry in standing_entries(self.store.entries()):
            if entry.kind is EntryKind.BONUS:
                found[entry.user] = found.get(entry.user, 0) + entry.points
        return found


def won(record: int, user: int, day: str, **fields: Any) -> Change:
    """Give a new Opportunity of a user at noon of a day in January."""
    return make_change(record=record, owner=user, at=f"2026-01-{day}T12:00:00Z", **fields)


def test_a_member_who_moves_counts_for_each_team_only_what_was_done_there() -> None:
    season = Season(make_season(BY_ROLE, {"id": "south", "name": "South", "role": ["CSM South"]}))
    season.tell(make_person(1, role="CSM North"), at="2026-01-01")
    season.tell(make_person(1, role="CSM South"), at="2026-01-14")
    season.did(won(1, 1, "13"), won(2, 1, "15"), won(3, 1, "16"))
    assert season.scores() == {"north": 10, "south": 20}
    assert season.scores("week:2026-01-14") == {"north": 10, "south": 20}
    assert season.scores("week:2026-01-05") == {"north": 0, "south": 0}


def test_late_news_counts_for_the_team_of_the_moment_it_happened() -> None:
    season = Season(make_season(BY_ROLE, target=1, bonus=5))
    season.tell(make_person(1, role="CSM North"), at="2026-01-01")
    season.tell(make_person(1, role=None), at="2026-01-14")
    season.did(won(1, 1, "20"))
    assert (season.scores(), season.bonuses()) == ({"north": 0}, {})
    season.did(won(2, 1, "08"))
    assert (season.scores(), season.bonuses()) == ({"north": 15}, {ANN: 5})


def test_what_is_told_first_has_been_so_always() -> None:
    season = Season(make_season(BY_ROLE, BY_MANAGER, target=2, bonus=5))
    season.did(won(1, 1, "06"), won(2, 2, "07"))
    assert season.scores() == {"led": 0, "north": 0}
    season.tell(make_person(1, role="CSM North", manager=9), make_person(2, role="CSM North"), at="2026-02-01")
    assert (season.scores(), season.bonuses()) == ({"led": 0, "north": 30}, {ANN: 5, BOB: 5})
    season.tell(make_person(9, email="Dana@acme.example"))
    assert season.scores() == {"led": 15, "north": 30}


def test_somebody_in_two_teams_at_once_counts_for_both_and_is_credited_by_both() -> None:
    season = Season(make_season(BY_LIST, BY_ROLE, target=1, bonus=5))
    season.tell(make_person(1, email="ann@acme.example", role="CSM North"))
    season.did(won(1, 1, "06"))
    # The bonus that the other team gave her is hers as much as any point.
    assert season.scores() == {"duo": 25, "north": 20}
    assert season.bonuses() == {ANN: 10, BOB: 5}


def test_both_days_of_a_membership_on_a_list_count() -> None:
    member = {
        "user": BOB,
        "from": datetime(2026, 1, 7, tzinfo=UTC).date(),
        "to": datetime(2026, 1, 8, tzinfo=UTC).date(),
    }
    season = Season(make_season({"id": "short", "name": "Short", "members": [member]}))
    season.did(*(won(n, 2, f"{n:02}") for n in (6, 7, 8, 9)))
    assert season.scores() == {"short": 20}


@pytest.mark.parametrize(
    ("credit", "credited"), [("each", {ANN: 5, BOB: 5, CLEO: 5}), ("who_contributed", {ANN: 5, BOB: 5})]
)
def test_a_completion_credits_by_the_stated_policy(credit: str, credited: dict[str, int]) -> None:
    team = {"id": "trio", "name": "Trio", "members": [ANN, BOB, CLEO]}
    season = Season(make_season(team, target=2, credit=credit, bonus=5, badge="together"))
    season.did(won(1, 1, "06"))
    assert season.bonuses() == {}
    season.did(won(2, 2, "07"))
    # Too late to have contributed.
    season.did(won(3, 3, "08"))
    assert season.bonuses() == credited
    assert {(one.badge, one.user, one.challenge) for one in season.store.badges()} == {
        ("together", user, "team/signals/trio") for user in credited
    }
    (row,) = read_team_progress(season.store, season.program, "trio")
    assert (row.progress.value, row.credited, row.bonus, row.badge) == (
        3_000_000,
        tuple(sorted(credited)),
        5,
        "together",
    )


def test_nobody_is_credited_where_the_policy_says_so() -> None:
    season = Season(make_season(BY_LIST, target=1, credit="nobody"))
    season.did(won(1, 2, "06"))
    (row,) = read_team_progress(season.store, season.program, "duo")
    assert row.progress.completed is not None
    assert (row.credited, season.bonuses()) == ((), {})


def test_credits_are_taken_back_when_the_team_falls_below_and_given_again() -> None:
    season = Season(make_season(BY_LIST, target=2, bonus=5))
    season.tell(make_person(1, email="ann@acme.example"))
    season.did(won(1, 1, "06"), won(2, 2, "07"))
    season.did(make_change("delete", record=2, at="2026-01-09T12:00:00Z"))
    assert season.bonuses() == {}
    season.did(won(3, 2, "08"))
    assert season.bonuses() == {ANN: 5, BOB: 5}
    entries = [one for one in season.store.entries() if one.key == f"test/team-bonus/signals/-/duo/{BOB}"]
    assert [one.generation for one in entries] == [0, 1]


def test_what_another_did_at_the_very_moment_of_completion_contributed_whenever_it_comes() -> None:
    season = Season(make_season(BY_LIST, target=1, credit="who_contributed", bonus=5))
    season.tell(make_person(1, email="ann@acme.example"))
    season.did(won(1, 1, "06"))
    season.did(won(2, 2, "06"))
    assert season.bonuses() == {ANN: 5, BOB: 5}


def test_a_thing_that_left_with_its_member_counts_again_for_another() -> None:
    season = Season(make_season(BY_ROLE, goal={"count": None, "distinct": "AccountId"}, target=1, bonus=5))
    season.tell(make_person(1, role="CSM North"), make_person(2, role="CSM North"))
    season.did(won(1, 1, "06", AccountId=make_id("001", 1)))
    season.tell(make_person(1, role="Lead"), at="2026-01-05")
    assert (read_team_progress(season.store, season.program, "north"), season.bonuses()) == ([], {})
    season.did(won(2, 2, "07", AccountId=make_id("001", 1)))
    (row,) = read_team_progress(season.store, season.program, "north")
    assert (row.progress.value, season.bonuses()) == (1_000_000, {BOB: 5})


def test_whoever_takes_no_part_is_not_credited() -> None:
    program = make_season(BY_LIST, target=1, bonus=5)
    left_out = type(program)(
        **{name: getattr(program, name) for name in type(program).model_fields}
        | {"participants": {"exclude": ("ann@acme.example",)}}
    )
    season = Season(left_out)
    season.tell(make_person(1, email="ann@acme.example"))
    season.did(won(1, 2, "06"))
    assert season.bonuses() == {BOB: 5}


@pytest.mark.parametrize(
    "given", [{"bonus": 5}, {"badge": "together"}, {"bonus": 5, "badge": "together"}], ids=["bonus", "badge", "both"]
)
@pytest.mark.parametrize("day", ["05", "06"])
def test_a_credit_is_kept_by_whoever_stops_taking_part(given: dict[str, Any], day: str) -> None:
    program = make_season({"id": "trio", "name": "Trio", "members": [ANN, BOB, CLEO]}, target=1, **given)
    season = Season(
        program.model_copy(update={"participants": program.participants.model_copy(update={"role": ("A",)})})
    )
    season.tell(make_person(1, role="A"), make_person(2, role="A"), make_person(3, role="B"), at="2026-01-01")
    season.did(won(1, 1, "06"))
    season.tell(make_person(1, role="B"))
    # The completion is looked at again: it moves to the day before, or another contributes at its very moment.
    season.did(won(2, 2, day))
    assert season.bonuses() == ({ANN: 5, BOB: 5} if "bonus" in given else {})
    assert {one.user for one in season.store.badges()} == ({ANN, BOB} if "badge" in given else set())


def test_another_version_with_teams_counts_what_stands_already() -> None:
    season = Season(make_season())
    season.did(won(1, 1, "06"), won(2, 2, "07"))
    season.program = make_season(BY_LIST, target=3, bonus=5)
    season.engine = Engine(season.store, [season.program], clock=lambda: NOW)
    season.tell(make_person(1, email="ann@acme.example"))
    (row,) = read_team_progress(season.store, season.program, "duo")
    assert row.progress.value == 2_000_000
    season.did(won(3, 2, "08"))
    assert season.bonuses() == {ANN: 5, BOB: 5}


def test_the_teams_of_a_store_say_who_is_where_since_when_and_who_is_not_known() -> None:
    season = Season(make_season({**BY_LIST, "members": ["ann@acme.example", "nobody@acme.example"]}, BY_ROLE))
    season.tell(make_person(1, email="ann@acme.example", role="CSM North"), at="2026-01-01")
    season.tell(make_person(1, email="ann@acme.example", role="Lead"), at="2026-01-14")
    listed, north = read_teams(season.store, season.program)
    assert (listed.unknown, [membership.user for membership in listed.memberships]) == (("nobody@acme.example",), [ANN])
    assert [(membership.start, from_micros(membership.end)) for membership in north.memberships] == [
        (ALWAYS_START, datetime(2026, 1, 14, tzinfo=UTC))
    ]


def test_a_board_of_teams_shows_teams_without_points_and_refuses_to_look_for_a_person() -> None:
    season = Season(make_season(BY_LIST, BY_ROLE))
    season.did(won(1, 2, "06"))
    queries = Queries(season.store, now=NOW)
    board = queries.board("teams")
    assert [(row.rank, row.user, row.name, row.points) for row in board.rows] == [
        (1, "duo", "Duo", 10),
        (2, "north", "North", 0),
    ]
    assert queries.board("teams", as_of=0).rows == tuple(
        row.__class__(1, row.user, row.name, 0, 0) for row in board.rows
    )
    with pytest.raises(InputError, match="ranks teams"):
        queries.board("teams", user=BOB)


def test_a_program_without_teams_posts_what_it_did_before() -> None:
    season = Season(make_season())
    season.did(won(1, 1, "06"))
    assert [entry.key for entry in season.store.entries()] == [f"test/rule-1/{make_id('006', 1)}"]
    assert {row.challenge for row in season.store.progress_rows()} == {"signals", "badge/together"}


def findings(season: Season) -> list[tuple[str, str, str]]:
    found = dict(examine(season.store, {season.program.program: season.program}))
    return [(one.what, one.kept, one.proved) for one in found["teams"]]


def take(season: Season, user: str, *what: str) -> None:
    """Take a credit away behind the program's back."""
    tables = season.store._tables
    if "bonus" in what:
        tables.entries[:] = [one for one in tables.entries if one.kind is not EntryKind.BONUS or one.user != user]
    if "badge" in what:
        tables.badges = {key: one for key, one in tables.badges.items() if one.user != user}


@pytest.mark.parametrize("what", [("bonus",), ("badge",), ("bonus", "badge")])
@pytest.mark.parametrize("credit", ["each", "who_contributed"])
def test_the_doctor_names_a_credit_that_somebody_took_away(what: tuple[str, ...], credit: str) -> None:
    season = Season(make_season(BY_ROLE, target=2, credit=credit, bonus=5, badge="together"))
    season.tell(*(make_person(n, role="CSM North") for n in (1, 2)), at="2026-01-01")
    season.did(won(1, 1, "06"), won(2, 2, "07"))
    assert findings(season) == []
    take(season, BOB, *what)
    assert findings(season) == [(f"team/signals//north {BOB}", f"no {one}", "credited") for one in what]


def test_the_doctor_misses_no_credit_of_somebody_who_came_to_take_part_later() -> None:
    program = make_season({"id": "duo", "name": "Duo", "members": [ANN, BOB]}, target=1, bonus=5, badge="together")
    season = Season(
        program.model_copy(update={"participants": program.participants.model_copy(update={"role": ("A",)})})
    )
    season.tell(make_person(1, role="A"), make_person(2, role="B"), at="2026-01-01")
    season.did(won(1, 1, "06"))
    season.tell(make_person(2, role="A"), at="2026-02-02")
    assert (season.bonuses(), findings(season)) == ({ANN: 5}, [])
    # Whoever has half of a credit is due all of it, whatever they are now.
    season.tell(make_person(1, role="B"), at="2026-02-03")
    take(season, ANN, "badge")
    assert findings(season) == [(f"team/signals//duo {ANN}", "no badge", "credited")]


def test_the_doctor_misses_no_credit_that_only_a_later_version_gives() -> None:
    duo = {"id": "duo", "name": "Duo", "members": [ANN, BOB]}
    season = Season(make_season(duo, target=1, bonus=5))
    season.did(won(1, 1, "06"))
    season.now, season.program = NOW.replace(month=3), make_season(duo, target=1, bonus=5, badge="together")
    dated = ProgramUse("test", to_micros(season.now), season.program.version, to_micros(NOW), "dated")
    stored = StoredProgram("test", season.program.version, dump_program(season.program), to_micros(season.now))
    with season.store.begin() as transaction:
        transaction.use_program(stored, dated)
    assert findings(season) == []


def test_what_a_team_reached_is_final_with_its_challenge() -> None:
    season = Season(make_season(BY_LIST, target=2, credit="each", bonus=5))
    season.did(won(1, 2, "06"))
    (before,) = read_team_progress(season.store, season.program, "duo")
    season.now = datetime(2026, 3, 1, tzinfo=UTC)
    assert ("challenge", "signals") in {(one.kind, one.id) for one in Manual(season.engine).close_due()}
    # Arrives late, and completes what was not complete when it closed.
    season.did(won(2, 2, "07"))
    assert read_team_progress(season.store, season.program, "duo") == [before]
    (live,) = read_team_progress(season.store, season.program, "duo", live=True)
    assert (before.progress.completed, before.credited) == (None, ())
    assert (live.progress.value, live.credited, live.bonus) == (2_000_000, (BOB,), 5)
