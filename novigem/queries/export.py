"""Exporting a person: everything that is kept about somebody, as one JSON document.

It holds exactly what an erasure would rewrite, row by row, and where the person stands. Nothing is held in memory but
the row at hand.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from msgspec import structs

from novigem.engine.closing.windows import boards_of
from novigem.engine.personal_rows import redactor_of, rows_about
from novigem.errors import ProgramError, UnknownName
from novigem.ledger.privacy import Row
from novigem.model.change import from_micros
from novigem.model.claim import read_draft
from novigem.model.ids import id18
from novigem.model.program import ALWAYS_END, ALWAYS_START
from novigem.model.redaction import Redactor
from novigem.model.roster import Membership
from novigem.program.load import load_kept_text
from novigem.queries.queries import Queries

#: What each table is called in the document; a table that is not here goes by its own name.
SECTIONS = {
    "novigem_api_token": "api_tokens",
    "novigem_badge_award": "badges",
    "novigem_change": "changes",
    "novigem_claim": "claims",
    "novigem_closing": "final_standings",
    "novigem_flag": "flags",
    "novigem_item": "counted",
    "novigem_join": "joined_users",
    "novigem_pause": "pauses",
    "novigem_ledger": "entries",
    "novigem_person": "people",
    "novigem_privacy": "opted_out",
    "novigem_program": "programs",
    "novigem_progress": "progress",
    "novigem_rejected": "rejected",
    "novigem_preference": "settings",
    "novigem_report": "reports",
    "novigem_request": "requests",
    "novigem_session": "sessions",
    "novigem_sign_in_link": "sign_in_links",
    "novigem_snapshot": "records",
    "novigem_timeline": "versions_in_force",
    "novigem_total": "totals",
}
_MOMENTS = frozenset(
    (
        "accepted",
        "at",
        "awarded",
        "closed",
        "completed",
        "decided",
        "effective",
        "ends",
        "first",
        "judged",
        "last",
        "made",
        "modified",
        "moment",
        "occurred",
        "opened",
        "opted_out",
        "reached",
        "recorded",
        "revoked",
        "seen",
        "stamp",
        "used",
    )
)  # fmt: skip - a list of words reads better in lines
_DOCUMENTS = frozenset(("body", "counts", "values"))


def export_person(queries: Queries, person: str, *, now: datetime, also: Sequence[str] = ()) -> Iterator[str]:
    """Yield the pieces of the document about somebody. `person` is the id; `also` are former names and addresses.

    The ids of colleagues stand in it where they stand in the person's own rows; their names do not.
    """
    person = id18(person)
    store = queries.store
    person = store.joins().person(person)
    told = store.people([person]).get(person)
    redactor = redactor_of(store, person, also)
    head = {
        "exported_at": _moment_text(now),
        "user": person,
        "name": told and told.name,
        "email": told and told.email,
        "standings": list(_standings(queries, person)),
    }
    yield _text(head).rstrip("\n}")
    for table, rows in groupby(rows_about(store, redactor), key=lambda row: row.table):
        yield f",\n {json.dumps(SECTIONS.get(table, table.removeprefix('novigem_')))}: ["
        separator = "\n  "
        for row in rows:
            yield separator + json.dumps(readable_row(row, redactor), ensure_ascii=False)
            separator = ",\n  "
        yield "\n ]"
    yield "\n}\n"


def readable_row(row: Row, redactor: Redactor) -> dict[str, Any]:
    """Give a row as a person reads it: moments in ISO 8601, digests in hex, documents opened, nothing left empty."""
    readable = _readable_columns(row.columns)
    if row.table == "novigem_program":
        # The rest of it is about others.
        readable["text"] = [line.strip() for line in row.columns["text"].splitlines() if _names_them(line, redactor)]
        readable["terms"] = _terms(row.columns["text"], redactor)
    if row.table == "novigem_claim":
        readable["draft"] = _readable_columns(structs.asdict(read_draft(row.columns["draft"])))
    if row.table == "novigem_closing":
        readable["body"] = _own_standing(row.columns["body"], redactor)
    return readable


def _readable_columns(columns: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _readable(name, value) for name, value in columns.items() if value not in (None, ())}


def _terms(text: str, redactor: Redactor) -> list[Any]:
    """Give what holds in a program for the person alone."""
    try:
        program = load_kept_text(text, "program")
    except ProgramError:
        return []
    people = program.model_dump(mode="json", by_alias=True, exclude_unset=True).get("people", ())
    return [one for one in people if redactor.person(one["user"]) != one["user"]]


def _own_standing(body: str, redactor: Redactor) -> Any:
    """Give final standings with the rows of the person; where others stand is about others."""
    found = json.loads(body)
    for name in ("rows", "progress"):
        found[name] = [row for row in found.get(name, ()) if redactor.user(row["user"]) != row["user"]]
    if "apart" in found:
        found["apart"] = [row for row in found["apart"] if redactor.user(row["user"]) != row["user"]]
    if "leavers" in found:
        found["leavers"] = [user for user in found["leavers"] if redactor.user(user) != user]
    found["left_out"] = [user for user in found.get("left_out", ()) if redactor.user(user) != user]
    if "stays" in found:
        memberships = (Membership(*one) for one in found["stays"])
        found["stays"] = [_own_membership(one) for one in memberships if redactor.user(one.user) != one.user]
    return found


def _own_membership(membership: Membership) -> dict[str, Any]:
    ends = {"start": membership.start, "end": membership.end}
    open_ended = (ALWAYS_START, ALWAYS_END)
    return {"team": membership.team} | {
        name: None if at in open_ended else _moment_text(from_micros(at)) for name, at in ends.items()
    }


def _names_them(line: str, redactor: Redactor) -> bool:
    return redactor.text(line) != line


def _readable(name: str, value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, int) and not isinstance(value, bool) and name in _MOMENTS:
        return _moment_text(from_micros(value))
    if isinstance(value, str) and name in _DOCUMENTS:
        return json.loads(value)
    return value


def _standings(queries: Queries, person: str) -> Iterator[dict[str, Any]]:
    """Yield where somebody stands on each board, as they would see it themselves."""
    for program in queries.programs().values():
        # On a board of teams nobody stands alone.
        for board in (one for one in boards_of(program) if one.scope != "teams"):
            try:
                found = queries.board(board.id, program_id=program.program, user=person, limit=0)
            except UnknownName:
                continue  # a board whose challenge or manager is gone
            for row in found.around:
                if row.user == person:
                    where = {"program": program.program, "board": board.id, "period": found.period}
                    yield where | {"rank": row.rank, "points": row.points, "entries": row.entries}


def _moment_text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)
