"""What stands above a program's figures: that it is paused, why and since when, or that nobody else sees it."""

from collections.abc import Iterable

from rich.text import Text

from novigem.model.pause import Pause
from novigem.model.program import Program
from novigem.views.terminal.layout import UNSURE, text
from novigem.views.words import moment_text


def paused_words(pause: Pause, program: Program) -> str:
    """Say since when a program is paused, and why."""
    until = "" if pause.is_open else f" until {moment_text(pause.end, program.zone)}"
    return f"Paused since {moment_text(pause.start, program.zone)}{until}: {pause.reason}"


def shadow_line(programs: Iterable[Program]) -> Text | None:
    """Say that some of the programs are shown to nobody else; None where none is."""
    names = [one.name for one in programs if one.is_shadow]
    return text(f"Shadow season: only you see this ({', '.join(names)})", UNSURE) if names else None


def paused_lines(programs: Iterable[Program], now: int) -> list[Text]:
    """Give a line for each program that is paused at a moment; it is named where there are several."""
    every = list(programs)
    found = [(one, pause) for one in every if (pause := one.pause_at(now)) is not None]
    heads = {one.program: f"{one.name}: " if len(every) > 1 else "" for one in every}
    return [text(f"{heads[one.program]}{paused_words(pause, one)}", UNSURE) for one, pause in found]
