"""A rule that is linked to several challenges: its award is paid once, and counts in each that is open."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from novigem.audit.doctor.doctor import examine
from novigem.engine.awards import limit_group
from novigem.engine.engine import Engine
from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.sql.store import SqlStore
from novigem.ledger.store import EntryFilter, RowFilter, Store
from novigem.model.entry import GOAL_UNIT, EntryKind
from novigem.model.program import Program
from novigem.program.dump import dump_program
from novigem.program.load import check_program, load_program_text
from novigem.queries.explain import explain_record
from novigem.testing import make_change, make_id, make_program
from novigem.views.json.answers import entry_answer
from tests.regression.beds import ANNA, Bed, BedMaker, task

VOLUME: dict[str, Any] = {"id": "volume", "goal": {"count": "rules", "target": 3}, "completion": {"bonus": 30}}
STREAK: dict[str, Any] = {
    "id": "streak",
    "goal": {"streak": "working day", "target": 2},
    "completion": {"bonus": 50, "badge": "badge-1"},
}
BOTH = {"challenge": ["volume", "streak"]}
COMPLETING: dict[str, Any] = {
    "object": "Task",
    "trigger": "update",
    "when": {"Status": {"isChanged": True, "equals": "Completed"}},
}


def season(*rules: dict[str, Any], challenges: tuple[dict[str, Any], ...] = (VOLUME, STREAK), **keys: Any) -> Program:
    """Give a season in which a completed task pays 10 points and counts in two challenges."""
    given = {"badges": [{}], "starts": "2026-01-05", "weeks": 2} | keys
    linked = [COMPLETING | BOTH | one for one in rules or ({},)]
    return make_program(*linked, challenges=challenges, **given)


def values(bed: Bed, user: str = ANNA) -> dict[str, int]:
    """Give how far somebody is in each challenge, in whole units."""
    return {one.challenge: one.value // GOAL_UNIT for one in bed.store.progress_rows(RowFilter("test", user))}


def found_by_doctor(store: Store, program: Program) -> list[str]:
    return [name for name, found in examine(store, {"test": program}) if found]


def test_an_award_is_paid_once_and_counts_in_both(any_bed: Bed) -> None:
    program = season(leaderboards=[{"scope": {"challenge": "volume"}}, {"scope": {"challenge": "streak"}}, {}])
    any_bed.play(program, *(task(day, done=True, record=day) for day in (5, 6)))
    awards = [one for one in any_bed.standing() if one.kind is EntryKind.RULE]
    assert [(one.points, one.challenges) for one in awards] == [(10, ("volume", "streak"))] * 2
    assert values(any_bed) == {"volume": 2, "streak": 2}
    assert any_bed.points() == {ANNA: 10 + 10 + 50}
    assert [(one.badge, one.challenge) for one in any_bed.store.badges()] == [("badge-1", "streak")]
    # Points are those of each challenge: the bonus is one of the streak alone.
    boards = {name: any_bed.board(name).rows[0].points for name in ("board-1", "board-2", "board-3")}
    assert boards == {"board-1": 20, "board-2": 70, "board-3": 70}
    for challenge, numbers in (("volume", [1, 2]), ("streak", [1, 2, 3])):
        for which in (EntryFilter(challenge=challenge), EntryFilter("test", ANNA, challenge=challenge)):
            assert [one.number for one in any_bed.store.entries(which)] == numbers
    assert list(any_bed.store.entries(EntryFilter("test", ANNA, challenge="none"))) == []
    assert found_by_doctor(any_bed.store, program) == []


def test_a_reversal_takes_off_both_and_a_later_award_goes_on(any_bed: Bed) -> None:
    program = season({"on_undo": "reverse"})
    any_bed.play(program, *(task(day, done=True, record=day) for day in (5, 6, 7)))
    assert values(any_bed) == {"volume": 3, "streak": 3}
    assert any_bed.points() == {ANNA: 30 + 30 + 50}
    any_bed.play(program, task(8, done=False, record=6))
    assert values(any_bed) == {"volume": 2, "streak": 1}
    assert any_bed.points() == {ANNA: 20}
    assert any_bed.store.badges() == []
    any_bed.play(program, task(9, done=True, record=6))
    assert values(any_bed) == {"volume": 3, "streak": 1}
    assert found_by_doctor(any_bed.store, program) == []


def test_the_order_of_arrival_decides_nothing(new_bed: BedMaker) -> None:
    program = season({"on_undo": "reverse", "cap": {"points": 15, "per": "day"}})
    changes = [task(day, done=True, record=number) for number, day in enumerate((5, 5, 6, 7, 9), start=1)]
    changes.append(task(8, done=False, record=3))
    beds = [new_bed() for _n in range(3)]
    beds[0].play(program, *changes)
    for one in reversed(changes):
        beds[1].play(program, one)
    beds[2].play(program, *changes[::2])
    beds[2].play(program, *changes[1::2], page_size=1)
    told = [
        (one.points(), one.paid(), values(one), one.store.badges(), list(one.store.rollup_totals(""))) for one in beds
    ]
    assert told[1:] == told[:1] * 2
    assert [found_by_doctor(one.store, program) for one in beds] == [[]] * 3


def test_points_are_paid_while_one_of_the_challenges_is_open_and_count_in_those(bed: Bed) -> None:
    first_week = {**VOLUME, "type": "timebound", "starts": "2026-01-05", "ends": "2026-01-07"}
    later = {**STREAK, "type": "timebound", "starts": "2026-01-06", "ends": "2026-01-09"}
    program = season(challenges=(first_week, later))
    any_days = (5, 6, 8, 12)
    report = bed.play(program, *(task(day, done=True, record=day) for day in any_days))
    counted = {one.record: one.challenges for one in bed.standing() if one.kind is EntryKind.RULE}
    names = [("volume",), ("volume", "streak"), ("streak",)]
    assert counted == {make_id("00T", day): name for day, name in zip(any_days, names, strict=False)}
    assert [str(reason) for _program, _rule, reason in report.blocked] == ["outside the dates of its challenge"] or (
        len(report.blocked) == 1
    )
    assert found_by_doctor(bed.store, program) == []


def test_one_that_is_paused_counts_nothing_and_does_not_stop_the_other(bed: Bed) -> None:
    program = season(challenges=(VOLUME, {**STREAK, "status": "paused"}))
    bed.play(program, task(5, done=True))
    assert [one.challenges for one in bed.standing()] == [("volume",)]
    shut = season(challenges=({**VOLUME, "status": "paused"}, {**STREAK, "status": "paused"}))
    assert Engine(MemoryStore(), [shut]).apply([task(5, done=True)]).entries == 0


def test_a_limit_takes_the_points_and_leaves_the_day_of_the_streak(any_bed: Bed) -> None:
    program = season({"cap": {"points": 10}})
    any_bed.play(program, task(5, done=True), task(6, done=True, record=2))
    assert values(any_bed) == {"volume": 1, "streak": 2}
    last = [one for one in any_bed.standing() if one.kind is EntryKind.RULE][-1]
    assert (last.points, last.reason) == (0, "cap reached; the day counts for the streak")
    assert found_by_doctor(any_bed.store, program) == []


def test_where_the_streak_is_closed_a_limit_leaves_no_entry(bed: Bed) -> None:
    closed = {**STREAK, "type": "timebound", "starts": "2026-01-05", "ends": "2026-01-05"}
    program = season({"cap": {"points": 10}}, challenges=(VOLUME, closed | {"goal": {"streak": "week", "target": 1}}))
    bed.play(program, task(5, done=True), task(6, done=True, record=2))
    assert [one.points for one in bed.standing() if one.kind is EntryKind.RULE] == [10]
    assert found_by_doctor(bed.store, program) == []


def test_an_award_fits_into_the_cap_of_each_of_its_challenges(any_bed: Bed) -> None:
    """The rules of two capped challenges that share a rule are limited together: in event time, each by its own."""
    capped = ({**VOLUME, "cap": {"points": 25}}, {**STREAK, "cap": {"points": 15, "per": "day"}})
    program = season(
        {},
        {"object": "Opportunity", "trigger": "create", "when": None}
        and {"object": "Case", "challenge": "streak", "once_per": "change"},
        challenges=capped,
    )
    assert limit_group(program, program.rules[0]) == limit_group(program, program.rules[1])
    changes = [task(5, done=True, record=n, at=f"2026-01-05T1{n}:00:00Z") for n in (1, 2)]
    changes.append(
        make_change("update", object="Case", at="2026-01-06T12:00:00Z", old={"Status": "New"}, Status="Completed")
    )
    changes += [task(6, done=True, record=n, at=f"2026-01-06T1{n}:00:00Z") for n in (3, 4)]
    any_bed.play(program, *reversed(changes))
    paid = [(one.record, one.points) for one in sorted(any_bed.standing(), key=lambda one: one.occurred) if one.rule]
    # 10 and 5 on the first day; then 10 for the case, 5 that the day leaves, and nothing of the day, though the
    # volume has 5 left.
    assert paid == [
        (make_id("00T", 1), 10),
        (make_id("00T", 2), 5),
        (make_id("500", 1), 10),
        (make_id("00T", 3), 5),
        (make_id("00T", 4), 0),
    ]
    assert found_by_doctor(any_bed.store, program) == []


def test_a_further_challenge_without_a_cap_leaves_the_group_of_limits_its_name() -> None:
    capped = {**VOLUME, "cap": {"points": 25}}
    alone, both = (
        season({"challenge": "volume"}, {"challenge": "streak"}, challenges=(capped, STREAK)),
        season({}, {"challenge": "streak"}, challenges=(capped, STREAK)),
    )
    assert limit_group(alone, alone.rules[0]) == limit_group(both, both.rules[0]) is not None


def test_a_rule_of_one_challenge_is_as_it_was() -> None:
    """A list of one is that one: the version, the keys and the entries are the same to the byte."""
    one, listed = (season({"challenge": name}, challenges=(VOLUME,)) for name in ("volume", ["volume"]))
    assert one == listed
    assert one.version == listed.version
    stores = [MemoryStore(), MemoryStore()]
    for store, program in zip(stores, (one, listed), strict=True):
        Engine(store, [program]).apply([task(5, done=True)])
    (first,), (second,) = ([*store.entries()] for store in stores)
    assert first.key == second.key == f"test/rule-1/{make_id('00T', 1)}"
    assert first.also == ()


WEEKLY: dict[str, Any] = {**VOLUME, "type": "recurring", "cadence": "weekly", "goal": {"count": "rules", "target": 1}}


def test_a_fact_pays_again_in_each_new_period_of_any_of_its_challenges(any_bed: Bed) -> None:
    program = season({"on_undo": "reverse"}, challenges=(WEEKLY, STREAK))
    days = (5, 6, 12)
    any_bed.play(program, *(task(day, done=True) for day in days))
    awards = [one for one in any_bed.standing() if one.kind is EntryKind.RULE]
    record = make_id("00T", 1)
    assert [one.key for one in awards] == [
        f"test/rule-1/{record}/week:2026-01-05",
        f"test/rule-1/{record}/week:2026-01-12",
    ]
    assert [[(one.challenge, one.period) for one in award.counted] for award in awards] == [
        [("volume", "week:2026-01-05"), ("streak", None)],
        [("volume", "week:2026-01-12"), ("streak", None)],
    ]
    rows = any_bed.store.progress_rows(RowFilter("test", challenge="volume"))
    assert [(one.period, one.value // GOAL_UNIT) for one in rows] == [("week:2026-01-05", 1), ("week:2026-01-12", 1)]
    which = EntryFilter("test", ANNA, challenge="volume", period="week:2026-01-12")
    assert [one.key for one in any_bed.store.entries(which) if one.rule] == [awards[1].key]
    assert found_by_doctor(any_bed.store, program) == []


def test_the_same_periods_are_named_once_and_unlike_ones_each() -> None:
    monthly = {**STREAK, "type": "recurring", "cadence": "monthly", "goal": {"distinct": "AccountId", "target": 2}}
    for second, period in ((WEEKLY | {"id": "streak"}, ""), (monthly, "month:2026-01/")):
        store = MemoryStore()
        Engine(store, [season({}, challenges=(WEEKLY, second))]).apply([task(5, done=True)])
        key = next(one.key for one in store.entries() if one.rule)
        assert key == f"test/rule-1/{make_id('00T', 1)}/{period}week:2026-01-05"


def checked(program: Program, old: str, new: str) -> list[tuple[str, int, str]]:
    """Give code, line and message of what a check finds in a program with some words changed."""
    written = dump_program(program)
    assert old in written
    _program, found = check_program(written.replace(old, new), "program.yaml")
    return [(one.code, one.line, one.message) for one in found if not one.code.startswith("NV9")]


def test_mistakes_in_the_list_are_told_with_their_place() -> None:
    program = season()
    link = "challenge: [volume, streak]"
    line = dump_program(program).splitlines().index(f"    {link}") + 1
    assert checked(program, link, link) == []
    assert checked(program, link, "challenge: [volume, streek]") == [
        ("NV301", line, 'there is no challenge "streek" in this program')
    ]
    assert [one[:2] for one in checked(program, link, "challenge: [volume, volume, streak]")] == [("NV343", line)]
    assert [one[:2] for one in checked(program, link, "challenges: [volume, streak]")] == [("NV201", line)]
    assert [one[:2] for one in checked(program, link, "challenge: [volume, 5]")] == [("NV203", line)]
    assert "NV207" in {one[0] for one in checked(program, link, "challenge: []")}
    both = season(challenges=(WEEKLY, {**STREAK, "goal": {"count": "rules", "target": 9}}))
    assert [one[:2] for one in checked(both, link, link)] == [("NV342", line)]


def test_a_program_with_a_list_is_written_and_read_back_the_same() -> None:
    program = season()
    assert load_program_text(dump_program(program), "again.yaml") == program
    assert program.rules[0].challenges == ("volume", "streak")


def test_a_challenge_that_is_renamed_goes_on_in_the_list(bed: Bed) -> None:
    program = season()
    bed.play(program, task(5, done=True))
    renamed = season({"challenge": ["volume", "run"]}, challenges=(VOLUME, {**STREAK, "id": "run", "was": "streak"}))
    bed.play(renamed, task(6, done=True, record=2))
    assert values(bed) == {"volume": 2, "streak": 2}


def test_answers_name_all_challenges(bed: Bed) -> None:
    program = season()
    bed.play(program, task(5, done=True))
    (award,) = bed.standing()
    told = entry_answer(award)
    assert (told["challenge"], told["challenges"]) == ("volume", ["volume", "streak"])
    (answer,) = explain_record(bed.store, [program], make_id("00T", 1))
    assert (answer.verdict, answer.points) == ("paid", 10)


@pytest.mark.parametrize("altered", ["NULL", """'[["streak",null,9000000,"day:2026-01-05"]]'"""])
def test_a_column_changed_by_hand_is_found(tmp_path: Path, altered: str) -> None:
    program = season()
    database = create_engine(f"sqlite:///{tmp_path / 'kept.db'}")
    store = SqlStore(database)
    Engine(store, [program]).apply([task(5, done=True)])
    assert found_by_doctor(store, program) == []
    with database.begin() as connection:
        for name in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all():
            connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(text(f"UPDATE novigem_ledger SET also = {altered}"))
    assert "journal" in found_by_doctor(store, program)
    database.dispose()
