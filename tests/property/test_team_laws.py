"""The laws of teams: what a team has is what its members did while they were members, whatever came in which order.

The reference goes by a plain list of who was where when; the engine is told of it piece by piece, in any order.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novigem.audit.doctor.closings import unproved_closing
from novigem.audit.doctor.doctor import examine
from novigem.audit.doctor.teams import unproved_teams
from novigem.engine.closing.late import exceptions_of
from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.feed.source import Page
from novigem.leaderboards.rollups import standing_entries
from novigem.ledger.store import RowFilter, Store
from novigem.model.change import Change, from_micros, to_micros
from novigem.model.closing import read_standings
from novigem.model.entry import Entry, EntryKind
from novigem.model.people import Person
from novigem.model.periods import SECOND
from novigem.model.program import Program
from novigem.queries.queries import Board, Queries
from novigem.testing import make_change, make_id, make_person, make_program
from tests.property.runs import FRESH, state
from tests.property.strategies_engine import Digits

FIRST = date(2026, 3, 2)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
USERS = tuple(make_id("005", n) for n in range(1, 5))
BOSS = make_id("005", 9)
# When roles and managers change, as they are told: in the middle of a week, and at the border of one.
TOLD = (MONDAY + timedelta(days=3, hours=10), MONDAY + timedelta(days=7))
HOUR = 3600 * SECOND
CREDITS = ("each", "who_contributed", "nobody")
PERIODS = ("program", "week", "month", "all")
AVERAGED = ("program", "week")


class World(NamedTuple):
    """A program with teams, what happened, and who is told of when."""

    program: Program
    changes: list[Change]
    told: list[tuple[datetime, Person]]


def _rules(digits: Digits) -> list[dict[str, Any]]:
    won: dict[str, Any] = {
        "object": "Opportunity",
        "trigger": "update",
        "when": {"StageName": {"changedTo": "Won"}},
        "points": 3,
        "challenge": "wins",
        "once_per": digits.pick(("record", "change", "record and user")),
        "on_undo": digits.pick(("keep", "reverse")),
    }
    return [won, {"object": "Task", "trigger": "create", "points": 2}]


def _program(digits: Digits) -> Program:
    measures: tuple[dict[str, Any], ...] = (
        {"count": "rules"}, {"points": "rules"}, {"sum": "Amount"}, {"distinct": "Thing__c"}
    )  # fmt: skip
    joins = FIRST + timedelta(days=digits.pick((1, 3, 7)))
    credit = digits.pick(CREDITS)
    goal: dict[str, Any] = {"target": digits.pick((1, 2, 4)), "credit": credit}
    recurs = digits.pick((False, True))
    return make_program(
        *_rules(digits),
        timezone=digits.pick(("UTC", "America/New_York")),
        starts=FIRST,
        weeks=3,
        participants={"exclude": ["dora@acme.example"]} if digits.pick((False, True)) else {},
        teams=[
            {
                "id": "listed",
                "name": "Listed",
                "members": [
                    "anna@acme.example",
                    {"user": USERS[1], "from": joins, "to": FIRST + timedelta(days=9)},
                    {"user": USERS[1][:15], "from": FIRST + timedelta(days=11)},
                    {"user": "dora@acme.example", "to": FIRST + timedelta(days=digits.pick((6, 8)))},
                ],
            },
            {"id": "north", "name": "North", "role": ["North", "East"]},
            {"id": "led", "name": "Led", "manager": "boss@acme.example"},
        ],
        challenges=[
            {
                "id": "wins",
                "name": "Wins",
                "type": "recurring" if recurs else "one-time",
                **({"cadence": "weekly"} if recurs else {}),
                "goal": {**digits.pick(measures), "target": 50},
                "team_goal": goal if credit == "nobody" else {**goal, "bonus": 10, "badge": "together"},
            }
        ],
        badges=[{"id": "together", "name": "Together"}],
        leaderboards=[
            *({"id": one, "name": one, "scope": "teams", "period": one} for one in PERIODS),
            *({"id": f"by-{one}", "name": one, "scope": "teams", "period": one, "by": "average"} for one in AVERAGED),
        ],
    )


def _change(number: int, digits: Digits) -> Change:
    task = digits.pick((False, False, False, True))
    undone = digits.pick((False, False, False, True))
    return make_change(
        "create" if task else "update",
        object="Task" if task else "Opportunity",
        record=number if task else digits.pick((1, 2, 3)),
        at=MONDAY + timedelta(days=digits.pick(range(20)), hours=digits.pick((0, 4, 5, 10, 11, 23))),
        owner=digits.pick((1, 2, 3, 4)),
        old={"StageName": "Won" if undone else "Open"},
        StageName="Open" if undone else "Won",
        Amount=digits.pick((1, 1, 2, -1)),
        Thing__c=digits.pick(("a", "b", None)),
    )


def _told(digits: Digits) -> list[tuple[datetime, Person]]:
    told = []
    for at in (TOLD[0] - timedelta(days=30), *TOLD):
        for number, name in enumerate(("anna", None, "cora", "dora"), start=1):
            if at == TOLD[0] - timedelta(days=30) or digits.pick((False, True)):
                email = None if name is None else f"{name}@acme.example"
                role, manager = digits.pick(("North", "South", "East", None)), digits.pick((9, 8, None))
                told.append((at, make_person(number, email=email, role=role, manager=manager)))
    return [*told, (TOLD[0], make_person(9, email="Boss@acme.example"))]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    digits = Digits(draw(st.integers(0, 2**400)))
    return World(_program(digits), [_change(n, digits) for n in range(1, 3 + digits.pick(range(9)))], _told(digits))


def moved_about(world: World, user: str, team: str, at: int) -> bool:
    """Tell from the plain list of what was told, and from the file, whether somebody is in a team at a moment."""
    day = from_micros(at).astimezone(world.program.zone).date()
    own = [(told, person) for told, person in world.told if person.id == user]
    if team == "listed":
        names = {user, *(person.email for _told, person in own)}
        listed = (one for one in world.program.teams[0].members if one.user in names or one.user == user[:15])
        return any((one.from_ or day) <= day <= (one.to or day) for one in listed)
    now = next((person for told, person in reversed(own) if to_micros(told) <= at), own[0][1] if own else None)
    if now is None:
        return False
    return now.role in ("North", "East") if team == "north" else now.manager == BOSS


def scores(world: World, entries: Sequence[Entry], since: int, until: int) -> dict[str, int]:
    """Add up, entry by entry with reversals and all, what a team's members did while they were members."""
    found = {team.id: 0 for team in world.program.teams}
    for entry in entries:
        for team in found:
            if since <= entry.occurred < until and moved_about(world, entry.user, team, entry.occurred):
                found[team] += entry.points
    return found


