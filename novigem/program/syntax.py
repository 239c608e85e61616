"""Say in plain words why a text is not YAML, and where the mistake was made rather than where the parser gave up."""

import re
from typing import Any, NamedTuple

import yaml

from novigem.model.signs import odd_sign
from novigem.program.document import Spot

# Above this size the pure parser would keep people waiting for a slightly better message.
LARGE = 50_000


class Explanation(NamedTuple):
    """The code, the place, the message and the next step."""

    code: str
    spot: Spot
    message: str
    hint: str


def explain(text: str, lines: list[str], error: yaml.YAMLError) -> Explanation:
    """Explain a parser error.

    The pure parser is asked again, because its marks and words do not depend on how PyYAML was built.
    """
    found = _better(_pure_error(text) if len(text) <= LARGE else None, error)
    mark: Any = getattr(found, "problem_mark", None) or getattr(found, "context_mark", None)
    context: Any = getattr(found, "context_mark", None) or mark
    problem = str(getattr(found, "problem", None) or "")
    where = str(getattr(found, "context", None) or "")
    if mark is None:
        return Explanation("NV103", Spot(1, 1), "the text is not YAML", "check the first lines")
    spot = _held(Spot(mark.line + 1, mark.column + 1), lines)
    start = _held(Spot(context.line + 1, context.column + 1), lines)
    line = lines[spot.line - 1]
    if "<document start>" in problem and lines[0].startswith("%"):
        return _directive(Spot(1, 1))
    odd = _odd_sign(lines, spot, start)
    if odd is not None:
        return odd
    above = _line_above(lines, spot)
    if above is not None and "mapping values" in problem:
        return above
    for row in (_tab, _tag, _quotes, _colon, _bracket, _special, _no_colon, _indent):
        explanation = row(problem, where, spot, start, line)
        if explanation is not None:
            return explanation
    return Explanation(
        "NV103", spot, f"this is not YAML: {problem or 'the parser stopped here'}", "check this line and the one above"
    )


def _better(pure: yaml.YAMLError | None, error: yaml.YAMLError) -> yaml.YAMLError:
    """Give the pure parser's error, unless it is about an earlier line, which the first parser had no trouble with."""
    lines = [getattr(getattr(one, "problem_mark", None), "line", None) for one in (pure, error)]
    earlier = lines[0] is not None and lines[1] is not None and lines[0] < lines[1]
    return error if pure is None or earlier else pure


def _pure_error(text: str) -> yaml.YAMLError | None:
    try:
        for _event in yaml.parse(text, Loader=yaml.SafeLoader):
            pass
    except yaml.YAMLError as error:
        return error
    return None


def _held(spot: Spot, lines: list[str]) -> Spot:
    """Keep a place inside the text: the parser points behind the last line when something is left open."""
    line = min(spot.line, len(lines))
    while line > 1 and line < spot.line and not lines[line - 1].strip():
        line -= 1
    return spot if line == spot.line else Spot(line, len(lines[line - 1]) + 1)


def _line_above(lines: list[str], spot: Spot) -> Explanation | None:
    """Blame the line above where it should be `key: value` and is not: only the line after it fails to parse."""
    number = spot.line - 1
    while number and not lines[number - 1].strip():
        number -= 1
    line, here = (lines[number - 1], lines[spot.line - 1]) if number else ("", "")
    text = line.strip()
    indent = len(line) - len(line.lstrip())
    if not text or text[0] in "#\"'" or ": " in text or text.endswith(":") or len(here) - len(here.lstrip()) > indent:
        return None
    hint = "put a colon and a space after the key"
    return Explanation("NV103", Spot(number, indent + 1, len(text)), "this line has no `key: value`", hint)


def _odd_sign(lines: list[str], spot: Spot, start: Spot) -> Explanation | None:
    """Name a sign that is not what it seems in the lines that the parser stumbled over, where it keeps words apart."""
    for number in dict.fromkeys((spot.line, _line_before(lines, spot.line), start.line)):
        odd = odd_sign(lines[number - 1])
        if odd is not None:
            code = "NV113" if odd.sign.is_hidden else "NV114"
            return Explanation(code, Spot(number, odd.sign.at + 1), odd.message, odd.hint)
    return None


def _line_before(lines: list[str], number: int) -> int:
    """Give the number of the nearest line above that holds something; the line's own where there is none."""
    return next((above for above in range(number - 1, 0, -1) if lines[above - 1].strip()), number)


