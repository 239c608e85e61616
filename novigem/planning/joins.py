"""Joins: two users that are one person, seen before it is decided, and decided; and taken back.

The change log is played twice, without the decision and with it. What differs is taken back and added, in one
transaction; see `novigem.engine.joining`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from novigem.engine.joining import (
    Facts,
    Leads,
    Seen,
    Standing,
    Written,
    able_to_earn,
    leads_to,
    people_joined,
    put_joined,
    seen_now,
)
from novigem.engine.replay import replayed
from novigem.engine.versions import as_paused, read_back
from novigem.errors import InputError, StoreError, UnknownName
from novigem.ledger.store import EntryFilter, Store
from novigem.model.change import to_micros, whole_characters
from novigem.model.joins import Join, Joins
from novigem.model.people import is_user, plain
from novigem.model.periods import start_of_day
from novigem.model.program import ALWAYS_START, Program
from novigem.planning.diff import PersonChange
from novigem.rules.operators import DEFAULT_REGISTRY, Registry

# Somebody who writes all the time makes what was worked out out of date; then it is worked out again, so often.
_TRIES = 3


class JoinWish(NamedTuple):
    """What somebody wants: that `user` is `person` from a day on (None: from the start), or no longer (`person` None).

    The day begins in the time zone of the only program, or of UTC where there are several in different ones.
    """

    user: str
    person: str | None
    author: str
    reason: str
    since: date | None = None


class ProgramOutcome(NamedTuple):
    """What becomes of people in one program, most points gained first."""

    program: Program
    people: tuple[PersonChange, ...]


@dataclass(frozen=True)
class Joining:
    """What a decision means, or meant. `is_nothing` says that all is so already."""

    join: Join
    outcomes: tuple[ProgramOutcome, ...] = ()
    taken_back: int = 0
    added: int = 0
    is_nothing: bool = False
    is_done: bool = False


def preview_join(store: Store, wish: JoinWish, *, now: datetime, registry: Registry = DEFAULT_REGISTRY) -> Joining:
    """Tell what a decision would mean. Nothing is changed. Raises InputError where it cannot be so."""
    return _decided(store, wish, now, registry, only_look=True)


def decide_join(store: Store, wish: JoinWish, *, now: datetime, registry: Registry = DEFAULT_REGISTRY) -> Joining:
    """Put a decision in force with all that follows from it, in one transaction; the same again changes nothing.

    Raises InputError as `preview_join` does, and StoreError when others write all the time or the store fails.
    """
    return _decided(store, wish, now, registry, only_look=False)


def _decided(store: Store, wish: JoinWish, now: datetime, registry: Registry, *, only_look: bool) -> Joining:
    for _try in range(_TRIES):
        seen = seen_now(store)
        programs = list(_programs(store, registry))
        join = _join_of(store, wish, programs, to_micros(now), seen.joins)
        if _is_so(seen.joins, join):
            return Joining(join, is_nothing=True)
        _refuse(store, seen.joins, join)
        facts = list(_facts(store, registry, programs, seen, join))
        written = put_joined(store, registry, facts, join, seen, only_look=only_look)
        if written is not None:
            outcomes = tuple(one for one in _outcomes(programs, written) if one.people)
            return Joining(join, outcomes, written.taken_back, written.added, is_done=not only_look)
    raise StoreError("others wrote all the time, so nothing was changed", hint="stop the sync, then run this again")


def _programs(store: Store, registry: Registry) -> Iterator[Program]:
    newest, bindings, steps = {one.program: one for one in store.programs()}, store.bindings(), store.pauses()
    for name in sorted(newest):
        yield as_paused(read_back(newest[name], registry, bindings), steps)


def _join_of(store: Store, wish: JoinWish, programs: list[Program], now: int, joins: Joins) -> Join:
    author, reason = _told(wish.author), _told(wish.reason)
    if not author or not reason:
        missing = "a reason" if author else "the name of whoever decides it"
        raise InputError(f"{missing} is missing", hint="give a name and a reason", code="undecided-by-whom")
    redactor = store.redactor()
    zones = {program.timezone: program.zone for program in programs}
    since, zone = ALWAYS_START, next(iter(zones.values()), ZoneInfo("UTC"))
    if wish.since is not None:
        if len(zones) > 1:
            raise InputError(
                f"the day begins at other moments in the programs: {', '.join(sorted(zones))}",
                hint="name no day, and the two are one person from the start",
            )
        since = start_of_day(wish.since, zone)
    moment = max(now, joins.history[-1].moment + 1 if joins.history else now)
    return Join(0, wish.user, wish.person, since, moment, redactor.text(author), redactor.text(reason))


def _told(text: str) -> str:
    # Databases refuse half characters, PostgreSQL also NUL.
    return str(whole_characters(text.replace("\x00", ""))).strip()


def _is_so(joins: Joins, join: Join) -> bool:
    now = joins.current(join.user)
    if join.person is None:
        return now is None and any(one.user == join.user for one in joins.history)
    return now is not None and (now.person, now.since) == (join.person, join.since)


def _refuse(store: Store, joins: Joins, join: Join) -> None:
    """Raise InputError where a decision makes no sense."""
    user, person, now = join.user, join.person, joins.current(join.user)
    if person is None:
        if now is None:
            raise InputError(f"{user} is not joined with anybody", hint="see who is", code="not-joined")
        return
    for one in (user, person):
        _refuse_who(store, one)
    if user == person:
        raise InputError(f"{user} and {person} are one user", hint="name the user and the person apart, by id")
    if joins.person(person) == user:
        raise InputError(
            f"{person} counts as {user} already, so the join would go round in a circle",
            hint="part these first",
            code="joins-in-a-circle",
            user=person,
        )
    if now is not None:
        raise InputError(
            f"{user} counts as {now.person} already" + ("" if now.person != person else ", from another day on"),
            hint="part these first",
            code="joined-already",
            user=user,
        )


def _refuse_who(store: Store, user: str) -> None:
    if not is_user(user):
        raise InputError(
            f"{user} is not a user but a queue or another record",
            hint="name two Salesforce users; their ids begin with 005",
        )
    redactor = store.redactor()
    if redactor.user(user) != user or user in {one.user for one in redactor.suppressions.values()}:
        raise InputError(
            f"{user} was erased: nothing may lead to them again", hint="an erased person is joined with nobody"
        )
    if not store.people([user]) and next(store.entries(EntryFilter(user=user)), None) is None:
        raise UnknownName(f"nobody here has the id {user}", hint="see who is known", code="nobody-known")


def _facts(store: Store, registry: Registry, programs: list[Program], seen: Seen, join: Join) -> Iterator[Facts]:
    """Play the changes without the decision and with it.

    Whoever earned something and left by now is played as active: what they earned goes along.
    """
    users = people_joined(seen.joins, join)
    told = {one.id: one for one in store.every_user()}
    earned = (user for user in users if next(store.entries(EntryFilter(user=user)), None) is not None)
    active = [replace(plain(told[user]), active=True) for user in earned if user in told]
    uses, texts = store.timeline(), store.programs()
    found: list[dict[str, Leads]] = []
    able: Mapping[str, frozenset[str]] = {}
    for joins in (seen.joins, seen.joins.with_(join)):
        with replayed(store, programs, uses, texts, registry=registry, people=active, joins=joins) as scratch:
            found.append({one.program: leads_to(scratch, one.program) for one in programs})
            able = {one.program: able_to_earn(scratch, one, users) for one in programs}
    without, within = found
    for one in programs:
        name = one.program
        yield Facts(one, without[name], within[name], able[name])


def _outcomes(programs: list[Program], written: Written) -> Iterator[ProgramOutcome]:
    for program in programs:
        people = []
        for (name, user), after in written.after.items():
            before = written.before[name, user]
            if name == program.program and before != after:
                people.append(_person(user, before, after))
        yield ProgramOutcome(program, tuple(sorted(people, key=lambda one: (one.before - one.after, one.user))))


def _person(user: str, before: Standing, after: Standing) -> PersonChange:
    return PersonChange(
        user,
        before.points,
        after.points,
        tuple(sorted(after.completed - before.completed)),
        tuple(sorted(before.completed - after.completed)),
        tuple(sorted(after.badges - before.badges)),
        tuple(sorted(before.badges - after.badges)),
    )
