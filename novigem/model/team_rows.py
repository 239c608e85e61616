"""The rows of teams: their progress, and the badges that their completions gave, stand beside those of persons.

Where a row of progress names its challenge, that of a team has `team/CHALLENGE`, and the id of the team where a row
names its user. The badge of somebody credited has `team/CHALLENGE/TEAM`. No challenge is called so: an id holds no `/`.
"""

_PREFIX = "team/"


def team_row(challenge: str) -> str:
    """Give what the progress of teams has in the place of a challenge."""
    return _PREFIX + challenge


def team_badge_row(challenge: str, team: str) -> str:
    """Give what a badge for a team's completion has in the place of a challenge."""
    return f"{_PREFIX}{challenge}/{team}"


def challenge_of_team_row(row: str) -> str | None:
    """Give the challenge that a row of a team is about, or None for the row of a person."""
    return row.removeprefix(_PREFIX).partition("/")[0] if row.startswith(_PREFIX) else None


def team_of_badge_row(row: str) -> str | None:
    """Give the team for whose completion somebody holds a badge, or None where it was no team's."""
    return row.split("/")[2] if row.startswith(_PREFIX) and row.count("/") > 1 else None
