"""The figures of the review: keys that go with their kind, states that are states, fields that can be counted."""

from typing import Any

from novigem.model.review import NEEDED_KEYS, OPTIONAL_KEYS, Figure
from novigem.program.checks.firing import wants_change
from novigem.program.checks.standard import find
from novigem.program.draft import Draft, Part
from novigem.program.words import either
from novigem.rules.operators import NUMBER, TIME

#: What says which kind of figure a key belongs to.
_OF_A_KIND = sorted({key for keys in (*NEEDED_KEYS.values(), *OPTIONAL_KEYS.values()) for key in keys})
_EXAMPLES = {
    "due": "due: CloseDate",
    "done": "done: {Status: {equals: Completed}}",
    "touch": "touch: [{object: Task, where: {Status: {equals: Completed}}}]",
}


def figures_have_the_keys_of_their_kind(draft: Draft) -> None:
    """Refuse a key that another kind of figure has, and a kind without what it is counted by."""
    for part in draft.figures:
        if not part.knows("kind"):
            continue
        kind = part.value.kind
        for key in _OF_A_KIND:
            is_given = part.at(key) in draft.document.keys
            if is_given and key not in (*NEEDED_KEYS[kind], *OPTIONAL_KEYS[kind]):
                kinds = [f"`{one}`" for one in NEEDED_KEYS if key in (*NEEDED_KEYS[one], *OPTIONAL_KEYS[one])]
                hint = f"remove it; it goes with {either(kinds)}"
                draft.note_key(part.at(key), "NV351", f"a figure of the kind `{kind}` has no `{key}`", hint)
            elif not is_given and key in NEEDED_KEYS[kind] and part.knows(key):
                message = f"a figure of the kind `{kind}` needs `{key}`"
                draft.note(part.at("kind"), "NV351", message, f"add `{_EXAMPLES[key]}`")


def states_ask_for_no_change(draft: Draft) -> None:
    """Refuse what only an edit can answer where a figure looks at how a record stands."""
    counted = {one.path for one in draft.figures if one.value.kind == "count" and one.value.trigger != "create"}
    for part in draft.figure_conditions:
        is_of_changes = part.path[-1] == "where" and part.path[:-1] in counted
        for condition in (one for group in part.groups for one in group):
            if not is_of_changes and wants_change(condition):
                message = f"`{condition.operator}` asks for a change, and this is about how a record stands"
                hint = "say what holds once it is so, such as `equals` or `isNotBlank: true`"
                draft.note_key(condition.path, "NV352", message, hint)


def figures_have_fields_that_fit(draft: Draft) -> None:
    """Refuse a date that is none, and an amount of which nothing can be added up."""
    for part in draft.figures:
        if part.value.due is not None:
            _fits(draft, part, "due", part.value.due, types=TIME, wanted="a date, such as CloseDate or ActivityDate")
        if part.value.amount is not None:
            _fits(draft, part, "amount", part.value.amount, types=NUMBER, wanted="a number, such as Amount")


def _fits(draft: Draft, part: Part[Figure], key: str, field: str, *, types: frozenset[str], wanted: str) -> None:
    found = find(part.value.object, field) if part.knows("object", key) else None
    if found is not None and found.type is not None and found.type not in types:
        message = f"{found.object}.{found.field} is of the type {found.type}"
        draft.note(part.at(key), "NV353", message, f"name a field that holds {wanted}")


def figures_differ(draft: Draft) -> None:
    """Advise against two figures that count the same."""
    first: dict[Any, Part[Figure]] = {}
    for part in draft.figures:
        if part.broken:
            continue
        groups = [one.groups for one in draft.figure_conditions if one.path[: len(part.path)] == part.path]
        asked = [[[(one.field, one.operator, one.value) for one in group] for group in one] for one in groups]
        what = part.value.model_dump(exclude={"id", "name", "description", "where", "done", "looked_at", "touch"})
        earlier = first.setdefault(repr((what, asked)), part)
        if earlier is not part:
            message = f'this figure is the same as "{earlier.value.id}"'
            draft.note(part.at("id"), "NV354", message, "keep one of the two, or tell them apart by a condition")


def seasons_can_be_compared(draft: Draft) -> None:
    """Advise dates: without a first and a last day there is no before, during and after."""
    if draft.figures and draft.dates_known and (draft.head.value.starts is None or draft.head.value.last_day is None):
        message = "this program has no first or no last day, so nothing is before or after it"
        draft.note_key(("review",), "NV355", message, "add `starts` and `weeks` to the program")
