"""One record and one rule through time: what each change does to what had been claimed before it.

A claim ends when the record loses what it was paid for. It comes back when the record has it again, except where a new
claim of the same record has taken its place.
"""

from collections.abc import Callable, Iterable

from novigem.model.claim import ClaimState, PendingClaim
from novigem.model.periods import DAY
from novigem.rules.state import Effect

_ENDS = ("ended", "deleted", "merged")


def take_over(before: Iterable[PendingClaim]) -> None:
    """Let what was lost stay lost: a new claim of the record takes its place."""
    for pending in before:
        if pending.state is ClaimState.DORMANT:
            pending.state = ClaimState.ENDED


def feel(
    before: Iterable[PendingClaim], effect: Effect, at: int, *, within_days: int | None, why: Callable[[], str]
) -> None:
    """Let a change at a moment (microseconds since 1970 UTC) do its effect to the claims before it.

    Once `within_days` are over, nothing ends a claim any more. `why` says in words what ended; it is seldom asked.
    """
    if effect in _ENDS:
        for pending in before:
            is_too_late = within_days is not None and at > pending.draft.occurred + within_days * DAY
            if pending.state is ClaimState.ALIVE and not is_too_late:
                pending.state, pending.why = ClaimState.DORMANT, why()
    else:
        for pending in before:
            if pending.state is ClaimState.DORMANT:
                pending.state, pending.why = ClaimState.ALIVE, ""


def choose_winner(pending_claims: list[PendingClaim]) -> None:
    """Let the earliest change of a fact that is still alive win, and be worth its full points where nothing limits it.

    `pending_claims` are all claims to one fact. All parts of the winning change win.
    """
    alive = [pending for pending in pending_claims if pending.state is ClaimState.ALIVE]
    first = min(alive, key=lambda one: one.order).draft.change if len(alive) > 1 else None
    for pending in pending_claims:
        pending.wins = pending.state is ClaimState.ALIVE and (len(alive) == 1 or pending.draft.change == first)
        if not pending.wins:
            pending.paid = 0
        elif pending.group is None:
            pending.paid = pending.draft.points
