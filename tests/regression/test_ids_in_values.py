"""One thing under several ids: as reports write it, as the API does, and as a tool that folds letters left it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from novigem.audit.doctor.doctor import examine
from novigem.engine.engine import Engine
from novigem.feed import convert_csv, load_mapping
from novigem.feed.jsonl.source import JsonLinesSource
from novigem.feed.source import Page
from novigem.ledger.sql.store import open_store
from novigem.ledger.store import Store
from novigem.model.change import Change, change_body
from novigem.model.ids import id18
from novigem.model.people import Person
from novigem.model.program import Program
from novigem.queries.explain import explain_record
from novigem.rules.compile import compile_rules
from novigem.rules.interpret import evaluate
from novigem.testing import make_change, make_program

ACCOUNT = "001St0000000001IAA"
OTHER = id18("001St0000000002")
DEAL = "006xx000001SwiVAAS"
ANN = "005xx000001SwiUAAS"
FORMS = (ACCOUNT, ACCOUNT[:15], ACCOUNT.lower(), ACCOUNT.upper())
DISTINCT = {"type": "timebound", "goal": {"distinct": "AccountId", "target": 2}, "completion": {"bonus": 10}}
SEASON = {"starts": "2026-01-05", "weeks": 2}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path / 'ids.db'}")
    yield store
    store.close()


def read(folder: Path, *lines: str) -> list[Page]:
    path = folder / "changes.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return list(JsonLinesSource(path).pages(None))


def is_sound(store: Store, program: Program) -> bool:
    return not any(found for _name, found in examine(store, {program.program: program}))


def points(store: Store) -> int:
    return sum(one.points for one in store.entries())


@pytest.mark.parametrize("form", FORMS)
def test_a_distinct_goal_counts_a_thing_once(store: Store, form: str) -> None:
    program = make_program({"challenge": "challenge-1"}, challenges=[DISTINCT], **SEASON)
    engine = Engine(store, [program])
    engine.apply([make_change(record=1, AccountId=ACCOUNT[:15])])
    engine.apply([make_change(record=2, AccountId=form)])
    assert (points(store), [row.value for row in store.progress_rows()]) == (20, [1_000_000])
    engine.apply([make_change(record=3, AccountId=OTHER)])
    assert points(store) == 40
    assert is_sound(store, program)


def test_texts_of_fifteen_letters_are_counted_as_they_are(store: Store) -> None:
    goal = DISTINCT | {"goal": {"distinct": "Type", "target": 2}}
    engine = Engine(store, [make_program({"challenge": "challenge-1"}, challenges=[goal], **SEASON)])
    engine.apply([make_change(record=1, Type="CustomerSuccess"), make_change(record=2, Type="customersuccess")])
    assert points(store) == 30
    assert {one.goal_item for one in store.entries()} >= {"CustomerSuccess", "customersuccess"}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("conditions", "before", "holds"),
    [
        ({"isChanged": True}, ACCOUNT, ()),
        ({"isChanged": False}, ACCOUNT, FORMS),
        ({"isChanged": True}, OTHER, FORMS),
        ({"changedTo": ACCOUNT}, OTHER[:15], FORMS),
        ({"changedTo": ACCOUNT[:15]}, ACCOUNT.lower(), ()),
        ({"changedFrom": OTHER[:15]}, OTHER, FORMS),
        ({"changedFrom": ACCOUNT}, ACCOUNT[:15], ()),
        ({"equals": ACCOUNT[:15]}, OTHER, FORMS),
        ({"notEquals": ACCOUNT[:15]}, OTHER, ()),
        ({"notEquals": OTHER[:15]}, OTHER, FORMS),
        ({"in": [OTHER, ACCOUNT[:15]]}, OTHER, FORMS),
        ({"notIn": [OTHER, ACCOUNT]}, OTHER, ()),
        ({"equals": ACCOUNT.upper(), "isChanged": True}, OTHER, FORMS),
        ({"contains": ACCOUNT[:15]}, OTHER, FORMS[:2]),
    ],
)
def test_conditions_compare_what_ids_name(
    conditions: dict[str, Any], before: str, holds: tuple[str, ...], form: str
) -> None:
    rule = make_program({"trigger": "update", "when": {"AccountId": conditions}}).rules[0]
    change = make_change("update", old={"AccountId": before}, AccountId=form)
    zone = make_program().zone
    expected = form in holds
    assert evaluate(rule, change, zone).result is expected
    for number in (1, 4):
        # Several rules on one field are told apart by a table of its values.
        match = compile_rules([(rule, zone)] * number)(change)
        assert (match is not None and len(match.holds) == number) is expected


@pytest.mark.parametrize("limit", [{"once_per": "account"}, {"per_account": {"awards": 1, "per": "week"}}])
@pytest.mark.parametrize("form", FORMS)
def test_accounts_are_limited_by_what_they_are(store: Store, limit: dict[str, Any], form: str) -> None:
    engine = Engine(store, [make_program(limit, **SEASON)])
    engine.apply([make_change(record=1, AccountId=ACCOUNT)])
    engine.apply([make_change(record=2, AccountId=form, at="2026-01-08T12:00:00Z")])
    assert points(store) == 10


def test_ids_that_lost_their_case_are_put_right(store: Store, tmp_path: Path) -> None:
    line = '{"object":"Opportunity","id":"%s","kind":"create","at":"2026-01-07T10:00:00Z","by":"%s"'
    line += ',"new":{"OwnerId":"%s"}}'
    (page,) = read(
        tmp_path,
        '{"users":[{"Id":"005xx000001swiuaas","Name":"Ann","ManagerId":"005XX000001SWIUAAS"}]}',
        *(line % tuple(fold(one) for one in (DEAL, ANN, ANN)) for fold in (str, str.lower, str.upper)),
        line % (DEAL[:15] + "AAA", ANN, ANN),
        line % (DEAL, ANN, ANN[:15] + "AAA"),
    )
    assert {(one.id, one.manager) for one in page.people} == {(ANN, ANN)}
    # The same change in another form is the same to the byte.
    assert len({change_body(one) for one in page.changes}) == 1
    assert [one.place for one in page.rejected] == ["line 5", "line 6"]
    assert page.rejected[0].reason == (
        "id: '006xx000001SwiVAAA' is not a Salesforce id: its last three characters do not fit the others"
        " (after 006xx000001SwiV they are AAS)"
    )
    assert page.rejected[1].reason.startswith("OwnerId: '005xx000001SwiUAAA' is not a Salesforce id")
    assert Engine(store, [make_program()]).apply(page).new_changes == 1
    assert points(store) == 10


def test_whoever_hands_over_changes_themselves_is_told_the_same(store: Store) -> None:
    wrong = make_change(record=DEAL[:15] + "AAA", owner=ANN)
    folded = make_change(record=DEAL.lower(), owner=ANN.upper(), by=ANN.lower(), old={"OwnerId": ANN.lower()})
    page = Page((wrong, folded), (Person(ANN.lower(), manager=ANN.upper()), Person("005xx000001SwiUAAA", "Ghost")))
    report = Engine(store, [make_program()]).apply(page)
    assert (report.changes, report.rejected, report.new_changes) == (1, 2, 1)
    assert {(one.user, one.record) for one in store.entries()} == {(ANN, DEAL)}
    assert [one.id for one in store.everybody()] == [ANN]
    rejected = {one.place: one.reason for one in store.rejected()}
    assert set(rejected) == {
        "Opportunity 006xx000001SwiVAAA create at 2026-01-07T12:00:00.000000Z",
        "user 005xx000001SwiUAAA",
    }
    assert explain_record(store, [make_program()], DEAL.upper())[0].verdict == "paid"


def test_what_was_kept_with_a_wrong_id_is_still_read() -> None:
    kept = make_change(record=DEAL[:15] + "AAA", owner=ANN)
    assert kept.id == "006xx000001SwiVAAA"
    assert make_change(record=DEAL[:15]).id == DEAL


def test_converted_ids_are_put_right_or_refused(tmp_path: Path) -> None:
    csv = tmp_path / "deals.csv"
    rows = [f"{DEAL.lower()},{ANN.upper()},2026-01-07", f"{DEAL[:15]}AAA,{ANN},2026-01-07"]
    rows += [f"{ACCOUNT},{ANN[:15]}AAA,2026-01-07"]
    csv.write_text("\n".join(["Id,Owner,Created", *rows]) + "\n")
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(
        "object: Opportunity\ntimezone: UTC\nid: Id\nfields:\n  OwnerId: {column: Owner, type: id}\n"
        "moments:\n  - {kind: create, at: Created}\n"
    )
    found = convert_csv(csv, load_mapping(mapping))
    assert [(one.id, one.new["OwnerId"]) for one in found.changes] == [(DEAL, ANN)]
    assert [(one.place, one.reason.partition(" is not")[0]) for one in found.rejected] == [
        ("line 3", "Id: '006xx000001SwiVAAA'"),
        ("line 4", "Owner: '005xx000001SwiUAAA'"),
    ]


def test_an_owner_in_another_form_handed_nothing_over(store: Store) -> None:
    rule = {
        "trigger": "update",
        "when": {"StageName": {"changedTo": "Closed Won"}},
        "former_owner": {"percent": 50, "within_days": 30},
    }
    rows: list[Change] = [
        make_change("update", owner=ANN, at="2026-01-06T12:00:00Z", old={"OwnerId": ANN[:15]}),
        make_change("update", owner=ANN, StageName="Closed Won", old={"StageName": "Open"}),
    ]
    Engine(store, [make_program(rule)]).apply(rows)
    assert [(one.user, one.points) for one in store.entries()] == [(ANN, 10)]
