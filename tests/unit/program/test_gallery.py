"""The error gallery is complete and current, and each of its files is one mistake with one message."""

from pathlib import Path

import pytest

from novigem.program.codes import CODES
from tests.golden.gallery import FOLDER, PAGE, REFRESH, cases, expected_file, expected_text, findings, page


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.stem)
def test_a_bad_file_says_exactly_what_is_expected(case: Path) -> None:
    assert expected_text(case) == expected_file(case).read_text(encoding="utf-8"), f"refresh with: {REFRESH}"


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.stem)
def test_one_mistake_is_one_message(case: Path) -> None:
    assert [one.code for one in findings(case)] == [case.name[:5]]


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_file_named_after_it(code: str) -> None:
    assert list(FOLDER.glob(f"{code}-{CODES[code].slug}*.yaml"))


def test_no_expected_file_is_left_behind() -> None:
    assert {one.stem for one in FOLDER.glob("*.expected")} == {one.stem for one in cases()}


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.stem)
def test_every_error_names_a_next_step(case: Path) -> None:
    assert all(one.hint for one in findings(case))


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), f"refresh with: {REFRESH}"
