"""The words of the screens: cleaned texts, days, numbers, bars, and tables that nothing can break out of."""

import csv
import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from novigem.model.program import Program, Within
from novigem.program.load import load_program_text
from novigem.queries.queries import Board, BoardRow
from novigem.views.json.answers import plain_value
from novigem.views.tables import Table, csv_lines, markdown_lines
from novigem.views.terminal.board import board_screen, with_gap
from novigem.views.terminal.explain import value_text
from novigem.views.words import (
    Glyphs,
    Screen,
    bar_text,
    clean,
    counted,
    day_text,
    goal_number,
    iso_text,
    moment_text,
    number_text,
    span_text,
)
from tests.golden.cli.world import ANN, BOB, CID, DEE, PROGRAM

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Zoë Müller 山田", "Zoë Müller 山田"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;a title\x07name", "name"),
        ("\x9b2Jname", "name"),
        ("two\nlines\tand\r\na \u2028half", "two lines and  a  half"),
        ("bell\x07 null\x00 delete\x7f", "bell null delete"),
        ("\u202egpj.exe", "gpj.exe"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
        ("half \ud800 character", "half \ufffd character"),
    ],
)
def test_a_text_cannot_steer_a_terminal(text: str, shown: str) -> None:
    assert clean(text) == shown


@given(st.text())
def test_a_cleaned_text_stays_clean_and_can_be_written(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert not any(char in cleaned for char in "\x1b\x9b\r\n\x07\u202e")
    cleaned.encode()


@given(st.lists(st.lists(st.text() | st.integers() | st.none(), min_size=2, max_size=2), max_size=5))
def test_a_csv_has_as_many_rows_as_went_in_and_no_formulas(rows: list[list[str | int | None]]) -> None:
    read = list(csv.reader(io.StringIO("".join(csv_lines(Table(("a", "b"), rows))))))
    assert len(read) == len(rows) + 1
    for before, after in zip(rows, read[1:], strict=True):
        for value, cell in zip(before, after, strict=True):
            assert not (isinstance(value, str) and cell.lstrip().startswith(("=", "+", "-", "@")))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\x00=1", "\u200b=1"])
def test_a_text_that_a_spreadsheet_would_run_is_quoted(text: str) -> None:
    assert list(csv_lines(Table(("a",), [(text,)])))[1].startswith(("'", "\"'"))


def test_a_negative_number_stays_a_number() -> None:
    assert list(csv_lines(Table(("points",), [(-5,)]))) == ["points\n", "-5\n"]


def test_a_markdown_cell_cannot_leave_its_cell() -> None:
    lines = list(markdown_lines(Table(("name", "points"), [("a|b\n| c | <b>[x](y)", 1), (None, 2)])))
    assert lines == [
        "| name | points |\n",
        "| --- | ---: |\n",
        "| a\\|b \\| c \\| \\<b>\\[x](y) | 1 |\n",
        "|  | 2 |\n",
    ]


def test_a_stretch_is_told_with_its_last_day_included() -> None:
    start, end = datetime(2026, 1, 5, 5, tzinfo=UTC), datetime(2026, 2, 16, 5, tzinfo=UTC)
    assert span_text(start, end, NEW_YORK) == "Jan 5 \N{EN DASH} Feb 15, 2026"
    assert span_text(start, datetime(2027, 1, 4, 5, tzinfo=UTC), NEW_YORK) == "Jan 5, 2026 \N{EN DASH} Jan 3, 2027"
    assert span_text(start, datetime(2026, 1, 6, 5, tzinfo=UTC), NEW_YORK) == "Jan 5, 2026"
    assert span_text(start, None, NEW_YORK) == "since Jan 5, 2026"
    assert span_text(None, end, NEW_YORK) == "until Feb 15, 2026"
    assert span_text(None, None, NEW_YORK) == "all time"


def test_moments_are_told_in_the_zone_and_for_scripts_in_utc() -> None:
    assert moment_text(0, NEW_YORK) == "1969-12-31 19:00"
    assert moment_text(None, NEW_YORK) == ""
    assert iso_text(1_500_000) == "1970-01-01T00:00:01.500000Z"
    assert iso_text(datetime(2026, 1, 5, tzinfo=NEW_YORK)) == "2026-01-05T05:00:00Z"
    assert day_text(datetime(2026, 12, 1, tzinfo=UTC).date(), with_year=False) == "Dec 1"


@pytest.mark.parametrize(
    ("share", "bar"),
    [(0, "...."), (0.01, "#..."), (0.5, "##.."), (0.99, "###."), (1, "####"), (7, "####"), (-1, "....")],
)
def test_only_a_whole_share_fills_a_bar(share: float, bar: str) -> None:
    assert bar_text(share, 4, Glyphs(full="#", empty=".")) == bar


def test_numbers_and_words() -> None:
    assert [number_text(one) for one in (0, 1234, 75000.0, 0.5, -1234)] == ["0", "1,234", "75,000", "0.50", "-1,234"]
    assert [counted(1, "entry", "entries"), counted(2, "entry", "entries")] == ["1 entry", "2 entries"]
    assert [goal_number(one) for one in (3_000_000, 2_500_000, -1_000_000)] == [3, 2.5, -1]


def test_values_are_told_as_a_person_would() -> None:
    assert value_text(None) == "empty"
    assert value_text(("a", True)) == "a | true"
    assert value_text(Within(from_days=60)) == "60 days ahead or more"
    assert value_text(Within(to_days=0)) == "0 days ahead at most"
    assert value_text(Within(from_days=1, to_days=2)) == "1 to 2 days ahead"
    assert value_text("x" * 100).endswith("...")
    assert plain_value(Within(from_days=60)) == {"from_days": 60}
    assert plain_value(("a", "b")) == ["a", "b"]


def drawn(board: Board, program: Program, user: str | None = None) -> str:
    console = Console(width=80, color_system=None, file=io.StringIO())
    console.print(board_screen(board, program, Screen(), user=user))
    return console.file.getvalue()  # type: ignore[attr-defined]


def board_of(*rows: BoardRow, around: tuple[BoardRow, ...] = (), status: str = "running", as_of: int = 9) -> Board:
    return Board("team", "Team", "spring", "all", None, None, as_of, status, rows, around)


def row(rank: int, user: str, points: int) -> BoardRow:
    return BoardRow(rank, user, user[-6:], points, 1)


def test_a_gap_shows_that_rows_are_left_out_between() -> None:
    top, near, here = row(1, ANN, 9), row(8, BOB, 3), row(9, CID, 2)
    assert with_gap(board_of(top, around=(near, here))) == [top, None, near, here]
    assert with_gap(board_of(top, near, around=(near, here))) == [top, near, here]
    assert with_gap(board_of(top, near, here, around=(near, here))) == (top, near, here)
    shown = drawn(board_of(top, around=(near, here)), load_program_text(PROGRAM), CID)
    assert "…" in shown
    assert "▸" in shown


def test_a_board_that_runs_says_so_and_a_person_without_points_is_told() -> None:
    shown = drawn(board_of(row(1, ANN, 9)), load_program_text(PROGRAM), DEE)
    assert "running" in shown
    assert "This person has no points on this board yet." in shown


def test_a_board_with_nothing_above_zero_has_no_podium_and_empty_bars() -> None:
    shown = drawn(board_of(row(1, ANN, 0), row(2, BOB, -5)), load_program_text(PROGRAM))
    assert "★" not in shown
    assert "█" not in shown


def test_a_ledger_that_is_empty_names_the_way_in() -> None:
    assert "novigem run PROGRAM --from FILE.jsonl" in drawn(board_of(as_of=0), load_program_text(PROGRAM))
