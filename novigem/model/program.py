"""The program: what a CS leader writes, as frozen pydantic models. The JSON Schema is printed from here.

Reading YAML, positions and cross-checks live in `novigem.program`; these models only say what is well formed.
"""

# Longer than 400 lines: a program and its parts are one document, and read best as one.

from datetime import date, datetime, timedelta
from functools import cached_property
from hashlib import blake2b
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, PrivateAttr

from novigem.model.base import Identifier, Model, Title, Was, one_or_many
from novigem.model.base import as_tuple as _as_tuple
from novigem.model.change import from_micros
from novigem.model.goal import EarlierTarget, EarnedBy, Goal, StreakPeriod
from novigem.model.pause import Pause
from novigem.model.periods import (
    ALWAYS_END,
    ALWAYS_START,
    DAY,
    MONTHS,
    Cadence,
    Calendar,
    Month,
    Period,
    start_of_day,
)
from novigem.model.review import Figure, Review, Touch
from novigem.model.rule import (
    KNOWN_OBJECTS,
    AccountLimit,
    AnyOf,
    AwardTo,
    Cap,
    Condition,
    ConditionMap,
    Cooldown,
    FieldName,
    FormerOwner,
    Group,
    LimitPeriod,
    OncePer,
    Operators,
    ReverseWithin,
    Rule,
    Scalar,
    Share,
    Status,
    Within,
)
from novigem.model.teams import Team, TeamGoal
from novigem.model.working_time import PersonTerms, WorkingTime

__all__ = [
    "ALWAYS_END",
    "ALWAYS_START",
    "CADENCES",
    "KNOWN_OBJECTS",
    "AccountLimit",
    "Adjustments",
    "AnyOf",
    "AwardTo",
    "Badge",
    "BoardPeriod",
    "Cap",
    "Challenge",
    "ClosingTerms",
    "Completion",
    "Condition",
    "ConditionMap",
    "Cooldown",
    "EarlierTarget",
    "EarnedBy",
    "FieldName",
    "Figure",
    "FormerOwner",
    "Goal",
    "Group",
    "Identifier",
    "LastDays",
    "Leaderboard",
    "LimitPeriod",
    "Model",
    "Names",
    "OncePer",
    "Operators",
    "Participants",
    "PersonTerms",
    "Program",
    "ReverseWithin",
    "Review",
    "Rule",
    "Scalar",
    "Scope",
    "Share",
    "Status",
    "StreakPeriod",
    "Team",
    "TeamGoal",
    "TieBreak",
    "Tier",
    "Title",
    "Touch",
    "Within",
    "WorkingTime",
]


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
    was: Was = None
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
    cut_periods: Literal["scaled", "whole"] | None = Field(
        default=None,
        description="what a period asks for that the program's dates cut; `scaled` if left out where it is fair",
    )
    team_goal: TeamGoal | None = Field(default=None, description="what a team reaches together, beside each person")

    @property
    def scales_cut_periods(self) -> bool:
        """Whether less is asked for in a period that the program's dates cut."""
        return self.fair if self.cut_periods is None else self.cut_periods == "scaled"


class Tier(Model):
    """One step of a badge."""

    id: Identifier
    was: Was = None
    name: Title | None = None
    at: int = Field(ge=1, le=1_000_000_000, description="earns the tier when reached")

    @property
    def label(self) -> str:
        """The name, or the id where no name is given."""
        return self.name or self.id


class Badge(Model):
    """A badge that people can hold: for a completion, for what `earned_by` counts, or given by hand."""

    id: Identifier
    was: Was = None
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
    expires_after_days: int | None = Field(
        default=None, ge=1, le=36500, description="how long it is valid, from the last time it was earned or given"
    )

    @property
    def lasts(self) -> int | None:
        """How long it is valid, in microseconds; None: for good."""
        return None if self.expires_after_days is None else self.expires_after_days * DAY


class Scope(Model):
    """Who or what a board ranks; exactly one key."""

    challenge: Identifier | None = None
    role: str | None = None
    manager: str | None = Field(default=None, description="id or e-mail of the manager whose team is ranked")


