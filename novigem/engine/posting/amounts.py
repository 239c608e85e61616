"""What awards add to a sum: for rules that may be undone, the amount that the record has now.

An award keeps its moment, and adds what the changes of its record told last. A change that does not tell the amount
leaves it. A rule that keeps what it paid keeps what it added.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from novigem.challenges.sums import Amount, amount_of, fields_of
from novigem.engine.awards import WHOLE, RulePlan, Seen
from novigem.engine.posting.causes import CORRECTED
from novigem.model.change import Change
from novigem.model.entry import GOAL_UNIT, Entry
from novigem.model.periods import DAY
from novigem.model.program import ALWAYS_END


def may_correct(plan: RulePlan, drafts: Iterable[Entry], holds: Iterable[Change], changes: Sequence[Seen]) -> bool:
    """Tell whether changes of a record may alter what its awards add: those it has, and those of some changes."""
    goal = plan.adds
    if goal is None:
        return False
    fields = fields_of(goal)
    told = {amount_of(goal, one.change.new) for one in changes if any(name in one.change.new for name in fields)}
    if told and (plan.rule.share or plan.rule.former_owner is not None):
        # Whoever earns a part has a part of the amount.
        return True
    added = {Amount(one.goal_value, one.reason) for one in drafts} | {amount_of(goal, one.new) for one in holds}
    return any(not added <= {one} for one in told)


def as_corrected(plan: RulePlan, draft: Entry, history: Iterable[Seen], share: int | None) -> Entry:
    """Give a draft as what it adds to a sum now; `share` is the part of its award that it is.

    `history` are the changes of its record in event time. An amount that is cleared adds nothing. Once an award cannot
    be undone any more, it stays with what it added then.
    """
    goal = plan.adds
    if goal is None or share is None:
        return draft
    days = plan.rule.reversible_days
    until = ALWAYS_END if days is None else draft.occurred + days * DAY
    told: dict[str, Any] | None = None
    for seen in history:
        if seen.digest == draft.change:
            told = {name: seen.change.new[name] for name in fields_of(goal) if name in seen.change.new}
        elif told is not None and seen.at <= until:
            told |= {name: seen.change.new[name] for name in fields_of(goal) if name in seen.change.new}
    if told is None:
        return draft
    amount = amount_of(goal, told)
    value = amount.value * share // WHOLE
    return draft if value == draft.goal_value else replace(draft, goal_value=value, reason=amount.why)


def corrected(standing: Entry, wanted: Entry) -> str | None:
    """Say in words what became of the amount of an award that is otherwise as it was; None where it is another one."""
    names = ("change", "user", "points", "account", "item")
    if any(getattr(standing, name) != getattr(wanted, name) for name in names):
        return None
    if standing.goal_value == wanted.goal_value:
        return None
    before, now = (number_words(one.goal_value) for one in (standing, wanted))
    return f"{CORRECTED}: it adds {now} to the goal now, not {before}"


def number_words(millionths: int) -> str:
    """Give a number of millionths as people write it."""
    return f"{Decimal(millionths) / GOAL_UNIT:,f}"
