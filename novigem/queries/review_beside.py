"""What stands beside the figures of a review: how late signals are logged, how effort spreads, how much is covered."""

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import ceil
from statistics import median
from typing import Any

from novigem.ledger.store import Store
from novigem.model.change import Change
from novigem.model.ids import known_id
from novigem.model.program import Figure, Program
from novigem.queries.review_counting import FigureCounter, Given
from novigem.queries.review_counts import CountCounter
from novigem.queries.review_states import Track
from novigem.queries.review_types import Book, Effort, Lateness, Stretch
from novigem.rules.operators import MISSING

#: Fewer days than this before its close date, a signal is logged late.
LATE_DAYS = 14
_FIFTH = 5
_NUMBER = -1


class BookCounter:
    """The accounts that the team owns at the end of the season, those it touched in it, and who has done anything."""

    def __init__(self, figures: Sequence[Figure], given: Given, during: Stretch) -> None:
        self._given = given
        self._during = during
        self._tests: dict[str, list[Any]] = defaultdict(list)
        for touch in (one for figure in figures for one in figure.touch):
            self._tests[touch.object].append(given.fields[touch.object].test(touch.groups))
        self.owned: set[str] = set()
        self.touched: set[str] = set()
        self.at_work: set[str] = set()

    def pass_to(self, track: Track, at: int) -> None:
        """Note whose account a record names as the season ends."""
        end = self._during.end
        if at < end or (track.notes is not None and _NUMBER in track.notes):
            return
        track.notes = {} if track.notes is None else track.notes
        track.notes[_NUMBER] = True
        if track.gone or (track.created is not None and track.created >= end):
            return
        fields = self._fields(track)
        owner = fields.value(track.values, "OwnerId")
        person = None if owner is MISSING else self._given.team.person(owner, end)
        if person is None or not self._given.team.takes_part(owner, end):
            return
        self.at_work.add(person)
        account = self._account(track, fields)
        if account is not None:
            self.owned.add(account)

    def _fields(self, track: Track) -> Any:
        return self._given.fields[track.object]

    def _account(self, track: Track, fields: Any) -> str | None:
        return track.id if track.object == "Account" else known_id(fields.value(track.values, "AccountId"))

    def note(self, track: Track, change: Change, at: int, before: tuple[Any, ...] | None) -> None:
        """Note a touch, and who was at work."""
        if not self._during.start <= at < self._during.end:
            return
        fields, team = self._fields(track), self._given.team
        owner = fields.value(track.values, "OwnerId")
        for one in (change.by, None if owner is MISSING else owner):
            person = team.person(one, at)
            if person is not None:
                self.at_work.add(person)
        tests = self._tests.get(change.object, ())
        is_new = not (before is not None and any(test(before, at) for test in tests))
        if is_new and not track.gone and any(test(track.values, at) for test in tests):
            account = self._account(track, fields)
            if account is not None and owner is not MISSING and team.takes_part(owner, at):
                self.touched.add(account)


def read_lateness(counters: Sequence[FigureCounter]) -> tuple[Lateness, ...]:
    """Tell, for each count of created opportunities, how many days before their close date they were logged."""
    found = []
    for one in counters:
        if isinstance(one, CountCounter) and one.ahead:
            cases = {name for name, case in one.cases["during"].items() if case.verdict == "yes"}
            ahead = [one.ahead[name] for name in cases if name in one.ahead]
            known = [days for days in ahead if days is not None]
            late = sum(days < LATE_DAYS for days in known)
            middle = float(median(known)) if known else None
            found.append(Lateness(one.figure.id, len(known), late, middle, LATE_DAYS, len(ahead) - len(known)))
    return tuple(found)


class Paid:
    """The awards of the season that stand, by person, and the accounts that they name."""

    def __init__(self, store: Store, program: Program, during: Stretch) -> None:
        self.by_person: Tally[str] = Tally()
        self.accounts: set[str] = set()
        for entry in store.awards(program.program, during.start, during.end):
            self.by_person[entry.user] += 1
            if entry.account is not None:
                self.accounts.add(entry.account)


def read_effort(paid: Paid, members: Sequence[str]) -> Effort:
    """Tell how awards spread over people."""
    active = sorted(paid.by_person.values(), reverse=True)
    top = ceil(len(active) / _FIFTH)
    people = len(set(members) | paid.by_person.keys())
    return Effort(people, len(active), sum(active), top, sum(active[:top]))


def read_book(counter: BookCounter, paid: Paid, tracks: Mapping[str, Mapping[str, Track]]) -> Book | None:
    """Tell how much of the book was covered; None where no account of the team is known."""
    if not counter.owned:
        return None
    touched = counter.owned & (counter.touched | paid.accounts)
    return Book(len(touched), len(counter.owned), of_accounts=bool(tracks.get("Account")))
