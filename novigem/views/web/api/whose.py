"""About whom somebody may ask, and what stands for those who do not want to be seen."""

from collections.abc import Collection
from typing import Any

from novigem.access.table import Reach, What, reach
from novigem.ledger.store import EntryFilter
from novigem.model.ids import id18
from novigem.queries.visibility import SOMEBODY, unlisted
from novigem.views.web.visit import NotHere, Visit

ME = "me"


def whose(visit: Visit, what: What, user: str | None) -> str | None:
    """Give the person whose rows are asked for; None for everybody's.

    Who is not named is everybody for whoever may see everybody's, and oneself for others.
    """
    if user is None and reach(visit.reader, what) is Reach.EVERYBODY:
        return None
    return somebody(visit, what, user or ME)


def somebody(visit: Visit, what: What, user: str) -> str:
    """Give the person whom a user id names. Raises NotHere for nobody, and for whom the reader may not see."""
    if user == ME and visit.user is None:
        raise NotHere("you are no user of the org, so that nothing is yours", hint="name a user by id")
    joins = visit.store.joins()
    named = visit.user if user == ME and visit.user is not None else _whole_id(user)
    person = joins.person(named)
    own = None if visit.user is None else joins.person(visit.user)
    visit.need(what, visit.user if person == own else person)
    if person in hidden_from(visit) or not _is_known(visit, person):
        raise NotHere("there is nobody here with that id", hint="see /api/v1/people")
    return person


def hidden_from(visit: Visit) -> frozenset[str]:
    """Give who is not to be seen by the reader: whoever opted out, but for the reader."""
    return unlisted(visit.store, visit.user)


def is_erased(visit: Visit, user: str) -> bool:
    """Tell whether somebody was erased."""
    return any(one.user == user for one in visit.store.redactor().suppressions.values())


def masked(value: Any, hidden: Collection[str]) -> Any:
    """Give an answer without the ids of some people, wherever they stand in it."""
    if isinstance(value, dict):
        return {key: masked(one, hidden) for key, one in value.items()}
    if isinstance(value, list):
        return [masked(one, hidden) for one in value]
    return SOMEBODY if isinstance(value, str) and value in hidden else value


def _whole_id(user: str) -> str:
    try:
        return id18(user)
    except ValueError:
        return user


def _is_known(visit: Visit, user: str) -> bool:
    if is_erased(visit, user):
        return False
    has_entry = next(visit.store.entries(EntryFilter(user=user)), None) is not None
    return has_entry or bool(visit.store.people([user]))
