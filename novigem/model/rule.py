"""Rules as pydantic models: conditions, and what becomes of an award. Part of the program; see `model/program.py`."""

from collections.abc import Iterator
from datetime import date, datetime
from functools import cached_property
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, Strict, Tag

from novigem.model.base import Identifier, Model, Title, Was
from novigem.model.base import as_tuple as _as_tuple
from novigem.model.change import ChangeKind

Scalar = Annotated[bool, Strict()] | Annotated[int, Strict()] | Annotated[float, Strict()] | date | datetime | str

# The objects the engine knows by name; custom objects (`...__c`) are accepted beside them.
KNOWN_OBJECTS = ("Account", "Case", "Contact", "Event", "Lead", "Opportunity", "Task")

FieldName = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*){0,5}$",
        max_length=200,
        description="API name; parents are dotted, as in RecordType.DeveloperName",
    ),
]


class Within(Model):
    """A range of days relative to the day of the change; a missing side is open. Both sides are included."""

    from_days: int | None = Field(
        default=None, ge=-36500, le=36500, description="earliest day, e.g. 60 = 60 days ahead"
    )
    to_days: int | None = Field(default=None, ge=-36500, le=36500, description="latest day, e.g. 0 = the same day")


class Operators(Model):
    """What must be true of one field. Several operators in one place must all hold."""

    # A registered custom operator is one more key; the loader knows the registry and reports any other.
    model_config = ConfigDict(extra="allow")

    equals: Scalar | None = Field(default=None, description="the same value; text compares case-sensitively")
    notEquals: Scalar | None = Field(default=None, description="any other value; true for an empty field")  # noqa: N815 - the product's own operator names
    greaterThan: Scalar | None = Field(default=None, description="number, date or datetime above this one")  # noqa: N815
    greaterThanOrEqual: Scalar | None = Field(default=None, description="number, date or datetime, this one or above")  # noqa: N815
    lessThan: Scalar | None = Field(default=None, description="number, date or datetime below this one")  # noqa: N815
    lessThanOrEqual: Scalar | None = Field(default=None, description="number, date or datetime, this one or below")  # noqa: N815
    contains: str | None = Field(default=None, description="text holds this text; a multi-select holds this value")
    notContains: str | None = Field(default=None, description="text does not hold this text; true for an empty field")  # noqa: N815
    startsWith: str | None = Field(default=None, description="text begins with this text")  # noqa: N815
    endsWith: str | None = Field(default=None, description="text ends with this text")  # noqa: N815
    matches: str | None = Field(
        default=None, description="text fits this pattern as a whole: `*` is any text, also none, and `?` one character"
    )
    isBlank: bool | None = Field(default=None, description="true: the field is empty; false: it is not")  # noqa: N815
    isNotBlank: bool | None = Field(default=None, description="true: the field holds a value; false: it does not")  # noqa: N815
    isChanged: bool | None = Field(default=None, description="true: this edit changed the field; false: it did not")  # noqa: N815
    in_: Annotated[tuple[Scalar, ...], BeforeValidator(_as_tuple)] | None = Field(
        default=None, alias="in", min_length=1, description="one of these values"
    )
    notIn: Annotated[tuple[Scalar, ...], BeforeValidator(_as_tuple)] | None = Field(  # noqa: N815
        default=None, min_length=1, description="none of these values; true for an empty field"
    )
    changedFrom: Scalar | None = Field(default=None, description="this edit changed the field away from this value")  # noqa: N815
    changedTo: Scalar | None = Field(default=None, description="this edit changed the field to this value")  # noqa: N815
    increasedBy: Annotated[int, Strict()] | Annotated[float, Strict()] | None = Field(  # noqa: N815
        default=None, description="this edit raised the number by at least this much"
    )
    within: Within | None = Field(default=None, description="a date or datetime, in days from the day of the change")

    def given(self) -> Iterator[tuple[str, Any]]:
        """Yield each operator that the file names, with its value, in the order of the table above."""
        for name in type(self).model_fields:
            if name in self.model_fields_set:
                yield ("in" if name == "in_" else name), getattr(self, name)
        yield from (self.__pydantic_extra__ or {}).items()


class Condition(NamedTuple):
    """One test: a field, an operator and the value it is held against."""

    field: str
    operator: str
    value: Any


# One mapping may name several fields; all of them must hold.
ConditionMap = Annotated[dict[FieldName, Operators], Field(min_length=1)]
Group = ConditionMap | Annotated[tuple[ConditionMap, ...], BeforeValidator(_as_tuple), Field(min_length=1)]


class AnyOf(Model):
    """Condition groups: at least one of them must hold."""

    any: Annotated[tuple[Group, ...], BeforeValidator(_as_tuple)] = Field(min_length=1)


AwardTo = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z][A-Za-z0-9_. ]*$",
        max_length=200,
        description="Record Owner, Last Modified By, Created By, or a lookup to User such as Account.OwnerId",
    ),
]
OncePer = Literal["record", "record and user", "account", "account and week", "day", "change"]
Status = Literal["draft", "active", "paused", "ended"]
LimitPeriod = Literal["day", "week", "month", "quarter", "program"]


class ReverseWithin(Model):
    """Take an award back only when it is undone soon."""

    reverse_within_days: int = Field(ge=1, le=3650, description="an award undone later than this stays")


