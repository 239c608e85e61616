"""Duplicates of one customer earn; then they are merged: what counts customers counts one."""

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest
from msgspec.structs import replace

from novigem.engine.engine import Engine
from novigem.engine.posting.causes import MOVED
from novigem.leaderboards.rollups import standing_entries
from novigem.ledger.memory.store import MemoryStore
from novigem.model.change import Change
from novigem.queries.explain import explain_record
from novigem.testing import make_change, make_id, make_program

FIRST, SECOND, THIRD = (make_id("001", n) for n in (1, 2, 3))
GOAL = {"type": "timebound", "goal": {"distinct": "AccountId", "target": 2}, "completion": {"bonus": 10}}
SEASON = {"starts": "2026-01-05", "weeks": 2}
REVERSE = {"points": 5, "challenge": "challenge-1", "on_undo": "reverse"}


def deal(record: int, account: str, day: int = 6, **told: Any) -> Change:
    return make_change(record=record, at=f"2026-01-{day:02}T10:00:00Z", AccountId=account, **told)


def merge(loser: str, winner: str, *, day: int = 7, of: str = "Account") -> Change:
    told = make_change("merge", object=of, record=loser, at=f"2026-01-{day:02}T10:00:00Z", owner=None)
    return replace(told, into=winner)


def moved(record: int, account: str, before: str, day: int = 7) -> Change:
    return make_change(
        "update", record=record, at=f"2026-01-{day:02}T10:00:00Z", old={"AccountId": before}, AccountId=account
    )


def play(rule: dict[str, Any], *pages: Sequence[Change], **keys: Any) -> MemoryStore:
    store = MemoryStore()
    goals = [GOAL] if "challenge" in rule else []
    engine = Engine(store, [make_program(rule, challenges=goals, **{**SEASON, **keys})])
    for page in pages:
        engine.apply(page)
    return store


def state(store: MemoryStore) -> tuple[int, list[tuple[int, bool]]]:
    rows = [(row.value // 1_000_000, row.completed is not None) for row in store.progress_rows()]
    return sum(one.points for one in store.entries()), rows


TWO = [deal(1, FIRST), deal(2, SECOND)]


@pytest.mark.parametrize(
    "told", [[merge(SECOND, FIRST)], [moved(2, FIRST, SECOND)], [merge(SECOND, FIRST), moved(2, FIRST, SECOND)]]
)
def test_a_merge_is_seen_on_the_account_and_on_what_hangs_on_it(told: list[Change]) -> None:
    assert state(play(REVERSE, TWO)) == (20, [(2, True)])
    for order in permutations([*TWO, *told]):
        assert state(play(REVERSE, order)) == (10, [(1, False)])
        assert state(play(REVERSE, *([one] for one in order))) == (10, [(1, False)])
        assert state(play(REVERSE, order, order)) == (10, [(1, False)])


def test_what_keeps_its_awards_keeps_what_they_counted() -> None:
    told = [*TWO, merge(SECOND, FIRST), moved(2, FIRST, SECOND)]
    assert state(play(REVERSE | {"on_undo": "keep"}, told)) == (20, [(2, True)])


def test_merges_form_chains_and_come_undone() -> None:
    three = [*TWO, deal(3, THIRD)]
    chain = [merge(SECOND, FIRST, day=8), merge(THIRD, SECOND, day=7)]
    back = make_change("undelete", object="Account", record=SECOND, at="2026-01-09T10:00:00Z", owner=None)
    for order in permutations([*three, *chain]):
        assert state(play(REVERSE, *([one] for one in order))) == (15, [(1, False)])
    assert state(play(REVERSE, three, chain, [back])) == (25, [(2, True)])
    assert state(play(REVERSE, [back], chain, three)) == (25, [(2, True)])


def test_a_deal_that_is_moved_around_is_one_account_at_a_time() -> None:
    rounds = [moved(1, SECOND, FIRST, 7), moved(1, THIRD, SECOND, 8), moved(1, FIRST, THIRD, 9)]
    assert state(play(REVERSE, [deal(1, FIRST)], rounds)) == (5, [(1, False)])
    store = play(REVERSE, [deal(1, FIRST)], rounds[:2])
    assert [one.goal_item for one in standing_entries(store.entries())] == [THIRD]
    assert [one.reason for one in store.entries() if one.reason] == [MOVED]


def test_awards_that_cannot_be_undone_any_more_stay_with_their_account() -> None:
    rule = REVERSE | {"on_undo": {"reverse_within_days": 3}}
    assert state(play(rule, TWO, [merge(SECOND, FIRST, day=9)])) == (10, [(1, False)])
    assert state(play(rule, TWO, [merge(SECOND, FIRST, day=10)])) == (20, [(2, True)])


@pytest.mark.parametrize(
    "limit",
    [
        {"once_per": "account"},
        {"once_per": "account and week"},
        {"per_account": {"awards": 1, "per": "week"}},
        {"cooldown": {"hours": 24, "per": "account"}},
    ],
)
def test_limits_of_an_account_follow_its_merge(limit: dict[str, Any]) -> None:
    rows = [deal(1, FIRST), deal(2, SECOND), merge(SECOND, FIRST)]
    for order in permutations(rows):
        assert state(play({"on_undo": "reverse"} | limit, *([one] for one in order)))[0] == 10
        assert state(play({"on_undo": "reverse"} | limit, order))[0] == 10


def test_ties_are_broken_by_the_accounts_that_there_are_now() -> None:
    store = play({"on_undo": "reverse"}, TWO, [merge(SECOND, FIRST)], leaderboards=[{"ties": ["distinct_accounts"]}])
    assert {one.accounts for one in store.rollup_totals("")} == {1}


def test_other_things_that_count_are_merged_too() -> None:
    contacts = [make_id("003", n) for n in (1, 2)]
    goal = GOAL | {"goal": {"distinct": "ContactId", "target": 2}}
    rows = [make_change(record=n, ContactId=contacts[n - 1]) for n in (1, 2)]
    store = MemoryStore()
    engine = Engine(store, [make_program(REVERSE, challenges=[goal], **SEASON)])
    engine.apply(rows)
    assert state(store) == (20, [(2, True)])
    engine.apply([merge(contacts[1], contacts[0], of="Contact")])
    assert state(store) == (10, [(1, False)])


def test_explain_names_the_award_wherever_it_counts() -> None:
    rule = {"on_undo": "reverse", "once_per": "account"}
    store = play(rule, [deal(1, FIRST), moved(1, SECOND, FIRST)])
    answers = explain_record(store, [make_program(rule, **SEASON)], make_id("006", 1))
    assert [(one.verdict, one.points) for one in answers if one.kind == "create"] == [("paid", 10)]
