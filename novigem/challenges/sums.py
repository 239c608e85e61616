"""What one award adds to a goal that sums up a number field: the amount, its currency, and why it may add nothing.

Amounts in different currencies are never one number. A goal that says its currency counts what is in it, and what it
has a rate for; an amount of which it is not known what it is adds nothing, and the entry says so.
"""

import re
from collections.abc import Mapping
from decimal import Context, InvalidOperation
from typing import Any, NamedTuple

from novigem.model.entry import GOAL_UNIT, LARGEST_SUM
from novigem.model.program import Goal

# Wide enough for any amount with any rate: nothing is rounded on the way.
_EXACT = Context(prec=80)
_CODE = re.compile(r"[A-Z]{3}\Z")
_NOTHING = "adds nothing to the goal: "


class Amount(NamedTuple):
    """What a record adds, in millionths, and in words why that is nothing, or may not be what was meant."""

    value: int = 0
    why: str | None = None


def currency_field(field: str) -> str:
    """Give the field that holds the currency of an amount: on the record itself, or on the parent that it is of."""
    parent, dot, _name = field.rpartition(".")
    return f"{parent}{dot}CurrencyIsoCode"


def fields_of(goal: Goal) -> tuple[str, str]:
    """Give the fields of a record that decide what it adds to a sum."""
    field = goal.sum or ""
    return field, currency_field(field)


def amount_of(goal: Goal, told: Mapping[str, Any]) -> Amount:
    """Give what a record adds to a sum, as far as its values are told.

    Digits beyond the sixth decimal are cut off. Nothing is added where the value is not told, is no number, is above
    what is kept, or is in a currency that the goal neither counts in nor has a rate for.
    """
    field, code_field = fields_of(goal)
    value, code = told.get(field), told.get(code_field)
    if value is None:
        return Amount(0, f"{_NOTHING}{field} is {'blank' if field in told else 'not told'}")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return Amount(0, f"{_NOTHING}{field} is no number")
    if goal.currency is None:
        rate, why = 1.0, _plainly(field, code)
    else:
        known = 1.0 if code == goal.currency else goal.rates.get(code) if isinstance(code, str) else None
        if known is None:
            return Amount(0, _NOTHING + _not_counted(goal.currency, code))
        rate, why = known, None
    number = _millionths(value, rate)
    if number is None:
        return Amount(0, f"{_NOTHING}{field} is no number")
    if abs(number) > LARGEST_SUM:
        return Amount(0, f"{_NOTHING}{field} is above {LARGEST_SUM // GOAL_UNIT:,}, the most that a sum may be")
    return Amount(number, why)


def _millionths(value: float, rate: float) -> int | None:
    try:
        # The shortest text of a float is the number that Salesforce sent; binary fractions would not add up exactly.
        number = _EXACT.create_decimal(repr(value))
        return int(_EXACT.multiply(_EXACT.multiply(number, _EXACT.create_decimal(repr(rate))), GOAL_UNIT))
    except (InvalidOperation, ValueError, OverflowError):
        return None


def _plainly(field: str, code: Any) -> str | None:
    """Say that an amount in a currency was added as a plain number, where the goal says no currency."""
    is_code = isinstance(code, str) and _CODE.match(code)
    return f"{field} in {code} is added as a plain number: the goal says no `currency`" if is_code else None


def _not_counted(currency: str, code: Any) -> str:
    if isinstance(code, str) and _CODE.match(code):
        return f"the amount is in {code}, and the goal adds up {currency} and has no rate for {code}"
    return f"its currency is not told, and the goal adds up {currency}"
