"""Rule matches: what a change did for somebody by a rule, whether paid, or left nothing by a limit or an earlier fact.

Who looks only at what was paid does not see a trick behind a cap: the cap makes it worthless, and hides it. What was
done stands in the change log, so each change is held against the rules in force at its moment once more.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import msgspec

from novigem.engine.awards import draft_entries, plan_rules
from novigem.engine.versions import DatedVersion
from novigem.model.change import Change
from novigem.model.entry import Entry
from novigem.model.joins import NO_JOINS, Joins
from novigem.model.people import Person
from novigem.model.periods import local_day
from novigem.rules.compile import compile_rules
from novigem.rules.operators import DEFAULT_REGISTRY, Registry

# So many digits of a digest tell the changes of one fact apart.
_ENOUGH = 12


class RuleMatch(NamedTuple):
    """A rule that a change met, for one person.

    `entry` is the award where it stands, else the draft of it without points. `is_again` tells that the same record
    had met the same rule earlier that day: done over, and not one more thing done.
    """

    entry: Entry
    is_paid: bool = True
    is_again: bool = False

    @property
    def name(self) -> str:
        """What tells it from all others, paid or not: its fact, and the change that did it.

        Many records may be one fact, and one record may be done again on another day.
        """
        return f"{self.entry.key}/{(self.entry.change or b'').hex()[:_ENOUGH]}"


class RuleMatches:
    """The rules of a program in all its versions, and who of some people may earn by them.

    State is what was done on the day that goes by.
    """

    def __init__(
        self,
        versions: Sequence[DatedVersion],
        people: Mapping[str, Person],
        registry: Registry = DEFAULT_REGISTRY,
        joins: Joins = NO_JOINS,
    ) -> None:
        self._plans = plan_rules(versions, registry, joins)
        self._match = compile_rules([(plan.rule, plan.program.zone) for plan in self._plans], registry)
        self._zone = versions[-1].program.zone
        self._people = people
        self._kept_out: dict[tuple[int, str], bool] = {}
        self._day = date.min
        self._done: set[tuple[str | None, str | None, str]] = set()

    def drafts(self, change: Change, digest: bytes, at: int) -> list[Entry]:
        """Give what a change would earn if nothing had been earned before."""
        return [draft for _plan, draft in self._drafts(change, digest, at)]

    def of(self, change: Change, digest: bytes, at: int, awards: Sequence[Entry]) -> tuple[RuleMatch, ...]:
        """Give the rule matches of a change that made some awards; changes must come in order of time."""
        drafts = self._drafts(change, digest, at)
        if not drafts and not awards:
            return ()
        paid = {(award.rule, award.user) for award in awards}
        unpaid = [(plan, one) for plan, one in drafts if (one.rule, one.user) not in paid]
        before = frozenset(self._holding(_before(change))) if unpaid else frozenset()
        for award in awards:
            self._is_again(award)
        done = [self._unpaid(plan, one) for plan, one in unpaid if self._is_new(plan, before)]
        return (*map(RuleMatch, awards), *done)

    def _drafts(self, change: Change, digest: bytes, at: int) -> list[tuple[int, Entry]]:
        return [
            (number, draft)
            for number in self._holding(change)
            for draft in draft_entries(self._plans[number], change, digest, at)
            if isinstance(draft, Entry) and not self._is_kept_out(number, draft.user)
        ]

    def _holding(self, change: Change | None) -> Iterable[int]:
        matched = None if change is None else self._match(change)
        return () if matched is None else matched.holds

    def _is_new(self, plan: int, before: frozenset[int]) -> bool:
        # An edit of a record that had all the rule asks for does nothing, unless the rule pays for each edit.
        return plan not in before or self._is_each(plan)

    def _is_each(self, plan: int) -> bool:
        return self._plans[plan].rule.once_per == "change"

    def _is_kept_out(self, plan: int, user: str) -> bool:
        key = (plan, user)
        if key not in self._kept_out:
            self._kept_out[key] = self._plans[plan].participants.block_among(user, self._people) is not None
        return self._kept_out[key]

    def _unpaid(self, plan: int, draft: Entry) -> RuleMatch:
        is_again = self._is_again(draft) and not self._is_each(plan)
        return RuleMatch(msgspec.structs.replace(draft, points=0), is_paid=False, is_again=is_again)

    def _is_again(self, entry: Entry) -> bool:
        """Note that a record met a rule; tells whether it had done so that day already."""
        day = local_day(entry.occurred, self._zone)
        if day != self._day:
            self._day = day
            self._done.clear()
        key = (entry.rule, entry.record, entry.user)
        was_done = key in self._done
        self._done.add(key)
        return was_done


def _before(change: Change) -> Change | None:
    """Give a record as it stood before an edit, as an edit that changed nothing; None where there was none."""
    if change.kind != "update":
        return None
    # What the log does not tell of before is taken to have been so: unknown is not suspicious.
    return Change(change.object, change.id, "update", change.at, change.new | (change.old or {}), {}, by=change.by)
