"""A file that has been read: plain data, the place of every key and value, and the findings so far."""

import re
from typing import Any, Final, NamedTuple

from novigem.program.codes import LATER
from novigem.program.diagnostics import Diagnostic

Path = tuple[str | int, ...]

# The line breaks of YAML, so that our line numbers are those of its parser.
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
MOST_FINDINGS: Final = 100


class Spot(NamedTuple):
    """A place in the file: line and column from 1, and how many characters to underline."""

    line: int
    column: int
    length: int = 1


class Document:
    """The data of one file, where each part of it stands, and what was found wrong.

    `spoilt` holds the paths whose value could not be understood: further findings about them would be echoes of the
    same mistake, so they are dropped. `partial` holds mappings that may lack keys because of an earlier finding.
    """

    def __init__(self, name: str, text: str, *, kept: bool = False) -> None:
        self.name = name
        #: Whether a store has kept the text since it was accepted.
        self.kept = kept
        self.lines = _BREAK.split(text)
        self.data: Any = None
        self.keys: dict[Path, Spot] = {}
        self.values: dict[Path, Spot] = {}
        self.spoilt: set[Path] = set()
        self.partial: set[Path] = set()
        self.renamed: dict[Path, str] = {}
        self.findings: list[Diagnostic] = []
        self.readable = True

    @property
    def full(self) -> bool:
        """Whether so much is wrong that more findings would not help anybody."""
        return len(self.findings) >= MOST_FINDINGS

    @property
    def failed(self) -> bool:
        """Whether any finding stops a load."""
        return any(one.severity == "error" for one in self.findings)

    def add(self, code: str, spot: Spot, message: str, hint: str | None = None) -> None:
        """Note a finding at a place."""
        if self.full or (self.kept and code in LATER):
            return
        excerpt = self.lines[spot.line - 1] if spot.line <= len(self.lines) else ""
        found = Diagnostic(
            self.name, spot.line, spot.column, code, message, hint or None, excerpt=excerpt, length=spot.length
        )
        if found not in self.findings:
            self.findings.append(found)

    def at_value(self, path: Path, code: str, message: str, hint: str | None = None) -> None:
        """Note a finding about a value, unless the value is known to be spoilt already."""
        if not self.is_spoilt(path):
            self.add(code, self.spot(path), message, hint)

    def at_key(self, path: Path, code: str, message: str, hint: str | None = None) -> None:
        """Note a finding about a key, unless it is known to be spoilt already."""
        if not self.is_spoilt(path):
            self.add(code, self.spot(path, key=True), message, hint)

    def spot(self, path: Path, *, key: bool = False) -> Spot:
        """Give the place of a value (or of its key); of the nearest thing around it where it has none."""
        real = self._as_written(path)
        for length in range(len(real), -1, -1):
            at = real[:length]
            spot = (self.keys.get(at) or self.values.get(at)) if key or length < len(real) else self.values.get(at)
            if spot is not None:
                return spot
        return Spot(1, 1)

    def is_spoilt(self, path: Path) -> bool:
        """Whether this value, or something it stands in, could not be understood."""
        real = self._as_written(path)
        return bool(self.spoilt) and any(real[:length] in self.spoilt for length in range(len(real) + 1))

    def _as_written(self, path: Path) -> Path:
        """Undo the corrections of misspelt keys, which the file itself does not have."""
        real: Path = ()
        for step in path:
            real = (*real, self.renamed.get((*real, step), step))
        return real
