"""`novigem run`: twice, in pieces, from a pipe, with damaged input, with a changed program."""

import gzip
import json
from pathlib import Path

import pytest

from tests.golden.cli.world import PROGRAM, changes_text, novigem

RUN = ("run", "spring.yaml", "--from", "changes.jsonl")


def ledger(folder: Path) -> list[tuple[str, int, str]]:
    lines = [json.loads(line) for line in novigem(folder, "ledger", "--json").out.splitlines()]
    return sorted((one["key"], one["points"], one["user"]) for one in lines)


def test_running_twice_says_that_nothing_is_new(season: Path, fresh: Path) -> None:
    before = ledger(season)
    assert novigem(season, *RUN).code == 0
    again = novigem(season, *RUN, "--again")
    assert "0 new, 16 seen before" in again.out
    assert ledger(season) == before


def test_a_file_without_bad_lines_that_was_read_says_nothing_new(fresh: Path) -> None:
    (fresh / "good.jsonl").write_text("\n".join(changes_text().splitlines()[:-2]) + "\n", encoding="utf-8")
    command = ("run", "spring.yaml", "--from", "good.jsonl")
    assert "Next: novigem board" in novigem(fresh, *command).out
    assert novigem(fresh, *command).out.startswith("Nothing new: good.jsonl was read to its end before.")
    assert novigem(fresh, *command, "--again").out.startswith("Nothing new: all 16 changes in good.jsonl")


def test_a_file_that_grew_is_read_on(fresh: Path) -> None:
    lines = changes_text().splitlines()
    file = fresh / "changes.jsonl"
    file.write_text("\n".join(lines[:6]) + "\n", encoding="utf-8")
    assert "5 changes" in novigem(fresh, *RUN).out
    file.write_text("\n".join(lines[:-2]) + "\n", encoding="utf-8")
    assert "11 changes" in novigem(fresh, *RUN).out


@pytest.mark.parametrize("batch", ["1", "3", "1000"])
def test_the_batch_size_changes_nothing(batch: str, fresh: Path, fed_once: Path) -> None:
    assert novigem(fresh, *RUN, "--batch", batch).code == 0
    assert ledger(fresh) == ledger(fed_once)


@pytest.mark.parametrize("batch", ["0", "-1", "x", "9999999999"])
def test_a_batch_size_that_is_none_is_refused(batch: str, fresh: Path) -> None:
    assert novigem(fresh, *RUN, "--batch", batch).code == 2


def test_standard_input_is_read_with_a_dash(fresh: Path, fed_once: Path) -> None:
    answer = novigem(fresh, "run", "spring.yaml", "--from", "-", given=changes_text())
    assert answer.out.startswith("16 changes from standard input")
    assert ledger(fresh) == ledger(fed_once)


def test_a_compressed_file_is_read(fresh: Path, fed_once: Path) -> None:
    (fresh / "changes.jsonl.gz").write_bytes(gzip.compress(changes_text().encode()))
    assert novigem(fresh, "run", "spring.yaml", "--from", "changes.jsonl.gz").code == 0
    assert ledger(fresh) == ledger(fed_once)


def test_a_line_cut_off_at_the_end_is_put_aside_and_read_when_it_is_whole(fresh: Path) -> None:
    lines = changes_text().splitlines()[:5]
    file = fresh / "changes.jsonl"
    file.write_text("\n".join(lines)[:-20], encoding="utf-8")
    cut = novigem(fresh, *RUN)
    assert cut.code == 0
    assert "cut off at the end of the file" in cut.out
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert "1 change from" in novigem(fresh, *RUN).out


def test_a_damaged_file_is_the_worlds_failure(fresh: Path) -> None:
    whole = gzip.compress(changes_text().encode())
    (fresh / "damaged.gz").write_bytes(whole[: len(whole) // 2])
    answer = novigem(fresh, "run", "spring.yaml", "--from", "damaged.gz")
    assert (answer.code, "damaged or unfinished gzip" in answer.err) == (1, True)


def test_an_empty_file_is_no_mistake(fresh: Path) -> None:
    (fresh / "empty.jsonl").write_text("", encoding="utf-8")
    answer = novigem(fresh, "run", "spring.yaml", "--from", "empty.jsonl")
    assert (answer.code, answer.out.splitlines()[0]) == (0, "empty.jsonl holds no changes.")


def test_a_changed_program_is_refused_before_anything_is_read(season: Path) -> None:
    before = ledger(season)
    (season / "spring.yaml").write_text(PROGRAM.replace("points: 5", "points: 6"), encoding="utf-8")
    answer = novigem(season, *RUN)
    assert answer.code == 2
    assert "points 5 -> 6" in answer.err
    assert "novigem apply spring.yaml" in answer.err
    assert ledger(season) == before


def test_a_changed_program_that_has_paid_nothing_is_taken_as_it_is(fresh: Path) -> None:
    (fresh / "none.jsonl").write_text("", encoding="utf-8")
    assert novigem(fresh, "run", "spring.yaml", "--from", "none.jsonl").code == 0
    (fresh / "spring.yaml").write_text(PROGRAM.replace("points: 5", "points: 6"), encoding="utf-8")
    assert novigem(fresh, *RUN).code == 0


def test_several_programs_run_on_one_pass(fresh: Path) -> None:
    (fresh / "other.yaml").write_text(PROGRAM.replace("program: spring", "program: other"), encoding="utf-8")
    assert novigem(fresh, "run", "spring.yaml", "other.yaml", "--from", "changes.jsonl").code == 0
    refused = novigem(fresh, "board")
    assert (refused.code, "add --program, one of: " in refused.err) == (2, True)
    assert novigem(fresh, "board", "--program", "other").out.startswith("Team board")
    assert len(novigem(fresh, "ledger", "--json", "--program", "other").out.splitlines()) == 12
    assert len(novigem(fresh, "ledger", "--json").out.splitlines()) == 24


def test_all_mistakes_of_all_programs_are_told_and_nothing_is_written(fresh: Path) -> None:
    (fresh / "one.yaml").write_text("program: one\n", encoding="utf-8")
    (fresh / "two.yaml").write_text("progam: two\n", encoding="utf-8")
    answer = novigem(fresh, "run", "one.yaml", "two.yaml", "three.yaml", "--from", "changes.jsonl")
    assert answer.code == 2
    assert all(name in answer.err for name in ("one.yaml:", "two.yaml:", "three.yaml"))
    assert not (fresh / "novigem.db").exists()


def test_two_files_with_one_program_id_are_refused(fresh: Path) -> None:
    (fresh / "copy.yaml").write_text(PROGRAM, encoding="utf-8")
    assert novigem(fresh, "run", "spring.yaml", "copy.yaml", "--from", "changes.jsonl").code == 2
    checked = novigem(fresh, "check", "spring.yaml", "copy.yaml")
    assert (checked.code, "have the same program id" in checked.err) == (2, True)
