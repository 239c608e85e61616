"""From a rule that holds to what it pays: shares to the last point, hand-overs to the microsecond, facts to the day."""

from datetime import UTC, datetime

import pytest

from novigem.engine.awards import draft_entries, limit_group, plan_rules
from novigem.engine.former_owners import former_owners, handed_over_since
from novigem.engine.versions import DatedVersion
from novigem.model.change import Change, change_body, change_digest, to_micros
from novigem.model.entry import GOAL_UNIT, Entry
from novigem.model.people import Block
from novigem.model.periods import DAY
from novigem.rules.operators import DEFAULT_REGISTRY
from novigem.testing import make_change, make_id, make_program

ANN, BEN, CID = (make_id("005", n) for n in (1, 2, 3))
QUEUE = make_id("00G", 1)
AT = to_micros(datetime(2026, 1, 20, tzinfo=UTC))


def drafted(change: Change, former: str | None = None, at: int | None = None, **keys: object) -> list[Entry | Block]:
    rule = {name: keys.pop(name) for name in list(keys) if name not in ("challenges", "starts", "ends")}
    (plan,) = plan_rules([DatedVersion(make_program(rule, **keys))], DEFAULT_REGISTRY)
    moment = to_micros(change.at) if at is None else at
    return list(draft_entries(plan, change, change_digest(change_body(change)), moment, former=former))


def paid(entries: list[Entry | Block]) -> list[tuple[str, str, int]]:
    return [(one.key.rpartition("/")[2], one.user, one.points) for one in entries if isinstance(one, Entry)]


@pytest.mark.parametrize(
    ("points", "shares"),
    [(10, [5, 5]), (7, [3, 4]), (1, [1]), (2, [1, 1])],
)
def test_what_is_rounded_off_one_part_goes_to_the_next_and_nothing_is_lost(points: int, shares: list[int]) -> None:
    share = [{"to": "Record Owner", "percent": 50}, {"to": "Created By", "percent": 50}]
    found = paid(drafted(make_change(owner=1, CreatedById=BEN), points=points, share=share))
    assert [one[2] for one in found] == shares
    assert sum(shares) == points


def test_three_uneven_parts_come_to_the_points_of_the_rule() -> None:
    share = [{"to": "Record Owner", "percent": 33}, {"to": "Created By", "percent": 33}]
    share.append({"to": "Coach__c", "percent": 34})
    found = paid(drafted(make_change(owner=1, CreatedById=BEN, Coach__c=CID), points=10, share=share))
    assert found == [("part-1", ANN, 3), ("part-2", BEN, 3), ("part-3", CID, 4)]


def test_a_former_owner_keeps_a_part_and_the_others_share_the_rest() -> None:
    change = make_change(owner=1, CreatedById=CID)
    term = {"within_days": 14, "percent": 50}
    alone = paid(drafted(change, BEN, points=9, former_owner=term))
    assert alone == [("former", BEN, 4), (change.id, ANN, 5)]
    share = [{"to": "Record Owner", "percent": 50}, {"to": "Created By", "percent": 50}]
    both = paid(drafted(change, BEN, points=9, former_owner=term, share=share))
    assert both == [("former", BEN, 4), ("part-1", ANN, 2), ("part-2", CID, 3)]
    assert paid(drafted(change, None, points=9, former_owner=term)) == [(change.id, ANN, 9)]


