"""Limits: until when a pause lasts, whom it holds back, and what a limit per account counts."""

from typing import Any

import msgspec
import pytest

from novigem.model.claim import PendingClaim
from novigem.model.entry import Entry, EntryKind
from novigem.model.people import Block
from novigem.model.periods import HOUR
from novigem.model.program import ALWAYS_END
from novigem.rules.limits import Limits, capped_together
from novigem.testing import make_id, make_program

NOON = 1_767_787_200_000_000  # 2026-01-07T12:00:00Z
ANN = make_id("005", 1)
ACME, GLOBEX = make_id("001", 1), make_id("001", 2)


def award(at: int, change: bytes | None = None, account: str = ACME, key: str = "") -> PendingClaim:
    """Give a claim that wins; each comes of a change of its own unless one is named."""
    draft = Entry(
        key=key or f"fact-{at}",
        kind=EntryKind.RULE,
        user=ANN,
        points=10,
        program="test",
        version="1",
        rule="rule-1",
        account=account,
        occurred=at,
        change=change or str(at).encode(),
    )
    return PendingClaim(draft, 0, follows=False, group="rule-1", fact=draft.key, order=draft.order, wins=True)


def limits(**rule: Any) -> Limits:
    program = make_program(rule)
    return Limits(program, program.rules, {})


def paid(limited: Limits, *awards: PendingClaim) -> list[tuple[int, str]]:
    limited.pay(awards, 0)
    return [(one.paid, one.why) for one in awards]


def test_an_award_at_the_end_of_a_pause_is_paid_and_one_a_moment_before_is_not() -> None:
    pause = limits(cooldown={"hours": 2})
    assert paid(pause, award(NOON), award(NOON + 2 * HOUR - 1)) == [(10, ""), (0, Block.COOLDOWN)]
    assert paid(pause, award(NOON), award(NOON + 2 * HOUR)) == [(10, ""), (10, "")]


def test_a_pause_begins_with_what_was_paid_last_and_not_with_what_it_held_back() -> None:
    awards = [award(NOON + hours * HOUR) for hours in (0, 1, 2, 3, 4)]
    assert [points for points, _why in paid(limits(cooldown={"hours": 2}), *awards)] == [10, 0, 10, 0, 10]


def test_nothing_holds_back_the_first_award_however_early_it_is() -> None:
    assert paid(limits(cooldown={"hours": 2}), award(HOUR)) == [(10, "")]


@pytest.mark.parametrize("limit", [{"cooldown": {"hours": 2}}, {"per_account": {"awards": 1}}])
def test_the_parts_of_one_award_do_not_hold_each_other_back(limit: dict[str, Any]) -> None:
    parts = [award(NOON, b"change", key=f"fact/part-{number}") for number in (1, 2)]
    assert paid(limits(**limit), *parts) == [(10, ""), (10, "")]


def test_the_parts_of_one_award_count_once() -> None:
    parts = [award(NOON, b"change", key=f"fact/part-{number}") for number in (1, 2)]
    counted = paid(limits(per_account={"awards": 2}), *parts, award(NOON + 1), award(NOON + 2))
    assert [points for points, _why in counted] == [10, 10, 10, 0]


def test_a_pause_per_account_leaves_other_accounts_alone_and_one_per_user_does_not() -> None:
    def both(per: str) -> list[int]:
        awards = (award(NOON), award(NOON + HOUR, account=GLOBEX))
        return [points for points, _why in paid(limits(cooldown={"hours": 2, "per": per}), *awards)]

    assert (both("account"), both("user")) == ([10, 10], [10, 0])


def test_without_a_pause_awards_may_follow_each_other_at_once() -> None:
    counted = limits(per_account={"awards": 2, "per": "program"})
    awards = [award(NOON + moment) for moment in (0, 1, 2)]
    assert paid(counted, *awards) == [(10, ""), (10, ""), (0, Block.ACCOUNT_LIMIT)]


def test_a_pause_reaches_from_its_length_before_a_claim_to_the_end_of_time() -> None:
    assert limits(cooldown={"hours": 2}).reach(NOON, NOON) == (NOON - 2 * HOUR, ALWAYS_END)


def test_a_cap_in_awards_pays_each_whole_or_not_at_all_and_counts_parts_once() -> None:
    parts = [award(NOON, b"change", key=f"fact/part-{number}") for number in (1, 2)]
    counted = paid(limits(cap={"awards": 2}), *parts, award(NOON + 1), award(NOON + 2))
    assert counted == [(10, ""), (10, ""), (10, ""), (0, Block.CAP)]


def test_a_cap_in_awards_begins_anew_with_its_period() -> None:
    counted = paid(limits(cap={"awards": 1, "per": "day"}), award(NOON), award(NOON + HOUR), award(NOON + 24 * HOUR))
    assert [points for points, _why in counted] == [10, 0, 10]


def test_the_cap_of_a_challenge_in_awards_counts_two_rules_on_one_change_as_two() -> None:
    program = make_program({"challenge": "c"}, {"challenge": "c"}, challenges=[{"id": "c", "cap": {"awards": 1}}])
    both = [award(NOON, b"change", key=f"fact-{number}") for number in (1, 2)]
    both[1].draft = msgspec.structs.replace(both[1].draft, rule="rule-2")
    limited = Limits(program, program.rules, capped_together(program, program.rules[0]))
    assert paid(limited, *both) == [(10, ""), (0, Block.CAP)]
