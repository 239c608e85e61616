"""Limits: what caps, pauses and limits per account leave of the awards of one person. Pure.

The claims that win are gone through in event time, so what is paid depends on which there are, never on the order in
which they arrived. A claim that is taken away gives its room back.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from novigem.model.claim import Claim
from novigem.model.entry import Entry
from novigem.model.people import Block
from novigem.model.periods import Period
from novigem.model.program import ALWAYS_END, ALWAYS_START, CADENCES, Cap, LimitPeriod, Program, Rule

_MICROS_AN_HOUR = 3_600_000_000


class Limits:
    """The limits of some rules that share a count: those of one capped challenge, or a single rule."""

    def __init__(self, program: Program, rules: Sequence[Rule], cap: Cap | None) -> None:
        self._program = program
        self._cap = cap
        self._rules = {rule.id: rule for rule in rules}
        given = (cap, *(one for rule in rules for one in (rule.cap, rule.per_account)))
        self._periods: set[LimitPeriod] = {one.per for one in given if one is not None}
        self._pause = max((rule.cooldown.hours for rule in rules if rule.cooldown is not None), default=0)

    def reach(self, first: int, last: int) -> tuple[int, int]:
        """Give the stretch `[since, until)` of claims that may be paid otherwise when those of two moments change."""
        since = min([self._period(per, first).start for per in self._periods], default=first)
        until = max([self._period(per, last).end for per in self._periods], default=last + 1)
        if self._pause:
            # A pause that moves may move every one behind it.
            return min(since, first - self._pause * _MICROS_AN_HOUR), ALWAYS_END
        return since, until

    def pay(self, claims: Iterable[Claim], first: int) -> Iterator[Claim]:
        """Yield the winning claims of a stretch with what each is paid.

        Those before the moment `first` are paid as they were: nothing that concerns them has changed.
        """
        spent = _Spent()
        for claim in sorted(claims, key=lambda one: (one.order, one.draft.key)):
            draft = claim.draft
            rule = self._rules.get(draft.rule or "")
            if rule is None:
                yield claim
                continue
            meters = self._meters(rule, draft)
            paid, why = (claim.paid, claim.why) if draft.occurred < first else spent.allow(rule, draft, meters)
            if paid:
                spent.take(draft, paid, meters)
            is_same = (paid, why) == (claim.paid, claim.why)
            yield claim if is_same else msgspec.structs.replace(claim, paid=paid, why=why)

    def _meters(self, rule: Rule, draft: Entry) -> "_Meters":
        caps = ((rule.id, rule.cap), ("", self._cap))
        purses = tuple(
            ((name, self._period(cap.per, draft.occurred).label), cap.points) for name, cap in caps if cap is not None
        )
        # Records without an account are counted together, or leaving it out would be the way around.
        account = draft.account or ""
        counter = pause = None
        if rule.per_account is not None:
            counter = (rule.id, account, self._period(rule.per_account.per, draft.occurred).label)
        if rule.cooldown is not None:
            pause = (rule.id, account if rule.cooldown.per == "account" else "")
        return _Meters(purses, counter, pause)

    def _period(self, per: LimitPeriod, at: int) -> Period:
        if per == "program":
            return Period("program", ALWAYS_START, ALWAYS_END)
        return self._program.calendar.period(CADENCES[per], at)


class _Meters(NamedTuple):
    """What one award is counted on: purses with what they hold at first, a counter of awards, and a pause."""

    purses: tuple[tuple[tuple[str, str], int], ...]
    counter: tuple[str, str, str] | None
    pause: tuple[str, str] | None


class _Spent:
    """What one person has been paid so far, as far as limits ask. The parts of one award count once."""

    def __init__(self) -> None:
        self._points: dict[tuple[str, str], int] = defaultdict(int)
        self._awards: dict[tuple[str, str, str] | None, tuple[int, bytes | None]] = {}
        self._last: dict[tuple[str, str] | None, tuple[int, bytes | None]] = {}

    def allow(self, rule: Rule, draft: Entry, meters: _Meters) -> tuple[int, str]:
        """Give the points that are left for an award, and why they are fewer than its own."""
        block = self._block(rule, draft, meters)
        if block is not None:
            return 0, str(block)
        room = min([full - self._points[purse] for purse, full in meters.purses], default=draft.points)
        paid = max(0, min(draft.points, room))
        return paid, "" if paid == draft.points else str(Block.CAP)

    def _block(self, rule: Rule, draft: Entry, meters: _Meters) -> Block | None:
        count, counted = self._awards.get(meters.counter, (0, None))
        if rule.per_account is not None and count >= rule.per_account.awards and counted != draft.change:
            return Block.ACCOUNT_LIMIT
        last, paid = self._last.get(meters.pause, (0, None))
        if rule.cooldown is None or paid is None or paid == draft.change:
            return None
        return Block.COOLDOWN if draft.occurred < last + rule.cooldown.hours * _MICROS_AN_HOUR else None

    def take(self, draft: Entry, paid: int, meters: _Meters) -> None:
        """Count an award that is paid."""
        for purse, _full in meters.purses:
            self._points[purse] += paid
        if meters.counter is not None:
            count, counted = self._awards.get(meters.counter, (0, None))
            self._awards[meters.counter] = (count + (counted != draft.change), draft.change)
        if meters.pause is not None:
            self._last[meters.pause] = (draft.occurred, draft.change)
