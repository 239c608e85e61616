"""Boards."""

from typing import Any, Literal

from pydantic import Field

from novigem.views.web.api.models.base import Answer, Moment


class BoardListed(Answer):
    """One board that there is."""

    board: str = Field(description="the id of the board")
    program: str = Field(description="the id of its program")
    name: str
    by: Literal["points", "percent", "average"] = Field(description="what it ranks by")
    period: Any = Field(description="its usual period, as the program file says it")
    ranks: Literal["people", "teams"]


class Span(Answer):
    """The period of a board."""

    start: Moment | None = Field(description="null where it is open")
    end: Moment | None = Field(description="null where it is open; not part of the period")


class Pause(Answer):
    """A pause of a program: it pays nothing."""

    since: Moment
    until: Moment | None = Field(description="null while nobody has said when it ends")
    reason: str | None
    author: str | None


class BoardLine(Answer):
    """One line of a board."""

    rank: int | None = Field(description="null for whoever is listed apart")
    user: str | None = Field(
        default=None, description="a user id; an opaque one where the board holds names back, but for the reader's own"
    )
    team: str | None = Field(default=None, description="in place of `user` on a board of teams")
    name: str
    points: int | None = Field(description="null on a board by percent")
    entries: int = Field(description="how many ledger entries there are behind it")
    tie: str | None = Field(description="the step that put it below an equal, if one did")
    pending: int = Field(description="points among them that are held: they do not count for a prize yet")
    left: bool | None = Field(default=None, description="true of somebody who has left")
    members: float | None = Field(default=None, description="members of a team, on a board by average")
    average: float | None = Field(default=None, description="points a member, on a board by average")
    percent: float | None = Field(default=None, description="on a board by percent")
    value: float | None = Field(default=None, description="how far, on a board by percent")
    target: float | None = Field(default=None, description="of what, on a board by percent")


class BoardAnswer(Answer):
    """Standings, as `novigem board --json`."""

    board: str
    program: str
    period: Span
    as_of: int = Field(description="the newest ledger entry that counts")
    status: Literal["running", "provisional", "final", "live"]
    final_at: Moment | None = Field(description="when a provisional board becomes final")
    waits_for: list[str] = Field(description="objects that must be read further before it does")
    closed_at: Moment | None
    digest: str | None = Field(description="the SHA-256 of final standings")
    rows: list[BoardLine]
    apart: list[BoardLine] | None = Field(
        default=None, description="those who have left, where the board lists them so"
    )
    shadow: bool | None = Field(default=None, description="true of a season that only its leader sees")
    paused: Pause | None = None
    by: Literal["percent", "average"] | None = Field(default=None, description="left out on a board by points")
    absent: list[str] | None = Field(default=None, description="who has no target, being away all the time")
    better: Literal["lower"] | None = None
    around: list[BoardLine] | None = Field(default=None, description="the rows beside the reader, if asked for")
    sharing: int | None = Field(default=None, description="how many share the reader's place, if not all are told")
