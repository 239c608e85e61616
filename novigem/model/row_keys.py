"""The rows of badges and teams: they stand beside those of challenges and persons, in the same tables.

Where a row names its challenge, the row of a badge that awards earn has `badge/ID`, and the progress of a team has
`team/CHALLENGE`, with the id of the team where a row names its user. The badge of somebody credited for a team has
`team/CHALLENGE/TEAM`. No challenge is called so: an id holds no `/`. Where a row names its period, that of a badge has
the id of the tier, or nothing where the badge has no tiers.
"""

_BADGE = "badge/"
_TEAM = "team/"


def badge_row(badge: str) -> str:
    """Give what the rows of a badge have in the place of a challenge."""
    return _BADGE + badge


def badge_of_row(challenge: str) -> str | None:
    """Give the badge that a row is about, or None for the row of a challenge."""
    return challenge.removeprefix(_BADGE) if challenge.startswith(_BADGE) else None


def team_row(challenge: str) -> str:
    """Give what the progress of teams has in the place of a challenge."""
    return _TEAM + challenge


def team_badge_row(challenge: str, team: str) -> str:
    """Give what a badge for a team's completion has in the place of a challenge."""
    return f"{_TEAM}{challenge}/{team}"


def challenge_of_team_row(row: str) -> str | None:
    """Give the challenge that a row of a team is about, or None for the row of a person."""
    return row.removeprefix(_TEAM).partition("/")[0] if row.startswith(_TEAM) else None


def team_of_badge_row(row: str) -> str | None:
    """Give the team for whose completion somebody holds a badge, or None where it was no team's."""
    return row.split("/")[2] if row.startswith(_TEAM) and row.count("/") > 1 else None
