"""Apply: another version of a running program, from a day on, or with everything scored anew.

Nothing that stands is ever rewritten. A dated version leaves all entries as they are; scoring anew takes back what the
new version would not pay and adds what it would, as entries of their own.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal, NamedTuple

from novigem.engine.activation import Activation, Rescoring, put_in_force
from novigem.engine.binding import new_bindings
from novigem.engine.replay import replayed
from novigem.engine.versions import VersionSpan, as_kept, as_paused, paid_by_others, read_back, spans
from novigem.errors import InputError, StoreError
from novigem.ledger.store import EntryFilter, ProgramUse, RowFilter, Store, StoredProgram
from novigem.model.binding import Bindings
from novigem.model.change import to_micros
from novigem.model.periods import local_day, start_of_day
from novigem.model.program import ALWAYS_END, ALWAYS_START, Badge, Program
from novigem.model.subject import badge_row
from novigem.planning.diff import Difference, Outcome, difference, outcome
from novigem.planning.goals import GoalShift, goal_shifts, goes_on, how_it_counts
from novigem.planning.renames import LooksRenamed, looks_renamed, would_pay_again
from novigem.program.binding import bound_program
from novigem.program.difference import differences
from novigem.program.dump import dump_program
from novigem.program.earlier import carried_on, without_earlier
from novigem.program.meaning import written_out
from novigem.rules.operators import DEFAULT_REGISTRY, Registry

# Somebody who writes all the time makes what was worked out out of date; then it is worked out again, so often.
_TRIES = 3
# So many differences are named in one message.
_MOST_NAMED = 5

_NO_OUTCOME = Outcome()

From = date | Literal["start"] | None


@dataclass(frozen=True)
class Applying:
    """What applying a version means, or meant.

    `before` is the version that it takes the place of, `effective` the moment from which it is in force, in
    microseconds since 1970 UTC. `words` tell what differs, `dropped` which versions will not come into force after all.
    `outcome` is what becomes of what was paid; `what_if` what would, had the version been in force from the start
    (None where it was not asked for). `is_nothing` says that all is so already. `looks_renamed` are parts that look
    like others under a new id, so that what these paid may be paid again. `goals` tells whom other targets leave where.
    """

    program: Program
    before: str
    effective: int
    how: Literal["dated", "scored anew"]
    words: tuple[str, ...]
    dropped: tuple[VersionSpan, ...] = ()
    outcome: Outcome = _NO_OUTCOME
    what_if: Outcome | None = None
    is_nothing: bool = False
    is_done: bool = False
    looks_renamed: tuple[LooksRenamed, ...] = ()
    goals: tuple[GoalShift, ...] = ()


class Wish(NamedTuple):
    """What somebody wants: the program, from when on, whether what was paid is scored anew, who and why."""

    program: Program
    effective: From = None
    rescore: bool = False
    author: str | None = None
    reason: str | None = None
    #: Ids of parts that are new, though they look like others that are gone.
    as_new: frozenset[str] = frozenset()


def preview(store: Store, wish: Wish, *, now: datetime, registry: Registry = DEFAULT_REGISTRY) -> Applying:
    """Tell what applying a version would mean. Nothing is changed.

    Raises InputError where the version cannot be applied so, and says what stands against it.
    """
    case = _Case(store, wish, now, registry)
    with case.worked_out() as work:
        if work.applying.is_nothing or wish.rescore:
            return work.applying
    return replace(work.applying, what_if=case.what_if())


def apply_program(store: Store, wish: Wish, *, now: datetime, registry: Registry = DEFAULT_REGISTRY) -> Applying:
    """Put a version in force, in one transaction; the same again changes nothing.

    `now` decides which day is tomorrow, where no day is named, and is what the new entries and the use are recorded at.
    Raises InputError as `preview` does, and StoreError when others write all the time or the store fails.
    """
    for _try in range(_TRIES):
        seen = store.extent()
        case = _Case(store, wish, now, registry)
        with case.worked_out() as work:
            if work.applying.is_nothing:
                return work.applying
            case.refuse_renamed()
            if put_in_force(store, case.activation(work), seen):
                return replace(work.applying, is_done=True)
    raise StoreError("others wrote all the time, so nothing was changed", hint="stop the sync, then run this again")


class _Work(NamedTuple):
    """What was worked out; `scratch` holds what the changes lead to under the new order of versions."""

    applying: Applying
    found: Difference
    scratch: Store | None


class _Case:
    """One version to apply to one store, as the store stood when this was made."""

    def __init__(self, store: Store, wish: Wish, now: datetime, registry: Registry) -> None:
        self._store, self._wish, self._registry = store, wish, registry
        self._now = to_micros(now)
        # The program as it was written; `self.program` is it with its names bound. Scoring anew accepts anew too, with
        # the meaning that the file has today.
        written = written_out(wish.program) if wish.rescore else as_kept(wish.program, store, registry)
        kept = store.bindings()
        known = Bindings(written.program, kept)
        self._new_bindings = new_bindings(written, known, store.every_user(), self._now, store.joins())
        self._bindings = [*kept, *self._new_bindings]
        bound = bound_program(written, Bindings(written.program, self._bindings))
        self.written, self.program = written, as_paused(bound, store.pauses())
        program = self.program
        self._uses = [one for one in store.timeline() if one.program == program.program]
        if not self._uses:
            raise InputError(
                f"{program.program} has never been run in this database",
                hint="run it with changes first",
                code="never-run",
                program=program.program,
            )
        self._texts = store.programs()
        how: Literal["dated", "scored anew"] = "scored anew" if wish.rescore else "dated"
        self._use = ProgramUse(
            program.program,
            max(self._now, self._uses[-1].accepted + 1),
            program.version,
            self._effective(now),
            how,
            wish.author,
            wish.reason,
        )
        self._was, self._will_be = spans(self._uses), spans([*self._uses, self._use])
        self._is_mixed = program.program in paid_by_others(self._uses)
        self._before = self._load(self._version_before())
        if self._use.effective > ALWAYS_START and self._was != self._will_be:
            # Until the day the targets of before decide.
            day = local_day(self._use.effective, program.zone)
            written = carried_on(wish.program, written, program, self._before, day)
            self.written, self.program = written, bound_program(written, Bindings(written.program, self._bindings))
        self._stored = StoredProgram(program.program, program.version, dump_program(self.written), self._now)
        self._applying = Applying(
            self.program,
            self._before.version,
            self._use.effective,
            how,
            differences(without_earlier(self._as_written(self._before.version)), without_earlier(self.written)),
            tuple(one for one in self._was if one.start > self._use.effective and one.version != program.version),
            looks_renamed=() if wish.rescore else tuple(self._looks_renamed(wish.as_new)),
            goals=() if wish.rescore else tuple(goal_shifts(store, self._before, self.program, self._use.effective)),
        )

    def _looks_renamed(self, as_new: Collection[str]) -> list[LooksRenamed]:
        return [one for one in looks_renamed(self._store, self._before, self.program) if one.new not in as_new]

    def refuse_renamed(self) -> None:
        """Raise InputError where a part looks like another under a new id, and nobody said whether it is."""
        found = self._applying.looks_renamed
        if found:
            lines = "\n".join(f"  {one}" for one in would_pay_again(found))
            first = found[0]
            raise InputError(
                f"{self.program.program} has parts that look renamed:\n{lines}",
                hint=f"write `was: {first.old}` in {first.new} where it is the same; or say that it is new",
                code="looks-renamed",
                program=self.program.program,
                new=first.new,
                old=first.old,
                kind=first.kind,
            )

    def _effective(self, now: datetime) -> int:
        wanted = self._wish.effective
        if wanted == "start" or (wanted is None and self._wish.rescore):
            return ALWAYS_START
        zone = self.program.zone
        day = now.astimezone(zone).date() + timedelta(days=1) if wanted is None else wanted
        return start_of_day(day, zone)

    def _version_before(self) -> str:
        """Give the version that would be in force otherwise, now or when the new one begins."""
        at = max(self._use.effective, self._now)
        return next(one.version for one in self._was if one.start <= at < one.end)

    def _load(self, version: str) -> Program:
        if version == self.program.version:
            return self.program
        return read_back(self._text(version), self._registry, self._bindings)

    def _as_written(self, version: str) -> Program:
        if version == self.written.version:
            return self.written
        return read_back(self._text(version), self._registry)

    def _text(self, version: str) -> StoredProgram:
        wanted = (self.written.program, version)
        return next(one for one in self._texts if (one.program, one.version) == wanted)

    @contextmanager
    def worked_out(self) -> Iterator[_Work]:
        """Work out what the version leads to, and hold it ready to be written; InputError for what may not be."""
        is_same = self._was == self._will_be
        if is_same and not self._wish.rescore:
            yield _Work(replace(self._applying, is_nothing=True), Difference(), None)
            return
        self._refuse_out_of_the_shadow()
        self._refuse_the_past()
        self._refuse_against_entries()
        with self._replayed([*self._uses, self._use], self.program) as scratch:
            found = difference(self._store, scratch, self.program)
            if not self._wish.rescore:
                if found:
                    self._refuse_what_moves(scratch)
                yield _Work(self._applying, found, None if found else scratch)
                return
            is_nothing = is_same and not found and not self._is_mixed
            told = outcome(found, self._store, self.program)
            yield _Work(replace(self._applying, outcome=told, is_nothing=is_nothing), found, scratch)

    def what_if(self) -> Outcome:
        """Tell what would have become of everything, had the version been in force from the start."""
        use = self._use._replace(effective=ALWAYS_START)
        stored = self._stored._replace(text=dump_program(without_earlier(self.written)))
        with self._replayed([use], without_earlier(self.program), stored) as scratch:
            return outcome(difference(self._store, scratch, self.program), self._store, self.program)

    def _replayed(
        self, uses: Sequence[ProgramUse], newest: Program, stored: StoredProgram | None = None
    ) -> AbstractContextManager[Store]:
        texts = [*self._texts, stored or self._stored]
        return replayed(self._store, [newest], uses, texts, registry=self._registry, bindings=self._bindings)

    def _refuse_out_of_the_shadow(self) -> None:
        """Raise InputError where points of a shadow season would count in the season that it becomes."""
        is_out = self._before.is_shadow and not self.program.is_shadow
        if is_out and not self._wish.rescore and self._store.users(self.program.program):
            raise InputError(
                f"{self.program.program} is a shadow season: what it has paid would count",
                hint="give the season that counts a `program` id of its own; or move `starts` and score anew",
            )

    def _refuse_the_past(self) -> None:
        """Raise InputError where changes that have been scored would be scored otherwise, and nobody asked for it."""
        effective, rescore = self._use.effective, self._wish.rescore
        if rescore and self._is_mixed and effective > ALWAYS_START:
            raise InputError(
                f"{self.program.program} was changed earlier without a date, so no day divides what was paid",
                hint="score everything anew, from no day on",
                code="changed-without-a-date",
                program=self.program.program,
            )
        if rescore:
            return
        if effective <= self._now:
            raise InputError(
                "what happened before now has been scored already",
                hint="name a day to come; or score anew what happened since that day",
                code="day-is-past",
            )
        if next(self._store.changes(effective, ALWAYS_END), None) is not None:
            raise InputError(
                "changes dated after that day have been scored already",
                hint="name a later day; or score them anew",
                code="changes-after-that-day",
            )

    def _refuse_against_entries(self) -> None:
        """Raise InputError for what may not change while entries rest on it, all of it at once."""
        if self._use.effective <= ALWAYS_START:
            return
        found = [*self._challenges_in_the_way(), *self._badges_in_the_way()]
        if found:
            self._refuse(found)

    def _challenges_in_the_way(self) -> Iterator[str]:
        after = {one.id: one for one in self.program.challenges}
        for old in self._before.challenges:
            new = after.get(old.id)
            if new == old or not self._has_entries(old.id):
                continue
            if new is None:
                ways = f"`status: ended` closes it, and `was: {old.id}` gives it another id"
                yield f"challenge {old.id} has entries and may not be removed; {ways}"
                continue
            names = ("type", "cadence", "starts", "ends", "goal", "completion")
            changed = [name for name in names if getattr(old, name) != getattr(new, name)]
            if "goal" in changed and goes_on(old.goal, new.goal):
                changed.remove("goal")
            if changed:
                yield f"challenge {old.id} has entries: {', '.join(changed)} may not change"
            if "goal" in changed:
                yield f"  {how_it_counts(old.goal)} cannot go on as {how_it_counts(new.goal)}: a new id begins anew"

    def _has_entries(self, challenge: str) -> bool:
        which = EntryFilter(program=self.program.program, challenge=challenge)
        return next(self._store.entries(which), None) is not None

    def _badges_in_the_way(self) -> Iterator[str]:
        after = {one.id: one for one in self.program.badges}
        for old in self._before.badges:
            new = after.get(old.id)
            if old.earned_by is None or (new and _steps(new) == _steps(old)):
                continue
            if self._store.badges(RowFilter(program=self.program.program, challenge=badge_row(old.id))):
                hint = "be removed; `status: inactive` closes it" if new is None else "count otherwise"
                yield f"badge {old.id} is held by people and may not {hint}"

    def _refuse_what_moves(self, scratch: Store) -> None:
        """Raise InputError where the version alone, and not what has changed since, would move what was paid."""
        newest = self._load(self._uses[-1].version)
        with self._replayed(self._uses, newest) as as_it_is:
            found = difference(as_it_is, scratch, self.program)
        if not found:
            return
        moved = [f"{one.what} {one.reason}" for one in outcome(found, self._store, self.program).moves]
        moved += [f"challenge {key.challenge} is completed by others" for key in found.completed | found.not_completed]
        moved += [f"badge {one.badge} is held by others" for one in (*found.badges, *found.lost_badges)]
        self._refuse(list(dict.fromkeys(moved)))

    def _refuse(self, found: Sequence[str]) -> None:
        more = [] if len(found) <= _MOST_NAMED else [f"and {len(found) - _MOST_NAMED} more"]
        lines = "\n".join(f"  {one}" for one in [*found[:_MOST_NAMED], *more])
        raise InputError(
            f"{self.program.program} cannot change so while what was paid stays:\n{lines}",
            hint="leave these as they are; or score everything anew from the start",
            code="would-move-what-was-paid",
            program=self.program.program,
        )

    def activation(self, work: _Work) -> Activation:
        """Give what is to be written."""
        rescoring = None
        if self._wish.rescore:
            reason = f"scored anew under version {self.program.version} from {self._day()}"
            reason += f": {self._wish.reason}" if self._wish.reason else ""
            rescoring = Rescoring(work.found.gone, work.found.due, reason)
        return Activation(
            self.program, self._stored, self._use, self._now, work.scratch, rescoring, tuple(self._new_bindings)
        )

    def _day(self) -> str:
        if self._use.effective <= ALWAYS_START:
            return "the start"
        wanted = self._wish.effective
        return wanted.isoformat() if isinstance(wanted, date) else "tomorrow"


def _steps(badge: Badge) -> tuple[Any, ...]:
    """Give what earns a badge; what its tiers are called does not count."""
    return (badge.earned_by, [(one.id, one.at) for one in badge.tiers])
