"""Fields of Salesforce's own objects, without an org: whether they exist, what they hold, and where lookups lead.

An org may have more of them, by its licences and features, so a field that is missing here is advice. What a field that
exists can never hold is an error. With `--org` the org itself is asked.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from novigem.model.guesses import did_you_mean, guess
from novigem.model.program import Goal
from novigem.program.checks.field_types import kinds_of, operators_for, takes, unfit_values
from novigem.program.document import Path
from novigem.program.draft import Draft, Placed
from novigem.program.standard_fields import fields_of, is_standard, objects_with, parents_of
from novigem.program.words import either, show
from novigem.rules.operators import NUMBER, TIME, Operator

_KIND_WORDS: Final = {"text": "text", "number": "numbers", "date": "dates", "boolean": "true or false"}
# What a field of these types holds is never a number nor a day, whatever a feed makes of it.
_NO_MEASURE: Final = frozenset({"picklist", "multipicklist", "id", "reference", "boolean", "email", "phone", "url"})
_MEASURING: Final = frozenset(
    {"greaterThan", "greaterThanOrEqual", "lessThan", "lessThanOrEqual", "increasedBy", "within"}
)
# When something happened: never after the change that tells of it.
_PAST: Final = frozenset(
    {
        "CreatedDate", "LastModifiedDate", "SystemModstamp", "LastViewedDate", "LastReferencedDate", "LastActivityDate",
        "LastStageChangeDate", "CompletedDateTime", "ClosedDate", "ConvertedDate", "LastTransferDate",
    }
)  # fmt: skip
#: What an org, where it is asked, tells better.
GENERAL_CODES: Final = frozenset({"NV407", "NV408", "NV409", "NV920", "NV921"})
_ONLY_ORG: Final = "an org may have more fields of its own; hold the file against yours to be sure"


class Found(NamedTuple):
    """Where a dotted name leads: the object and field that it ends at, and the type of the field.

    `lacking` is the step that the object does not have; then there is no type. Nothing is known of custom objects.
    """

    object: str
    field: str
    type: str | None = None
    lacking: bool = False
    is_parent: bool = False


def find(name: str, path: str) -> Found | None:
    """Follow a dotted name from an object; None where what it passes is not known here."""
    *parents, field = path.split(".")
    for parent in parents:
        known = parents_of(name)
        if not known or not is_standard(parent):
            return None
        if parent not in known:
            return Found(name, parent, lacking=True, is_parent=True)
        found = known[parent]
        if found is None:
            return None
        name = found
    fields = fields_of(name)
    if not fields or not is_standard(field):
        return None
    return Found(name, field, fields.get(field), lacking=field not in fields)


def fields_are_known(draft: Draft) -> None:
    """Advise against fields of conditions that Salesforce's own objects do not have."""
    for path, found in _of_conditions(draft):
        if found.lacking:
            _tell(draft, path, found, key=True)


def _of_conditions(draft: Draft) -> Iterator[tuple[Path, Found]]:
    for part in (*draft.rules, *draft.figure_conditions):
        seen: set[Path] = set()
        for condition in (one for group in part.groups for one in group if part.knows("object", "when")):
            found = find(part.value.object, condition.field)
            if found is not None and condition.path[:-1] not in seen:
                seen.add(condition.path[:-1])
                yield condition.path[:-1], found


def _tell(draft: Draft, path: Path, found: Found, *, key: bool = False) -> None:
    others = objects_with(found.field)
    hint = _meant(found) or (f"it is a field of {either(others)}" if others else None)
    if hint is None:
        # It looks like nothing that is known, so it may well be of a licence or a feature of the org.
        return
    message = f"{found.object} has no field `{found.field}` of Salesforce's own; without one, this is never known"
    (draft.note_key if key else draft.note)(path, "NV920", message, f"{hint}\n{_ONLY_ORG}")


def _meant(found: Found) -> str | None:
    """Guess at a field; a relationship, whose name lacks the Id of its lookup, where the name goes on behind it."""
    fields, parents = fields_of(found.object), parents_of(found.object)
    lookups = {f"{one}Id" for one in parents} & fields.keys()
    name = guess(found.field, (*fields, *parents))
    if found.is_parent:
        name = name.removesuffix("Id") if name in lookups else name if name in parents else None
    elif name not in fields:
        name = f"{name}Id" if f"{name}Id" in lookups else None
    return None if name is None else f"did you mean `{name}`?"


def operators_and_values_fit(draft: Draft) -> None:
    """Refuse operators that never hold for what a field of Salesforce's own has; advise against values it has not."""
    for part in (*draft.rules, *draft.figure_conditions):
        for condition in (one for group in part.groups for one in group if part.knows("object")):
            found = find(part.value.object, condition.field)
            operator = draft.registry.operator(condition.operator)
            if found is not None and found.type is not None and operator is not None:
                _fits(draft, condition, operator, found, found.type)


