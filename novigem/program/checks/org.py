"""A program against an org: what the org does not have, does not show, or can never answer. One function a row.

Comes in: a program as far as it could be read, and what the org says of itself. Goes out: findings, noted in the
program's own document. Adding a check is a function and a line below. Nothing is written anywhere.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from novigem.feed.salesforce.facts import Facts
from novigem.feed.salesforce.schema import FieldProblem, moves_by_itself
from novigem.model.guesses import advise, guess
from novigem.model.ids import id18
from novigem.model.program import Goal, Rule
from novigem.model.text import one_form
from novigem.program.checks.field_types import (
    kinds_of,
    offered,
    operators_for,
    short_ids,
    takes,
    unfit_values,
    values_not_among,
    values_not_offered,
)
from novigem.program.checks.firing import wants_change
from novigem.program.checks.money import sums_have_one_currency
from novigem.program.checks.standard import GENERAL_CODES
from novigem.program.document import Path
from novigem.program.draft import Draft, Part, Placed
from novigem.program.words import either, quoted, show
from novigem.rules.operators import NUMBER

_MODES: Final = {"Record Owner": "OwnerId", "Created By": "CreatedById", "Last Modified By": "LastModifiedById"}
_CODES: Final = {"field": "NV502", "parent": "NV503", "formula": "NV504", "type": "NV505"}
_KIND_WORDS: Final = {"text": "text", "number": "numbers", "date": "dates", "boolean": "true or false"}
_MAY_READ = "give the connected user Read on it (field-level security) if the name is right"
_HINTS: Final = {
    "field": _MAY_READ,
    "parent": "name a relationship, as in Account.OwnerId or Parent__r.Name, that the user may read",
    "formula": "watch the fields that the formula is made of",
    "type": "watch one of its parts, or another field",
}


def check_against(draft: Draft, facts: Facts) -> None:
    """Note everything in which a program and an org do not agree.

    Raises SessionError, LimitReached or OrgUnavailable when the org cannot be asked any further.
    """
    # What was held against the fields that Salesforce is known to have, is asked of the org itself.
    findings = draft.document.findings
    findings[:] = [one for one in findings if one.code not in GENERAL_CODES]
    for check in ORG_CHECKS:
        check(draft, facts)


def objects_can_be_read(draft: Draft, facts: Facts) -> None:
    """Refuse objects that the org does not describe to us."""
    for part in _rules(draft):
        refusal = facts.refusal(part.value.object)
        if refusal is not None:
            hint = "check the API name; give the connected user Read and View All on the object if it is right"
            draft.note(part.at("object"), "NV501", f"{part.value.object} cannot be read: {refusal.message}", hint)


def fields_can_be_watched(draft: Draft, facts: Facts) -> None:
    """Refuse fields of conditions that are not there, or whose changes nobody could see."""
    for part, condition in _conditions(draft, facts):
        problem = facts.problem(part.value.object, condition.field)
        if problem is not None:
            _note(draft.note_key, condition.path[:-1], problem)


def operators_fit(draft: Draft, facts: Facts) -> None:
    """Refuse operators that never hold for a field of this type."""
    for condition, owner, field in _watched(draft, facts):
        operator = draft.registry.operator(condition.operator)
        if operator is None or takes(operator, field["type"]):
            continue
        names = operators_for(field["type"], draft.registry.operators)
        message = f"`{operator.name}` cannot be used on {owner}.{field['name']}, which is of the type {field['type']}"
        draft.note_key(condition.path, "NV506", message, f"operators for it: {', '.join(names)}")


def values_fit(draft: Draft, facts: Facts) -> None:
    """Refuse values that a field of this type never holds."""
    for condition, owner, field in _watched(draft, facts):
        operator = draft.registry.operator(condition.operator)
        if operator is None or not takes(operator, field["type"]):
            continue
        name = f"{owner}.{field['name']}"
        for wrong in unfit_values(condition, field["type"]):
            message = f"{name} ({field['type']}) cannot be compared with {show(wrong.value)}"
            hint = f"it holds {either(_KIND_WORDS[kind] for kind in kinds_of(field['type']))}"
            draft.note(_place(condition, wrong.number), "NV507", message, hint)
        for wrong in short_ids(condition, field["type"]):
            message = f"{name} never equals {show(wrong.value)}: ids are kept with 18 characters"
            draft.note(_place(condition, wrong.number), "NV507", message, f"write {id18(wrong.value)}")


def values_are_offered(draft: Draft, facts: Facts) -> None:
    """Refuse values that a restricted picklist does not have, and warn of those that an open one does not offer."""
    for condition, owner, field in _watched(draft, facts):
        values = offered(field) or []
        for wrong in values_not_offered(condition, field):
            is_restricted = bool(field.get("restrictedPicklist"))
            # Figures ask what rules ask already, and a value that nobody has yet is counted as none.
            if condition.path[0] == "review" and not is_restricted:
                continue
            message = f"the picklist {owner}.{field['name']} has no active value {quoted(wrong.value)}"
            hint = advise(wrong.value, values, intro="it offers")
            draft.note(_place(condition, wrong.number), "NV508" if is_restricted else "NV509", message, hint)


def record_types_exist(draft: Draft, facts: Facts) -> None:
    """Refuse record types that an object does not have."""
    for part, condition in _conditions(draft, facts):
        *parents, relationship, last = ("", *condition.field.split("."))
        asks = relationship == "RecordType" and last in {"DeveloperName", "Name"} and _can_watch(facts, part, condition)
        name = _object_of(facts, part.value.object, parents[1:]) if asks else None
        known = facts.record_types if name else None
        if known is None:
            continue
        values = [one.developer_name if last == "DeveloperName" else one.name for one in known if one.object == name]
        for wrong in values_not_among(condition, values):
            message = f"{name} has no record type {quoted(wrong.value)}"
            hint = advise(wrong.value, values, intro="it has") or f"{name} has no record types"
            draft.note(_place(condition, wrong.number), "NV510", message, hint)


def changes_can_be_seen(draft: Draft, facts: Facts) -> None:
    """Warn of changes that are not the record's own: the record is not touched when they happen."""
    for part, condition in _conditions(draft, facts):
        if not wants_change(condition) or not moves_by_itself(condition.field):
            continue
        if not _can_watch(facts, part, condition) or ".RecordType." in f".{condition.field}":
            # A record type is as good as a field of the record: what changes is which one the record has.
            continue
        if "." in condition.field:
            parent = condition.field.rpartition(".")[0]
            message = f"`{condition.operator}` sees {condition.field} change only when the record gets another {parent}"
            hint = f"an edit of the {parent} does not touch the {part.value.object}: give it a rule of its own"
        else:
            message = f"`{condition.operator}` never holds for {condition.field}, which Salesforce moves by itself"
            hint = "watch a field that people edit"
        draft.note_key(condition.path, "NV514", message, hint)


