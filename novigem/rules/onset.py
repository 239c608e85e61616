"""What the conditions of a rule `create or update` mean at a creation, and which of them hold at an edit alone.

Such a rule pays at the moment its conditions come to hold. At a creation every field goes from nothing to its value. At
an edit they must hold now, and not have held on the values before it.
"""

from collections.abc import Iterable, Sequence

from novigem.model.program import Condition
from novigem.rules.operators import Registry


def at_creation(condition: Condition) -> Condition | None:
    """Give what a condition asks of a new record; None where no new record can satisfy it.

    Nothing is no value that a field could come from, and no number that could rise.
    """
    field, operator, value = condition
    if operator == "isChanged":
        return Condition(field, "isNotBlank", value)
    if operator == "changedTo":
        return Condition(field, "equals", value)
    return None if operator in ("changedFrom", "increasedBy") else condition


def group_at_creation(group: Sequence[Condition]) -> tuple[Condition, ...] | None:
    """Give what a condition group asks of a new record; None where none can satisfy it."""
    found = tuple(at_creation(one) for one in group)
    return None if None in found else tuple(one for one in found if one is not None)


def leaves_alone(condition: Condition) -> bool:
    """Tell whether a condition asks the edit to leave a field alone; of the values before it, that asks nothing."""
    return condition.operator == "isChanged" and condition.value is False


def is_of_the_moment(group: Iterable[Condition], registry: Registry) -> bool:
    """Tell whether a condition group holds at an edit only, so that it never held before."""
    return any(_asks_for_a_change(one, registry) for one in group)


def _asks_for_a_change(condition: Condition, registry: Registry) -> bool:
    operator = registry.operator(condition.operator)
    return operator is not None and operator.needs_old and not leaves_alone(condition)
