"""Rules compiled once into indexed Python, so that the cost of a change hardly grows with the number of rules.

The index is a tree. Its root is the object and the trigger; an update then branches on the fields it changed, and
every branch on the value of the field that most of its rules compare. What no branch decides is tested in line.

The code is built as a syntax tree: program text enters only as constants or as objects in the namespace, so nothing
written in a program can become code. Fields are read by direct subscript; a change that does not tell a field, or
tells a value of another type, falls back to the interpreter, which knows the third value. Measured against closures,
`.get` and no index in `benchmarks/rules.py`.
"""

import ast
import functools
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from novigem.model.change import Change
from novigem.model.ids import differs, reference, stands_alone
from novigem.model.program import Condition, Rule
from novigem.model.text import one_form
from novigem.rules.candidates import Candidates, Match, bind, index_values, interpret
from novigem.rules.interpret import check_condition, held_before
from novigem.rules.onset import group_at_creation, is_of_the_moment, leaves_alone
from novigem.rules.operators import CHANGE_OPERATORS, DEFAULT_REGISTRY, Registry


class Undecided(Exception):  # noqa: N818 - a signal inside this module: leave the fast path
    """A condition is unknown, so the interpreter has to judge the change."""


class Clause(NamedTuple):
    """One condition group of one rule, as far as the branches above it have not decided it already.

    `is_new` tells of an edit that the rule did not hold before it; None where that needs no asking. `fields` are those
    of which one must have changed for that.
    """

    rule: int
    conditions: tuple[Condition, ...]
    zone: ZoneInfo
    is_new: Callable[[Change], bool] | None = None
    fields: tuple[str, ...] = ()


Handler = Callable[[Change, dict[str, Any], Any], tuple[int, ...]]
Matcher = Callable[[Change], Match | None]

# A branch pays off only when it decides for several clauses at once; below, testing in line is faster.
_LEAST_CLAUSES_FOR_A_BRANCH = 3

# Templates of our own, never of a program. FIELD, VALUE and HELPER are replaced by constants and namespace names.
# Nearly every text is ASCII, and so in its one form.
_TEXT = "(value if value.isascii() else one_form(value))"
_BY_TEXT = {
    "equals": "new[FIELD] == VALUE",
    "notEquals": "new[FIELD] != VALUE",
    "changedFrom": "FIELD in old and old[FIELD] == VALUE and new[FIELD] != VALUE",
    "changedTo": "FIELD in old and new[FIELD] == VALUE and old[FIELD] != VALUE",
    "contains": f"(value := new[FIELD]) is not None and {_TEXT}.find(VALUE) >= 0",
    "notContains": f"(value := new[FIELD]) is None or {_TEXT}.find(VALUE) < 0",
    "startsWith": f"(value := new[FIELD]) is not None and {_TEXT}.startswith(VALUE)",
    "endsWith": f"(value := new[FIELD]) is not None and {_TEXT}.endswith(VALUE)",
}
_BY_TEXT_LIST = {"in": "new[FIELD] in VALUES", "notIn": "new[FIELD] not in VALUES"}
# A value that may be an id is compared by the record it names, and one that may be spelt otherwise by its form; all
# others are spared the call.
_BY_REFERENCE = {
    "equals": "reference(new[FIELD]) == VALUE",
    "notEquals": "reference(new[FIELD]) != VALUE",
    "changedFrom": "FIELD in old and reference(old[FIELD]) == VALUE and reference(new[FIELD]) != VALUE",
    "changedTo": "FIELD in old and reference(new[FIELD]) == VALUE and reference(old[FIELD]) != VALUE",
}
_BY_REFERENCE_LIST = {"in": "reference(new[FIELD]) in VALUES", "notIn": "reference(new[FIELD]) not in VALUES"}
_BY_NUMBER = {
    "greaterThan": "(value := new[FIELD]) is not None and value > VALUE",
    "greaterThanOrEqual": "(value := new[FIELD]) is not None and value >= VALUE",
    "lessThan": "(value := new[FIELD]) is not None and value < VALUE",
    "lessThanOrEqual": "(value := new[FIELD]) is not None and value <= VALUE",
    "increasedBy": "FIELD in old and (value := new[FIELD]) is not None and (before := old[FIELD]) is not None"
    " and value != before and value - before >= VALUE",
}
_BY_FLAG = {
    ("equals", True): "new[FIELD] is True",
    ("equals", False): "new[FIELD] is False",
    ("isBlank", True): "new[FIELD] in (None, '')",
    ("isBlank", False): "new[FIELD] not in (None, '')",
    ("isNotBlank", True): "new[FIELD] not in (None, '')",
    ("isNotBlank", False): "new[FIELD] in (None, '')",
    ("isChanged", True): "FIELD in old and old[FIELD] != new[FIELD] and differs(old[FIELD], new[FIELD])",
    ("isChanged", False): "FIELD not in old or old[FIELD] == new[FIELD] or not differs(old[FIELD], new[FIELD])",
}


