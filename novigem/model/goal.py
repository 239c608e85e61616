"""Goals as pydantic models: what moves progress, and what earns a badge. Part of the program: `model/program.py`."""

from datetime import date
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, Strict

from novigem.model.base import Identifier, Model, one_or_many
from novigem.model.base import as_tuple as _as_tuple
from novigem.model.rule import FieldName

StreakPeriod = Literal["working day", "week", "month"]
RuleIds = Annotated[tuple[Identifier, ...], BeforeValidator(one_or_many)]
CurrencyCode = Annotated[str, Field(pattern="^[A-Z]{3}$", max_length=3)]
Rate = (
    Annotated[int, Strict(), Field(gt=0, le=1_000_000_000)] | Annotated[float, Strict(), Field(gt=0, le=1_000_000_000)]
)
_PAST_LIMITS = (
    "whether awards count of which a limit left no points; if left out, they do for a streak, `rate` and `fewest`"
)
_AT_LEAST = "awards that a period of a streak needs, or `rate` and `fewest` before they are complete"


class EarlierTarget(Model):
    """A target that a goal had up to a day: it decides for what happened until then."""

    target: Annotated[int, Strict()] | Annotated[float, Strict()] = Field(gt=0, le=1_000_000_000)
    ends: date = Field(description="the last day on which it held")


class Goal(Model):
    """What moves progress. Exactly one measure (`count` ... `fewest`); `target` completes it when reached."""

    count: str | None = Field(default=None, description="`rules`: every award counts one; an object: only its awards")
    sum: FieldName | None = Field(default=None, description="adds up this number field of the records that earned")
    currency: CurrencyCode | None = Field(
        default=None, description="what a sum adds up, e.g. EUR: amounts in it, and those that `rates` has a rate for"
    )
    rates: dict[CurrencyCode, Rate] = Field(
        default_factory=dict, description="what one unit of another currency is worth, as `{USD: 0.92, JPY: 0.006}`"
    )
    points: Literal["rules"] | None = Field(default=None, description="adds up the points of the awards")
    distinct: FieldName | None = Field(
        default=None, description="counts the different values of this field, e.g. AccountId"
    )
    streak: StreakPeriod | None = Field(default=None, description="counts periods in a row that have awards")
    rate: RuleIds | None = Field(
        default=None, description="of all awards of the challenge, the percentage that are of these rules"
    )
    fewest: RuleIds | None = Field(
        default=None,
        description="counts awards of these rules, fewer being better; complete while there are `target` or fewer",
    )
    at_least: int = Field(default=1, ge=1, le=1000, description=_AT_LEAST)
    object: str | None = Field(default=None, description="only awards for records of this object move the goal")
    target: Annotated[int, Strict()] | Annotated[float, Strict()] = Field(gt=0, le=1_000_000_000)
    past_limits: bool | None = Field(default=None, description=_PAST_LIMITS)
    earlier: Annotated[tuple[EarlierTarget, ...], BeforeValidator(_as_tuple)] = Field(
        default=(),
        description="targets that it had before, oldest first; kept by itself where one is applied from a day on",
    )

    @cached_property
    def counts_past_limits(self) -> bool:
        """Whether an award of which a limit left no points moves the goal all the same."""
        counts = self.streak is not None or self.told_apart is not None
        return counts if self.past_limits is None else self.past_limits

    @cached_property
    def measure(self) -> str:
        """Which of the seven kinds this goal is."""
        names = ("count", "sum", "points", "distinct", "streak", "rate", "fewest")
        return next(name for name in names if getattr(self, name) is not None)

    @cached_property
    def told_apart(self) -> tuple[str, ...] | None:
        """The rules whose awards it tells from all others of its challenge; None for a goal that does not."""
        return self.rate or self.fewest

    @cached_property
    def counted_object(self) -> str | None:
        """The only object whose awards count, or None for all."""
        return self.object or (self.count if self.count not in (None, "rules") else None)


class EarnedBy(Model):
    """What earns a badge, over all awards of the program. Exactly one of `count`, `points`, `streak`."""

    count: str | None = Field(default=None, description="`rules`: every award counts one; an object: only its awards")
    points: Literal["rules"] | None = Field(default=None, description="adds up the points of the awards")
    streak: StreakPeriod | None = Field(default=None, description="counts periods in a row that have awards")
    at_least: int = Field(default=1, ge=1, le=1000, description="awards that a period of a streak needs")
    target: int | None = Field(default=None, ge=1, le=1_000_000_000, description="earns it; or give `tiers`")
    past_limits: bool | None = Field(default=None, description=_PAST_LIMITS)
