"""What a change does to the claims before it, and until when."""

import pytest

from novigem.model.claim import ClaimState, PendingClaim
from novigem.model.entry import Entry, EntryKind
from novigem.model.periods import DAY
from novigem.rules.state import Effect
from novigem.rules.timeline import feel, take_over
from novigem.testing import make_id

EARNED = 1_767_787_200_000_000
ENDING: tuple[Effect, ...] = ("ended", "deleted", "merged")
COMING_BACK: tuple[Effect, ...] = ("holds", "restored")


def claim(state: ClaimState, why: str = "") -> PendingClaim:
    user = make_id("005", 1)
    draft = Entry(
        key="fact", kind=EntryKind.RULE, user=user, points=10, program="test", version="1", occurred=EARNED, change=b"1"
    )
    return PendingClaim(draft, 0, follows=True, group=None, fact="fact", order=draft.order, state=state, why=why)


def after(one: PendingClaim, effect: Effect, at: int = EARNED + 1, within_days: int | None = None) -> tuple[str, str]:
    feel([one], effect, at, within_days=within_days, why=lambda: "it was lost")
    return one.state.value, one.why


@pytest.mark.parametrize("effect", ENDING)
def test_a_loss_puts_a_living_claim_to_sleep_and_says_why(effect: Effect) -> None:
    assert after(claim(ClaimState.ALIVE), effect) == ("dormant", "it was lost")


@pytest.mark.parametrize("effect", ENDING)
@pytest.mark.parametrize("state", [ClaimState.DORMANT, ClaimState.ENDED])
def test_a_loss_changes_nothing_of_what_was_lost_before(state: ClaimState, effect: Effect) -> None:
    assert after(claim(state, "lost earlier"), effect) == (state.value, "lost earlier")


@pytest.mark.parametrize("effect", ENDING)
def test_the_last_moment_of_the_days_ends_a_claim_and_the_next_one_does_not(effect: Effect) -> None:
    last = EARNED + 3 * DAY
    assert after(claim(ClaimState.ALIVE), effect, last, 3) == ("dormant", "it was lost")
    assert after(claim(ClaimState.ALIVE), effect, last + 1, 3) == ("alive", "")


def test_without_a_number_of_days_a_claim_may_end_at_any_time() -> None:
    assert after(claim(ClaimState.ALIVE), "ended", EARNED + 10_000 * DAY) == ("dormant", "it was lost")


@pytest.mark.parametrize("effect", COMING_BACK)
def test_what_comes_back_wakes_a_dormant_claim_and_forgets_why(effect: Effect) -> None:
    assert after(claim(ClaimState.DORMANT, "lost earlier"), effect) == ("alive", "")


@pytest.mark.parametrize("effect", COMING_BACK)
def test_what_comes_back_late_wakes_a_dormant_claim_too(effect: Effect) -> None:
    assert after(claim(ClaimState.DORMANT, "lost earlier"), effect, EARNED + 4 * DAY, 3) == ("alive", "")


@pytest.mark.parametrize("effect", COMING_BACK)
def test_what_comes_back_does_not_wake_a_claim_that_another_took_over(effect: Effect) -> None:
    assert after(claim(ClaimState.ENDED, "lost earlier"), effect) == ("ended", "lost earlier")


def test_a_new_claim_takes_over_what_was_lost_and_leaves_what_is_alive() -> None:
    claims = [claim(state) for state in ClaimState]
    take_over(claims)
    assert [one.state.value for one in claims] == ["alive", "ended", "ended"]
