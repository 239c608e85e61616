"""The checked-in JSON Schema is current, accepts good programs, and refuses what an editor should underline."""

import json
from datetime import date
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings

from novigem.model.program import Program
from novigem.program import dump_program
from novigem.program.reader import read
from novigem.program.schema import REFRESH, program_schema, render_schema
from novigem.rules.operators import BUILT_IN
from tests.golden.gallery import ROOT
from tests.strategies import programs
from tests.unit.program.test_load import GOOD

VALIDATOR = jsonschema.Draft202012Validator(program_schema())


def as_json(text: str) -> Any:
    """Read a program as an editor does, to which a date is text."""
    return json.loads(json.dumps(read(text, "p.yaml").data, default=date.isoformat))


def test_the_checked_in_file_is_current() -> None:
    path = ROOT / "config" / "schema" / "program.schema.json"
    assert path.read_text(encoding="utf-8") == render_schema(), f"refresh with: {REFRESH}"


def test_it_is_a_schema_of_the_dialect_it_names() -> None:
    jsonschema.Draft202012Validator.check_schema(program_schema())


def test_every_operator_is_a_described_property() -> None:
    written = program_schema()["$defs"]["Operators"]["properties"]
    assert list(written) == [operator.name for operator in BUILT_IN]
    assert all(one["description"] for one in written.values())


def test_every_key_of_every_model_is_there() -> None:
    assert list(program_schema()["properties"]) == list(Program.model_fields)


def test_a_good_program_is_valid() -> None:
    VALIDATOR.validate(as_json(GOOD))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(programs())
def test_every_program_that_loads_is_valid(program: Program) -> None:
    VALIDATOR.validate(as_json(dump_program(program)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("points: 10", "pionts: 10"),
        ("points: 10", "points: -1"),
        ("points: 10", "points: ten"),
        ("trigger: create", "trigger: insert"),
        ("startsWith", "startWith"),
        ("startsWith: Expansion", "startsWith: null"),
        ("startsWith: Expansion", 'matches: ""'),
        ("startsWith: Expansion", f"matches: {'x' * 201}"),
        ("in: [Expansion, Upsell]", "in: Expansion"),
        ("isNotBlank: true", "isNotBlank: 1"),
        ("target: 10", "target: 0"),
        ("count: rules, ", ""),
        ("count: rules, ", "count: rules, points: rules, "),
        ("color: gold", "color: golden"),
        ("scope: participants", "scope: {}"),
        ("scope: participants", "scope: {role: a, manager: b}"),
        ("id: cs-team", "id: CS Team"),
    ],
)
def test_a_mistake_is_invalid(old: str, new: str) -> None:
    assert old in GOOD
    assert not VALIDATOR.is_valid(as_json(GOOD.replace(old, new)))


def test_a_program_without_rules_is_invalid() -> None:
    assert not VALIDATOR.is_valid({"program": "p", "name": "P"})
