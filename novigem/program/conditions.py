"""Reads `when:` by hand, because the three ways to write it would make pydantic report each mistake three times."""

import re
from collections.abc import Iterator
from typing import Any, Final

from novigem.model.guesses import advise
from novigem.model.program import Within
from novigem.program.document import Document, Path
from novigem.program.draft import Placed
from novigem.program.repair import fix_keys, report_values
from novigem.program.words import KIND_WORDS, either, kind_of, quoted, show
from novigem.rules.operators import Operator, Registry
from novigem.rules.patterns import LONGEST_PATTERN

_FIELD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*){0,5}\Z")
LONGEST_FIELD: Final = 200
_GROUP_WORDS: Final = frozenset({"all", "and", "or", "not", "none", "any"})
_EXAMPLE: Final = "write `Status: {equals: Completed}`"


class WhenReader:
    """Reads the conditions of one rule into groups, noting every mistake. `sound` is false once there is one."""

    def __init__(self, document: Document, registry: Registry) -> None:
        self.document = document
        self.registry = registry
        self.sound = True

    def read(self, raw: Any, path: Path) -> tuple[tuple[Placed, ...], ...]:
        """Give the groups: all conditions of one group must hold, and one group must."""
        if raw is None:
            return ()
        if isinstance(raw, dict) and set(raw) == {"any"}:
            return self._groups(raw["any"], (*path, "any"))
        if isinstance(raw, dict) and isinstance(raw.get("any"), list):
            hint = "put the other conditions inside each group of `any`"
            self._refuse((*path, "any"), "NV203", "`any` cannot stand beside other conditions", hint, key=True)
            return ()
        return (tuple(self._group(raw, path)),)

    def _groups(self, raw: Any, path: Path) -> tuple[tuple[Placed, ...], ...]:
        if not isinstance(raw, list):
            self._refuse(
                path, "NV203", f"`any` takes a list of condition groups; found {show(raw)}", "begin each with `- `"
            )
            return ()
        if not raw:
            self._refuse(path, "NV207", "`any` has no condition group", "remove `when`, or name a condition")
        return tuple(tuple(self._group(one, (*path, number))) for number, one in enumerate(raw))

    def _group(self, raw: Any, path: Path) -> Iterator[Placed]:
        if not isinstance(raw, (dict, list)):
            self._refuse(path, "NV203", f"conditions are a list or a mapping; found {show(raw)}", _EXAMPLE)
            return
        if not raw:
            self._refuse(path, "NV207", "there is no condition here", f"remove it, or {_EXAMPLE}")
            return
        if isinstance(raw, dict):
            yield from self._mapping(raw, path)
            return
        for number, one in enumerate(raw):
            if self.document.full:
                return
            at = (*path, number)
            if isinstance(one, dict) and one:
                yield from self._mapping(one, at)
            else:
                self._refuse(at, "NV203", f"a condition is a field with its operators; found {show(one)}", _EXAMPLE)

    def _mapping(self, raw: dict[str, Any], path: Path) -> Iterator[Placed]:
        if {"field", "operator"} <= {key.lower() for key in raw}:
            self._refuse(path, "NV203", "a condition begins with the field's own name", _EXAMPLE)
            return
        for name, operators in raw.items():
            if self.document.full:
                return
            yield from self._field(name, operators, (*path, name))

    def _field(self, name: str, operators: Any, path: Path) -> Iterator[Placed]:
        if name.lower() in _GROUP_WORDS and not isinstance(operators, dict):
            hint = "a list under `when` means that all must hold; `any:` takes a list of groups, and groups do not nest"
            self._refuse(path, "NV203", f"`{name}` cannot stand here", hint, key=True)
        elif not _FIELD.match(name) or len(name) > LONGEST_FIELD:
            hint = "letters, digits and underscores; parents are dotted, as in RecordType.DeveloperName"
            self._refuse(path, "NV206", f"{quoted(name)} is not the API name of a field", hint, key=True)
        elif not isinstance(operators, dict):
            hint = f"write `{name}: {{equals: ...}}`"
            self._refuse(path, "NV203", f"`{name}` needs an operator; found {show(operators)}", hint)
        elif not operators:
            self._refuse(path, "NV207", f"`{name}` has no operator", f"write `{name}: {{equals: ...}}`")
        else:
            for operator, value in operators.items():
                yield from self._operator(name, operator, value, (*path, operator))

    def _operator(self, field: str, name: str, value: Any, path: Path) -> Iterator[Placed]:
        operator = self.registry.operator(name)
        if operator is None:
            names = (one.name for one in self.registry.operators)
            self._refuse(path, "NV208", f"unknown operator `{name}`", advise(name, names, intro="operators"), key=True)
        elif self._accepts(operator, value, path) and not self.document.is_spoilt(path):
            yield Placed(path, field, name, value)
        else:
            self.sound = False

    def _accepts(self, operator: Operator, value: Any, path: Path) -> bool:
        kind = kind_of(value)
        if kind == "nothing":
            hint = "to ask for an empty field, write `isBlank: true`"
            return self._refuse(path, "NV210", f"`{operator.name}` has no value", hint)
        if kind not in operator.values:
            allowed = either(_KINDS[one] for one in operator.values)
            return self._refuse(
                path, "NV209", f"`{operator.name}` takes {allowed}; found {show(value)}", _way_out(operator, value)
            )
        if kind == "list":
            return self._accepts_list(operator, value, path)
        if operator.name == "matches":
            return self._accepts_pattern(value, path)
        return self._accepts_days(value, path) if kind == "days" else True

    def _accepts_list(self, operator: Operator, values: list[Any], path: Path) -> bool:
        kinds = sorted({kind_of(value) for value in values})
        if not kinds:
            return self._refuse(path, "NV207", f"`{operator.name}` has no values", "name at least one")
        for number, value in enumerate(values):
            if kind_of(value) in {"nothing", "list", "days"}:
                message = f"`{operator.name}` takes plain values; found {show(value)}"
                return self._refuse((*path, number), "NV209", message, "name one value an entry")
        if len(kinds) > 1:
            found = " and ".join(KIND_WORDS[kind] for kind in kinds)
            hint = "put quotes around the ones that are text"
            return self._refuse(
                path, "NV211", f"the values of `{operator.name}` must be of one kind; found {found}", hint
            )
        return not any(self.document.is_spoilt((*path, number)) for number in range(len(values)))

    def _accepts_pattern(self, value: str, path: Path) -> bool:
        if not value:
            hint = "to ask for an empty field, write `isBlank: true`"
            return self._refuse(path, "NV206", "the pattern of `matches` is empty", hint)
        if len(value) > LONGEST_PATTERN:
            message = f"the pattern of `matches` is too long: {len(value)} characters, at most {LONGEST_PATTERN}"
            return self._refuse(path, "NV206", message, "shorten it; `*` stands for any text")
        return True

    def _accepts_days(self, value: dict[str, Any], path: Path) -> bool:
        before = len(self.document.findings)
        known, _broken = fix_keys(self.document, Within, value, path)
        report_values(self.document, Within, known, path)
        if len(self.document.findings) > before:
            return False
        if all(known.get(key) is None for key in ("from_days", "to_days")):
            return self._refuse(path, "NV207", "`within` has no days", "write `within: {from_days: 0, to_days: 60}`")
        return True

    def _refuse(self, path: Path, code: str, message: str, hint: str, *, key: bool = False) -> bool:
        self.sound = False
        (self.document.at_key if key else self.document.at_value)(path, code, message, hint)
        return False


_KINDS: Final = KIND_WORDS | {
    "days": "a range of days such as {from_days: 0, to_days: 60}",
    "list": "a list such as [A, B]",
}


def _way_out(operator: Operator, value: Any) -> str:
    """Give the next step for a value of the wrong kind."""
    kind = kind_of(value)
    if "list" in operator.values:
        return f"write `{operator.name}: [{value}]`" if kind != "days" else "write the values as [A, B]"
    if kind == "list":
        return "to compare with several values, use `in: [...]` or `notIn: [...]`"
    if kind == "text" and operator.values == ("boolean",):
        return "write true or false, without quotes"
    if kind == "text" and re.match(r"[-+]?[0-9]", value):
        plain = re.sub(r"[,_ ]", "", value)
        return (
            f"write {plain}, without quotes"
            if re.fullmatch(r"-?[0-9][-0-9.]*", plain)
            else "write digits only, without quotes"
        )
    if "text" in operator.values and kind != "days":
        return f'put quotes around it: "{value}"'
    return f"operators that take {_KINDS[kind]} are listed in the reference of program files"
