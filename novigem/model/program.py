"""The program: what a CS leader writes, as frozen pydantic models. The JSON Schema is printed from here.

Reading YAML, positions and cross-checks live in `novigem.program`; these models only say what is well formed.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cached_property
from hashlib import blake2b
from typing import Annotated, Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, ConfigDict, Field, Strict

from novigem.model.base import Identifier, Model, Title
from novigem.model.base import as_tuple as _as_tuple
from novigem.model.periods import Cadence, Calendar, Period, start_of_day
from novigem.model.teams import Team, TeamGoal
from novigem.model.working_time import PersonTerms, WorkingTime

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


def _one_or_many(value: Any) -> Any:
    return (value,) if isinstance(value, str) else _as_tuple(value)


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
    """At most so many points for one person; an award that crosses the cap is paid in part."""

    points: int = Field(ge=1, le=1_000_000)
    per: LimitPeriod = Field(default="program", description="the stretch of local time in which the points are counted")


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


class Rule(Model):
    """Object + trigger + conditions -> points to somebody."""

    id: Identifier
    name: Title | None = None
    description: str | None = Field(default=None, max_length=2000)
    object: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=80)]
    trigger: Literal["create", "update"]
    when: AnyOf | Group | None = Field(
        default=None, description="a list: all must hold; `any:` a list of groups, one must"
    )
    award_points_to: AwardTo = "Record Owner"
    points: int = Field(ge=1, le=1_000_000)
    challenge: Identifier | None = None
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
        if self.when is None:
            return ()
        parts = self.when.any if isinstance(self.when, AnyOf) else (self.when,)
        return tuple(tuple(_conditions(part)) for part in parts)

    @property
    def label(self) -> str:
        """The name, or the id where no name is given."""
        return self.name or self.id


def _conditions(group: Any) -> Iterator[Condition]:
    for mapping in (group,) if isinstance(group, dict) else group:
        for field, operators in mapping.items():
            for operator, value in operators.given():
                yield Condition(field, operator, value)


StreakPeriod = Literal["working day", "week", "month"]


class Goal(Model):
    """What moves progress. Exactly one measure (`count` ... `streak`); `target` completes it when reached."""

    count: str | None = Field(default=None, description="`rules`: every award counts one; an object: only its awards")
    sum: FieldName | None = Field(default=None, description="adds up this number field of the records that earned")
    points: Literal["rules"] | None = Field(default=None, description="adds up the points of the awards")
    distinct: FieldName | None = Field(
        default=None, description="counts the different values of this field, e.g. AccountId"
    )
    streak: StreakPeriod | None = Field(default=None, description="counts periods in a row that have awards")
    at_least: int = Field(default=1, ge=1, le=1000, description="awards that a period of a streak needs")
    object: str | None = Field(default=None, description="only awards for records of this object move the goal")
    target: Annotated[int, Strict()] | Annotated[float, Strict()] = Field(gt=0, le=1_000_000_000)

    @cached_property
    def measure(self) -> str:
        """Which of the five kinds this goal is."""
        names = ("count", "sum", "points", "distinct", "streak")
        return next(name for name in names if getattr(self, name) is not None)

    @cached_property
    def counted_object(self) -> str | None:
        """The only object whose awards count, or None for all."""
        return self.object or (self.count if self.count not in (None, "rules") else None)


class Completion(Model):
    """What reaching the target gives, once per user and period."""

    bonus: int | None = Field(default=None, ge=1, le=1_000_000, description="extra points")
    badge: Identifier | None = None


class ClosingTerms(Model):
    """When standings become final."""

    grace_days: int = Field(
        default=3, ge=0, le=365, description="days of 24 hours after the end in which late changes still count"
    )


class Challenge(Model):
    """A goal for each participant. Linked rules pay only while it is open."""

    id: Identifier
    name: Title
    description: str | None = Field(default=None, max_length=2000)
    type: Literal["one-time", "timebound", "recurring"]
    cadence: Literal["weekly", "monthly", "quarterly"] | None = Field(default=None, description="recurring only")
    starts: date | None = Field(default=None, description="first day that counts; the program's if left out")
    ends: date | None = Field(default=None, description="last day that counts; the program's if left out")
    goal: Goal
    completion: Completion = Completion()
    cap: Cap | None = None
    closing: ClosingTerms | None = Field(default=None, description="the program's if left out")
    status: Status = "active"
    fair: bool = Field(default=False, description="scale each person's target by part-time, leave and holidays")
    team_goal: TeamGoal | None = Field(default=None, description="what a team reaches together, beside each person")


class EarnedBy(Model):
    """What earns a badge, over all awards of the program. Exactly one of `count`, `points`, `streak`."""

    count: str | None = Field(default=None, description="`rules`: every award counts one; an object: only its awards")
    points: Literal["rules"] | None = Field(default=None, description="adds up the points of the awards")
    streak: StreakPeriod | None = Field(default=None, description="counts periods in a row that have awards")
    at_least: int = Field(default=1, ge=1, le=1000, description="awards that a period of a streak needs")
    target: int | None = Field(default=None, ge=1, le=1_000_000_000, description="earns it; or give `tiers`")


class Tier(Model):
    """One step of a badge."""

    id: Identifier
    name: Title | None = None
    at: int = Field(ge=1, le=1_000_000_000, description="earns the tier when reached")

    @property
    def label(self) -> str:
        """The name, or the id where no name is given."""
        return self.name or self.id


class Badge(Model):
    """A badge that people can hold: for a completion, for what `earned_by` counts, or given by hand."""

    id: Identifier
    name: Title
    description: str | None = Field(default=None, max_length=2000)
    color: Literal["gold", "silver", "bronze", "ruby", "emerald"] = "gold"
    shape: Literal["hexagon", "circle", "shield"] = "hexagon"
    icon: Annotated[str, Field(pattern=r"^[a-z0-9-]+$", max_length=40)] = "star"
    status: Literal["active", "inactive"] = "active"
    earned_by: EarnedBy | None = Field(default=None, description="earned by awards, beside any completion")
    tiers: Annotated[tuple[Tier, ...], BeforeValidator(_as_tuple)] = Field(
        default=(), max_length=20, description="steps of `earned_by`, rising"
    )
    expires_after_days: int | None = Field(default=None, ge=1, le=36500, description="shown as expired after so long")


class Scope(Model):
    """Who or what a board ranks; exactly one key."""

    challenge: Identifier | None = None
    role: str | None = None
    manager: str | None = Field(default=None, description="id or e-mail of the manager whose team is ranked")


TieBreak = Literal["first_to_reach", "distinct_accounts", "fewer_awards"]
BoardPeriod = Literal["program", "week", "month", "quarter", "all"]


class Leaderboard(Model):
    """A ranking over a period and a scope."""

    id: Identifier
    name: Title
    by: Literal["points", "percent"] = Field(
        default="points", description="points, or the percentage of the target of the challenge in `scope`"
    )
    period: BoardPeriod = "program"
    scope: Literal["everybody", "participants", "teams"] | Scope = "participants"
    ranking: Literal["dense", "competition", "ordinal"] = Field(default="dense", description="how equals are numbered")
    ties: Annotated[tuple[TieBreak, ...], BeforeValidator(_as_tuple)] = Field(
        default=(),
        max_length=3,
        description="what decides between equal points, in order; after it, equals share a rank",
    )
    names: Literal["full", "initials", "pseudonym"] = Field(
        default="full", description="what the board calls people; a pseudonym is the same from day to day"
    )


Names = Annotated[tuple[str, ...], BeforeValidator(_one_or_many)]


class Participants(Model):
    """Who can earn: users with one of the roles, managers or names given, less `exclude`. Users: id or e-mail."""

    role: Names = ()
    manager: Names = ()
    users: Names = ()
    exclude: Names = ()


class Adjustments(Model):
    """Points by hand: when a second person has to approve them."""

    second_approver: bool = Field(default=False, description="points by hand wait for a second person's approval")
    above: int = Field(
        default=0, ge=0, le=1_000_000, description="only more points than this, up or down, need it; 0: all do"
    )

    def needs_second(self, points: int) -> bool:
        """Tell whether a second person has to approve that many points."""
        return self.second_approver and abs(points) > self.above


class Program(Model):
    """A season: time zone, participants, rules, challenges, badges and leaderboards."""

    program: Identifier = Field(description="the id of the program")
    name: Title
    description: str | None = Field(default=None, max_length=5000)
    timezone: str = Field(default="UTC", description="IANA name, such as America/New_York")
    week_start: Literal["monday", "sunday", "saturday"] = "monday"
    starts: date | None = Field(default=None, description="first day that counts")
    ends: date | None = Field(default=None, description="last day that counts; or give `weeks`")
    weeks: int | None = Field(default=None, ge=1, le=520)
    status: Status = "active"
    allow_negative_balance: bool = Field(default=False, description="let an adjustment take a balance below zero")
    adjustments: Adjustments = Adjustments()
    participants: Participants = Participants()
    working_time: WorkingTime = WorkingTime()
    people: Annotated[tuple[PersonTerms, ...], BeforeValidator(_as_tuple)] = ()
    teams: Annotated[tuple[Team, ...], BeforeValidator(_as_tuple)] = ()
    rules: Annotated[tuple[Rule, ...], BeforeValidator(_as_tuple)] = Field(min_length=1)
    challenges: Annotated[tuple[Challenge, ...], BeforeValidator(_as_tuple)] = ()
    badges: Annotated[tuple[Badge, ...], BeforeValidator(_as_tuple)] = ()
    leaderboards: Annotated[tuple[Leaderboard, ...], BeforeValidator(_as_tuple)] = ()
    closing: ClosingTerms = ClosingTerms()

    @cached_property
    def zone(self) -> ZoneInfo:
        """The IANA zone. The loader has checked that it exists."""
        return ZoneInfo(self.timezone)

    @cached_property
    def calendar(self) -> Calendar:
        """The weeks, months and quarters of this program."""
        return Calendar(self.zone, {"monday": 0, "saturday": 5, "sunday": 6}[self.week_start])

    @cached_property
    def version(self) -> str:
        """Twelve hex digits that change when the meaning of the program changes (not its comments)."""
        return blake2b(self.model_dump_json(exclude_defaults=True).encode(), digest_size=6).hexdigest()

    @property
    def last_day(self) -> date | None:
        """The last day that counts, from `ends` or `starts` + `weeks`; None when the program is open-ended."""
        if self.ends is not None:
            return self.ends
        if self.starts is not None and self.weeks is not None:
            return self.starts + timedelta(weeks=self.weeks) - timedelta(days=1)
        return None

    @cached_property
    def window(self) -> Period:
        """The stretch in which rules without a challenge pay."""
        return self.span("program", self.starts, self.last_day)

    def challenge_window(self, challenge: Challenge) -> Period:
        """Give the stretch in which a challenge is open: its own dates, held inside the program's."""
        own = self.span("challenge", challenge.starts, challenge.ends)
        return Period("challenge", max(own.start, self.window.start), min(own.end, self.window.end))

    def span(self, label: str, first: date | None, last: date | None) -> Period:
        """Give the instants of an inclusive range of local days; a missing side is open."""
        return Period(
            label,
            ALWAYS_START if first is None else start_of_day(first, self.zone),
            ALWAYS_END if last is None else start_of_day(last + timedelta(days=1), self.zone),
        )

    def challenge(self, challenge_id: str) -> Challenge:
        """Give the challenge of an id; KeyError if there is none."""
        return self._challenges[challenge_id]

    def badge(self, badge_id: str) -> Badge:
        """Give the badge of an id; KeyError if there is none."""
        return self._badges[badge_id]

    @cached_property
    def _challenges(self) -> dict[str, Challenge]:
        return {challenge.id: challenge for challenge in self.challenges}

    @cached_property
    def _badges(self) -> dict[str, Badge]:
        return {badge.id: badge for badge in self.badges}


# The years 2 and 9999 stand for "no start" and "no end": a year inside the calendar, so that every zone's periods fit.
ALWAYS_START = -62_104_060_800_000_000
ALWAYS_END = 253_370_764_800_000_000

CADENCES = {"day": Cadence.DAILY, "week": Cadence.WEEKLY, "month": Cadence.MONTHLY, "quarter": Cadence.QUARTERLY}
