"""What addresses and queries of the API may hold, and how an answer is written."""

from datetime import UTC, tzinfo
from typing import Annotated, Any

from fastapi import Path, Query
from starlette.responses import Response

from novigem.views.tables import json_text
from novigem.views.web.visit import Visit

# Signs that steer something, and halves of a sign, stand in no id; some databases refuse them.
_PLAIN = r"^[^\x00-\x1f\x7f]+$"
_LONGEST = 255
#: The highest number that a database keeps.
MOST_NUMBER = 2**63 - 1
#: So many rows an answer may have, and has if nothing is said.
MOST_ROWS, USUAL_ROWS = 1000, 100

Id = Annotated[str, Path(pattern=_PLAIN, max_length=_LONGEST)]
UserId = Annotated[
    str, Path(pattern=_PLAIN, max_length=_LONGEST, description="the id of a user, or `me`", examples=["me"])
]
Number = Annotated[int, Path(ge=1, le=MOST_NUMBER, description="the number of a ledger entry")]


def text(description: str) -> Any:
    """Give what a text in a query may be."""
    return Query(pattern=_PLAIN, max_length=_LONGEST, description=description)


Program = Annotated[str | None, text("one program, by id; all if left out")]
User = Annotated[
    str | None, text("one person, by user id, or `me`; left out: everybody's, if you may see that, else yours")
]
Challenge = Annotated[str | None, text("one challenge, by id")]
Rule = Annotated[str | None, text("one rule, by id")]
Since = Annotated[str | None, text("from this day or moment on, such as 2026-01-05 or 2026-01-05T14:00:00Z")]
Until = Annotated[str | None, text("to this day, the whole day, or until this moment")]
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="so many rows at most")]


def answer(value: Any) -> Response:
    """Give a value as the body that a command prints for `--json`."""
    return Response(json_text(value).encode("utf-8", "replace"), media_type="application/json")


def zone_of(visit: Visit) -> tzinfo:
    """Give the zone of days and moments that are asked for: that of the programs, or UTC where they differ."""
    zones = {one.timezone: one.zone for one in visit.programs.values()}
    return next(iter(zones.values())) if len(zones) == 1 else UTC
