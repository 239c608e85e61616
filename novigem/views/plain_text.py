"""Texts for those without an account: without what steers a screen, without ids of records, without addresses.

Comes in: what somebody wrote into a program, or the name of somebody. Goes out: plain text, to be escaped by whatever
shows it.
"""

import re
from typing import Final

from novigem.model.ids import id18
from novigem.views.words import clean

_ADDRESS: Final = re.compile(r"[^\s@<>(),;:]{1,64}@[^\s@<>(),;:]{1,255}")
_LIKE_AN_ID: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?(?![A-Za-z0-9])")
#: What stands for what is left out.
LEFT_OUT: Final = "…"
SOMEBODY: Final = "somebody"


def without_names(text: str) -> str:
    """Give a text without ids and addresses: `…` stands for each."""
    return _LIKE_AN_ID.sub(_without_id, _ADDRESS.sub(LEFT_OUT, clean(text))).strip()


def _without_id(found: re.Match[str]) -> str:
    text = found.group()
    # A word of fifteen letters is no id: every id holds digits, and one of 18 characters has three that fit the others.
    if not any(one.isdigit() for one in text):
        return text
    try:
        id18(text)
    except ValueError:
        return text
    return LEFT_OUT


def shown_name(name: str, user: str) -> str:
    """Give the name of somebody for those without an account; one who is known by id alone is somebody."""
    return SOMEBODY if name in (user, user[:15]) else without_names(name) or SOMEBODY
