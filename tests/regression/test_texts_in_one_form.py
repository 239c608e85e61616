"""One text in two forms: a letter with its accent as one code point (NFC), or as a letter and a mark (NFD)."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from unicodedata import normalize
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novigem.audit.doctor.doctor import examine
from novigem.engine.engine import Engine
from novigem.errors import UnknownName
from novigem.feed.source import Page
from novigem.ledger.sql.store import open_store
from novigem.ledger.store import Store
from novigem.model.change import Change, change_body
from novigem.model.ids import differs, reference
from novigem.model.people import Person, folded
from novigem.model.program import Condition, Program, Rule
from novigem.model.redaction import Redactor, suppressions_of
from novigem.queries.people import find_user
from novigem.rules.compile import compile_rules
from novigem.rules.eligibility import Eligibility
from novigem.rules.interpret import evaluate
from novigem.testing import make_change, make_program

ZOE, ZOE_APART = normalize("NFC", "Zoé Müller"), normalize("NFD", "Zoé Müller")
SEASON = {"starts": "2026-01-05", "weeks": 2}
UTC = ZoneInfo("UTC")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path / 'forms.db'}")
    yield store
    store.close()


@pytest.mark.parametrize(("stored", "typed"), [(ZOE_APART, ZOE), (ZOE, ZOE_APART), (ZOE, f"{ZOE}\u200b\u00a0")])
def test_a_person_is_found_whichever_form_is_stored_or_typed(store: Store, stored: str, typed: str) -> None:
    user = Person("005St0000000001IAA", name=stored, email="zoe@acme.example")
    Engine(store, [make_program()]).apply(Page((), people=(user,)))
    assert find_user(store, typed) == user.id
    with pytest.raises(UnknownName):
        find_user(store, "Zoe Miller")


@pytest.mark.parametrize(
    ("operator", "value", "holds"),
    [
        ("equals", ZOE, True),
        ("equals", ZOE_APART, True),
        ("notEquals", ZOE, False),
        ("in", [ZOE, "x"], True),
        ("notIn", ["x", ZOE_APART], False),
        ("contains", "é M", True),
        ("contains", "Zoe", False),
        ("notContains", "Zoe", True),
        ("startsWith", "Zoé", True),
        ("startsWith", "Zoe", False),
        ("endsWith", "üller", True),
        ("matches", "Zo? M?ller", True),
    ],
)
@pytest.mark.parametrize("told", [ZOE, ZOE_APART])
def test_conditions_compare_in_one_form(operator: str, value: Any, told: str, *, holds: bool) -> None:
    program = make_program({"when": {"Name": {operator: value}}})
    change = make_change(Name=told)
    assert _fires(program.rules, change) == [holds]


def test_a_branch_of_many_values_finds_each_form() -> None:
    program = make_program(*({"when": {"Name": {"equals": one}}} for one in ("Anna", ZOE, "Kai", "Lee")))
    for told in (ZOE, ZOE_APART):
        assert _fires(program.rules, make_change(Name=told)) == [False, True, False, False]
    # NFC makes the sign of Kelvin a plain letter, so that even a text of ASCII has another spelling.
    assert _fires(program.rules, make_change(Name="\u212aai")) == [False, False, True, False]


@pytest.mark.parametrize("operators", [{"isChanged": True}, {"changedTo": ZOE}, {"changedFrom": ZOE}])
def test_another_form_of_the_same_text_is_no_change(operators: dict[str, Any]) -> None:
    program = make_program({"trigger": "update", "when": {"Name": operators}})
    change = make_change(kind="update", old={"Name": ZOE_APART}, Name=ZOE)
    assert _fires(program.rules, change) == [False]
    assert not differs(ZOE, ZOE_APART)


def test_the_log_keeps_what_came() -> None:
    assert change_body(make_change(Name=ZOE)) != change_body(make_change(Name=ZOE_APART))


def test_a_distinct_goal_counts_a_name_once(store: Store) -> None:
    goal = {"type": "timebound", "goal": {"distinct": "City__c", "target": 3}, "completion": {"bonus": 10}}
    program = make_program({"challenge": "challenge-1"}, challenges=[goal], **SEASON)
    engine = Engine(store, [program])
    for number, city in enumerate(("Zürich", normalize("NFD", "Zürich"), "Bern"), start=1):
        engine.apply([make_change(record=number, City__c=city)])
    (row,) = store.progress_rows()
    assert row.value == 2_000_000
    assert _is_sound(store, program)


def test_roles_and_addresses_match_in_either_form() -> None:
    person = Person("005St0000000001IAA", email=normalize("NFD", "ZOÉ@acme.example"), role=normalize("NFD", "Köln"))
    for given_ in ({"role": "Köln"}, {"users": "zoé@acme.example"}):
        participants = make_program(participants=given_).participants
        assert Eligibility(participants).block(person.id, person) is None


@pytest.mark.parametrize("name", [ZOE, "김민수", "ガブリエラ", "Nguyễn Văn Ánh"])
def test_an_erased_person_is_known_again_in_either_form(name: str) -> None:
    for kept in ("NFC", "NFD"):
        suppressions = suppressions_of(b"key", "005ER0000000001", "005St0000000001IAA", [normalize(kept, name)])
        redactor = Redactor(b"key", {one.mark: one for one in suppressions})
        for form in ("NFC", "NFD"):
            told = normalize(form, name)
            assert told not in redactor.text(f"call {told}, then")
            assert redactor.person(told) == "005ER0000000001"


@given(st.text(), st.sampled_from(["NFC", "NFD"]), st.sampled_from(["NFC", "NFD"]))
def test_any_text_equals_itself_in_any_form(text: str, one: str, other: str) -> None:
    first, second = normalize(one, text), normalize(other, text)
    assert reference(first) == reference(second)
    assert folded(first) == folded(second)


_ALPHABET = "eoaKk;`x1-\u0301\u0308é\u00f6ö\u212a\u037e한ㄱ\u1112\u1161\u11ab"


@given(
    st.sampled_from(["equals", "notEquals", "contains", "notContains", "startsWith", "endsWith", "changedTo"]),
    st.text(_ALPHABET, min_size=1, max_size=4),
    st.text(_ALPHABET, max_size=5),
    st.text(_ALPHABET, max_size=5),
)
def test_compiled_rules_and_the_interpreter_agree_on_every_form(operator: str, value: str, old: str, new: str) -> None:
    rule = Rule.model_construct(
        id="r", object="Opportunity", trigger="update", points=1, when={"Name": {operator: value}}
    )
    object.__setattr__(rule, "groups", ((Condition("Name", operator, value),),))
    change = make_change(kind="update", old={"Name": old}, Name=new)
    _fires([rule], change)
    again = make_change(kind="update", old={"Name": normalize("NFD", old)}, Name=normalize("NFC", new))
    assert _fires([rule], again) == _fires([rule], change)


def _fires(rules: Any, change: Change) -> list[bool]:
    match = compile_rules([(rule, UTC) for rule in rules])(change)
    compiled = [number in (match.holds if match else ()) for number in range(len(rules))]
    assert compiled == [evaluate(rule, change, UTC).result is True for rule in rules]
    return compiled


def _is_sound(store: Store, program: Program) -> bool:
    return not any(found for _name, found in examine(store, {program.program: program}))


def test_a_thing_that_was_counted_before_under_another_spelling_is_not_counted_again(tmp_path: Path) -> None:
    goal = {"type": "timebound", "goal": {"distinct": "City__c", "target": 3}, "completion": {"bonus": 10}}
    program = make_program({"challenge": "challenge-1"}, challenges=[goal], **SEASON)
    path = tmp_path / "before.db"
    store = open_store(f"sqlite:///{path}")
    Engine(store, [program]).apply([make_change(record=1, City__c="Zürich")])
    store.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        spelt = (normalize("NFD", "Zürich"), normalize("NFC", "Zürich"))
        assert connection.execute("UPDATE novigem_item SET item = ? WHERE item = ?", spelt).rowcount == 1
    store = open_store(f"sqlite:///{path}")
    Engine(store, [program]).apply([make_change(record=2, City__c="Zürich")])
    (row,) = store.progress_rows()
    assert row.value == 1_000_000
    assert _is_sound(store, program)
    store.close()
