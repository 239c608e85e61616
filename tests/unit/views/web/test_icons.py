"""Icons in a page."""

import re
from pathlib import Path

import novigem
from novigem.views.web.icons import icon, names

_ROOT = Path(novigem.__file__).parents[1]


def test_an_icon_is_drawn_for_the_eye_only() -> None:
    drawn = icon("trophy")
    assert drawn.startswith('<svg class="icon" aria-hidden="true"')
    assert "<path" in drawn


def test_a_name_that_is_no_icon_of_ours_is_a_star() -> None:
    for name in ("there-is-none", "../novigem", "", "<script>"):
        assert icon(name) == icon("star")


def test_every_icon_that_templates_and_shipped_programs_name_is_there() -> None:
    templates = (_ROOT / "novigem/views/web/templates").rglob("*.html")
    programs = [*(_ROOT / "config/programs").glob("*.yaml"), *(_ROOT / "docs").rglob("*.yaml")]
    named = {name for path in templates for name in re.findall(r'icon\("([a-z0-9-]+)"', path.read_text("utf-8"))}
    named |= {name for path in programs for name in re.findall(r"\bicon: *([a-z0-9-]+)", path.read_text("utf-8"))}
    assert named
    assert named - names() == set()


def test_nothing_of_an_icon_is_a_script_or_another_address() -> None:
    assert [name for name in names() if re.search(r"script|href|\bon\w+=|style=", icon(name))] == []
