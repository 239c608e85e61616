"""Points that a second person approves, and appeals: who may decide, what is paid, and that it is paid once."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from novigem.audit.doctor.doctor import examine
from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.engine.requests import Requests
from novigem.errors import InputError, UnknownName
from novigem.feed.source import Page
from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.store import RequestFilter
from novigem.model.change import from_micros
from novigem.model.entry import Entry
from novigem.model.program import Program
from novigem.model.request import RequestKind, RequestStatus
from novigem.queries.appeals import case_of
from novigem.testing import make_change, make_id, make_person, make_program

ANN, BEA = make_id("005", 1), make_id("005", 2)
PEOPLE = [
    make_person(1, name="Ann Example", email="ann@acme.example"),
    make_person(2, name="Bea Example", email="bea@acme.example"),
    make_person(3, name="Dana Velasco", email="dana@acme.example"),
]


def world(adjustments: dict[str, Any] | None = None, **keys: Any) -> tuple[Engine, MemoryStore]:
    """Give an engine whose clock moves on, and its store, with people and two entries of Ann's."""
    store = MemoryStore()
    program = make_program({"points": 10}, {"points": 4}, adjustments=adjustments or {}, **keys)
    moments = count()
    engine = Engine(store, [program], clock=lambda: from_micros(1_800_000_000_000_000 + next(moments)))
    with store.begin() as transaction:
        transaction.save_people(PEOPLE)
    engine.apply([make_change(record=1, owner=1)])
    return engine, store


def second(**more: Any) -> dict[str, Any]:
    return {"second_approver": True, **more}


def points(store: MemoryStore, user: str = ANN) -> int:
    total = store.total("test:*:all", user)
    return 0 if total is None else total.points


def proved(engine: Engine, store: MemoryStore) -> bool:
    return not any(found for _name, found in examine(store, dict(engine.programs)))


@pytest.fixture
def asked() -> Iterator[tuple[Requests, MemoryStore]]:
    """Give requests with one that is open: 30 points for Ann, asked for by Dana."""
    engine, store = world(second(above=25))
    Requests(engine).ask("test", ANN, 30, reason="helped", author="Dana Velasco")
    yield Requests(engine), store
    assert proved(engine, store)


@pytest.mark.parametrize(
    ("adjustments", "needs"),
    [
        ({}, []),
        ({"second_approver": False}, []),
        (second(), [1, -1, 25, 26, -26]),
        (second(above=25), [26, -26]),
    ],
)
def test_a_second_person_is_needed_above_the_limit_up_and_down(adjustments: dict[str, Any], needs: list[int]) -> None:
    program = make_program(adjustments=adjustments)
    assert [one for one in (1, -1, 25, 26, -26) if program.adjustments.needs_second(one)] == needs


def test_a_program_that_asks_for_nobody_keeps_its_version() -> None:
    assert Program.model_validate(make_program().model_dump()).version == make_program().version
    assert make_program(adjustments={}).version == make_program().version
    assert make_program(adjustments=second()).version != make_program().version


def test_points_above_the_limit_are_refused_without_a_second_person() -> None:
    engine, store = world(second(above=25))
    with pytest.raises(InputError, match="30 points need the approval of a second person"):
        Manual(engine).adjust("test", ANN, 30, reason="helped")
    assert Manual(engine).adjust("test", ANN, 25, reason="helped").points == 25
    assert points(store) == 39


def test_what_is_asked_for_is_paid_when_somebody_else_approves(asked: tuple[Requests, MemoryStore]) -> None:
    requests, store = asked
    assert points(store) == 14
    decided = requests.approve(1, author=" Sam Ortiz ", reason="saw it")
    assert (decided.status, decided.decided_by, decided.decision) == (RequestStatus.APPROVED, "Sam Ortiz", "saw it")
    entry = list(store.entries())[-1]
    assert (entry.number, entry.points, entry.reason) == (decided.paid, 30, "helped")
    assert entry.author == "Dana Velasco, approved by Sam Ortiz"
    assert entry.key == f"test/request/1/{ANN}"
    assert points(store) == 44
    assert store.requests() == [decided]


@pytest.mark.parametrize(
    "name", ["Dana Velasco", " dana  VELASCO", "\N{FULLWIDTH LATIN CAPITAL LETTER D}ana Velasco", "DANA@acme.example",
             make_id("005", 3), make_id("005", 3)[:15]]
)  # fmt: skip
def test_nobody_approves_what_they_asked_for(name: str, asked: tuple[Requests, MemoryStore]) -> None:
    requests, store = asked
    with pytest.raises(InputError, match="somebody else has to approve"):
        requests.approve(1, author=name)
    assert [one.is_open for one in store.requests()] == [True]
    assert points(store) == 14


@pytest.mark.parametrize("name", ["ann example", "Ann@Acme.example", ANN])
def test_nobody_approves_points_of_their_own(name: str, asked: tuple[Requests, MemoryStore]) -> None:
    requests, _store = asked
    with pytest.raises(InputError, match="points of their own"):
        requests.approve(1, author=name)


