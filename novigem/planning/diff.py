"""Outcomes: what two ledgers of one program differ in, in entries, completions and badges, person by person."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from novigem.engine.activation import earned_badges
from novigem.leaderboards.rollups import rollup_name, standing_entries
from novigem.ledger.store import EntryFilter, RowFilter, Store
from novigem.model.entry import BadgeAward, Entry, EntryKind, ProgressKey
from novigem.model.program import Program
from novigem.rules.eligibility import Eligibility, with_managers


@dataclass
class Difference:
    """What another ledger has and this one has not, and the other way round; entries that stand, by dedupe key.

    What was given by hand, points and badges, is not looked at: no change leads to it.
    """

    gone: dict[str, Entry] = field(default_factory=dict)
    due: dict[str, Entry] = field(default_factory=dict)
    completed: set[ProgressKey] = field(default_factory=set)
    not_completed: set[ProgressKey] = field(default_factory=set)
    badges: list[BadgeAward] = field(default_factory=list)
    lost_badges: list[BadgeAward] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Tell whether anything differs."""
        return any(vars(self).values())


class PersonChange(NamedTuple):
    """What becomes of one person: points before and after, completions as `challenge` or `challenge/period`."""

    user: str
    before: int
    after: int
    completed: tuple[str, ...] = ()
    not_completed: tuple[str, ...] = ()
    badges: tuple[str, ...] = ()
    lost_badges: tuple[str, ...] = ()


class TeamChange(NamedTuple):
    """What becomes of one team: completions as `challenge` or `challenge/period`."""

    team: str
    completed: tuple[str, ...] = ()
    not_completed: tuple[str, ...] = ()


class Moved(NamedTuple):
    """Entries of one rule, or bonuses of one challenge, that differ for one reason; `points` is their sum."""

    what: str
    reason: str
    entries: int
    points: int


class Outcome(NamedTuple):
    """A difference told for people: who gains and who loses, most points first, and why; and what teams complete."""

    people: tuple[PersonChange, ...] = ()
    moves: tuple[Moved, ...] = ()
    taken_back: int = 0
    added: int = 0
    teams: tuple[TeamChange, ...] = ()


def difference(store: Store, other: Store, program: Program) -> Difference:
    """Compare what stands in two stores for a program. Entries that differ only in their version are the same.

    A badge that the program no longer gives is not missed: it stays with whoever holds it.
    """
    found = Difference()
    name = program.program
    for user in sorted({*store.users(name), *other.users(name)}):
        old, new = ({one.key: one for one in _standing(each, name, user)} for each in (store, other))
        found.gone |= {key: one for key, one in old.items() if key not in new or bare(new[key]) != bare(one)}
        found.due |= {key: one for key, one in new.items() if key not in old or bare(old[key]) != bare(one)}
    completed, completed_there = (_completed(each, name) for each in (store, other))
    found.completed, found.not_completed = completed_there - completed, completed - completed_there
    held, held_there = (earned_badges(each, name) for each in (store, other))
    given = {badge.id for badge in program.badges if badge.status == "active"}
    found.badges = [one for key, one in held_there.items() if key not in held]
    found.lost_badges = [one for key, one in held.items() if key not in held_there and one.badge in given]
    return found


def bare(entry: Entry) -> Entry:
    """Leave out of an entry what tells when it was written, in which words, and by which version."""
    rest = {"version": "", "reason": None, "goal_item": entry.item}
    return msgspec.structs.replace(entry, number=0, generation=0, recorded=0, **rest)


def _standing(store: Store, program: str, user: str) -> Iterator[Entry]:
    entries = standing_entries(store.entries(EntryFilter(program=program, user=user)))
    return (one for one in entries if one.kind is not EntryKind.ADJUSTMENT)


def _completed(store: Store, program: str) -> set[ProgressKey]:
    rows = store.progress_rows(RowFilter(program=program))
    return {row.key for row in rows if row.completed is not None and row.subject.kind != "badge"}


def outcome(found: Difference, store: Store, program: Program) -> Outcome:
    """Tell a difference for people; `store` is where they have their points now."""
    points: Counter[str] = Counter()
    for one in found.gone.values():
        points[one.user] -= one.points
    for one in found.due.values():
        points[one.user] += one.points
    told: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name in ("completed", "not_completed"):
        for key in sorted(getattr(found, name)):
            if key.subject.kind != "team":
                told[key.user][name].append(_completion(key))
    for name in ("badges", "lost_badges"):
        for award in getattr(found, name):
            told[award.user][name].append(_badge(award))
    people = []
    for user in {*points, *told}:
        if points[user] or user in told:
            total = store.total(rollup_name(program.program, None, "all"), user)
            before = 0 if total is None else total.points
            rest = {name: tuple(values) for name, values in told[user].items()}
            people.append(PersonChange(user, before, before + points[user], **rest))
    people.sort(key=lambda one: (one.before - one.after, one.user))
    left = _left(store, program, {one.user for one in found.gone.values()})
    return Outcome(tuple(people), tuple(_moves(found, left)), len(found.gone), len(found.due), tuple(_teams(found)))


def _teams(found: Difference) -> Iterator[TeamChange]:
    """Yield what becomes of each team: it earns no points of its own, and its members are told of as people."""
    done, undone = (
        {key for key in keys if key.subject.kind == "team"} for keys in (found.completed, found.not_completed)
    )
    for team in sorted({key.user for key in done | undone}):
        completed, not_completed = (
            tuple(_completion(key) for key in sorted(keys) if key.user == team) for keys in (done, undone)
        )
        yield TeamChange(team, completed, not_completed)


def _completion(key: ProgressKey) -> str:
    return "/".join(part for part in (key.subject.id, key.period) if part)


def _left(store: Store, program: Program, users: Collection[str]) -> frozenset[str]:
    """Give those of some users who could not earn now."""
    people = with_managers(store.people, users)
    eligibility = Eligibility(program.participants)
    return frozenset(user for user in users if eligibility.block_among(user, people) is not None)


def _badge(award: BadgeAward) -> str:
    is_tier = award.subject.kind == "badge" and award.period
    return f"{award.badge}/{award.period}" if is_tier else award.badge


def _moves(found: Difference, left: Collection[str]) -> Iterator[Moved]:
    entries: Counter[tuple[str, str]] = Counter()
    points: Counter[tuple[str, str]] = Counter()
    for key in {**found.gone, **found.due}:
        old, new = found.gone.get(key), found.due.get(key)
        one = new or old
        if one is None:
            continue
        move = (f"rule {one.rule}" if one.rule else f"bonus {one.challenge}", _reason(old, new, left))
        entries[move] += 1
        points[move] += (new.points if new else 0) - (old.points if old else 0)
    for move in sorted(entries):
        yield Moved(*move, entries[move], points[move])


def _reason(old: Entry | None, new: Entry | None, left: Collection[str]) -> str:
    if old is None:
        return "pays now" if new is None or new.points else "counts past its limit now"
    if new is None:
        return "was earned by somebody who takes part no more" if old.user in left else "no longer pays"
    if old.user != new.user:
        return "goes to somebody else"
    if old.points != new.points:
        return "other points"
    return "counts otherwise" if old.change == new.change else "another change pays"
