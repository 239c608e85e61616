"""The texts of the pages and their translations: `scripts/translations` finds them, and updates the files.

A text stands in a template in `_("...")` or `{% trans %}`, in Python in `N_("...")`. Each language has one file,
novigem/views/web/locale/LANGUAGE/messages.po; a text that changed is a new one, and is translated anew: a guess at what
the old translation might mean helps nobody.
"""

import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.catalog import Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
WEB = ROOT / "novigem/views/web"
LOCALE = WEB / "locale"
LANGUAGES = ("de", "es")
_PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]|%%")
# A file that says when it was written differs after each run.
_NO_DAY = datetime(2026, 1, 1, tzinfo=UTC)
# Of the head of a file, what nobody here says.
_UNTOLD = (b'"Generated', b'"Report', b'"Last-Tr', b'"Language-Team', b'"Project', b'"PO-Rev', b'"POT')
_KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
_HEADER = "# The pages in this language. Written by scripts/translations, but for the translations themselves."


def find_texts() -> Catalog:
    """Give every text that the pages show, without translations."""
    found = Catalog(project="Novigem", creation_date=_NO_DAY)
    for path in sorted([*WEB.glob("templates/**/*.html"), *WEB.parent.glob("**/*.py")]):
        method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract"
        options = {"silent": "false", "newstyle_gettext": "true", "trim_blocks": "true", "lstrip_blocks": "true"}
        with path.open("rb") as file:
            for _line, text, notes, context in extract(method, file, keywords=_KEYWORDS, options=options):
                found.add(
                    text, locations=[(path.relative_to(ROOT).as_posix(), 0)], auto_comments=notes, context=context
                )
    return found


def read_language(language: str) -> Catalog:
    """Give what is translated so far; an empty catalogue where nothing is."""
    path = LOCALE / language / "messages.po"
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def updated(language: str, texts: Catalog) -> Catalog:
    """Give the catalogue of a language with every text of today, and none of yesterday."""
    kept = read_language(language)
    made = Catalog(
        locale=language,
        project="Novigem",
        version="",
        header_comment=_HEADER,
        creation_date=_NO_DAY,
        revision_date=_NO_DAY,
        fuzzy=False,
    )
    for one in texts:
        if one.id:
            before = kept.get(one.id, one.context)
            text = before.string if before is not None and not before.fuzzy else ("", "") if one.pluralizable else ""
            made.add(one.id, text, flags=one.flags, auto_comments=one.auto_comments, context=one.context)
    return made


def written(catalog: Catalog) -> bytes:
    """Give a catalogue as the file that holds it."""
    file = BytesIO()
    write_po(file, catalog, no_location=True, sort_output=True, width=120)
    return b"".join(line for line in file.getvalue().splitlines(keepends=True) if not line.startswith(_UNTOLD))


def faults(language: str, catalog: Catalog, texts: Catalog) -> Iterator[str]:
    """Yield what is missing in a language, what is only a guess, and where placeholders differ."""
    for one in texts:
        if not one.id:
            continue
        found = catalog.get(one.id, one.context)
        if found is None or not all(_strings(found)):
            yield f"{language}: {_first(one)!r} has no translation"
        elif found.fuzzy:
            yield f"{language}: {_first(one)!r} is only a guess"
        elif any(placeholders(each) not in _asked(one, number) for number, each in enumerate(_strings(found))):
            yield f"{language}: {_first(one)!r} has other placeholders in {_strings(found)[0]!r}"


def placeholders(text: str) -> set[str]:
    """Give the names that stand in a text for what is put in."""
    return {found[1] for found in _PLACEHOLDER.finditer(text) if found[1]}


def _asked(message: Message, number: int) -> list[set[str]]:
    """Give the placeholders that a form may have: the first of several may say its number in words, as "one person"."""
    ids = [message.id] if isinstance(message.id, str) else list(message.id)
    return [placeholders(one) for one in (ids if not number else ids[-1:])]


def _first(message: Message) -> str:
    return message.id if isinstance(message.id, str) else str(message.id[0])


def _strings(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def main() -> int:
    """Update each language's file, and say what is left to translate."""
    texts = find_texts()
    left = []
    for language in LANGUAGES:
        catalog = updated(language, texts)
        path = LOCALE / language / "messages.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written(catalog))
        left += faults(language, catalog, texts)
    print(*left, sep="\n")
    print(f"{len(texts)} texts, {len(left)} to translate")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
