"""Whether a program works, and who is left out: reach by week, who cannot earn and why, how the effort spreads.

Comes in: a store and a program. Goes out: counts, and people for whoever may see them; nobody who opted out is named.
Read from the sums that are kept, so it takes as long as there are people, however many entries there are.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import msgspec

from novigem.leaderboards.rollups import rollup_name
from novigem.ledger.store import Store
from novigem.model.people import Block, Person, plain
from novigem.model.periods import Cadence
from novigem.model.program import Program
from novigem.queries.visibility import unlisted
from novigem.rules.eligibility import Eligibility

_FIFTH = 5


@dataclass(frozen=True)
class Week:
    """One week: its label, and how many of those who take part earned anything in it."""

    label: str
    earned: int


@dataclass(frozen=True)
class ProgramFigures:
    """How a program reaches people.

    `participants` may earn today, `earned` of them did at any time, and `silent` are those who did not (without who
    opted out; `silent_unnamed` are these). `former` counts people with points who may not earn today. `cannot` counts
    who of the people that Salesforce told of cannot earn, by reason: only `inactive` and `excluded` where the program
    is for everybody. `without_role` are active people of whom no role was told, where roles decide. `top_share` is the
    share of all points that the fifth with the most has, None where nobody has any; `top_people` is how many these are.
    """

    participants: int
    earned: int
    weeks: tuple[Week, ...]
    silent: tuple[Person, ...]
    silent_unnamed: int
    former: int
    cannot: Mapping[Block, int]
    without_role: int
    top_share: Fraction | None
    top_people: int


def read_program_figures(store: Store, program: Program, now: int) -> ProgramFigures:
    """Give how a program reaches people; `now` is in microseconds since 1970 UTC."""
    everybody = {one.id: one for one in store.everybody()}
    eligible = Eligibility(program.participants)
    blocks = {user: eligible.block_among(user, everybody) for user in everybody}
    # Whoever is inactive or left out by name, and would take part otherwise, is told of; all others are not meant.
    able = {user for user, block in blocks.items() if block is None}
    points = {one.user: one.points for one in store.top(rollup_name(program.program, None, "all"), (), None)}
    active = {user for user, some in points.items() if some > 0}
    # Somebody may earn of whom nobody told: then an award is all that is known.
    unknown = {user for user in active - everybody.keys() if eligible.block(user, None) is None}
    taking_part = able | unknown
    hidden = unlisted(store, None)
    silent = [everybody[user] for user in sorted(able - active)]
    is_by_role = bool(program.participants.role)
    return ProgramFigures(
        participants=len(taking_part),
        earned=len(active & taking_part),
        weeks=tuple(_weeks(store, program, taking_part, now)),
        silent=tuple(sorted((one for one in silent if one.id not in hidden), key=lambda one: one.label)),
        silent_unnamed=sum(one.id in hidden for one in silent),
        former=len(active - taking_part),
        cannot=_cannot(everybody, blocks, eligible),
        without_role=sum(one.active and one.role is None and blocks[one.id] is not None for one in everybody.values())
        if is_by_role
        else 0,
        top_share=_top_share([points[user] for user in active]),
        top_people=ceil(len(active) / _FIFTH),
    )


def _cannot(
    everybody: Mapping[str, Person], blocks: Mapping[str, Block | None], eligible: Eligibility
) -> Mapping[Block, int]:
    found: Counter[Block] = Counter()
    for user, block in blocks.items():
        if block is Block.EXCLUDED:
            found[block] += 1
        elif block is Block.INACTIVE:
            again = msgspec.structs.replace(plain(everybody[user]), active=True)
            if eligible.block_among(user, {**everybody, user: again}) is None:
                found[block] += 1
    return found


def _weeks(store: Store, program: Program, taking_part: Collection[str], now: int) -> list[Week]:
    """Give the weeks up to now; one in which nobody earned is told of too."""
    prefix = rollup_name(program.program, None, "week:")
    earned: Counter[str] = Counter()
    for one in store.rollup_totals(prefix):
        if one.points > 0 and one.user in taking_part:
            earned[one.book.removeprefix(prefix)] += 1
    if not earned:
        return []
    calendar, window = program.calendar, program.window
    labels = sorted(earned)
    at = max(window.start, calendar.period_of_day(Cadence.WEEKLY, calendar.days_of(f"week:{labels[0]}")[0]).start)
    end = min(window.end, now + 1)
    found = []
    while at < end:
        week = calendar.period(Cadence.WEEKLY, at)
        found.append(Week(week.label, earned[week.label.partition(":")[2]]))
        at = week.end
    return found


def _top_share(points: list[int]) -> Fraction | None:
    if not points:
        return None
    top = ceil(len(points) / _FIFTH)
    return Fraction(sum(sorted(points, reverse=True)[:top]), sum(points))
