"""What pages say of the code is true: files and names they link to exist, and the picture of the rooms is current."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import novigem
from tests.docs.pages import PAGES, ROOT, load_script

# Decisions and the changelog keep the words of their day.
ALIVE = [page for page in PAGES if page.parent.name != "adr" and page.name != "CHANGELOG.md"]
_LINKED_NAME = re.compile(r"\[`([A-Za-z_][\w.]*)`\]\(([^)\s#]+\.py)\)")
_FILE = re.compile(r"`((?:benchmarks|config|deploy|docs|novigem|novigem_sandbox|scripts|tests)/[\w./*-]*)`")
_SIZE = re.compile(r"([\d,]+) files?, ([\d,]+) lines")
# So far may the figures of the picture be off, or it would have to be drawn anew with every line.
_SLACK = 0.2


def names_in(body: list[ast.stmt], before: str = "") -> Iterator[str]:
    """Yield what a module defines: functions, classes, their members, and constants."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield before + node.name
            if isinstance(node, ast.ClassDef):
                yield from names_in(node.body, f"{node.name}.")
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (before + one.id for one in targets if isinstance(one, ast.Name))


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", ALIVE, ids=named)
def test_a_name_that_a_page_links_to_stands_in_that_file(page: Path) -> None:
    for name, target in _LINKED_NAME.findall(page.read_text(encoding="utf-8")):
        known = set(names_in(ast.parse((page.parent / target).read_text(encoding="utf-8")).body))
        assert name in known, f"{named(page)} looks for {name} in {target}"


@pytest.mark.parametrize("page", ALIVE, ids=named)
def test_a_file_that_a_page_names_exists(page: Path) -> None:
    """A `*` stands for any name."""
    wanted = set(_FILE.findall(page.read_text(encoding="utf-8")))
    assert [one for one in sorted(wanted) if not any(ROOT.glob(one.rstrip("/")))] == []


def test_a_page_that_names_what_is_gone_is_found_out() -> None:
    text = "[`Engine.apply`](../novigem/engine/engine.py) and `novigem/nowhere.py`"
    assert _LINKED_NAME.findall(text) == [("Engine.apply", "../novigem/engine/engine.py")]
    assert _FILE.findall(text) == ["novigem/nowhere.py"]
    code = "A = 1\nclass B:\n    c: int = 0\n    def d(self): ...\ndef e(): ...\n"
    assert list(names_in(ast.parse(code).body)) == ["A", "B", "B.c", "B.d", "e"]


def test_the_picture_of_the_rooms_is_current() -> None:
    script = load_script("docs/images/rooms.py")
    kept, drawn = script.PICTURE.read_text(encoding="utf-8"), script.draw(script.read_rooms())
    assert _SIZE.sub("", kept) == _SIZE.sub("", drawn), "refresh with: python docs/images/rooms.py"
    for told, true in zip(sizes(kept), sizes(drawn), strict=True):
        assert abs(told - true) <= max(2, _SLACK * true), "refresh with: python docs/images/rooms.py"


def sizes(picture: str) -> list[int]:
    """Give how many files and lines a picture tells of its rooms."""
    return [int(number.replace(",", "")) for size in _SIZE.findall(picture) for number in size]


def test_the_picture_of_the_rooms_fetches_nothing_and_its_texts_fit() -> None:
    script = load_script("docs/images/rooms.py")
    assert re.findall(r"https?://[^\"]*|<image|<script", script.PICTURE.read_text("utf-8")) == [
        "http://www.w3.org/2000/svg"
    ]
    meanings = script.read_rooms().meanings
    assert {name for name, text in meanings.items() if len(script.wrapped(name, text)) > 2} == set()


def test_the_map_names_every_room() -> None:
    script = load_script("docs/images/rooms.py")
    rooms = {one.name for one in (ROOT / "novigem").iterdir() if (one / "__init__.py").exists()}
    beside = {script.SANDBOX, "settings", "errors"}
    assert set(script.read_rooms().meanings) == rooms | beside, novigem.__doc__
    assert {name for floor in script.read_rooms().floors for name in floor} == rooms | beside


def test_an_arrow_is_left_out_where_a_longer_way_leads_there() -> None:
    arrows = load_script("docs/images/rooms.py").arrows
    assert arrows(frozenset({("a", "b"), ("b", "c"), ("a", "c"), ("a", "d")})) == [("a", "b"), ("a", "d"), ("b", "c")]