def members(world: World, since: int, until: int) -> dict[str, int]:
    """Count, hour by hour, who was in which team, and give the number on an average, in millionths, rounded half up.

    Nothing in these worlds begins or ends within an hour.
    """
    season = world.program.window
    hours = range(max(since, season.start), min(until, season.end), HOUR)
    found = {}
    for team in world.program.teams:
        spent = sum(moved_about(world, user, team.id, at) for at in hours for user in USERS)
        found[team.id] = (2 * 1_000_000 * spent + len(hours)) // (2 * len(hours))
    return {team: some for team, some in found.items() if some}


class _Clock:
    def __init__(self) -> None:
        self.now = MONDAY

    def __call__(self) -> datetime:
        return self.now


def play(store: Store, world: World, order: Sequence[int], size: int, *, people_first: bool) -> None:
    """Tell of people in their order at their times, and of changes in any order, in pages of some size, in between."""
    clock = _Clock()
    engine = Engine(store, [world.program], clock=clock)
    pages = [[world.changes[n] for n in order[i : i + size]] for i in range(0, len(order), size)]
    moments = sorted({at for at, _person in world.told})
    for n, at in enumerate(moments):
        clock.now = at
        changes = () if people_first or n >= len(pages) else tuple(pages.pop(0))
        engine.apply(Page(changes, tuple(person for told, person in world.told if told == at)))
    clock.now = MONDAY + timedelta(days=30)
    for page in pages:
        engine.apply(page)


@pytest.mark.parametrize(("kind", "examples"), [("memory", 80), ("sqlite", 20)])
def test_teams_have_what_their_members_did_while_they_were_members_in_any_order(kind: str, examples: int) -> None:
    @settings(max_examples=examples)
    @given(world=worlds(), data=st.data())
    def check(world: World, data: st.DataObject) -> None:
        order = data.draw(st.permutations(range(len(world.changes))), label="order")
        size = data.draw(st.sampled_from((1, 2, 20)), label="size")
        with FRESH["memory"]() as plain, FRESH[kind]() as store:
            play(plain, world, range(len(world.changes)), 3, people_first=True)
            play(store, world, order, size, people_first=data.draw(st.booleans(), label="people first"))
            assert state(store) == state(plain)
            check_boards(store, world)
            check_credits(store, world)
            assert list(unproved_teams(store, world.program, credits_too=True)) == []

    check()