def compile_rules(rules: Sequence[tuple[Rule, ZoneInfo]], registry: Registry = DEFAULT_REGISTRY) -> Matcher:
    """Compile rules, each with the zone of its program, into one function from a change to its `Match` or None.

    Raises KeyError for an operator that the registry does not hold; the loader reports those with their place.
    """
    sources: dict[tuple[str, str], list[Clause]] = defaultdict(list)
    by_source: dict[tuple[str, str], Candidates] = defaultdict(Candidates)
    for index, (rule, zone) in enumerate(rules):
        judge = bind(rule, zone, registry)
        for kind in rule.kinds:
            source = (rule.object, kind)
            by_source[source].add(rule, (index, judge))
            sources[source] += _clauses(index, rule, zone, registry, kind)

    builder = _Builder(registry)
    handlers = {source: builder.handler(clauses, changes=source[1] == "update") for source, clauses in sources.items()}
    functions = builder.build()
    table: dict[str, dict[str, Handler]] = defaultdict(dict)
    for (object_name, trigger), name in handlers.items():
        table[object_name][trigger] = functions[name]
    fall_back = functools.partial(interpret, by_source)
    match = _matcher(table, fall_back)
    if not any(rule.waits_for_the_onset for rule, _zone in rules):
        return match
    # Such rules judge the first look at a record by themselves.
    return lambda change: fall_back(change) if change.as_first_seen else match(change)


def _clauses(index: int, rule: Rule, zone: ZoneInfo, registry: Registry, kind: str) -> Iterator[Clause]:
    if rule.waits_for_the_onset and kind == "update":
        yield from _onset_clauses(index, rule, zone, registry)
        return
    for group in rule.groups or ((),):
        conditions: tuple[Condition, ...] | None = group
        if kind == "create":
            conditions = group_at_creation(group) if rule.waits_for_the_onset else _at_create(group)
        if conditions is not None:
            yield Clause(index, conditions, zone)


def _onset_clauses(index: int, rule: Rule, zone: ZoneInfo, registry: Registry) -> Iterator[Clause]:
    """Yield what an edit must satisfy for a rule to come to hold by it."""
    lasting = [group for group in rule.groups if not is_of_the_moment(group, registry)]
    is_new = _onset_helper(rule, zone, registry) if lasting else None
    for group in rule.groups:
        if group not in lasting:
            yield Clause(index, group, zone, is_new)
        elif fields := tuple({one.field: None for one in group if not leaves_alone(one)}):
            yield Clause(index, group, zone, is_new, fields)


def _onset_helper(rule: Rule, zone: ZoneInfo, registry: Registry) -> Callable[[Change], bool]:
    def is_new(change: Change) -> bool:
        before = held_before(rule, change, zone, registry)
        if before is None:
            raise Undecided
        return not before

    return is_new


def _matcher(table: dict[str, dict[str, Handler]], fall_back: Callable[[Change], Match | None]) -> Matcher:
    nothing: dict[str, Handler] = {}
    handlers_of = table.get

    def match(change: Change) -> Match | None:
        handler = handlers_of(change.object, nothing).get(change.kind)
        if handler is None:
            return None
        if change.unknown_old:
            # The compiled code takes what `old` does not name for unmoved.
            return fall_back(change)
        try:
            hits = handler(change, change.new, change.old)
        except (KeyError, TypeError, AttributeError, OverflowError, Undecided):
            return fall_back(change)
        if not hits:
            return None
        # Two groups of one rule may both hold; a rule fires once.
        return Match(hits if len(hits) == 1 else tuple(sorted(set(hits))))

    return match


def _at_create(group: tuple[Condition, ...]) -> tuple[Condition, ...] | None:
    """Decide what a create decides by itself: nothing has changed. None: the group cannot hold."""
    kept = []
    for condition in group:
        if condition.operator not in CHANGE_OPERATORS:
            kept.append(condition)
        elif condition != Condition(condition.field, "isChanged", False):  # noqa: FBT003 - the condition's value
            return None
    return tuple(kept)


