"""Whose calendar: own days of people, working days of a place and a company, business years, periods that are cut.

Each test holds what people would count themselves.
"""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from novigem.audit.doctor.doctor import examine
from novigem.challenges.targets import share_inside
from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.feed.csv.mapping import load_mapping
from novigem.feed.salesforce.people import read_person
from novigem.ledger.store import RowFilter, StoredProgram
from novigem.model.change import Change
from novigem.model.entry import GOAL_UNIT
from novigem.model.people import Person
from novigem.model.program import Program
from novigem.model.working_time import PersonTerms, WorkingDays, WorkingTime
from novigem.program.dump import dump_program
from novigem.program.load import check_program, load_program_text
from novigem.program.meaning import as_accepted, written_out
from novigem.queries.explain import explain_record
from novigem.testing import make_change, make_program
from tests.regression.beds import ANNA, BEN, COMPLETED, Bed

SYDNEY, NEW_YORK = "Australia/Sydney", "America/New_York"
DONE = {"object": "Task", "trigger": "update", "when": COMPLETED, "points": 5}
#: Half past nine on a Monday in Sydney, and in New York.
FIRST_IN_SYDNEY = datetime(2026, 2, 1, 22, 30, tzinfo=UTC)
FIRST_IN_NEW_YORK = datetime(2026, 2, 2, 14, 30, tzinfo=UTC)


def done(at: datetime, owner: str, record: int) -> Change:
    told = {"object": "Task", "record": record, "at": at, "owner": owner}
    return make_change("update", old={"Status": "Open"}, Status="Completed", **told)


