"""The screen of `check`: findings about program files, and what a good file holds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rich.console import Group, RenderableType
from rich.text import Text

from novigem.model.program import Program, bounded
from novigem.program.diagnostics import Diagnostic
from novigem.views.terminal.layout import BAD, GOOD, QUIET, UNSURE, indented, next_step, screen
from novigem.views.words import Screen, clean, counted, span_text

#: The next step by the code and the message of a finding, for those whose hint does not name the command.
STEPS: Mapping[tuple[str, str], str] = {
    ("NV341", "a board of teams ranks by points"): (
        "remove `by`; see how far teams are with `novigem progress --team ID`"
    )
}


def in_words(one: Diagnostic) -> Diagnostic:
    """Give a finding with its next step in the words of the terminal."""
    return replace(one, hint=STEPS.get((one.code, one.message), one.hint))


def finding_view(one: Diagnostic) -> Group:
    """Draw one finding; the place and the message stand out, and the line of the file is never folded."""
    head, *rest = one.render().split("\n")
    shown = 2 if one.excerpt.strip() else 0
    colour = BAD if one.severity == "error" else UNSURE
    parts: list[RenderableType] = [Text(clean(head), style=f"bold {colour}")]
    parts += [Text(clean(line), no_wrap=True, overflow="ignore") for line in rest[:shown]]
    parts += [indented(Text(clean(line.strip()))) for line in rest[shown:]]
    return Group(*parts)


def refused_view(message: str, hint: str | None) -> Text:
    """Draw why a file cannot be looked at at all."""
    result = Text("error: ", style=f"bold {BAD}")
    result.append(clean(message), style="not bold default")
    if hint:
        result.append(f"\n  {clean(hint)}", style="not bold default")
    return result


def fine_view(path: str, program: Program, target: Screen) -> Text:
    """Say what a good program holds."""
    window = program.window
    start = bounded(window.start)
    end = bounded(window.end)
    parts = [
        counted(len(program.rules), "rule"),
        counted(len(program.challenges), "challenge"),
        counted(len(program.badges), "badge"),
        counted(len(program.leaderboards), "leaderboard"),
    ]
    result = Text(f"{target.glyphs.yes} ", style=GOOD)
    result.append(clean(path), style="bold")
    span = f"{span_text(start, end, program.zone, target.glyphs.dash)} ({program.timezone})"
    result.append(f"\n  {clean(program.name)}: {', '.join(parts)}\n  {span}", style=QUIET)
    return result


def summary_view(findings: Sequence[Diagnostic], good: Sequence[str], *, with_org: bool = False) -> Text | Group:
    """Count what was found, and name the next command."""
    errors = sum(1 for one in findings if one.severity == "error")
    advice = len(findings) - errors
    told = [counted(errors, "mistake")] if errors else []
    told += [f"{counted(advice, 'piece')} of advice (not in the way of a run)"] if advice else []
    line = Text(" and ".join(told), style=BAD if errors else UNSURE)
    if errors or not good:
        return line
    named = " ".join(clean(path) for path in good)
    run = next_step(f"novigem sync {named}" if with_org else f"novigem run {named} --from FILE.jsonl")
    return screen([line if told else None, run])
