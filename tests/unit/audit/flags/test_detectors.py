"""Each detector speaks at its threshold and not below it, and says who, what and why."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from novigem.audit.flags import DETECTORS, Finding, FlagSettings, Look, judge, look, read_thresholds
from novigem.engine.engine import Engine
from novigem.errors import InputError, UnknownName
from novigem.feed.source import Page
from novigem.ledger.memory.store import MemoryStore
from novigem.model.change import Change, to_micros
from novigem.model.people import Person
from novigem.testing import make_change, make_id, make_person, make_program

NOON = datetime(2026, 1, 7, 12, tzinfo=UTC)
NOW = datetime(2026, 3, 1, tzinfo=UTC)
ANN, BOB, ROBOT = 1, 2, 9
PEOPLE = [
    make_person(ANN, name="Ann", email="ann@example.com"),
    make_person(BOB, name="Bob", email="bob@example.com"),
    make_person(ROBOT, name="Sync", email="sync@example.com"),
]
DONE: dict[str, Any] = {"object": "Task", "trigger": "update", "points": 5}
PROGRAM = make_program(
    DONE | {"when": {"Status": {"isChanged": True, "equals": "Completed"}}},
    {"object": "Opportunity", "trigger": "create", "points": 10},
    starts="2026-01-05",
    weeks=6,
    participants={"exclude": ["sync@example.com"]},
)


def created(record: int, at: datetime, *, by: int = ANN, owner: int = ANN, **fields: Any) -> Change:
    return make_change(object="Task", record=record, at=at, owner=owner, by=by, Status="Open", **fields)


def done(record: int, at: datetime, *, by: int | None = ANN, owner: int = ANN, **fields: Any) -> Change:
    values: dict[str, Any] = {"Status": "Completed", "Subject": "Call"} | fields
    old = {"Status": "Open"}
    return make_change("update", object="Task", record=record, at=at, owner=owner, by=by, old=old, new=values)


def reopened(record: int, at: datetime, *, by: int = ANN) -> Change:
    values, old = {"Status": "Open"}, {"Status": "Completed"}
    return make_change("update", object="Task", record=record, at=at, owner=ANN, by=by, old=old, new=values)


def sold(record: int, at: datetime, account: int = 1, *, owner: int = ANN, by: int = ANN, amount: Any = 100) -> Change:
    return make_change(record=record, at=at, owner=owner, by=by, AccountId=make_id("001", account), Amount=amount)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def seen(changes: Iterable[Change], settings: FlagSettings | None = None, people: Sequence[Person] = PEOPLE) -> Look:
    store = MemoryStore()
    Engine(store, [PROGRAM]).apply(Page(tuple(changes), people=tuple(people)))
    return look(store, PROGRAM, settings=settings)


def found(changes: Iterable[Change], settings: FlagSettings | None = None) -> list[Finding]:
    return [flag.finding for flag in seen(changes, settings).flags]


def detectors(changes: Iterable[Change], settings: FlagSettings | None = None) -> list[str]:
    return [one.detector for one in found(changes, settings)]


def test_eight_awards_within_a_minute_are_a_burst_and_seven_are_not() -> None:
    assert detectors(done(n, NOON + seconds(7 * n)) for n in range(7)) == []
    (one,) = found(done(n, NOON + seconds(7 * n)) for n in range(8))
    assert (one.detector, one.user, one.points) == ("bulk-completion", make_id("005", ANN), 40)
    assert (len(one.entries), len(one.records)) == (8, 8)
    assert one.evidence == "8 awards within 49 seconds, on Wed 2026-01-07 12:00"


def test_eight_awards_over_more_than_a_minute_are_none() -> None:
    assert detectors(done(n, NOON + seconds(9 * n)) for n in range(8)) == []


@pytest.mark.parametrize(("last", "expected"), [(59, ["bulk-completion"]), (60, [])])
def test_the_eighth_award_a_whole_minute_after_the_first_makes_no_burst(last: int, expected: list[str]) -> None:
    starts = [*(7 * n for n in range(7)), last]
    assert detectors(done(n, NOON + seconds(at)) for n, at in enumerate(starts)) == expected


def test_an_award_a_whole_minute_after_a_burst_ends_it() -> None:
    burst = [done(n, NOON) for n in range(8)]
    (still,) = found([*burst, done(8, NOON + seconds(59))])
    (over,) = found([*burst, done(8, NOON + seconds(60))])
    assert (len(still.records), len(over.records)) == (9, 8)


def test_a_burst_is_one_flag_however_long_it_lasts_and_the_next_is_another() -> None:
    first = [done(n, NOON + seconds(3 * n)) for n in range(30)]
    second = [done(100 + n, NOON + timedelta(days=1)) for n in range(9)]
    assert sorted(len(one.records) for one in found(first + second)) == [9, 30]


def test_bursts_of_two_people_are_not_added_up() -> None:
    assert detectors(done(n, NOON, owner=ANN if n % 2 else BOB, by=ANN if n % 2 else BOB) for n in range(14)) == []


def test_a_burst_that_somebody_else_made_says_so() -> None:
    (one,) = found(done(n, NOON, by=BOB) for n in range(8))
    assert one.evidence.endswith("8 awards in one second, on Wed 2026-01-07 12:00; the edits were made by Bob")


def test_a_bulk_edit_of_software_is_no_burst_of_a_person() -> None:
    everybody = [done(n, NOON, by=ROBOT, owner=ANN if n % 2 else BOB) for n in range(40)]
    assert detectors(everybody) == []


def test_records_completed_as_soon_as_created_are_told_from_the_fourth_of_a_day_on() -> None:
    def day(count: int, wait: int) -> list[Change]:
        starts = [(n, NOON + timedelta(minutes=10 * n)) for n in range(count)]
        return [one for n, at in starts for one in (created(n, at), done(n, at + seconds(wait)))]

    assert detectors(day(3, 5)) == detectors(day(9, 16)) == []
    (one,) = found(day(4, 15))
    assert one.detector == "instant-completion"
    assert one.evidence == (
        "4 of 4 awards on Wed 2026-01-07 for records completed within 15 seconds of being created, from 12:00 on"
    )
    # Beside a full day of other work it is little.
    assert detectors([*day(4, 15), *_spread(5, 100)]) == []


def test_records_created_and_completed_in_the_same_second_are_seen_by_their_order_number() -> None:
    changes = []
    for n in range(6):
        at = NOON + timedelta(minutes=5 * n)
        changes += [created(n, at), done(n, at)]
    numbered = [make_numbered(one, place % 2) for place, one in enumerate(changes)]
    assert detectors(numbered) == ["instant-completion"]


def make_numbered(change: Change, seq: int) -> Change:
    return Change(change.object, change.id, change.kind, change.at, change.new, change.old, by=change.by, seq=seq)


def test_what_software_creates_and_completes_is_nobodys_haste() -> None:
    changes = []
    for n in range(6):
        at = NOON + timedelta(minutes=5 * n)
        changes += [created(n, at, by=ROBOT), done(n, at + seconds(3), by=ROBOT, owner=ANN if n % 2 else BOB)]
    assert detectors(changes) == []


def _spread(count: int, first: int = 1, **fields: Any) -> list[Change]:
    return [done(first + n, NOON + timedelta(minutes=7 * n), **fields) for n in range(count)]


def test_tasks_without_a_text_are_told_where_others_write_one() -> None:
    bob = _spread(40, 100, owner=BOB, by=BOB)
    (one,) = found([*_spread(9, Subject=None), *bob])
    assert (one.detector, one.user, one.points) == ("empty-subject", make_id("005", ANN), 45)
    assert one.evidence == "9 of 9 awards are for a task without subject and description; of all others' 0%"
    assert detectors([*_spread(4, Subject=None), *bob]) == []
    assert detectors([*_spread(9, Subject=" ", Description="They want a second team."), *bob]) == []


def test_a_team_that_writes_no_subjects_is_left_alone() -> None:
    assert detectors([*_spread(20, Subject=None), *_spread(20, 100, owner=BOB, by=BOB, Subject=None)]) == []


def test_a_subject_that_was_never_read_is_not_taken_for_an_empty_one() -> None:
    changes = [
        make_change(
            "update",
            object="Task",
            record=n,
            at=NOON + timedelta(minutes=7 * n),
            by=ANN,
            old={"Status": "Open"},
            Status="Completed",
        )
        for n in range(20)
    ]
    assert detectors([*changes, *_spread(40, 100, owner=BOB, by=BOB)]) == []


def test_a_record_opened_again_three_times_is_a_loop_and_twice_is_a_mistake() -> None:
    def loop(times: int, *, by: int = ANN) -> list[Change]:
        at = [NOON + timedelta(minutes=n) for n in range(2 * times + 1)]
        return [reopened(1, one, by=by) if n % 2 else done(1, one, by=by) for n, one in enumerate(at)]

    assert detectors(loop(2)) == []
    (one,) = found(loop(3))
    assert (one.detector, one.points, one.records) == ("toggle-loop", 5, (make_id("00T", 1),))
    assert one.evidence == (
        "one record was completed and opened again 3 times, from Wed 2026-01-07 12:01 to Wed 2026-01-07 12:05"
    )
    assert detectors(loop(5, by=ROBOT)) == []


def test_a_loop_on_a_record_that_earned_nothing_is_nobodys_gain() -> None:
    changes = [reopened(1, NOON + timedelta(minutes=n)) for n in range(5)]
    assert detectors(changes) == []


def _usual_deals() -> list[Change]:
    return [sold(100 + n, NOON + timedelta(hours=n), 50 + n, owner=BOB, by=BOB, amount=9000) for n in range(30)]


def test_five_small_deals_on_one_account_within_an_hour_are_a_split() -> None:
    small = [sold(n, NOON + timedelta(minutes=9 * n)) for n in range(5)]
    (one,) = found([*small, *_usual_deals()])
    assert (one.detector, one.points) == ("splitting", 50)
    assert one.evidence == (
        "5 records on one account within 36 minutes, on Wed 2026-01-07 12:00, of 100 each in the middle; "
        "usual here are at most 2"
    )
    assert detectors([*small[:4], *_usual_deals()]) == []


def test_deals_of_a_usual_size_or_on_several_accounts_or_over_hours_are_no_split() -> None:
    large = [sold(n, NOON + timedelta(minutes=5 * n), amount=9000) for n in range(6)]
    several = [sold(n, NOON + timedelta(minutes=5 * n), n) for n in range(6)]
    slow = [sold(n, NOON + timedelta(minutes=20 * n)) for n in range(6)]
    for changes in (large, several, slow):
        assert detectors([*changes, *_usual_deals()]) == []


def test_where_the_whole_team_enters_many_small_deals_nobody_is_flagged() -> None:
    team = [
        sold(1000 + 10 * group + n, NOON + timedelta(hours=2 * group, minutes=n), 50 + group, owner=BOB, by=BOB)
        for group in range(24)
        for n in range(6)
    ]
    mine = [sold(n, NOON + timedelta(minutes=n)) for n in range(6)]
    assert "splitting" not in detectors([*team, *mine], FlagSettings(bulk_awards=50))


def _day(number: int, count: int, *, who: int = ANN, first: int = 0, hour: int = 9) -> list[Change]:
    start = datetime(2026, 1, 5, hour, tzinfo=UTC) + timedelta(days=number)
    return [done(first + 100 * number + n, start + timedelta(minutes=9 * n), by=who, owner=who) for n in range(count)]


def _season(last_day: int, *, spike: int, usual: int = 1) -> list[Change]:
    days = [day for day in range(42) if day % 7 < 5 and day < last_day]
    ann = [one for day in days for one in _day(day, usual)]
    others = [
        one for who in (BOB, 3, 4) for day in [*days, last_day] for one in _day(day, 1, who=who, first=50_000 * who)
    ]
    return [*ann, *others, *_day(last_day, spike)]


@pytest.mark.parametrize("hours_later", [0, 50])
def test_a_rush_on_the_last_working_day_or_the_weekend_after_it_is_told(hours_later: int) -> None:
    changes = _season(39, spike=14)
    if hours_later:
        changes = [*_season(39, spike=1), *_day(41, 13)]
    (one,) = found(changes)
    assert (one.detector, one.user) == ("end-spike", make_id("005", ANN))
    # In so small a team, one person alone makes the Sunday a working day.
    awards = 13 if hours_later else 14
    assert one.evidence.startswith(f"{awards} awards on the last working day of the program, where 1.0 a day are usual")


def test_a_busy_day_within_the_season_or_a_busy_person_is_no_rush() -> None:
    assert detectors([*_season(39, spike=1), *_day(22, 14, first=7000)]) == []
    assert detectors(_season(39, spike=14, usual=9)) == []


def test_a_rush_is_not_looked_for_before_the_season_is_over() -> None:
    store = MemoryStore()
    Engine(store, [PROGRAM]).apply(Page(tuple(_season(39, spike=14)), people=tuple(PEOPLE)))
    end = PROGRAM.window.end
    assert [flag.finding.detector for flag in look(store, PROGRAM, until=end).flags] == ["end-spike"]
    assert look(store, PROGRAM, until=end - 1).flags == ()


def test_awards_that_software_makes_for_one_person_are_told() -> None:
    bob = _spread(40, 100, owner=BOB, by=BOB)
    (one,) = found([*_spread(9, by=ROBOT), *bob])
    assert (one.detector, one.user) == ("integration-user", make_id("005", ANN))
    assert one.evidence == "9 of 9 awards come from edits that software made, not a person; of all others' 0%"
    # Somebody unknown may be anybody, and software that works for everybody is how this org works.
    assert detectors([*_spread(9, by=None), *bob]) == []
    assert detectors([*_spread(9, by=ROBOT), *_spread(40, 100, owner=BOB, by=ROBOT)]) == []


def test_a_login_called_integration_is_software_though_nobody_excluded_it() -> None:
    called = make_person(7, name="Warehouse Integration")
    changes = [*_spread(9, by=7), *_spread(40, 100, owner=BOB, by=BOB)]
    assert [one.finding.detector for one in seen(changes, people=[*PEOPLE, called]).flags] == ["integration-user"]


def test_the_most_serious_comes_first_and_nothing_is_written() -> None:
    store = MemoryStore()
    small = [done(n, NOON + seconds(n)) for n in range(9)]
    large = [done(100 + n, NOON + timedelta(days=1, seconds=n / 2), owner=BOB, by=BOB) for n in range(40)]
    Engine(store, [PROGRAM]).apply(Page((*small, *large), people=tuple(PEOPLE)))
    before = list(store.entries())
    first, second = look(store, PROGRAM).flags
    assert first.finding.severity > second.finding.severity
    assert first.finding.user == make_id("005", BOB)
    assert [one.finding for one in look(store, PROGRAM, user=make_id("005", ANN)).flags] == [second.finding]
    assert (list(store.entries()), store.judgements("test")) == (before, [])


def test_an_award_that_was_taken_back_is_no_evidence() -> None:
    store = MemoryStore()
    engine = Engine(store, [PROGRAM])
    engine.apply(Page(tuple(done(n, NOON + seconds(n)) for n in range(8)), people=tuple(PEOPLE)))
    # An earlier change of one of the facts turns up: its award moves out of the minute.
    engine.apply([done(3, NOON - timedelta(hours=5))])
    assert look(store, PROGRAM).flags == ()


def test_a_look_has_its_bounds() -> None:
    changes = [done(n, NOON + seconds(n)) for n in range(8)]
    store = MemoryStore()
    Engine(store, [PROGRAM]).apply(Page(tuple(changes), people=tuple(PEOPLE)))
    assert look(store, PROGRAM, since=to_micros(NOON) + 1).flags == ()
    assert look(store, PROGRAM, until=to_micros(NOON) + 7_000_000).awards == 7
    whole = look(store, PROGRAM, since=to_micros(NOON), until=to_micros(NOON) + 7_000_001)
    assert (len(whole.flags), whole.changes, whole.awards, whole.people) == (1, 8, 8, 1)


def test_a_flag_keeps_its_name_and_what_was_decided_about_it() -> None:
    store = MemoryStore()
    engine = Engine(store, [PROGRAM])
    engine.apply(Page(tuple(done(n, NOON + seconds(n)) for n in range(8)), people=tuple(PEOPLE)))
    first = look(store, PROGRAM)
    name = first.flags[0].finding.id
    (made,) = judge(store, first, [name[:4]], "dismissed", reason=" a list view ", author="Dana", now=NOW)
    assert (made.flag, made.reason, made.judged) == (name, "a list view", to_micros(NOW))
    engine.apply([done(50, NOON + timedelta(days=3))])
    assert [(flag.finding.id, flag.judgement) for flag in look(store, PROGRAM).flags] == [(name, made)]
    # New evidence is a new question.
    engine.apply([done(51, NOON + seconds(8))])
    (again,) = look(store, PROGRAM).flags
    assert again.finding.id != name
    assert again.judgement is None


def test_a_judged_share_is_shown_again_when_there_is_twice_as_much() -> None:
    bob = _spread(60, 1000, owner=BOB, by=BOB)
    names = [found([*_spread(count, Subject=None), *bob])[0].id for count in (6, 9, 12)]
    assert names[0] == names[1] != names[2]


@pytest.mark.parametrize(("reason", "author"), [("", "Dana"), ("  ", "Dana"), ("why", None), ("why", " ")])
def test_a_decision_needs_a_reason_and_a_name(reason: str, author: str | None) -> None:
    look_at = seen(done(n, NOON + seconds(n)) for n in range(8))
    with pytest.raises(InputError, match="needs a reason and who"):
        judge(MemoryStore(), look_at, [look_at.flags[0].finding.id], "dismissed", reason=reason, author=author, now=NOW)


def test_a_decision_about_an_unknown_flag_keeps_none_of_the_others() -> None:
    store = MemoryStore()
    look_at = seen(done(n, NOON + seconds(n)) for n in range(8))
    names = [look_at.flags[0].finding.id, "nothing"]
    with pytest.raises(UnknownName, match="no flag 'nothing'"):
        judge(store, look_at, names, "confirmed", reason="why", author="Dana", now=NOW)
    with pytest.raises(UnknownName, match="no flag ''"):
        judge(store, look_at, [""], "confirmed", reason="why", author="Dana", now=NOW)
    assert store.judgements("test") == []


def test_thresholds_are_read_and_refused() -> None:
    assert read_thresholds(["bulk_awards=3", "empty_share=0.5"]) == FlagSettings(bulk_awards=3, empty_share=0.5)
    assert detectors((done(n, NOON + seconds(n)) for n in range(3)), FlagSettings(bulk_awards=3)) == ["bulk-completion"]
    for given, told in {
        "bulk_awards": "is not a threshold",
        "bulk=3": "no threshold 'bulk'",
        "bulk_awards=many": "bulk_awards is 'many'",
        "bulk_awards=0": "bulk_awards is 0",
        "empty_share=1.5": "empty_share is 1.5",
        "alarm_chance=nan": "alarm_chance is nan",
    }.items():
        with pytest.raises(InputError, match=told):
            read_thresholds([given])


def test_every_threshold_belongs_to_a_detector_and_every_detector_has_words() -> None:
    named = {name for one in DETECTORS for name in one.thresholds}
    assert named | {"alarm_chance"} == set(FlagSettings.__dataclass_fields__)
    assert all(one.title and one.looks_at and one.innocent for one in DETECTORS)
    assert len({one.id for one in DETECTORS}) == len(DETECTORS)
