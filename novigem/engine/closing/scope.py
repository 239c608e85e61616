"""Which people a board ranks, from what is known of them now."""

from collections.abc import Iterable, Iterator, Sequence

from novigem.engine.closing.leavers import leavers_among
from novigem.ledger.store import Store, Who
from novigem.model.binding import Bindings
from novigem.model.ids import id18
from novigem.model.people import Person, is_person
from novigem.model.program import Leaderboard, Program, Scope
from novigem.model.text import spellings


def people_called(text: str, people: Iterable[Person]) -> list[str]:
    """Give the ids of the people whom a name, an e-mail or an id names: one, none or several.

    A name of one user of a person names the person.
    """
    try:
        wanted = id18(text)
    except ValueError:
        return list(dict.fromkeys(one.person for one in people if is_person(text, one)))
    return [next((one.person for one in people if wanted in one.users), wanted)]


def who_is_ranked(program: Program, board: Leaderboard, store: Store) -> Who | None:
    """Give the people of a board; None where its manager is nobody, or not one person."""
    if isinstance(board.scope, Scope):
        if board.scope.role is not None:
            role = board.scope.role
            return Who(roles=frozenset({*spellings(role), *Bindings(program.program, store.bindings()).roles(role)}))
        if board.scope.manager is not None:
            managers = people_called(board.scope.manager, store.everybody())
            return Who(managers=frozenset(managers)) if len(managers) == 1 else None
    if board.scope == "participants" and program.participants.exclude:
        return Who(excluded=frozenset(_known(program.participants.exclude, store.everybody())))
    return Who()


def _known(names: Sequence[str], people: Sequence[Person]) -> Iterator[str]:
    for name in names:
        found = people_called(name, people)
        if len(found) == 1:
            yield found[0]


def is_ranked(user: str, person: Person | None, who: Who) -> bool:
    """Tell whether a board of some people ranks a user, of whom we may know nothing."""
    if user in who.excluded:
        return False
    if not (who.roles or who.managers):
        return True
    if person is None:
        return False
    return person.role in who.roles or person.role_id in who.roles or person.manager in who.managers


def left_out(program: Program, board: Leaderboard, users: Iterable[str], store: Store) -> tuple[str, ...] | None:
    """Give who of some users is not ranked by a board; None where that cannot be known."""
    who = who_is_ranked(program, board, store)
    if who is None:
        return None
    if who.everybody and board.leavers == "marked":
        return ()
    everyone = sorted(users)
    people = store.people(everyone)
    gone = leavers_among(store, people) if board.leavers != "marked" else frozenset()
    return tuple(user for user in everyone if user in gone or not is_ranked(user, people.get(user), who))
