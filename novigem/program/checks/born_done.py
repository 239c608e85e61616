"""Work that is born done: records that are created as what a rule on edits waits for, such as a logged call."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from novigem.model.program import Condition, Rule
from novigem.program.draft import Draft, Part, Placed
from novigem.program.words import quoted
from novigem.rules.onset import group_at_creation, leaves_alone
from novigem.rules.operators import CHANGE_OPERATORS

# Of these people make records after the fact. An Opportunity or a Lead is worked through, from one stage to another.
_LOGGED: Final = frozenset({"Task", "Event", "Case"})
# What is filled in while a call or a meeting is logged is work too.
_NOTED: Final = frozenset({"Task", "Event"})
_CLOSED_FIELDS: Final = frozenset({"IsClosed", "IsArchived"})
_FINAL: Final = re.compile(r"\b(closed|complete|completed|done|finished|held|resolved|solved)\b", re.IGNORECASE)
# Orgs name the last status of a task as they like; these are the ones that Salesforce ships for tasks not done.
_OPEN: Final = frozenset({"Not Started", "In Progress", "Waiting on someone else", "Deferred", "Open"})


def work_may_be_born_done(draft: Draft) -> None:
    """Advise a rule on edits to look at new records too, where they may be made with what the edit leads to."""
    for part in draft.active_rules():
        if part.value.trigger != "update" or not part.knows("object", "trigger", "when", "challenge"):
            continue
        found = next((one for group in part.groups for one in _born_done(part.value.object, group)), None)
        if found is None or _has_a_sister(draft, part):
            continue
        what = f"filled {found.field}" if found.value is True else f"{found.field} {_shown(found.value)}"
        message = f"a {part.value.object} that is created with {what} earns nothing: this rule looks at edits only"
        hint = "write `trigger: create or update` to pay for what is born done, such as a logged call"
        draft.note(part.at("trigger"), "NV915", message, hint)


def _shown(value: Any) -> str:
    return quoted(value[0] if isinstance(value, (list, tuple)) else value)


def _born_done(name: str, group: Sequence[Placed]) -> Iterator[Placed]:
    """Yield the conditions on a final state that a group waits for, where a new record may satisfy the whole group."""
    if group_at_creation(_plain(group)) is None or any(leaves_alone(one) for one in _plain(group)):
        # It asks for a step from one value to another, or for a field that was there before.
        return
    changed = {one.field for one in group if one.operator in CHANGE_OPERATORS}
    for one in group:
        if one.field in changed and _is_final(name, one):
            yield one


def _is_final(name: str, condition: Placed) -> bool:
    """Tell whether a condition asks for the state in which the work on a record is done."""
    field, operator, value = condition[1:]
    is_logged = name in _LOGGED or name.endswith("__c")
    if operator == "isNotBlank":
        return name in _NOTED and value is True
    if not is_logged or operator not in ("equals", "changedTo", "in"):
        return False
    if value is True:
        return field in _CLOSED_FIELDS
    texts = [one for one in (value if isinstance(value, (list, tuple)) else [value]) if isinstance(one, str)]
    if (name, field) == ("Task", "Status"):
        return any(one not in _OPEN for one in texts)
    return any(_FINAL.search(one) for one in texts)


def _has_a_sister(draft: Draft, part: Part[Rule]) -> bool:
    """Tell whether another rule pays for every new record that this one passes over."""
    mine = [made for group in part.groups if (made := group_at_creation(_plain(group))) is not None]
    sisters = [
        other
        for other in draft.active_rules()
        if (other.value.object, other.value.challenge) == (part.value.object, part.value.challenge)
        and "create" in other.value.kinds
    ]
    return any(not one.groups or all(_covers(one, group) for group in mine) for one in sisters)


def _covers(sister: Part[Rule], mine: Sequence[Condition]) -> bool:
    """Tell whether a sister rule pays for a new record that satisfies some conditions."""
    asked = [group_at_creation(_plain(group)) for group in sister.groups]
    return any(made is not None and all(_follows(one, mine) for one in made) for made in asked)


def _follows(condition: Condition, known: Sequence[Condition]) -> bool:
    """Tell whether a condition follows from others; what is not plain to see is said not to."""
    field, operator, _value = condition
    values = _values(condition)
    for one in known:
        if one.field != field:
            continue
        if one == condition or (operator == "isNotBlank" and one.operator in ("equals", "in")):
            return True
        if values and _values(one) and _values(one) <= values:
            return True
    return False


def _values(condition: Condition) -> frozenset[str]:
    """Give the only values that a condition allows, written so that they compare; none where it names none."""
    listed = {"equals": [condition.value], "in": condition.value}.get(condition.operator, [])
    return frozenset(map(repr, listed))


def _plain(group: Iterable[Placed]) -> tuple[Condition, ...]:
    return tuple(Condition(one.field, one.operator, one.value) for one in group)
