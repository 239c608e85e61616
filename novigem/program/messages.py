"""What pydantic says about a value, in our own words: what was found, what is allowed, and a next step."""

import re
from typing import Any, Final

from pydantic_core import ErrorDetails

from novigem.model.guesses import advise
from novigem.program.document import Path
from novigem.program.words import either, kind_of, quoted, show

Told = tuple[str, str, str | None]

_WANTED: Final = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "date_type": "a date such as 2026-01-31",
    "datetime_type": "a date and time such as 2026-01-31T09:00:00Z",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping with keys of its own",
}


def explain_value(error: ErrorDetails, steps: Path) -> Told:
    """Give code, message and next step for one refused value."""
    kind = error["type"]
    label = _label(steps)
    value = error["input"]
    limits: dict[str, Any] = error.get("ctx") or {}
    if kind in _RULES:
        return _RULES[kind](label, value, limits)
    if kind == "model_type" and label == "`holidays`" and isinstance(value, list | tuple):
        return "NV203", f"{label} names a country; found {show(value)}", "put days of the company under `days_off`"
    if kind in _WANTED:
        return "NV203", f"{label} must be {_WANTED[kind]}; found {show(value)}", _convert(kind, value)
    # A model may grow a constraint before this table does; its own words are better than none.
    return "NV203", f"{label}: {error['msg']}", None


def _label(steps: Path) -> str:
    key = next((step for step in reversed(steps) if isinstance(step, str)), None)
    entry = "an entry of " if steps and isinstance(steps[-1], int) else ""
    return f"{entry}`{key}`" if key else "this"


def _convert(wanted: str, value: Any) -> str | None:
    kind = kind_of(value)
    if kind == "nothing":
        return "give it a value, or remove the key"
    if wanted == "string_type" and kind in {"number", "boolean", "date"}:
        word = str(value).lower() if kind == "boolean" else str(value)
        return f'put quotes around it: "{word}"'
    if wanted in {"int_type", "float_type"}:
        return (
            _to_number(value) if kind == "text" else "points and counts have no decimals" if kind == "number" else None
        )
    return _ADVICE.get(wanted)


_ADVICE: Final = {
    "date_type": "year, month, day; without quotes and without a time of day",
    "tuple_type": "begin each entry with `- `",
    "list_type": "begin each entry with `- `",
}


def _to_number(value: str) -> str:
    digits = re.sub(r"[,_ '\"]", "", value)
    return f"write {digits}, without quotes" if re.fullmatch(r"-?[0-9]{1,12}", digits) else "write digits only"


def _pattern(label: str, value: Any, limits: dict[str, Any]) -> Told:
    hint = "letters, digits and underscores, beginning with a letter"
    if "-]*$" in str(limits.get("pattern")):
        better = re.sub(r"[^a-z0-9_-]+", "-", str(value)[:200].lower()).strip("-_")[:64]
        hint = "lower-case letters, digits, hyphens and underscores" + (f'; for example "{better}"' if better else "")
    return "NV206", f"{label} cannot be {quoted(str(value))}", hint


def _too_short(label: str, _value: Any, _limits: dict[str, Any]) -> Told:
    return "NV206", f"{label} is empty", "write something people will read"


def _too_long(label: str, value: Any, limits: dict[str, Any]) -> Told:
    return "NV206", f"{label} is too long: {len(value)} characters, at most {limits.get('max_length')}", "shorten it"


def _limit(label: str, value: Any, limits: dict[str, Any]) -> Told:
    words = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    bound = either(f"{words[name]} {limit:,}" for name, limit in limits.items() if name in words)
    return "NV205", f"{label} must be {bound}; found {value}", f"write a number that is {bound}"


def _nothing(label: str, _value: Any, _limits: dict[str, Any]) -> Told:
    return "NV207", f"{label} has nothing in it", "add an entry, or remove the key"


def _choice(label: str, value: Any, limits: dict[str, Any]) -> Told:
    choices = re.findall(r"'([^']*)'", str(limits.get("expected", "")))
    word = value if isinstance(value, str) else ""
    return "NV204", f"{label} cannot be {show(value)}", advise(word, choices, intro="choose one of")


_RULES: Final = {
    "literal_error": _choice,
    "too_short": _nothing,
    "string_pattern_mismatch": _pattern,
    "string_too_short": _too_short,
    "string_too_long": _too_long,
    "greater_than_equal": _limit,
    "greater_than": _limit,
    "less_than_equal": _limit,
    "less_than": _limit,
}
