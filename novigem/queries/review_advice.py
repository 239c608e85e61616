"""What to change next, derived plainly from what the season left: each piece of advice with its evidence.

Nothing here judges a person, and nothing is called a cause. Adding advice is a function and a line below.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from novigem.ledger.store import RowFilter, Store
from novigem.model.program import Program
from novigem.queries.near_misses import RuleMisses
from novigem.queries.review_beside import Paid
from novigem.queries.review_counting import DONE_LATER
from novigem.queries.review_types import Advice, Effort, FigureReview, Lateness

# From here on something is worth a word.
_MUCH: Final = 0.5
_SOME: Final = 0.2
_FEW_CASES: Final = 10
_MOST_TOLD: Final = 6


class Facts(NamedTuple):
    """What advice is derived from. `at_work` are those who own or changed a record that the program looks at."""

    program: Program
    store: Store
    figures: Sequence[FigureReview]
    lateness: Sequence[Lateness]
    effort: Effort
    paid: Paid
    members: Sequence[str]
    at_work: frozenset[str]
    misses: Sequence[RuleMisses]


def advise(facts: Facts) -> tuple[Advice, ...]:
    """Give what to change next, the most useful first; no more than a team can do."""
    return tuple(one for find in _FINDERS for one in find(facts))[:_MOST_TOLD]


def _near_misses(facts: Facts) -> Iterator[Advice]:
    """Name the rule with most near misses, and what it lacked most often."""
    counted = [one for one in facts.misses if one.misses]
    if counted:
        most = max(counted, key=lambda one: one.missed)
        first = most.misses[0]
        names = {rule.id: rule.label for rule in facts.program.rules}
        yield Advice(
            "near-misses",
            {
                "rule": names.get(most.rule, most.rule),
                "id": most.rule,
                "missed": most.missed,
                "held": most.held,
                "field": first.condition.field,
                "often": first.count,
                "found": first.condition.new if first.condition.new_known else None,
                "known": first.condition.new_known,
                "records": list(first.records),
            },
        )


def _completed(facts: Facts, challenge: str) -> int:
    rows = facts.store.progress_rows(RowFilter(program=facts.program.program, challenge=challenge))
    return len({row.user for row in rows if row.completed is not None})


def _challenges(facts: Facts) -> Iterator[Advice]:
    """Name challenges that nobody completes, and those that everybody did."""
    for one in facts.program.challenges:
        if one.status not in ("active", "ended") or not facts.effort.active:
            continue
        done = _completed(facts, one.id)
        evidence = {"challenge": one.name, "id": one.id, "completed": done, "active": facts.effort.active}
        if done == 0:
            yield Advice("nobody-completes", evidence)
        elif done >= facts.effort.active > 1:
            yield Advice("everybody-completes", evidence)


def _people(facts: Facts) -> Iterator[Advice]:
    """Count the people who can earn nothing: no record that the program looks at is theirs."""
    without = [one for one in facts.members if one not in facts.at_work and one not in facts.paid.by_person]
    if without:
        yield Advice("cannot-earn", {"people": len(without), "of": facts.effort.people, "users": without})
    idle = [one for one in facts.members if one in facts.at_work and one not in facts.paid.by_person]
    if idle:
        yield Advice("earned-nothing", {"people": len(idle), "of": facts.effort.people, "users": idle})


def _spread(facts: Facts) -> Iterator[Advice]:
    """Say when few people do most of it."""
    share = facts.effort.top_share
    if share is not None and share >= _MUCH and facts.effort.active >= _FEW_CASES // 2:
        yield Advice("uneven", {"people": facts.effort.top_people, "active": facts.effort.active, "share": share})


def _late(facts: Facts) -> Iterator[Advice]:
    """Say when signals are logged shortly before they close."""
    for one in facts.lateness:
        if one.known >= _FEW_CASES and one.late / one.known >= _SOME:
            yield Advice("late", {"figure": one.figure, "late": one.late, "of": one.known, "days": one.days})


def _done_later(facts: Facts) -> Iterator[Advice]:
    """Name rates of which much is done after its day: the work is done, and its days are not real."""
    for one in facts.figures:
        during = one.readings["during"]
        missed = (during.denominator or 0) - during.numerator
        later = during.beside.get(DONE_LATER, 0)
        if one.figure.kind == "rate" and missed >= _FEW_CASES and later / missed >= _SOME:
            yield Advice("done-later", {"figure": one.figure.name, "later": later, "missed": missed})


def _unknown(facts: Facts) -> Iterator[Advice]:
    """Name figures of which much cannot be told."""
    for one in facts.figures:
        during = one.readings["during"]
        known = during.numerator if during.denominator is None else during.denominator
        all_of = known + during.not_told
        if during.is_read and during.not_told and during.not_told / all_of >= _SOME:
            reason = max(during.unknown, key=lambda name: during.unknown[name])
            yield Advice(
                "unknown", {"figure": one.figure.name, "unknown": during.not_told, "of": all_of, "why": reason}
            )


_FINDERS: Final = (_near_misses, _done_later, _challenges, _people, _late, _spread, _unknown)
