"""Personal targets, proposed from what people did before the season or from how many accounts they look after.

The past is scored by the program's own rules, as if the season had run in the weeks before it. Nothing is kept: what is
proposed counts once somebody writes it into the program file.
"""

import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from itertools import islice
from math import floor
from pathlib import Path
from typing import Any

import msgspec

from novigem.challenges.lifecycle import cadence_of
from novigem.challenges.targets import challenge_days, grain, millionths, share_of_time
from novigem.challenges.tracks import Tracks
from novigem.engine.bookkeeping import keep_joins
from novigem.engine.engine import Engine
from novigem.errors import InputError
from novigem.feed.salesforce.cursor import FEEDS
from novigem.feed.source import PAGE_SIZE, Page
from novigem.ledger.sql.store import open_store
from novigem.ledger.store import RowFilter, Store
from novigem.model.change import Change, to_micros
from novigem.model.entry import GOAL_UNIT
from novigem.model.ids import known_id
from novigem.model.joins import NO_JOINS, Joins
from novigem.model.people import Person
from novigem.model.program import ALWAYS_START, Challenge, Completion, Program
from novigem.model.snapshot import Stream
from novigem.model.working_time import PersonTerms, WorkingDays
from novigem.rules.eligibility import Eligibility
from novigem.rules.operators import DEFAULT_REGISTRY, Registry

_decode = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass(frozen=True)
class Proposed:
    """One person's target for one challenge in millionths; `rests_on` is a figure in millionths, or accounts."""

    target: int
    rests_on: int


@dataclass(frozen=True)
class TargetsProposal:
    """What is proposed to whom. `people` holds challenges and figures by user; `without` has nothing to go by.

    `since` and `until` are the first and last day that was looked at, None where accounts were counted. `left_out`
    gives the reason for each challenge without proposals.
    """

    program: Program
    people: Mapping[str, Mapping[str, Proposed]]
    without: tuple[str, ...]
    known: Mapping[str, Person]
    factor: Fraction
    since: date | None = None
    until: date | None = None
    left_out: Mapping[str, str] = field(default_factory=dict)


def pages_of_store(store: Store) -> Iterator[Page]:
    """Yield every user a store knows, and then its change log."""
    yield Page((), store.every_user(), verified=True)
    changes = (change for _logged, change in store.changes())
    while part := tuple(islice(changes, PAGE_SIZE)):
        yield Page(part, verified=True)


def targets_from_past(
    program: Program,
    past: Iterable[Page],
    *,
    weeks: int = 6,
    factor: Fraction = Fraction(1),
    registry: Registry = DEFAULT_REGISTRY,
    joins: Joins = NO_JOINS,
) -> TargetsProposal:
    """Propose to each person what the weeks before the season would have counted for them, for as much working time.

    `joins` says which users of the past are one person. Raises InputError for a program without a first day.
    """
    if program.starts is None:
        raise InputError(f"{program.program} has no first day, so nothing lies before it", hint="give it `starts`")
    span = (program.starts - timedelta(weeks=weeks), program.starts - timedelta(days=1))
    known, counted = _score(_earlier(program, *span), past, registry, joins)
    tracks, days = Tracks(program), WorkingDays(program.working_time)
    people: dict[str, dict[str, Proposed]] = defaultdict(dict)
    challenges, left_out = _to_propose(program)
    for (challenge_id, user), value in sorted(counted.items()):
        challenge = challenges.get(challenge_id)
        terms = tracks.terms(user, known.get(user))
        if challenge is None or value <= 0:
            continue
        target = value * factor * _more_time(program, challenge, days, terms, span)
        if target > 0:
            people[user][challenge_id] = Proposed(_rounded(target, grain(challenge.goal)), value)
    without = _others(program, known, people)
    return TargetsProposal(program, people, without, known, factor, *span, left_out=left_out)


def targets_from_accounts(
    program: Program, known: Mapping[str, Person], accounts: Mapping[str, int], *, factor: Fraction = Fraction(1)
) -> TargetsProposal:
    """Propose to each person the program's target, for as many accounts as they look after against the team's mean.

    `accounts` counts the accounts of each owner; who does not take part is left aside.
    """
    owned = {user: accounts[user] for user in _taking_part(program, known, accounts) if accounts.get(user)}
    mean = Fraction(sum(owned.values()), len(owned)) if owned else Fraction(1)
    tracks = Tracks(program)
    people: dict[str, dict[str, Proposed]] = defaultdict(dict)
    challenges, left_out = _to_propose(program)
    for user, count in sorted(owned.items()):
        terms = tracks.terms(user, known.get(user))
        for challenge in challenges.values():
            target = millionths(challenge.goal.target) * factor * count / mean
            if challenge.fair and terms is not None:
                # A book of accounts is as large as its owner's hours are long: the hours must not be counted twice.
                target = target * 100 / terms.part_time
            people[user][challenge.id] = Proposed(_rounded(target, grain(challenge.goal)), count)
    return TargetsProposal(program, people, _others(program, known, people), known, factor, left_out=left_out)


def accounts_of_store(store: Store) -> Counter[str]:
    """Count the live accounts of each owner: in the copies of Salesforce records, else in the change log."""
    owned: Counter[str] = Counter()
    orgs = {feed.split("/")[1] for feed in store.positions(FEEDS) if feed.endswith("/Account")}
    for org in sorted(orgs):
        for copy in store.every_snapshot(Stream(org, "Account")):
            owner = _decode(copy.values).get("OwnerId") if copy.state == "live" else None
            if owner:
                owned[owner] += 1
    joins, found = store.joins(), owned or accounts_of_changes(change for _logged, change in store.changes())
    together: Counter[str] = Counter()
    for owner, count in found.items():
        together[joins.person(owner)] += count
    return together


