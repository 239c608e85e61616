"""The screens of people: who is who by role and manager, which users are one person, and what a decision does."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from itertools import groupby
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from novigem.model.joins import Join
from novigem.model.people import JoinedUser, Person
from novigem.model.program import ALWAYS_START
from novigem.planning.diff import Outcome, PersonChange
from novigem.planning.joins import Joining
from novigem.queries.directory import ListedPerson, pairs
from novigem.views.tables import Table
from novigem.views.terminal.apply import changes_of_people
from novigem.views.terminal.layout import (
    GOOD,
    QUIET,
    UNSURE,
    columns,
    indented,
    next_step,
    quiet,
    screen,
    text,
    title,
)
from novigem.views.words import Screen, counted, iso_text, moment_text

_MOST_PAIRS = 5
_NO_ROLE = "No role told"
_NOTHING_YET = "Nothing was changed; add --yes to make it so."


def people_screen(people: Sequence[ListedPerson], target: Screen, zone: tzinfo) -> RenderableType:
    """Draw who is who: a block per role, in it by manager and name; and who may be one person."""
    if not people:
        return screen([text("Nobody is known here who fits."), next_step("novigem people")])
    blocks: list[RenderableType | None] = []
    for role, together in groupby(people, key=lambda one: one.person.role):
        some = list(together)
        head = title(role or _NO_ROLE, [counted(len(some), "person", "people")], separator=target.glyphs.point)
        table = columns(("Name", "fill"), ("E-mail", "fill"), ("Manager", "fill"), ("Id", "left"), ("", "wrap"))
        for one in some:
            person = one.person
            cells = (text(person.label), text(person.email or ""), text(_manager(one)), Text(person.id))
            table.add_row(*cells, text(", ".join(_notes(one, zone)), QUIET))
        blocks.append(Group(head, Text(""), table))
    return screen([*blocks, _perhaps(people)])


def _manager(one: ListedPerson) -> str:
    return one.manager.label if one.manager is not None else one.person.manager or ""


def _notes(one: ListedPerson, zone: tzinfo) -> list[str]:
    notes = [] if one.person.active else ["inactive"]
    for join in one.joined:
        since = "" if join.since <= ALWAYS_START else f" from {moment_text(join.since, zone)}"
        own = join.user == one.person.id
        notes.append(f"counts as {join.person}{since}" if own else f"also {join.user}{since}")
    notes += [f"in {', '.join(one.teams)}"] if one.teams else []
    notes += [f"so since {moment_text(one.since, zone)}"] if one.since is not None else []
    return [*notes, *(["opted out of boards"] if one.is_unlisted else [])]


def _perhaps(people: Sequence[ListedPerson]) -> RenderableType | None:
    found = list(pairs(people))
    if not found:
        return None
    lines: list[RenderableType] = []
    for shared, first, other in found[:_MOST_PAIRS]:
        what = "with the address" if "@" in shared else "called"
        lines.append(text(f"Two users {what} {shared}: one person?", UNSURE))
        lines.append(indented(text(f"novigem people join {other.id} {first.id} --author NAME --reason TEXT")))
    if len(found) > _MOST_PAIRS:
        lines.append(quiet(f"and {len(found) - _MOST_PAIRS} more; see all with --json"))
    return Group(*lines)


def person_answer(one: ListedPerson) -> dict[str, Any]:
    """Give a person for a script; `since` is null where the role and the manager were told at first."""
    person = one.person
    return {
        "user": person.id,
        "name": person.name,
        "email": person.email,
        "role": person.role,
        "manager": person.manager,
        "manager_name": one.manager and one.manager.name,
        "active": person.active,
        "since": iso_text(one.since),
        "teams": list(one.teams),
        "counts_as": person.person if isinstance(person, JoinedUser) else None,
        "users": [
            {"user": user.id, "name": user.name, "email": user.email, "active": user.active} for user in one.users
        ],
        "joined": [join_answer(join) for join in one.joined],
        "perhaps": [
            {"user": other, "by": "email" if other in one.same_email else "name"} for other in one.perhaps
        ],
        "opted_out": one.is_unlisted,
    }  # fmt: skip


def people_table(people: Sequence[ListedPerson]) -> Table:
    """Give who is who as a plain table."""
    head = (
        "user", "name", "email", "role", "manager", "manager_name", "active", "since", "teams", "counts_as", "joined",
        "perhaps", "opted_out",
    )  # fmt: skip
    return Table(head, [_row(one) for one in people])


def _row(one: ListedPerson) -> tuple[str | None, ...]:
    person = one.person
    return (
        person.id,
        person.name,
        person.email,
        person.role,
        person.manager,
        None if one.manager is None else one.manager.name,
        "yes" if person.active else "no",
        iso_text(one.since),
        " ".join(one.teams),
        person.person if isinstance(person, JoinedUser) else None,
        " ".join(join.user for join in one.joined if join.user != person.id),
        " ".join(one.perhaps),
        "yes" if one.is_unlisted else "no",
    )


def join_answer(join: Join) -> dict[str, Any]:
    """Give a decision for a script; `from` is null where it holds from the start, `person` where users were parted."""
    return {
        "number": join.number,
        "user": join.user,
        "person": join.person,
        "from": None if join.since <= ALWAYS_START else iso_text(join.since),
        "decided_at": iso_text(join.moment),
        "author": join.author,
        "reason": join.reason,
    }


def joins_table(history: Sequence[Join]) -> Table:
    """Give the decisions as a plain table."""
    answers = [join_answer(one) for one in history]
    head = ("number", "user", "person", "from", "decided_at", "author", "reason")
    return Table(head, [[one[name] for name in head] for one in answers])


def joins_screen(history: Sequence[Join], people: Mapping[str, Person], zone: tzinfo) -> RenderableType:
    """Draw every decision about users that are one person."""
    if not history:
        return screen([text("Nobody has decided yet that two users are one person."), next_step("novigem people")])
    blocks: list[RenderableType] = []
    for one in history:
        told = ", ".join(part for part in (f"by {one.author}" if one.author else "", one.reason) if part)
        line = text(f"{moment_text(one.moment, zone)}  {_decision(one, people, zone)}")
        blocks.append(Group(line, indented(quiet(told))))
    return screen([title("Users that are one person", [counted(len(history), "decision")]), Group(*blocks)])


def joining_screen(
    one: Joining, people: Mapping[str, Person], target: Screen, command: str, zone: tzinfo
) -> RenderableType:
    """Draw what a decision means, or meant; `command` is what would make it so."""
    point = target.glyphs.point
    head = title(_decision(one.join, people, zone), [one.join.reason, one.join.author or ""], separator=point)
    if one.is_nothing:
        return screen([head, text("It is so already; nothing was changed."), next_step("novigem people")])
    parts: list[RenderableType | None] = [head]
    for outcome in one.outcomes:
        told = changes_of_people(Outcome(people=outcome.people), _apart(people))
        parts.append(Group(text(outcome.program.name, "bold"), indented(told)))
    taken, added = counted(one.taken_back, "entry", "entries"), counted(one.added, "entry", "entries")
    if not one.outcomes:
        parts.append(text("Everybody's points, challenges and badges stay as they are."))
    if one.is_done:
        parts += [text(f"Done: {taken} taken back by reversals, {added} added. No entry was rewritten.", GOOD)]
        parts.append(next_step("novigem doctor"))
    else:
        parts += [quiet(f"{taken} would be taken back by reversals, {added} added."), text(_NOTHING_YET)]
        parts.append(next_step(command))
    return screen(parts)


def _apart(people: Mapping[str, Person]) -> dict[str, Person]:
    """Give people by names that tell them apart: two users of one person are often called the same."""
    return {user: Person(user, f"{one.name} ({user})" if one.name else user) for user, one in people.items()}


def _decision(join: Join, people: Mapping[str, Person], zone: tzinfo) -> str:
    user = f"{people[join.user].label} ({join.user})"
    if join.person is None:
        return f"{user} is a person of their own again"
    since = "the start" if join.since <= ALWAYS_START else moment_text(join.since, zone)
    return f"{user} is {people[join.person].label} ({join.person}) from {since}"


def joining_answer(one: Joining) -> dict[str, Any]:
    """Give what a decision means for a script."""
    return {
        **join_answer(one.join),
        "programs": [
            {"program": each.program.program, "people": [_change(person) for person in each.people]}
            for each in one.outcomes
        ],
        "taken_back": one.taken_back,
        "added": one.added,
        "nothing_to_do": one.is_nothing,
        "done": one.is_done,
    }


def _change(one: PersonChange) -> dict[str, Any]:
    return one._asdict()