TieBreak = Literal["first_to_reach", "distinct_accounts", "fewer_awards"]
BoardPeriod = Literal["program", "week", "month", "quarter", "all"]


class LastDays(Model):
    """The last days, today among them: a window that moves on with every day, and never closes."""

    last_days: int = Field(ge=1, le=366, description="so many local days of the program, the last of them today")


class Leaderboard(Model):
    """A ranking over a period and a scope."""

    id: Identifier
    was: Was = None
    name: Title
    by: Literal["points", "percent", "average"] = Field(
        default="points",
        description="points; the percentage of the target of the challenge in `scope`; or a team's points per member",
    )
    period: BoardPeriod | LastDays = "program"
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
    leavers: Literal["marked", "apart", "hidden"] = Field(
        default="marked",
        description="people who have left (inactive): marked, listed apart without a rank, or not shown",
    )


Names = Annotated[tuple[str, ...], BeforeValidator(one_or_many)]


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
    own_timezones: bool | None = Field(
        default=None,
        description="whether each person's days are those of the person's own time zone; true if left out",
    )
    week_start: Literal["monday", "sunday", "saturday"] = "monday"
    year_start: Month = Field(
        default="january", description="first month of the business year, from which its quarters are counted"
    )
    starts: date | None = Field(default=None, description="first day that counts")
    ends: date | None = Field(default=None, description="last day that counts; or give `weeks`")
    weeks: int | None = Field(default=None, ge=1, le=520)
    status: Status | Literal["shadow"] = Field(
        default="active", description="`shadow`: it scores like `active`, and shows nothing to anybody but its leader"
    )
    allow_negative_balance: bool = Field(
        default=False, description="let an adjustment take a balance below zero, and let boards show what is"
    )
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
    review: Review = Review()

    #: When it pays nothing, by what people decided beside the file. Whoever reads a program from a store adds it.
    _pauses: tuple[Pause, ...] = PrivateAttr(default=())

    @property
    def is_shadow(self) -> bool:
        """True for a season that scores to be tried out: nobody but its leader sees it, and nothing of it is closed."""
        return self.status == "shadow"

    def with_pauses(self, pauses: tuple[Pause, ...]) -> "Program":
        """Give the program with the stretches in which it is paused."""
        if pauses == self._pauses:
            return self
        made = self.model_copy()
        made._pauses = pauses  # noqa: SLF001 - its own
        return made

    @property
    def pauses(self) -> tuple[Pause, ...]:
        """The stretches in which it is paused, in order of time."""
        return self._pauses

    def pause_at(self, at: int) -> Pause | None:
        """Give the pause that a moment (microseconds since 1970 UTC) falls into."""
        return next((one for one in self._pauses if one.start <= at < one.end), None)

    @property
    def counts_own_days(self) -> bool:
        """Whether the days of a person are those of the person's own time zone, where that is known."""
        return self.own_timezones is not False

    @cached_property
    def zone(self) -> ZoneInfo:
        """The IANA zone. The loader has checked that it exists."""
        return ZoneInfo(self.timezone)

    @cached_property
    def calendar(self) -> Calendar:
        """The weeks, months and quarters of this program."""
        return self.calendar_in(self.zone)

    def calendar_in(self, zone: ZoneInfo) -> Calendar:
        """Give the same weeks, months and quarters as they begin in a zone."""
        week_start = {"monday": 0, "saturday": 5, "sunday": 6}[self.week_start]
        return Calendar(zone, week_start, MONTHS.index(self.year_start) + 1)

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

    @property
    def objects(self) -> tuple[str, ...]:
        """The Salesforce objects that the rules look at, in alphabetical order."""
        return tuple(sorted({rule.object for rule in self.rules}))

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


def bounded(micros: int) -> datetime | None:
    """Give a moment, or None for what stands for no start or no end."""
    return None if micros in (ALWAYS_START, ALWAYS_END) else from_micros(micros)


CADENCES = {"day": Cadence.DAILY, "week": Cadence.WEEKLY, "month": Cadence.MONTHLY, "quarter": Cadence.QUARTERLY}
