"""Guesses at what was meant by a word that does not exist, as every message gives them. Pure."""

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches

from novigem.model.opposites import differ_by_a_negation, opposed
from novigem.model.text import one_form

LONGEST_GUESS = 60
MOST_CANDIDATES = 200
SHORTEST_PART = 4
# So much alike, two words differ by a letter or two.
_A_SLIP = 0.88
_AS_NEAR = 0.04

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
    "isnotempty": "isNotBlank",
    "notempty": "isNotBlank",
    "isnotnull": "isNotBlank",
    "isfilled": "isNotBlank",
    "hasvalue": "isNotBlank",
    "empty": "isBlank",
    "null": "isBlank",
    "above": "greaterThan",
    "after": "greaterThan",
    "laterthan": "greaterThan",
    "morethan": "greaterThan",
    "over": "greaterThan",
    "atleast": "greaterThanOrEqual",
    "min": "greaterThanOrEqual",
    "below": "lessThan",
    "before": "lessThan",
    "earlierthan": "lessThan",
    "fewerthan": "lessThan",
    "lowerthan": "lessThan",
    "smallerthan": "lessThan",
    "under": "lessThan",
    "atmost": "lessThanOrEqual",
    "max": "lessThanOrEqual",
    "doesnotcontain": "notContains",
    "doesnotequal": "notEquals",
    "noneof": "notIn",
    "oneof": "in",
    "anyof": "in",
}


#: Words for what no operator says, so that the operator which looks like them says something else.
NO_WORD_FOR = frozenset({"unchanged", "notchanged", "isnotchanged", "decreasedby", "loweredby", "reducedby"})


def _plain(word: str) -> str:
    return one_form(word.casefold()).replace("_", "").replace("-", "").replace(" ", "")


def closest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Give the known word that looks most like one, or None; case, `_`, `-` and blanks do not matter.

    `cutoff` is how much alike they must be at least: 1 is the same word. What says the opposite is never given.
    """
    by_plain = {_plain(one): one for one in known}
    plain = _plain(word)
    close = get_close_matches(plain, by_plain, n=2, cutoff=cutoff)
    if not close or _is_opposite(word, plain, by_plain[close[0]], close[0]):
        return None
    if len(close) > 1 and plain != close[0] and opposed(by_plain[close[0]], by_plain[close[1]]):
        # Two opposites that are as near as each other: one of them would be the wrong one.
        first, second = (SequenceMatcher(None, plain, one).ratio() for one in close)
        if first - second < _AS_NEAR:
            return None
    return by_plain[close[0]]


def _is_opposite(word: str, plain: str, meant: str, plain_meant: str) -> bool:
    """Whether a guess says the opposite of a word, and the word is no mere slip of the guess."""
    is_slip = SequenceMatcher(None, plain, plain_meant).ratio() > _A_SLIP and not differ_by_a_negation(word, meant)
    return opposed(word, meant) and not is_slip


def guess(word: str, allowed: Iterable[str]) -> str | None:
    """Give the allowed word that was probably meant, or None."""
    if not word or len(word) > LONGEST_GUESS:
        return None
    by_plain = {_plain(one): one for one in list(allowed)[:MOST_CANDIDATES]}
    meant = by_plain.get(_plain(SYNONYMS.get(_plain(word), "")))
    if meant is not None:
        return meant
    if _plain(word) in NO_WORD_FOR:
        return None
    plain = _plain(word)
    # A shortened name, such as `scout` for `risk-scout`, is far in letters but leaves no doubt when it is the only one.
    holding = [one for one in by_plain if plain in one] if len(plain) >= SHORTEST_PART else []
    holding = [one for one in holding if not opposed(word, by_plain[one])]
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
