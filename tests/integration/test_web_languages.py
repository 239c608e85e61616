"""The pages in other languages: every text is translated, and numbers and days are as the locale writes them."""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel import Locale

from novigem.views.web import render, routing
from novigem.views.web.render import Words
from tests.bed.pages import client, demo_database, demo_site, reader
from tests.docs.pages import load_script

_SCRIPT = load_script("scripts/translations.py")
_BOARD = "/boards/cs-team?period=program"


def _page(folder: Path, address: str, language: str) -> str:
    with client(demo_site(demo_database(folder), reader(None))) as browser:
        answer = browser.get(address, headers={"Accept-Language": language})
    return answer.text


@pytest.mark.parametrize("language", _SCRIPT.LANGUAGES)
def test_every_text_has_a_translation_with_the_same_placeholders(language: str) -> None:
    texts = _SCRIPT.find_texts()
    assert len(texts) > 20
    found = list(_SCRIPT.faults(language, _SCRIPT.read_language(language), texts))
    assert found == [], "see: scripts/translations"


@pytest.mark.parametrize("language", _SCRIPT.LANGUAGES)
def test_a_file_is_as_the_script_writes_it(language: str) -> None:
    path = _SCRIPT.LOCALE / language / "messages.po"
    assert _SCRIPT.written(_SCRIPT.updated(language, _SCRIPT.find_texts())) == path.read_bytes(), (
        "run: scripts/translations"
    )


def test_other_placeholders_a_guess_and_a_gap_are_found() -> None:
    texts = _SCRIPT.Catalog()
    for text in ("a", "b", "as of %(entry)s"):
        texts.add(text)
    made = _SCRIPT.Catalog(locale="de")
    made.add("b", "be", flags=["fuzzy"])
    made.add("as of %(entry)s", "Stand: %(eintrag)s")
    assert [one.rpartition("' ")[2][:8] for one in _SCRIPT.faults("de", made, texts)] == [
        "has no t",
        "is only ",
        "has othe",
    ]


@pytest.mark.parametrize(
    ("language", "words"),
    [("de", "Die ganze Saison"), ("es-MX,de;q=0.5", "Toda la temporada"), ("fr, en", "The whole season")],
)
def test_a_page_speaks_what_the_reader_asks_for_first(tmp_path: Path, language: str, words: str) -> None:
    html = _page(tmp_path, _BOARD, language)
    assert words in html
    spoken = language[:2] if language[:2] in _SCRIPT.LANGUAGES else "en"
    assert f'<html lang="{spoken}"' in html


def test_numbers_and_days_are_as_the_locale_writes_them() -> None:
    moment, day = datetime(2026, 1, 28, 15, 4, tzinfo=UTC), date(2026, 1, 28)
    told = {}
    for name in ("en_US", "de_DE", "es_MX", "es_ES"):
        words = Words(Locale.parse(name), ZoneInfo("Europe/Berlin"))
        told[name] = [words.number(12345.5), words.day(day), words.moment(moment).replace("\u202f", " ")]
    assert told == {
        "en_US": ["12,345.5", "Jan 28, 2026", "Jan 28, 2026, 4:04 PM"],
        "de_DE": ["12.345,5", "28.01.2026", "28.01.2026, 16:04"],
        "es_MX": ["12,345.5", "28 ene 2026", "28 ene 2026, 4:04 p.m."],
        "es_ES": ["12.345,5", "28 ene 2026", "28 ene 2026, 16:04"],
    }


@pytest.mark.parametrize("language", ["ar", "he", "fa"])
def test_a_language_from_right_to_left_turns_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    for module in (render, routing):
        monkeypatch.setattr(module, "LOCALES", ("en", language))
    assert f'<html lang="{language}" dir="rtl">' in _page(tmp_path, _BOARD, language)
    assert "dir=" not in _page(tmp_path, _BOARD, "en").partition(">")[2][:60]
