"""The review of a season."""

from typing import Any

from pydantic import Field

from novigem.views.web.api.models.base import Answer, Moment


class StretchAnswer(Answer):
    """One period of a review."""

    first: str
    last: str | None = Field(description="null before it has begun")
    days: int


class AmountAnswer(Answer):
    """The amounts of one currency."""

    currency: str | None
    numerator: float
    denominator: float
    unknown: float


class RecordsAnswer(Answer):
    """The records behind a figure."""

    yes: list[str]
    no: list[str]
    unknown: list[str]


class ReadingAnswer(Answer):
    """A figure in one period. Where it is not known, `status` stands alone."""

    status: str = Field(description="known, part, not known, or not begun")
    numerator: int | None = None
    denominator: int | None = Field(default=None, description="null where a figure has none")
    share: float | None = None
    bounds: list[float] | None = Field(default=None, description="between what the share lies, whatever is unknown")
    unknown: dict[str, int] | None = Field(default=None, description="how many records cannot be told, by reason")
    beside: dict[str, int] | None = None
    amounts: list[AmountAnswer] | None = None
    records: RecordsAnswer | None = None


class FigureAnswer(Answer):
    """One figure before, during and after the season."""

    id: str
    name: str
    kind: str
    known_since: str | None
    change: float | None = Field(description="against before; null where it is not known. It is described, no cause")
    before: ReadingAnswer
    during: ReadingAnswer
    after: ReadingAnswer


class LatenessAnswer(Answer):
    """How late signals were logged."""

    figure: str
    known: int
    late: int
    median: float | None
    days: int
    unknown: int


class EffortAnswer(Answer):
    """How effort spreads over people."""

    people: int
    active: int
    awards: int
    top_people: int
    top_awards: int
    top_share: float | None


class BookAnswer(Answer):
    """The share of the book that was covered."""

    touched: int
    owned: int
    of_accounts: bool
    share: float


class ReviewAnswer(Answer):
    """The review of a season, as `novigem review PROGRAM --json`."""

    program: str
    name: str
    read_until: Moment | None
    periods: dict[str, StretchAnswer]
    figures: list[FigureAnswer]
    own_figures: bool = Field(description="true where the program names its own figures")
    lateness: list[LatenessAnswer]
    effort: EffortAnswer
    book: BookAnswer | None
    advice: list[dict[str, Any]] = Field(description="what to change next; the evidence differs by `kind`")
