"""The core speaks no command line: its errors carry codes and facts, and the terminal words each of them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import novigem
from novigem.cli.main import COMMANDS
from novigem.views.terminal.errors import STEPS

ROOT = Path(novigem.__file__).parent
CORE = [path for path in sorted(ROOT.rglob("*.py")) if path.relative_to(ROOT).parts[0] not in {"cli", "views"}]
_COMMANDS = "|".join(name for section in COMMANDS.values() for name in section)
SPOKEN = re.compile(rf"\bnovigem (?:{_COMMANDS})\b|(?<![\w-])--[a-z][a-z-]*|NOVIGEM_\w+|\bnovigem\.toml\b")
# Where a value of an f-string stands; a flag may be made of it, as in f"--{name}".
_VALUE = "x"
# What may stand in the core all the same, each with its reason.
ALLOWED = {
    ("feed/salesforce/login.py", "--alias"),  # a flag of Salesforce's own command, which a person is told of
    ("feed/salesforce/login.py", "--json"),  # a flag of the same, which is called
    ("feed/salesforce/login.py", "--target-org"),  # likewise
    ("feed/salesforce/settings.py", "NOVIGEM_SF_"),  # it reads the environment, and names what it finds there
    ("program/reference.py", "novigem check"),  # the page of the manual about programs, written by `docs/render.py`
    ("settings.py", "NOVIGEM_x"),  # it reads the environment, the flags and the file, and names what it finds there
    ("settings.py", "--x"),  # likewise
    ("settings.py", "novigem.toml"),  # likewise
}
_CODE = re.compile(r"[a-z]+(?:-[a-z]+)+")


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def strings(tree: ast.AST) -> Iterator[str]:
    """Yield every text of a module that is no docstring, with a letter for each value of an f-string."""
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    inside |= {id(text) for node in ast.walk(tree) if (text := docstring(node)) is not None}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(one.value) if isinstance(one, ast.Constant) else _VALUE for one in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield node.value


def docstring(node: ast.AST) -> ast.Constant | None:
    """Give the docstring of a node that has one."""
    match node:
        case ast.Module(body=[ast.Expr(ast.Constant() as text), *_]):
            return text
        case ast.ClassDef(body=[ast.Expr(ast.Constant() as text), *_]):
            return text
        case ast.FunctionDef(body=[ast.Expr(ast.Constant() as text), *_]):
            return text
        case ast.AsyncFunctionDef(body=[ast.Expr(ast.Constant() as text), *_]):
            return text
    return None


def spoken(code: str) -> set[str]:
    """Give the commands, flags, variables and files that the texts of a module name."""
    return {found for text in strings(ast.parse(code)) for found in SPOKEN.findall(text)}


def raised(code: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each code that a module gives an error, with the names of the facts beside it."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call):
            facts = frozenset(one.arg for one in node.keywords if one.arg is not None)
            for one in node.keywords:
                if one.arg == "code":
                    yield from ((text, facts) for text in strings(one.value) if _CODE.fullmatch(text))


def test_the_core_names_no_command_no_flag_and_no_variable() -> None:
    found = {(relative(path), text) for path in CORE for text in spoken(path.read_text("utf-8"))}
    assert found - ALLOWED == set()
    assert ALLOWED - found == set()


def test_the_lint_sees_what_it_forbids_and_leaves_the_docstrings_alone() -> None:
    code = '"""`novigem run --from`"""\n'
    code += (
        "def f(name):\n    '''Set NOVIGEM_DB.'''\n    return f'--{name} or novigem board {name}' + f'NOVIGEM_{name}'\n"
    )
    code += "raise InputError('no --reason', hint='`novigem appeal list`, see novigem.toml')\n"
    code += "print('the novigem that wrote it', '---', 'a -- b', 'novigem rules')\n"
    assert spoken(code) == {
        "--x", "novigem board", "NOVIGEM_x", "--reason", "novigem appeal", "novigem.toml"
    }  # fmt: skip


def test_the_lint_sees_codes_and_their_facts() -> None:
    code = "raise A('m', hint='h', code='one-thing', number=1)\nB(code='two-ones' if x else 'two-others')\nC('NV101')\n"
    facts = frozenset({"code"})
    assert set(raised(code)) == {
        ("one-thing", frozenset({"hint", "code", "number"})), ("two-ones", facts), ("two-others", facts)
    }  # fmt: skip


def test_every_code_of_the_core_is_worded_and_every_row_is_of_use() -> None:
    codes = {code for path in CORE for code, _facts in raised(path.read_text("utf-8"))}
    assert codes == set(STEPS)


@pytest.mark.parametrize("path", [path for path in CORE if "code=" in path.read_text("utf-8")], ids=relative)
def test_every_error_has_the_facts_that_its_row_shows(path: Path) -> None:
    for code, facts in raised(path.read_text("utf-8")):
        shown = {name for _text, name, _form, _how in Formatter().parse(STEPS[code]) if name is not None}
        assert shown <= facts, code


@pytest.mark.parametrize("code", STEPS)
def test_every_row_says_what_a_hint_of_the_core_may_not(code: str) -> None:
    assert SPOKEN.search(STEPS[code])
