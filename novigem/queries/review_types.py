"""What a review is made of: its periods, each figure in each of them, and what stands beside them. Plain values."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from novigem.model.program import Figure, Program

PeriodName = Literal["before", "during", "after"]
#: `part`: the log begins after the period does; `not known`: it knows nothing of it; `not begun`: it lies ahead.
Status = Literal["known", "part", "not known", "not begun"]
Verdict = Literal["yes", "no", "unknown"]

NAMES: tuple[PeriodName, ...] = ("before", "during", "after")


class Stretch(NamedTuple):
    """One period: its local days, both included, as far as they have been read, and its moments `[start, end)`.

    `planned` is how many days it has in all. A period that has not begun has no days yet: `last` lies before `first`.
    """

    name: PeriodName
    first: date
    last: date
    start: int
    end: int
    planned: int

    @property
    def days(self) -> int:
        """How many days of it have been read."""
        return max(0, (self.last - self.first).days + 1)


class Case(NamedTuple):
    """One record in a figure: whether it counts, the day by which it belongs to its period, and why.

    `reason` says why it does not count or is not known; `amount` and `currency` are those of an influence. `notes` are
    what is shown beside the figure, such as a date that was moved.
    """

    record: str
    day: date
    verdict: Verdict
    reason: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    notes: tuple[str, ...] = ()


class Sum(NamedTuple):
    """Money of one currency; None where no record names one. `unknown` is that of records that cannot be told."""

    currency: str | None
    numerator: Decimal
    denominator: Decimal
    unknown: Decimal = Decimal(0)


@dataclass(frozen=True)
class Reading:
    """One figure in one period.

    `denominator` is None for a figure that is a count. `sums` hold the money of an influence, by currency; its
    numerator and denominator are the opportunities. `unknown` counts the records that cannot be told, by reason, and
    `beside` what is worth knowing besides. `cases` are the records behind it.
    """

    stretch: Stretch
    status: Status
    numerator: int = 0
    denominator: int | None = None
    sums: tuple[Sum, ...] = ()
    unknown: dict[str, int] = field(default_factory=dict)
    beside: dict[str, int] = field(default_factory=dict)
    cases: tuple[Case, ...] = ()

    @property
    def is_read(self) -> bool:
        """Whether there is anything to tell."""
        return self.status in ("known", "part")

    @property
    def share(self) -> float | None:
        """The part that counts; None where there is no denominator. Of money where there is one currency alone."""
        if not self.is_read:
            return None
        if self.sums:
            (only, *more) = self.sums
            return None if more or not only.denominator else float(only.numerator / only.denominator)
        return None if not self.denominator else self.numerator / self.denominator

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The least and the most that the share can be, whatever is true of what cannot be told; None without one."""
        if not self.is_read or self.denominator is None:
            return None
        if self.sums:
            (only, *more) = self.sums
            every = only.denominator + only.unknown
            if more or not every:
                return None
            return float(only.numerator / every), float((only.numerator + only.unknown) / every)
        everything = self.denominator + self.not_told
        return (self.numerator / everything, (self.numerator + self.not_told) / everything) if everything else None

    @property
    def per_week(self) -> float | None:
        """How many a week."""
        return None if not self.is_read or not self.stretch.days else self.numerator * 7 / self.stretch.days

    @property
    def not_told(self) -> int:
        """How many records cannot be told."""
        return sum(self.unknown.values())


class Week(NamedTuple):
    """One week of a figure, counted from the first day of the season: the first is 0, those before are negative."""

    number: int
    period: PeriodName
    numerator: int
    denominator: int


@dataclass(frozen=True)
class FigureReview:
    """One figure in all periods. `known_since` is the first day of which the log tells what the figure looks at."""

    figure: Figure
    readings: dict[PeriodName, Reading]
    weeks: tuple[Week, ...]
    known_since: date | None

    @property
    def change(self) -> float | None:
        """The change against before: of the share, or of the number a week as a part of before; None: not known."""
        before, during = self.readings["before"], self.readings["during"]
        if before.status != "known" or not during.is_read:
            return None
        if self.figure.kind != "count":
            return None if before.share is None or during.share is None else during.share - before.share
        was, now = before.per_week, during.per_week
        return None if not was or now is None else now / was - 1


class Lateness(NamedTuple):
    """How late signals are logged: days from the creation to the close date as it then stood.

    `late` of `known` had fewer than `days` left; `unknown` have no close date.
    """

    figure: str
    known: int
    late: int
    median: float | None
    days: int
    unknown: int


class Effort(NamedTuple):
    """How effort spreads: awards that stand, and how many of them the most active fifth of those who took part has."""

    people: int
    active: int
    awards: int
    top_people: int
    top_awards: int

    @property
    def top_share(self) -> float | None:
        """The part of the awards that the top fifth has."""
        return None if not self.awards else self.top_awards / self.awards


class Book(NamedTuple):
    """The share of the book that was covered: accounts with an award or a touch, of those that the team owns.

    `of_accounts` says whether accounts themselves have been read; otherwise those are known that an own record names.
    """

    touched: int
    owned: int
    of_accounts: bool


class Advice(NamedTuple):
    """One thing to change next: what kind, and the evidence for it."""

    kind: str
    evidence: dict[str, Any]


@dataclass(frozen=True)
class Review:
    """The review of one season. `read_until` is the moment up to which changes have been read; None: none have."""

    program: Program
    stretches: dict[PeriodName, Stretch]
    figures: tuple[FigureReview, ...]
    lateness: tuple[Lateness, ...]
    effort: Effort
    book: Book | None
    advice: tuple[Advice, ...]
    read_until: int | None
    is_standard: bool
