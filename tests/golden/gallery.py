"""The error gallery: one tiny bad file per diagnostic code, what is said about it, and the page that shows both."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from novigem.feed.salesforce.facts import Facts
from novigem.program import check_program
from novigem.program.checks.org import check_against
from novigem.program.codes import CODES
from novigem.program.diagnostics import Diagnostic, render_all
from novigem.program.load import open_program
from novigem.views.terminal.check import in_words
from novigem.views.terminal.errors import STEPS
from tests.golden.orgs import connected_to, org_of_several_currencies, served, team_org

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).parent / "errors"
PAGE = ROOT / "docs" / "reference" / "errors.md"
REFRESH = "python -m tests.golden.refresh"

_GROUPS = {
    "NV1": "The file and its YAML",
    "NV2": "The shape of a program",
    "NV3": "References, and what must agree",
    "NV4": "What can never happen",
    "NV5": "Against an org (`novigem check PROGRAM --org`)",
    "NV9": "Design advice",
}

# What only an org can tell.
_OF_ORGS = ("NV5", "NV346", "NV347")

_INTRO = f"""\
# Everything a check can find

<!-- Written by `{REFRESH}` from tests/golden/errors. Change the files there, not this page. -->

`novigem check PROGRAM` tells everything at once: the place, what is wrong, and one next step. An **error** stops a
load. A **warning** is design advice: the program runs, and is likely to disappoint. A code keeps its meaning for good,
so that scripts may rely on it.

Codes that begin with NV5, and NV346 and NV347, come with `--org` only: the file is good, and the org is not as the
program expects. A sync refuses to start for an object or a field that it cannot read; the other errors would be rules
that never pay, or sums that are none.

What else the library refuses, and the codes of that, stands [at the end](#errors-that-carry-a-code).
"""

_CODED = """\
## Errors that carry a code

What is wrong with a program file is one of the findings above. Every other error of the library says what happened and
what to do next without a command line in it. Where the `novigem` command has better words for the next step, the error
carries a `code` and the `facts` of the case, and the command words them as follows, the facts in braces.
[From Python](../tutorial/embed.md#when-something-is-refused), both are attributes of the exception. A code keeps its
meaning for good.

| code | next step at the terminal |
|---|---|"""


def cases() -> list[Path]:
    """Give the bad files, by code."""
    return sorted(FOLDER.glob("*.yaml"))


def expected_file(case: Path) -> Path:
    """Give the file that holds what is said about a bad file."""
    return case.with_suffix(".expected")


def findings(case: Path) -> list[Diagnostic]:
    """Check one bad file, under its bare name; where its code asks for an org, against that of `orgs.py`."""
    asks_an_org = case.name.startswith(_OF_ORGS)
    return list(_against_the_org()[case]) if asks_an_org else check_program(case, name=case.name)[1]


@cache
def _against_the_org() -> Mapping[Path, tuple[Diagnostic, ...]]:
    found = {}
    hiding = team_org()
    hiding.hide_field("User", "ManagerId")
    with (
        served(team_org()) as running,
        connected_to(running) as org,
        served(hiding) as running_hiding,
        connected_to(running_hiding) as org_hiding,
        served(org_of_several_currencies()) as running_several,
        connected_to(running_several) as org_several,
    ):
        facts = Facts(org)
        others = {"NV518": Facts(org_hiding), "NV346": Facts(org_several), "NV347": Facts(org_several)}
        for case in cases():
            if case.name.startswith(_OF_ORGS):
                opened = open_program(case, name=case.name)
                assert opened.draft is not None
                check_against(opened.draft, others.get(case.name[:5], facts))
                found[case] = tuple(opened.findings)
    return found


def expected_text(case: Path) -> str:
    """Give what is said about one bad file."""
    return render_all([in_words(one) for one in findings(case)]) + "\n"


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
    return "\n".join([*parts, _CODED, *(f"| `{code}` | {_cell(step)} |" for code, step in sorted(STEPS.items())), ""])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _show(case: Path) -> str:
    text = case.read_bytes().decode("utf-8", errors="replace")
    return f"```yaml\n{text}```\n\n```text\n{expected_text(case)}```\n"
