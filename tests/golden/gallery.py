"""The error gallery: one tiny bad file per diagnostic code, what is said about it, and the page that shows both."""

from pathlib import Path

from novigem.program import check_program
from novigem.program.codes import CODES
from novigem.program.diagnostics import Diagnostic, render_all

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).parent / "errors"
PAGE = ROOT / "docs" / "reference" / "errors.md"
REFRESH = "python -m tests.golden.refresh"

_GROUPS = {
    "NV1": "The file and its YAML",
    "NV2": "The shape of a program",
    "NV3": "References, and what must agree",
    "NV4": "What can never happen",
    "NV9": "Design advice",
}

_INTRO = f"""\
# Everything a check can find

<!-- Written by `{REFRESH}` from tests/golden/errors. Change the files there, not this page. -->

`novigem check PROGRAM` tells everything at once: the place, what is wrong, and one next step. An **error** stops a
load. A **warning** is design advice: the program runs, and is likely to disappoint. A code keeps its meaning for good,
so that scripts may rely on it.
"""


def cases() -> list[Path]:
    """Give the bad files, by code."""
    return sorted(FOLDER.glob("*.yaml"))


def expected_file(case: Path) -> Path:
    """Give the file that holds what is said about a bad file."""
    return case.with_suffix(".expected")


def findings(case: Path) -> list[Diagnostic]:
    """Check one bad file, under its bare name."""
    return check_program(case, name=case.name)[1]


def expected_text(case: Path) -> str:
    """Give what is said about one bad file."""
    return render_all(findings(case)) + "\n"


def page() -> str:
    """Give the reference page."""
    parts = [_INTRO]
    group = ""
    for code, about in CODES.items():
        if code[:3] != group:
            group = code[:3]
            parts.append(f"## {_GROUPS[group]}\n")
        parts.append(f"### {code} {about.title} ({about.severity})\n")
        parts += [_show(case) for case in cases() if case.name.startswith(code)]
    return "\n".join(parts)


def _show(case: Path) -> str:
    text = case.read_bytes().decode("utf-8", errors="replace")
    return f"```yaml\n{text}```\n\n```text\n{expected_text(case)}```\n"
