"""What a conversion has to tell besides rows set aside: what was skipped, found or decided, and where first."""

from typing import NamedTuple


class _Remark(NamedTuple):
    times: int
    first: str


class Remarks:
    """Counts remarks by their text; one of a row keeps the place where it came first."""

    def __init__(self) -> None:
        self._found: dict[str, _Remark] = {}

    def say(self, text: str) -> None:
        """Note something about the whole file."""
        self._found.setdefault(text, _Remark(0, ""))

    def count(self, text: str, place: str) -> None:
        """Note something about a row."""
        known = self._found.get(text)
        self._found[text] = _Remark(1, place) if known is None else known._replace(times=known.times + 1)

    def lines(self) -> list[str]:
        """Give every remark as a line, in the order in which they came up."""
        return [
            text if not one.times else f"{one.times:,} x {text} (first: {one.first})"
            for text, one in self._found.items()
        ]
