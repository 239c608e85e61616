"""The queries that the feed sends. Names come from the org's describe; values are formatted here and nowhere else."""

import re
from collections.abc import Collection, Iterable, Sequence

from novigem.feed.salesforce.schema import ObjectSchema
from novigem.model.change import from_micros
from novigem.model.ids import whole_id
from novigem.model.periods import SECOND

# A name from a describe or a program; anything else never reaches a query.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*){0,5}")
#: As many ids as fit in a query's address with room to spare.
IDS_AT_A_TIME = 200


def moment(micros: int) -> str:
    """Give the literal of a moment (microseconds since 1970 UTC), in whole seconds, rounded down."""
    return f"{from_micros(micros - micros % SECOND):%Y-%m-%dT%H:%M:%SZ}"


def changed_rows(schema: ObjectSchema, start: int, end: int, after: tuple[int, str] | None = None) -> str:
    """Ask for the rows stamped in `[start, end)`, oldest first; `after` goes on behind a (stamp, id)."""
    where = f"SystemModstamp >= {moment(start)} AND SystemModstamp < {moment(end)}"
    if after is not None:
        stamp, record = after
        at = moment(stamp)
        where += f" AND (SystemModstamp > {at} OR (SystemModstamp = {at} AND Id > {_id(record)}))"
    return f"{_select(schema.columns, schema.object)} WHERE {where} ORDER BY SystemModstamp ASC, Id ASC"


def every_row(schema: ObjectSchema, after: str = "") -> str:
    """Ask for all rows in order of id, behind an id."""
    where = f" WHERE Id > {_id(after)}" if after else ""
    return f"{_select(schema.columns, schema.object)}{where} ORDER BY Id ASC"


def bulk_rows(schema: ObjectSchema) -> str:
    """Ask for all rows in no order, as a bulk job is quickest."""
    return _select(schema.columns, schema.object)


def rows_of(schema: ObjectSchema, ids: Iterable[str]) -> str:
    """Ask for some rows."""
    return f"{_select(schema.columns, schema.object)} WHERE Id IN ({', '.join(map(_id, ids))})"


def every_id(schema: ObjectSchema, after: str = "") -> str:
    """Ask for the ids, stamps and marks of all rows in order of id, behind an id."""
    where = f" WHERE Id > {_id(after)}" if after else ""
    columns = ("Id", "SystemModstamp", "IsDeleted", *sorted(schema.marks - {"MasterRecordId"}))
    return f"{_select(columns, schema.object)}{where} ORDER BY Id ASC"


def row_count(name: str) -> str:
    """Ask for the number of rows."""
    return f"SELECT count() FROM {_name(name)}"  # noqa: S608 - a checked name


#: What is asked of a user besides its id and its stamp.
USER_FIELDS = ("Name", "Email", "IsActive", "UserRoleId", "UserRole.Name", "ManagerId", "TimeZoneSidKey")


def users(start: int | None, hidden: Collection[str] = ()) -> str:
    """Ask for the users stamped from a moment on, all of them for None; without the fields that may not be read."""
    columns = ("Id", *(field for field in USER_FIELDS if field not in hidden), "SystemModstamp")
    where = "" if start is None else f" WHERE SystemModstamp >= {moment(start)}"
    return f"{_select(columns, 'User')}{where} ORDER BY Id ASC"


def one_user() -> str:
    """Ask for any one user, with all that a sync asks of users: it is refused where one of that may not be read."""
    return f"{_select(('Id', *USER_FIELDS), 'User')} LIMIT 1"


def users_named(emails: Iterable[str], ids: Iterable[str], hidden: Collection[str] = ()) -> str:
    """Ask for the users with some e-mail addresses or ids, one of which must be given; without what may not be read."""
    fields = [field for field in USER_FIELDS if field not in hidden]
    named = {"Email": ", ".join(map(_text, emails)), "Id": ", ".join(map(_id, ids))}
    where = " OR ".join(f"{field} IN ({listed})" for field, listed in named.items() if listed)
    return f"{_select(('Id', *fields), 'User')} WHERE {where}"


def active_users() -> str:
    """Ask for the e-mail addresses of all users who may still sign in."""
    return f"{_select(('Email',), 'User')} WHERE IsActive = true"


def every_one(name: str, *fields: str) -> str:
    """Ask for some fields of all records of an object, in no order."""
    return _select(fields, name)


def history_rows(schema: ObjectSchema, ids: Sequence[str], start: int) -> str:
    """Ask for the field history of some records from a moment on, oldest first."""
    parent = _name(schema.history_parent or "")
    columns = ("Id", parent, "Field", "OldValue", "NewValue", "CreatedDate", "CreatedById")
    where = f"{parent} IN ({', '.join(map(_id, ids))}) AND CreatedDate >= {moment(start)}"
    return f"{_select(columns, schema.history or '')} WHERE {where} ORDER BY CreatedDate ASC, Id ASC"


def _select(columns: Iterable[str], name: str) -> str:
    return f"SELECT {', '.join(map(_name, columns))} FROM {_name(name)}"  # noqa: S608 - checked names


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of an object or a field")
    return name


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    # A line break or another sign of its kind has no business in a name, and a literal must not hold it as it is.
    return f"'{''.join(char if char.isprintable() else ' ' for char in escaped)}'"


def _id(record: str) -> str:
    return f"'{whole_id(record)}'"