def steps_can_be_seen(draft: Draft, facts: Facts) -> None:
    """Warn where a rule asks what was there before, and nothing can tell of what lay between two reads."""
    for part, condition in _conditions(draft, facts):
        name = part.value.object
        if condition.operator == "changedFrom" and not facts.has_history(name) and "." not in condition.field:
            message = f"{name} has no field history, so a value that came and went between two syncs is never seen"
            hint = "sync often, or ask with `changedTo` or `isChanged` for what stays"
            draft.note_key(condition.path, "NV515", message, hint)


def points_go_to_users(draft: Draft, facts: Facts) -> None:
    """Refuse an Award Points To that is no lookup to User."""
    for part in _readable(draft, facts):
        rule = part.value
        given = [(one.to, part.at("share", number, "to")) for number, one in enumerate(rule.share)]
        for mode, path in given or [(rule.award_points_to, part.at("award_points_to"))]:
            if draft.registry.recipient(mode) is None and part.knows("award_points_to", "share"):
                _leads_to_a_user(draft, facts, rule.object, _MODES.get(mode, mode), path)


def _leads_to_a_user(draft: Draft, facts: Facts, name: str, field: str, path: Path) -> None:
    problem = facts.problem(name, field)
    if problem is not None:
        _note(draft.note, path, problem)
        return
    found = facts.field(name, field)
    if found is not None and "User" not in found[1]["referenceTo"]:
        targets = found[1]["referenceTo"]
        told = f"leads to {either(targets)}" if targets else f"is of the type {found[1]['type']}"
        message = f"{found[0]}.{found[1]['name']} is no lookup to User; it {told}"
        lookups = [one["name"] for one in facts.describe(name)["fields"] if "User" in one["referenceTo"]]
        draft.note(path, "NV511", message, f"lookups of {name} to User: {', '.join(lookups) or 'none'}")


def scopes_have_their_field(draft: Draft, facts: Facts) -> None:
    """Refuse a rule that pays once per account on an object that leads to none."""
    for part in _readable(draft, facts):
        if part.value.once_per.startswith("account") and part.value.object != "Account" and part.knows("once_per"):
            problem = facts.problem(part.value.object, "AccountId")
            if problem is not None:
                _note(draft.note, part.at("once_per"), problem, "use another `once_per`, such as record")


