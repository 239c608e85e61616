"""What pydantic says about a value, in our own words: what was found, what is allowed, and a next step."""

import re
from typing import Any, Final

from pydantic_core import ErrorDetails

from novigem.program.document import Path
from novigem.program.words import advise, either, kind_of, quoted, show

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
    if kind == "literal_error":
        return _choice(label, value, str(limits.get("expected", "")))
    if kind in _WANTED:
        return "NV203", f"{label} must be {_WANTED[kind]}; found {show(value)}", _convert(kind, value)
    if kind in {"string_pattern_mismatch", "string_too_short", "string_too_long", "string_unicode"}:
        return _text(label, kind, value, limits)
    if kind in {"greater_than_equal", "greater_than", "less_than_equal", "less_than"}:
        return _limit(label, value, limits)
    if kind in {"too_short", "too_long"}:
        return "NV207", f"{label} has nothing in it", "add an entry, or remove the key"
    # A model may grow a constraint before this table does; its own words are better than none.
    return "NV203", f"{label}: {error['msg']}", None


def _label(steps: Path) -> str:
    key = next((step for step in reversed(steps) if isinstance(step, str)), None)
    entry = "an entry of " if steps and isinstance(steps[-1], int) else ""
    return f"{entry}`{key}`" if key else "this"


def _choice(label: str, value: Any, expected: str) -> Told:
    choices = re.findall(r"'([^']*)'", expected)
    word = value if isinstance(value, str) else ""
    intro = "choose one of"
    return "NV204", f"{label} cannot be {show(value)}", advise(word, choices, intro=intro)


def _convert(wanted: str, value: Any) -> str | None:
    kind = kind_of(value)
    if kind == "nothing":
        return "give it a value, or remove the key"
    if wanted == "string_type" and kind in {"number", "boolean", "date"}:
        word = str(value).lower() if kind == "boolean" else str(value)
        return f'put quotes around it: "{word}"'
    if wanted in {"int_type", "float_type"} and kind == "text":
        digits = re.sub(r"[,_ '\"]", "", value)
        return f"write {digits}, without quotes" if re.fullmatch(r"-?[0-9]{1,12}", digits) else "write digits only"
    if wanted == "int_type" and kind == "number":
        return "points and counts have no decimals"
    if wanted == "date_type" and kind in {"text", "date"}:
        return "year, month, day; without quotes and without a time of day"
    if wanted in {"tuple_type", "list_type"}:
        return "begin each entry with `- `"
    return None


def _text(label: str, kind: str, value: Any, limits: dict[str, Any]) -> Told:
    if kind == "string_too_short":
        return "NV206", f"{label} is empty", "write something people will read"
    if kind == "string_too_long":
        return (
            "NV206",
            f"{label} is too long: {len(value)} characters, at most {limits.get('max_length')}",
            "shorten it",
        )
    if "-]*$" in str(limits.get("pattern")):
        better = re.sub(r"[^a-z0-9_-]+", "-", str(value).lower()).strip("-_")[:64]
        hint = "lower-case letters, digits, hyphens and underscores" + (f'; for example "{better}"' if better else "")
        return "NV206", f"{label} cannot be {quoted(str(value))}", hint
    return (
        "NV206",
        f"{label} cannot be {quoted(str(value))}",
        "letters, digits and underscores, beginning with a letter",
    )


def _limit(label: str, value: Any, limits: dict[str, Any]) -> Told:
    words = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    bound = either(f"{words[name]} {limit:,}" for name, limit in limits.items() if name in words)
    return "NV205", f"{label} must be {bound}; found {value}", None