def _change_field(clause: Clause) -> str | None:
    """Give a field that must have changed for the clause to hold."""
    for field, operator, value in clause.conditions:
        if operator in CHANGE_OPERATORS and value is not False:
            return field
    return None


class _Builder:
    """Collects the functions of one compilation and the objects they refer to."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._functions: list[ast.stmt] = []
        self._namespace: dict[str, Any] = {"reference": reference, "differs": differs, "one_form": one_form}
        # Branch tables hold functions that exist only after `build`; until then they hold their names.
        self._tables: list[tuple[str, dict[str, str]]] = []

    def build(self) -> dict[str, Any]:
        module = ast.fix_missing_locations(ast.Module(body=self._functions, type_ignores=[]))
        exec(compile(module, "<novigem rules>", "exec"), self._namespace)  # noqa: S102 - a tree of our own templates; program text is in it as constants only
        for table_name, entries in self._tables:
            table = {key: self._namespace[function] for key, function in entries.items()}
            self._namespace[f"{table_name}_get"] = table.get
        return self._namespace

    def handler(self, clauses: Sequence[Clause], *, changes: bool) -> str:
        """Add the function of one object and trigger; give its name."""
        by_change: dict[str, list[Clause]] = defaultdict(list)
        rest = []
        for clause in clauses:
            field = _change_field(clause) if changes else None
            if clause.fields:
                for one in clause.fields:
                    by_change[one].append(clause)
            elif field is None:
                rest.append(clause)
            else:
                by_change[field].append(_where_changed(clause, field))
        body: list[ast.stmt] = []
        if by_change:
            get = self._table({field: self._function(part) for field, part in by_change.items()})
            body += _statements(
                "for field in old:\n"
                "    branch = GET(field)\n"
                "    if branch is not None and (found := branch(change, new, old)) and old[field] != new[field]"
                " and differs(old[field], new[field]):\n"
                "        hits += found",
                GET=ast.Name(get, ast.Load()),
            )
        return self._define(body + self._branches(rest))

    def _function(self, clauses: Sequence[Clause]) -> str:
        return self._define(self._branches(clauses))

    def _define(self, body: list[ast.stmt]) -> str:
        name = f"branch_{len(self._functions)}"
        function = _statements(f"def {name}(change, new, old):\n    hits = ()\n    return hits")[0]
        assert isinstance(function, ast.FunctionDef)  # noqa: S101 - narrows the type of our own template
        function.body[1:1] = body
        self._functions.append(function)
        return name

    def _branches(self, clauses: Sequence[Clause]) -> list[ast.stmt]:
        """Decide by the field most clauses compare with text, then by the next, and test the remainder in line."""
        body: list[ast.stmt] = []
        rest = list(clauses)
        while True:
            field, chosen = _best_branch(rest)
            if len(chosen) < _LEAST_CLAUSES_FOR_A_BRANCH:
                break
            decided = {id(clause) for clause in chosen}
            rest = [clause for clause in rest if id(clause) not in decided]
            by_value = _by_value(field, chosen)
            get = self._table({value: self._function(part) for value, part in by_value.items()})
            value = "new[FIELD]" if all(map(stands_alone, by_value)) else "reference(new[FIELD])"
            body += _statements(
                f"branch = GET({value})\nif branch is not None:\n    hits += branch(change, new, old)",
                GET=ast.Name(get, ast.Load()),
                FIELD=ast.Constant(field),
            )
        for clause in rest:
            body += self._test(clause)
        return body

    def _table(self, entries: dict[str, str]) -> str:
        name = f"table_{len(self._tables)}"
        self._tables.append((name, entries))
        return f"{name}_get"

    def _test(self, clause: Clause) -> list[ast.stmt]:
        hit = _statements("hits += HIT", HIT=ast.Tuple([ast.Constant(clause.rule)], ast.Load()))
        tests = [self._expression(one, clause.zone) for one in sorted(clause.conditions, key=_likelihood)]
        if clause.is_new is not None:
            # The dearest test comes last: few changes get as far.
            tests.append(_expression("IS_NEW(change)", {"IS_NEW": self._name(clause.is_new)}))
        if not tests:
            return hit
        test = tests[0] if len(tests) == 1 else ast.BoolOp(ast.And(), tests)
        return [ast.If(test, hit, [])]

    def _expression(self, condition: Condition, zone: ZoneInfo) -> ast.expr:
        field, operator, value = condition
        names = {"FIELD": ast.Constant(field), "VALUE": ast.Constant(None)}
        template = _template(operator, value)
        if template is None:
            names["HELPER"] = self._name(_helper(condition, zone, self._registry))
            return _expression("HELPER(change)", names)
        if isinstance(value, tuple):
            names["VALUES"] = self._name(frozenset(map(reference, value)))
        else:
            names["VALUE"] = ast.Constant(_constant(operator, value))
        return _expression(template, names)

    def _name(self, value: Any) -> Any:
        name = f"object_{len(self._namespace)}"
        self._namespace[name] = value
        return ast.Name(name, ast.Load())


def _template(operator: str, value: Any) -> str | None:
    """Choose the in-line form of a condition; None where only the interpreter's own test will do."""
    if isinstance(value, bool):
        return _BY_FLAG.get((operator, value))
    if isinstance(value, str):
        return (_BY_TEXT if stands_alone(value) else _BY_TEXT | _BY_REFERENCE).get(operator)
    if isinstance(value, tuple) and all(isinstance(one, str) for one in value):
        return (_BY_TEXT_LIST if all(map(stands_alone, value)) else _BY_REFERENCE_LIST).get(operator)
    if isinstance(value, (int, float)):
        return _BY_NUMBER.get(operator)
    return None