def test_a_decision_is_made_once(asked: tuple[Requests, MemoryStore]) -> None:
    requests, store = asked
    requests.approve(1, author="Sam")
    for again in (
        lambda: requests.approve(1, author="Kim"),
        lambda: requests.decline(1, reason="no"),
    ):
        with pytest.raises(InputError, match="request for points 1 was approved already by Sam"):
            again()
    assert points(store) == 44


def test_what_is_declined_is_not_paid_and_what_its_author_declines_is_withdrawn() -> None:
    engine, store = world(second())
    requests = Requests(engine)
    for _number in range(2):
        requests.ask("test", ANN, 30, reason="helped", author="Dana Velasco")
    assert requests.decline(1, reason="twice", author="Sam").status is RequestStatus.DECLINED
    assert requests.decline(2, reason="my mistake", author="dana@acme.example").status is RequestStatus.WITHDRAWN
    assert points(store) == 14
    assert proved(engine, store)


def test_names_and_reasons_are_needed(asked: tuple[Requests, MemoryStore]) -> None:
    requests, store = asked
    for wrong in (
        lambda: requests.ask("test", ANN, 30, reason=" ", author="Dana"),
        lambda: requests.ask("test", ANN, 0, reason="helped", author="Dana"),
        lambda: requests.ask("test", ANN, 30, reason="helped", author=" "),
        lambda: requests.ask("test", "nobody", 30, reason="helped", author="Dana"),
        lambda: requests.approve(1, author="\x00"),
        lambda: requests.decline(1, reason=""),
        lambda: requests.appeal("test", ANN, entry=1, reason=""),
        lambda: requests.appeal("test", ANN, reason="mine"),
        lambda: requests.appeal("test", ANN, entry=1, record=make_id("006", 1), reason="mine"),
        lambda: requests.appeal("test", ANN, entry=1, rule="rule-1", reason="mine"),
        lambda: requests.appeal("test", ANN, record="short", reason="mine"),
    ):
        with pytest.raises(InputError):
            wrong()
    assert len(store.requests()) == 1


def test_what_does_not_exist_is_named(asked: tuple[Requests, MemoryStore]) -> None:
    requests, _store = asked
    requests.appeal("test", ANN, entry=1, reason="mine")
    for wrong in (
        lambda: requests.ask("other", ANN, 30, reason="helped", author="Dana"),
        lambda: requests.approve(2, author="Sam"),
        lambda: requests.approve(9, author="Sam"),
        lambda: requests.reject(1, reason="no", author="Sam"),
        lambda: requests.appeal("test", ANN, entry=99, reason="mine"),
        lambda: requests.appeal("test", BEA, entry=1, reason="mine"),
        lambda: requests.appeal("test", ANN, record=make_id("006", 9), reason="mine"),
        lambda: requests.appeal("test", ANN, record=make_id("006", 1), rule="rule-9", reason="mine"),
    ):
        with pytest.raises(UnknownName):
            wrong()
    requests.withdraw(2)


def test_a_balance_below_zero_is_refused_when_asked_and_when_approved() -> None:
    engine, store = world(second(above=10))
    with pytest.raises(InputError, match="would fall to -6 points"):
        Requests(engine).ask("test", ANN, -20, reason="wrong", author="Dana")
    Requests(engine).ask("test", ANN, -12, reason="wrong", author="Dana")
    Manual(engine).adjust("test", ANN, -5, reason="meanwhile")
    with pytest.raises(InputError, match="would fall to -3 points"):
        Requests(engine).approve(1, author="Sam")
    assert [one.is_open for one in store.requests()] == [True]
    assert points(store) == 9
    assert proved(engine, store)


def reversed_entry(engine: Engine, store: MemoryStore) -> Entry:
    """Let an earlier change of another owner take Ann's first entry back."""
    engine.apply([make_change(record=1, owner=2, at="2026-01-06T12:00:00Z")])
    return next(one for one in store.entries() if one.reverses == 1)


def test_an_appeal_about_a_corrected_entry_says_so_and_pays_what_was_taken() -> None:
    engine, store = world()
    back = reversed_entry(engine, store)
    appeal = Requests(engine).appeal("test", ANN, entry=1, reason="it was mine", author="Ann")
    case = case_of(store, engine.programs, appeal)
    assert (case.entry and case.entry.number, case.taken_back) == (1, back)
    assert {one.rule for one in case.verdicts} == {case.entry.rule if case.entry else None}
    upheld = Requests(engine).uphold(1, reason="she worked on it", author="Dana")
    entry = list(store.entries())[-1]
    assert (entry.key, entry.points, entry.author) == (f"test/appeal/1/{ANN}", 10, "Dana")
    assert entry.reason == "appeal 1 about entry 1: she worked on it"
    assert (upheld.status, upheld.paid, upheld.points) == (RequestStatus.APPROVED, entry.number, 10)
    assert proved(engine, store)


def test_an_appeal_about_a_record_pays_what_its_rule_would() -> None:
    engine, store = world()
    Requests(engine).appeal("test", BEA, record=make_id("006", 1)[:15], rule="rule-2", reason="it was mine")
    Requests(engine).uphold(1, reason="right", author="Dana")
    assert points(store, BEA) == 4
    assert list(store.entries())[-1].reason == f"appeal 1 about record {make_id('006', 1)} under rule-2: right"


