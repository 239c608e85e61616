"""Limits: what caps, pauses and limits per account leave of the awards of one person.

The claims that win are gone through in event time, so what is paid depends on which there are, never on the order in
which they arrived. A claim that is taken away gives its room back.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from novigem.model.claim import PendingClaim
from novigem.model.clocks import FURTHEST_APART, Clocks
from novigem.model.entry import Entry
from novigem.model.people import Block
from novigem.model.periods import HOUR, Period
from novigem.model.program import ALWAYS_END, ALWAYS_START, CADENCES, Cap, LimitPeriod, Program, Rule


class Limits:
    """The limits of some rules that share a count: those of one capped challenge, or a single rule."""

    def __init__(self, program: Program, rules: Sequence[Rule], cap: Cap | None, clocks: Clocks | None = None) -> None:
        self._program = program
        self._clocks = Clocks(program) if clocks is None else clocks
        self._cap = cap
        self._rules = {rule.id: rule for rule in rules}
        given = (cap, *(one for rule in rules for one in (rule.cap, rule.per_account)))
        self._periods: set[LimitPeriod] = {one.per for one in given if one is not None}
        self._pause = max((rule.cooldown.hours for rule in rules if rule.cooldown is not None), default=0)

    def reach(self, first: int, last: int) -> tuple[int, int]:
        """Give the stretch `[since, until)` of claims that may be paid otherwise when those of two moments change."""
        # A day by somebody's own clock lies beside the program's.
        beside = FURTHEST_APART if self._clocks and self._periods else 0
        starts = [self._period(per, first - beside).start - beside for per in self._periods]
        ends = [self._period(per, last + beside).end + beside for per in self._periods]
        since, until = min(starts, default=first), max(ends, default=last + 1)
        if self._pause:
            # A pause that moves may move every one behind it.
            return min(since, first - self._pause * HOUR), ALWAYS_END
        return since, until

    def pay(self, pending_claims: Iterable[PendingClaim], first: int) -> None:
        """Set what each of the winning claims of a stretch is paid, and why where that is less than its points.

        Those before the moment `first` are paid as they were: nothing that concerns them has changed.
        """
        spent = _Spent()
        for pending in sorted(pending_claims, key=lambda one: (one.order, one.draft.key)):
            draft = pending.draft
            rule = self._rules.get(draft.rule or "")
            if rule is None:
                continue
            if draft.occurred >= first:
                meters = self._meters(rule, draft)
                pending.paid, pending.why = spent.allow(rule, draft, meters)
                if pending.paid:
                    spent.take(draft, pending.paid, meters)
            elif pending.paid:
                spent.take(draft, pending.paid, self._meters(rule, draft))

    def _meters(self, rule: Rule, draft: Entry) -> "_Meters":
        at = self._clocks.counted(draft.user, draft.occurred)
        caps: tuple[tuple[_Purse, Cap], ...] = ()
        if rule.cap is not None:
            caps = (((rule.id, self._period(rule.cap.per, at).start), rule.cap),)
        if self._cap is not None:
            caps = (*caps, (("", self._period(self._cap.per, at).start), self._cap))
        # Records without an account are counted together, or leaving it out would be the way around.
        account = draft.account or ""
        counter = pause = None
        if rule.per_account is not None:
            counter = (rule.id, account, self._period(rule.per_account.per, at).start)
        if rule.cooldown is not None:
            pause = (rule.id, account if rule.cooldown.per == "account" else "")
        return _Meters(caps, counter, pause)

    def _period(self, per: LimitPeriod, at: int) -> Period:
        return _WHOLE if per == "program" else self._program.calendar.period(CADENCES[per], at)


_WHOLE = Period("program", ALWAYS_START, ALWAYS_END)
# Whose points or awards are counted, a rule's or those of the whole challenge (""), and when the period began.
_Purse = tuple[str, int]
# Rule, account, and when the period began.
_Counter = tuple[str, str, int]
# An award, of which there may be several parts.
_Award = tuple[str | None, bytes | None]


class _Meters(NamedTuple):
    """What one award is counted on: purses with the cap on each, a counter of awards, and a pause."""

    caps: tuple[tuple[_Purse, Cap], ...]
    counter: _Counter | None
    pause: tuple[str, str] | None


class _Spent:
    """What one person has been paid so far, as far as limits ask. The parts of one award count once."""

    def __init__(self) -> None:
        self._points: dict[_Purse, int] = defaultdict(int)
        self._capped: dict[_Purse, tuple[int, _Award]] = {}
        self._awards: dict[_Counter | None, tuple[int, bytes | None]] = {}
        self._last: dict[tuple[str, str] | None, tuple[int, bytes | None]] = {}

    def allow(self, rule: Rule, draft: Entry, meters: _Meters) -> tuple[int, str]:
        """Give the points that are left for an award, and why they are fewer than its own."""
        block = self._block(rule, draft, meters)
        if block is not None:
            return 0, str(block)
        paid = draft.points
        for purse, cap in meters.caps:
            if cap.points is not None:
                paid = min(paid, cap.points - self._points[purse])
            elif cap.awards is not None and self._awards_with(purse, draft) > cap.awards:
                paid = 0
        return (paid, "") if paid == draft.points else (max(0, paid), str(Block.CAP))

    def _awards_with(self, purse: _Purse, draft: Entry) -> int:
        """Give how many awards there are in a purse, with this one."""
        count, counted = self._capped.get(purse, (0, None))
        return count + (counted != (draft.rule, draft.change))

    def _block(self, rule: Rule, draft: Entry, meters: _Meters) -> Block | None:
        count, counted = self._awards.get(meters.counter, (0, None))
        if rule.per_account is not None and count >= rule.per_account.awards and counted != draft.change:
            return Block.ACCOUNT_LIMIT
        last, paid = self._last.get(meters.pause, (0, None))
        if rule.cooldown is None or paid is None or paid == draft.change:
            return None
        return Block.COOLDOWN if draft.occurred < last + rule.cooldown.hours * HOUR else None

    def take(self, draft: Entry, paid: int, meters: _Meters) -> None:
        """Count an award that is paid."""
        for purse, cap in meters.caps:
            if cap.points is not None:
                self._points[purse] += paid
            else:
                self._capped[purse] = (self._awards_with(purse, draft), (draft.rule, draft.change))
        if meters.counter is not None:
            count, counted = self._awards.get(meters.counter, (0, None))
            self._awards[meters.counter] = (count + (counted != draft.change), draft.change)
        if meters.pause is not None:
            self._last[meters.pause] = (draft.occurred, draft.change)
