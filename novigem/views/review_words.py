"""A review in words: the same on a terminal, on the page and in files, in whatever language the reader has.

Comes in: the values of `novigem.queries.review`, a way to write numbers and days, and a translation. Goes out: plain
text, which whoever shows it escapes or cleans. Nothing here names a person or an id, and nothing is called a cause.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, Final, Protocol

from novigem.model.change import from_micros
from novigem.queries.review_types import Advice, FigureReview, PeriodName, Reading, Review, Week
from novigem.views.translating import N_
from novigem.views.words import day_text, number_text

# A share that may lie so far apart, whatever is true of what is not known, is told as a range.
_WIDE: Final = 0.05
_REASONS: Final = {
    "fields-not-read": N_("a field that it asks for is not read"),
    "owner-not-known": N_("nobody is told to own it"),
    "first-day-not-known": N_("it was there or edited before the log tells of it, so its first day is not known"),
    "logged-after-its-day": N_("it was written down as done after its day, so when it was done is not known"),
    "no-date": N_("its date cannot be read"),
    "no-account": N_("it belongs to no account"),
    "no-amount": N_("it has no amount"),
    "touches-not-known": N_("the log does not reach back far enough to rule out an earlier touch"),
}
_BESIDE: Final = {
    "date-moved": N_("date moved: %(number)s"),
    "done-later": N_("done later: %(number)s"),
    "deleted": N_("deleted, and left out: %(number)s"),
    "of-others": N_("of people who do not take part, and left out: %(number)s"),
    "without-a-day": N_("without a due day, and left out: %(number)s"),
    "noted-late": N_("written down too late: %(number)s"),
    "looked-at": N_("looked at in time, no risk found: %(number)s"),
}
_PERIODS: Final[dict[PeriodName, str]] = {"before": N_("Before"), "during": N_("Season"), "after": N_("After")}


class Writer(Protocol):
    """Writes numbers and days."""

    def number(self, value: float) -> str:
        """Give a number."""

    def percent(self, share: float) -> str:
        """Give a share of 0 to 1 as whole percent."""

    def day(self, value: date) -> str:
        """Give a day with its year."""

    def short_day(self, value: date) -> str:
        """Give a day without its year."""


class PlainWriter:
    """Writes as screens do."""

    def number(self, value: float) -> str:
        """Give a number, with no more decimals than it has."""
        told = number_text(value)
        return told.rstrip("0").rstrip(".") if "." in told else told

    def percent(self, share: float) -> str:
        """Give a share of 0 to 1 as whole percent."""
        return f"{share * 100:.0f}%"

    def day(self, value: date) -> str:
        """Give a day with its year."""
        return day_text(value)

    def short_day(self, value: date) -> str:
        """Give a day without its year."""
        return day_text(value, with_year=False)


class ReviewWords:
    """Words for a review. `translate` gives a text in the reader's language."""

    def __init__(self, review: Review, writer: Writer, translate: Callable[[str], str] = str) -> None:
        self._review = review
        self._write = writer
        self._ = translate

    def answer(self) -> str:
        """Say in one sentence whether the figures moved; why that is not known, where it is not."""
        figures = self._review.figures
        changes = [one.change for one in figures if one.change is not None]
        if not self._review.stretches["during"].days:
            return self._(N_("Nothing of the season has been read yet."))
        if not changes:
            return self._(N_("That cannot be told: what was before is not known."))
        return self._say(
            N_("%(more)s of %(all)s figures are above before, %(less)s below; for %(unknown)s that is not known."),
            more=sum(one > 0 for one in changes),
            less=sum(one < 0 for one in changes),
            all=len(figures),
            unknown=len(figures) - len(changes),
        )

    def period(self, name: PeriodName) -> str:
        """Name a period."""
        return self._(_PERIODS[name])

    def days_of(self, name: PeriodName) -> str:
        """Give the days of a period that have been read; why there are none, where there are none."""
        stretch = self._review.stretches[name]
        if not stretch.days:
            return self._(N_("not read yet"))
        return f"{self._write.short_day(stretch.first)} \N{EN DASH} {self._write.day(stretch.last)}"

    def headline(self, reading: Reading) -> str:
        """Give the figure itself: a number, a share, a range where much is not known, or why there is none."""
        if not reading.is_read:
            return self._(N_("not read yet") if reading.status == "not begun" else N_("not known"))
        if reading.denominator is None:
            return self._write.number(reading.numerator)
        bounds = reading.bounds
        if bounds is None:
            return self._(N_("by currency") if len(reading.sums) > 1 else N_("nothing due"))
        if not reading.denominator:
            return self._(N_("nothing known"))
        low, high = bounds
        if high - low > _WIDE:
            return f"{self._write.percent(low)} \N{EN DASH} {self._write.percent(high)}"
        return self._write.percent(reading.share or 0)

    def fraction(self, reading: Reading) -> list[str]:
        """Give numerator and denominator, a line for each currency; nothing where there is nothing."""
        if not reading.is_read:
            return []
        if reading.denominator is None:
            per_week = reading.per_week
            return [] if per_week is None else [self._say(N_("%(number)s a week"), number=round(per_week, 1))]
        if reading.sums:
            of_money = N_("%(part)s of %(whole)s %(currency)s")
            return [
                self._say(
                    of_money, part=float(one.numerator), whole=float(one.denominator), currency=one.currency or ""
                ).strip()
                for one in reading.sums
            ]
        return [self._say(N_("%(part)s of %(whole)s"), part=reading.numerator, whole=reading.denominator)]

    def change(self, figure: FigureReview) -> str:
        """Give the change against before, with its sign; why it is not known, where it is not."""
        change, before = figure.change, figure.readings["before"]
        if change is None:
            if before.status != "known":
                return self._say(N_("before is not known"))
            return self._say(N_("nothing to compare with"))
        if figure.figure.kind == "count":
            return self._say(N_("%(change)s a week against before"), change=f"{change * 100:+.0f}%")
        return self._say(N_("%(change)s points against before"), change=f"{change * 100:+.0f}")

    def sentence(self, figure: FigureReview) -> str:
        """Say in one sentence what was counted."""
        days = figure.figure.days
        return {
            "count": self._(N_("Different records, each counted once, without those that were taken back.")),
            "rate": self._(
                N_("Done by the first day it was due, of all that were due; moving the date does not help.")
            ),
            "coverage": self._say(
                N_(
                    "Written down at least %(days)s days before the date as it then stood, "
                    "of all whose last day for that lay in the period."
                ),
                days=days,
            ),
            "influence": self._say(
                N_(
                    "Amount with a completed touch on the account in the %(days)s days before creation, of all. "
                    "An association, not a cause."
                ),
                days=days,
            ),
        }[figure.figure.kind]

    def notes(self, reading: Reading) -> list[str]:
        """Say what is not known of a figure, and what stands beside it."""
        told = []
        if reading.status == "part":
            told.append(self._say(N_("in part: the log begins within the period")))
        if reading.is_read and reading.denominator == 0 and not reading.not_told:
            told.append(self._say(N_("there was nothing to divide by")))
        told += [
            self._say(N_("%(number)s not known: %(why)s"), number=number, why=self._(_REASONS.get(reason, reason)))
            for reason, number in reading.unknown.items()
        ]
        told += [self._say(_BESIDE.get(what, what), number=number) for what, number in reading.beside.items()]
        return told

    def beside(self) -> Iterator[str]:
        """Say how late signals are logged, how effort spreads, and how much of the book is covered."""
        names = {one.figure.id: one.figure.name for one in self._review.figures}
        for late in self._review.lateness:
            if late.median is not None:
                yield self._say(
                    N_(
                        "%(figure)s: half were logged %(median)s days or more before their close date; "
                        "%(late)s of %(known)s with fewer than %(days)s days left."
                    ),
                    figure=names[late.figure],
                    median=late.median,
                    late=late.late,
                    known=late.known,
                    days=late.days,
                )
        effort = self._review.effort
        yield self._say(
            N_("%(active)s of %(people)s people earned something."), active=effort.active, people=effort.people
        )
        if effort.top_share is not None:
            yield self._say(
                N_("The most active fifth (%(top)s of %(active)s) has %(share)s of all %(awards)s awards."),
                top=effort.top_people,
                active=effort.active,
                share=self._write.percent(effort.top_share),
                awards=effort.awards,
            )
        book = self._review.book
        if book is None:
            yield self._say(N_("How much of the book was covered is not known: no account of the team is."))
        else:
            yield self._say(
                N_("%(touched)s of %(owned)s accounts of the team were touched (%(share)s)."),
                touched=book.touched,
                owned=book.owned,
                share=self._write.percent(book.touched / book.owned),
            )

    def trend(self, figure: FigureReview) -> str:
        """Say for who cannot see the chart how the weeks of the season went."""
        weeks = [one for one in figure.weeks if one.period == "during"]
        if not weeks:
            return self._(N_("no week of the season has been read"))
        least, most = min(weeks, key=_counted), max(weeks, key=_counted)
        return self._say(
            N_("by week between %(least)s (week %(when)s) and %(most)s (week %(then)s)"),
            least=least.numerator,
            when=least.number + 1,
            most=most.numerator,
            then=most.number + 1,
        )

    def advice(self, advice: Advice, *, with_values: bool = True) -> tuple[str, str]:
        """Give what to do, and the evidence for it; what a record held is told only `with_values`."""
        facts = advice.evidence
        do, because = _ADVICE[advice.kind]
        if advice.kind == "near-misses" and not with_values:
            because = _WITHOUT_VALUE
        elif advice.kind == "near-misses" and (not facts["known"] or facts["found"] is None):
            because = _NOTHING_FOUND
        told = dict(facts)
        if "share" in told:
            told["share"] = self._write.percent(told["share"])
        if "why" in told:
            told["why"] = self._(_REASONS.get(told["why"], told["why"]))
        if "figure" in told:
            names = {one.figure.id: one.figure.name for one in self._review.figures}
            told["figure"] = names.get(told["figure"], told["figure"])
        return self._say(do, **told), self._say(because, **told)

    def cannot_be_told(self) -> Iterator[str]:
        """Say what the data cannot tell."""
        yield self._(N_("Whether the program caused any of this: there was no group without it to compare with."))
        stretches = self._review.stretches
        first = stretches["before"].first
        unknown = {one.known_since for one in self._review.figures if one.readings["before"].status != "known"}
        if unknown:
            known = [one for one in unknown if one is not None]
            if known:
                yield self._say(
                    N_("What was before: the change log begins on %(day)s, and it would have to begin by %(first)s."),
                    day=self._write.day(max(known)),
                    first=self._write.day(first),
                )
            else:
                yield self._(N_("What was before: no changes of these records have been read."))
        if not stretches["after"].days:
            yield self._(N_("What stays: nothing has been read yet of the time after the season."))
        if self._review.book is not None and not self._review.book.of_accounts:
            yield self._(
                N_("Accounts without any record that is read: the book holds those that a record of the team names.")
            )
        if self._review.is_standard:
            yield self._(
                N_("Whether these are the right figures: the program names none, so the usual four are shown.")
            )

    def read_until(self) -> str:
        """Say how far changes have been read."""
        until = self._review.read_until
        if until is None:
            return self._(N_("no changes have been read"))
        day = from_micros(until - 1).astimezone(self._review.program.zone).date()
        return self._say(N_("read to %(day)s"), day=self._write.day(day))

    def _say(self, text: str, **parts: Any) -> str:
        written = {
            name: self._write.number(value)
            if isinstance(value, (int, float)) and not isinstance(value, bool)
            else value
            for name, value in parts.items()
        }
        return self._(text) % written