def accounts_of_changes(changes: Iterable[Change]) -> Counter[str]:
    """Count the accounts of each owner as changes leave them, the latest of each account."""
    owners: dict[str, tuple[int, int, Any]] = {}
    ends: dict[str, tuple[int, int, bool]] = {}
    for change in changes:
        if change.object != "Account":
            continue
        at, never = (to_micros(change.at), change.seq), (ALWAYS_START, 0)
        # The latest change that tells the owner, and whether the latest of all left the account there.
        if "OwnerId" in change.new and at >= owners.get(change.id, never)[:2]:
            owners[change.id] = (*at, change.new["OwnerId"])
        if at >= ends.get(change.id, never)[:2]:
            ends[change.id] = (*at, change.kind in {"delete", "merge"})
    there = (owner for account, (_at, _seq, owner) in owners.items() if not ends[account][2])
    return Counter(found for owner in there if (found := known_id(owner)) is not None)


def _earlier(program: Program, first: date, last: date) -> Program:
    """Give the program as if it had run before its season: the rules and goals alone."""
    challenges = tuple(
        _changed(one, starts=None, ends=None, fair=False, status="active", completion=Completion(), team_goal=None)
        for one in program.challenges
    )
    bare = {"weeks": None, "status": "active", "people": (), "teams": (), "badges": (), "leaderboards": ()}
    earlier: Program = _changed(program, starts=first, ends=last, challenges=challenges, **bare)
    return earlier


def _changed(model: Any, **changes: Any) -> Any:
    # Not model_copy: it keeps what was worked out from the values before.
    return type(model)(**{name: getattr(model, name) for name in type(model).model_fields} | changes)


def _score(
    program: Program, past: Iterable[Page], registry: Registry, joins: Joins
) -> tuple[dict[str, Person], Counter[tuple[str, str]]]:
    """Give the people told of, and what each would have had in each challenge, in millionths."""
    window = program.window
    with (
        tempfile.TemporaryDirectory(prefix="novigem-targets-") as folder,
        # Reading the past may fail, and then too the file must not stay open.
        closing(open_store(f"sqlite:///{Path(folder) / 'past.db'}")) as store,
    ):
        keep_joins(store, joins)
        engine = Engine(store, [program], registry=registry)
        for page in past:
            inside = tuple(one for one in page.changes if window.start <= to_micros(one.at) < window.end)
            engine.apply(Page(inside, page.people, verified=page.verified))
        counted: Counter[tuple[str, str]] = Counter()
        for row in store.progress_rows(RowFilter(program.program)):
            counted[row.challenge, row.user] += row.value
        known = {person.id: person for person in store.everybody()}
    return known, counted


def _to_propose(program: Program) -> tuple[dict[str, Challenge], dict[str, str]]:
    challenges, left_out = {}, {}
    for one in program.challenges:
        if one.goal.streak is not None:
            left_out[one.id] = "a streak asks for steadiness, not for volume"
        elif one.goal.told_apart is not None:
            what = "a rate" if one.goal.fewest is None else "`fewest`"
            left_out[one.id] = f"{what} asks for care, not for volume"
        elif one.status != "active":
            left_out[one.id] = f"its status is {one.status}"
        else:
            challenges[one.id] = one
    return challenges, left_out


def _more_time(
    program: Program,
    challenge: Challenge,
    days: WorkingDays,
    terms: PersonTerms | None,
    past: tuple[date, date],
) -> Fraction:
    """Give how much more working time a person has in a challenge than in the past.

    In a fair challenge, as if the person worked full time: the target is scaled there.
    """
    ahead = challenge_days(program, challenge, _some_period(program, challenge)) or past
    before = days.working_days(*past) * share_of_time(days, terms, past)
    if before == 0:
        return Fraction(0)
    share = Fraction(1) if challenge.fair else share_of_time(days, terms, ahead)
    return days.working_days(*ahead) * share / before


def _some_period(program: Program, challenge: Challenge) -> str:
    cadence = cadence_of(challenge)
    if cadence is None or program.starts is None:
        return ""
    first = max(day for day in (program.starts, challenge.starts) if day is not None)
    # The first of them that is not cut off at its beginning.
    label = program.calendar.label_of_day(cadence, first)
    begins, ends = program.calendar.days_of(label)
    return label if begins == first else program.calendar.label_of_day(cadence, ends + timedelta(days=1))


def _rounded(target: Fraction, unit: int) -> int:
    return max(1, floor(target / unit + Fraction(1, 2))) * unit


def _others(program: Program, known: Mapping[str, Person], people: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(_taking_part(program, known, known) - people.keys()))


def _taking_part(program: Program, known: Mapping[str, Person], users: Iterable[str]) -> set[str]:
    eligibility = Eligibility(program.participants)
    return {user for user in users if eligibility.block_among(user, known) is None}


def target_number(target: int) -> int | float:
    """Give a target in millionths as a program file writes it."""
    return target // GOAL_UNIT if target % GOAL_UNIT == 0 else target / GOAL_UNIT


def proposed_people(proposal: TargetsProposal) -> tuple[PersonTerms, ...]:
    """Give the `people` of the program with the proposed targets in place of the ones before."""
    tracks = Tracks(proposal.program)
    kept = list(proposal.program.people)
    for user, targets in proposal.people.items():
        person = proposal.known.get(user)
        written = {name: target_number(one.target) for name, one in targets.items()}
        terms = tracks.terms(user, person)
        if terms is None:
            kept.append(PersonTerms(user=(person and person.email) or user, targets=written))
        else:
            kept[kept.index(terms)] = _changed(terms, targets={**terms.targets, **written})
    return tuple(kept)
