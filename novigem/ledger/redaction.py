"""Rows without erased people: what every column may say of them. One definition for all stores, and the export.

Columns are known by their names, so that a table that joins later is treated as its columns promise, and a column
nobody has thought of is treated like a value of a record.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import DecodeError, structs

from novigem.ledger.counted import also_text, read_also, redacted_also
from novigem.model.change import change_body, read_change_body
from novigem.model.claim import draft_bytes, fact_of, read_draft
from novigem.model.closing import body_digest, read_body, seal
from novigem.model.entry import key_digest
from novigem.model.judgement import flag_id
from novigem.model.redaction import Redactor

#: Gives a program's text without erased people. What a program is belongs to a layer above the ledger.
ProgramRedactor = Callable[[str], str]

#: What is kept to know erased people again, and names nobody.
UNTOUCHED_TABLES = frozenset(("novigem_secret", "novigem_erased"))
#: Rows that name an erased person are of no use without the name: they are removed.
FORGOTTEN_TABLES = frozenset(
    ("novigem_api_token", "novigem_binding", "novigem_preference", "novigem_session", "novigem_sign_in_link")
)
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
        "means",
        "object",
        "org",
        "part",
        "period",
        "person",
        "program",
        "record",
        "reference",
        "role",
        "role_id",
        "rule",
        "scope",
        "state",
        "status",
        "timezone",
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


def redacted_row(
    table: str, row: Mapping[str, Any], redactor: Redactor, redact_program: ProgramRedactor
) -> dict[str, Any]:
    """Give the columns of a row that must change for it to name no erased person, with their new values."""
    if not redactor.may_name(_texts(table, row)):
        return {}
    made = {name: redacted_column(name, value, redactor) for name, value in row.items() if isinstance(value, str)}
    if "key" in made and "key_digest" in row:
        made["key_digest"] = key_digest(made["key"])
    match table:
        case "novigem_change":
            made["body"] = _body(row["body"], redactor)
        case "novigem_claim":
            made |= _claim(row["draft"], redactor)
        case "novigem_closing":
            made["body"] = redacted_standings(row["body"], redactor)
            made["digest"] = row["digest"] if made["body"] == row["body"] else body_digest(made["body"])
        case "novigem_flag":
            made |= _flag(row, redactor)
        case "novigem_snapshot":
            made["values"] = redactor.values(row["values"])
        case "novigem_program":
            made["text"] = redact_program(row["text"])
        case "novigem_person":
            # Another person may bear the same name, and goes on to be called so.
            is_erased = made["id"] != row["id"]
            made |= {name: None if is_erased else row[name] for name in ("name", "email")}
    return {name: value for name, value in made.items() if value != row[name]}


def redacted_column(name: str, value: str, redactor: Redactor) -> Any:
    """Give the text of a column without erased people."""
    if name == "also":
        return also_text(redacted_also(read_also(value), redactor))
    if name in _IDENTIFIERS:
        return redactor.ids(value)
    return redactor.text(value) if name in _WORDS else redactor.value(value)


def _texts(table: str, row: Mapping[str, Any]) -> Iterator[str]:
    yield from (value for value in row.values() if isinstance(value, str))
    if table == "novigem_claim":
        draft = read_draft(row["draft"])
        yield from (value for value in structs.astuple(draft) if isinstance(value, str))
        yield from (one.goal_item for one in draft.also if one.goal_item)


def _claim(kept: bytes, redactor: Redactor) -> dict[str, Any]:
    draft = read_draft(kept)
    texts = {name: value for name, value in structs.asdict(draft).items() if isinstance(value, str)}
    # The kind is a word of ours, and no text.
    made = {name: redacted_column(name, value, redactor) for name, value in texts.items() if name != "kind"}
    redacted = structs.replace(draft, **made, also=redacted_also(draft.also, redactor))
    return {"fact_digest": key_digest(fact_of(redacted.key)), "draft": draft_bytes(redacted)}


def _flag(row: Mapping[str, Any], redactor: Redactor) -> dict[str, Any]:
    if row["about"] is None:
        return {}
    about = redactor.ids(row["about"])
    return {"about": about, "flag": row["flag"] if about == row["about"] else flag_id(about)}


def redacted_standings(body: str, redactor: Redactor) -> str:
    """Give the body of a closing without erased people; everybody keeps the place that was closed."""
    try:
        final = read_body(body)
    except DecodeError:
        return redactor.text(body)
    made = structs.replace(
        final,
        name=redactor.value(final.name),
        reason=final.reason and redactor.text(final.reason),
        author=final.author and redactor.text(final.author),
        rows=tuple(structs.replace(row, user=redactor.user(row.user)) for row in final.rows),
        left_out=tuple(redactor.user(user) for user in final.left_out),
        progress=tuple(structs.replace(row, user=redactor.user(row.user)) for row in final.progress),
    )
    if final.gone:
        made = structs.replace(made, leavers=tuple(sorted(redactor.user(user) for user in final.gone)))
    if final.unranked:
        apart = tuple(structs.replace(row, user=redactor.user(row.user)) for row in final.unranked)
        made = structs.replace(made, apart=apart)
    if final.ranks_teams:
        made = structs.replace(
            made,
            memberships=tuple(membership._replace(user=redactor.user(membership.user)) for membership in final.members),
        )
    return body if made == final else seal(made).body


def _body(body: str, redactor: Redactor) -> str:
    change = read_change_body(body)
    redacted = redactor.change(change)
    return body if redacted is change else change_body(redacted).decode()
