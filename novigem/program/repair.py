"""Holds one mapping of the file against its model: says what is wrong in our words, and repairs what it can.

Keys are compared first, by hand, so that a misspelt key is one message and not two. What pydantic then says about
the values is rewritten, one message a place.
"""

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any, Final, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from novigem.model.guesses import advise, guess
from novigem.program.document import Document, Path
from novigem.program.draft import Part
from novigem.program.messages import explain_value

M = TypeVar("M", bound=BaseModel)

# What stands in for a value that is wrong, so that the rest can still be checked. A check never looks at these.
STAND_INS: Final[dict[str, Any]] = {
    "program": "x",
    "id": "x",
    "name": "x",
    "object": "Task",
    "trigger": "update",
    "points": 1,
    "type": "one-time",
    "goal": {"count": "rules", "target": 1},
    "target": 1,
    "user": "x",
    "country": "US",
    "from": date.min,
    "to": date.max,
    "at": 1,
    "kind": "count",
    "where": {"Id": {"isNotBlank": True}},
}

_NAMES: Final = {
    "Program": "a program",
    "Rule": "a rule",
    "Challenge": "a challenge",
    "Badge": "a badge",
    "Leaderboard": "a leaderboard",
    "Goal": "a goal",
    "EarlierTarget": "an earlier target",
    "Completion": "a completion",
    "Scope": "a scope",
    "LastDays": "a window of days",
    "Participants": "participants",
    "Adjustments": "adjustments",
    "WorkingTime": "`working_time`",
    "PersonTerms": "an entry of `people`",
    "Holidays": "`holidays`",
    "Days": "an entry of a list of days",
    "Leave": "an entry of `leave`",
    "Team": "a team",
    "Member": "an entry of `members`",
    "TeamGoal": "`team_goal`",
    "EarnedBy": "`earned_by`",
    "Tier": "a tier",
    "Within": "`within`",
    "ClosingTerms": "`closing`",
    "Review": "`review`",
    "Figure": "a figure",
    "Touch": "an entry of `touch`",
}


def name_of(model: type[BaseModel]) -> str:
    """Give what a person calls this part."""
    return _NAMES.get(model.__name__, f"`{model.__name__.lower()}`")


def keys_of(model: type[BaseModel]) -> dict[str, bool]:
    """Give the keys a mapping may have, and whether each is needed."""
    return {field.alias or name: field.is_required() for name, field in model.model_fields.items()}


def fix_keys(
    document: Document, model: type[BaseModel], raw: dict[str, Any], path: Path, *, elsewhere: Collection[str] = ()
) -> tuple[dict[str, Any], frozenset[str]]:
    """Note unknown and missing keys. Give the mapping with misspelt keys corrected, and the keys that are missing.

    The content of the keys in `elsewhere` is left alone: somebody else reads it.
    """
    allowed = keys_of(model)
    unused = [key for key in allowed if key not in raw]
    fixed: dict[str, Any] = {}
    for key, value in raw.items():
        if document.full:
            break
        meant = key
        if key not in allowed:
            # A key that is missing is the likeliest meaning; one that is there already cannot be meant.
            meant = guess(key, unused) or ""
            hint = advise(key, unused or allowed, intro=f"{name_of(model)} also takes")
            document.at_key((*path, key), "NV201", f"unknown key `{key}` in {name_of(model)}", hint)
            if not meant:
                continue
            document.renamed[(*path, meant)] = key
            unused.remove(meant)
        fixed[meant] = value if meant in elsewhere else _fix_nested(document, model, meant, value, path)
    missing = frozenset(key for key in unused if allowed[key])
    if path not in document.partial:
        for key in sorted(missing, key=list(allowed).index):
            message = f"{name_of(model)} needs `{key}`"
            document.at_value(path, "NV202", message, f"add `{key}: {_EXAMPLES.get(key, '...')}`")
    return fixed, missing


_EXAMPLES: Final = {
    "id": "a-short-name",
    "program": "a-short-name",
    "name": "A title people read",
    "object": "Opportunity",
    "trigger": "update",
    "points": "5",
    "type": "timebound",
    "goal": "{count: rules, target: 10}",
    "target": "10",
    "user": "ana@acme.example",
    "country": "US",
    "from": "2026-01-12",
    "to": "2026-01-16",
    "at": "50",
    "kind": "count",
    "where": "{Status: {equals: Completed}}",
}


