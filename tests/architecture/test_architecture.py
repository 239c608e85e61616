"""The shape of the code: imports flow one way, the pure stages stay pure, files stay short, errors stay in one tree."""

import ast
import builtins
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import novigem
import novigem_sandbox
from novigem import errors

ROOT = Path(novigem.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
PACKAGES = sorted(
    path for package in (ROOT, Path(novigem_sandbox.__file__).parent) for path in package.rglob("__init__.py")
)
# A file or a folder, as the map in a docstring names it.
NAMED = re.compile(r"(?<![\w/.])(?:\w+/)*\w+(?:\.(?:py|json)|/)(?!\w)")
MOST_LINES = 400
# A longer file says why among its first lines.
REASON = f"# Longer than {MOST_LINES} lines: "

PURE = ("rules", "challenges", "leaderboards", "model")
# Rooms that never write to a store.
READ_ONLY = ("queries", "views")
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
    "Applying", "Board", "Change", "ChangeSource", "Engine", "FeedError", "InputError", "JoinWish", "Joining",
    "JsonLinesSource", "LeaseLost", "LimitReached", "Manual", "MappingError", "MemorySource", "NearMiss",
    "NovigemError", "OrgError", "OrgUnavailable", "Page", "Pause", "Person", "PollOptions", "Program", "ProgramError",
    "Queries", "Registry", "Rejected", "Request", "Requests", "RuleMisses", "RunReport", "SalesforceOrg",
    "SchemaError", "SessionError", "SettingsError", "SqlStore", "StoreError", "Sync", "SyncReport",
    "UnknownName", "Wish", "WorldError", "apply_program", "check_program", "connect", "decide_join",
    "dump_program", "examine", "explain_near_misses", "explain_record", "load_org_settings", "load_program",
    "open_store", "pause_program", "preview", "preview_join", "resume_program",
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


def test_one_room_writes() -> None:
    """Everybody else asks the engine to: a transaction begins in `engine/`, or in the stores and their tests."""
    writing = {relative(path).split("/")[0] for path in FILES if begins_transaction(ast.parse(path.read_text("utf-8")))}
    assert writing == {"engine", "ledger", "testing"}


def begins_transaction(tree: ast.Module) -> bool:
    """Tell whether code begins a transaction of a store: the only call of this name that a `with` opens."""
    opened = [item.context_expr for node in ast.walk(tree) if isinstance(node, ast.With) for item in node.items]
    return any(isinstance(one, ast.Call) and getattr(one.func, "attr", None) == "begin" for one in opened)


def test_the_lint_sees_who_begins_a_transaction() -> None:
    assert begins_transaction(ast.parse("with store.begin(lock=False) as transaction:\n    pass"))
    assert not begins_transaction(ast.parse("ear.begin(org)"))


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


@pytest.mark.parametrize("path", [path for path in FILES if relative(path).split("/")[0] in READ_ONLY], ids=relative)
def test_what_only_reads_begins_no_transaction(path: Path) -> None:
    assert list(transactions(ast.parse(path.read_text("utf-8")))) == []


def transactions(tree: ast.Module) -> Iterator[int]:
    """Yield the lines on which a transaction begins."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "begin":
            yield node.lineno


def test_the_lint_sees_a_transaction() -> None:
    code = "with store.begin() as one:\n    act(one)\nstart = self.store.begin\n"
    assert sorted(transactions(ast.parse(code))) == [1, 3]


def test_no_file_is_longer_than_a_reader_can_hold_without_its_reason() -> None:
    lines = {relative(path): path.read_text("utf-8").splitlines() for path in FILES}
    longer = {name for name, text in lines.items() if len(text) > MOST_LINES}
    reasons = {name for name, text in lines.items() if any(line.startswith(REASON) for line in text[:20])}
    assert longer == reasons


def test_every_module_says_what_it_is_for() -> None:
    silent = [relative(path) for path in FILES if not ast.get_docstring(ast.parse(path.read_text("utf-8")))]
    assert silent == []


@pytest.mark.parametrize("path", PACKAGES, ids=lambda path: path.relative_to(ROOT.parent).as_posix())
def test_every_file_that_a_package_maps_exists(path: Path) -> None:
    named = NAMED.findall(ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "")
    missing = [one for one in named if not any((base / one).exists() for base in (path.parent, ROOT.parent))]
    assert missing == []


def test_the_sandbox_maps_every_file_of_its_rooms() -> None:
    """A map that leaves a room's file out misleads as much as one that names a file too many."""
    for path in PACKAGES:
        if path.is_relative_to(Path(novigem_sandbox.__file__).parent):
            told = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
            files = {one.name for one in path.parent.glob("*.py")} - {"__init__.py"}
            assert {name for name in files if name not in told} == set(), path


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


@pytest.mark.parametrize("name", list(TREE))
def test_an_exception_keeps_its_code_and_its_facts_beside_the_message(name: str) -> None:
    error = getattr(errors, name)("it failed", code="some-case", number=3)
    assert (error.code, error.facts, str(error)) == ("some-case", {"number": 3}, "it failed")
    assert (getattr(errors, name)("it failed").code, getattr(errors, name)("it failed").facts) == (None, {})


def test_every_exception_of_ours_is_public() -> None:
    assert set(TREE) <= set(PUBLIC)


def test_the_command_is_installed() -> None:
    (command,) = entry_points(group="console_scripts", name="novigem")
    assert command.value == "novigem.cli.main:main"