def _tab(problem: str, _where: str, spot: Spot, _start: Spot, line: str) -> Explanation | None:
    indent = line[: len(line) - len(line.lstrip())]
    at_tab = line[spot.column - 1 : spot.column] == "\t"
    if "\t" not in indent and not (at_tab and "cannot start" in problem):
        return None
    column = indent.index("\t") + 1 if "\t" in indent else spot.column
    return Explanation(
        "NV104", Spot(spot.line, column), "a tab stands where YAML wants spaces", "replace the tab by spaces"
    )


def _directive(spot: Spot) -> Explanation:
    return Explanation("NV103", spot, "a line that begins with `%` is not accepted", "remove it")


def _tag(problem: str, where: str, _spot: Spot, start: Spot, _line: str) -> Explanation | None:
    if "tag" not in problem and not re.search(r"scanning a (tag|directive)|parsing a node", where):
        return None
    if "directive" in where or "YAML" in problem:
        return _directive(start)
    return (
        Explanation("NV107", start, "a tag is not accepted", "remove it, or quote the text if it begins with `!`")
        if ("tag" in where + problem)
        else None
    )


def _quotes(problem: str, where: str, spot: Spot, start: Spot, line: str) -> Explanation | None:
    if "quoted scalar" in where:
        if "unexpected" not in problem and ("escape" in problem or "expected" in problem):
            hint = "use single quotes, or write the backslash twice"
            return Explanation(
                "NV103", spot, "between double quotes a backslash begins an escape, and this is none", hint
            )
        return Explanation("NV103", start, "the quote that opens here is never closed", "close it, or remove it")
    after_quote = re.search(r"""["']\s*\Z""", line[: spot.column - 1])
    if after_quote and "found" in problem and "scalar" in problem:
        hint = "put the quotes around the whole value"
        return Explanation("NV103", spot, "text follows after the closing quote", hint)
    return None


def _colon(problem: str, _where: str, spot: Spot, _start: Spot, line: str) -> Explanation | None:
    if "mapping values are not allowed" not in problem:
        return None
    value = re.match(r"\s*(?:- +)*[^:\s][^:]*:\s+(.*:.*)", line)
    if value is None or value.start(1) > spot.column - 1:
        return None
    found = value.group(1).strip()
    hint = f'put the value in quotes: "{found[:60]}"' if '"' not in found else "put the whole value in quotes"
    return Explanation("NV103", Spot(spot.line, value.start(1) + 1), "a value without quotes holds a colon", hint)


def _bracket(problem: str, where: str, spot: Spot, start: Spot, _line: str) -> Explanation | None:
    kind = {"while parsing a flow sequence": "[", "while parsing a flow mapping": "{"}.get(where)
    if kind is None:
        return None
    close = {"[": "]", "{": "}"}[kind]
    if "',' or" in problem and "stream end" not in problem and spot.line == start.line:
        return Explanation(
            "NV103",
            spot,
            f"a comma or `{close}` is missing before this",
            f"separate with commas and close with `{close}`",
        )
    return Explanation("NV103", start, f"the `{kind}` that opens here is never closed", f"close it with `{close}`")


def _special(problem: str, _where: str, spot: Spot, start: Spot, line: str) -> Explanation | None:
    if "cannot start any token" in problem:
        character = line[spot.column - 1 : spot.column] or "this"
        return Explanation(
            "NV103", spot, f'a value cannot begin with "{character}" unless it is quoted', "put the value in quotes"
        )
    if "alphabetic or numeric" in problem:
        character = line[start.column - 1 : start.column] or "*"
        return Explanation(
            "NV103", start, f'a value cannot begin with "{character}" unless it is quoted', "put the value in quotes"
        )
    return None


def _no_colon(problem: str, where: str, _spot: Spot, start: Spot, _line: str) -> Explanation | None:
    if "could not find expected ':'" in problem and "simple key" in where:
        return Explanation("NV103", start, "this line has no `key: value`", "put a colon and a space after the key")
    return None


def _indent(problem: str, where: str, spot: Spot, _start: Spot, line: str) -> Explanation | None:
    rest = line[spot.column - 1 :]
    first = Spot(spot.line, len(line) - len(line.lstrip()) + 1)
    if rest[:1] in ("]", "}"):
        return Explanation("NV103", spot, f"this `{rest[0]}` closes nothing", "remove it")
    if not any(words in problem for words in ("<document start>", "<block end>", "not allowed here")):
        return None
    if rest.startswith("- ") and first != spot:
        return Explanation("NV103", spot, "a list cannot begin behind its key", "begin the list on the next line")
    if "block collection" in where and rest.startswith("-"):
        return Explanation("NV103", spot, "a `-` does not fit here", "begin every entry of one list in the same column")
    hint = "begin every key of one mapping, and every `-` of one list, in the same column"
    return Explanation("NV103", first, "the indentation does not fit the lines above", hint)
