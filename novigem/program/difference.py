"""What differs between two versions of a program, in words: by id of rules, challenges, badges and boards, by key."""

from collections.abc import Iterator
from typing import Any, Final

from novigem.model.program import Program
from novigem.program.dump import plain, value_text

_PARTS: Final = {
    "rules": "rule",
    "challenges": "challenge",
    "badges": "badge",
    "leaderboards": "board",
    "people": "person",
}
#: What names one part of a list where it is not its id.
_NAMES: Final = ("id", "user")
_LONGEST: Final = 60


def differences(before: Program, after: Program) -> tuple[str, ...]:
    """Tell what differs, a line for each key, in the order of the file: `rule upsell: points 5 -> 8`.

    Values are written as in a program file; long ones are not shown. No line means that both are one version.
    """
    return tuple(_of_program(plain(before), plain(after)))


def _of_program(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    for key in _keys(before, after):
        old, new = before.get(key), after.get(key)
        if key in _PARTS:
            yield from _of_parts(_PARTS[key], old or [], new or [])
        elif key == "review":
            yield from _of_parts("figure", (old or {}).get("figures", []), (new or {}).get("figures", []))
        elif old != new:
            yield from (f"program: {one}" for one in _of_value(key, old, new))


def _of_parts(what: str, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Iterator[str]:
    old, new = ({_name(part): part for part in parts} for parts in (before, after))
    for name, part in list(new.items()):
        was = part.get("was")
        if was in old and was not in new and name not in old:
            yield f"{what} {was}: is {name} now"
            old = {name if one == was else one: kept for one, kept in old.items()}
            old[name] = {**old[name], "id": name, "was": was}
    for name in _keys(old, new):
        if name not in new:
            yield f"{what} {name}: removed"
        elif name not in old:
            yield f"{what} {name}: added{_points(new[name])}"
        else:
            keys = _keys(old[name], new[name])
            yield from (
                f"{what} {name}: {one}"
                for key in keys
                for one in _of_value(key, old[name].get(key), new[name].get(key))
            )
    if [name for name in old if name in new] != [name for name in new if name in old]:
        yield f"{what}: in another order"


def _name(part: dict[str, Any]) -> str:
    return next(str(part[key]) for key in _NAMES if key in part)


def _points(part: dict[str, Any]) -> str:
    return f", {part['points']} points" if isinstance(part.get("points"), int) else ""


def _of_value(key: str, old: Any, new: Any) -> Iterator[str]:
    if old == new and type(old) is type(new):
        return
    if old is not None and new is not None and _is_named(old) and _is_named(new):
        yield from _of_parts(key, old, new)
    elif isinstance(old, dict) and isinstance(new, dict) and old.keys() & new.keys():
        for name in _keys(old, new):
            yield from _of_value(f"{key}.{name}", old.get(name), new.get(name))
    elif old is None:
        yield f"{key} set to {shown}" if (shown := _shown(new)) else f"{key} set"
    elif new is None:
        yield f"{key} left out, was {shown}" if (shown := _shown(old)) else f"{key} left out"
    else:
        was, now = _shown(old), _shown(new)
        yield f"{key} {was} -> {now}" if was and now else f"{key} changed"


def _is_named(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, dict) and any(name in one for name in _NAMES) for one in value
    )


def _shown(value: Any) -> str:
    """Give a value as a program file has it, on one line; nothing where it is too long to be read in a sentence."""
    text = value_text(value)
    return text if len(text) <= _LONGEST and "\\n" not in text else ""


def _keys(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Give the keys of both, in the order of the newer one; what is gone stands last."""
    return [*after, *(key for key in before if key not in after)]
