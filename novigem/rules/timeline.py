"""One record and one rule through time: what each change did to what had been claimed before it. Pure."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from novigem.model.claim import Claim, ClaimState
from novigem.rules.state import Effect

MICROS_A_DAY = 86_400_000_000


class Mark(NamedTuple):
    """What one change meant to one rule: claims it made, or what it did to the state that was paid for.

    `order` is where the change stands in event time. `why` says in words what ended.
    """

    order: tuple[int, int, bytes]
    effect: Effect | None
    claims: tuple[Claim, ...] = ()
    why: str = ""

    @property
    def ends(self) -> bool:
        """True when what was paid for is gone."""
        return self.effect in ("ended", "deleted", "merged")


def fold(before: Iterable[Claim], marks: Iterable[Mark], *, within_days: int | None = None) -> list[Claim]:
    """Give the claims after some marks; `before` are those that stood when the first of the marks happened.

    A claim ends when the record loses what it was paid for, unless `within_days` are over by then. It comes back when
    the record has it again, except where a new claim of the same record has taken its place.
    """
    claims = {claim.id: claim for claim in before}
    for mark in sorted(marks, key=lambda one: one.order):
        if mark.claims:
            _turn(claims, ClaimState.DORMANT, ClaimState.ENDED)
            claims.update((one.id, one) for one in mark.claims)
        elif mark.ends:
            _end(claims, mark, within_days)
        elif mark.effect is not None:
            _turn(claims, ClaimState.DORMANT, ClaimState.ALIVE)
    return list(claims.values())


def _end(claims: dict[tuple[str, bytes], Claim], mark: Mark, within_days: int | None) -> None:
    for key, claim in claims.items():
        is_too_late = within_days is not None and mark.order[0] > claim.draft.occurred + within_days * MICROS_A_DAY
        if claim.state is ClaimState.ALIVE and not is_too_late:
            claims[key] = msgspec.structs.replace(claim, state=ClaimState.DORMANT, why=mark.why)


def _turn(claims: dict[tuple[str, bytes], Claim], old: ClaimState, new: ClaimState) -> None:
    for key, claim in claims.items():
        if claim.state is old:
            why = claim.why if new is ClaimState.ENDED else ""
            claims[key] = msgspec.structs.replace(claim, state=new, why=why)


def winner(claims: Sequence[Claim]) -> Claim | None:
    """Give the claim that pays: the earliest one alive."""
    alive = (claim for claim in claims if claim.state is ClaimState.ALIVE)
    return min(alive, key=lambda one: one.order, default=None)
