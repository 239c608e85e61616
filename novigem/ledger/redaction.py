"""Rows behind the veil: what every column may say of erased people. One definition for all stores, and for the export.

Columns are known by their names, so that a table that joins later is treated as its columns promise, and a column
nobody has thought of is treated like a value of a record.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import DecodeError, structs

from novigem.model.change import change_body, read_change_body
from novigem.model.claim import draft_bytes, fact_of, read_draft
from novigem.model.closing import body_digest, read_body, seal
from novigem.model.entry import key_digest
from novigem.model.judgement import flag_id
from novigem.model.redaction import Veil

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
        "detector",
        "how",
        "id",
        "key",
        "kind",
        "limits",
        "manager",
        "object",
        "org",
        "part",
        "period",
        "program",
        "record",
        "role",
        "rule",
        "scope",
        "state",
        "status",
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
        "why",
    )
)


def veiled_row(table: str, row: Mapping[str, Any], veil: Veil, veil_program: ProgramVeil) -> dict[str, Any]:
    """Give the columns of a row that must change for it to name no erased person, with their new values."""
    if not veil.may_name(_texts(table, row)):
        return {}
    made = {name: veiled_column(name, value, veil) for name, value in row.items() if isinstance(value, str)}
    if "key" in made and "key_digest" in row:
        made["key_digest"] = key_digest(made["key"])
    match table:
        case "novigem_change":
            made["body"] = _body(row["body"], veil)
        case "novigem_claim":
            made |= _claim(row["draft"], veil)
        case "novigem_closing":
            made["body"] = veiled_standings(row["body"], veil)
            made["digest"] = row["digest"] if made["body"] == row["body"] else body_digest(made["body"])
        case "novigem_flag":
            made |= _flag(row, veil)
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


def _texts(table: str, row: Mapping[str, Any]) -> Iterator[str]:
    yield from (value for value in row.values() if isinstance(value, str))
    if table == "novigem_claim":
        yield from (value for value in structs.astuple(read_draft(row["draft"])) if isinstance(value, str))


def _claim(kept: bytes, veil: Veil) -> dict[str, Any]:
    draft = read_draft(kept)
    texts = {name: value for name, value in structs.asdict(draft).items() if isinstance(value, str)}
    # The kind is a word of ours, and no text.
    made = {name: veiled_column(name, value, veil) for name, value in texts.items() if name != "kind"}
    veiled = structs.replace(draft, **made)
    return {"fact_digest": key_digest(fact_of(veiled.key)), "draft": draft_bytes(veiled)}


def _flag(row: Mapping[str, Any], veil: Veil) -> dict[str, Any]:
    if row["about"] is None:
        return {}
    about = veil.ids(row["about"])
    return {"about": about, "flag": row["flag"] if about == row["about"] else flag_id(about)}


def veiled_standings(body: str, veil: Veil) -> str:
    """Give the body of a closing without erased people; everybody keeps the place that was closed."""
    try:
        final = read_body(body)
    except DecodeError:
        return veil.text(body)
    made = structs.replace(
        final,
        name=veil.value(final.name),
        reason=final.reason and veil.text(final.reason),
        author=final.author and veil.text(final.author),
        rows=tuple(structs.replace(row, user=veil.user(row.user)) for row in final.rows),
        left_out=tuple(veil.user(user) for user in final.left_out),
        progress=tuple(structs.replace(row, user=veil.user(row.user)) for row in final.progress),
    )
    if final.ranks_teams:
        made = structs.replace(made, stays=tuple(stay._replace(user=veil.user(stay.user)) for stay in final.members))
    return body if made == final else seal(made).body


def _body(body: str, veil: Veil) -> str:
    change = read_change_body(body)
    veiled = veil.change(change)
    return body if veiled is change else change_body(veiled).decode()
