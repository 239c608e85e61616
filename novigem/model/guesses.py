"""Guesses at what was meant by a word that does not exist, as every message gives them. Pure."""

from collections.abc import Iterable
from difflib import get_close_matches

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
    "zone": "timezone",
    "fiscalyearstart": "year_start",
    "fiscalyear": "year_start",
    "businessyear": "year_start",
    "yearstarts": "year_start",
    "firstmonth": "year_start",
    "closed": "days_off",
    "closures": "days_off",
    "companyholidays": "days_off",
    "workingdays": "work_days",
    "makeupdays": "work_days",
    "halfday": "half",
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
    "glob": "matches",
    "pattern": "matches",
    "wildcard": "matches",
    "isnull": "isBlank",
    "isempty": "isBlank",
    "notnull": "isNotBlank",
    "oneof": "in",
    "anyof": "in",
}


def _plain(word: str) -> str:
    return word.casefold().replace("_", "").replace("-", "").replace(" ", "")


def closest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Give the known word that looks most like one, or None; case, `_`, `-` and blanks do not matter.

    `cutoff` is how much alike they must be at least: 1 is the same word.
    """
    by_plain = {_plain(one): one for one in known}
    close = get_close_matches(_plain(word), by_plain, n=1, cutoff=cutoff)
    return by_plain[close[0]] if close else None


def guess(word: str, allowed: Iterable[str]) -> str | None:
    """Give the allowed word that was probably meant, or None."""
    if not word or len(word) > LONGEST_GUESS:
        return None
    by_plain = {_plain(one): one for one in list(allowed)[:MOST_CANDIDATES]}
    meant = by_plain.get(_plain(SYNONYMS.get(_plain(word), "")))
    if meant is not None:
        return meant
    plain = _plain(word)
    # A shortened name, such as `scout` for `risk-scout`, is far in letters but leaves no doubt when it is the only one.
    holding = [one for one in by_plain if plain in one] if len(plain) >= SHORTEST_PART else []
    return closest(word, by_plain.values(), cutoff=0.65) or (by_plain[holding[0]] if len(holding) == 1 else None)


def did_you_mean(word: str, allowed: Iterable[str]) -> str | None:
    """Give `did you mean ...?`, or None without a good guess."""
    meant = guess(word, allowed)
    return None if meant is None else f"did you mean `{meant}`?"


def advise(word: str, allowed: Iterable[str], *, intro: str = "allowed here") -> str:
    """Give the guess, if there is one, and what is allowed."""
    words = list(allowed)
    listed = f"{intro}: {', '.join(words[:25])}{', ...' if len(words) > 25 else ''}" if words else ""  # noqa: PLR2004
    return "\n".join(part for part in (did_you_mean(word, words), listed) if part)
