"""Words that say the opposite of each other: however alike they look, one is never a guess at the other. Pure."""

import re
from difflib import SequenceMatcher
from typing import Final

_PARTS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+")
_NEGATIONS: Final = frozenset({"not", "no", "non", "never", "isnt", "doesnt", "dont", "without", "nor", "un"})
_NEGATING: Final = ("not", "un", "in", "im", "dis", "non", "ir", "il")
_UP: Final = (
    "greater more above over larger bigger higher most max later after increased raised gained up rise rose grew"
)
_DOWN: Final = (
    "less lesser fewer below under smaller lower least min earlier before decreased reduced lowered lost down fall "
    "fell shrank dropped"
)
_PAIRS: Final = tuple(
    (frozenset(one.split()), frozenset(other.split()))
    for one, other in (
        (_UP, _DOWN),
        ("from since", "to until till into"),
        ("start starts started begin begins first", "end ends ended finish finishes last"),
        ("won win", "lost loss lose"),
        ("open opened reopened", "closed close"),
        ("new", "old existing former"),
        ("inbound incoming", "outbound outgoing"),
        ("true yes on enabled", "false no off disabled"),
        ("blank empty null missing", "filled present notnull"),
        ("include includes included", "exclude excludes excluded"),
        ("approved accepted", "rejected declined refused"),
        ("internal", "external"),
        ("expansion upsell upgrade", "contraction downsell downgrade churn"),
        ("promoter", "detractor"),
        ("success successful", "failure failed"),
    )
)
_ALIKE: Final = 0.8
_SHORTEST: Final = 3


def opposed(one: str, other: str) -> bool:
    """Tell whether two words or names seem to say the opposite of each other."""
    first, second = _parts(one), _parts(other)
    if _negated(first) != _negated(second):
        return True
    return differ_by_a_negation(one, other) or any(
        (_has(first, left) and _has(second, right) and not (_has(second, left) or _has(first, right)))
        or (_has(first, right) and _has(second, left) and not (_has(second, right) or _has(first, left)))
        for left, right in _PAIRS
    )


def _parts(text: str) -> list[str]:
    """Give the words of a name, in small letters: of `isNotBlank`, `not_blank` or `Not Blank`."""
    return [one.lower() for one in _PARTS.findall(text)]


def _negated(parts: list[str]) -> bool:
    # Words that are written together, such as `isnotequal`, hold theirs inside.
    return len([one for one in parts if one in _NEGATIONS or re.search("not(?!e)|note(?:mpty|qual)", one)]) % 2 == 1


def _has(parts: list[str], side: frozenset[str]) -> bool:
    return not side.isdisjoint(parts)


def differ_by_a_negation(one: str, other: str) -> bool:
    """Tell whether a word of one name is that of another with `un`, `dis` or the like before it, perhaps misspelt."""
    first, second = _parts(one), _parts(other)
    left, right = "".join(first), "".join(second)
    pairs = [(left, right)]
    if len(first) == len(second):
        pairs += zip(first, second, strict=True)
    return any(_is_negated(word, plain) or _is_negated(plain, word) for word, plain in pairs)


def _is_negated(word: str, plain: str) -> bool:
    if len(plain) <= _SHORTEST:
        return False
    return any(
        word.startswith(prefix) and not plain.startswith(prefix) and _is_like(word[len(prefix) :], plain)
        for prefix in _NEGATING
    )


def _is_like(one: str, other: str) -> bool:
    return one == other or (abs(len(one) - len(other)) <= 1 and SequenceMatcher(None, one, other).ratio() > _ALIKE)
