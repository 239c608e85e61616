"""Plain words for values and kinds: what a person reads in a message."""

from collections.abc import Iterable
from datetime import date
from typing import Any

LONGEST_QUOTED = 60


def kind_of(value: Any) -> str:
    """Name the kind of a value as the operator table does: text, number, boolean, date, list, days, nothing."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, date):
        return "date"
    if isinstance(value, str):
        return "text"
    return "days" if isinstance(value, dict) else "list"


KIND_WORDS = {
    "text": "text",
    "number": "a number",
    "boolean": "true or false",
    "date": "a date",
    "list": "a list",
    "days": "a mapping",
    "nothing": "nothing",
}


def show(value: Any) -> str:
    """Describe a value that was found: `the text "5"`, `the number 5`, `a list`, `nothing`."""
    kind = kind_of(value)
    if kind == "text":
        return f"the text {quoted(value)}"
    if kind == "number":
        return f"the number {value}"
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "date":
        return f"the date {value.isoformat()}"
    return KIND_WORDS[kind]


def quoted(text: str) -> str:
    """Give a text in quotes, on one line and not too long."""
    line = "".join(character if character.isprintable() else " " for character in text)
    return f'"{line[:57]}..."' if len(line) > LONGEST_QUOTED else f'"{line}"'


def either(words: Iterable[str]) -> str:
    """Join words as `a, b or c`."""
    listed = list(words)
    return " or ".join(part for part in (", ".join(listed[:-1]), listed[-1]) if part)


def counted(number: int, noun: str) -> str:
    """Give `1 rule` or `3 rules`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
