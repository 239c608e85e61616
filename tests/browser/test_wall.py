"""A wall is read from six metres: whole names, nothing cut, on the screen of a room and on a phone."""

import pytest

from novigem.engine.displays import address_of, make_link
from novigem.program import load_program_text
from novigem.program.playbooks import read_playbook
from novigem.views.web.site import Site
from tests.bed.pages import MIDSEASON
from tests.browser.conftest import Open

_SIZES = {"room": (1920, 1080), "phone": (390, 844)}
#: Each name as it stands in every scene, in turn: its words, and whether all of it is seen.
_NAMES = """() => [...document.querySelectorAll(".scene")].flatMap(scene => {
  document.querySelectorAll(".scene").forEach(one => one.classList.toggle("now", one === scene));
  return [...scene.querySelectorAll(".who")].map(who => {
    const range = document.createRange();
    range.selectNodeContents(who);
    const [text, box] = [range.getBoundingClientRect(), who.getBoundingClientRect()];
    return [who.textContent, box.width > 0 && text.width <= box.width + 1 && text.left - box.left < 2];
  });
})"""


@pytest.mark.parametrize("size", _SIZES)
def test_names_are_whole_in_every_scene(open_page: Open, site: Site, size: str) -> None:
    with site.writing() as store:
        program = load_program_text(read_playbook("account-expansion"))
        address = address_of(store, make_link(store, program, now=MIDSEASON))
    width, height = _SIZES[size]
    page = open_page(f"/wall/{address}", width=width, height=height)
    page.locator(".wall.moving").wait_for()
    names = page.evaluate(_NAMES)
    assert len(names) > 6
    assert [name for name, is_whole in names if not is_whole] == []
