"""The shape of the code: imports flow one way, the pure stages stay pure, files stay short, errors stay in one tree."""

import ast
import builtins
import importlib
import inspect
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import novigem
from novigem import errors

ROOT = Path(novigem.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
MOST_LINES = 400
# A longer file says why among its first lines.
REASON = f"# Longer than {MOST_LINES} lines: "

PURE = ("rules", "challenges", "leaderboards", "model")
# What reaches outside of a process, or knows the time.
FORBIDDEN_IMPORTS = {
    "sqlalchemy", "sqlite3", "psycopg", "alembic", "requests", "httpx", "urllib", "http", "socket", "ssl", "ftplib",
    "smtplib", "subprocess", "os", "io", "pathlib", "shutil", "tempfile", "yaml", "csv", "time", "random",
    "secrets", "uuid", "threading", "multiprocessing", "asyncio", "locale", "logging", "sys",
}  # fmt: skip
FORBIDDEN_CALLS = {"open", "print", "input", "eval", "__import__", "breakpoint"}
FORBIDDEN_METHODS = {"now", "today", "utcnow", "fromtimestamp"}
# One exception each, with its reason.
ALLOWED = {
    ("rules/compile.py", "exec"),  # the compiler runs the tree it has built
    ("model/change.py", "fromtimestamp"),  # with a moment given, and in UTC
}

PUBLIC = [
    "Applying", "Board", "Change", "ChangeSource", "Engine", "FeedError", "InputError", "JsonLinesSource",
    "LeaseLost", "LimitReached", "MappingError", "MemorySource", "NearMiss", "NovigemError", "OrgError",
    "OrgUnavailable", "Page", "Person", "PollOptions", "Program", "ProgramError", "Queries", "Registry",
    "Rejected", "Request", "Requests", "RuleMisses", "RunReport", "SalesforceOrg", "SchemaError",
    "SessionError", "SettingsError", "SqlStore", "StoreError", "Sync", "SyncReport", "UnknownName", "Wish",
    "WorldError", "apply_program", "check_program", "connect", "dump_program", "examine", "explain_near_misses",
    "explain_record", "load_org_settings", "load_program", "open_store", "preview",
]  # fmt: skip
TESTING = [
    "BoardContract", "ClosingContract", "FeedContract", "FeedStateContract", "FlagContract", "JournalContract",
    "LedgerContract", "MemorySource", "MemoryStore", "PrivacyContract", "StateContract", "StoreContract",
    "TeamContract", "make_change", "make_id", "make_person", "make_program",
]  # fmt: skip
TREE = {
    "NovigemError": "Exception",
    "InputError": "NovigemError",
    "ProgramError": "InputError",
    "MappingError": "InputError",
    "SettingsError": "InputError",
    "UnknownName": "InputError",
    "OrgError": "InputError",
    "WorldError": "NovigemError",
    "StoreError": "WorldError",
    "SchemaError": "StoreError",
    "LeaseLost": "StoreError",
    "FeedError": "WorldError",
    "SessionError": "FeedError",
    "LimitReached": "FeedError",
    "OrgUnavailable": "FeedError",
}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_imports_flow_one_way() -> None:
    lint = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command; lint_imports_command()",
        "--no-cache",
    ]
    done = subprocess.run(lint, cwd=ROOT.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", [path for path in FILES if relative(path).split("/")[0] in PURE], ids=relative)
def test_pure_stages_know_no_clock_no_file_no_network_and_no_database(path: Path) -> None:
    found = {(relative(path), name) for name in impure_names(ast.parse(path.read_text("utf-8")))}
    assert found - ALLOWED == set()


def impure_names(tree: ast.Module) -> Iterator[str]:
    """Yield what a pure stage must not use."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names if one.name.split(".")[0] in FORBIDDEN_IMPORTS)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in FORBIDDEN_IMPORTS:
            yield node.module or ""
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in {*FORBIDDEN_CALLS, "exec"}
        ):
            yield node.func.id
        elif isinstance(node, ast.Attribute) and node.attr in FORBIDDEN_METHODS:
            yield node.attr


def test_the_lint_sees_what_it_forbids() -> None:
    code = "import time\nfrom sqlalchemy.sql import text\nimport os.path\n"
    code += "datetime.now(UTC)\nopen('x')\nexec('1')\ndate.today()\n"
    assert set(impure_names(ast.parse(code))) == {"time", "sqlalchemy.sql", "os.path", "now", "open", "exec", "today"}


def test_no_file_is_longer_than_a_reader_can_hold_without_its_reason() -> None:
    lines = {relative(path): path.read_text("utf-8").splitlines() for path in FILES}
    longer = {name for name, text in lines.items() if len(text) > MOST_LINES}
    reasons = {name for name, text in lines.items() if any(line.startswith(REASON) for line in text[:20])}
    assert longer == reasons


def test_every_module_says_what_it_is_for() -> None:
    silent = [relative(path) for path in FILES if not ast.get_docstring(ast.parse(path.read_text("utf-8")))]
    assert silent == []


def test_the_public_names_are_the_tested_list() -> None:
    assert sorted(novigem.__all__) == PUBLIC
    for name in PUBLIC:
        value = getattr(novigem, name)
        assert value.__doc__, name
        assert value.__name__ == name
    assert set(dir(novigem)) >= set(PUBLIC)


def test_a_name_that_is_not_public_is_told_as_missing() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        novigem.Nothing  # noqa: B018 - asking is the test


def test_the_names_for_tests_are_the_tested_list() -> None:
    testing = importlib.import_module("novigem.testing")
    assert sorted(testing.__all__) == TESTING
    assert all(getattr(testing, name).__doc__ for name in TESTING)


def test_helpers_for_tests_need_no_pytest() -> None:
    code = "import sys, novigem.testing; print([n for n in ('pytest', 'hypothesis') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_exceptions_form_the_tree_that_their_module_draws() -> None:
    found = {
        name: value.__bases__[0].__name__
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, Exception)
    }
    assert found == TREE
    assert all(len(getattr(errors, name).__bases__) == 1 for name in TREE)
    assert all(f" {name}" in (errors.__doc__ or "") or name == "NovigemError" for name in TREE)
    assert not set(TREE) & set(dir(builtins))


@pytest.mark.parametrize("name", list(TREE))
def test_exit_codes_tell_your_mistakes_from_the_worlds(name: str) -> None:
    kind = getattr(errors, name)
    assert kind.exit_code == (2 if issubclass(kind, errors.InputError) else 1)


@pytest.mark.parametrize("name", list(TREE))
def test_an_exception_shows_its_message_and_its_next_step(name: str) -> None:
    kind = getattr(errors, name)
    assert str(kind("it failed")) == "it failed"
    assert str(kind("it failed", hint="do this")) == "it failed\n  do this"
    assert (kind("it failed", hint="do this").message, kind("it failed").hint) == ("it failed", None)


def test_every_exception_of_ours_is_public() -> None:
    assert set(TREE) <= set(PUBLIC)


def test_the_command_is_installed() -> None:
    (command,) = entry_points(group="console_scripts", name="novigem")
    assert command.value == "novigem.cli.main:main"
