"""Former owners: who handed a record over shortly before it earned, and keeps a part of what it earns."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from novigem.engine.awards import RulePlan
from novigem.model.change import Change
from novigem.model.ids import known_id
from novigem.model.joins import NO_JOINS, Joins
from novigem.model.people import Person, is_user
from novigem.model.periods import DAY
from novigem.model.program import FormerOwner, Rule
from novigem.rules.eligibility import Eligibility, with_managers

OWNER = "OwnerId"


def handed_over_since(term: FormerOwner, at: int) -> int:
    """Give the moment from which on a hand-over counts for what a record earned at a moment; in microseconds."""
    return at - term.within_days * DAY


def former_owners(rule: Rule, history: Iterable[tuple[int, Change]], at: int, joins: Joins = NO_JOINS) -> list[str]:
    """Give the people who handed the record over shortly before it earned, the last one to do so first.

    `history` holds the record's changes in event time, up to and with the one that earned at the moment `at`, each with
    its moment; all in microseconds since 1970 UTC. What happened before `handed_over_since` is not looked at: whoever
    had it back since counts by the last time. A queue is nobody, and who owns it again has not left, nor has
    who hands over to another user of their own.
    """
    if rule.former_owner is None:
        return []
    since = handed_over_since(rule.former_owner, at)
    owner: str | None = None
    # In the order in which they gave it over last.
    left: dict[str, None] = {}
    for moment, change in history:
        if moment < since:
            continue
        after = _owner(change.new, moment, joins)
        if change.old is not None:
            before = _owner(change.old, moment, joins)
        else:
            # Nothing is told of what was before it, but the changes before it may have told whose it was.
            before = owner if after is not None and change.kind != "create" else None
        if before is not None and before != after and is_user(before):
            left.pop(before, None)
            left[before] = None
        owner = after or owner
    now = None if owner is None else joins.of(owner, at)
    return [one for one in reversed(left) if joins.of(one, at) != now]


def _owner(fields: Mapping[str, Any], at: int, joins: Joins) -> str | None:
    owner = known_id(fields.get(OWNER))
    return None if owner is None else joins.of(owner, at)


class FormerOwners:
    """Who of those that owned a record before keeps a part of what it earns; `find` gives people by their ids."""

    def __init__(self, find: Callable[[Collection[str]], Mapping[str, Person]]) -> None:
        self._find = find
        self._known: dict[tuple[Eligibility, str], bool] = {}

    def former(self, plan: RulePlan, history: Iterable[tuple[int, Change]], at: int) -> str | None:
        """Give the last of the former owners who may earn in the program, if any: whoever cannot earn is nobody."""
        owners = former_owners(plan.rule, history, at, plan.joins)
        people = (plan.joins.of(one, at) for one in owners)
        return next((one for one in people if self._may_earn(plan.participants, one)), None)

    def _may_earn(self, participants: Eligibility, user: str) -> bool:
        asked = (participants, user)
        if asked not in self._known:
            people = with_managers(self._find, [user])
            self._known[asked] = participants.block_among(user, people) is None
        return self._known[asked]
