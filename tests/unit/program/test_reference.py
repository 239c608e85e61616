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


@pytest.fixture(scope="module")
def page() -> str:
    """Write the page once."""
    return render_reference()


def test_the_page_is_current(page: str) -> None:
    assert PAGE.read_text(encoding="utf-8") == page, f"refresh with: {REFRESH}"


@pytest.mark.parametrize("operator", [operator.name for operator in BUILT_IN])
def test_every_operator_is_in_the_table(operator: str, page: str) -> None:
    assert f"| `{operator}` |" in page


@pytest.mark.parametrize(
    "model", [Program, Participants, Rule, Challenge, Goal, Completion, Badge, Leaderboard, Scope, Within]
)
def test_every_key_is_in_the_page(model: type[Program], page: str) -> None:
    assert all(f"| `{key}` |" in page for key in model.model_fields)
