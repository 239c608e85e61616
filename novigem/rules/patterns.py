"""Patterns of `matches`: `*` is any run of characters, also none; `?` is exactly one; all else is itself.

No brackets, no escapes, and no regular expression: a program's text never becomes one. So no pattern takes longer
than its length times that of the text, whatever stars stand in it.
"""

import re
from typing import Final

#: As long as a title may be: the longer a pattern, the longer it may take on a long text.
LONGEST_PATTERN: Final = 200

_WILDCARD: Final = re.compile("[*?]")


def fits(text: str, pattern: str) -> bool:
    """Tell whether a pattern fits a text from its first character to its last, case-sensitively."""
    at = place = tried = 0
    star = -1
    while at < len(text):
        wanted = pattern[place] if place < len(pattern) else ""
        if wanted == "*":
            # At first it stands for nothing. An earlier star need never give way again: what it took was the least.
            star, tried = place, at
            place += 1
        elif wanted and wanted in ("?", text[at]):
            at += 1
            place += 1
        elif star >= 0:
            # The last star takes one character more, and what follows it is tried from there.
            tried += 1
            at, place = tried, star + 1
        else:
            return False
    return not pattern[place:].strip("*")


def is_plain(pattern: str) -> bool:
    """Tell whether a pattern has no `*` and no `?`, so that one text alone fits."""
    return _WILDCARD.search(pattern) is None


def edges(pattern: str) -> tuple[str, str]:
    """Give what every text that fits begins with, and what it ends with."""
    parts = _WILDCARD.split(pattern)
    return parts[0], parts[-1]
