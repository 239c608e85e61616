"""People: the users who can earn, which texts mean which of them, and why some cannot earn."""

from collections.abc import Collection, Iterable
from enum import StrEnum
from unicodedata import normalize

import msgspec

from novigem.errors import InputError
from novigem.model.ids import id18

#: What the id of every user begins with; that of a queue begins otherwise.
USER_PREFIX = "005"
_SHORT_ID = 15


class Person(msgspec.Struct, frozen=True):
    """One Salesforce user as last told to us. `id` has 18 characters; `role_id` outlasts the name of the role."""

    id: str
    name: str | None = None
    email: str | None = None
    active: bool = True
    role: str | None = None
    manager: str | None = None
    role_id: str | None = None

    @property
    def label(self) -> str:
        """The name, or the id where no name was told."""
        return self.name or self.id


def is_user(record_id: str) -> bool:
    """Tell whether an id is that of a user, not of a queue."""
    return record_id.startswith(USER_PREFIX)


def user_id(text: str) -> str:
    """Give the id of a user with its 18 characters. Raises InputError for what is no id."""
    try:
        return id18(text)
    except ValueError as error:
        raise InputError(str(error), hint=f"give the id of a Salesforce user; it begins with {USER_PREFIX}") from error


def known_as(text: str) -> str:
    """Bring the name of a user in a program file to one form: an id to 18 characters, an e-mail to lower case."""
    try:
        return id18(text)
    except ValueError:
        return text.lower()


def folded(text: str) -> str:
    """Give a name without what people do not mean by it: case, blanks around and between, forms of one letter."""
    return " ".join(normalize("NFKC", text).casefold().split())


def is_person(text: str, person: Person) -> bool:
    """Tell whether a text names a person: by id, e-mail or name."""
    names = (person.id, person.id[:_SHORT_ID], person.email, person.name)
    return folded(text) in {folded(name) for name in names if name}


def is_same(one: str, other: str, people: Collection[Person], former: Iterable[tuple[str, str]] = ()) -> bool:
    """Tell whether two texts name one person, where it may be that they do.

    `former` are addresses that people had before, each with the id of whoever had it.
    """
    if folded(one) == folded(other):
        return True
    ones, others = ({person.id for person in people if is_person(text, person)} for text in (one, other))
    for address, user in former:
        ones |= {user} if folded(address) == folded(one) else set()
        others |= {user} if folded(address) == folded(other) else set()
    return bool(ones & others)


class Block(StrEnum):
    """Why a rule that matched did not pay. Each case is counted under its reason and shown by `explain`."""

    DUPLICATE = "duplicate"
    OUTSIDE_PROGRAM = "outside the program's dates"
    CLOSED = "challenge not open"
    RULE_OFF = "rule inactive"
    PROGRAM_OFF = "program not active"
    NO_RECIPIENT = "no recipient on the record"
    QUEUE = "queue owner"
    INACTIVE = "inactive user"
    NOT_A_PARTICIPANT = "not a participant"
    EXCLUDED = "excluded user"
    NO_SCOPE_VALUE = "record has no account to count once per"
    UNDONE = "undone"
    CAP = "cap reached"
    ACCOUNT_LIMIT = "enough awards from this account"
    COOLDOWN = "too soon after the last award"