def test_points_are_asked_for_where_they_are_not_clear() -> None:
    engine, store = world()
    Requests(engine).appeal("test", ANN, entry=1, reason="it was worth more")
    with pytest.raises(InputError, match="not clear how many points"):
        Requests(engine).uphold(1, reason="right", author="Dana")
    Requests(engine).uphold(1, points=3, reason="right", author="Dana")
    assert points(store) == 17


@pytest.mark.parametrize("name", ["ann example", "ANN@acme.example", ANN, f" {ANN} "])
def test_nobody_decides_an_appeal_of_their_own(name: str) -> None:
    engine, store = world()
    Requests(engine).appeal("test", ANN, entry=1, reason="it was worth more")
    for decide in (
        lambda: Requests(engine).uphold(1, points=3, reason="right", author=name),
        lambda: Requests(engine).reject(1, reason="wrong", author=name),
    ):
        with pytest.raises(InputError, match="an appeal of their own"):
            decide()
    assert [one.is_open for one in store.requests()] == [True]


def test_the_same_appeal_is_open_once() -> None:
    engine, store = world()
    Requests(engine).appeal("test", ANN, entry=1, reason="mine")
    with pytest.raises(InputError, match="appeal 1 about the same is open already"):
        Requests(engine).appeal("test", ANN, entry=1, reason="mine!")
    Requests(engine).appeal("test", ANN, entry=2, reason="mine")
    Requests(engine).reject(1, reason="no", author="Dana")
    again = Requests(engine).appeal("test", ANN, entry=1, reason="there is news")
    assert (again.number, [one.is_open for one in store.requests()]) == (3, [False, True, True])


def test_an_upheld_appeal_above_the_limit_waits_for_a_second_person() -> None:
    engine, store = world(second(above=25))
    Requests(engine).appeal("test", ANN, entry=1, reason="it was worth more")
    appeal = Requests(engine).uphold(1, points=30, reason="right", author="Dana Velasco")
    assert (appeal.status, appeal.paid, points(store)) == (RequestStatus.APPROVED, None, 14)
    (waiting,) = store.requests(RequestFilter(kind=RequestKind.ADJUSTMENT))
    assert (waiting.number, waiting.appeal, waiting.points, waiting.author) == (2, 1, 30, "Dana Velasco")
    assert case_of(store, engine.programs, appeal).waiting == waiting
    assert proved(engine, store)
    for name in ("Dana Velasco", "Ann Example"):
        with pytest.raises(InputError):
            Requests(engine).approve(2, author=name)
    Requests(engine).approve(2, author="Sam")
    entry = list(store.entries())[-1]
    assert (entry.key, entry.author) == (f"test/appeal/1/{ANN}", "Dana Velasco, approved by Sam")
    assert [one.paid for one in store.requests()] == [entry.number, entry.number]
    assert proved(engine, store)


def test_an_appeal_is_open_again_when_the_second_person_declines() -> None:
    engine, store = world(second(above=25))
    Requests(engine).appeal("test", ANN, entry=1, reason="it was worth more")
    Requests(engine).uphold(1, points=30, reason="right", author="Dana")
    Requests(engine).decline(2, reason="too many", author="Sam")
    (appeal,) = store.requests(RequestFilter(kind=RequestKind.APPEAL))
    assert (appeal.status, appeal.points, appeal.decided_by) == (RequestStatus.OPEN, None, None)
    Requests(engine).uphold(1, points=20, reason="right", author="Dana")
    assert points(store) == 34
    assert proved(engine, store)


def test_a_decision_is_dated_by_the_engines_clock() -> None:
    engine, store = world()
    Requests(engine).appeal("test", ANN, entry=1, reason="mine")
    later = Engine(store, list(engine.programs.values()), clock=lambda: datetime(2030, 1, 1, tzinfo=UTC))
    assert Requests(later).withdraw(1, author="Ann").decided == 1_893_456_000_000_000


def test_what_databases_refuse_in_a_text_is_left_out() -> None:
    engine, _store = world()
    appeal = Requests(engine).appeal("test", ANN, entry=1, reason="\x00mine\ud800 ", author=" Ann\x00")
    assert (appeal.text, appeal.author) == ("mine\ufffd", "Ann")


def test_nobody_approves_their_own_request_under_another_address() -> None:
    engine, _store = world(second())
    engine.apply(Page((), (make_person(8, name="Dana", email="dana.old@acme.example"),)))
    mine = Requests(engine).ask("test", BEA, 30, reason="late", author="dana.old@acme.example")
    hers = Requests(engine).ask("test", make_id("005", 8), 30, reason="late", author="Eve")
    engine.apply(Page((), (make_person(8, name="Dana V.", email="dana.new@acme.example"),)))
    for number in (mine.number, hers.number):
        for name in ("dana.new@acme.example", "dana.old@acme.example", "Dana V."):
            with pytest.raises(InputError, match=r"somebody else|of their own"):
                Requests(engine).approve(number, author=name)
