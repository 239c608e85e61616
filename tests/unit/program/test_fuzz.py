"""Whatever the input, a load gives a program or a ProgramError with findings, and soon."""

import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from novigem.errors import ProgramError
from novigem.model.program import Program
from novigem.program import check_program, dump_program, load_program_text
from novigem.program.document import MOST_FINDINGS
from tests.strategies import program_data

GALLERY = Path(__file__).parents[2] / "golden" / "errors"
GOOD = dump_program(
    Program.model_validate(
        {
            "program": "season",
            "name": "Season",
            "timezone": "America/New_York",
            "starts": date(2026, 1, 5),
            "weeks": 6,
            "participants": {"role": "CSM", "exclude": ["bot@acme.example"]},
            "rules": [
                {
                    "id": "signal",
                    "object": "Opportunity",
                    "trigger": "update",
                    "when": {
                        "any": [
                            {"StageName": {"isChanged": True, "in": ["A", "B"]}},
                            [{"CloseDate": {"isChanged": True, "within": {"from_days": 60}}}],
                        ]
                    },
                    "points": 10,
                    "challenge": "signals",
                }
            ],
            "challenges": [
                {
                    "id": "signals",
                    "name": "Signals",
                    "type": "timebound",
                    "goal": {"count": "rules", "target": 10},
                    "completion": {"bonus": 5, "badge": "scout"},
                }
            ],
            "badges": [{"id": "scout", "name": "Scout"}],
            "leaderboards": [
                {"id": "team", "name": "Team", "scope": {"challenge": "signals"}, "ties": ["first_to_reach"]}
            ],
        }
    )
)
WORDS = st.sampled_from(
    (
        "",
        "null",
        "[]",
        "{}",
        "[x]",
        "{a: b}",
        "on",
        "5",
        "-1",
        "1.5",
        "2026-01-05",
        "x y",
        "*a",
        "&a b",
        "!t c",
        '"',
        "- ",
        ": ",
        "\t",
        "\n",
    )
)
FUZZ = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def survives(raw: str | bytes) -> None:
    """Either a program, or an error with at least one finding, each with a place inside the file."""
    program, findings = check_program(raw, name="p.yaml")
    assert (program is None) == any(one.severity == "error" for one in findings)
    assert all(one.line >= 1 and one.column >= 1 and one.render() for one in findings)
    if any(one.severity == "error" for one in findings):
        with pytest.raises(ProgramError) as caught:
            load_program_text(raw, "p.yaml")
        assert caught.value.diagnostics == tuple(findings)


def test_the_good_program_is_good() -> None:
    assert check_program(GOOD, name="good.yaml")[1] == []


@FUZZ
@given(st.text(max_size=300))
def test_any_text_is_survived(text: str) -> None:
    survives(text)


@FUZZ
@given(st.binary(max_size=300))
def test_any_bytes_are_survived(raw: bytes) -> None:
    survives(raw)


@FUZZ
@given(st.text(alphabet="ab: -[]{}\n\t'\"#&*!|>%@`,?~<=.0159", max_size=120))
def test_any_yaml_like_text_is_survived(text: str) -> None:
    survives(text)


@FUZZ
@given(st.lists(st.tuples(st.integers(0, len(GOOD)), st.integers(0, 12), WORDS), min_size=1, max_size=4))
def test_a_mutilated_program_is_survived(cuts: list[tuple[int, int, str]]) -> None:
    text = GOOD
    for start, length, word in cuts:
        text = text[:start] + word + text[start + length :]
    survives(text)


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.just(1.5)
    | st.dates()
    | st.sampled_from(("x", "rules", "Status", "A b", "")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("id", "any", "count", "equals", "in", "x")), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """List every path of plain data."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(one for key, value in inner for one in places(value, (*path, key)))]


def replaced(node: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Give plain data with another value at a path."""
    if not path:
        return value
    copy = dict(node) if isinstance(node, dict) else list(node)
    copy[path[0]] = replaced(node[path[0]], path[1:], value)
    return copy


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(program_data(), st.data())
def test_any_value_anywhere_is_survived(data: dict[str, Any], draw: st.DataObject) -> None:
    bad = replaced(data, draw.draw(st.sampled_from(places(data))), draw.draw(plain))
    survives(yaml.safe_dump(bad, allow_unicode=True, sort_keys=False))


@pytest.mark.parametrize(
    "text",
    [
        "rules:\n" + "  - {pionts: x}\n" * 5_000,
        "rules:\n  - when:\n" + "      - Status: {eqals: 1, isBlank: 2}\n" * 5_000,
        "rules:\n  - when:\n" + "      - Status: {equals: a}\n" * 5_000,
        "{" + ", ".join(f"k{n}: on" for n in range(20_000)) + "}",
        "program: " + "x" * 900_000,
        "x" * 900_000 + ": 1",
        "program: p\nname: " + "[" * 39 + "]" * 39,
        "a: " + "'" * 300_000,
        "#" * 900_000,
        "\n" * 900_000,
    ],
    ids=range(10),
)
def test_a_hostile_file_is_told_apart_quickly(text: str) -> None:
    begun = time.monotonic()
    _, findings = check_program(text, name="hostile.yaml")
    assert 0 < len(findings) <= MOST_FINDINGS
    assert time.monotonic() - begun < 8


@pytest.mark.parametrize("case", sorted(GALLERY.glob("*.yaml")), ids=lambda case: case.stem)
def test_a_gallery_file_cut_anywhere_is_survived(case: Path) -> None:
    raw = case.read_bytes()
    for end in range(0, len(raw), 31):
        survives(raw[:end])


def test_files_that_cannot_be_read_are_program_errors(tmp_path: Path) -> None:
    for bad in (tmp_path, tmp_path / "none.yaml", tmp_path / ("x" * 5000), Path("\0")):
        with pytest.raises(ProgramError) as caught:
            check_program(bad)
        assert caught.value.hint
