"""People as readers name them."""

from collections.abc import Collection

from novigem.engine.closing.scope import people_called
from novigem.errors import UnknownName
from novigem.ledger.store import Store
from novigem.model.guesses import did_you_mean
from novigem.model.ids import id18
from novigem.model.people import Person
from novigem.model.program import ALWAYS_START


def find_user(store: Store, text: str) -> str:
    """Give the id of a person named by id, e-mail or name; a user who always was another names that person.

    Raises UnknownName when nobody, or more than one person, is called so.
    """
    try:
        # A user who counts as somebody from a day on was a person of their own before, and has rows of their own.
        return store.joins().of(id18(text), ALWAYS_START)
    except ValueError:
        people = store.everybody()
    found = people_called(text, people)
    if len(found) == 1:
        return found[0]
    if found:
        raise UnknownName(
            f"{len(found)} people are called {text!r}", hint="name one by id or e-mail", code="called-alike", name=text
        )
    names = [name for one in people for name in (one.name, one.email) if name]
    # A list of everybody would be long, and says more than was asked.
    meant = did_you_mean(text, names)
    raise UnknownName(f"nobody is called {text!r}", hint=meant or "write the name, the e-mail or the id of a user")


def people_by_id(store: Store, ids: Collection[str]) -> dict[str, Person]:
    """Give people by id; ids nobody told us about stand as themselves."""
    known = store.people(ids)
    return {one: known.get(one) or Person(id=one) for one in ids}
