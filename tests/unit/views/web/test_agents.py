"""Browsers in words."""

import pytest

from novigem.views.web.pages.settings import CHOICES
from novigem.views.web.render import LOCALES
from novigem.views.web.signing.agents import short_agent

_KIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "told"),
    [
        (f"Mozilla/5.0 (X11; Linux x86_64) {_KIT} Chrome/142.0.0.0 Safari/537.36", "Chrome · Linux"),
        (f"Mozilla/5.0 (Windows NT 10.0) {_KIT} Chrome/142.0 Safari/537.36 Edg/142.0", "Edge · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) Version/19.1 Safari/604.1", "Safari · iPhone"),
        ("curl/8.0", "curl/8.0"),
        ("", ""),
    ],
)
def test_a_browser_is_called_as_its_owner_does(agent: str, told: str) -> None:
    assert short_agent(agent) == told


def test_every_language_of_the_pages_can_be_chosen() -> None:
    assert {value for value, _words in CHOICES["language"]} == {"", *LOCALES}
