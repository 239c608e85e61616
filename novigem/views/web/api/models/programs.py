"""Programs, challenges, and seasons with their final standings."""

from typing import Any, Literal

from pydantic import Field

from novigem.views.web.api.models.base import Answer, Moment
from novigem.views.web.api.models.boards import Pause
from novigem.views.web.api.models.ledger import EntryAnswer


class ProgramListed(Answer):
    """One program that there is."""

    program: str
    name: str
    description: str | None
    timezone: str
    start: Moment | None
    end: Moment | None = Field(description="not part of it")
    status: str
    paused: Pause | None = Field(default=None, description="the pause that it is in")


class VersionUse(Answer):
    """From when on which version was in force, as `novigem program history --json`."""

    version: str
    accepted_at: Moment


class ProgramAnswer(ProgramListed):
    """A program: what pays, as its file says it; see the reference of the program file."""

    versions: list[VersionUse]
    rules: list[dict[str, Any]]
    challenges: list[dict[str, Any]]
    badges: list[dict[str, Any]]
    leaderboards: list[dict[str, Any]]


class WindowAnswer(Answer):
    """How a challenge or a board stands over one period."""

    program: str
    kind: Literal["challenge", "board"]
    id: str
    period: str | None
    end: Moment | None
    status: str
    final_at: Moment | None
    waits_for: list[str]


class ChallengeAnswer(Answer):
    """A challenge, as its program's file says it, and how it stands."""

    challenge: str
    program: str
    name: str
    description: str | None
    definition: dict[str, Any] = Field(description="as in the program file")
    windows: list[WindowAnswer] = Field(description="each period that has begun")


class FinalLine(Answer):
    """One line of final standings: of a board, or of a challenge."""

    rank: int | None = Field(default=None, description="of a board")
    user: str | None = None
    team: str | None = Field(default=None, description="in place of `user` on a board of teams")
    name: str
    points: int
    entries: int | None = Field(default=None, description="of a board")
    tie: str | None = Field(default=None, description="of a board")
    members: float | None = None
    left: bool | None = None
    value: float | None = Field(default=None, description="of a challenge")
    target: float | None = Field(default=None, description="of a challenge")
    completed_at: Moment | None = Field(default=None, description="of a challenge")
    bonus: int | None = Field(default=None, description="of a challenge")
    badge: str | None = Field(default=None, description="of a challenge")


class ClosingAnswer(Answer):
    """Final standings; of a challenge, the rows of those whose progress the reader may see."""

    program: str
    kind: Literal["challenge", "board"]
    id: str
    name: str
    period: str | None
    start: Moment | None
    end: Moment | None
    closed_at: Moment
    as_of: int
    version: str
    reason: str | None
    author: str | None
    digest: str = Field(description="the SHA-256 of all the standings, whoever reads them")
    rows: list[FinalLine]
    apart: list[FinalLine] | None = None


class Winners(Answer):
    """Who came first on a board."""

    board: str
    period: str
    digest: str
    winners: list[FinalLine]


class SeasonAnswer(Answer):
    """One season, as `novigem seasons --json`."""

    program: str
    name: str
    start: Moment | None
    end: Moment | None
    status: str
    versions: list[VersionUse]
    people: int
    points: int
    winners: list[Winners]
    closed: int
    open: list[WindowAnswer]
    exceptions: int = Field(description="how many entries arrived after what they belong to was closed")


class Shift(Answer):
    """Whom late entries would move."""

    user: str | None = None
    team: str | None = None
    then: FinalLine | None
    now: FinalLine | None


class LateAnswer(Answer):
    """What arrived after a closing, of those whose entries the reader may see."""

    kind: Literal["challenge", "board"]
    id: str
    period: str | None
    late: list[EntryAnswer]
    changes: list[Shift]


class ArchiveAnswer(SeasonAnswer):
    """One season in full."""

    closings: list[ClosingAnswer]
    late: list[LateAnswer]
