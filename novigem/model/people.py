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
    """One Salesforce user as last told to us. `id` has 18 characters; `role_id` outlasts the name of the role.

    `timezone` is the name of the zone in which the user works, where that was told.
    """

    id: str
    name: str | None = None
    email: str | None = None
    active: bool = True
    role: str | None = None
    manager: str | None = None
    role_id: str | None = None
    timezone: str | None = None

    @property
    def label(self) -> str:
        """The name, or the id where no name was told."""
        return self.name or self.id

    @property
    def users(self) -> tuple[str, ...]:
        """The ids of all users who are this person, their own first."""
        return (self.id,)

    @property
    def known_by(self) -> tuple[str, ...]:
        """What a program may call the person by: ids with 18 characters, e-mails in lower case."""
        return (self.id,) if self.email is None else (self.id, self.email.lower())

    @property
    def names(self) -> tuple[str, ...]:
        """What people may call the person by: ids of both lengths, e-mails, names."""
        return tuple(name for name in (self.id, self.id[:_SHORT_ID], self.email, self.name) if name)

    @property
    def person(self) -> str:
        """The id of the person who is meant where this user is named."""
        return self.id


class JoinedPerson(Person, frozen=True):
    """A person with several users. `parts` is what was told of each, `joined` the users beside the person's own."""

    parts: tuple[Person, ...] = ()
    joined: tuple[str, ...] = ()

    @property
    def users(self) -> tuple[str, ...]:
        """The ids of all users who are this person, their own first."""
        return (self.id, *self.joined)

    @property
    def known_by(self) -> tuple[str, ...]:
        """What a program may call the person by: ids with 18 characters, e-mails in lower case."""
        return tuple(dict.fromkeys((*self.users, *(name for one in self.parts for name in one.known_by))))

    @property
    def names(self) -> tuple[str, ...]:
        """What people may call the person by: ids of both lengths, e-mails, names."""
        own = (self.id, self.id[:_SHORT_ID])
        return tuple(dict.fromkeys((*own, *self.joined, *(name for one in self.parts for name in one.names))))


class JoinedUser(Person, frozen=True):
    """A user who counts as another person, `person`; what was told of the user alone."""

    person: str = ""


def plain(person: Person) -> Person:
    """Give what is known of a person as of one user."""
    return Person(**{name: getattr(person, name) for name in Person.__struct_fields__})


def parts_of(person: Person | None) -> tuple[Person, ...]:
    """Give what was told of each user of somebody."""
    if person is None:
        return ()
    return person.parts if isinstance(person, JoinedPerson) else (person,)


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
    return folded(text) in {folded(name) for name in person.names}


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