def test_a_part_of_a_sum_is_that_share_of_the_goal() -> None:
    share = [{"to": "Record Owner", "percent": 25}, {"to": "Created By", "percent": 75}]
    change = make_change(owner=1, CreatedById=BEN, Amount=10)
    challenges = [{"goal": {"sum": "Amount", "target": 100}}]
    found = drafted(change, share=share, challenge="challenge-1", challenges=challenges)
    assert [one.goal_value for one in found if isinstance(one, Entry)] == [10 * GOAL_UNIT // 4, 30 * GOAL_UNIT // 4]


def test_nobody_and_a_queue_earn_nothing_and_each_says_so() -> None:
    assert drafted(make_change(owner=None)) == [Block.NO_RECIPIENT]
    assert drafted(make_change(owner=QUEUE)) == [Block.QUEUE]


@pytest.mark.parametrize(
    ("once_per", "fact"),
    [
        ("record", make_id("006", 1)),
        ("record and user", f"{make_id('006', 1)}/{ANN}"),
        ("account", make_id("001", 1)),
        ("account and week", f"{make_id('001', 1)}/week:2026-01-12"),
        ("day", f"{ANN}/2026-01-18"),
    ],
)
def test_a_fact_is_named_by_what_it_pays_once_for_in_the_programs_zone(once_per: str, fact: str) -> None:
    # Late on a Sunday in New York, and Monday in UTC already.
    change = make_change(owner=1, at="2026-01-19T04:59:59Z", AccountId=make_id("001", 1))
    program = make_program({"once_per": once_per}, timezone="America/New_York")
    (plan,) = plan_rules([DatedVersion(program)], DEFAULT_REGISTRY)
    (entry,) = draft_entries(plan, change, b"digest", to_micros(change.at))
    assert isinstance(entry, Entry)
    assert entry.key == f"test/rule-1/{fact}"


def test_without_an_account_nothing_is_paid_once_per_account() -> None:
    assert drafted(make_change(owner=1), once_per="account") == [Block.NO_SCOPE_VALUE]
    assert drafted(make_change(owner=1, AccountId="none"), once_per="account") == [Block.NO_SCOPE_VALUE]


def test_a_version_scores_from_its_first_moment_to_before_its_last() -> None:
    (plan,) = plan_rules([DatedVersion(make_program(), 10, 20)], DEFAULT_REGISTRY)
    assert [plan.is_in_force(at) for at in (9, 10, 19, 20)] == [False, True, True, False]


def handed(before: str, after: str, at: int) -> tuple[int, Change]:
    return at, make_change("update", owner=after, old={"OwnerId": before})


def former(*history: tuple[int, Change], days: int = 14) -> str | None:
    rule = make_program({"former_owner": {"within_days": days}}).rules[0]
    return next(iter(former_owners(rule, history, AT)), None)


def test_a_hand_over_counts_for_exactly_so_many_days() -> None:
    rule = make_program({"former_owner": {"within_days": 14}}).rules[0]
    assert rule.former_owner is not None
    since = handed_over_since(rule.former_owner, AT)
    assert since == AT - 14 * DAY
    assert former(handed(ANN, BEN, since)) == ANN
    assert former(handed(ANN, BEN, since - 1)) is None
    assert former() is None


def test_the_last_one_who_left_counts_and_who_owns_it_again_has_not_left() -> None:
    assert former(handed(ANN, BEN, AT - 9), handed(BEN, CID, AT - 5)) == BEN
    assert former(handed(ANN, BEN, AT - 9), handed(BEN, ANN, AT - 5)) == BEN
    assert former(handed(ANN, QUEUE, AT - 9), handed(QUEUE, ANN, AT - 5)) is None
    # A queue in between is nobody, and no owner is told of where another field was edited.
    assert former(handed(ANN, QUEUE, AT - 9), handed(QUEUE, BEN, AT - 5)) == ANN
    assert former((AT - 9, make_change("update", owner=None, old={"Name": "x"}, Name="y"))) is None
    assert former(handed(ANN[:15], BEN, AT - 9)) == ANN
    assert former(handed(ANN, ANN, AT - 9)) is None


def test_an_account_is_its_own_and_every_other_record_names_it() -> None:
    entries = [
        *drafted(make_change(object="Account", record=1, owner=1), object="Account"),
        *drafted(make_change(owner=1, AccountId=make_id("001", 2)[:15])),
        *drafted(make_change(owner=1, AccountId=5)),
    ]
    assert [getattr(one, "account", None) for one in entries] == [make_id("001", 1), make_id("001", 2), None]


def test_a_thing_that_counts_once_is_helped_whole_by_each_part() -> None:
    share = [{"to": "Record Owner", "percent": 50}, {"to": "Created By", "percent": 50}]
    change = make_change(owner=1, CreatedById=BEN, AccountId=make_id("001", 1))
    goal: dict[str, object] = {"distinct": "AccountId", "target": 2}
    found = drafted(change, share=share, challenge="challenge-1", challenges=[{"goal": goal}])
    told = [(one.goal_value, one.goal_item) for one in found if isinstance(one, Entry)]
    assert told == [(GOAL_UNIT, make_id("001", 1))] * 2


def test_a_streak_counts_the_day_of_the_programs_zone() -> None:
    program = make_program(
        {"challenge": "challenge-1"},
        challenges=[{"goal": {"streak": "working day", "target": 2}}],
        timezone="America/New_York",
    )
    (plan,) = plan_rules([DatedVersion(program)], DEFAULT_REGISTRY)
    change = make_change(owner=1, at="2026-01-08T04:59:59Z")
    (entry,) = draft_entries(plan, change, b"digest", to_micros(change.at))
    assert isinstance(entry, Entry)
    assert entry.goal_item == "day:2026-01-07"


def groups(*rules: dict[str, object], **keys: object) -> list[str | None]:
    program = make_program(*rules, **keys)
    return [limit_group(program, rule) for rule in program.rules]


def test_a_limit_is_counted_by_rule_or_by_capped_challenge_and_another_limit_begins_anew() -> None:
    capped: list[dict[str, object]] = [{"cap": {"points": 50, "per": "day"}}]
    in_challenge: dict[str, object] = {"challenge": "challenge-1"}
    together = groups(in_challenge, in_challenge, {}, challenges=capped)
    # What a database keeps of claims is found again under these names.
    assert together == ["test/challenge/challenge-1/bb782049", "test/challenge/challenge-1/bb782049", None]
    assert groups({"cap": {"points": 5}}) == ["test/rule/rule-1/e2b8c72f"]
    others = [
        groups({"cap": {"points": 6}}),
        groups({"cooldown": {"hours": 2}}),
        groups({"per_account": {"awards": 2, "per": "week"}}),
        groups({"cap": {"points": 5}, "cooldown": {"hours": 2}}),
        groups({"cap": {"points": 5, "per": "week"}}),
    ]
    assert len({str(one) for one in [*others, groups({"cap": {"points": 5}})]}) == 6


def test_versions_of_a_rule_remember_together_where_one_of_them_does() -> None:
    plain = make_program({}, {})
    limited = make_program({"cap": {"points": 5}}, {})
    plans = plan_rules([DatedVersion(plain, end=10), DatedVersion(limited, 10)], DEFAULT_REGISTRY)
    assert [(one.rule.id, one.remembers, one.beside) for one in plans] == [
        ("rule-1", True, True),
        ("rule-2", False, False),
        ("rule-1", True, True),
        ("rule-2", False, False),
    ]
