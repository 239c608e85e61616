"""Whether two names mean one person: people write their name, their e-mail or their id, in small letters or large."""

from collections.abc import Iterable
from unicodedata import normalize

from novigem.model.people import Person

_SHORT_ID = 15


def folded(text: str) -> str:
    """Give a name without what people do not mean by it: case, blanks around and between, forms of one letter."""
    return " ".join(normalize("NFKC", text).casefold().split())


def is_person(text: str, person: Person) -> bool:
    """Tell whether a text names a person: by id, e-mail or name."""
    names = (person.id, person.id[:_SHORT_ID], person.email, person.name)
    return folded(text) in {folded(name) for name in names if name}


def is_same(one: str, other: str, people: Iterable[Person]) -> bool:
    """Tell whether two texts name one person, where it may be that they do."""
    if folded(one) == folded(other):
        return True
    return any(is_person(one, person) and is_person(other, person) for person in people)
