"""Targets proposed to people: by the program's own rules over the weeks before, or by the accounts they look after."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from novigem.engine.engine import Engine
from novigem.errors import InputError
from novigem.feed.source import Page
from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.sql.store import SqlStore, open_store
from novigem.model.entry import GOAL_UNIT
from novigem.model.program import Program
from novigem.model.snapshot import Snapshot, Stream
from novigem.planning.targets import (
    TargetsProposal,
    accounts_of_changes,
    accounts_of_store,
    pages_of_store,
    proposed_people,
    targets_from_accounts,
    targets_from_past,
)
from novigem.program.load import load_program_text
from novigem.testing import make_change, make_id, make_person, make_program
from novigem.views.terminal.targets import targets_answer, targets_text

ANN, BEN, CLEO = (make_id("005", number) for number in (1, 2, 3))
PEOPLE = [
    make_person(1, name="Ann", email="ann@acme.example"),
    make_person(2, name="Ben", email="ben@acme.example"),
    make_person(3, name="Cleo"),
    make_person(4, name="Gone", active=False),
]


def season(*people: dict[str, Any], **challenge: Any) -> Program:
    goal = {"goal": {"count": "rules", "target": 10}}
    return make_program(
        {"challenge": "challenge-1"},
        challenges=[goal | challenge],
        starts="2026-03-02",
        weeks=2,
        participants={"exclude": ["ben@acme.example"]} if challenge.get("name") == "without Ben" else {},
        people=list(people),
    )


def past(days: list[str], owner: int = 1, first: int = 0) -> list[Any]:
    return [
        make_change(record=100 * owner + first + number, owner=owner, at=f"{day}T12:00:00Z")
        for number, day in enumerate(days)
    ]


def proposed(program: Program, changes: list[Any], **options: Any) -> TargetsProposal:
    return targets_from_past(program, [Page(tuple(changes), PEOPLE)], **options)


def figures(proposal: TargetsProposal) -> dict[str, float]:
    return {user: targets["challenge-1"].target / GOAL_UNIT for user, targets in proposal.people.items()}


def test_the_weeks_before_the_season_count_scaled_to_its_working_days() -> None:
    days = ["2026-01-18", "2026-01-19", "2026-02-03", "2026-02-20", "2026-03-01", "2026-03-02"]
    proposal = proposed(season(), past(days))
    # The day before the six weeks and the season's own first day lie outside: four in six weeks are 1.33 in two.
    assert (figures(proposal), proposal.without) == ({ANN: 1}, (BEN, CLEO))
    assert proposal.people[ANN]["challenge-1"].rests_on == 4 * GOAL_UNIT
    assert (proposal.since, proposal.until) == (date(2026, 1, 19), date(2026, 3, 1))


def test_a_fact_counts_once_as_it_would_have_paid() -> None:
    changes = past(["2026-02-02"] * 4)
    assert proposed(season(), [*changes, *changes], weeks=4).people[ANN]["challenge-1"].rests_on == 4 * GOAL_UNIT


def test_the_factor_asks_for_more() -> None:
    changes = past([f"2026-02-{day:02}" for day in range(2, 18)])
    assert figures(proposed(season(), changes, weeks=4)) == {ANN: 8}
    assert figures(proposed(season(), changes, weeks=4, factor=Fraction(3, 2))) == {ANN: 12}


def test_leave_in_the_past_is_no_reason_to_ask_for_less() -> None:
    leave = [{"from": date(2026, 2, 16), "to": date(2026, 3, 1)}]
    changes = past([f"2026-02-{day:02}" for day in range(2, 12)])
    assert figures(proposed(season({"user": ANN, "leave": leave}), changes, weeks=4)) == {ANN: 10}


def test_the_target_of_a_fair_challenge_comes_out_as_the_person_worked() -> None:
    changes = past([f"2026-02-{day:02}" for day in range(2, 14)])
    program = season({"user": ANN, "part_time": 60}, fair=True)
    proposal = proposed(program, changes, weeks=4)
    assert figures(proposal) == {ANN: 10}
    pasted = program.model_dump(by_alias=True) | {"people": proposed_people(proposal)}
    store = MemoryStore()
    Engine(store, [Program.model_validate(pasted)]).apply(past(["2026-03-03"], first=50))
    assert [row.target for row in store.progress_rows()] == [6 * GOAL_UNIT]


def test_who_does_not_take_part_is_neither_proposed_a_target_nor_listed() -> None:
    proposal = proposed(season(name="without Ben"), [*past(["2026-02-02"]), *past(["2026-02-02"], owner=2)])
    assert (set(proposal.people), proposal.without) == ({ANN}, (CLEO,))


def test_streaks_get_no_proposal_and_the_reason_is_told() -> None:
    program = season(goal={"streak": "working day", "target": 5})
    proposal = proposed(program, past(["2026-02-02"]))
    assert (proposal.people, proposal.left_out) == (
        {},
        {"challenge-1": "a streak asks for steadiness, not for volume"},
    )


def test_a_program_without_a_first_day_has_no_weeks_before_it() -> None:
    with pytest.raises(InputError, match="no first day"):
        proposed(make_program({"challenge": "challenge-1"}, challenges=[{}]), [])


def test_a_week_of_a_recurring_challenge_is_measured_by_a_whole_week() -> None:
    program = season(type="recurring", cadence="weekly")
    changes = past([f"2026-02-{day:02}" for day in range(2, 14)])
    assert figures(proposed(program, changes, weeks=4)) == {ANN: 3}


def test_the_text_to_paste_loads_and_keeps_what_was_known_of_people() -> None:
    leave = [{"from": date(2026, 3, 9), "to": date(2026, 3, 10)}]
    program = season({"user": "ANN@acme.example", "leave": leave}, name="Signals")
    proposal = proposed(program, [*past(["2026-02-02"]), *past(["2026-02-02"], owner=2)])
    text = targets_text(proposal)
    assert "#   Cleo" in text
    rest = "program: x\nname: X\nrules: [{id: r, object: Task, trigger: create, points: 1, challenge: challenge-1}]\n"
    goal = "goal: {count: rules, target: 1}"
    loaded = load_program_text(
        f"{text}{rest}challenges: [{{id: challenge-1, name: C, type: one-time, {goal}}}]\n", "p.yaml"
    )
    assert loaded.people == proposed_people(proposal)
    assert [(one.user, bool(one.leave)) for one in loaded.people] == [
        ("ANN@acme.example", True),
        ("ben@acme.example", False),
    ]
    assert [one["user"] for one in targets_answer(proposal)["without"]] == [CLEO]


def test_by_accounts_everybody_is_asked_for_their_share_of_the_mean() -> None:
    known = {person.id: person for person in PEOPLE}
    accounts = {ANN: 30, BEN: 10, make_id("005", 4): 500}
    proposal = targets_from_accounts(season({"user": ANN, "part_time": 50}, fair=True), known, accounts)
    # Ann's book has one and a half times the mean of 20; her hours, which the challenge scales by, are taken out of it.
    assert (figures(proposal), proposal.without) == ({ANN: 30, BEN: 5}, (CLEO,))


def account(number: int, owner: str | None, state: Any = "live") -> Snapshot:
    values = json.dumps({"OwnerId": owner})
    return Snapshot(make_id("001", number), values, rev=1, stamp=1, modified=1, state=state, read=1)


def test_accounts_are_counted_in_our_copies_of_records_where_there_are_any() -> None:
    store = MemoryStore()
    org = make_id("00D", 1)
    with store.begin() as transaction:
        copies = [account(1, ANN), account(2, ANN), account(3, BEN, "deleted"), account(4, None)]
        transaction.save_snapshots(Stream(org, "Account"), copies)
        transaction.save_position(f"salesforce/{org}/Account", "{}")
    assert accounts_of_store(store) == {ANN: 2}


def test_accounts_are_counted_in_the_change_log_as_the_latest_change_of_each_leaves_them() -> None:
    created = [make_change(object="Account", record=n, owner=1, at="2026-01-05T12:00:00Z") for n in (1, 2, 3)]
    moved = make_change("update", object="Account", record=2, owner=2, at="2026-01-06T12:00:00Z")
    renamed = make_change("update", object="Account", record=2, owner=None, at="2026-01-07T12:00:00Z", Name="New")
    gone = make_change("delete", object="Account", record=3, owner=None, at="2026-01-07T12:00:00Z")
    assert accounts_of_changes([renamed, gone, *created, moved]) == {ANN: 1, BEN: 1}
    store = MemoryStore()
    Engine(store, [season()]).apply([*created, moved, renamed, gone])
    assert accounts_of_store(store) == {ANN: 1, BEN: 1}


def test_a_store_is_read_as_people_and_then_its_change_log() -> None:
    store = MemoryStore()
    with store.begin() as transaction:
        transaction.save_people(PEOPLE)
    moment = datetime(2026, 2, 2, tzinfo=UTC)
    Engine(store, [season()]).apply([make_change(record=n, at=moment + timedelta(hours=n)) for n in range(3)])
    assert targets_from_past(season(), pages_of_store(store)).people[ANN]["challenge-1"].rests_on == 3 * GOAL_UNIT


def test_a_past_that_cannot_be_read_leaves_no_file_open(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []

    def open_noted(url: str) -> SqlStore:
        opened.append(open_store(url))
        return opened[-1]

    def failing() -> Iterator[Page]:
        yield Page(tuple(past(["2026-02-02"])), PEOPLE)
        raise InputError("the second page is not there", hint="look for it")

    monkeypatch.setattr("novigem.planning.targets.open_store", open_noted)
    with pytest.raises(InputError, match="second page"):
        targets_from_past(season(), failing())
    (store,) = opened
    assert store._bind.pool.checkedin() == 0
