"""Two processes that fork the command at once, for all tests of one run: starting Python anew would take most of it."""

from collections.abc import Iterator

import pytest

from tests.bed.forked import Forked


@pytest.fixture(scope="session")
def forks() -> Iterator[tuple[Forked, Forked]]:
    """Give two that can run the command side by side."""
    with Forked() as one, Forked() as other:
        yield one, other
