"""The rows that name a person, found by the redactor that an erasure would rewrite them with. Nothing is written."""

import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

from novigem.ledger.privacy import Row
from novigem.ledger.store import Reader, Store
from novigem.model.ids import id18
from novigem.model.people import USER_PREFIX, JoinedPerson, Person
from novigem.model.redaction import Redactor, hints_of, suppressions_of
from novigem.program.redaction import redacted_text
from novigem.rules.operators import DEFAULT_REGISTRY, Registry

_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM_LETTERS = 12
_KEY_BYTES = 32


def redactor_of(store: Store, person: str, also: Sequence[str] = ()) -> Redactor:
    """Give the redactor that hides one person, to find every row that names them. Nothing is written.

    `person` is the id of any of their users; names and addresses are those last told, and `also` more of them, such as
    a former name.
    """
    return redactor_of_group(secrets.token_bytes(_KEY_BYTES), store, id18(person), also)


def rows_about(store: Store, redactor: Redactor, *, registry: Registry = DEFAULT_REGISTRY) -> Iterator[Row]:
    """Yield every row that names a redacted person, as it stands: all that an erasure would rewrite, and no more."""
    return store.rows_naming(redactor, partial(redacted_text, redactor=redactor, registry=registry))


def count_rows(rows: Iterator[Row]) -> dict[str, int]:
    """Count rows by table, in order of the tables' names."""
    return dict(sorted(Counter(row.table for row in rows).items()))


def new_user() -> str:
    """Give a random id of a user, well formed, of which there is no other."""
    return id18(USER_PREFIX + "".join(secrets.choice(_LETTERS) for _letter in range(_RANDOM_LETTERS)))


def redactor_of_group(key: bytes, reader: Reader, person: str, also: Sequence[str]) -> Redactor:
    """Give the redactor that puts an id of its own in the place of each user of a person."""
    person, *users = reader.joins().group(person)
    told = reader.people([person, *users])
    names = {user: names_of(told.get(user), ()) for user in users}
    own = told.get(person)
    parts = own.parts if isinstance(own, JoinedPerson) else ()
    names[person] = tuple(dict.fromkeys((*names_of(own, also), *(name for one in parts for name in names_of(one, ())))))
    # The person comes last: a name that they share with a user of theirs is the person's.
    made = [redactor_with(key, new_user(), user, known) for user, known in names.items()]
    suppressions = {mark: one for each in made for mark, one in each.suppressions.items()}
    hints = [hints_of(user, known) for user, known in names.items()]
    return Redactor(key, suppressions, tuple(hint for each in hints for hint in each) if all(hints) else ())


def names_of(told: Person | None, also: Sequence[str]) -> tuple[str, ...]:
    """Give the names and addresses by which somebody is known, and further ones."""
    known = () if told is None else (told.name, told.email)
    return tuple(name for name in (*known, *also) if name)


def redactor_with(key: bytes, user: str, person: str, names: Sequence[str]) -> Redactor:
    """Give the redactor that puts the id `user` in the place of a person, known under some names."""
    suppressions = suppressions_of(key, user, person, names)
    return Redactor(key, {one.mark: one for one in suppressions}, hints_of(person, names))