def working_days(first: datetime, owner: str, number: int, since: int) -> list[Change]:
    """Give a task on each of so many working days from a Monday on."""
    days = [first + timedelta(days=day + 2 * (day // 5)) for day in range(number)]
    return [done(day, owner, since + n) for n, day in enumerate(days)]


def two_weeks(**keys: Any) -> Program:
    return make_program(
        DONE | {"challenge": "s"},
        challenges=[
            {"id": "s", "type": "timebound", "goal": {"streak": "working day", "target": 5}}
            | {"completion": {"bonus": 20}}
        ],
        leaderboards=[{"id": "team"}, {"id": "week", "period": "week"}],
        **{"timezone": NEW_YORK, "starts": "2026-02-02", "weeks": 2} | keys,
    )


def both() -> list[Change]:
    return [
        *working_days(FIRST_IN_SYDNEY, ANNA, 10, 1),
        *working_days(FIRST_IN_NEW_YORK, BEN, 10, 101),
    ]


def progress(bed: Bed, challenge: str = "s", period: str = "") -> dict[str, tuple[int, bool]]:
    rows = bed.store.progress_rows(RowFilter("test", challenge=challenge, period=period))
    return {row.user: (row.value // GOAL_UNIT, row.completed is not None) for row in rows}


def faults(bed: Bed, program: Program) -> list[str]:
    return [name for name, found in examine(bed.store, {program.program: program}) if found]


IN_SYDNEY = Person(ANNA, "Anna", "anna@example.com", timezone=SYDNEY)
IN_NEW_YORK = Person(BEN, "Ben", "ben@example.com", timezone=NEW_YORK)


@pytest.mark.parametrize(
    ("people", "terms"),
    [
        ([IN_SYDNEY, IN_NEW_YORK], []),
        ([Person(ANNA, "Anna", "anna@example.com")], [{"user": "anna@example.com", "timezone": SYDNEY}]),
        ([Person(ANNA, "Anna", timezone="Europe/Paris")], [{"user": ANNA, "timezone": SYDNEY}]),
    ],
    ids=["told by Salesforce", "told by the file", "the file wins"],
)
@pytest.mark.parametrize("page_size", [1, 1000])
def test_everybody_has_days_of_their_own(
    any_bed: Bed, people: list[Person], terms: list[dict[str, Any]], page_size: int
) -> None:
    """The first Monday in Sydney lay before the program, and a working day short: 45 points against 70."""
    program = two_weeks(people=terms)
    any_bed.play(program, *both(), people=people, page_size=page_size)
    assert progress(any_bed) == {ANNA: (10, True), BEN: (10, True)}
    assert any_bed.points() == {ANNA: 70, BEN: 70}
    assert [row.points for row in any_bed.board("team").rows] == [70, 70]
    first, last = (any_bed.board("week", period=f"week:2026-02-0{day}") for day in (2, 9))
    # The second Monday in Sydney is the Sunday before by the clock of the boards.
    assert {row.user: row.points for row in first.rows} == {ANNA: 50, BEN: 45}
    assert {row.user: row.points for row in last.rows} == {ANNA: 20, BEN: 25}
    assert faults(any_bed, program) == []


def test_the_program_may_keep_one_clock_for_all(bed: Bed) -> None:
    bed.play(two_weeks(own_timezones=False), *both(), people=[IN_SYDNEY, IN_NEW_YORK])
    assert progress(bed) == {ANNA: (4, False), BEN: (10, True)}


def test_a_version_that_was_accepted_before_keeps_its_one_clock_and_its_targets(bed: Bed) -> None:
    """Its text says nothing of clocks, nor of periods that are cut."""
    program = two_weeks()
    with bed.store.begin() as transaction:
        transaction.save_program(StoredProgram("test", program.version, dump_program(program), 0))
    bed.play(program, *both(), people=[IN_SYDNEY, IN_NEW_YORK])
    assert progress(bed) == {ANNA: (4, False), BEN: (10, True)}
    assert as_accepted(cut(fair=True)).challenges[0].cut_periods == "whole"
    kept = written_out(cut(fair=True))
    assert (kept.challenges[0].cut_periods, kept.own_timezones) == ("scaled", True)
    assert kept.version == cut(fair=True).version


def test_order_and_repeats_change_nothing(new_bed: Any) -> None:
    program, beds = two_weeks(), [new_bed() for _ in range(3)]
    people = [IN_SYDNEY, IN_NEW_YORK]
    beds[0].play(program, *both(), people=people)
    beds[1].play(program, *reversed(both()), people=people, page_size=3)
    for change in both():
        beds[2].play(program, change, people=people)
    beds[2].play(program, *both(), people=people)
    assert [one.points() for one in beds] == [{ANNA: 70, BEN: 70}] * 3
    assert [progress(one) for one in beds] == [{ANNA: (10, True), BEN: (10, True)}] * 3


def test_who_moves_has_the_new_clock_from_when_it_is_told(bed: Bed) -> None:
    """Days that were counted by the old clock stay so, also when their changes are read again."""
    program = two_weeks()
    early, late = both()[:5], both()[5:10]
    bed.play(program, *early, people=[IN_SYDNEY], clock=lambda: datetime(2026, 2, 6, tzinfo=UTC))
    before = bed.points()
    moved = Person(ANNA, "Anna", "anna@example.com", timezone=NEW_YORK)
    bed.play(program, *early, people=[moved], clock=lambda: datetime(2026, 2, 6, 12, tzinfo=UTC))
    assert bed.points() == before
    bed.play(program, *late)
    # From then on half past nine in Sydney is the evening before: Sunday, and Monday to Thursday.
    assert progress(bed)[ANNA][0] == 9
    assert faults(bed, program) == []


def test_a_zone_that_is_told_late_holds_from_then_on(bed: Bed) -> None:
    """Nothing that was paid by the program's clock is paid once more when it is read again."""
    program = make_program(DONE | {"once_per": "day"}, timezone=NEW_YORK, starts="2026-01-26", weeks=4)
    changes = working_days(FIRST_IN_SYDNEY, ANNA, 5, 1)
    bed.play(program, *changes, people=[Person(ANNA, "Anna")])
    bed.play(program, *changes, people=[Person(ANNA, "Anna", timezone=SYDNEY)])
    assert bed.points() == {ANNA: 25}


def test_who_earned_before_being_told_of_is_not_paid_once_more(bed: Bed) -> None:
    program = make_program(DONE | {"once_per": "day"}, timezone=NEW_YORK, starts="2026-01-26", weeks=4)
    changes = working_days(FIRST_IN_SYDNEY, ANNA, 5, 1)
    bed.play(program, *changes)
    bed.play(program, *changes, people=[IN_SYDNEY])
    assert bed.points() == {ANNA: 25}


def test_limits_and_facts_go_by_the_person_s_day(any_bed: Bed) -> None:
    """Two tasks of one Sydney evening lie on two days of UTC."""
    evening = [datetime(2026, 2, 3, hour, tzinfo=UTC) for hour in (11, 12)]
    night = [datetime(2026, 2, 2, 23, tzinfo=UTC), datetime(2026, 2, 3, 1, tzinfo=UTC)]
    program = make_program(
        DONE | {"cap": {"awards": 1, "per": "day"}}, DONE | {"once_per": "day"}, starts="2026-02-02", weeks=2
    )
    changes = [done(at, ANNA, n) for n, at in enumerate([*night, *evening], start=1)]
    any_bed.play(program, *changes, people=[IN_SYDNEY], page_size=1)
    # All four are on Tuesday in Sydney: one award by each rule.
    assert any_bed.points() == {ANNA: 10}
    assert faults(any_bed, program) == []


def test_a_week_of_somebody_begins_on_their_own_monday(bed: Bed) -> None:
    program = make_program(
        DONE | {"challenge": "w"},
        challenges=[
            {"id": "w", "type": "recurring", "cadence": "weekly", "goal": {"count": "rules", "target": 5}},
        ],
        timezone=NEW_YORK, starts="2026-02-02", weeks=2,
    )  # fmt: skip
    bed.play(program, *both(), people=[IN_SYDNEY, IN_NEW_YORK])
    for week in ("week:2026-02-02", "week:2026-02-09"):
        assert progress(bed, "w", week) == {ANNA: (5, True), BEN: (5, True)}
    assert faults(bed, program) == []


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu", "America/St_Johns"])
def test_nobody_s_last_evening_is_late(bed: Bed, zone: str) -> None:
    """Without days of grace a program is over when its last day is, for everybody."""
    program = two_weeks(closing={"grace_days": 0})
    last_night = datetime.fromisoformat("2026-02-15T23:30:00")
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    at = last_night.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    people = [Person(ANNA, "Anna", timezone=zone), IN_NEW_YORK]
    bed.play(program, *working_days(FIRST_IN_NEW_YORK, BEN, 10, 101), people=people)
    ends = datetime(2026, 2, 16, 5, tzinfo=UTC)
    Manual(Engine(bed.store, [program], clock=lambda: max(at, ends - timedelta(hours=1)))).close_due()
    assert not [one for one in bed.store.closings("test") if one.period == "program" or one.kind == "challenge"]
    bed.play(program, done(at, ANNA, 1))
    closed = Manual(Engine(bed.store, [program], clock=lambda: ends + timedelta(hours=12))).close_due()
    assert {one.kind for one in closed} == {"board", "challenge"}
    assert bed.points()[ANNA] == 5
    assert faults(bed, program) == []


def test_a_sync_reads_the_zone_and_keeps_what_it_may_not_see() -> None:
    row = {"Id": ANNA, "Name": "Anna", "TimeZoneSidKey": SYDNEY}
    known = {ANNA: read_person(row)}
    assert known[ANNA].timezone == SYDNEY
    for told in ({}, {"TimeZoneSidKey": None}, {"TimeZoneSidKey": "Nowhere/Land"}):
        assert read_person({"Id": ANNA} | told, known).timezone == SYDNEY


def test_explain_gives_the_same_answer(bed: Bed) -> None:
    program = two_weeks()
    bed.play(program, *both(), people=[IN_SYDNEY, IN_NEW_YORK])
    (answer,) = explain_record(bed.store, [program], both()[0].id)
    assert (answer.verdict, answer.points, answer.counted_on) == ("paid", 5, (date(2026, 2, 2), SYDNEY))


# Working days.


def streak(first: str, days: list[str], zone: str, **time: Any) -> tuple[Program, list[Change]]:
    program = make_program(
        DONE | {"challenge": "s"},
        challenges=[{"id": "s", "type": "timebound", "goal": {"streak": "working day", "target": len(days)}}],
        starts=first,
        weeks=3,
        timezone=zone,
        working_time=time,
    )
    return program, [done(datetime.fromisoformat(f"{day}T03:00:00Z"), ANNA, n) for n, day in enumerate(days, start=1)]


BEFORE_NEW_YEAR = [f"2026-02-{day:02d}" for day in (9, 10, 11, 12, 13, 14, 24, 25)]


@pytest.mark.parametrize(
    "time",
    [
        {"holidays": {"country": "CN"}},
        {"days_off": [{"from": date(2026, 2, 15), "to": date(2026, 2, 23)}], "work_days": [date(2026, 2, 14)]},
    ],
    ids=["China", "a company"],
)
def test_a_saturday_on_which_people_work_counts(bed: Bed, time: dict[str, Any]) -> None:
    """14 February 2026 is worked in exchange for the long holiday: it counted for nothing."""
    program, changes = streak("2026-02-09", BEFORE_NEW_YEAR, "Asia/Shanghai", **time)
    bed.play(program, *changes)
    assert progress(bed) == {ANNA: (8, True)}


def test_days_off_and_half_days_of_a_company() -> None:
    off, half = date(2026, 12, 24), date(2026, 12, 31)
    days = WorkingDays(WorkingTime(days_off=(off,), half_days=(half,)))
    assert [days.is_working_day(one) for one in (off, half)] == [False, True]
    week = date(2026, 12, 28), date(2027, 1, 1)
    assert days.working_days(*week) == Fraction(9, 2)
    terms = PersonTerms.model_validate({"user": "x", "leave": [{"from": date(2026, 12, 30), "to": half, "half": True}]})
    # Half of a half day off is the whole of it.
    assert days.working_days(*week, terms) == Fraction(7, 2)
    assert [days.is_working_day(one, terms) for one in (date(2026, 12, 30), half)] == [True, False]


def test_the_words_of_the_company_s_days_load_and_are_written_again() -> None:
    program = make_program(
        working_time={"days_off": [date(2026, 12, 24), {"from": date(2026, 12, 28), "to": date(2026, 12, 31)}]},
        people=[
            {"user": "u1@example.com", "leave": [{"from": date(2026, 12, 22), "to": date(2026, 12, 22), "half": True}]}
        ],
        year_start="february",
        own_timezones=False,
    )
    assert load_program_text(dump_program(program), "again") == program


PARTS = "program: p\nname: P\nstarts: {starts}\nweeks: 2\nworking_time: {{holidays: {{country: {country}}}}}\n"
RULE = "rules: [{id: t, object: Task, trigger: create, points: 5}]\nleaderboards: [{id: team, name: Team}]\n"


@pytest.mark.parametrize(
    ("country", "starts", "told"),
    [
        ("GB", "2026-03-30", "ENG, NIR, WLS"),
        ("AU", "2026-06-01", "2026-06-01 in "),
        ("ES", "2026-03-30", "2026-04-02"),
        ("GB", "2026-02-02", None),
        ("US", "2026-03-30", None),
        ("FR", "2026-03-30", None),
        ("PL", "2026-03-30", None),
    ],
)
def test_a_country_whose_parts_have_the_holidays_asks_for_the_part(country: str, starts: str, told: str | None) -> None:
    found = check_program((PARTS.format(country=country, starts=starts) + RULE).encode(), name="p.yaml")[1]
    assert [one.code for one in found] == (["NV916"] if told else [])
    assert all(told is None or told in one.message for one in found)


# Business years, and periods that are cut.


def test_a_quarter_of_the_business_year(bed: Bed) -> None:
    program = make_program(
        DONE | {"challenge": "q"},
        challenges=[{"id": "q", "type": "recurring", "cadence": "quarterly", "goal": {"count": "rules", "target": 3}}],
        leaderboards=[{"id": "team", "period": "quarter"}],
        starts="2026-02-01",
        ends="2026-07-31",
        year_start="february",
    )
    days = [datetime(2026, month, 10, 15, tzinfo=UTC) for month in (2, 3, 4, 5)]
    bed.play(program, *(done(day, ANNA, n) for n, day in enumerate(days, start=1)))
    assert progress(bed, "q", "quarter:2026-02") == {ANNA: (3, True)}
    assert progress(bed, "q", "quarter:2026-05") == {ANNA: (1, False)}
    for period in ("quarter:2026-02", "quarter:2026-04-30"):
        assert [row.points for row in bed.board(period=period).rows] == [15]
    with pytest.raises(Exception, match="is not a day"):
        bed.board(period="quarter:2026-Q1")
    assert faults(bed, program) == []


def cut(**challenge: Any) -> Program:
    return make_program(
        DONE | {"challenge": "w"},
        challenges=[
            {"id": "w", "type": "recurring", "cadence": "weekly", "goal": {"count": "rules", "target": 5}} | challenge
        ],
        starts="2026-01-07",
        weeks=2,
        week_start="sunday",
    )


@pytest.mark.parametrize("challenge", [{"fair": True}, {"cut_periods": "scaled"}])
def test_a_week_that_the_dates_cut_asks_for_less(bed: Bed, challenge: dict[str, Any]) -> None:
    """Wednesday to Tuesday, weeks from Sunday: 3, 5 and 2 working days lie inside; 5 were asked for in each."""
    program = cut(**challenge)
    days = [datetime(2026, 1, day, 10, tzinfo=UTC) for day in (7, 8, 9, 12, 13, 14, 15, 16, 19, 20)]
    bed.play(program, *(done(day, ANNA, n) for n, day in enumerate(days, start=1)))
    rows = bed.store.progress_rows(RowFilter("test", challenge="w"))
    assert [(row.target // GOAL_UNIT, row.completed is not None) for row in rows] == [(3, True), (5, True), (2, True)]
    assert faults(bed, program) == []


def test_part_time_in_a_cut_week_is_a_part_of_the_part() -> None:
    program = cut(fair=True)
    days = WorkingDays(program.working_time)
    shares = [share_inside(program, program.challenges[0], days, f"week:2026-01-{day}") for day in ("04", "11", "18")]
    assert shares == [Fraction(3, 5), 1, Fraction(2, 5)]


def test_what_asks_for_as_much_in_a_cut_week_is_told() -> None:
    def told(program: Program) -> list[str]:
        found = check_program(dump_program(program).encode(), name="p.yaml")[1]
        return [one.code for one in found if one.code != "NV915"]

    assert told(cut()) == ["NV909", "NV917"]
    assert told(cut(cut_periods="whole")) == ["NV909"]


# Names of zones.


@pytest.mark.parametrize(
    ("name", "code", "meant"),
    [
        ("EST", "NV318", "America/New_York"),
        ("MST", "NV318", "America/Denver"),
        ("HST", "NV318", "Pacific/Honolulu"),
        ("Etc/GMT+5", "NV318", "America/New_York"),
        ("EST5EDT", "NV319", "America/New_York"),
        ("CET", "NV319", "Europe/Berlin"),
        ("US/Eastern", "NV319", "America/New_York"),
        ("Singapore", "NV319", "Asia/Singapore"),
        ("GB", "NV319", "Europe/London"),
        ("Zulu", "NV319", "UTC"),
        ("localtime", "NV317", "America/New_York"),
        ("Factory", "NV317", "America/New_York"),
        ("posix/Europe/Berlin", "NV317", "Europe/Berlin"),
        ("right/Europe/Berlin", "NV317", "Europe/Berlin"),
        ("PST", "NV304", "America/Los_Angeles"),
        ("Eastern Standard Time", "NV304", "America/New_York"),
        ("(GMT-05:00) Eastern Standard Time (America/New_York)", "NV304", "America/New_York"),
        ("GMT+1", "NV304", "summer time"),
        ("+05:30", "NV304", "summer time"),
        ("america/new_york", "NV304", "America/New_York"),
        ("New York", "NV304", "America/New_York"),
        ("America/New York", "NV304", "America/New_York"),
    ],
)
def test_a_zone_that_is_no_place_is_told_with_the_place(name: str, code: str, meant: str) -> None:
    text = f'program: p\nname: P\ntimezone: "{name}"\n{RULE}'
    person = f'program: p\nname: P\npeople: [{{user: a@x.example, timezone: "{name}"}}]\n{RULE}'
    for one in (text, person):
        (found,) = check_program(one.encode(), name="p.yaml")[1]
        assert found.code == code
        assert meant in f"{found.hint}"


@pytest.mark.parametrize("name", ["UTC", "GMT", "Etc/UTC", "America/Los_Angeles", "Asia/Calcutta", "Asia/Kathmandu"])
def test_places_and_utc_are_left_alone(name: str) -> None:
    assert check_program(f"program: p\nname: P\ntimezone: {name}\n{RULE}".encode(), name="p.yaml")[1] == []


def test_the_zone_of_the_machine_is_none_of_a_mapping(tmp_path: Any) -> None:
    path = tmp_path / "map.yaml"
    path.write_text("object: Task\ntimezone: localtime\n")
    with pytest.raises(Exception, match="`localtime` is not a time zone"):
        load_mapping(path)
