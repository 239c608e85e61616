"""Plain words for values, kinds and guesses: what a person reads in a message."""

from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches
from typing import Any

LONGEST_GUESS = 60
MOST_CANDIDATES = 200
SHORTEST_PART = 4

# Words that other tools, or everyday English, use for ours. Keys on the left are
# compared without case, `_`, `-` and blanks.
SYNONYMS = {
    "score": "points",
    "title": "name",
    "label": "name",
    "conditions": "when",
    "condition": "when",
    "where": "when",
    "if": "when",
    "event": "trigger",
    "awardto": "award_points_to",
    "recipient": "award_points_to",
    "actormode": "award_points_to",
    "startdate": "starts",
    "enddate": "ends",
    "until": "ends",
    "tz": "timezone",
    "creator": "Created By",
    "reward": "completion",
    "metric": "goal",
    "boards": "leaderboards",
    "users": "users",
    "colour": "color",
    "eq": "equals",
    "is": "equals",
    "=": "equals",
    "==": "equals",
    "ne": "notEquals",
    "!=": "notEquals",
    "<>": "notEquals",
    "isnot": "notEquals",
    ">": "greaterThan",
    "gt": "greaterThan",
    ">=": "greaterThanOrEqual",
    "gte": "greaterThanOrEqual",
    "<": "lessThan",
    "lt": "lessThan",
    "<=": "lessThanOrEqual",
    "lte": "lessThanOrEqual",
    "like": "contains",
    "includes": "contains",
    "excludes": "notContains",
    "isnull": "isBlank",
    "isempty": "isBlank",
    "notnull": "isNotBlank",
    "oneof": "in",
    "anyof": "in",
}


def _plain(word: str) -> str:
    return word.casefold().replace("_", "").replace("-", "").replace(" ", "")


def guess(word: str, allowed: Iterable[str]) -> str | None:
    """Give the allowed word that was probably meant, or None."""
    if not word or len(word) > LONGEST_GUESS:
        return None
    by_plain = {_plain(one): one for one in list(allowed)[:MOST_CANDIDATES]}
    meant = by_plain.get(_plain(SYNONYMS.get(_plain(word), "")))
    if meant is not None:
        return meant
    plain = _plain(word)
    close = get_close_matches(plain, by_plain, n=1, cutoff=0.65)
    # A shortened name, such as `scout` for `risk-scout`, is far in letters but leaves no doubt when it is the only one.
    holding = [one for one in by_plain if plain in one] if len(plain) >= SHORTEST_PART else []
    return by_plain[close[0]] if close else by_plain[holding[0]] if len(holding) == 1 else None


def did_you_mean(word: str, allowed: Iterable[str]) -> str | None:
    """Give `did you mean ...?`, or None without a good guess."""
    meant = guess(word, allowed)
    return None if meant is None else f"did you mean `{meant}`?"


def advise(word: str, allowed: Iterable[str], *, intro: str = "allowed here") -> str:
    """Give the guess, if there is one, and what is allowed."""
    words = list(allowed)
    listed = f"{intro}: {', '.join(words[:25])}{', ...' if len(words) > 25 else ''}" if words else ""  # noqa: PLR2004
    return "\n".join(part for part in (did_you_mean(word, words), listed) if part)


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
    return f'"{line[:57]}..."' if len(line) > LONGEST_GUESS else f'"{line}"'


def either(words: Iterable[str]) -> str:
    """Join words as `a, b or c`."""
    listed = list(words)
    return " or ".join(part for part in (", ".join(listed[:-1]), listed[-1]) if part)


def counted(number: int, noun: str) -> str:
    """Give `1 rule` or `3 rules`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
