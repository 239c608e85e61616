"""What awards add to a sum: for rules that may be undone, the amount that the record has now.

An award keeps its moment, and adds what the changes of its record told last. A change that does not tell the amount
leaves it. A rule that keeps what it paid keeps what it added.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from novigem.challenges.sums import amount_of, fields_of
from novigem.engine.awards import WHOLE, RulePlan, Seen
from novigem.engine.posting.causes import CORRECTED
from novigem.model.change import Change
from novigem.model.entry import GOAL_UNIT, Entry
from novigem.model.periods import DAY
from novigem.model.program import ALWAYS_END, Goal


def may_correct(plan: RulePlan, drafts: Iterable[Entry], holds: Iterable[Change], changes: Sequence[Seen]) -> bool:
    """Tell whether changes of a record may alter what its awards add: those it has, and those of some changes."""
    if not plan.adds:
        return False
    fields = {field for _name, goal in plan.adds for field in fields_of(goal)}
    told = [one.change for one in changes if not fields.isdisjoint(one.change.new)]
    if told and (plan.rule.share or plan.rule.former_owner is not None):
        # Whoever earns a part has a part of the amount.
        return True
    earned, drafts = [one.new for one in holds], list(drafts)
    return any(_differs(name, goal, drafts, earned, told) for name, goal in plan.adds)


def _differs(
    name: str, goal: Goal, drafts: Iterable[Entry], earned: Iterable[Mapping[str, Any]], told: Iterable[Change]
) -> bool:
    added = {one.values[name] for one in drafts if name in one.values}
    added |= {amount_of(goal, new).value for new in earned}
    for one in told:
        known = [field in one.new for field in fields_of(goal)]
        # Half of an amount in a currency tells nothing by itself.
        is_half = goal.currency is not None and any(known) and not all(known)
        if is_half or (any(known) and not added <= {amount_of(goal, one.new).value}):
            return True
    return False


def as_corrected(plan: RulePlan, draft: Entry, history: Iterable[Seen], share: int | None) -> Entry:
    """Give a draft as what it adds to sums now; `share` is the part of its award that it is.

    `history` are the changes of its record in event time. An amount that is cleared adds nothing. Once an award cannot
    be undone any more, it stays with what it added then.
    """
    if not plan.adds or share is None:
        return draft
    days = plan.rule.reversible_days
    until = ALWAYS_END if days is None else draft.occurred + days * DAY
    fields = {field for _name, goal in plan.adds for field in fields_of(goal)}
    told: dict[str, Any] | None = None
    for seen in history:
        if seen.digest == draft.change:
            told = {name: seen.change.new[name] for name in fields if name in seen.change.new}
        elif told is not None and seen.at <= until:
            told |= {name: seen.change.new[name] for name in fields if name in seen.change.new}
    if told is None:
        return draft
    amounts = {name: amount_of(goal, told) for name, goal in plan.adds if name in draft.values}
    values = {name: amount.value * share // WHOLE for name, amount in amounts.items()}
    if all(draft.values[name] == value for name, value in values.items()):
        return draft
    counted = [
        one._replace(goal_value=values[one.challenge]) if one.challenge in values else one for one in draft.counted
    ]
    why = dict.fromkeys(amount.why for amount in amounts.values() if amount.why is not None)
    return replace(draft.counting(counted), reason="; ".join(why) or None)


def corrected(standing: Entry, wanted: Entry) -> str | None:
    """Say in words what became of the amount of an award that is otherwise as it was; None where it is another one."""
    names = ("change", "user", "points", "account", "items")
    if any(getattr(standing, name) != getattr(wanted, name) for name in names):
        return None
    pairs = [(standing.values.get(name, 0), value) for name, value in wanted.values.items()]
    moved = [(before, now) for before, now in pairs if before != now]
    if not moved:
        return None
    before, now = (number_words(one) for one in moved[0])
    return f"{CORRECTED}: it adds {now} to the goal now, not {before}"


def number_words(millionths: int) -> str:
    """Give a number of millionths as people write it."""
    return f"{Decimal(millionths) / GOAL_UNIT:,f}"
