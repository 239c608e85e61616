"""Teams as a program file writes them: who belongs to one, and what a team reaches together."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, Strict

from novigem.model.base import Identifier, Model, Title, Was, as_tuple


class Member(Model):
    """Somebody on the list of a team. Both days count; a missing one is open."""

    user: str = Field(min_length=1, max_length=200, description="id or e-mail")
    from_: date | None = Field(default=None, alias="from", description="first day in the team")
    to: date | None = Field(default=None, description="last day in the team")


def _as_members(value: Any) -> Any:
    return tuple({"user": one} if isinstance(one, str) else one for one in value) if isinstance(value, list) else value


def _as_names(value: Any) -> Any:
    return (value,) if isinstance(value, str) else as_tuple(value)


class Team(Model):
    """Some people whose points count together, while they belong to it. Exactly one of role, manager, members."""

    id: Identifier
    was: Was = None
    name: Title
    role: Annotated[tuple[str, ...], BeforeValidator(_as_names)] = Field(
        default=(), description="everybody with one of these roles"
    )
    manager: str | None = Field(
        default=None, min_length=1, max_length=200, description="everybody who reports to them: id or e-mail"
    )
    members: Annotated[tuple[Member, ...], BeforeValidator(_as_members)] = Field(
        default=(), max_length=5000, description="a list of ids or e-mails, or of `{user: .., from: .., to: ..}`"
    )

    @property
    def sources(self) -> tuple[str, ...]:
        """Which of the three ways to say who belongs to it are given."""
        return tuple(name for name in ("role", "manager", "members") if getattr(self, name))


class TeamGoal(Model):
    """What a team reaches together in a challenge, and whom that credits."""

    target: Annotated[int, Strict()] | Annotated[float, Strict()] = Field(
        gt=0, le=1_000_000_000, description="for all members together, in the measure of the goal"
    )
    credit: Literal["each", "who_contributed", "nobody"] = Field(
        description="each member at that moment, each member whose awards counted until then, or nobody"
    )
    bonus: int | None = Field(default=None, ge=1, le=1_000_000, description="extra points for each one credited")
    badge: Identifier | None = None
