"""Every page does what it says, and every link leads somewhere."""

import re
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, blocks, play

_LINK = re.compile(r"(?<!`)\[[^\]\n]*\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)

# Written from the gallery of broken programs, and held to it by `tests/golden`.
_GALLERY = ROOT / "docs/reference/errors.md"


def runs(page: Path) -> bool:
    return page != _GALLERY and any(block.kind in ("python", "console", "yaml") for block in blocks(page))


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", [page for page in PAGES if runs(page)], ids=named)
def test_a_page_runs_as_it_is_written(page: Path, tmp_path: Path) -> None:
    play(page, tmp_path)


_ORG = "```console\n$ novigem org serve --records 8\nA sample org is at http://127.0.0.1:8280\n...\n```\n"
_SIGNED_IN = """```console
$ export NOVIGEM_SF_INSTANCE_URL='http://127.0.0.1:8280'
$ export NOVIGEM_SF_ACCESS_TOKEN='00D...'
$ novigem playbook copy stage-hygiene season.yaml
...
$ novigem sync season.yaml
"""


@pytest.mark.parametrize(
    ("told", "is_true"),
    [
        ("Nothing new from Salesforce\n...\nThe first look: 8 records known now...", True),
        ("Nothing new from Salesforce\n...\nThe first look: 9 records known now...", False),
    ],
)
def test_a_page_that_shows_what_an_org_did_not_do_is_found_out(told: str, is_true: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a row of the table above
    page = tmp_path / "page.md"
    page.write_text(f"{_ORG}\n{_SIGNED_IN}{told}\n```\n", encoding="utf-8")
    with nullcontext() if is_true else pytest.raises(AssertionError, match=r"(?s)9 records.*8 records"):
        play(page, tmp_path)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    for target in _LINK.findall(text):
        if "://" in target:
            continue
        path, _hash, anchor = target.partition("#")
        linked = page if path == "" else page.parent / path
        assert linked.exists(), f"{named(page)} links to {target}"
        if anchor:
            assert anchor in anchors(linked), f"{named(page)} links to {target}"


def anchors(page: Path) -> set[str]:
    """Give the anchors of a page's headings, as code hosts make them."""
    headings = _HEADING.findall(_FENCED.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen:
            continue
        seen.add(page)
        for target in _LINK.findall(_FENCED.sub("", page.read_text(encoding="utf-8"))):
            linked = (page.parent / target.partition("#")[0]).resolve()
            if linked.suffix == ".md" and linked.is_file():
                waiting.append(linked)
    assert [named(page) for page in PAGES if page.resolve() not in seen] == []


def test_the_picture_fetches_nothing() -> None:
    """What it shows is held to the demo in `tests/sandbox/demo`, where the demo is played."""
    picture = (ROOT / "docs/images/board.svg").read_text(encoding="utf-8")
    assert re.findall(r"https?://[^\"]*|@import|@font-face|<image|<script", picture) == ["http://www.w3.org/2000/svg"]
