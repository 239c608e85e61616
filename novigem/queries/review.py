"""The review of a season: its figures before, during and after, what stands beside them, and what to change next.

Comes in: `Queries` and a program. Goes out: a `Review` of plain values. The change log is read once for the figures and
once for near misses, as a stream; the ledger tells of awards. What went together is told, never what caused what.

    review_types.py     the values
    review_states.py    records as they stood, from the stream of changes
    review_figures.py   how each kind of figure is counted
    review_people.py    who takes part
    review_beside.py    lateness, effort, book
    review_advice.py    what to change next
"""

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

from novigem.errors import InputError
from novigem.ledger.store import Store
from novigem.model.periods import DAY, local_day, start_of_day
from novigem.model.program import Figure, Program
from novigem.model.review import STANDARD_FIGURES
from novigem.queries.near_misses import near_misses
from novigem.queries.queries import Queries
from novigem.queries.review_advice import Facts, advise
from novigem.queries.review_beside import BookCounter, Paid, read_book, read_effort, read_lateness
from novigem.queries.review_counting import FigureCounter, Given
from novigem.queries.review_figures import counters_of
from novigem.queries.review_people import Team
from novigem.queries.review_states import Counter, Fields, Log
from novigem.queries.review_types import (
    NAMES,
    Case,
    FigureReview,
    PeriodName,
    Reading,
    Review,
    Status,
    Stretch,
    Sum,
    Week,
)
from novigem.rules.operators import Registry

_WEEK = 7


def read_review(queries: Queries, program: Program) -> Review:
    """Give the review of a program as of now; `program` is one of those that `queries` gives.

    Its own figures count; a program without any has the four of account expansion. Raises InputError for a program
    without a first day: nothing is before or during it.
    """
    store, now, registry = queries.store, queries.now, queries.registry
    if program.starts is None:
        raise InputError(
            f"{program.program} has no first day, so nothing is before, during or after it",
            hint="add `starts` and `weeks` to the program",
        )
    figures = program.review.figures or STANDARD_FIGURES
    fields = _fields(figures, program, registry)
    log = Log(store, fields, now)
    read_until = _read_until(store, log, program, now)
    stretches = _stretches(program, read_until)
    begun = tuple(one for one in stretches.values() if one.days)
    team = Team(store, program)
    given = Given(program.zone, begun, team, fields, log.since, registry)
    counters = counters_of(figures, given)
    book = BookCounter(figures, given, stretches["during"])
    seeing: dict[str, list[Counter]] = defaultdict(list)
    for counter in counters:
        for name in counter.objects:
            seeing[name].append(counter)
    for name in fields:
        seeing[name].append(book)
    log.read(seeing)
    log.finish(seeing, read_until)
    for counter in counters:
        counter.finish(log.tracks[counter.figure.object])

    found = tuple(_figure(one, stretches, log, program) for one in counters)
    paid = Paid(store, program, stretches["during"])
    effort = read_effort(paid, team.members)
    lateness = read_lateness(counters)
    during = stretches["during"]
    misses = near_misses(store, [program], since=during.start, until=during.end, registry=registry)
    at_work = frozenset(book.at_work)
    facts = Facts(program, store, found, lateness, effort, paid, team.members, at_work, misses)
    return Review(
        program=program,
        stretches=stretches,
        figures=found,
        lateness=lateness,
        effort=effort,
        book=read_book(book, paid, log.tracks),
        advice=advise(facts) if during.days else (),
        read_until=None if log.last is None and not log.covered else read_until,
        is_standard=not program.review.figures,
    )


def _fields(figures: Iterable[Figure], program: Program, registry: Registry) -> dict[str, Fields]:
    wanted: dict[str, set[str]] = defaultdict(lambda: {"OwnerId", "AccountId"})
    for figure in figures:
        for name, fields in figure.fields().items():
            wanted[name] |= fields
    # Where accounts are read for rules, they say what the book is and which were merged.
    if any(rule.object == "Account" for rule in program.rules):
        wanted["Account"] |= set()
    return {name: Fields(sorted(fields), name, program, registry) for name, fields in sorted(wanted.items())}


