"""Claims as rows, and the change log read by record."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, delete, func, literal, select

from novigem.ledger.sql.bulk import BulkWriter, KeyReader
from novigem.ledger.sql.tables import change, claim
from novigem.ledger.store import LoggedChange
from novigem.model.change import Change, read_change_body
from novigem.model.claim import Claim, ClaimState, draft_bytes, read_draft
from novigem.model.entry import key_digest

_COLUMNS = ("state", "wins", "paid", "why", "draft")
_CLAIMS = BulkWriter(claim, "update")
_OF_RECORDS = KeyReader(claim, "record", columns=_COLUMNS)
_OF_FACTS = KeyReader(claim, "fact_digest", columns=_COLUMNS)
# Only what wins takes room.
_BETWEEN = KeyReader(claim, "limits", "user", columns=_COLUMNS, between="at", only="wins")
_SINCE = KeyReader(change, "record", columns=("record", "at", "digest"), between="at")
_LOGGED = KeyReader(change, "record", between="at")

_LATEST_MOMENT = 2**62
_STATES = {state.value: state for state in ClaimState}


def write_claims(connection: Connection, claims: Iterable[tuple[str, Claim]]) -> None:
    """Write claims over the old ones, each with the name of the group its limits are counted in."""
    _CLAIMS.write(connection, [claim_row(group, one) for group, one in claims])


def claim_row(group: str, one: Claim) -> tuple[Any, ...]:
    """Give the row of a claim, in the order of the table's columns."""
    draft, fact = one.draft, one.fact
    return (
        key_digest(fact),
        draft.change or b"",
        draft.key[len(fact) :],
        draft.program,
        draft.rule or "",
        draft.record or "",
        draft.user,
        draft.occurred,
        group,
        one.state.value,
        one.wins,
        one.paid,
        one.why,
        draft_bytes(draft),
    )


def row_claim(row: Mapping[str, Any]) -> Claim:
    """Give the claim of a row."""
    return next(iter(_claims(iter([tuple(row[name] for name in _COLUMNS)]))))


def clear_claims(connection: Connection, program: str) -> None:
    """Remove the claims of a program."""
    connection.execute(delete(claim).where(claim.c.program == program))


def claims_of_program(program: str) -> Select[Any]:
    """Give the query for the claims of a program, each with its group; see `read_grouped`."""
    columns = [claim.c.limits, *(claim.c[name] for name in _COLUMNS)]
    return select(*columns).where(claim.c.program == program)


def read_grouped(row: Sequence[Any]) -> tuple[str, Claim]:
    """Give a claim with the name of the group its limits are counted in."""
    group, *rest = row
    (one,) = _claims(iter([tuple(rest)]))
    return group, one


def claims_of_records(connection: Connection, records: Collection[str]) -> list[Claim]:
    """Give the claims that rest on some records."""
    return _claims(_OF_RECORDS.read(connection, [(one,) for one in records]))


def claims_of_facts(connection: Connection, facts: Collection[str]) -> list[Claim]:
    """Give the claims to some facts, each named by its dedupe key less the part."""
    return _claims(_OF_FACTS.read(connection, [(key_digest(one),) for one in facts]))


def claims_between(connection: Connection, groups: Collection[tuple[str, str]], since: int, until: int) -> list[Claim]:
    """Give the winning claims of some groups and users whose moment lies in `[since, until)`."""
    return _claims(_BETWEEN.read(connection, groups, since, until))


def _claims(rows: Iterator[tuple[Any, ...]]) -> list[Claim]:
    # By place: there are thousands of them in a page, and names take several times as long. SQLite keeps a boolean as
    # a number.
    return [Claim(read_draft(draft), _STATES[state], bool(wins), paid, why) for state, wins, paid, why, draft in rows]


def logged_since(connection: Connection, records: Collection[str], since: int) -> list[tuple[str, int, bytes]]:
    """Give record, moment and digest of the logged changes of some records, from a moment on."""
    rows = _SINCE.read(connection, [(one,) for one in records], since, _LATEST_MOMENT)
    return [(record, at, bytes(digest)) for record, at, digest in rows]


def count_logged(connection: Connection, since: int, at_most: int) -> int:
    """Give how many changes are logged of a moment or later, counting no further than `at_most`."""
    found = select(literal(1)).where(change.c.at >= since).limit(at_most).subquery()
    return connection.execute(select(func.count()).select_from(found)).scalar_one()


def logged_changes(connection: Connection, records: Collection[str], since: int) -> list[tuple[LoggedChange, Change]]:
    """Give all logged changes of some records from a moment on, in order of moment."""
    rows = _LOGGED.read(connection, [(one,) for one in records], since, _LATEST_MOMENT)
    return [(one, read_change_body(one.body)) for one in sorted(LoggedChange(*row) for row in rows)]
