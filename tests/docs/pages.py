"""The pages of the documentation as blocks, and how each kind of block is held to what it says.

* ```python runs, in one namespace for the page; a ```text block right after it is what it prints.
* ```console: each `$ novigem ...` runs in the page's own empty folder, and prints what is shown below it. `...` stands
  for anything. Where the fence says `console fails`, the last command must fail. Commands in `NOT_RUN` are for people.
* `$ novigem org serve` goes on in the background until the page ends, as in another terminal. From there on `export`
  counts: `...` in a value stands for what the sample org said that it is. `curl` asks the sample org.
* ```yaml that begins with `program:` is a good program. `<!-- file: NAME -->` before a block writes it to that file.
* A page that reads files it does not show finds those of `given/NAME/`.
* `<!-- not run: why -->` before a block leaves it out.
"""

import contextlib
import importlib.util
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple
from unittest import mock

from novigem import check_program
from novigem.cli.main import main
from tests.docs.served import Served, curl

ROOT = Path(__file__).parents[2]
GIVEN = Path(__file__).parent / "given"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")])
NOT_RUN = ("git", "mkdir", "pip", "psql", "scripts/", "cd", "export", "python", "sqlite3", "createdb")
RUN = ("novigem", "cat", "ls", "grep", "head")
# Far from any width at which a table would be folded.
WIDTH = "120"

