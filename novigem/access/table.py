"""Who may see or do what: one table, and the question that is put to it.

Every page, fragment, answer of the API and picture names one `What`. Nothing else decides: a page that is not in the
table cannot be made, and a test walks the table in full.
"""

from collections.abc import Mapping
from enum import IntEnum, StrEnum

from novigem.access.roles import Reader, Role, Scope


class What(StrEnum):
    """What somebody may want to see or do."""

    #: One's own home, and the same of somebody else.
    HOME = "home"
    #: A person as everybody may know them: place on boards, badges.
    PERSON = "person"
    #: Every point of a person, each entry with its conditions, each miss, each appeal.
    ENTRIES = "entries"
    BOARD = "board"
    CHALLENGE = "challenge"
    #: The progress of single people in a challenge.
    PROGRESS = "progress"
    BADGE = "badge"
    #: A program in plain words.
    PROGRAM = "program"
    #: Whether a program works: reach, flags, near misses, changes.
    PROGRAM_FIGURES = "program-figures"
    #: A program that scores and shows nobody.
    SHADOW = "shadow"
    REVIEW = "review"
    SEASONS = "seasons"
    OPERATOR = "operator"
    SETTINGS = "settings"
    #: Making links for walls and embeds.
    DISPLAY_LINKS = "display-links"
    #: Making and revoking tokens of the API.
    API_TOKENS = "api-tokens"


class Reach(IntEnum):
    """Whose it may be: nobody's, one's own, also that of one's reports, everybody's."""

    NOBODY = 0
    OWN = 1
    REPORTS = 2
    EVERYBODY = 3


_N, _O, _R, _E = Reach.NOBODY, Reach.OWN, Reach.REPORTS, Reach.EVERYBODY
_ROLES = (Role.CSM, Role.MANAGER, Role.LEADER, Role.ADMIN, Role.OPERATOR)
# fmt: off
_ROWS: Mapping[What, tuple[Reach, ...]] = {
    #                     CSM MANAGER LEADER ADMIN OPERATOR
    What.HOME:            (_O, _R,     _E,    _N,   _N),
    What.PERSON:          (_E, _E,     _E,    _E,   _N),
    What.ENTRIES:         (_O, _R,     _E,    _N,   _N),
    What.BOARD:           (_E, _E,     _E,    _E,   _N),
    What.CHALLENGE:       (_E, _E,     _E,    _E,   _N),
    What.PROGRESS:        (_O, _R,     _E,    _N,   _N),
    What.BADGE:           (_E, _E,     _E,    _E,   _N),
    What.PROGRAM:         (_E, _E,     _E,    _E,   _E),
    What.PROGRAM_FIGURES: (_N, _N,     _E,    _N,   _N),
    What.SHADOW:          (_N, _N,     _E,    _N,   _N),
    What.REVIEW:          (_N, _E,     _E,    _N,   _N),
    What.SEASONS:         (_E, _E,     _E,    _E,   _N),
    What.OPERATOR:        (_N, _N,     _N,    _E,   _E),
    What.SETTINGS:        (_O, _O,     _O,    _O,   _O),
    What.DISPLAY_LINKS:   (_N, _N,     _E,    _E,   _N),
    What.API_TOKENS:      (_O, _O,     _O,    _E,   _O),
}
# fmt: on
#: The table: how far each role reaches.
TABLE: Mapping[What, Mapping[Role, Reach]] = {what: dict(zip(_ROLES, row, strict=True)) for what, row in _ROWS.items()}
# fmt: off
_SCOPE_ROWS: Mapping[What, tuple[Reach, ...]] = {
    #                     BOARDS OWN ALL OPERATOR
    What.HOME:            (_N, _O, _E, _N),
    What.PERSON:          (_E, _O, _E, _N),
    What.ENTRIES:         (_N, _O, _E, _N),
    What.BOARD:           (_E, _N, _E, _N),
    What.CHALLENGE:       (_E, _N, _E, _N),
    What.PROGRESS:        (_N, _O, _E, _N),
    What.BADGE:           (_E, _O, _E, _N),
    What.PROGRAM:         (_E, _N, _E, _N),
    What.PROGRAM_FIGURES: (_N, _N, _E, _N),
    What.SHADOW:          (_N, _N, _E, _N),
    What.REVIEW:          (_N, _N, _E, _N),
    What.SEASONS:         (_E, _N, _E, _N),
    What.OPERATOR:        (_N, _N, _N, _E),
    # What is decided on the pages, no token decides.
    What.SETTINGS:        (_N, _N, _N, _N),
    What.DISPLAY_LINKS:   (_N, _N, _N, _N),
    What.API_TOKENS:      (_N, _N, _N, _N),
}
# fmt: on
#: How far each scope of a token reaches at most; the roles of its user decide how much of that is theirs.
SCOPES: Mapping[What, Mapping[Scope, Reach]] = {
    what: dict(zip(Scope, row, strict=True)) for what, row in _SCOPE_ROWS.items()
}


def reach(reader: Reader, what: What) -> Reach:
    """Give how far somebody reaches: as far as the widest of their roles, and of the scopes of their token."""
    far = max((TABLE[what][role] for role in reader.roles), default=Reach.NOBODY)
    if reader.scopes is None:
        return far
    return min(far, max((SCOPES[what][scope] for scope in reader.scopes), default=Reach.NOBODY))


def may(reader: Reader, what: What, user: str | None = None) -> bool:
    """Tell whether somebody may see or do something; `user` is whose it is, None for what is nobody's in particular."""
    far = reach(reader, what)
    if user is None or far in (Reach.NOBODY, Reach.EVERYBODY):
        return far is not Reach.NOBODY
    if user == reader.user:
        return True
    return far is Reach.REPORTS and user in reader.reports


def opened_by(what: What) -> list[Scope]:
    """Give the scopes of a token that open something."""
    return [scope for scope in Scope if SCOPES[what][scope] is not Reach.NOBODY]
