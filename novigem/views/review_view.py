"""A review as its page and its files show it: names made safe, charts drawn, advice in words. Plain values.

On the page whoever may see records finds them behind each figure. A file names no record and no person: it goes to
people without an account.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from novigem.queries.review_types import Advice, Case, FigureReview, Review
from novigem.views.charts import PAGE, Palette, missing, weeks_chart
from novigem.views.plain_text import without_names
from novigem.views.review_words import ReviewWords
from novigem.views.words import clean

_MOST_RECORDS = 200


@dataclass(frozen=True)
class RecordLink:
    """A record behind a figure, with the address that explains it."""

    id: str
    address: str
    verdict: str
    day: date | None = None


@dataclass(frozen=True)
class FigureRow:
    """One figure: its name, its chart (None where there is none), and the records behind it."""

    review: FigureReview
    name: str
    about: str
    chart: Markup | None
    records: tuple[RecordLink, ...] = ()
    more: int = 0


@dataclass(frozen=True)
class AdviceRow:
    """What to do, why, and who or what it is about, where that may be seen."""

    do: str
    because: str
    people: tuple[str, ...] = ()
    records: tuple[RecordLink, ...] = ()


@dataclass(frozen=True)
class ReviewView:
    """What the page, the file and the paper show of a review."""

    review: Review
    program: str
    name: str
    rows: tuple[FigureRow, ...]
    advice: tuple[AdviceRow, ...]
    no_charts: str | None
    records: bool = False


@dataclass(frozen=True)
class Links:
    """What whoever looks may go on to: the address of a record, and names of people by id (none of who is hidden)."""

    record: Callable[[str], str]
    name: Callable[[str], str | None]


def page_view(review: Review, words: ReviewWords, links: Links | None) -> ReviewView:
    """Give a review for its page; `links` is None for whoever may not see records."""
    return ReviewView(
        review=review,
        program=review.program.program,
        name=clean(review.program.name),
        rows=tuple(_row(one, words, PAGE, clean, links) for one in review.figures),
        advice=tuple(_advice(one, words, links) for one in review.advice),
        no_charts=missing(),
        records=links is not None,
    )


def file_view(review: Review, words: ReviewWords, palette: Palette) -> ReviewView:
    """Give a review for a file: without records, ids and people."""
    return ReviewView(
        review=review,
        program=review.program.program,
        name=without_names(review.program.name),
        rows=tuple(_row(one, words, palette, without_names, None) for one in review.figures),
        advice=tuple(_advice(one, words, None) for one in review.advice),
        no_charts=missing(),
    )


def _row(
    one: FigureReview, words: ReviewWords, palette: Palette, cleaned: Callable[[str], str], links: Links | None
) -> FigureRow:
    name = cleaned(one.figure.name)
    during = one.readings["during"]
    label = f"{name}: {words.headline(during)}; {words.trend(one)}"
    drawn = weeks_chart(one, label, palette)
    cases = () if links is None else during.cases
    return FigureRow(
        review=one,
        name=name,
        about=cleaned(one.figure.description or ""),
        chart=None if drawn is None else Markup(drawn),  # noqa: S704 - our own drawing; its label is escaped
        records=() if links is None else tuple(_link(case, links) for case in cases[:_MOST_RECORDS]),
        more=max(0, len(cases) - _MOST_RECORDS),
    )


def _link(case: Case, links: Links) -> RecordLink:
    return RecordLink(case.record, links.record(case.record), case.verdict, case.day)


def _advice(one: Advice, words: ReviewWords, links: Links | None) -> AdviceRow:
    do, because = words.advice(one, with_values=links is not None)
    cleaned = without_names if links is None else clean
    if links is None:
        return AdviceRow(cleaned(do), cleaned(because))
    named = (links.name(user) for user in one.evidence.get("users", ()))
    records = tuple(RecordLink(record, links.record(record), "no") for record in one.evidence.get("records", ()))
    return AdviceRow(cleaned(do), cleaned(because), tuple(clean(name) for name in named if name), records)
