"""The rows of badges that awards earn: their progress and their badge awards stand beside those of challenges.

Where a row names its challenge, the row of a badge has `badge/ID`; no challenge is called so, since an id holds no `/`.
Where a row names its period, it has the id of the tier, or nothing where the badge has no tiers.
"""

_PREFIX = "badge/"


def badge_row(badge: str) -> str:
    """Give what the rows of a badge have in the place of a challenge."""
    return _PREFIX + badge


def badge_of_row(challenge: str) -> str | None:
    """Give the badge that a row is about, or None for the row of a challenge."""
    return challenge.removeprefix(_PREFIX) if challenge.startswith(_PREFIX) else None
