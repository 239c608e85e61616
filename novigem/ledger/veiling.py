"""Rows behind the veil: what every column may say of erased people. One definition for all stores, and for the export.

Columns are known by their names, so that a table that joins later is treated as its columns promise, and a column
nobody has thought of is treated like a value of a record.
"""

from collections.abc import Callable, Mapping
from typing import Any

from novigem.model.change import change_body, read_change_body
from novigem.model.entry import key_digest
from novigem.model.veil import Veil

#: Gives a program's text without erased people. What a program is belongs to a layer above the ledger.
ProgramVeil = Callable[[str], str]

#: What is kept to know erased people again, and names nobody.
UNTOUCHED_TABLES = frozenset(("novigem_secret", "novigem_erased"))
# Identifiers, and keys made of them: ids in them are replaced, and what looks like a name is none.
_IDENTIFIERS = frozenset(
    (
        "account",
        "badge",
        "book",
        "chain",
        "challenge",
        "id",
        "key",
        "kind",
        "manager",
        "object",
        "org",
        "period",
        "program",
        "record",
        "role",
        "rule",
        "scope",
        "state",
        "user",
        "version",
    )
)  # fmt: skip - a list of words reads better in lines
# What people wrote, or programs wrote for people.
_WORDS = frozenset(
    (
        "author",
        "body",
        "decided_by",
        "decision",
        "feed",
        "name",
        "note",
        "owner",
        "place",
        "raw",
        "reason",
        "text",
    )
)


def veiled_row(table: str, row: Mapping[str, Any], veil: Veil, veil_program: ProgramVeil) -> dict[str, Any]:
    """Give the columns of a row that must change for it to name no erased person, with their new values."""
    if not veil.may_name(value for value in row.values() if isinstance(value, str)):
        return {}
    made = {name: veiled_column(name, value, veil) for name, value in row.items() if isinstance(value, str)}
    if "key" in made and "key_digest" in row:
        made["key_digest"] = key_digest(made["key"])
    match table:
        case "novigem_change":
            made["body"] = _body(row["body"], veil)
        case "novigem_snapshot":
            made["values"] = veil.values(row["values"])
        case "novigem_program":
            made["text"] = veil_program(row["text"])
        case "novigem_person":
            # Another person may bear the same name, and goes on to be called so.
            is_erased = made["id"] != row["id"]
            made |= {name: None if is_erased else row[name] for name in ("name", "email")}
    return {name: value for name, value in made.items() if value != row[name]}


def veiled_column(name: str, value: str, veil: Veil) -> Any:
    """Give the text of a column without erased people."""
    if name in _IDENTIFIERS:
        return veil.ids(value)
    return veil.text(value) if name in _WORDS else veil.value(value)


def _body(body: str, veil: Veil) -> str:
    change = read_change_body(body)
    veiled = veil.change(change)
    return body if veiled is change else change_body(veiled).decode()
