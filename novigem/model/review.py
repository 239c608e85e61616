"""The review of a season: which figures say whether a program moved anything. It changes no score.

Part of the program; see `model/program.py`. How each kind of figure is counted stands in `queries/review_figures.py`.
"""

from functools import cached_property
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field

from novigem.model.base import Identifier, Model, Title
from novigem.model.base import as_tuple as _as_tuple
from novigem.model.rule import AnyOf, Condition, FieldName, Group, groups_of

FigureKind = Literal["count", "rate", "coverage", "influence"]
ObjectName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=80)]

#: Which keys each kind of figure needs, and which it may have; every kind has an id, a name, an object and `where`.
NEEDED_KEYS: Final[dict[str, tuple[str, ...]]] = {
    "count": (),
    "rate": ("due", "done"),
    "coverage": ("due", "done"),
    "influence": ("touch",),
}
OPTIONAL_KEYS: Final[dict[str, tuple[str, ...]]] = {
    "count": ("trigger",),
    "rate": (),
    "coverage": ("by_days", "looked_at"),
    "influence": ("by_days", "amount"),
}
#: How many days before, where a figure does not say.
DEFAULT_DAYS: Final[dict[str, int]] = {"coverage": 60, "influence": 30}


class Touch(Model):
    """A kind of contact with a customer: a record on the account that came to fit these conditions."""

    object: ObjectName = "Task"
    where: AnyOf | Group = Field(description="when it has taken place, such as `Status: {equals: Completed}`")

    @cached_property
    def groups(self) -> tuple[tuple[Condition, ...], ...]:
        """The conditions in one normal form."""
        return groups_of(self.where)


class Figure(Model):
    """One figure of the review. Which keys it has follows from its `kind`."""

    id: Identifier
    name: Title
    description: str | None = Field(default=None, max_length=2000)
    kind: FigureKind = Field(
        description="`count`: different records; `rate`: done by the first due day, of all due; `coverage`: noted so "
        "many days before a date, of all due; `influence`: amount with a touch on the account shortly before, of all"
    )
    object: ObjectName
    where: AnyOf | Group | None = Field(default=None, description="which records; conditions as in rules")
    trigger: Literal["create", "update", "create or update"] = Field(
        default="create", description="`count` only: on which changes `where` is looked at"
    )
    due: FieldName | None = Field(default=None, description="`rate` and `coverage`: the field that says when it is due")
    done: AnyOf | Group | None = Field(
        default=None, description="`rate`: when it counts as completed; `coverage`: when the risk is documented"
    )
    looked_at: AnyOf | Group | None = Field(
        default=None, description="`coverage` only: when somebody looked and found no risk; shown apart"
    )
    by_days: int | None = Field(
        default=None,
        ge=1,
        le=3650,
        description="`coverage`: days before the date, 60 if left out; `influence`: days before the creation, 30",
    )
    amount: FieldName | None = Field(
        default=None, description="`influence` only: the field that is added up; `Amount` if left out"
    )
    touch: Annotated[tuple[Touch, ...], BeforeValidator(_as_tuple)] = Field(
        default=(), max_length=10, description="`influence` only: what counts as a touch; one of them is enough"
    )
    whose: Literal["participants", "everybody"] = Field(
        default="participants", description="whose records count, by who owns them"
    )

    @property
    def days(self) -> int:
        """How many days before."""
        return DEFAULT_DAYS.get(self.kind, 0) if self.by_days is None else self.by_days

    @property
    def money(self) -> str:
        """The field that is added up."""
        return self.amount or "Amount"

    @cached_property
    def groups(self) -> tuple[tuple[Condition, ...], ...]:
        """Which records, in one normal form."""
        return groups_of(self.where)

    @cached_property
    def done_groups(self) -> tuple[tuple[Condition, ...], ...]:
        """When it is done, in one normal form."""
        return groups_of(self.done)

    @cached_property
    def looked_at_groups(self) -> tuple[tuple[Condition, ...], ...]:
        """When somebody looked and found nothing, in one normal form."""
        return groups_of(self.looked_at)

    def fields(self) -> dict[str, set[str]]:
        """Give the fields that it looks at, by object."""
        own = {one.field for group in (*self.groups, *self.done_groups, *self.looked_at_groups) for one in group}
        own |= {"OwnerId", "AccountId", *(() if self.due is None else (self.due,))}
        if self.kind == "count" and self.object == "Opportunity":
            # How long before its close date an opportunity is logged.
            own.add("CloseDate")
        found = {self.object: own}
        if self.kind == "influence":
            own |= {self.money, currency_of(self.money)}
            for touch in self.touch:
                asked = {one.field for group in touch.groups for one in group}
                found.setdefault(touch.object, set()).update(asked | {"AccountId", "OwnerId"})
        return found


class Review(Model):
    """What is looked at after the season: its figures. They change no score."""

    figures: Annotated[tuple[Figure, ...], BeforeValidator(_as_tuple)] = Field(
        default=(), max_length=12, description="shown in this order; the four of account expansion if left out"
    )


def currency_of(field: str) -> str:
    """Give the field that says in which currency an amount is: beside it, on the same record."""
    *parents, _last = field.split(".")
    return ".".join([*parents, "CurrencyIsoCode"])


def _standard() -> tuple[Figure, ...]:
    expansion = {
        "any": [
            {"RecordType.DeveloperName": {"in": ["Expansion", "Upsell"]}},
            {"Type": {"equals": "Existing Customer - Upgrade"}},
            {"StageName": {"startsWith": "Expansion"}},
        ]
    }
    done = [{"Status": {"equals": "Completed"}}]
    risk = {"Renewal_Risk__c": {"isNotBlank": True, "notIn": ["None", "No risk"]}}
    renewal = {"any": [{"RecordType.DeveloperName": {"equals": "Renewal"}}, {"Type": {"equals": "Renewal"}}]}
    follow_up = [{"Type": {"in": ["Upsell", "Expansion follow-up"]}}, {"AccountId": {"isNotBlank": True}}]
    figures = [
        {"id": "signals", "name": "Expansion signals logged", "kind": "count", "object": "Opportunity"}
        | {"where": expansion},
        {"id": "follow-ups", "name": "Follow-up completion rate", "kind": "rate", "object": "Task"}
        | {"where": follow_up, "due": "ActivityDate", "done": done},
        {"id": "renewal-risk", "name": "Renewal risk coverage", "kind": "coverage", "object": "Opportunity"}
        | {"where": renewal, "due": "CloseDate", "done": [risk]}
        | {"looked_at": [{"Renewal_Risk__c": {"in": ["None", "No risk"]}}]},
        {"id": "pipeline", "name": "Expansion pipeline influence", "kind": "influence", "object": "Opportunity"}
        | {"where": expansion, "touch": [{"where": done}]},
    ]
    return tuple(Figure.model_validate(one) for one in figures)


#: The four figures of the account-expansion playbook, for programs that name none.
STANDARD_FIGURES: Final = _standard()
