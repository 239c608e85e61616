"""What awards count for follows records and merges: it depends on what happened, and on no order of arrival."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from novigem.audit.doctor.doctor import examine
from novigem.engine.engine import Engine
from novigem.leaderboards.rollups import standing_entries
from novigem.ledger.memory.store import MemoryStore
from novigem.model.change import Change, change_body, change_digest, with_right_ids
from novigem.model.ids import id18
from novigem.model.program import Program
from novigem.testing import make_change, make_id, make_program

START = datetime.fromisoformat("2026-01-06T08:00:00Z")
ACCOUNTS = [make_id("001", n) for n in (1, 2, 3)]
DEALS = (1, 2, 3)
GOAL = {"type": "timebound", "goal": {"distinct": "AccountId", "target": 2}, "completion": {"bonus": 100}}
RULES: Sequence[dict[str, Any]] = (
    {"challenge": "challenge-1"},
    {"once_per": "account"},
    {"once_per": "account and week", "challenge": "challenge-1"},
    {"per_account": {"awards": 1, "per": "week"}, "challenge": "challenge-1"},
    {"cooldown": {"hours": 12, "per": "account"}},
    {"share": [{"to": "Record Owner", "percent": 60}, {"to": "Created By", "percent": 40}], "once_per": "account"},
)
UNDO = ("reverse", {"reverse_within_days": 1}, "keep")


def program_of(rule: dict[str, Any], undo: Any) -> Program:
    rule = rule | {"on_undo": undo, "trigger": "update", "when": {"StageName": {"equals": "Won"}}}
    challenges = [GOAL] if "challenge" in rule else []
    board = {"ties": ["distinct_accounts", "first_to_reach"]}
    return make_program(rule, challenges=challenges, leaderboards=[board], starts="2026-01-05", weeks=2)


accounts = st.sampled_from([*ACCOUNTS, ACCOUNTS[0][:15], ACCOUNTS[1].lower(), "", None])
times = st.integers(0, 60).map(lambda hours: START + timedelta(hours=hours))
deals = st.builds(
    lambda record, at, account, before, stage, owner: make_change(
        "update",
        record=record,
        at=at,
        owner=owner,
        old={"AccountId": before},
        AccountId=account,
        StageName=stage,
        CreatedById=make_id("005", 1),
    ),
    st.sampled_from(DEALS),
    times,
    accounts,
    st.sampled_from(ACCOUNTS),
    st.sampled_from(["Won", "Won", "Open"]),
    st.sampled_from([1, 1, 2]),
)
untold = deals.map(lambda one: replace(one, old=None, new={"OwnerId": make_id("005", 1), "StageName": "Won"}))
ends = st.builds(
    lambda record, at, kind: make_change(kind, record=record, at=at, owner=None),
    st.sampled_from(DEALS),
    times,
    st.sampled_from(["delete", "undelete"]),
)
merges = st.builds(
    lambda pair, at, seq: replace(
        make_change("merge", object="Account", record=pair[0], at=at, owner=None, seq=seq), into=pair[1]
    ),
    st.permutations(ACCOUNTS),
    times,
    st.sampled_from([0, 0, 1]),
)
restored = st.builds(
    lambda account, at: make_change("undelete", object="Account", record=account, at=at, owner=None),
    st.sampled_from(ACCOUNTS),
    times,
)
histories = st.lists(deals | deals | untold | ends | merges | merges | restored, min_size=1, max_size=12)


def played(program: Program, pages: Iterable[Sequence[Change]]) -> MemoryStore:
    store = MemoryStore()
    engine = Engine(store, [program])
    for page in pages:
        engine.apply(page)
    return store


def outcome(program: Program, pages: Iterable[Sequence[Change]]) -> Any:
    store = played(program, pages)
    entries = standing_entries(store.entries())
    standing = [(one.key, one.user, one.points, one.account or "", one.goal_item or "") for one in entries]
    rows = [(row.key, row.value, row.completed or 0) for row in store.progress_rows()]
    totals = [(one.book, one.user, one.points, one.accounts) for one in store.rollup_totals("") if one.entries]
    return sorted(standing), sorted(rows), sorted(totals)


@settings(max_examples=200, deadline=None)
@given(st.data(), histories, st.sampled_from(RULES), st.sampled_from(UNDO))
def test_no_order_of_arrival_decides(
    data: st.DataObject, history: list[Change], rule: dict[str, Any], undo: Any
) -> None:
    program = program_of(rule, undo)
    expected = outcome(program, [history])
    shuffled = data.draw(st.permutations(history + history[:3]))
    size = data.draw(st.integers(1, len(shuffled)))
    assert outcome(program, [shuffled[n : n + size] for n in range(0, len(shuffled), size)]) == expected


@settings(max_examples=15, deadline=None)
@given(histories, st.sampled_from(RULES), st.sampled_from(UNDO))
def test_the_doctor_agrees(history: list[Change], rule: dict[str, Any], undo: Any) -> None:
    program = program_of(rule, undo)
    store = played(program, [[one] for one in history])
    assert not [found for _name, found in examine(store, {program.program: program}) if found]


@settings(max_examples=200, deadline=None)
@given(histories)
def test_things_are_counted_as_what_they_are_now(history: list[Change]) -> None:
    store = played(program_of(RULES[0], "reverse"), [[one] for one in history])
    awards = [one for one in standing_entries(store.entries()) if one.rule is not None]
    for award in awards:
        assert award.goal_item == thing_now(award.record or "", award.change or b"", history)
    for row in store.progress_rows():
        own = {one.goal_item for one in awards if one.user == row.user} - {None}
        assert row.value == len(own) * 1_000_000
        assert (row.completed is not None) == (len(own) > 1)


def thing_now(record: str, change: bytes, history: Sequence[Change]) -> str | None:
    """Give the account of a record, in the plainest way: what was told last since it earned, through all merges."""
    once = {change_digest(change_body(one)): one for one in map(with_right_ids, history)}
    ordered = sorted(once.items(), key=lambda one: (one[1].at, one[1].seq, one[0]))
    account = None
    digests = [digest for digest, _one in ordered]
    for _digest, one in ordered[digests.index(change) :]:
        if one.id == record and one.new.get("AccountId"):
            account = id18(one.new["AccountId"])
    passed: set[str | None] = set()
    while account not in passed:
        passed.add(account)
        ends = [one for _digest, one in ordered if one.id == account and one.kind in ("merge", "undelete")]
        if ends and ends[-1].kind == "merge":
            account = ends[-1].into
    return account