def goals_have_their_field(draft: Draft, facts: Facts) -> None:
    """Refuse goals that no record can move, and warn where only some of the objects can."""
    for part in draft.challenges:
        field = part.value.goal.sum or part.value.goal.distinct
        if field is None or not part.knows("goal", "id"):
            continue
        place = part.at("goal", "sum" if part.value.goal.sum else "distinct")
        objects = _counted_objects(draft, facts, part.value.id, part.value.goal)
        problems = {name: facts.problem(name, field) for name in objects}
        lacking = [name for name, problem in problems.items() if problem is not None]
        if objects and len(lacking) == len(objects):
            _note(draft.note, place, next(one for one in problems.values() if one is not None))
        elif lacking:
            message = f"{either(lacking)} has no {field} that could be read, and does not move this goal"
            draft.note(place, "NV513", message, "add `object:` to the goal, or count something that all objects have")
        if part.value.goal.sum is not None:
            _sums_add_numbers(draft, facts, place, field, [name for name in objects if name not in lacking])


def _sums_add_numbers(draft: Draft, facts: Facts, place: Path, path: str, objects: list[str]) -> None:
    for name in objects:
        found = facts.field(name, path)
        if found is not None and found[1]["type"] not in NUMBER:
            message = f"{name}.{path} is of the type {found[1]['type']} and cannot be added up"
            fields = facts.describe(name)["fields"]
            numbers = [one["name"] for one in fields if one["type"] in NUMBER and not one.get("calculated")]
            draft.note(place, "NV512", message, advise(path, numbers, intro="number fields") or "use `count`")


def _meant_email(name: str, known: Iterable[str]) -> str | None:
    """Guess by what stands before the @: behind it, colleagues are all alike."""
    by_local = {one.partition("@")[0]: one for one in known}
    meant = guess(name.lower().partition("@")[0], by_local)
    return None if meant is None else f"did you mean `{by_local[meant]}`?"


def people_exist(draft: Draft, facts: Facts) -> None:
    """Warn of people in the program whom the org does not know."""
    named = dict(_people(draft))
    found = facts.users({_key(name) for name in named.values() if _can_be_user(name)}) if named else None
    for path, name in named.items() if found is not None else ():
        is_active = (found or {}).get(_key(name))
        if is_active is None:
            guessed = _meant_email(name, facts.active_emails) if "@" in name else None
            hint = guessed or "write the e-mail address or the id of a user"
            draft.note(path, "NV516", f"the org has no user {quoted(name)}", hint)
        elif not is_active:
            draft.note(path, "NV516", f"the user {quoted(name)} is not active", "leave this person out")


def roles_exist(draft: Draft, facts: Facts) -> None:
    """Warn of roles in the program that the org does not have."""
    named = dict(_roles(draft))
    known = facts.roles if named else None
    held = {one_form(role) for role in known or ()}
    for path, name in named.items() if known is not None else ():
        if one_form(name) not in held:
            draft.note(path, "NV517", f"the org has no role {quoted(name)}", advise(name, known or (), intro="roles"))


def people_can_be_seen(draft: Draft, facts: Facts) -> None:
    """Warn where a program goes by roles, managers or addresses that the sync's user may not read."""
    hidden = facts.hidden_of_people
    if "UserRole.Name" in hidden:
        by_role = [part.at("role") for part in draft.teams if part.knows("role") and part.value.role]
        for path in (*(path for path, _name in _roles(draft)), *by_role):
            _may_not_be_seen(draft, path, "UserRole.Name", "roles")
    for path, names in (*((path, [name]) for path, name in _people(draft)), *_of_teams(draft)):
        if "ManagerId" in hidden and "manager" in path:
            _may_not_be_seen(draft, path, "ManagerId", "managers")
        elif "Email" in hidden and any("@" in name for name in names):
            _may_not_be_seen(draft, path, "Email", "addresses")


def _of_teams(draft: Draft) -> Iterator[tuple[Path, list[str]]]:
    for part in draft.teams:
        if part.knows("manager") and part.value.manager:
            yield part.at("manager"), [part.value.manager]
        if part.knows("members") and part.value.members:
            yield part.at("members"), [member.user for member in part.value.members]


