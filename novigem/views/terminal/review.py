"""The screen of `novigem review`: the figures before, during and after, what stands beside them, what to do next."""

from rich.console import Group, RenderableType
from rich.text import Text

from novigem.queries.review_types import NAMES, FigureReview, Review
from novigem.views.review_words import PlainWriter, ReviewWords
from novigem.views.terminal.layout import QUIET, columns, indented, next_step, quiet, screen, text, title
from novigem.views.words import Screen, clean


def review_screen(review: Review, target: Screen) -> RenderableType:
    """Draw a review."""
    words = ReviewWords(review, PlainWriter())
    point = target.glyphs.point
    season = words.days_of("during")
    head = title(f"Review of {review.program.name}", [season, words.read_until()], [words.answer()], separator=point)
    table = columns(("Figure", "wrap"), *((words.period(name), "right") for name in NAMES))
    for one in review.figures:
        table.add_row(text(one.figure.name), *(_cell(words, one, name) for name in NAMES))
    notes = [_notes(words, one) for one in review.figures]
    beside = _list("Beside them", list(words.beside()))
    advice = [words.advice(one) for one in review.advice]
    todo = None
    if advice:
        lines = [line for do, why in advice for line in (text(do), indented(quiet(why)))]
        todo = Group(Text("What we would change next", style="bold"), *(indented(one) for one in lines))
    not_told = _list("What cannot be told from the data", list(words.cannot_be_told()))
    files = next_step(f"novigem review {review.program.program} --html review.html", label="To show it:")
    return screen([head, table, *notes, beside, todo, not_told, files])


def _cell(words: ReviewWords, figure: FigureReview, name: str) -> Text:
    reading = next(one for period, one in figure.readings.items() if period == name)
    if not reading.is_read:
        return text(words.headline(reading), QUIET)
    cell = Text(clean(words.headline(reading)), style="bold")
    for line in words.fraction(reading):
        cell.append(f"\n{clean(line)}", style=f"not bold {QUIET}")
    return cell


def _notes(words: ReviewWords, figure: FigureReview) -> Group:
    lines = [words.sentence(figure)]
    if figure.change is not None:
        lines.append(words.change(figure))
    for name, reading in figure.readings.items():
        told = words.notes(reading)
        if told:
            lines.append(f"{words.period(name)}: {'; '.join(told)}.")
    return Group(text(figure.figure.name, "bold"), *(indented(quiet(one)) for one in lines))


def _list(head: str, lines: list[str]) -> Group | None:
    return Group(Text(head, style="bold"), *(indented(text(one)) for one in lines)) if lines else None
