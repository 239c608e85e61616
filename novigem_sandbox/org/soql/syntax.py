"""The parts of a parsed SOQL query. Every `at` is a position in its text."""

from decimal import Decimal
from typing import NamedTuple


class Path(NamedTuple):
    """A field, or a field of a parent: `("Account", "OwnerId")`."""

    names: tuple[str, ...]
    at: int

    @property
    def text(self) -> str:
        """The path as written."""
        return ".".join(self.names)


class Aggregate(NamedTuple):
    """`COUNT(Id)`, `MAX(Amount)`; no path for `COUNT()`."""

    function: str
    path: Path | None
    alias: str | None
    at: int


class AllFields(NamedTuple):
    """`FIELDS(ALL)`, `FIELDS(STANDARD)` or `FIELDS(CUSTOM)`."""

    which: str
    at: int


class Literal(NamedTuple):
    """A value: `kind` is string, number, boolean, null, date, datetime, or the name of a span such as TODAY."""

    kind: str
    value: str | Decimal | bool | int | None
    text: str
    at: int


class Comparison(NamedTuple):
    """`path operator literal`; `in` and `not in` hold several literals."""

    path: Path
    operator: str
    literals: tuple[Literal, ...]


class Negation(NamedTuple):
    """`NOT condition`."""

    condition: "Condition"


class Group(NamedTuple):
    """Conditions that must all hold (`and`), or of which one must (`or`)."""

    operator: str
    conditions: tuple["Condition", ...]


Condition = Comparison | Negation | Group


class Ordering(NamedTuple):
    """One step of ORDER BY."""

    path: Path
    descending: bool
    nulls_last: bool


class Query(NamedTuple):
    """A whole query."""

    text: str
    fields: tuple[Path | Aggregate | AllFields, ...]
    object: str
    object_at: int
    where: Condition | None
    groups: tuple[Path, ...]
    order: tuple[Ordering, ...]
    limit: int | None
    offset: int
