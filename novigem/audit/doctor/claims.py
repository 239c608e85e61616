"""Claims against those that all changes lead to when they are played again."""

from collections.abc import Iterator
from typing import NamedTuple

from novigem.engine.posting.causes import CHANGED_HANDS, MOVED
from novigem.ledger.store import Store
from novigem.model.claim import Claim, ClaimState
from novigem.model.discrepancy import Discrepancy
from novigem.model.entry import key_digest

_Order = tuple[bytes, bytes, str]


class _Kept(NamedTuple):
    """A claim with what its limits are counted in."""

    group: str
    claim: Claim

    @property
    def order(self) -> _Order:
        """Where it stands among all claims of a store."""
        draft, fact = self.claim.draft, self.claim.fact
        return (key_digest(fact), draft.change or b"", draft.key[len(fact) :])

    @property
    def worth(self) -> tuple[object, ...]:
        """What must agree. Which version drafted it, and the words of why it pays less, may be another."""
        one, draft = self.claim, self.claim.draft
        return (self.group, one.state, one.wins, one.paid, draft.user, draft.points, draft.occurred)

    @property
    def is_left_behind(self) -> bool:
        """Whether it is of no effect, and was given up for good because it is of another account or person now."""
        one = self.claim
        return one.state is ClaimState.ENDED and not one.wins and not one.paid and one.why in (MOVED, CHANGED_HANDS)


def unproved_claims(program: str, store: Store, proved: Store, unsure: set[str]) -> Iterator[Discrepancy]:
    """Yield the claims of a program that differ from those of another store, a claim at a time.

    Left out are the facts that somebody claims of whom it is not sure whether they could earn. Whatever came to light
    later than the award is known from the start when all is played again, so nothing is left behind there.
    """
    doubtful = {one.claim.fact for place in (store, proved) for one in _all(place, program) if _is_of(one, unsure)}
    for kept, due in _paired(_all(store, program), _all(proved, program)):
        one = kept or due
        if one is None or one.claim.fact in doubtful or (kept and due and kept.worth == due.worth):
            continue
        if kept and not due and kept.is_left_behind:
            continue
        with_group = bool(kept and due and kept.group != due.group)
        shown = [_shown(found, with_group=with_group) for found in (kept, due)]
        yield Discrepancy(f"claim {one.claim.draft.key}", shown[0], shown[1], program)


def _is_of(one: _Kept, users: set[str]) -> bool:
    return one.claim.draft.user in users


def _all(store: Store, program: str) -> Iterator[_Kept]:
    return (_Kept(group, claim) for group, claim in store.claims(program))


def _paired(kept: Iterator[_Kept], due: Iterator[_Kept]) -> Iterator[tuple[_Kept | None, _Kept | None]]:
    """Line up two rows of claims in one order; None stands where the other has one more."""
    ours, theirs = next(kept, None), next(due, None)
    while ours is not None or theirs is not None:
        if theirs is None or (ours is not None and ours.order < theirs.order):
            yield ours, None
            ours = next(kept, None)
        elif ours is None or theirs.order < ours.order:
            yield None, theirs
            theirs = next(due, None)
        else:
            yield ours, theirs
            ours, theirs = next(kept, None), next(due, None)


def _shown(one: _Kept | None, *, with_group: bool) -> str:
    if one is None:
        return "none"
    if with_group:
        return f"limited by {one.group or 'nothing'}"
    claim = one.claim
    return f"{claim.draft.user} {claim.state}, {claim.paid} points" + ("" if claim.wins else ", does not win")
