"""SOQL text as tokens."""

import re
from typing import NamedTuple

from novigem_sandbox.org.errors import Refusal

#: Salesforce's own limit.
LONGEST = 100_000

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<datetime>\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2}))
      | (?P<date>\d{4}-\d{2}-\d{2})
      | (?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+))
      | (?P<string>'(?:[^'\\]|\\.)*')
      | (?P<name>[A-Za-z_]\w*)
      | (?P<symbol><=|>=|!=|<>|[=<>(),.:])""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)


class Token(NamedTuple):
    """A piece of a query: its kind, its text, and where it begins."""

    kind: str
    text: str
    at: int

    @property
    def word(self) -> str:
        """The text in small letters, for keywords."""
        return self.text.lower()


def tokens(text: str) -> list[Token]:
    """Cut a query into tokens; the last is of the kind `end`. Raises Refusal."""
    if len(text) > LONGEST:
        raise malformed(f"SOQL statements cannot be longer than {LONGEST} characters.")
    found = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise malformed(_unreadable(text, at))
        kind = match.lastgroup or ""
        if kind != "space":
            found.append(Token(kind, match.group(), at))
        at = match.end()
    found.append(Token("end", "<EOF>", len(text)))
    return found


def malformed(message: str) -> Refusal:
    """Refuse a query that cannot be read."""
    return Refusal("MALFORMED_QUERY", message)


def _unreadable(text: str, at: int) -> str:
    if text[at] == "'":
        return f"line 1:{at} mismatched character '<EOF>' expecting '''"
    return f"line 1:{at} no viable alternative at character '{text[at]}'"


def pointed(text: str, at: int, message: str) -> str:
    """Give an error text as Salesforce does: the query with a caret below the place, then what is wrong."""
    row = text.count("\n", 0, at) + 1
    column = at - text.rfind("\n", 0, at)
    first, last = max(0, at - 60), at + 60
    shown = text[first:last].replace("\n", " ")
    return f"\n{shown}\n{' ' * (at - first)}^\nERROR at Row:{row}:Column:{column}\n{message}"