@settings(max_examples=5)
@given(worlds())
def test_the_doctor_proves_teams_and_the_changes_lead_to_them_again(world: World) -> None:
    with FRESH["sqlite"]() as store:
        play(store, world, range(len(world.changes)), 2, people_first=False)
        found = dict(examine(store, {world.program.program: world.program}))
        assert {name: problems for name, problems in found.items() if problems} == {}


@settings(max_examples=25)
@given(world=worlds(), data=st.data())
def test_final_rows_of_teams_never_change_and_what_is_late_explains_the_whole_difference(
    world: World, data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, len(world.changes)), label="closed after")
    with FRESH["memory"]() as store:
        play(store, world, range(first), 3, people_first=data.draw(st.booleans(), label="people first"))
        now = MONDAY + timedelta(days=60)
        engine, queries = Engine(store, [world.program], clock=lambda: now), Queries(store, now=now)
        closed = [one for one in Manual(engine).close_due() if one.kind == "board"]
        assert {one.period.partition(":")[0] for one in closed} == {"program", "week", "month"}
        entries = list(store.entries())
        for one in closed:
            final = read_standings(one)
            assert {row.user: row.points for row in final.rows} == scores(world, entries, final.start, final.ends)
        engine.apply([world.changes[n] for n in range(first, len(world.changes))])
        assert Manual(engine).close_due() == []
        assert queries.board("program").digest == next(one.digest for one in closed if one.id == "program")
        entries = list(store.entries())
        for one in closed:
            assert list(unproved_closing(one, world.program, store)) == []
            final, found = read_standings(one), exceptions_of(one, world.program, store)
            now_rows = {row.user: row.points for row in final.rows} | {
                shift.user: shift.now.points for shift in found.shifts if shift.now is not None
            }
            assert now_rows == scores(world, entries, final.start, final.ends)
            late = scores(world, found.late, final.start, final.ends)
            assert late == {row.user: now_rows[row.user] - row.points for row in final.rows}


def check_boards(store: Store, world: World) -> None:
    entries = list(store.entries())
    queries = Queries(store, now=MONDAY + timedelta(days=30))
    for period in PERIODS:
        for text in (period, f"{period}:2026-03-05", f"{period}:2026-03-10") if period != "all" else (period,):
            board = queries.board(period, period=text)
            since = -(2**62) if board.start is None else to_micros(board.start)
            until = 2**62 if board.end is None else to_micros(board.end)
            assert {row.user: row.points for row in board.rows} == scores(world, entries, since, until), text
            again = queries.board(period, period=text, as_of=store.entry_count())
            assert again.rows == board.rows, text
            if period in AVERAGED:
                check_averages(queries.board(f"by-{period}", period=text), board, members(world, since, until))


def check_averages(found: Board, sums: Board, members: dict[str, int]) -> None:
    """Hold a board by points per member to the points and the members: each team once, in the order of the averages."""
    points = {row.user: row.points for row in sums.rows}
    assert {row.user: (row.points, row.members) for row in found.rows} == {
        team: (points[team], some) for team, some in members.items()
    }
    averages = {team: Fraction(points[team], some) for team, some in members.items()}
    assert {row.user: row.rank for row in found.rows} == {
        team: 1 + len({one for one in averages.values() if one > own}) for team, own in averages.items()
    }


def check_credits(store: Store, world: World) -> None:
    """Each completion credits whom the policy names, once, and nobody else has a credit."""
    goal = world.program.challenges[0].team_goal
    assert goal is not None
    standing = standing_entries(store.entries())
    credited: dict[tuple[str, str], set[str]] = {}
    for row in store.progress_rows(RowFilter(challenge="team/wins")):
        own = [
            one for one in standing
            if one.rule and one.challenge == "wins" and (one.period or "") == row.period
            and moved_about(world, one.user, row.user, one.occurred)
        ]  # fmt: skip
        assert row.entries == len(own)
        if row.completed is None or goal.credit == "nobody":
            continue
        excluded = {make_id("005", 4)} if world.program.participants.exclude else set()
        credited[row.period, row.user] = (
            {user for user in USERS if moved_about(world, user, row.user, row.completed)} - excluded
            if goal.credit == "each"
            else {one.user for one in own if one.goal_value > 0 and one.occurred <= row.completed}
        )
    paid: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in standing:
        if one.kind is EntryKind.BONUS:
            _program, word, challenge, _period, team, user = one.key.split("/")
            assert (word, challenge, user, one.points) == ("team-bonus", "wins", one.user, 10)
            paid[one.period or "", team].append(one.user)
    assert {key: sorted(users) for key, users in paid.items()} == {k: sorted(v) for k, v in credited.items() if v}
    badges = {(one.period, one.challenge.split("/")[2], one.user) for one in store.badges()}
    assert badges == {(*key, user) for key, users in credited.items() for user in users}
