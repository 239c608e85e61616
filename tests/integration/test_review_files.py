"""Files for people without an account: a review, a board and a program as HTML, and a review on paper."""

import re
import zlib
from contextlib import suppress
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest

from novigem.cli.writing_files import making
from novigem.errors import SettingsError, WorldError
from novigem.ledger.memory.store import MemoryStore
from novigem.queries.queries import Queries
from novigem.queries.review import read_review
from novigem.testing import make_id
from novigem.views import charts
from novigem.views.web.files import board_file, pdf_of, program_file, review_file
from tests.bed.review_world import FORMULA, HIDDEN, LONG, NOW, SCRIPT, fill, season

TODAY = date(2026, 3, 1)
#: Salesforce ids as the invented world has them.
IDS = re.compile(r"\b(?:005|006|00T|001)[0-9A-Za-z]{12}(?:[0-9A-Za-z]{3})?\b")


class Seen(HTMLParser):
    """What a browser would make of a file: its tags, their attributes, and its texts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.texts.append(data)


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    """Give every kind of file of the season that makes trouble."""
    store, program = MemoryStore(), season()
    fill(store, program)
    queries = Queries(store, now=NOW)
    found = queries.program()
    review = read_review(queries, found)
    return {
        "review": review_file(review, TODAY),
        "paper": review_file(review, TODAY, is_paper=True),
        "board": board_file(queries.board(), found, TODAY),
        "program": program_file(found, TODAY),
    }


@pytest.mark.parametrize("name", ["review", "paper", "board", "program"])
def test_a_file_needs_nothing_else_and_runs_nothing(files: dict[str, str], name: str) -> None:
    seen = Seen(files[name])
    assert not {"script", "link", "img", "iframe", "object", "form"} & set(seen.tags)
    assert not [key for key, _value in seen.attributes if key.startswith("on") or key == "style"]
    targets = [value for key, value in seen.attributes if key in ("href", "src", "xlink:href", "action")]
    assert targets == []
    assert "url(http" not in files[name]
    assert "@import" not in files[name]
    assert "default-src 'none'" in files[name]


@pytest.mark.parametrize("name", ["review", "paper", "board", "program"])
def test_no_id_no_address_and_nobody_who_opted_out_stands_in_a_file(files: dict[str, str], name: str) -> None:
    assert IDS.findall(files[name]) == []
    assert "hannah@example.com" not in files[name]
    assert HIDDEN not in files[name]


def test_names_that_make_trouble_are_shown_as_they_are(files: dict[str, str]) -> None:
    texts = Seen(files["board"]).texts
    assert SCRIPT in {one.strip() for one in texts}
    assert FORMULA in {one.strip() for one in texts}
    assert LONG in {one.strip() for one in texts}
    # Somebody of whom nothing but the id is known has no name to show.
    assert "somebody" in {one.strip() for one in texts}
    assert f"Season of {SCRIPT}" in "".join(Seen(files["program"]).texts)


def test_a_figure_says_its_numerator_and_denominator(files: dict[str, str]) -> None:
    text = " ".join(" ".join(Seen(files["review"]).texts).split())
    assert "1 of 2" in text
    assert "before is not known" in text
    assert "cannot be told from the data" in text
    assert "caused" in text


@pytest.mark.skipif(charts.missing() is not None, reason="vl-convert is not installed")
def test_each_chart_has_its_words_and_its_table_and_follows_the_style(files: dict[str, str]) -> None:
    drawn = re.findall(r'<svg class="chart".*?</svg>', files["review"], re.DOTALL)
    assert len(drawn) == 3
    assert all('role="img" aria-label="' in one and "var(--" in one for one in drawn)
    assert not re.search(r'(?: style| id)="', "".join(drawn))
    assert files["review"].count('<table class="weeks">') == len(drawn)
    assert "var(--" not in "".join(re.findall(r'<svg class="chart".*?</svg>', files["paper"], re.DOTALL))


def test_without_the_extra_there_are_tables_and_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "vl_convert", None)
    store, program = MemoryStore(), season()
    fill(store, program)
    queries = Queries(store, now=NOW)
    html = review_file(read_review(queries, queries.program()), TODAY)
    assert "<svg" not in html
    assert '<table class="weeks">' in html
    assert charts.missing() == "charts need vl-convert-python: pip install 'novigem[charts]'"


def inside(pdf: bytes) -> bytes:
    """Give what a PDF holds, its packed parts unpacked."""
    found = [pdf]
    for packed in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        with suppress(zlib.error):
            found.append(zlib.decompress(packed))
    return b"\n".join(found)


def _weasyprint() -> ModuleType:
    try:
        import weasyprint  # noqa: PLC0415 - it needs a system library
    except OSError:
        pytest.skip("the system library libpango is missing; scripts/environment installs it where it may")
    return weasyprint  # type: ignore[no-any-return]


def test_paper_has_two_pages_and_is_tagged(files: dict[str, str]) -> None:
    _weasyprint()
    made = pdf_of(files["paper"])
    assert made.startswith(b"%PDF-")
    assert b"/Count 2>>" in inside(made)
    assert b"/MarkInfo <</Marked true>>" in inside(made)


def test_nothing_is_loaded_for_a_pdf(tmp_path: Path) -> None:
    _weasyprint()
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    made = pdf_of(
        f'<img src="file://{secret}"><img src="http://127.0.0.1:9/x"><link rel=attachment href="file://{secret}">'
    )
    assert made.startswith(b"%PDF-")
    assert b"the secret" not in inside(made)
    assert b"EmbeddedFile" not in inside(made)


@pytest.mark.parametrize(
    ("error", "word"),
    [(ModuleNotFoundError("no", name="weasyprint"), "needs weasyprint"), (OSError("libpango"), "libpango")],
)
def test_what_a_pdf_needs_is_said(monkeypatch: pytest.MonkeyPatch, error: Exception, word: str) -> None:
    import builtins  # noqa: PLC0415 - only this test bends imports

    real = builtins.__import__

    def bent(name: str, *args: object, **options: object) -> object:
        if name == "weasyprint":
            raise error
        return real(name, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", bent)
    with pytest.raises(SettingsError, match=word):
        pdf_of("<p>paper</p>")


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="cannot write"):
        making(lambda: "text", tmp_path / "nowhere" / "file.html")


def test_the_world_has_somebody_to_hide() -> None:
    store, program = MemoryStore(), season()
    fill(store, program)
    assert make_id("005", 5) in store.opted_out()
