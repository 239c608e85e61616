"""Exporting a person: everything that is kept about somebody, as one JSON document.

It holds exactly what an erasure would rewrite, row by row, and where the person stands. Nothing is held in memory but
the row at hand.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from novigem.errors import UnknownName
from novigem.ledger.privacy import Row
from novigem.model.change import from_micros, id18
from novigem.model.veil import Veil
from novigem.privacy.erasing import rows_about, veil_of
from novigem.queries import DEFAULT_BOARD, Queries

#: What each table is called in the document; a table that is not here goes by its own name.
SECTIONS = {
    "novigem_badge_award": "badges",
    "novigem_change": "changes",
    "novigem_item": "counted",
    "novigem_ledger": "entries",
    "novigem_person": "people",
    "novigem_privacy": "opted_out",
    "novigem_program": "programs",
    "novigem_progress": "progress",
    "novigem_rejected": "rejected",
    "novigem_report": "reports",
    "novigem_snapshot": "records",
    "novigem_total": "totals",
}
_MOMENTS = frozenset(
    (
        "accepted",
        "at",
        "awarded",
        "completed",
        "first",
        "last",
        "modified",
        "moment",
        "occurred",
        "opted_out",
        "reached",
        "recorded",
        "seen",
        "stamp",
    )
)  # fmt: skip - a list of words reads better in lines
_DOCUMENTS = frozenset(("body", "counts", "values"))


def export_person(queries: Queries, person: str, *, now: datetime, also: Sequence[str] = ()) -> Iterator[str]:
    """Yield the pieces of the document about somebody. `person` is the id; `also` are former names and addresses.

    The ids of colleagues stand in it where they stand in the person's own rows; their names do not.
    """
    person = id18(person)
    store = queries.store
    told = store.find_people([person]).get(person)
    veil = veil_of(store, person, also)
    head = {
        "exported_at": _moment_text(now),
        "user": person,
        "name": told and told.name,
        "email": told and told.email,
        "standings": list(_standings(queries, person)),
    }
    yield _text(head).rstrip("\n}")
    for table, rows in groupby(rows_about(store, veil), key=lambda row: row.table):
        yield f",\n {json.dumps(SECTIONS.get(table, table.removeprefix('novigem_')))}: ["
        separator = "\n  "
        for row in rows:
            yield separator + json.dumps(readable_row(row, veil), ensure_ascii=False)
            separator = ",\n  "
        yield "\n ]"
    yield "\n}\n"


def readable_row(row: Row, veil: Veil) -> dict[str, Any]:
    """Give a row as a person reads it: moments in ISO 8601, digests in hex, documents opened, nothing left empty."""
    readable = {name: _readable(name, value) for name, value in row.columns.items() if value is not None}
    if row.table == "novigem_program":
        # The rest of it is about others.
        readable["text"] = [line.strip() for line in row.columns["text"].splitlines() if _names_them(line, veil)]
    return readable


def _names_them(line: str, veil: Veil) -> bool:
    return veil.text(line) != line


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
        for board in program.leaderboards or (DEFAULT_BOARD,):
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
