"""The tests stand where the code stands: `tests/unit` has the rooms of novigem, `tests/sandbox` those of its twin."""

from pathlib import Path

import pytest

import novigem

ROOT = Path(novigem.__file__).parents[1]
TESTS = Path(__file__).parents[1]
TWINS = {"novigem": TESTS / "unit", "novigem_sandbox": TESTS / "sandbox"}


def packages(package: Path) -> set[str]:
    """Give the packages below one, as paths from it."""
    return {one.parent.relative_to(package).as_posix() for one in package.rglob("__init__.py")} - {"."}


def folders_with_tests(tests: Path) -> set[str]:
    """Give the folders that hold tests, as paths from where tests begin; "." is that place itself."""
    return {one.parent.relative_to(tests).as_posix() for one in tests.rglob("test_*.py")}


@pytest.mark.parametrize("package", TWINS)
def test_every_room_has_its_tests(package: str) -> None:
    rooms = {one for one in packages(ROOT / package) if "/" not in one}
    assert rooms - {one.split("/")[0] for one in folders_with_tests(TWINS[package])} == set()


@pytest.mark.parametrize("package", TWINS)
def test_no_test_stands_where_there_is_no_room(package: str) -> None:
    assert folders_with_tests(TWINS[package]) - packages(ROOT / package) == set()
