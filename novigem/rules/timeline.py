"""One record and one rule through time: what each change does to what had been claimed before it.

A claim ends when the record loses what it was paid for. It comes back when the record has it again, except where a new
claim of the same record has taken its place.
"""

from collections.abc import Callable, Iterable

from novigem.model.claim import Case, ClaimState
from novigem.rules.state import Effect

MICROS_A_DAY = 86_400_000_000
_ENDS = ("ended", "deleted", "merged")


def take_over(before: Iterable[Case]) -> None:
    """Let what was lost stay lost: a new claim of the record takes its place."""
    for case in before:
        if case.state is ClaimState.DORMANT:
            case.state = ClaimState.ENDED


def feel(before: Iterable[Case], effect: Effect, at: int, *, within_days: int | None, why: Callable[[], str]) -> None:
    """Let a change at a moment (microseconds since 1970 UTC) do its effect to the claims before it.

    Once `within_days` are over, nothing ends a claim any more. `why` says in words what ended; it is seldom asked.
    """
    if effect in _ENDS:
        for case in before:
            is_too_late = within_days is not None and at > case.draft.occurred + within_days * MICROS_A_DAY
            if case.state is ClaimState.ALIVE and not is_too_late:
                case.state, case.why = ClaimState.DORMANT, why()
    else:
        for case in before:
            if case.state is ClaimState.DORMANT:
                case.state, case.why = ClaimState.ALIVE, ""


def choose_winner(cases: list[Case]) -> None:
    """Let the earliest change of a fact that is still alive win, and be worth its full points where nothing limits it.

    `cases` are all claims to one fact. All parts of the winning change win.
    """
    alive = [case for case in cases if case.state is ClaimState.ALIVE]
    first = min(alive, key=lambda one: one.order).draft.change if len(alive) > 1 else None
    for case in cases:
        case.wins = case.state is ClaimState.ALIVE and (len(alive) == 1 or case.draft.change == first)
        if not case.wins:
            case.paid = 0
        elif case.group is None:
            case.paid = case.draft.points
