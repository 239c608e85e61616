"""A finding about a program file: a value with a place, what is wrong, and one next step."""

from dataclasses import dataclass, field
from textwrap import wrap
from typing import Any, Literal

from novigem.program.codes import CODES

Severity = Literal["error", "warning"]

# Long lines are cut so that the caret stays near the text it points at.
EXCERPT_WIDTH = 110


@dataclass(frozen=True, order=True, slots=True)
class Diagnostic:
    """One finding. `line` and `column` count from 1, in characters; `excerpt` is the line of the file.

    Sorts by place.
    """

    file: str
    line: int
    column: int
    code: str
    message: str
    hint: str | None = None
    excerpt: str = field(default="", compare=False)
    length: int = field(default=1, compare=False)

    @property
    def severity(self) -> Severity:
        """`error` stops a load; `warning` is advice."""
        return "warning" if CODES[self.code].severity == "warning" else "error"

    def render(self) -> str:
        """Give plain text: place and message, the line with a caret below it, and the next step."""
        rows = [f"{self.file}:{self.line}:{self.column}: {self.severity}[{self.code}]: {self.message}"]
        if self.excerpt.strip():
            rows += self._pointer()
        if self.hint is not None:
            hints = self.hint.split("\n")
            rows += [f"  {row}" for one in hints for row in wrap(one, EXCERPT_WIDTH, break_on_hyphens=False)]
        return "\n".join(rows)

    def as_dict(self) -> dict[str, Any]:
        """Give what `check --json` prints."""
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "hint": self.hint,
        }

    def _pointer(self) -> list[str]:
        start = max(0, self.column - 1 - EXCERPT_WIDTH // 2) if len(self.excerpt) > EXCERPT_WIDTH else 0
        shown = self.excerpt[start : start + EXCERPT_WIDTH].replace("\t", " ").rstrip()
        before = self.column - 1 - start
        if start:
            shown, before = f"...{shown}", before + 3
        carets = "^" * max(1, min(self.length, len(shown) - before))
        number = str(self.line)
        return [f"  {number} | {shown}", f"  {' ' * len(number)} | {' ' * before}{carets}"]


def render_all(diagnostics: tuple[Diagnostic, ...] | list[Diagnostic]) -> str:
    """Give all findings as text, a blank line between two."""
    return "\n\n".join(one.render() for one in diagnostics)
