"""Whose a page is: the one place where a page about somebody finds out who that is, and whether it may be seen.

Comes in: a visit, and an id from an address. Goes out: the person, or NotHere: for nobody we know, for somebody whom
others do not see, and for what whoever looks may not see. The answer is the same for all of them.
"""

from collections.abc import Collection

from novigem.access.table import What
from novigem.ledger.store import EntryFilter
from novigem.model.ids import id18
from novigem.model.people import Person
from novigem.model.program import Program
from novigem.queries.visibility import opted_out_since
from novigem.views.translating import N_
from novigem.views.web.visit import NotHere, Visit


def not_here() -> NotHere:
    """Give the one answer for what does not exist and for what may not be seen."""
    return NotHere(N_("there is nothing here"), hint=N_("see the start page"))


def whose(visit: Visit, what: What, user: str) -> Person:
    """Give the person whom an id names, by any of their users. Raises NotHere."""
    try:
        named = id18(user)
    except ValueError:
        raise not_here() from None
    # Who is one person with whom decides whether it may be seen, so that alone is read before.
    group = visit.store.joins().group(named)
    if not any(visit.may(what, one) for one in group) or (not is_own(visit, group[0]) and _is_hidden(visit, group[0])):
        raise not_here()
    found = visit.store.people([group[0]]).get(group[0])
    if found is None and next(visit.store.entries(EntryFilter(user=group[0])), None) is None:
        raise not_here()
    return found or Person(id=group[0])


def may_see(visit: Visit, what: What, user: str) -> bool:
    """Tell whether somebody's things may be seen, and the person named beside them."""
    group = visit.store.joins().group(user)
    if is_own(visit, user):
        return any(visit.may(what, one) for one in group)
    return any(visit.may(what, one) for one in group) and not _is_hidden(visit, user)


def is_own(visit: Visit, user: str) -> bool:
    """Tell whether an id is one of whoever looks."""
    return visit.user is not None and user in visit.store.joins().group(visit.user)


def _is_hidden(visit: Visit, user: str) -> bool:
    return opted_out_since(visit.store, user) is not None


def holds_names_back(program: Program) -> bool:
    """Tell whether a board of a program does not call people by their names: then places would tell who is who."""
    return any(one.names != "full" for one in program.leaderboards)


def users_of(visit: Visit, person: Person) -> Collection[str]:
    """Give all users of a person."""
    return {person.id, *visit.store.joins().group(person.id)}
