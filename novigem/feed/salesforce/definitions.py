"""What an org itself says of fields that follow from others: whether a stage is closed, and whether it is won."""

from collections.abc import Mapping
from typing import Any

from novigem.errors import OrgError
from novigem.feed.derived import derived_of
from novigem.feed.salesforce import soql
from novigem.feed.salesforce.org import FieldGone, Org, all_rows


class Definitions:
    """The definitions of one object's fields, each asked for once, and only when it is needed.

    What the org does not let us see is not known, and no reason to stop.
    """

    def __init__(self, org: Org, name: str) -> None:
        self._org = org
        self._name = name
        self._rows: dict[str, Mapping[Any, Mapping[str, Any]]] = {}

    def of(self, path: str, value: Any) -> Mapping[str, Any]:
        """Give, under the name of a field, its value where the field that it follows from has a value; or nothing."""
        defined_in = derived_of(self._name)[path].defined_in
        if defined_in is None:
            return {}
        if defined_in not in self._rows:
            self._rows[defined_in] = self._read(defined_in)
        return self._rows[defined_in].get(value, {})

    def _read(self, defined_in: str) -> Mapping[Any, Mapping[str, Any]]:
        fields = sorted(path for path, one in derived_of(self._name).items() if one.defined_in == defined_in)
        try:
            rows = list(all_rows(self._org, soql.every_one(defined_in, "ApiName", *fields), deleted=False))
        except (OrgError, FieldGone):
            return {}
        return {row["ApiName"]: {path: row[path] for path in fields} for row in rows}
