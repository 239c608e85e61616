"""Mutation testing of the pure rooms with mutmut, in a copy of the checkout; see `scripts/mutation`.

A mutant runs only those tests of its room that reach it, until the first of them fails.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: Each room or file, with the tests that are to notice a change in it.
ROOMS = {
    "novigem/rules": ("tests/unit/rules", "tests/property/test_rules_laws.py", "tests/property/test_pattern_laws.py"),
    "novigem/challenges": (
        "tests/unit/challenges",
        "tests/unit/engine/test_teams.py",
        "tests/unit/engine/posting",
        "tests/property/test_streak_laws.py",
    ),
    "novigem/leaderboards": ("tests/unit/leaderboards", "tests/property/test_ranking_laws.py"),
    "novigem/model": ("tests/unit/model", "tests/property/test_periods_laws.py"),
    "novigem/program": ("tests/unit/program",),
    "novigem/engine/awards.py": (
        "tests/unit/engine/test_award_edges.py",
        "tests/unit/engine/test_engine_awards.py",
        "tests/unit/engine/posting",
        "tests/unit/rules/test_limits.py",
    ),
}
_COPIED = ("novigem", "novigem_sandbox", "tests", "config", "docs", "pyproject.toml")
_SURVIVED, _KILLED, _NO_TEST = 0, (1, 3), (5, 33)
# What mutmut does before it tests anything: only then are the names of the mutants known.
_MAKE = """
from mutmut.__main__ import copy_also_copy_files, copy_src_dir, create_mutants, setup_source_paths
from pathlib import Path
Path("mutants").mkdir(exist_ok=True)
copy_src_dir()
copy_also_copy_files()
setup_source_paths()
create_mutants(1)
"""
# What `mutmut show` does for one mutant; starting it for each takes long.
_SHOW = """
import sys
from mutmut.mutation.diff_apply import get_diff_for_mutant
for name in sys.argv[1:]:
    print(f"# {name}", get_diff_for_mutant(name), sep="\\n")
"""


def main() -> int:
    """Run what the command line asks for; the exit code is 1 where a mutant survived."""
    parser = argparse.ArgumentParser(description="Tell which small changes of a pure room no test notices.")
    parser.add_argument("what", help="a room (rules, challenges, ...) or a file in one")
    parser.add_argument("--sample", type=int, metavar="N", help="only N mutants, by lot")
    parser.add_argument("--seed", type=int, default=1, help="another seed draws others (1)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at once (one per core)")
    asked = parser.parse_args()
    what = asked.what if asked.what.startswith("novigem/") else f"novigem/{asked.what}"
    room = next((one for one in ROOMS if what == one or what.startswith(f"{one}/")), None)
    if room is None or not (ROOT / what).exists():
        parser.error(f"{asked.what} is no such room or file; the rooms are {', '.join(ROOMS)}")
    with tempfile.TemporaryDirectory(prefix="novigem-mutation-") as folder:
        return _run(Path(folder), what, ROOMS[room], asked)


def _run(folder: Path, what: str, tests: tuple[str, ...], asked: argparse.Namespace) -> int:
    for name in _COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    (folder / "setup.cfg").write_text(_settings(what, tests), "utf-8")
    environment = os.environ | {"HYPOTHESIS_PROFILE": "few", "PYTHONPATH": ""}
    mutmut = [sys.executable, "-m", "mutmut"]
    generating = environment | {"MUTANT_UNDER_TEST": "mutant_generation"}
    subprocess.run([sys.executable, "-c", _MAKE], cwd=folder, env=generating, check=True)
    names = sorted(_results(folder))
    chosen = sorted(random.Random(asked.seed).sample(names, min(asked.sample or len(names), len(names))))
    subprocess.run(
        [*mutmut, "run", "--max-children", str(asked.jobs), *chosen], cwd=folder, env=environment, check=True
    )
    results = {name: code for name, code in _results(folder).items() if name in set(chosen)}
    counts = Counter(_outcome(code) for code in results.values())
    survivors = sorted(name for name, code in results.items() if _outcome(code) in ("survived", "not tested"))
    subprocess.run([sys.executable, "-c", _SHOW, *survivors], cwd=folder, env=environment, check=False)
    print(f"{what}: {len(chosen)} of {len(names)} mutants (seed {asked.seed}): {dict(counts)}")
    return 1 if survivors else 0


def _settings(what: str, tests: tuple[str, ...]) -> str:
    only = f"{what}/*" if not what.endswith(".py") else what
    lists = {
        "source_paths": ["novigem"],
        "only_mutate": [only],
        "also_copy": [name for name in _COPIED if name not in ("novigem", "tests")],
        "pytest_add_cli_args": ["-n", "0", "-x", "-p", "no:cacheprovider"],
        "pytest_add_cli_args_test_selection": tests,
    }
    lines = [line for name, values in lists.items() for line in (f"{name}=", *(f"    {one}" for one in values))]
    return "\n".join(["[mutmut]", *lines, "use_git_change_detection=false", "timeout_multiplier=10", ""])


def _results(folder: Path) -> dict[str, int | None]:
    """Give the exit code of the tests under each mutant; None where it was not tried."""
    found: dict[str, int | None] = {}
    for path in (folder / "mutants").rglob("*.meta"):
        found |= json.loads(path.read_text("utf-8"))["exit_code_by_key"]
    return found


def _outcome(code: int | None) -> str:
    if code in _KILLED:
        return "killed"
    if code == _SURVIVED:
        return "survived"
    return "not tested" if code is None or code in _NO_TEST else "timed out"


if __name__ == "__main__":
    sys.exit(main())
