"""What a row of progress, or a badge award, is about: a challenge, a badge that awards earn, or a goal of a team.

Rows name it in the place of a challenge, as a text: the id of a challenge; `badge/ID`, with the id of the tier (or
nothing) in the place of the period; `team/CHALLENGE`, with the id of the team in the place of the user. The badge of
somebody credited for a team has `team/CHALLENGE/TEAM`. No challenge is called so: an id holds no `/`. A badge that was
given by hand is about nothing.
"""

from functools import lru_cache
from typing import Literal, NamedTuple

SubjectKind = Literal["challenge", "badge", "team", "nothing"]


class Subject(NamedTuple):
    """What a row is about. `id` is that of the challenge or badge; `team` stands in badges for a team's completion."""

    kind: SubjectKind
    id: str
    team: str | None = None

    @property
    def text(self) -> str:
        """The form that rows hold."""
        if self.kind in ("challenge", "nothing"):
            return self.id
        return "/".join((self.kind, self.id) if self.team is None else (self.kind, self.id, self.team))


@lru_cache(maxsize=4096)
def subject_of(text: str) -> Subject:
    """Read what rows hold in the place of a challenge."""
    kind, slash, rest = text.partition("/")
    if not slash:
        return Subject("challenge" if text else "nothing", text)
    if kind == "badge":
        return Subject("badge", rest)
    challenge, _slash, team = rest.partition("/")
    return Subject("team", challenge, team or None)


def badge_row(badge: str) -> str:
    """Give what the rows of a badge that awards earn have in the place of a challenge."""
    return Subject("badge", badge).text


def team_row(challenge: str) -> str:
    """Give what the progress of teams has in the place of a challenge."""
    return Subject("team", challenge).text


def team_badge_row(challenge: str, team: str) -> str:
    """Give what a badge for a team's completion has in the place of a challenge."""
    return Subject("team", challenge, team).text