def _may_not_be_seen(draft: Draft, path: Path, field: str, what: str) -> None:
    message = f"the {what} of people cannot be seen: User.{field} may not be read"
    hint = "give the connected user Read on it; seeing roles takes View Roles and Role Hierarchy besides"
    draft.note(path, "NV518", message, hint if field == "UserRole.Name" else hint.partition(";")[0])


Check = Callable[[Draft, Facts], None]
ORG_CHECKS: Final[tuple[Check, ...]] = (
    objects_can_be_read,
    fields_can_be_watched,
    operators_fit,
    values_fit,
    values_are_offered,
    record_types_exist,
    changes_can_be_seen,
    steps_can_be_seen,
    points_go_to_users,
    scopes_have_their_field,
    goals_have_their_field,
    sums_have_one_currency,
    people_exist,
    roles_exist,
    people_can_be_seen,
)


def _rules(draft: Draft) -> Iterator[Part[Rule]]:
    """Yield the rules whose object is clear. One that is switched off is read by a sync all the same."""
    return (part for part in draft.rules if part.knows("object"))


def _readable(draft: Draft, facts: Facts) -> Iterator[Part[Rule]]:
    return (part for part in _rules(draft) if facts.refusal(part.value.object) is None)


def _conditions(draft: Draft, facts: Facts) -> Iterator[tuple[Part[Any], Placed]]:
    """Yield the conditions of rules, and of the review's figures, whose object can be read."""
    figures = [one for one in draft.figure_conditions if one.knows("object")]
    asked = (one for one in figures if facts.refusal(one.value.object) is None)
    for part in (*_readable(draft, facts), *asked):
        for group in part.groups:
            for condition in group:
                yield part, condition


def _watched(draft: Draft, facts: Facts) -> Iterator[tuple[Placed, str, Mapping[str, Any]]]:
    """Yield the conditions on fields that can be watched, each with the field's object and describe."""
    for part, condition in _conditions(draft, facts):
        found = facts.field(part.value.object, condition.field) if _can_watch(facts, part, condition) else None
        if found is not None:
            yield condition, *found


def _can_watch(facts: Facts, part: Part[Any], condition: Placed) -> bool:
    # What is wrong with the field itself is told once; more about it would be echoes of the same mistake.
    return facts.problem(part.value.object, condition.field) is None


def _object_of(facts: Facts, name: str, relationships: list[str]) -> str | None:
    """Give the object that a way along parents leads to."""
    if not relationships:
        return name
    found = facts.field(name, ".".join((*relationships, "Id")))
    return None if found is None else found[0]


def _counted_objects(draft: Draft, facts: Facts, challenge: str, goal: Goal) -> list[str]:
    rules = [part for part in draft.links.get(challenge, ()) if part.knows("object")]
    objects = sorted({part.value.object for part in rules if facts.refusal(part.value.object) is None})
    return [name for name in objects if goal.counted_object in (None, name)]


def _note(note: Callable[[Path, str, str, str | None], None], path: Path, problem: FieldProblem, way: str = "") -> None:
    guess = f"did you mean `{problem.guess}`?\n" if problem.guess else ""
    reason = problem.reason.partition("; ")[0]
    colon = "" if reason.startswith(("does", "is ", "leads")) else ":"
    message = f"{problem.object}.{problem.field}{colon} {reason}"
    note(path, _CODES[problem.kind], message, f"{guess}{way or _HINTS[problem.kind]}")


def _place(condition: Placed, number: int | None) -> Path:
    return condition.path if number is None else (*condition.path, number)


def _people(draft: Draft) -> Iterator[tuple[Path, str]]:
    if draft.head.knows("participants"):
        given = draft.head.value.participants
        for key in ("manager", "users", "exclude"):
            for number, name in enumerate(getattr(given, key)):
                yield ("participants", key, number), name
    for part in draft.boards:
        manager = getattr(part.value.scope, "manager", None)
        if manager is not None and part.knows("scope"):
            yield part.at("scope", "manager"), manager


def _roles(draft: Draft) -> Iterator[tuple[Path, str]]:
    if draft.head.knows("participants"):
        for number, name in enumerate(draft.head.value.participants.role):
            yield ("participants", "role", number), name
    for part in draft.boards:
        role = getattr(part.value.scope, "role", None)
        if role is not None and part.knows("scope"):
            yield part.at("scope", "role"), role


def _can_be_user(name: str) -> bool:
    return "@" in name or _key(name) != one_form(name.lower())


def _key(name: str) -> str:
    """Give a user as programs name one: an id with 18 characters, or an e-mail address in lower case."""
    try:
        return id18(name)
    except ValueError:
        return one_form(name.lower())
