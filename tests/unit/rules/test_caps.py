"""Caps and counts per account: paid to the last point, in the period of the moment, and never below nothing."""

from typing import Any

from novigem.model.claim import PendingClaim
from novigem.model.entry import Entry, EntryKind
from novigem.model.people import Block
from novigem.model.periods import DAY, HOUR
from novigem.model.program import ALWAYS_END, ALWAYS_START, Cap
from novigem.rules.limits import Limits
from novigem.testing import make_id, make_program

MIDNIGHT = 1_767_744_000_000_000  # 2026-01-07T00:00:00Z, a Wednesday
ANN, ACME, GLOBEX = make_id("005", 1), make_id("001", 1), make_id("001", 2)


def award(at: int, points: int = 10, rule: str = "rule-1", account: str | None = ACME) -> PendingClaim:
    draft = Entry(
        key=f"{rule}-{at}",
        kind=EntryKind.RULE,
        user=ANN,
        points=points,
        program="test",
        version="1",
        rule=rule,
        account=account,
        occurred=at,
        change=str(at).encode(),
    )
    return PendingClaim(draft, 0, follows=False, group=rule, fact=draft.key, order=draft.order, wins=True)


def limits(*rules: Any, cap: dict[str, Any] | None = None) -> Limits:
    if cap is None:
        program = make_program(*rules)
        return Limits(program, program.rules, {})
    program = make_program(*({"challenge": "c", **one} for one in rules), challenges=[{"id": "c", "cap": cap}])
    return Limits(program, program.rules, {"c": Cap(**cap)})


def paid(limited: Limits, *awards: PendingClaim, first: int = 0) -> list[tuple[int, str]]:
    limited.pay(awards, first)
    return [(one.paid, one.why) for one in awards]


def test_an_award_that_crosses_the_cap_is_paid_in_part_and_one_that_meets_it_in_full() -> None:
    capped = limits({"cap": {"points": 25, "per": "day"}})
    rows = paid(capped, *(award(MIDNIGHT + n) for n in range(4)))
    assert rows == [(10, ""), (10, ""), (5, Block.CAP), (0, Block.CAP)]
    assert paid(limits({"cap": {"points": 20}}), award(1), award(2)) == [(10, ""), (10, "")]


def test_a_cap_of_a_day_begins_anew_at_midnight() -> None:
    capped = limits({"cap": {"points": 10, "per": "day"}})
    rows = paid(capped, award(MIDNIGHT - 1), award(MIDNIGHT), award(MIDNIGHT + DAY - 1), award(MIDNIGHT + DAY))
    assert [points for points, _why in rows] == [10, 10, 0, 10]


def test_a_rule_with_a_cap_of_its_own_inside_a_capped_challenge_meets_both() -> None:
    both = limits({"cap": {"points": 15}}, {}, cap={"points": 30, "per": "program"})
    rows = paid(both, award(1), award(2), award(3, rule="rule-2"), award(4, rule="rule-2"))
    assert rows == [(10, ""), (5, Block.CAP), (10, ""), (5, Block.CAP)]


def test_so_many_awards_of_one_account_count_and_no_more_and_without_an_account_they_count_together() -> None:
    counted = limits({"per_account": {"awards": 2, "per": "program"}})
    rows = paid(counted, award(1), award(2), award(3, account=GLOBEX), award(4), award(5, account=GLOBEX))
    assert [points for points, _why in rows] == [10, 10, 10, 0, 10]
    assert rows[3][1] == Block.ACCOUNT_LIMIT
    rows = paid(counted, award(1, account=None), award(2, account=None), award(3, account=None))
    assert [points for points, _why in rows] == [10, 10, 0]


def test_what_stands_before_the_first_moment_is_paid_as_it_was_and_takes_its_room() -> None:
    capped = limits({"cap": {"points": 25}})
    before, again, at = award(1), award(2), award(3)
    before.paid, again.paid = 10, 0
    assert paid(capped, before, again, at, first=3) == [(10, ""), (0, ""), (10, "")]
    before.paid = 20
    assert paid(capped, before, at, first=3) == [(20, ""), (5, Block.CAP)]


def test_awards_are_gone_through_in_event_time_whatever_their_order() -> None:
    capped = limits({"cap": {"points": 15}})
    late, early = award(9), award(1)
    assert paid(capped, late, early) == [(5, Block.CAP), (10, "")]


def test_another_rule_than_those_that_share_a_limit_is_left_alone() -> None:
    stranger = award(1, rule="other")
    stranger.paid = 7
    assert paid(limits({"cap": {"points": 5}}), stranger, award(2)) == [(7, ""), (5, Block.CAP)]


def test_a_change_reaches_as_far_as_the_longest_period_that_limits_ask_for() -> None:
    day = limits({"cap": {"points": 5, "per": "day"}})
    assert day.reach(MIDNIGHT, MIDNIGHT + HOUR) == (MIDNIGHT, MIDNIGHT + DAY)
    assert day.reach(MIDNIGHT - 1, MIDNIGHT) == (MIDNIGHT - DAY, MIDNIGHT + DAY)
    week = limits({"cap": {"points": 5, "per": "day"}, "per_account": {"awards": 1, "per": "week"}})
    assert week.reach(MIDNIGHT, MIDNIGHT) == (MIDNIGHT - 2 * DAY, MIDNIGHT + 5 * DAY)
    whole = limits({}, cap={"points": 5, "per": "program"})
    assert whole.reach(MIDNIGHT, MIDNIGHT) == (ALWAYS_START, ALWAYS_END)
    assert limits({}).reach(3, 7) == (3, 8)
    assert limits({"cooldown": {"hours": 2}}, {"cooldown": {"hours": 3}}).reach(MIDNIGHT, MIDNIGHT)[0] == (
        MIDNIGHT - 3 * HOUR
    )
