"""People, how far they are, and their badges."""

from pydantic import Field

from novigem.views.web.api.models.base import Answer, Moment


class PersonAnswer(Answer):
    """Somebody as everybody may know them."""

    user: str
    name: str | None
    role: str | None
    manager: str | None = Field(description="a user id; null also for a manager who opted out of being seen")
    manager_name: str | None
    active: bool
    counts_as: str | None = Field(description="the user as whom this one counts, where two users are one person")


class PeopleAnswer(Answer):
    """A page of people, in the order of their ids."""

    people: list[PersonAnswer]
    next: str | None = Field(description="give this as `after` to read on; null at the end")


class ProgressAnswer(Answer):
    """How far somebody is in one challenge and period, as `novigem progress --json`."""

    user: str
    challenge: str
    period: str | None
    value: float
    target: float
    completed_at: Moment | None
    bonus: int | None
    badge: str | None
    status: str | None
    standing: str | None = None


class HoldingAnswer(Answer):
    """One time that somebody got a badge, as `novigem badges --json`."""

    user: str
    badge: str
    challenge: str | None
    period: str | None
    awarded_at: Moment
    team: str | None = Field(default=None, description="the team with which it was earned")
    tier: str | None = None
    expires_at: Moment | None = None
    expired: bool | None = None
    reason: str | None = Field(default=None, description="of a badge that was given by hand and expires")
    renewed_at: Moment | None = None


class BadgeAnswer(Answer):
    """A badge, and who holds it."""

    badge: str
    program: str
    name: str
    description: str | None
    color: str
    shape: str
    icon: str
    holders: list[HoldingAnswer]
