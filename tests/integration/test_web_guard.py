"""What is refused before any page is asked."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bed.pages import client, demo_database, demo_site, reader

_OURS = {"sec-fetch-site": "same-origin"}


def _pieces() -> Iterator[bytes]:
    for _ in range(3):
        yield b"user=" + b"a" * 1000


@pytest.mark.parametrize(
    "sent",
    [
        {"content": b"user=" + b"a" * 1_000_001},
        {"content": b"user=a", "headers": _OURS | {"content-length": "many"}},
        {"content": b"user=a", "headers": _OURS | {"content-length": "\N{SUPERSCRIPT TWO}".encode()}},
        # Whoever does not say how long it is may go on for ever.
        {"content": _pieces()},
    ],
    ids=["long", "no number", "a number that is none", "without an end"],
)
def test_a_form_that_is_none_of_ours_is_not_read(tmp_path: Path, sent: dict[str, object]) -> None:
    with client(demo_site(demo_database(tmp_path), reader(None))) as browser:
        answer = browser.post("/settings", **({"headers": _OURS} | sent))  # type: ignore[arg-type]
    assert answer.status_code == 413
