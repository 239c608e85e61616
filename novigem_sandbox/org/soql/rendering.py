"""Rows as the API shows them: selected fields in their order, parents nested, an address for each."""

from collections.abc import Callable, Sequence
from typing import Any

from novigem_sandbox.org.soql.columns import Column, Lookup, Scope
from novigem_sandbox.org.soql.syntax import Path
from novigem_sandbox.org.table import Row

#: Gives the value of a field or a parent of a row; the text is the beginning of record addresses.
Part = Callable[[Row, str], Any]


def renderer(scope: Scope, columns: Sequence[Column]) -> Callable[[Row, str], dict[str, Any]]:
    """Give the function that shows a row of the scope's object. Its second argument is `/services/data/vNN.0`."""
    name = scope.shape.name
    if all(column.is_own for column in columns):
        # What the feed asks for, page after page, deserves the short way.
        plain = [(column.field.name, column.field.empty) for column in columns]

        def show_plain(row: Row, base: str) -> dict[str, Any]:
            get = row.get
            shown: dict[str, Any] = {"attributes": {"type": name, "url": f"{base}/sobjects/{name}/{row['Id']}"}}
            for field, empty in plain:
                shown[field] = get(field, empty)
            return shown

        return show_plain
    parts = _parts(scope, columns)

    def show(row: Row, base: str) -> dict[str, Any]:
        shown: dict[str, Any] = {"attributes": {"type": name, "url": f"{base}/sobjects/{name}/{row['Id']}"}}
        for key, part in parts:
            shown[key] = part(row, base)
        return shown

    return show


def _parts(scope: Scope, columns: Sequence[Column]) -> list[tuple[str, Part]]:
    parts: dict[str, Part] = {}
    for column in columns:
        key = column.names[0]
        if len(column.names) == 1:
            parts[key] = _value_part(column)
        elif key not in parts:
            parts[key] = _parent_part(scope, [one for one in columns if len(one.names) > 1 and one.names[0] == key])
    return list(parts.items())


def _value_part(column: Column) -> Part:
    get = column.get
    return lambda row, _base: get(row)


def _parent_part(scope: Scope, columns: Sequence[Column]) -> Part:
    step = scope.steps(Path(columns[0].names, columns[0].at))[0][0]
    find: Lookup = step.find
    names: dict[str, list[Column]] = {}
    for column in columns:
        names.setdefault(column.names[1], []).append(column)
    inner = _inner(scope, step.shape.name, columns)

    def show(row: Row, base: str) -> dict[str, Any] | None:
        found = find(row)
        if found is None:
            return None
        table, parent = found
        kind = table.shape.name
        told = "Name" if step.shape.name == "Name" else kind
        shown: dict[str, Any] = {"attributes": {"type": told, "url": f"{base}/sobjects/{kind}/{parent['Id']}"}}
        for key, part in inner:
            shown[key] = part(row, parent, base)
        return shown

    return show


def _inner(scope: Scope, name: str, columns: Sequence[Column]) -> list[tuple[str, Callable[[Row, Row, str], Any]]]:
    """Give the parts of a parent: its own values, read on the way from the row, and its own parents."""
    parts: dict[str, Callable[[Row, Row, str], Any]] = {}
    deeper: dict[str, list[Column]] = {}
    for column in columns:
        key = column.names[1]
        if len(column.names) == 2:  # noqa: PLR2004 - a parent and its field
            parts[key] = _from_row(column)
        else:
            deeper.setdefault(key, []).append(column)
            parts.setdefault(key, _from_row(column))
    for key, below in deeper.items():
        parent_scope = Scope(scope.database, scope.steps(Path(below[0].names[:2], below[0].at))[1], name)
        shortened = [column._replace(names=column.names[1:]) for column in below]
        parts[key] = _from_parent(_parent_part(parent_scope, [_again(parent_scope, one) for one in shortened]))
    return list(parts.items())


def _again(scope: Scope, column: Column) -> Column:
    return scope.column(Path(column.names, column.at))


def _from_row(column: Column) -> Callable[[Row, Row, str], Any]:
    get = column.get
    return lambda row, _parent, _base: get(row)


def _from_parent(part: Part) -> Callable[[Row, Row, str], Any]:
    return lambda _row, parent, base: part(parent, base)
