"""Files for those without an account: one HTML file that needs nothing else, or a PDF of the same.

No id, no record, no address, and nobody who opted out stands in them; nothing is loaded from anywhere and no script
runs. Needs the extra `web`, charts the extra `charts`, a PDF the extra `pdf` and the system's libpango.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from babel import Locale
from markupsafe import Markup

from novigem.errors import SettingsError, WorldError
from novigem.leaderboards.averages import average
from novigem.leaderboards.percent import percent_text
from novigem.model.program import Program
from novigem.queries.board_types import Board, BoardRow
from novigem.queries.review_types import Review
from novigem.views.charts import PAGE, PAPER
from novigem.views.plain_text import shown_name, without_names
from novigem.views.program_words import Item, Section, program_words
from novigem.views.review_view import file_view
from novigem.views.review_words import ReviewWords
from novigem.views.web.render import Words, environment, translations
from novigem.views.words import number_text, span_text

_STATIC: Final = Path(__file__).parent / "static"
_ENGLISH: Final = Locale("en", "US")
_TIES: Final = {
    "first_to_reach": "first to reach",
    "distinct_accounts": "more accounts",
    "fewer_awards": "fewer awards",
}
_HEADS: Final = {"points": "Points", "percent": "Percent", "average": "Per member"}


def review_file(review: Review, today: date, *, locale: Locale = _ENGLISH, is_paper: bool = False) -> str:
    """Give a review as one HTML file; for paper its colours are plain, and its tables of weeks are left out."""
    words = Words(locale, review.program.zone)
    told = ReviewWords(review, words, translations(locale.language).gettext)
    view = file_view(review, told, PAPER if is_paper else PAGE)
    return _rendered("review", today, locale, words, view=view, told=told, is_paper=is_paper)


def board_file(board: Board, program: Program, today: date, *, locale: Locale = _ENGLISH) -> str:
    """Give the standings of a board as one HTML file, with the names that the board shows."""
    rows = (*board.rows, *board.apart)
    best = max((_measure(board, row) for row in rows), default=0)
    told = [
        span_text(board.start, board.end, program.zone),
        {"running": "running", "provisional": "provisional: late changes still count", "final": "final"}.get(
            board.status, "the ledger today"
        ),
        f"as of entry {number_text(board.as_of)}",
        f"hash {board.digest[:12]}" if board.digest else "",
    ]
    view = {
        "name": without_names(board.name),
        "program": without_names(program.name),
        "head": _HEADS[board.by],
        "told": told,
        "rows": [_row(board, row, best) for row in rows],
    }
    return _rendered("board", today, locale, Words(locale, program.zone), view=view)


def program_file(program: Program, today: date, *, locale: Locale = _ENGLISH) -> str:
    """Give a program in plain words as one HTML file."""
    view = {
        "name": without_names(program.name),
        "about": [without_names(one) for one in (program.description or "").splitlines() if one.strip()],
        "sections": [_section(one) for one in program_words(program)],
    }
    return _rendered("program", today, locale, Words(locale, program.zone), view=view)


@dataclass(frozen=True)
class _BoardLine:
    """One row of a board, as a file shows it."""

    rank: int
    name: str
    value: str
    share: float
    entries: int
    tie: str
    left: bool


def _row(board: Board, row: BoardRow, best: float) -> _BoardLine:
    measure = _measure(board, row)
    if board.by == "percent":
        value = f"{percent_text(row.value, row.target)}" if row.value is not None and row.target else "0"
    elif board.by == "average":
        value = number_text(round(measure, 2))
    else:
        value = number_text(row.points)
    name = without_names(row.name) if board.ranks == "teams" else shown_name(row.name, row.user)
    share = measure / best if best > 0 else 0.0
    return _BoardLine(row.rank, name, value, share, row.entries, _TIES.get(row.tie or "", ""), row.left)


def _measure(board: Board, row: BoardRow) -> float:
    if board.by == "percent":
        return row.value / row.target if row.value is not None and row.target else 0.0
    if board.by == "average":
        return float(average(row.points, row.members)) if row.members else 0.0
    return float(row.points)


def _section(one: Section) -> Section:
    items = tuple(
        Item(item.kind, item.id, without_names(item.name), without_names(item.about), _texts(item.sentences))
        for item in one.items
    )
    return Section(one.id, one.title, _texts(one.sentences), items)


def _texts(sentences: Sequence[str]) -> tuple[str, ...]:
    return tuple(without_names(one) for one in sentences)


def _rendered(name: str, today: date, locale: Locale, words: Words, **values: Any) -> str:
    is_paper = bool(values.get("is_paper"))
    found = environment(locale.language).get_template(f"files/{name}.html")
    style = Markup(_style(is_paper=is_paper))  # noqa: S704 - our own files
    return found.render(locale=locale, words=words, today=today, style=style, **values)


def _style(*, is_paper: bool) -> str:
    names = ("paper.css",) if is_paper else ("novigem.css", "review.css")
    text = "\n".join((_STATIC / name).read_text(encoding="utf-8") for name in names)
    return re.sub(r"/\*.*?\*/\s*", "", text, flags=re.DOTALL)


def pdf_of(html: str) -> bytes:
    """Give a PDF of an HTML file; it loads nothing. Raises SettingsError where what makes PDFs is not installed."""
    try:
        import weasyprint  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise SettingsError(f"a PDF needs {error.name}", hint="pip install 'novigem[pdf]'") from error
    except OSError as error:
        hint = "install it (Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0), or write --html and print that"
        raise SettingsError("a PDF needs the system library libpango, which is not here", hint=hint) from error
    try:
        made = weasyprint.HTML(string=html, url_fetcher=_fetch_nothing).write_pdf(pdf_tags=True)
    except ValueError as error:
        raise WorldError(f"the PDF could not be made: {error}", hint="write --html, and print that") from error
    return bytes(made or b"")


def _fetch_nothing(url: str, *_more: Any, **_options: Any) -> Any:
    """Refuse to load anything: a PDF is made of what stands in the file."""
    raise ValueError(f"nothing is loaded for a PDF: {url[:80]}")
