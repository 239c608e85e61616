"""What is dumped loads again, to the same program."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from novigem.errors import InputError
from novigem.model.program import Program
from novigem.program import dump_program, load_program_text
from novigem.program.reader import read
from novigem.rules.operators import DEFAULT_REGISTRY
from tests.strategies import TRICKY, programs

SMALL = {"program": "p", "name": "P", "rules": [{"id": "r", "object": "Task", "trigger": "create", "points": 1}]}


def with_name(name: str) -> Program:
    return Program.model_validate({**SMALL, "name": name})


def with_value(value: object) -> Program:
    rule = {"id": "r", "object": "Task", "trigger": "create", "points": 1, "when": {"A__c": {"equals": value}}}
    return Program.model_validate({**SMALL, "rules": [rule]})


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(programs())
def test_a_dumped_program_loads_to_the_same_program(program: Program) -> None:
    assert load_program_text(dump_program(program)) == program


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(programs())
def test_dumping_is_canonical(program: Program) -> None:
    text = dump_program(program)
    assert dump_program(load_program_text(text)) == text


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=200))
def test_any_text_survives(name: str) -> None:
    assert load_program_text(dump_program(with_name(name))).name == name


@pytest.mark.parametrize("word", [word for word in TRICKY if word])
def test_words_that_yaml_reads_differently_are_quoted(word: str) -> None:
    assert load_program_text(dump_program(with_name(word))).name == word


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**16), 10**16) | st.booleans())
def test_numbers_keep_their_value_and_their_kind(value: object) -> None:
    (((condition,),),) = [rule.groups for rule in load_program_text(dump_program(with_value(value))).rules]
    assert (type(condition.value), condition.value) == (type(value), value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**30])
def test_values_that_no_file_can_hold_are_refused(value: float) -> None:
    with pytest.raises(InputError, match="cannot hold"):
        dump_program(with_value(value))


def test_half_of_a_surrogate_pair_is_refused() -> None:
    rule = SMALL["rules"][0]
    program = Program.model_construct(**{**SMALL, "name": "\ud800", "rules": (rule,)})
    with pytest.raises(InputError, match="surrogate"):
        dump_program(program)


def test_values_of_a_custom_operator_survive() -> None:
    registry = DEFAULT_REGISTRY.with_operator(
        "isAbout", "sounds like", lambda _value, _expected: True, values=("text", "list", "date")
    )
    moment = datetime(2026, 1, 5, 9, 30, 0, 5, tzinfo=UTC)
    for value in ("on", ["a", "b"], moment):
        when = {"Subject": {"isAbout": value}}
        program = Program.model_validate({**SMALL, "rules": [{**SMALL["rules"][0], "when": when}]})
        assert load_program_text(dump_program(program), registry=registry) == program


def test_a_dump_reads_well() -> None:
    program = Program.model_validate(
        {
            "program": "season",
            "name": "Renewal season: Q1",
            "description": "Log risks early.\nReview on time.\n",
            "rules": [
                {
                    "id": "review-done",
                    "object": "Task",
                    "trigger": "update",
                    "when": {
                        "any": [
                            {"Status": {"isChanged": True, "equals": "on"}},
                            [{"Type": {"in": ["Call", "12:30:00"]}}],
                        ]
                    },
                    "points": 5,
                }
            ],
            "leaderboards": [{"id": "team", "name": "Team", "scope": {"role": "CSM"}}],
        }
    )
    assert dump_program(program) == (
        "program: season\n"
        'name: "Renewal season: Q1"\n'
        "description: |\n"
        "  Log risks early.\n"
        "  Review on time.\n"
        "\n"
        "rules:\n"
        "  - id: review-done\n"
        "    object: Task\n"
        "    trigger: update\n"
        "    when:\n"
        "      any:\n"
        '        - Status: {equals: "on", isChanged: true}\n'
        '        - - Type: {in: [Call, "12:30:00"]}\n'
        "    points: 5\n"
        "\n"
        "leaderboards:\n"
        "  - id: team\n"
        "    name: Team\n"
        "    scope: {role: CSM}\n"
    )


def test_a_dump_has_no_finding_of_the_reader() -> None:
    assert not read(dump_program(with_name("a: b")), "p.yaml").findings