def _constant(operator: str, value: Any) -> Any:
    """Give what a field is held against in line: the key of a whole value, the form of a part of one."""
    if operator in _BY_REFERENCE:
        return reference(value)
    return one_form(value) if isinstance(value, str) else value


def _likelihood(condition: Condition) -> int:
    """Tell which condition to test first: the one that most often fails."""
    if isinstance(condition.value, str) and condition.operator in ("equals", "changedTo", "changedFrom"):
        return 0
    return 1 if condition.operator == "in" else 2


def _helper(condition: Condition, zone: ZoneInfo, registry: Registry) -> Callable[[Change], bool]:
    """Make the test of a condition that has no in-line form: dates, ranges of days, patterns, custom operators."""

    def holds(change: Change) -> bool:
        result = check_condition(condition, change, zone, registry).result
        if result is None:
            raise Undecided
        return result

    return holds


def _where_changed(clause: Clause, field: str) -> Clause:
    """Give what is left of a clause where the field is known to have changed."""
    decided = Condition(field, "isChanged", True)  # noqa: FBT003 - the condition's value
    left = [one for one in clause.conditions if one != decided]
    return clause._replace(
        conditions=tuple(
            Condition(field, "equals", one.value) if one[:2] == (field, "changedTo") else one for one in left
        )
    )


def _best_branch(clauses: Sequence[Clause]) -> tuple[str, list[Clause]]:
    by_field: dict[str, list[Clause]] = defaultdict(list)
    for clause in clauses:
        for field in {one.field for one in clause.conditions if index_values(one) is not None}:
            by_field[field].append(clause)
    # The name breaks ties, so that one program always compiles to one tree.
    return max(by_field.items(), key=lambda item: (len(item[1]), item[0]), default=("", []))


def _by_value(field: str, clauses: Sequence[Clause]) -> dict[str, list[Clause]]:
    """Sort clauses under each value of a field that they accept, with the decided condition taken out."""
    found: dict[str, list[Clause]] = defaultdict(list)
    for clause in clauses:
        condition = next(one for one in clause.conditions if one.field == field and index_values(one) is not None)
        rest = tuple(one for one in clause.conditions if one is not condition)
        if condition.operator == "changedTo":
            # It also asks for a change, which the branch does not decide.
            rest = (*rest, Condition(field, "isChanged", True))  # noqa: FBT003 - the condition's value
        for value in dict.fromkeys(index_values(condition) or ()):
            found[value].append(clause._replace(conditions=rest))
    return found


class _Fill(ast.NodeTransformer):
    """Puts constants and namespace names in the place of a template's upper-case names."""

    def __init__(self, names: dict[str, Any]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> Any:
        return self._names.get(node.id, node)


def _expression(template: str, names: dict[str, Any]) -> ast.expr:
    filled: ast.expr = _Fill(names).visit(ast.parse(template, mode="eval").body)
    return filled


def _statements(template: str, **names: Any) -> list[ast.stmt]:
    return [_Fill(names).visit(statement) for statement in ast.parse(template).body]
