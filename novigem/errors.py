"""Every exception that leaves the library, in one tree.

    NovigemError
    ├── InputError        your input is wrong: exit code 2, no stack trace
    │   ├── ProgramError  a program file; carries every diagnostic
    │   ├── MappingError  a CSV mapping or the CSV it describes
    │   ├── SettingsError a flag, an environment variable or novigem.toml
    │   ├── UnknownName   an id (program, board, challenge, rule, badge, user) that does not exist
    │   └── OrgError      the Salesforce org refuses what was asked: a field, a permission, a secret, another org
    └── WorldError        the world failed: exit code 1, state intact, safe to run again
        ├── StoreError    the database cannot be reached, written or understood
        │   ├── SchemaError  the database belongs to another version of novigem
        │   └── LeaseLost    another process took over the work; what it has not committed is undone
        └── FeedError     a source of changes cannot be read
            ├── SessionError  Salesforce no longer accepts the session, and a new one was not to be had
            ├── LimitReached  the org's API calls are used up, or the share of them that a sync may use
            └── OrgUnavailable  Salesforce does not answer, or answers what nobody can read

No SQLAlchemy, YAML, pydantic, requests, simple-salesforce or operating-system exception leaves unwrapped; each is
chained as `__cause__`. No message and no hint holds a command line: each view words a `code` and its `facts` in its own
way.
Imports nothing of novigem.
"""

from collections.abc import Sequence


class NovigemError(Exception):
    """The root: catch this to catch everything the library raises on purpose.

    `message` says what happened. `hint` is the one next step for the person who reads it, or None. `code` is a stable
    name of the case, such as `several-programs`, where a next step is worded differently in other places; `facts` are
    the ids, names and numbers of the case, by name.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None, code: str | None = None, **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        """Give the message and, on a second line, the next step."""
        return self.message if self.hint is None else f"{self.message}\n  {self.hint}"


class InputError(NovigemError):
    """What you gave us is wrong; nothing was changed."""

    exit_code = 2


class ProgramError(InputError):
    """One or more program files are wrong; `diagnostics` lists every finding."""

    def __init__(
        self,
        message: str,
        diagnostics: Sequence[object] = (),
        *,
        hint: str | None = None,
        code: str | None = None,
        **facts: object,
    ) -> None:
        super().__init__(message, hint=hint, code=code, **facts)
        self.diagnostics = tuple(diagnostics)


class MappingError(InputError):
    """A CSV mapping file, or the CSV it is meant for, is wrong."""


class SettingsError(InputError):
    """A flag, an environment variable or a line of novigem.toml is wrong."""


class UnknownName(InputError):  # noqa: N818 - reads better at the call site: `raise UnknownName(...)`
    """A program, board, challenge, rule, badge or user that does not exist."""


class OrgError(InputError):
    """The Salesforce org refuses what was asked: a field, an object, a permission, a secret, or it is another org."""


class WorldError(NovigemError):
    """Something outside failed; state is intact and the same command may be run again."""


class StoreError(WorldError):
    """The database cannot be reached, read or written."""


class SchemaError(StoreError):
    """The database has a schema that this version of novigem does not know."""


class LeaseLost(StoreError):  # noqa: N818 - reads better at the call site: `except LeaseLost`
    """Another process took over the work in hand; everything since the last commit is undone."""


class FeedError(WorldError):
    """A source of changes cannot be read."""


class SessionError(FeedError):
    """Salesforce no longer accepts the session, and a new one was not to be had."""


class LimitReached(FeedError):  # noqa: N818 - as LeaseLost
    """The org's daily API calls are used up, or the share of them that a sync may use."""


class OrgUnavailable(FeedError):  # noqa: N818 - as LeaseLost
    """Salesforce does not answer in time, or answers what nobody can read; trying again later may help."""