def _fix_nested(document: Document, model: type[BaseModel], key: str, value: Any, path: Path) -> Any:
    if isinstance(value, list):
        item = _nested_model(model, key, in_lists=True)
        fix = [(*path, key, number) for number in range(len(value))]
        return value if item is None else [_fix_one(document, item, *one) for one in zip(value, fix, strict=True)]
    inner = _nested_model(model, key)
    return value if inner is None else _fix_one(document, inner, value, (*path, key))


def _fix_one(document: Document, inner: type[BaseModel], value: Any, path: Path) -> Any:
    if not isinstance(value, dict):
        return value
    fixed, missing = fix_keys(document, inner, value, path)
    # A hole filled here keeps the rest of the inner mapping in the checks; nothing reads the stand-in itself.
    return {**fixed, **{one: STAND_INS[one] for one in missing if one in STAND_INS}}


def _nested_model(model: type[BaseModel], key: str, *, in_lists: bool = False) -> type[BaseModel] | None:
    for name, field in model.model_fields.items():
        if (field.alias or name) == key:
            return next(_models_in(field.annotation, in_lists=in_lists), None)
    return None


def _models_in(annotation: Any, *, in_lists: bool) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type):
        if issubclass(annotation, BaseModel):
            yield annotation
        return
    # A mapping is never held against the model of a list's entries, nor a list against that of a mapping.
    if (getattr(annotation, "__origin__", None) is tuple) == in_lists:
        for one in get_args(annotation):
            yield from _models_in(one, in_lists=False)


def report_values(document: Document, model: type[BaseModel], fixed: dict[str, Any], path: Path) -> frozenset[str]:
    """Note every value that the model refuses. Give the keys (of this mapping) that hold one."""
    try:
        model.model_validate(fixed)
    except ValidationError as error:
        return frozenset(_report(document, error.errors(include_url=False), fixed, path))
    return frozenset()


def _report(document: Document, errors: list[ErrorDetails], fixed: dict[str, Any], path: Path) -> Iterator[str]:
    by_place: dict[Path, ErrorDetails] = {}
    for error in errors:
        by_place.setdefault(_follow(fixed, error["loc"]), error)
    for steps, error in by_place.items():
        # A union reports once per branch: where one branch found the mistake inside, the others say nothing new.
        if any(other[: len(steps)] == steps and other != steps for other in by_place):
            continue
        code, message, hint = explain_value(error, steps)
        document.at_value((*path, *steps), code, message, hint)
        if steps:
            yield str(steps[0])


def _follow(raw: Any, loc: tuple[int | str, ...]) -> Path:
    """Give the steps of a pydantic location that exist in the file; the others name branches of a union."""
    steps: Path = ()
    value: Any = raw
    for step in loc:
        inside = (
            value if isinstance(value, dict) else dict(enumerate(value)) if isinstance(value, (list, tuple)) else {}
        )
        if step in inside:
            value = inside[step]
            steps = (*steps, step)
    return steps


def repair(
    document: Document, model: type[M], raw: dict[str, Any], path: Path, *, kept: dict[str, Any] | None = None
) -> Part[M] | None:
    """Give the part as far as it can be understood, with every mistake noted; None where nothing can be made of it.

    `kept` replaces keys whose content is read elsewhere.
    """
    fixed, missing = fix_keys(document, model, raw, path, elsewhere=kept or ())
    fixed |= {key: value for key, value in (kept or {}).items() if key in fixed}
    fixed |= {key: STAND_INS[key] for key in missing if key in STAND_INS}
    spoilt = {key for key in fixed if document.is_spoilt((*path, key))}
    broken = missing | spoilt | report_values(document, model, fixed, path)
    for key in broken:
        fixed.pop(key, None)
        if key in STAND_INS and keys_of(model).get(key):
            fixed[key] = STAND_INS[key]
    try:
        return Part(path, model.model_validate(fixed), broken)
    except ValidationError:
        return None