def _fits(draft: Draft, condition: Placed, operator: Operator, found: Found, kind: str) -> None:
    name = f"{found.object}.{found.field}"
    if not takes(operator, kind):
        never = kind in _NO_MEASURE and operator.name in _MEASURING
        message = f"`{operator.name}` cannot be used on {name}, which is of the type {kind}"
        hint = f"operators for it: {', '.join(operators_for(kind, draft.registry.operators))}"
        draft.note_key(condition.path, "NV407" if never else "NV921", message, hint)
        return
    for wrong in unfit_values(condition, kind):
        place = condition.path if wrong.number is None else (*condition.path, wrong.number)
        message = f"{name} ({kind}) cannot be compared with {show(wrong.value)}"
        hint = f"it holds {either(_KIND_WORDS[one] for one in kinds_of(kind))}{_without_quotes(wrong.value, kind)}"
        draft.note(place, "NV921", message, hint)
    value: Any = condition.value
    if kind == "percent" and isinstance(value, float) and 0 < value < 1:
        message = f"{name} counts in percent, from 0 to 100; {value} is less than one"
        draft.note(condition.path, "NV925", message, f"write {value * 100:g}")
    if found.field in _PAST and condition.operator == "within" and isinstance(value, dict):
        _lies_behind(draft, condition, name, value)


def _lies_behind(draft: Draft, condition: Placed, name: str, days: dict[str, Any]) -> None:
    first, last = days.get("from_days"), days.get("to_days")
    if first is None or first <= 0:
        return
    message = f"{name} is never after the change, and so never {first} days ahead"
    earliest = f"from_days: {-last}, " if last is not None else ""
    hint = f"days past are negative: `{{{earliest}to_days: {-first}}}`"
    draft.note((*condition.path, "from_days"), "NV413", message, hint)


def _without_quotes(value: Any, kind: str) -> str:
    word = value.lower() if isinstance(value, str) else ""
    return f"; write {word} without quotes" if kind == "boolean" and word in {"true", "false"} else ""


def goals_have_their_field(draft: Draft) -> None:
    """Advise against goals on fields that no object of theirs has, and refuse sums of what is no number."""
    for part in draft.challenges:
        goal = part.value.goal
        path = goal.sum or goal.distinct
        if path is None or not part.knows("goal", "id") or not draft.links_known:
            continue
        place = part.at("goal", "sum" if goal.sum else "distinct")
        found = [find(name, path) for name in _counted(draft, part.value.id, goal)]
        if found and all(one is not None and one.lacking for one in found):
            _tell(draft, place, next(one for one in found if one is not None))
        for one in found:
            if goal.sum and one is not None and one.type is not None and one.type not in NUMBER:
                message = f"{one.object}.{one.field} is of the type {one.type}, and nothing can be added up of it"
                numbers = [name for name, kind in fields_of(one.object).items() if kind in NUMBER]
                hint = did_you_mean(one.field, numbers) or f"number fields: {', '.join(numbers)}; or use `count`"
                code = "NV409" if one.type in _NO_MEASURE | TIME else "NV921"
                draft.note(place, code, message, hint)


def _counted(draft: Draft, challenge: str, goal: Goal) -> list[str]:
    rules = draft.links.get(challenge, ())
    names = {part.value.object for part in rules if part.knows("object")}
    return [name for name in sorted(names) if goal.counted_object in (None, name)]


def points_go_to_users(draft: Draft) -> None:
    """Advise against an Award Points To that leads to something else than a user, or to nothing."""
    for part in draft.rules:
        rule = part.value
        given = [(one.to, part.at("share", number, "to")) for number, one in enumerate(rule.share)]
        for mode, path in given or [(rule.award_points_to, part.at("award_points_to"))]:
            known = part.knows("object", "award_points_to", "share") and draft.registry.recipient(mode) is None
            # What is no lookup by its form is told by another check.
            if known and mode.endswith("Id"):
                _leads_to_a_user(draft, path, rule.object, mode)


def _leads_to_a_user(draft: Draft, path: Path, name: str, mode: str) -> None:
    found = find(name, mode)
    if found is None:
        return
    if found.lacking:
        _tell(draft, path, found)
        return
    target = parents_of(found.object).get(found.field.removesuffix("Id")) if found.type == "reference" else None
    if found.type != "reference" or (target is not None and target != "User"):
        told = f"leads to {target}" if target else f"is of the type {found.type}"
        lookups = [f"{one}Id" for one, leads in parents_of(found.object).items() if leads == "User"]
        message = f"{found.object}.{found.field} is no lookup to User; it {told}"
        draft.note(path, "NV408", message, f"lookups of {found.object} to User: {', '.join(lookups)}")


def scopes_have_their_field(draft: Draft) -> None:
    """Advise against a rule that pays once per account on an object whose records belong to none."""
    for part in draft.rules:
        fields = fields_of(part.value.object) if part.knows("object", "once_per") else {}
        lacks = bool(fields) and "AccountId" not in fields and not part.value.object.endswith("__c")
        if part.value.once_per.startswith("account") and lacks and part.value.object != "Account":
            message = f"a {part.value.object} belongs to no account, so a rule that pays once per account never pays"
            draft.note(part.at("once_per"), "NV408", message, "use another `once_per`, such as record")
