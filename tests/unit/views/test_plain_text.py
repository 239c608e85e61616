"""What stands in texts for people without an account."""

import pytest

from novigem.testing import make_id
from novigem.views.plain_text import shown_name, without_names

ANN = make_id("005", 1)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"ask {ANN} today", "ask … today"),
        (f"ask {ANN[:15]}.", "ask …."),
        ("write to ann@example.com, please", "write to …, please"),
        ("responsibilities and straightforward", "responsibilities and straightforward"),
        ("line\nbreak \x1b[31mred", "line break red"),
        ("a\u202eb", "ab"),
        ("=1+1 <script>", "=1+1 <script>"),
        ("", ""),
    ],
)
def test_ids_addresses_and_steering_signs_are_left_out(text: str, shown: str) -> None:
    assert without_names(text) == shown


def test_somebody_who_is_known_by_id_alone_is_somebody() -> None:
    assert shown_name(ANN, ANN) == "somebody"
    assert shown_name("Ann", ANN) == "Ann"
    assert shown_name("ann@example.com", ANN) == "…"