def _read_until(store: Store, log: Log, program: Program, now: int) -> int:
    """Give the moment up to which changes have been read: as a sync tells, or the end of the day of the last one."""
    if store.count_logged(now, 1):
        return now
    first, last = -1, now // DAY + 1
    # Nothing tells when the last change was; whether there is one from a day on is a quick question.
    while last - first > 1:
        middle = (first + last) // 2
        if store.count_logged(middle * DAY, 1):
            first = middle
        else:
            last = middle
    end = 0
    for logged, _change in store.changes(first * DAY, now) if first >= 0 else ():
        end = max(end, logged.at)
    day_after = local_day(end, program.zone) + timedelta(days=1)
    return min(now, max(log.covered, start_of_day(day_after, program.zone) if end else 0))


def _stretches(program: Program, read_until: int) -> dict[PeriodName, Stretch]:
    """Give the three periods, as far as they have been read."""
    zone, start = program.zone, program.starts
    if start is None:
        raise AssertionError("a review has a first day")
    last = program.last_day or max(start, local_day(max(read_until - 1, 0), zone))
    length = (last - start).days + 1
    firsts = {"before": start - timedelta(days=length), "during": start, "after": last + timedelta(days=1)}
    made: dict[PeriodName, Stretch] = {}
    for name in NAMES:
        first = firsts[name]
        opens = start_of_day(first, zone)
        closes = min(start_of_day(first + timedelta(days=length), zone), read_until)
        if name == "after" and program.last_day is None:
            closes = opens
        read = local_day(closes - 1, zone) if closes > opens else first - timedelta(days=1)
        made[name] = Stretch(name, first, read, opens, max(opens, closes), length)
    return made


def _figure(
    counter: FigureCounter, stretches: Mapping[PeriodName, Stretch], log: Log, program: Program
) -> FigureReview:
    known = [log.since.get(name) for name in counter.objects]
    since = None if None in known else max(local_day(one, program.zone) for one in known if one is not None)
    readings: dict[PeriodName, Reading] = {}
    for name, stretch in stretches.items():
        status: Status = "known"
        if not stretch.days:
            status = "not begun"
        elif since is None or since > stretch.last or (name == "before" and since > stretch.first):
            status = "not known"
        elif since > stretch.first:
            status = "part"
        readings[name] = _reading(counter, stretch, status)
    first = stretches["during"].first
    weeks = tuple(_weeks(readings, lambda case: (case.day - first).days // _WEEK))
    return FigureReview(counter.figure, readings, weeks, since)


def _reading(counter: FigureCounter, stretch: Stretch, status: Status) -> Reading:
    if status not in ("known", "part"):
        return Reading(stretch, status)
    cases = sorted(counter.cases[stretch.name].values(), key=lambda one: (one.day, one.record))
    told = [one for one in cases if one.verdict != "unknown"]
    return Reading(
        stretch,
        status,
        numerator=sum(one.verdict == "yes" for one in told),
        denominator=None if counter.figure.kind == "count" else len(told),
        sums=tuple(_sums(cases)) if counter.figure.kind == "influence" else (),
        unknown=dict(sorted(Tally(str(one.reason) for one in cases if one.verdict == "unknown").items())),
        beside=dict(sorted(counter.beside[stretch.name].items())),
        cases=tuple(cases),
    )


def _sums(cases: Sequence[Case]) -> Iterable[Sum]:
    found: dict[str | None, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0), Decimal(0)])
    for one in (one for one in cases if one.amount is not None):
        amount, of_currency = one.amount or Decimal(0), found[one.currency]
        of_currency[0] += amount if one.verdict == "yes" else 0
        of_currency[1] += amount if one.verdict != "unknown" else 0
        of_currency[2] += amount if one.verdict == "unknown" else 0
    return (Sum(currency, *found[currency]) for currency in sorted(found, key=lambda one: one or ""))


def _weeks(readings: Mapping[PeriodName, Reading], number_of: Callable[[Case], int]) -> Iterable[Week]:
    for name, reading in readings.items():
        good: Tally[int] = Tally()
        every: Tally[int] = Tally()
        for case in reading.cases:
            if case.verdict != "unknown":
                every[number_of(case)] += 1
                good[number_of(case)] += case.verdict == "yes"
        if reading.is_read:
            stretch, first = reading.stretch, readings["during"].stretch.first
            begin = (stretch.first - first).days // _WEEK
            end = (stretch.last - first).days // _WEEK
            yield from (Week(number, name, good[number], every[number]) for number in range(begin, end + 1))
