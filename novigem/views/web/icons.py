"""Icons: drawings of Lucide (static/icons, with their licence), put into a page so that they take its colours."""

import re
from functools import cache
from pathlib import Path

from markupsafe import Markup

_FOLDER = Path(__file__).parent / "static" / "icons"
#: What is drawn for a name that is not among ours: a badge may name any icon.
_FALLBACK = "star"
_DRAWING = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


@cache
def names() -> frozenset[str]:
    """Give the names of the icons that there are."""
    return frozenset(path.stem for path in _FOLDER.glob("*.svg"))


@cache
def icon(name: str) -> Markup:
    """Give an icon as SVG, for the eye only: whatever it means stands beside it in words."""
    file = _FOLDER / f"{name if name in names() else _FALLBACK}.svg"
    drawing = _DRAWING.search(file.read_text(encoding="utf-8"))
    strokes = " ".join(drawing[1].split()) if drawing else ""
    # The drawings are our own files, and the name only chooses among them.
    return Markup(f'<svg class="icon" aria-hidden="true" focusable="false" viewBox="0 0 24 24">{strokes}</svg>')  # noqa: S704
