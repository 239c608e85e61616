"""Binding: the names in programs become ids, once, when a version comes into use or somebody is first told of."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from novigem.model.binding import Binding, Bindings
from novigem.model.joins import NO_JOINS, Joins
from novigem.model.people import Person, known_as
from novigem.model.program import Program
from novigem.model.text import one_form
from novigem.program.binding import Named, earlier_ids, names_in, refuse_two


def new_bindings(
    program: Program, known: Bindings, people: Iterable[Person], now: int, joins: Joins = NO_JOINS
) -> list[Binding]:
    """Give what the names of a program that are not bound yet come to mean, as some users are known.

    `joins` says which of them are one person. A name that leads to nobody, or to several people, is not bound: it may
    be, once more is told. Raises ProgramError where a part bears the id of another.
    """
    found = list(earlier_ids(program, known))
    refuse_two(program, Bindings(program.program, [*known.rows, *found]))
    by_name, roles = _by_name(people)
    for one in dict.fromkeys((named.kind, named.name) for named in names_in(program)):
        kind, name = one
        if kind == "role":
            found += (Binding(program.program, kind, name, means) for means in sorted(roles[name]))
        elif not known.holds(kind, name):
            found += (Binding(program.program, kind, name, user) for user in _one_of(by_name[name], joins))
    bound = {row[:-1] for row in known.rows}
    return [one._replace(bound=now) for one in found if one[:-1] not in bound]


def _by_name(people: Iterable[Person]) -> tuple[dict[str, list[Person]], dict[str, set[str]]]:
    by_name: dict[str, list[Person]] = defaultdict(list)
    roles: dict[str, set[str]] = defaultdict(set)
    for person in people:
        if person.email:
            by_name[known_as(person.email)].append(person)
        if person.role and person.role_id:
            roles[one_form(person.role)].add(person.role_id)
    return by_name, roles


def _one_of(people: Sequence[Person], joins: Joins) -> list[str]:
    """Give whom a name means: the only one who bears it, or the only one of them who is active."""
    active = {joins.person(person.id) for person in people if person.active}
    found = active if len(active) == 1 else {joins.person(person.id) for person in people}
    return list(found) if len(found) == 1 else []


class NameFinding(NamedTuple):
    """A name of a program that does not lead, today, to what it is bound to.

    `now` are those to whom it leads today (ids, or names of roles), `means` what it is bound to ("" where it is not).
    """

    program: str
    named: Named
    means: str
    now: tuple[str, ...]
    told: str


def name_findings(
    program: Program, known: Bindings, people: Sequence[Person], joins: Joins = NO_JOINS
) -> Iterator[NameFinding]:
    """Yield the names that lead to nobody, to several people, or to somebody else than they mean, with words for it.

    Nothing is told where nobody is known at all, nor of an exclusion that excludes nobody.
    """
    if not people:
        return
    by_name, _roles = _by_name(people)
    by_id = {person.id: person for person in people}
    held = {one_form(person.role) for person in people if person.role}
    seen: set[tuple[str, str]] = set()
    for named in names_in(program):
        if (named.kind, named.name) in seen:
            continue
        seen.add((named.kind, named.name))
        if named.kind == "role":
            told = _role_told(named, known, people, held)
            if told is not None:
                yield NameFinding(program.program, named, ", ".join(known.roles(named.name)), told[0], told[1])
            continue
        bearers = by_name.get(named.name, [])
        now = tuple(sorted(person.id for person in bearers))
        means = known.person(named.name) if known.holds("person", named.name) else ""
        words = _person_told(means, bearers, by_id, joins)
        if words is not None and (means or bearers or not named.where.endswith("exclude")):
            yield NameFinding(program.program, named, means, now, words)


def _person_told(means: str, bearers: Sequence[Person], people: dict[str, Person], joins: Joins) -> str | None:
    others = [person for person in bearers if joins.person(person.id) != joins.person(means)]
    if not means:
        if not bearers:
            return "leads to nobody who is known"
        several = len({joins.person(person.id) for person in bearers})
        return f"leads to {several} people, so to nobody: {_listed(bearers)}" if several > 1 else None
    person = people.get(means, Person(means))
    if others:
        return f"means {person.label} ({means}), though {_listed(others)} has this address now, and is not meant"
    if bearers:
        return None
    now = f"whose address is {person.email} now" if person.email else "who has no address now"
    return f"means {person.label} ({means}), {now}; nothing else changes by it"


def _role_told(
    named: Named, known: Bindings, people: Sequence[Person], held: set[str]
) -> tuple[tuple[str, ...], str] | None:
    if named.name in held:
        return None
    ids = set(known.roles(named.name))
    called = sorted({person.role for person in people if person.role and person.role_id in ids})
    if called:
        return tuple(called), f"is the role that is called {', '.join(called)} now; nothing else changes by it"
    return (), "is a role of nobody who is known"


def _listed(people: Sequence[Person]) -> str:
    return ", ".join(f"{person.label} ({person.id})" for person in sorted(people, key=lambda one: one.id))