def _counted(week: Week) -> int:
    return week.numerator


_WITHOUT_VALUE: Final = N_("Held: %(held)s. One condition short: %(missed)s, most often %(field)s (%(often)s).")
_NOTHING_FOUND: Final = N_(
    "Held: %(held)s. One condition short: %(missed)s, most often %(field)s, which was empty (%(often)s)."
)
_ADVICE: Final = {
    "near-misses": (
        N_("Look at what “%(rule)s” asks for, or tell the team."),
        N_("Held: %(held)s. One condition short: %(missed)s, most often %(field)s, which was “%(found)s” (%(often)s)."),
    ),
    "nobody-completes": (
        N_("Lower the target of “%(challenge)s”, or drop it."),
        N_("Nobody of %(active)s who earned something completed it."),
    ),
    "everybody-completes": (
        N_("Raise the target of “%(challenge)s”, or replace it."),
        N_("All %(active)s who earned something completed it."),
    ),
    "cannot-earn": (
        N_("Find out why %(people)s of %(of)s people cannot earn."),
        N_("No record that the program looks at is theirs, and they changed none."),
    ),
    "earned-nothing": (
        N_("Ask %(people)s of %(of)s people what stood in their way."),
        N_("They have records that the program looks at, and earned nothing."),
    ),
    "done-later": (
        N_("Agree on due days that people can keep, for “%(figure)s”."),
        N_("Of %(missed)s that were not done by their first day, %(later)s were done later."),
    ),
    "uneven": (
        N_("Make room for more people than the busiest."),
        N_("%(people)s of %(active)s people have %(share)s of all awards."),
    ),
    "late": (
        N_("Ask for signals earlier."),
        N_("%(late)s of %(of)s of “%(figure)s” were logged with fewer than %(days)s days left."),
    ),
    "unknown": (
        N_("Make “%(figure)s” tellable."),
        N_("Of %(of)s records, %(unknown)s cannot be told: %(why)s."),
    ),
}  # fmt: skip - what to do and why, a row each
