"""Somebody's own page: what still pays, where they stand, what did not pay."""

from typing import Any, Literal

from pydantic import Field

from novigem.views.web.api.models.base import Answer, Moment
from novigem.views.web.api.models.ledger import ConditionFound
from novigem.views.web.api.models.people import HoldingAnswer, ProgressAnswer


class ChanceAnswer(Answer):
    """Something that would pay if it were done now."""

    kind: str
    program: str
    rule: str | None
    challenge: str | None
    badge: str | None
    object: str | None
    record: str | None
    points: int | None = Field(description="null where they cannot be told")
    bonus: int | None
    due: str | None = Field(description="the day by which the record says that it should be done")
    last_day: str | None = Field(description="the last day on which it pays")
    until: Moment | None
    near: bool
    step: str = Field(description="what to do, in words")
    why: str = Field(description="why it pays, in words")
    field: str | None = None
    to: Any = Field(default=None, description="the value that `field` would need")
    any_value: bool | None = Field(default=None, description="true where any value will do")
    value: float | None = None
    target: float | None = None
    left: float | None = None
    tier: str | None = None


class PlaceAnswer(Answer):
    """A place on a board, and what is missing to the next."""

    board: str
    status: str
    ranks: Literal["people", "teams"]
    rank: int
    points: int | None
    next_rank: int | None
    gap: float | None = Field(description="what is missing to `next_rank`, in what the board ranks by")
    percent: float | None = None
    average: float | None = None
    team: str | None = None


class WeekAnswer(Answer):
    """The points of one week."""

    week: str
    points: int
    awards: int


class MissAnswer(ConditionFound):
    """One condition that failed alone."""

    count: int
    records: list[str] = Field(description="the first of them")


class RuleMissesAnswer(Answer):
    """Changes that one rule was one condition short of."""

    program: str
    rule: str
    object: str
    held: int
    missed: int
    misses: list[MissAnswer]
    others: int
    challenges: list[str]
    made_so: list[MissAnswer] | None = None


class MySeasonAnswer(Answer):
    """How somebody stands in one season."""

    program: str
    state: str
    takes_part: bool
    points: int
    places: list[PlaceAnswer]
    weeks: list[WeekAnswer]
    progress: list[ProgressAnswer]
    badges: list[HoldingAnswer]
    week: str = Field(description="the week of `did_not_pay`")
    did_not_pay: list[RuleMissesAnswer]


class MeAnswer(Answer):
    """Somebody's own page, as `novigem me WHO --json`."""

    user: str
    name: str
    chances: list[ChanceAnswer] = Field(description="those to be done first in front")
    programs: list[MySeasonAnswer]
