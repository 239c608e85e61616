"""A rule in plain words: what has to happen, who gets how many points for it, how often, and what takes them back.

Comes in: a checked program and one of its rules. Goes out: sentences. They name no people: whoever a file names, it
names for the engine.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from itertools import groupby
from typing import Any

from novigem.model.program import AccountLimit, Cap, Condition, LimitPeriod, Program, Rule
from novigem.model.rule import Within
from novigem.views.words import clean, counted, day_text, number_text

PER: dict[LimitPeriod, str] = {
    "day": "a day",
    "week": "a week",
    "month": "a month",
    "quarter": "a quarter",
    "program": "in the whole season",
}
_ONCE = {
    "record": "Once for each record, whoever owns it later.",
    "record and user": "Once for each record and person: a new owner can earn too.",
    "account": "Once for each account, whichever of its records it was.",
    "account and week": "Once a week for each account.",
    "day": "Once a day for each person.",
    "change": "Every time it happens.",
}
_WHOSE = {
    "Record Owner": "the owner of the record",
    "Last Modified By": "whoever made the change",
    "Created By": "whoever created the record",
}
# What a field name ends with that says nothing to a reader.
_MARKS = re.compile(r"__(c|r|pc)$", re.IGNORECASE)
_CAPITALS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def rule_sentences(program: Program, rule: Rule) -> Iterator[str]:
    """Yield what a rule says, a sentence each, the most important first."""
    yield _pays(rule)
    yield from when_sentences(rule)
    if rule.status == "inactive":
        yield "Switched off: it pays nothing at present."
    yield from _counts_for(program, rule)
    yield _ONCE[rule.once_per]
    if rule.once_per != "change" and any(one.cadence for one in program.challenges if one.id in rule.challenges):
        yield "In each new period of a challenge it can pay anew."
    yield from _limits(rule)
    yield from _handed_over(rule)
    yield from _undone(rule)


def _pays(rule: Rule) -> str:
    what = _what_happens(rule)
    if not rule.points:
        return f"Pays nothing by itself, and is counted, for {what}."
    if rule.share:
        parts = " and ".join(f"{one.percent} % to {whose(one.to)}" for one in rule.share)
        return f"{counted(rule.points, 'point')} for {what}: {parts}."
    return f"{counted(rule.points, 'point')} to {whose(rule.award_points_to)}, for {what}."


def _what_happens(rule: Rule) -> str:
    thing = thing_words(rule.object)
    happens = {
        "create": f"a new {thing}",
        "update": f"an edit of {_with_article(thing)}",
        "create or update": f"{_with_article(thing)}, made so or brought there by an edit",
    }
    return happens[rule.trigger]


def when_sentences(rule: Rule) -> Iterator[str]:
    """Yield what has to hold; of several ways, one each."""
    ways = [_all_of(group) for group in rule.groups]
    if not ways:
        return
    if len(ways) == 1:
        yield f"Only where {ways[0]}."
        return
    yield "Only where one of these holds:"
    yield from (f"{number}. {way}" for number, way in enumerate(ways, start=1))


def _all_of(group: Iterable[Condition]) -> str:
    by_field = [list(some) for _field, some in groupby(group, key=lambda one: one.field)]
    return _together([words for some in by_field for words in _field_conditions(some)])


def _together(parts: list[str]) -> str:
    return ", and ".join(parts)


def _field_conditions(some: list[Condition]) -> Iterator[str]:
    """Yield what one field must be; a value that an edit must have brought is told in one."""
    asked = {one.operator: one.value for one in some}
    field = field_words(some[0].field)
    if asked.get("isChanged") is True:
        if "equals" in asked:
            yield f"{field} becomes {value_words(asked.pop('equals'))}"
            del asked["isChanged"]
        elif "in" in asked:
            yield f"{field} becomes {_either(asked.pop('in'))}"
            del asked["isChanged"]
        elif asked.get("isNotBlank") is True:
            del asked["isChanged"], asked["isNotBlank"]
            yield f"{field} is filled in or changed"
    for operator, value in asked.items():
        if field.startswith("is ") and isinstance(value, bool) and operator in ("equals", "notEquals"):
            # `IsClosed` reads as what it is.
            yield f"it is {field[3:]}" if (operator == "equals") is value else f"it is not {field[3:]}"
        else:
            yield f"{field} {_operator_words(operator, value)}"


def _operator_words(operator: str, value: Any) -> str:
    told = _SENTENCES.get(operator)
    # An operator of somebody's own is told by its name.
    return f"{clean(operator)} {value_words(value)}" if told is None else told(value)


def condition_words(field: str, operator: str, value: Any) -> str:
    """Give a condition as words: `status is “Completed”`."""
    return f"{field_words(field)} {_operator_words(operator, value)}"


def _within_words(value: Within) -> str:
    first, last = value.from_days, value.to_days
    if first is not None and last is not None:
        return f"lies between {_days_away(first)} and {_days_away(last)}"
    if first is not None:
        return f"is no earlier than {_days_away(first)}"
    return f"is no later than {_days_away(last or 0)}"


def _days_away(days: int) -> str:
    if not days:
        return "the day of the change"
    side = "after" if days > 0 else "before"
    return f"{counted(abs(days), 'day')} {side} the change"


def _either(values: Iterable[Any]) -> str:
    shown = [value_words(one) for one in values]
    return " or ".join(part for part in (", ".join(shown[:-1]), shown[-1]) if part)


def _listed(values: Iterable[Any]) -> str:
    return ", ".join(value_words(one) for one in values)


_SENTENCES: Mapping[str, Callable[[Any], str]] = {
    "equals": lambda value: f"is {value_words(value)}",
    "notEquals": lambda value: f"is not {value_words(value)}",
    "in": lambda values: f"is {_either(values)}",
    "notIn": lambda values: f"is none of {_listed(values)}",
    "greaterThan": lambda value: f"is above {value_words(value)}",
    "lessThan": lambda value: f"is below {value_words(value)}",
    "greaterThanOrEqual": lambda value: f"is {value_words(value)} or above",
    "lessThanOrEqual": lambda value: f"is {value_words(value)} or below",
    "contains": lambda value: f"contains {value_words(value)}",
    "notContains": lambda value: f"does not contain {value_words(value)}",
    "startsWith": lambda value: f"begins with {value_words(value)}",
    "endsWith": lambda value: f"ends with {value_words(value)}",
    "matches": lambda value: f"looks like {value_words(value)}",
    "isBlank": lambda value: "is empty" if value else "is filled in",
    "isNotBlank": lambda value: "is filled in" if value else "is empty",
    "isChanged": lambda value: "is changed" if value else "is not changed in the same edit",
    "changedFrom": lambda value: f"is changed from {value_words(value)}",
    "changedTo": lambda value: f"becomes {value_words(value)}",
    "increasedBy": lambda value: f"goes up by {value_words(value)} or more",
    "within": _within_words,
}


def value_words(value: Any) -> str:
    """Give a value of a program file as people write it."""
    if isinstance(value, bool):
        return "ticked" if value else "not ticked"
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, date):
        return day_text(value)
    return f"\N{LEFT DOUBLE QUOTATION MARK}{clean(str(value))}\N{RIGHT DOUBLE QUOTATION MARK}"


def field_words(field: str) -> str:
    """Give the name of a field as words: `RecordType.DeveloperName` is the record type, `Renewal_Risk__c` its words."""
    *parents, own = field.split(".")
    words = _plain(own)
    if parents and own in ("Name", "DeveloperName", "Id"):
        return _plain(parents[-1])
    if parents:
        return f"{words} of the {_plain(parents[-1])}"
    return words


def thing_words(name: str) -> str:
    """Give the name of an object as words: `Opportunity` is an opportunity, `Health_Check__c` a health check."""
    return _plain(name)


def _plain(name: str) -> str:
    bare = _MARKS.sub("", name)
    words = _CAPITALS.sub(" ", bare.replace("_", " ")).split()
    if len(words) > 1 and words[-1] == "Id":
        words.pop()
    # Abbreviations keep their capitals.
    told = " ".join(word if word.isupper() and len(word) > 1 else word.lower() for word in words)
    return clean(told) or clean(name)


def _with_article(thing: str) -> str:
    return f"{'an' if thing[:1] in 'aeio' else 'a'} {thing}"


def whose(award_to: str) -> str:
    """Say to whom an award goes."""
    told = _WHOSE.get(award_to)
    if told is not None:
        return told
    *parents, own = award_to.split(".")
    if own == "OwnerId" and parents:
        return f"the owner of the {_plain(parents[-1])}"
    return f"the person in the field {field_words(award_to)}"


def _counts_for(program: Program, rule: Rule) -> Iterator[str]:
    names = {one.id: one.name for one in program.challenges}
    several = [clean(names.get(one, one)) for one in rule.challenges]
    if len(several) == 1:
        yield f"Counts for the challenge {several[0]}, and pays only while that is open."
    elif several:
        yield f"Counts for the challenges {', '.join(several)}, and pays only while one of them is open."


def _limits(rule: Rule) -> Iterator[str]:
    if rule.cap is not None:
        yield f"{cap_words(rule.cap)} for one person."
    if rule.per_account is not None:
        yield f"{_account_words(rule.per_account)}."
    if rule.cooldown is not None:
        same = " from the same account" if rule.cooldown.per == "account" else ""
        hours = counted(rule.cooldown.hours, "hour")
        yield f"After an award it pays the same person nothing more{same} for {hours}."


def cap_words(cap: Cap) -> str:
    """Say what a cap allows, without its full stop."""
    what = counted(cap.points, "point") if cap.points is not None else counted(cap.awards or 0, "award")
    return f"At most {what} {PER[cap.per]}"


def _account_words(limit: AccountLimit) -> str:
    return f"At most {counted(limit.awards, 'award')} {PER[limit.per]} for one person from one account"


def _handed_over(rule: Rule) -> Iterator[str]:
    former = rule.former_owner
    if former is not None:
        days = counted(former.within_days, "day")
        yield f"Whoever handed the record over in the {days} before gets {former.percent} % of the points."


def _undone(rule: Rule) -> Iterator[str]:
    days = rule.reversible_days
    undone = "if the record is deleted, merged into another, or no longer fits"
    if days is not None:
        yield f"Taken back {undone} within {counted(days, 'day')}."
    elif rule.is_reversible:
        yield f"Taken back {undone}; it counts again once that is put right."
    else:
        yield "Stays paid, whatever becomes of the record."
    if rule.vest_after is not None:
        yield f"Held for {counted(rule.vest_after, 'day')} before it counts for a prize."
