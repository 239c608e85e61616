"""Sums of money: one currency each, and amounts that are corrected later."""

from collections.abc import Iterator
from typing import Final

from novigem.challenges.sums import currency_field
from novigem.feed.salesforce.facts import Facts
from novigem.model.program import Challenge
from novigem.program.checks.field_types import offered
from novigem.program.checks.goals import measures
from novigem.program.draft import Draft, Part
from novigem.program.words import either

_WORDS: Final = ("Amount", "Revenue", "ARR", "MRR", "ACV", "TCV", "Price", "ForecastAmount")


def sounds_like_money(field: str) -> bool:
    """Tell whether a field is an amount of money by its name."""
    name = field.rsplit(".", 1)[-1].removesuffix("__c")
    return any(name == word or name.endswith((word, f"_{word}")) for word in _WORDS)


def currency_keys_stand_with_sums(draft: Draft) -> None:
    """Refuse a currency of what is no sum, and rates to no currency."""
    for part in draft.challenges:
        goal = part.value.goal
        if not part.knows("goal"):
            continue
        if goal.sum is None and (goal.currency or goal.rates) and len(measures(goal)) == 1:
            key = "currency" if goal.currency else "rates"
            message = f"`{key}` is of what a `sum` adds up"
            draft.note(part.at("goal", key), "NV217", message, "remove it, or add up a field")
        elif goal.rates and goal.currency is None:
            message = "`rates` lead to the `currency` of the goal, which is missing"
            draft.note(part.at("goal", "rates"), "NV217", message, "add `currency: EUR`: what the rates lead to")
        elif goal.currency in goal.rates:
            message = f"one {goal.currency} is one {goal.currency}"
            draft.note(part.at("goal", "rates"), "NV217", message, f"remove the rate of {goal.currency}")


def sums_have_one_currency(draft: Draft, facts: Facts) -> None:
    """Refuse a sum of money that does not go with the currencies of the org, and warn of those without a rate."""
    for part, field in _sums(draft):
        if not part.knows("id"):
            continue
        goal = part.value.goal
        objects = {rule.value.object for rule in draft.links.get(part.value.id, ()) if rule.knows("object")}
        for name in sorted(objects):
            if goal.counted_object in (None, name) and facts.refusal(name) is None:
                _held_against(draft, facts, part, name, field)


def _held_against(draft: Draft, facts: Facts, part: Part[Challenge], name: str, field: str) -> None:
    found, told = facts.field(name, field), facts.field(name, currency_field(field))
    goal = part.value.goal
    if found is None or found[1]["type"] != "currency":
        return
    if told is None:
        if goal.currency is not None:
            message = f"the org has one currency, so {name} does not tell any, and nothing would be counted"
            draft.note(part.at("goal", "currency"), "NV346", message, "remove `currency`")
        return
    codes = sorted(offered(told[1]) or ())
    if goal.currency is None:
        message = f"{name}.{field} is in several currencies, which would be added as plain numbers"
        hint = f"add `currency:` with one of {either(codes)}" if codes else "add `currency:`"
        draft.note(part.at("goal", "sum"), "NV346", message, f"{hint}, and `rates` for the others")
    elif codes and goal.currency not in codes:
        message = f"the org has no currency {goal.currency}"
        draft.note(part.at("goal", "currency"), "NV346", message, f"it has {either(codes)}")
    elif without := [code for code in codes if code != goal.currency and code not in goal.rates]:
        message = f"amounts in {either(without)} are not counted: there is no rate to {goal.currency}"
        hint = f"add `rates: {{{without[0]}: ...}}`, what one {without[0]} is in {goal.currency}"
        draft.note(part.at("goal", "currency"), "NV347", message, hint)


def _sums(draft: Draft) -> Iterator[tuple[Part[Challenge], str]]:
    for part in draft.challenges:
        goal = part.value.goal
        if goal.sum is not None and part.knows("goal") and len(measures(goal)) == 1:
            yield part, goal.sum
