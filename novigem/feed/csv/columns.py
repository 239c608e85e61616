"""Which columns of a file a mapping asks for: the header line is known by them."""

from collections.abc import Iterable, Iterator

from novigem.feed.csv.mapping import Cell, HistoryMapping, LogMapping, Mapping, RecordsFile, StatesMapping, Users, When

#: The labels that reports of field history give to the columns of the history objects.
LABELS = {
    "field": ("Field / Event", "Field/Event"),
    "old": ("Old Value",),
    "new": ("New Value",),
    "at": ("Edit Date",),
}
_PEOPLE = ("id", "name", "email", "role", "manager", "active")


def wanted_of(mapping: Mapping) -> list[tuple[str, ...]]:
    """Give the columns of the export itself, each with every name that it may have."""
    users = mapping.users
    names = list(_one_name(wanted_of_people(users) if users is not None and users.file is None else ()))
    if isinstance(mapping, HistoryMapping):
        return _unique([*history_columns(mapping).values(), *names])
    own = _of_states(mapping) if isinstance(mapping, StatesMapping) else _of_log(mapping)
    return _unique([*_one_name(own), *names])


def wanted_of_people(users: Users) -> Iterator[str]:
    """Give the columns of the file of people."""
    yield from _of_cells(getattr(users, part) for part in _PEOPLE)


def wanted_of_records(records: RecordsFile) -> Iterator[str]:
    """Give the columns of a second file of what never changes."""
    yield from _of_cells([records.id, *records.fields.values()])


def history_columns(mapping: HistoryMapping) -> dict[str, tuple[str, ...]]:
    """Give the names that each column of a field history may have; those that the mapping names have that one."""
    columns, told = mapping.columns, mapping.columns.model_fields_set
    named = {"field": columns.field, "old": columns.old, "new": columns.new, "at": columns.at.column}
    found = {part: (name,) if part in told else (name, *LABELS[part]) for part, name in named.items()}
    if columns.id is not None and columns.id.column is not None:
        found["id"] = (columns.id.column,)
    else:
        own = "ParentId" if mapping.object.endswith("__c") else f"{mapping.object}Id"
        found["id"] = (own, f"{mapping.object} ID")
    if columns.by is not None and columns.by.column is not None:
        found["by"] = (columns.by.column,)
    return found


def _of_states(mapping: StatesMapping) -> Iterator[str]:
    yield from _of_cells([mapping.id, *mapping.fields.values()])
    for moment in mapping.moments:
        yield moment.at.column
        yield from moment.where
        yield from _of_cells([moment.by, *moment.new.values(), *(moment.old or {}).values()])


def _of_log(mapping: LogMapping) -> Iterator[str]:
    yield from _of_cells([mapping.id, mapping.by, mapping.created_by, mapping.deleted, *mapping.fields.values()])
    yield from (one.column for one in _whens(mapping.at, mapping.until, mapping.created))
    if mapping.order is not None:
        yield mapping.order


def _whens(*columns: When | None) -> Iterator[When]:
    yield from (one for one in columns if one is not None)


def _of_cells(cells: Iterable[Cell | None]) -> Iterator[str]:
    yield from (cell.column for cell in cells if cell is not None and cell.column is not None)


def _one_name(columns: Iterable[str]) -> Iterator[tuple[str, ...]]:
    yield from ((name,) for name in columns)


def _unique(columns: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return list(dict.fromkeys(columns))
