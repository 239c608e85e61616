"""An influence: records by the day of their creation, with a touch on the account in `by_days` before it, by amount.

It is an association: what went together is told, never what caused what.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

from novigem.model.change import Change
from novigem.model.ids import known_id
from novigem.model.periods import start_of_day
from novigem.model.program import Figure
from novigem.model.review import currency_of
from novigem.queries.review_counting import (
    DELETED,
    NO_ACCOUNT,
    NO_AMOUNT,
    NO_FIELDS,
    NO_OWNER,
    NO_TOUCH,
    OUTSIDE,
    TOUCHES_NOT_KNOWN,
    FigureCounter,
    Given,
    Tests,
)
from novigem.queries.review_states import Track
from novigem.queries.review_types import Case, Stretch
from novigem.rules.operators import MISSING


class Touches:
    """The touches of the last days, by account: records that stand done, and since when."""

    def __init__(self, tests: Mapping[str, Sequence[Tests]], given: Given, *, of_everybody: bool = False) -> None:
        self._tests = tests
        self._given = given
        self._of_everybody = of_everybody
        self._by_account: dict[str, dict[str, int]] = defaultdict(dict)
        self._of_record: dict[str, tuple[str, int]] = {}

    def note(self, track: Track, change: Change, at: int, before: tuple[Any, ...] | None) -> None:
        """Note that a touch took place, was undone, or belongs to another account."""
        fields, tests = self._given.fields[change.object], self._tests[change.object]
        was = before is not None and any(test(before, at) for test in tests)
        is_done = not track.gone and any(test(track.values, at) for test in tests)
        standing = self._of_record.pop(track.id, None)
        if standing is not None:
            self._by_account[standing[0]].pop(track.id, None)
        account = known_id(fields.value(track.values, "AccountId"))
        owner = fields.value(track.values, "OwnerId")
        is_ours = self._of_everybody or (owner is not MISSING and self._given.team.takes_part(owner, at))
        if not is_done or account is None or not is_ours:
            return
        moment = standing[1] if standing is not None else None if was else at
        if moment is not None:
            self._of_record[track.id] = (account, moment)
            self._by_account[account][track.id] = moment

    def since(self, account: str, first: int) -> bool:
        """Tell whether an account was touched at a moment or later, and forget what lies before it."""
        found = self._by_account.get(account, {})
        for record in [one for one, moment in found.items() if moment < first]:
            del found[record]
            self._of_record.pop(record, None)
        return bool(found)

    def merged(self, loser: str, winner: str) -> None:
        """Give the touches of an account that was merged into another to that one."""
        for record, moment in self._by_account.pop(loser, {}).items():
            self._by_account[winner][record] = moment
            self._of_record[record] = (winner, moment)


class InfluenceCounter(FigureCounter):
    """Records by their creation: whether the account had been touched shortly before, and their amount."""

    def __init__(self, number: int, figure: Figure, given: Given) -> None:
        super().__init__(number, figure, given)
        tests: dict[str, list[Tests]] = defaultdict(list)
        for touch in figure.touch:
            tests[touch.object].append(given.fields[touch.object].test(touch.groups))
        self._touches = Touches(tests, given, of_everybody=figure.whose == "everybody")
        self._touching = frozenset(tests)

    @property
    def objects(self) -> tuple[str, ...]:
        """The objects whose changes it sees."""
        return tuple(dict.fromkeys((self.figure.object, *sorted(self._touching))))

    def pass_to(self, track: Track, at: int) -> None:
        """Note the amount at the end of the period in which it came up."""
        pending = None if track.notes is None else track.notes.get(self.number)
        if pending is not None and pending[0].end <= at:
            del (track.notes or {})[self.number]
            self._judge(track, *pending)

    def note(self, track: Track, change: Change, at: int, before: tuple[Any, ...] | None) -> None:
        """Look for a touch when a record is created."""
        if change.object == self.figure.object and change.kind == "create":
            self._created(track, at)
        if change.object in self._touching:
            self._touches.note(track, change, at, before)
        if change.object == "Account" and change.kind == "merge" and change.into is not None:
            self._touches.merged(change.id, change.into)

    def _created(self, track: Track, at: int) -> None:
        stretch = self.stretch_at(at)
        fits = self.holds(track.values, at)
        if stretch is None or fits is False:
            return
        whose = self.whose(track, at)
        if whose is False:
            if fits:
                self.count_beside(stretch, OUTSIDE)
            return
        if track.notes is None:
            track.notes = {}
        unknown = NO_FIELDS if fits is None else NO_OWNER if whose is None else None
        touched = None if unknown else self._was_touched(track, at)
        unknown = touched if isinstance(touched, str) else unknown
        track.notes[self.number] = (stretch, self.day(at), unknown, touched is True)

    def _was_touched(self, track: Track, at: int) -> bool | str:
        """Tell whether the account had been touched, or why that is not known."""
        account = known_id(self.value(track, "AccountId"))
        if account is None:
            return NO_ACCOUNT
        first = start_of_day(self.day(at) - timedelta(days=self.figure.days), self.given.zone)
        if self._touches.since(account, first):
            return True
        known = [self.given.since.get(one) for one in self._touching]
        if not known or any(one is None or self.day(one) > self.day(first) for one in known):
            return TOUCHES_NOT_KNOWN
        return False

    def _judge(self, track: Track, stretch: Stretch, day: date, unknown: str | None, touched: bool) -> None:  # noqa: FBT001
        if track.gone:
            self.count_beside(stretch, DELETED)
            return
        amount = _amount(self.value(track, self.figure.money))
        code = self.value(track, currency_of(self.figure.money))
        currency = code if isinstance(code, str) and code else None
        unknown = unknown or (NO_AMOUNT if amount is None else None)
        if unknown is not None:
            self.add(stretch, Case(track.id, day, "unknown", unknown, amount, currency))
        else:
            verdict: Literal["yes", "no"] = "yes" if touched else "no"
            self.add(stretch, Case(track.id, day, verdict, None if touched else NO_TOUCH, amount, currency))


def _amount(value: Any) -> Decimal | None:
    return Decimal(str(value)) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