class Cap(Model):
    """At most so many points, or so many awards, for one person. Exactly one of `points` and `awards`."""

    points: int | None = Field(
        default=None, ge=1, le=1_000_000, description="points; an award that crosses the cap is paid in part"
    )
    awards: int | None = Field(default=None, ge=1, le=10_000, description="awards, each paid whole or not at all")
    per: LimitPeriod = Field(default="program", description="the stretch of local time in which they are counted")

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Leave out what is not given: what limits count over is named by these words, and must keep its name."""
        return ((name, value) for name, value in super().__repr_args__() if value is not None)


class AccountLimit(Model):
    """At most so many awards for one person from one account."""

    awards: int = Field(ge=1, le=10_000)
    per: LimitPeriod = Field(default="program", description="the stretch of local time in which awards are counted")


class Cooldown(Model):
    """A pause after each award in which the rule does not pay the same person again."""

    hours: int = Field(ge=1, le=8760)
    per: Literal["user", "account"] = Field(default="user", description="`account`: a pause for each account by itself")


class Share(Model):
    """One part of an award: whose, and how much of the rule's points."""

    to: AwardTo
    percent: int = Field(ge=1, le=100)


class FormerOwner(Model):
    """What somebody keeps who handed the record over shortly before it earned."""

    within_days: int = Field(ge=1, le=365, description="how long before the award the record may have changed hands")
    percent: int = Field(default=100, ge=1, le=100, description="the former owner's part; others share what is left")


_KINDS: dict[str, tuple[ChangeKind, ...]] = {
    "create": ("create",),
    "update": ("update",),
    "create or update": ("create", "update"),
}


def _one_or_several(value: Any) -> Any:
    """Give a list of YAML as a tuple, and a list of one name as that name: both say the same."""
    if isinstance(value, (list, tuple)):
        return value[0] if len(value) == 1 and isinstance(value[0], str) else tuple(value)
    return value


Challenges = Annotated[
    Annotated[Identifier, Tag("one")] | Annotated[tuple[Identifier, ...], Field(min_length=1), Tag("several")],
    Discriminator(lambda value: "several" if isinstance(value, tuple) else "one"),
    BeforeValidator(_one_or_several),
]


class Rule(Model):
    """Object + trigger + conditions -> points to somebody."""

    id: Identifier
    was: Was = None
    name: Title | None = None
    description: str | None = Field(default=None, max_length=2000)
    object: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=80)]
    trigger: Literal["create", "update", "create or update"] = Field(
        description="`create or update`: at the moment the conditions come to hold, also when the record is made so"
    )
    when: AnyOf | Group | None = Field(
        default=None, description="a list: all must hold; `any:` a list of groups, one must"
    )
    award_points_to: AwardTo = "Record Owner"
    points: int = Field(ge=0, le=1_000_000, description="0: it pays nothing, and counts for `rate` or `fewest`")
    challenge: Challenges | None = Field(
        default=None,
        description="the challenge that its awards count for, or a list of several; paid once all the same",
    )
    once_per: OncePer = Field(default="record", description="how often the same fact may pay")
    on_undo: Literal["keep", "reverse"] | ReverseWithin = Field(
        default="keep", description="what becomes of an award whose record is deleted, merged away or no longer fits"
    )
    vest_after: int | None = Field(
        default=None,
        ge=1,
        le=365,
        description="days an award is held before it counts for a prize; needs on_undo: reverse",
    )
    cap: Cap | None = None
    per_account: AccountLimit | None = None
    cooldown: Cooldown | None = None
    share: Annotated[tuple[Share, ...], BeforeValidator(_as_tuple)] = Field(
        default=(), max_length=10, description="splits the points; instead of award_points_to"
    )
    former_owner: FormerOwner | None = None
    status: Literal["active", "inactive"] = "active"

    @cached_property
    def challenges(self) -> tuple[str, ...]:
        """The challenges that its awards count for, in the order of the file."""
        if self.challenge is None:
            return ()
        return (self.challenge,) if isinstance(self.challenge, str) else self.challenge

    @property
    def kinds(self) -> tuple[ChangeKind, ...]:
        """The kinds of changes that it looks at."""
        return _KINDS[self.trigger]

    @property
    def waits_for_the_onset(self) -> bool:
        """True when it pays at the moment its conditions come to hold, at a creation as at an edit."""
        return self.trigger == "create or update"

    @property
    def reversible_days(self) -> int | None:
        """Within how many days an award may be taken back; None: never, or at any time (see `is_reversible`)."""
        return self.on_undo.reverse_within_days if isinstance(self.on_undo, ReverseWithin) else None

    @property
    def is_reversible(self) -> bool:
        """True when an award is taken back once it is undone."""
        return self.on_undo != "keep"

    @property
    def has_limits(self) -> bool:
        """True when the rule itself limits what it pays one person."""
        return self.cap is not None or self.per_account is not None or self.cooldown is not None

    @cached_property
    def groups(self) -> tuple[tuple[Condition, ...], ...]:
        """The conditions in one normal form: AND inside a group, OR between groups; () means `always`."""
        return groups_of(self.when)

    @property
    def label(self) -> str:
        """The name, or the id where no name is given."""
        return self.name or self.id


def groups_of(when: Any) -> tuple[tuple[Condition, ...], ...]:
    """Give conditions as a file has them in one normal form: AND inside a group, OR between groups; () for None."""
    if when is None:
        return ()
    parts = when.any if isinstance(when, AnyOf) else (when,)
    return tuple(tuple(_conditions(part)) for part in parts)


def _conditions(group: Any) -> Iterator[Condition]:
    for mapping in (group,) if isinstance(group, dict) else group:
        for field, operators in mapping.items():
            for operator, value in operators.given():
                yield Condition(field, operator, value)