_BLOCK = re.compile(
    r"^(?P<notes>(?:<!-- .*? -->\n)*)```(?P<kind>\w+)(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
_FILE = re.compile(r"<!-- file: (\S+) -->")


def load_script(path: str) -> ModuleType:
    """Load a script that belongs to no package, by its path from the root."""
    spec = importlib.util.spec_from_file_location(path.replace("/", "_").removesuffix(".py"), ROOT / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Block(NamedTuple):
    """A fenced block of a page; `line` is where it begins."""

    kind: str
    info: str
    text: str
    line: int
    file: str | None
    skipped: bool


def blocks(page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a page."""
    text = page.read_text(encoding="utf-8")
    for match in _BLOCK.finditer(text):
        named = _FILE.search(match["notes"])
        line = text.count("\n", 0, match.start("kind")) + 1
        skipped = "<!-- not run:" in match["notes"]
        yield Block(match["kind"], match["info"].strip(), match["text"], line, named and named[1], skipped)


class Clock(datetime):
    """A wall clock that shows the same times whenever a page is played; no two readings are equal."""

    readings = 0

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        """Give a moment after the season of the examples."""
        cls.readings += 1
        return datetime(2026, 3, 2, 15, 0, tzinfo=tz) + timedelta(milliseconds=cls.readings)


def play(page: Path, folder: Path) -> None:
    """Play a page from top to bottom in a folder; raises AssertionError at the first block that lies."""
    Clock.readings = 0
    if (GIVEN / page.stem).is_dir():
        shutil.copytree(GIVEN / page.stem, folder, dirs_exist_ok=True)
    terminal = Terminal(folder)
    with contextlib.closing(terminal):
        _play(page, terminal)


def _play(page: Path, terminal: "Terminal") -> None:
    folder = terminal.folder
    namespace: dict[str, Any] = {"__name__": "docs"}
    printed: str | None = None
    for block in blocks(page):
        where = f"{page.relative_to(ROOT) if page.is_relative_to(ROOT) else page.name}:{block.line}"
        if block.skipped:
            printed = None
            continue
        if block.file is not None:
            (folder / block.file).parent.mkdir(parents=True, exist_ok=True)
            (folder / block.file).write_text(block.text, encoding="utf-8")
        if block.kind == "text" and printed is not None:
            expect(block.text, printed, where)
        printed = None
        if block.kind == "yaml" and re.search(r"^program:", block.text, re.MULTILINE):
            program, findings = check_program(block.text, name=where)
            assert program is not None, findings
        elif block.kind == "python" and block.file is None:
            printed = _run_python(block, where, namespace, folder)
        elif block.kind == "console":
            _run_console(block, where, terminal)


def expect(shown: str, printed: str, where: str) -> None:
    """Hold the output that a page shows against what was printed; `...` stands for anything."""
    assert is_shown(shown, printed), f"{where} shows\n{shown}\nbut it prints\n{printed}"


def is_shown(shown: str, printed: str) -> bool:
    """Tell whether an output is the one that a page shows."""
    pattern = ".*?".join(re.escape(part) for part in _tidy(shown).split("..."))
    return re.fullmatch(pattern, _tidy(printed), re.DOTALL) is not None


def _tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _run_python(block: Block, where: str, namespace: dict[str, Any], folder: Path) -> str:
    out = io.StringIO()
    code = compile("\n" * block.line + block.text, where, "exec")
    with contextlib.chdir(folder), contextlib.redirect_stdout(out):
        exec(code, namespace)
    return out.getvalue()


class Terminal:
    """Where the commands of a page run: its folder, the variables that it set, and the sample org, if there is one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._variables: dict[str, str] = {}
        self._served: Served | None = None

    def type(self, command: str, shown: str) -> tuple[str, int] | None:
        """Run a command below which a page shows an output; gives what is printed and the exit code, or None."""
        words = shlex.split(command)
        if words[:3] == ["novigem", "org", "serve"]:
            self.close()
            self._served = Served(words[3:], environment({}), lambda printed: is_shown(shown, printed))
            return self._served.printed, 0
        if self._served is None:
            return None if command.startswith(NOT_RUN) else run(command, self.folder)
        if words[0] == "export":
            return self._export(words[1], self._served), 0
        if words[0] == "curl":
            return curl(self._filled(words[1:]))
        if command.startswith(NOT_RUN):
            return None
        printed, status = run(command, self.folder, self._variables)
        return self._served.usual(printed), status

    def close(self) -> None:
        """End what goes on in the background."""
        if self._served is not None:
            self._served.stop()
            self._served = None

    def _export(self, assignment: str, served: Served) -> str:
        name, _sign, value = assignment.partition("=")
        said = served.exports[name]
        expect(value, served.usual(said), f"export {name}")
        self._variables[name] = said
        return ""

    def _filled(self, words: list[str]) -> list[str]:
        return [re.sub(r"\$(\w+)", lambda found: self._variables[found[1]], word) for word in words]


def _run_console(block: Block, where: str, terminal: Terminal) -> None:
    parts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]
    for number, part in enumerate(parts, start=1):
        command, _newline, shown = part.partition("\n")
        while command.endswith("\\"):
            more, _newline, shown = shown.partition("\n")
            command = command[:-1] + more.strip()
        ran = terminal.type(command, shown)
        if ran is None:
            continue
        printed, status = ran
        fails = block.info == "fails" and number == len(parts)
        assert (status != 0) == fails, f"{where}: `{command}` ends with {status} and prints\n{printed}"
        expect(shown, printed, where)


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Give the environment of a machine without settings but these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NOVIGEM_", "PYTEST_"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    return kept | {"COLUMNS": WIDTH, "NO_COLOR": "1", "TERM": "dumb", "PATH": path} | dict(variables)


def run(command: str, folder: Path, variables: Mapping[str, str] | None = None) -> tuple[str, int]:
    """Run a command of a page in a folder, as on a machine without settings; gives its output and exit code."""
    words = shlex.split(command)
    assert words[0] in RUN, f"`{command}`: add it to NOT_RUN if people alone run it"
    surroundings = environment(variables or {})
    # Starting Python a hundred times would take most of a minute; what needs a shell gets one.
    if words[0] == "novigem" and not {"|", ">", ">>", "<", "&&"} & set(words):
        return _run_here(words[1:], folder, surroundings)
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=folder,
        env=surroundings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return done.stdout, done.returncode


def _run_here(arguments: list[str], folder: Path, environment: dict[str, str]) -> tuple[str, int]:
    # Both streams in one, in the order in which a terminal would show them.
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    status: Any = 0
    with (
        contextlib.ExitStack() as clocks,
        mock.patch.dict(os.environ, environment, clear=True),
        mock.patch.object(sys, "argv", ["novigem", *arguments]),
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(out),
    ):
        for module in ("novigem.engine.engine", "novigem.cli.context", "novigem.cli.demo", "novigem.cli.status"):
            clocks.enter_context(mock.patch(f"{module}.datetime", Clock))
        try:
            main()
        except SystemExit as leaving:
            status = leaving.code or 0
    return out.buffer.getvalue().decode(), status  # type: ignore[attr-defined]
