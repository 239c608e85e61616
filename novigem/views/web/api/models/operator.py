"""How the sync stands."""

from pydantic import Field

from novigem.views.web.api.models.base import Answer, Moment
from novigem.views.web.api.models.boards import Pause


class SyncedObject(Answer):
    """What the latest sync did with one object."""

    object: str
    started: Moment | None
    finished: Moment | None
    rows: int
    pages: int
    people: int
    changes: int
    entries: int
    points: int
    bonuses: int
    badges: int
    corrections: int
    unknown: int
    blocked: int
    rejected: int
    repaired: int
    purged: int
    restarts: int
    calls: int
    covered: Moment | None
    lag_seconds: float | None
    is_filled: bool
    alarms: list[str]
    held_by: str | None
    error: str | None
    last_success: Moment | None
    corrections_by_cause: dict[str, int] | None = None


class ObjectStanding(Answer):
    """How one object stands."""

    org: str
    object: str
    covered: Moment | None = Field(description="read up to here")
    lag_seconds: float | None
    is_filled: bool = Field(description="whether it was read through once")
    records: int
    put_aside: int = Field(description="rows that could not be read")
    held_by: str | None
    held_until: Moment | None
    last: SyncedObject | None


class NameAstray(Answer):
    """A name in a program that leads elsewhere than it did, or to nobody."""

    program: str
    name: str
    kind: str
    where: str
    means: str | None
    now: list[str]
    told: str


class PausedProgram(Pause):
    """A program that is paused."""

    program: str


class StatusAnswer(Answer):
    """How the sync stands, as `novigem status --json`."""

    orgs: list[str]
    put_aside: int
    objects: list[ObjectStanding]
    names: list[NameAstray]
    paused: list[PausedProgram] | None = None
