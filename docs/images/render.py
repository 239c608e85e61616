# ruff: noqa: INP001 - a script beside the picture that it draws, not a package
"""Draws the picture of the README from a real season: the board of `novigem demo`.

Refresh: python docs/images/render.py
"""

import io
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI

from novigem import Queries
from novigem.views.terminal.board import board_screen
from novigem.views.words import Glyphs, Screen
from novigem_sandbox.demo.story import Story, play

PICTURE = Path(__file__).with_name("board.svg")
WIDTH = 84
AFTER_THE_SEASON = datetime(2026, 2, 20, tzinfo=UTC)


def draw(story: Story) -> str:
    """Give the picture as SVG that fetches nothing: no remote font, no link."""
    # The console writes nowhere: only its record is wanted.
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    board = Queries(story.store, now=AFTER_THE_SEASON).board(story.board, program_id=story.program.program)
    console.print(board_screen(board, story.program, Screen(WIDTH, Glyphs())))
    svg = console.export_svg(title="novigem board", theme=MONOKAI, unique_id="board")
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    return re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE).strip() + "\n"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        played = play(Path(folder) / "demo")
        PICTURE.write_text(draw(played), encoding="utf-8")
        played.store.close()
