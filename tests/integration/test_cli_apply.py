"""`novigem apply` and `novigem program`: what is shown before a program changes, and what is left afterwards."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.golden.cli.world import PROGRAM, novigem

if TYPE_CHECKING:
    from tests.conftest import Postgres

CHANGED = PROGRAM.replace("points: 5", "points: 6")


def changed(season: Path, text: str = CHANGED) -> str:
    """Write another version beside the one in use."""
    (season / "changed.yaml").write_text(text, encoding="utf-8")
    return "changed.yaml"


def entries(season: Path) -> list[dict[str, object]]:
    """Give the ledger."""
    return [json.loads(line) for line in novigem(season, "ledger", "--json").out.splitlines()]


def test_without_yes_it_only_shows(season: Path) -> None:
    before = entries(season)
    answer = novigem(season, "apply", changed(season))
    assert answer.code == 0
    assert "points 5 -> 6" in answer.out
    assert "Everything that has been paid stays as it is." in answer.out
    assert "What if: had it been in force from the start" in answer.out
    assert "Nothing was changed; add --yes to make it so." in answer.out
    assert (entries(season), len(json.loads(novigem(season, "program", "history", "--json").out))) == (before, 1)


def test_a_dated_version_touches_no_entry_and_runs_from_then_on(season: Path) -> None:
    before = entries(season)
    file = changed(season)
    assert novigem(season, "apply", file, "--yes", "--author", "Kim", "--reason", "too little").code == 0
    assert entries(season) == before
    assert novigem(season, "run", file, "--from", "changes.jsonl").code == 0
    assert entries(season) == before
    assert novigem(season, "doctor").code == 0
    use = json.loads(novigem(season, "program", "history", "--json").out)[-1]
    assert (use["how"], use["author"], use["reason"]) == ("dated", "Kim", "too little")
    assert novigem(season, "run", "spring.yaml", "--from", "changes.jsonl").code == 2


def test_scored_anew_takes_back_and_adds_and_the_same_again_does_nothing(season: Path) -> None:
    before = entries(season)
    file = changed(season)
    shown = json.loads(novigem(season, "apply", file, "--rescore", "--json").out)
    done = json.loads(novigem(season, "apply", file, "--rescore", "--yes", "--json").out)
    assert (shown["outcome"], shown["done"], done["done"]) == (done["outcome"], False, True)
    after = entries(season)
    assert after[: len(before)] == before
    assert len(after) == len(before) + done["outcome"]["taken_back"] + done["outcome"]["added"] > len(before)
    assert {one["version"] for one in after} == {shown["before"], shown["version"]}
    again = novigem(season, "apply", file, "--rescore", "--yes")
    assert "nothing was changed" in again.out
    assert entries(season) == after
    assert novigem(season, "doctor").code == 0


def test_each_entry_leads_to_the_text_that_paid_it(season: Path) -> None:
    version = str(entries(season)[0]["version"])
    novigem(season, "apply", changed(season), "--rescore", "--yes")
    shown = novigem(season, "program", "show", version)
    assert "points: 5" in shown.out
    (season / "shown.yaml").write_text(shown.out, encoding="utf-8")
    assert novigem(season, "check", "shown.yaml").code == 0
    assert novigem(season, "program", "show", "nothing").code == 2


def test_the_past_asks_for_a_word(season: Path) -> None:
    for day in ("start", "2026-01-12"):
        answer = novigem(season, "apply", changed(season), "--from", day, "--yes")
        assert (answer.code, "--rescore" in answer.err) == (2, True)
    assert novigem(season, "apply", changed(season), "--from", "soon").code == 2


def test_what_entries_rest_on_is_named_all_at_once(season: Path) -> None:
    text = PROGRAM.replace("count: rules", "points: rules")
    answer = novigem(season, "apply", changed(season, text), "--yes")
    assert answer.code == 2
    assert "goal may not change" in answer.err
    assert novigem(season, "apply", "changed.yaml", "--rescore", "--yes").code == 0
    assert novigem(season, "doctor").code == 0


def edited_twice(season: Path, db: str) -> list[Any]:
    """Edit a season from a day on, then score it anew; give what each command answered, without moments of now."""
    at, file = ("--db", db), changed(season)
    assert novigem(season, "run", "spring.yaml", "--from", "changes.jsonl", *at).code == 0
    told = [novigem(season, "apply", file, *how, *at) for how in ([], ["--yes", "--reason", "too little"])]
    told.append(novigem(season, "run", file, "--from", "changes.jsonl", *at))
    more = changed(season, CHANGED.replace("target: 3", "target: 2"))
    told += [novigem(season, "apply", more, "--rescore", *how, *at) for how in ([], ["--yes"], ["--yes"])]
    assert "Done: 5 entries taken back by reversals, 5 added." in " ".join(told[4].out.split())
    told.append(novigem(season, "run", more, "--from", "changes.jsonl", *at))
    told.append(novigem(season, "board", *at))
    assert novigem(season, "doctor", *at).code == 0
    ledger = [json.loads(line) for line in novigem(season, "ledger", "--json", *at).out.splitlines()]
    progress = json.loads(novigem(season, "progress", "--json", *at).out)
    return [*told, *(one | {"recorded_at": None} for one in ledger), *progress]


def test_on_postgresql_it_says_and_does_the_same(fresh: Path, postgres: "Postgres") -> None:
    answers = edited_twice(fresh, postgres.new_database())
    assert answers == edited_twice(fresh, "sqlite:///beside.db")
    assert all(one.code == 0 for one in answers[:8])
