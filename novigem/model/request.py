"""Requests: what somebody asks for and another person decides: adjustments of points, and appeals."""

from enum import StrEnum

import msgspec


class RequestKind(StrEnum):
    """What is asked for: points by hand, or another look at how something was scored."""

    ADJUSTMENT = "adjustment"
    APPEAL = "appeal"


class RequestStatus(StrEnum):
    """Where a request stands. An approved appeal is called upheld, a declined one rejected."""

    OPEN = "open"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One request, from 1 without gaps (0 until it is kept). Moments are microseconds since 1970 UTC.

    `user` is whose points it is about: in an appeal, who appeals. `points` is what an adjustment adds, or an upheld
    appeal pays. `entry`, `record` and `rule` say what an appeal is about; `appeal` which appeal an adjustment settles.
    `author` asked, `decided_by` decided, with `decision` for a reason. `paid` is the ledger entry that came of it.
    `occurred` is the moment for which its points count, where somebody named one.
    """

    number: int = 0
    kind: RequestKind
    program: str
    user: str
    points: int | None = None
    entry: int | None = None
    record: str | None = None
    rule: str | None = None
    appeal: int | None = None
    text: str
    author: str | None = None
    opened: int
    status: RequestStatus = RequestStatus.OPEN
    decided: int | None = None
    decided_by: str | None = None
    decision: str | None = None
    paid: int | None = None
    occurred: int | None = None

    @property
    def is_open(self) -> bool:
        """True while nobody has decided."""
        return self.status is RequestStatus.OPEN
