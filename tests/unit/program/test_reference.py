"""The reference page is current and names every key and operator."""

import pytest

from novigem.model.program import (
    Badge,
    Challenge,
    Completion,
    Goal,
    Leaderboard,
    Participants,
    Program,
    Rule,
    Scope,
    Within,
)
from novigem.program.reference import REFRESH, render_reference
from novigem.rules.operators import BUILT_IN
from tests.golden.gallery import ROOT

PAGE = ROOT / "docs" / "reference" / "program.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == render_reference(), f"refresh with: {REFRESH}"


@pytest.mark.parametrize("operator", [operator.name for operator in BUILT_IN])
def test_every_operator_is_in_the_table(operator: str) -> None:
    assert f"| `{operator}` |" in render_reference()


@pytest.mark.parametrize(
    "model", [Program, Participants, Rule, Challenge, Goal, Completion, Badge, Leaderboard, Scope, Within]
)
def test_every_key_is_in_the_page(model: type[Program]) -> None:
    assert all(f"| `{key}` |" in render_reference() for key in model.model_fields)
