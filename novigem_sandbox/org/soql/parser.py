"""SOQL tokens as a `Query`, by recursive descent with a bounded depth."""

from decimal import Decimal

from novigem_sandbox.org.errors import Refusal
from novigem_sandbox.org.soql.lexer import Token, malformed, pointed, tokens
from novigem_sandbox.org.soql.syntax import (
    Aggregate,
    AllFields,
    Comparison,
    Condition,
    Group,
    Literal,
    Negation,
    Ordering,
    Path,
    Query,
)

_FUNCTIONS = {"count", "count_distinct", "min", "max", "sum", "avg"}
_OPERATORS = {"=": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_SPANS = {
    "today", "yesterday", "tomorrow", "this_week", "last_week", "this_month", "last_month", "this_year",
}  # fmt: skip
_COUNTED_SPANS = {"last_n_days", "next_n_days"}
_ESCAPES = {
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "b": "\b",
    "f": "\f",
    "'": "'",
    '"': '"',
    "\\": "\\",
    "_": "\\_",
    "%": "\\%",
}
# Deeper than anybody writes; every level costs stack while a query is read and answered.
_DEEPEST = 100
_LONGEST_PATH = 6
_CLAUSES = {"from", "where", "group", "order", "limit", "offset", "having", "with", "for", "using"}


def parse(text: str) -> Query:
    """Read a query. Raises Refusal (MALFORMED_QUERY)."""
    return _Parser(text).query()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokens(text)
        self._place = 0
        self._depth = 0

    @property
    def _next(self) -> Token:
        return self._tokens[self._place]

    def _take(self) -> Token:
        token = self._next
        self._place = min(self._place + 1, len(self._tokens) - 1)
        return token

    def _is(self, *words: str) -> bool:
        return self._next.kind in ("name", "symbol") and self._next.word in words

    def _accept(self, *words: str) -> Token | None:
        return self._take() if self._is(*words) else None

    def _expect(self, word: str) -> Token:
        return self._accept(word) or self._fail()

    def _fail(self) -> Token:
        raise self._unexpected(self._next)

    @staticmethod
    def _unexpected(token: Token) -> Refusal:
        return malformed(f"unexpected token: '{token.text[:80]}'")

    def _name(self) -> Token:
        return self._take() if self._next.kind == "name" else self._fail()

    def query(self) -> Query:
        self._expect("select")
        fields = [self._selected()]
        while self._accept(","):
            fields.append(self._selected())
        self._expect("from")
        name = self._name()
        where = self._condition() if self._accept("where") else None
        groups = self._grouped()
        order = self._ordered()
        limit = self._count("limit")
        offset = self._count("offset")
        if self._next.kind != "end":
            self._fail()
        return Query(self._text, tuple(fields), name.text, name.at, where, groups, order, limit, offset or 0)

    def _selected(self) -> Path | Aggregate | AllFields:
        token = self._next
        following = self._tokens[min(self._place + 1, len(self._tokens) - 1)]
        if token.kind == "name" and following.text == "(":
            if token.word == "fields":
                return self._all_fields()
            if token.word in _FUNCTIONS:
                return self._aggregate()
        return self._path()

    def _all_fields(self) -> AllFields:
        at = self._take().at
        self._expect("(")
        which = self._name()
        self._expect(")")
        if which.word not in ("all", "standard", "custom"):
            raise self._unexpected(which)
        return AllFields(which.word, at)

    def _aggregate(self) -> Aggregate:
        function = self._take()
        self._expect("(")
        path = None if self._is(")") else self._path()
        self._expect(")")
        if path is None and function.word != "count":
            self._fail()
        has_alias = self._next.kind == "name" and self._next.word not in _CLAUSES
        alias = self._take().text if has_alias else None
        return Aggregate(function.word, path, alias, function.at)

    def _path(self) -> Path:
        first = self._name()
        names = [first.text]
        while self._accept("."):
            names.append(self._name().text)
        if len(names) > _LONGEST_PATH:
            message = "the path has more than 5 relationships"
            raise malformed(pointed(self._text, first.at, message))
        return Path(tuple(names), first.at)

    def _condition(self) -> Condition:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise malformed(f"the query is nested more than {_DEEPEST} levels deep")
        first = self._factor()
        operator = self._next.word
        found = [first]
        while operator in ("and", "or") and self._accept(operator):
            found.append(self._factor())
        if self._is("and", "or"):
            # SOQL asks for parentheses where AND and OR meet.
            self._fail()
        self._depth -= 1
        return first if len(found) == 1 else Group(operator, tuple(found))

    def _factor(self) -> Condition:
        if self._accept("not"):
            self._depth += 1
            if self._depth > _DEEPEST:
                raise malformed(f"the query is nested more than {_DEEPEST} levels deep")
            negated = Negation(self._factor())
            self._depth -= 1
            return negated
        if self._accept("("):
            inner = self._condition()
            self._expect(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Comparison:
        path = self._path()
        if self._accept("like"):
            return Comparison(path, "like", (self._literal(),))
        if self._accept("not"):
            self._expect("in")
            return Comparison(path, "not in", self._literals())
        if self._accept("in"):
            return Comparison(path, "in", self._literals())
        operator = _OPERATORS.get(self._next.text)
        if operator is None:
            self._fail()
        self._take()
        return Comparison(path, str(operator), (self._literal(),))

    def _literals(self) -> tuple[Literal, ...]:
        self._expect("(")
        found = [self._literal()]
        while self._accept(","):
            found.append(self._literal())
        self._expect(")")
        return tuple(found)

    def _literal(self) -> Literal:  # noqa: PLR0911 - a row for each kind of literal
        token = self._take()
        kind, text = token.kind, token.text
        if kind == "string":
            return Literal("string", _unescaped(text), text, token.at)
        if kind == "number":
            return Literal("number", Decimal(text), text, token.at)
        if kind in ("date", "datetime"):
            return Literal(kind, text, text, token.at)
        if kind == "name" and token.word in ("true", "false"):
            return Literal("boolean", token.word == "true", text, token.at)
        if kind == "name" and token.word == "null":
            return Literal("null", None, text, token.at)
        if kind == "name" and token.word in _SPANS:
            return Literal(token.word, None, text, token.at)
        if kind == "name" and token.word in _COUNTED_SPANS:
            self._expect(":")
            return Literal(token.word, self._whole(), text, token.at)
        raise self._unexpected(token)

    def _whole(self) -> int:
        token = self._take()
        if token.kind != "number" or not token.text.isdigit() or len(token.text) > 9:  # noqa: PLR2004 - no count in SOQL is longer
            raise self._unexpected(token)
        return int(token.text)

    def _count(self, word: str) -> int | None:
        return self._whole() if self._accept(word) else None

    def _grouped(self) -> tuple[Path, ...]:
        if not self._accept("group"):
            return ()
        self._expect("by")
        found = [self._path()]
        while self._accept(","):
            found.append(self._path())
        return tuple(found)

    def _ordered(self) -> tuple[Ordering, ...]:
        if not self._accept("order"):
            return ()
        self._expect("by")
        found = [self._ordering()]
        while self._accept(","):
            found.append(self._ordering())
        return tuple(found)

    def _ordering(self) -> Ordering:
        path = self._path()
        direction = self._accept("asc", "desc")
        nulls_last = False
        if self._accept("nulls"):
            nulls_last = (self._accept("first", "last") or self._fail()).word == "last"
        return Ordering(path, direction is not None and direction.word == "desc", nulls_last)


def _unescaped(quoted: str) -> str:
    text = quoted[1:-1]
    if "\\" not in text:
        return text
    made = []
    letters = iter(text)
    for letter in letters:
        if letter != "\\":
            made.append(letter)
            continue
        escaped = next(letters)
        if escaped not in _ESCAPES:
            raise malformed(
                f"Invalid string literal '{quoted[:80]}'. Illegal character sequence '\\{escaped}' in string literal."
            )
        made.append(_ESCAPES[escaped])
    return "".join(made)
