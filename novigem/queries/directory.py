"""The directory: who is who, who leads whom, which users are one person, and which may be."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from novigem.engine.closing.teams import roster_now
from novigem.errors import UnknownName
from novigem.ledger.store import Store
from novigem.model.guesses import did_you_mean
from novigem.model.ids import id18
from novigem.model.joins import Join
from novigem.model.people import JoinedPerson, JoinedUser, Person, folded
from novigem.model.program import ALWAYS_START, Program
from novigem.queries.visibility import unlisted


@dataclass(frozen=True)
class ListedPerson:
    """One person as the directory lists them.

    `manager` is None where none was told, or where nobody was told of under that id. `since` is the moment from which
    the role and the manager were told so (microseconds since 1970 UTC; None: always). `joined` are the decisions by
    which users of theirs count as them, `users` what was told of each. `same_email` and `same_name` are the ids of
    others who go by the same address or name. `is_unlisted` tells that the person opted out of boards.
    """

    person: Person
    manager: Person | None
    since: int | None
    teams: tuple[str, ...]
    users: tuple[Person, ...]
    joined: tuple[Join, ...]
    same_email: tuple[str, ...]
    same_name: tuple[str, ...]
    is_unlisted: bool

    @property
    def perhaps(self) -> tuple[str, ...]:
        """The ids of other people who may be this one."""
        return tuple(dict.fromkeys((*self.same_email, *self.same_name)))


def read_people(
    store: Store,
    programs: Iterable[Program],
    *,
    now: int,
    search: str | None = None,
    role: str | None = None,
    manager: str | None = None,
    is_inactive: bool = False,
) -> list[ListedPerson]:
    """Give who is who, by role, manager and name. `search` is a part of a name or an address, or an id.

    `manager` is an id. Nobody who was erased is listed: nothing here leads to them.
    """
    erased = {one.user for one in store.redactor().suppressions.values()}
    everybody = [one for one in store.everybody() if one.id not in erased]
    known = {one.id: one for one in everybody}
    emails, names = _same(everybody, _emails), _same(everybody, _names)
    hidden, joins = unlisted(store, None), store.joins()
    teams = _teams(store, programs, known, now)
    told = _told_since(store, everybody)
    found = []
    for one in everybody:
        is_wanted = (role is None or one.role == role) and (manager is None or one.manager == manager)
        if not is_wanted or (is_inactive and one.active) or (search is not None and not _is_found(search, one)):
            continue
        found.append(
            ListedPerson(
                one,
                known.get(one.manager or ""),
                told.get(one.id),
                tuple(teams.get(one.id, ())),
                one.parts if isinstance(one, JoinedPerson) else (one,),
                tuple(join for join in joins.standing if join.user in one.users or join.user == one.id),
                emails.get(one.id, ()),
                names.get(one.id, ()),
                one.id in hidden,
            )
        )
    return sorted(found, key=_order)


def user_called(store: Store, text: str, *, but: str | None = None) -> str:
    """Give the id of the one user, and not the person, named by id, e-mail or name; `but` is not meant.

    Raises UnknownName when nobody, or more than one user, is called so.
    """
    try:
        return id18(text)
    except ValueError:
        users = [one for one in store.every_user() if one.id != but]
    wanted = folded(text)
    found = [one.id for one in users if wanted in {folded(name) for name in one.names}]
    if len(found) == 1:
        return found[0]
    if found:
        raise UnknownName(f"{len(found)} users are called {text!r}: {', '.join(found)}", hint="name one by id")
    meant = did_you_mean(text, [name for one in users for name in (one.name, one.email) if name])
    raise UnknownName(f"nobody is called {text!r}", hint=meant or "write the name, the e-mail or the id of a user")


def _order(one: ListedPerson) -> tuple[str, str, str, str]:
    # Whoever has no role stands at the end, and so does whoever reports to nobody within a role.
    last = "\U0010ffff"
    led = last if one.person.manager is None else folded(one.manager.label if one.manager else one.person.manager)
    return (one.person.role or last, led, folded(one.person.label), one.person.id)


def _is_found(search: str, person: Person) -> bool:
    wanted = folded(search)
    if wanted in {folded(one) for one in person.users} | {folded(one[:15]) for one in person.users}:
        return True
    parts = person.parts if isinstance(person, JoinedPerson) else (person,)
    return any(wanted in folded(name) for one in parts for name in (one.name, one.email) if name)


def _emails(person: Person) -> set[str]:
    parts = person.parts if isinstance(person, JoinedPerson) else (person,)
    return {one.email.lower() for one in parts if one.email}


def _names(person: Person) -> set[str]:
    parts = person.parts if isinstance(person, JoinedPerson) else (person,)
    return {folded(one.name) for one in parts if one.name}


def _same(people: Sequence[Person], texts_of: Callable[[Person], set[str]]) -> dict[str, tuple[str, ...]]:
    """Give to each person the others who go by the same text, by id."""
    by_text: dict[str, list[Person]] = defaultdict(list)
    for one in people:
        for text in texts_of(one):
            by_text[text].append(one)
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for together in by_text.values():
        for one in together:
            for other in together:
                # A user who counts as somebody from a day on is that person already.
                if other.id != one.id and other.person != one.person:
                    found[one.id][other.id] = None
    return {user: tuple(others) for user, others in found.items()}


def _told_since(store: Store, people: Sequence[Person]) -> dict[str, int]:
    since: dict[str, int] = {}
    for before, one in pairwise(store.every_assignment()):
        # Where somebody works says nothing of the role and the manager.
        is_moved = (before.role, before.role_id, before.manager) != (one.role, one.role_id, one.manager)
        if one.since > ALWAYS_START and (is_moved or before.user != one.user):
            since[one.user] = one.since
    return {one.id: max(told) for one in people if (told := [since[user] for user in one.users if user in since])}


def _teams(store: Store, programs: Iterable[Program], known: Mapping[str, Person], now: int) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for program in programs:
        if program.teams:
            roster = roster_now(program, store)
            for user in known:
                found[user] += (team for team in roster.teams_at(user, now) if team not in found[user])
    return found


def pairs(people: Sequence[ListedPerson]) -> Iterator[tuple[str, Person, Person]]:
    """Yield people who may be one, each pair once: what they share, whoever was there first, and the other."""
    by_id = {one.person.id: one.person for one in people}
    for one in people:
        for other in one.perhaps:
            if one.person.id < other and not isinstance(one.person, JoinedUser):
                shared = one.person.email if other in one.same_email else one.person.label
                yield shared or one.person.label, one.person, by_id.get(other, Person(other))
