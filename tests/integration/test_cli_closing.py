"""Closing from the command line: what was closed, who won, the hash, what comes next, and what arrived too late."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from tests.golden.cli.world import ANN, PROGRAM, novigem


def answer(folder: Path, *arguments: str) -> Any:
    return json.loads(novigem(folder, *arguments, "--json").out)


def test_a_run_that_brings_nothing_new_makes_a_season_final_and_says_who_won(season: Path) -> None:
    assert answer(season, "board")["status"] == "provisional"
    # A copy of the file is read from its beginning, and closes nothing over the lines that cannot be read.
    assert answer(season, "run", "spring.yaml", "--from", "changes.jsonl")["closed"] == []
    told = novigem(season, "run", "spring.yaml", "--from", "changes.jsonl")
    assert told.code == 0
    assert told.out.index("Nothing new") < told.out.index("Final now: 10 challenges and boards")
    board = answer(season, "board")
    assert (board["status"], board["as_of"], board["final_at"]) == ("final", 12, None)
    assert [row["points"] for row in board["rows"]] == [60, 25, 25]
    assert f"hash {board['digest']}" in novigem(season, "board", width=120).out
    assert {row["status"] for row in answer(season, "progress")} == {"final"}
    assert answer(season, "run", "spring.yaml", "--from", "changes.jsonl")["closed"] == []


def test_the_hash_is_that_of_the_row_in_the_database(season: Path) -> None:
    (closed,) = answer(season, "close", "team")["closed"]
    engine = create_engine(f"sqlite:///{season / 'novigem.db'}")
    with engine.connect() as connection:
        body = connection.exec_driver_sql("SELECT body FROM novigem_closing").scalar_one()
    engine.dispose()
    assert closed["digest"] == sha256(body.encode()).hexdigest()
    assert json.loads(body)["rows"][0] == {"rank": 1, "user": ANN, "points": 60, "entries": 5, "tie": None}
    assert "Ann" not in body


def test_closing_again_shows_the_same_and_changes_nothing(season: Path) -> None:
    first = answer(season, "close", "team")
    assert answer(season, "close", "team") == first
    assert answer(season, "close", "team", "--early", "--reason", "again")["closed"] == first["closed"]
    assert len(answer(season, "close", "--due")["closed"]) == 9
    assert answer(season, "close", "--due") == {"closed": [], "open": []}
    assert "Nothing is due." in novigem(season, "close", "--due").out


def test_one_period_of_a_board_is_closed_by_its_name(season: Path) -> None:
    closed = answer(season, "close", "week", "--period", "week:2024-03-11")["closed"]
    assert [(one["id"], one["period"]) for one in closed] == [("week", "week:2024-03-11")]
    wrong = novigem(season, "close", "week", "--period", "week:2024-03-12")
    assert (wrong.code, "week:2024-03-11" in wrong.err) == (2, True)


def test_what_is_late_is_told_in_words_and_counted(season: Path) -> None:
    novigem(season, "close", "--due")
    adjusted = novigem(season, "adjust", "cid@example.com", "40", "--reason", "found later")
    assert "Final standings do not change: Team board, This week." in " ".join(adjusted.out.split())
    assert "Next: novigem seasons spring" in adjusted.out
    told = " ".join(novigem(season, "seasons", "spring", width=120).out.split())
    assert "Arrived after Team board was closed: 1 entry" in told
    assert "on the day of closing: +40 [red]Cid[/red] (entry 13): by hand: found later" in told
    assert "[red]Cid[/red] would stand at rank 1 with 65 points instead of rank 3 with 25 points" in told
    assert "Ann Example would stand at rank 2 instead of rank 1, with the same points" in told
    assert [row["points"] for row in answer(season, "board")["rows"]] == [60, 25, 25]
    live = answer(season, "board", "--live")
    assert (live["status"], [row["points"] for row in live["rows"]]) == ("live", [65, 60, 25])
    (one,) = answer(season, "seasons")
    assert (one["status"], one["exceptions"], one["people"]) == ("final", 1, 3)
    whole = answer(season, "seasons", "spring")
    assert [(late["id"], late["late"][0]["points"]) for late in whole["late"]] == [("team", 40), ("week", 40)]
    assert whole["late"][0]["changes"][-1]["now"]["rank"] == 1
    assert novigem(season, "doctor").code == 0


def test_the_archive_shows_final_standings_with_their_hashes(season: Path) -> None:
    assert "Nothing of it is final yet." in novigem(season, "seasons", "spring").out
    closed = answer(season, "close", "--due")["closed"]
    told = novigem(season, "seasons", "spring", width=100).out
    assert all(f"SHA-256 {one['digest']}" in told for one in closed)
    listed = novigem(season, "seasons", width=100).out
    assert "Spring season" in listed
    assert "Ann Example" in listed
    (one,) = answer(season, "seasons", "--program", "spring")
    won = {(board["board"], board["period"]): [row["user"] for row in board["winners"]] for board in one["winners"]}
    assert (won["team", "program"], won["week", "week:2024-03-25"]) == ([ANN], [])


def write_running(folder: Path) -> None:
    text = (folder / "spring.yaml").read_text(encoding="utf-8")
    running = text.replace("weeks: 4", "ends: 2099-12-31").replace("program: spring", "program: long")
    (folder / "long.yaml").write_text(running, encoding="utf-8")
    assert novigem(folder, "run", "long.yaml", "--from", "changes.jsonl", "--db", "sqlite:///long.db").code == 0


def test_before_its_time_it_says_when_it_closes_and_wants_a_reason(fresh: Path) -> None:
    write_running(fresh)
    at = ("--db", "sqlite:///long.db")
    refused = novigem(fresh, "close", "team", *at)
    assert (refused.code, refused.out) == (2, "")
    assert "Team board becomes final by itself after the end of Jan 3, 2100" in refused.err
    assert "--early --reason" in refused.err
    assert "needs a reason" in novigem(fresh, "close", "team", "--early", *at).err
    closed = novigem(fresh, "close", "team", "--early", "--reason", "the team was split", "--author", "Dana", *at)
    assert closed.code == 0
    assert "closed early by Dana: the team was split" in closed.out
    (one,) = answer(fresh, "close", "team", *at)["closed"]
    assert (one["reason"], one["author"]) == ("the team was split", "Dana")
    assert "This week" in closed.out.split("Not final yet:")[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "say what to close"),
        (("team", "--due"), "say what to close"),
        (("--due", "--early", "--reason", "x"), "--due closes all that is over"),
        (("team", "--reason", "x"), "are for closing before the time"),
        (("teem",), "did you mean `team`?"),
        (("week", "--early", "--reason", "x"), "'week' has several periods that are not final"),
    ],
)
def test_what_does_not_go_together_is_told(arguments: tuple[str, ...], message: str, fed_once: Path) -> None:
    told = novigem(fed_once, "close", *arguments)
    assert (told.code, message in told.err) == (2, True)


def test_an_import_in_several_files_is_not_closed_in_the_middle(fresh: Path) -> None:
    lines = (fresh / "changes.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    for number, part in enumerate((lines[:8], lines[8:])):
        (fresh / f"part-{number}.jsonl").write_text("".join(part), encoding="utf-8")
        assert answer(fresh, "run", "spring.yaml", "--from", f"part-{number}.jsonl")["closed"] == []
    assert len(answer(fresh, "run", "spring.yaml", "--from", "part-1.jsonl")["closed"]) == 10
    assert [row["points"] for row in answer(fresh, "board")["rows"]] == [60, 25, 25]


TEAMS = """
teams:
  - {id: pair, name: The pair, members: [ann@example.com, bob@example.com]}
  - {id: solo, name: Solo, members: [{user: cid@example.com, from: 2024-03-18}]}
"""


def write_teams(folder: Path) -> None:
    text = PROGRAM.replace("leaderboards:\n", "leaderboards:\n  - {id: teams, name: Team cup, scope: teams}\n")
    (folder / "spring.yaml").write_text(text + TEAMS, encoding="utf-8")
    assert novigem(folder, "run", "spring.yaml", "--from", "changes.jsonl").code == 0


def test_a_board_of_teams_becomes_final_and_what_is_late_is_an_exception(fresh: Path) -> None:
    write_teams(fresh)
    assert answer(fresh, "board", "teams")["status"] == "provisional"
    (closed,) = answer(fresh, "close", "teams")["closed"]
    rows = [{name: row[name] for name in ("rank", "team", "name", "points")} for row in closed["rows"]]
    assert rows == [
        {"rank": 1, "team": "pair", "name": "The pair", "points": 85},
        {"rank": 2, "team": "solo", "name": "Solo", "points": 20},
    ]
    board = answer(fresh, "board", "teams")
    assert (board["status"], board["digest"]) == ("final", closed["digest"])
    assert [(row["team"], row["points"]) for row in board["rows"]] == [("pair", 85), ("solo", 20)]

    adjusted = novigem(fresh, "adjust", "cid@example.com", "70", "--reason", "found later")
    assert "Final standings do not change: Team cup." in " ".join(adjusted.out.split())
    outside = novigem(fresh, "adjust", "dee@example.com", "3", "--reason", "is in no team")
    assert "Final standings" not in outside.out
    assert answer(fresh, "board", "teams") == board
    live = answer(fresh, "board", "teams", "--live")
    assert (live["status"], [(row["team"], row["points"]) for row in live["rows"]]) == (
        "live",
        [("solo", 90), ("pair", 85)],
    )
    told = " ".join(novigem(fresh, "seasons", "spring", width=120).out.split())
    assert f"SHA-256 {closed['digest']}" in told
    assert "Arrived after Team cup was closed: 1 entry" in told
    assert "+70 [red]Cid[/red] (entry 13): by hand: found later" in told
    assert "Solo would stand at rank 1 with 90 points instead of rank 2 with 20 points" in told
    whole = answer(fresh, "seasons", "spring")
    assert whole["winners"][0]["winners"][0]["team"] == "pair"
    assert [(one["team"], one["now"]["rank"]) for one in whole["late"][0]["changes"]] == [("pair", 2), ("solo", 1)]
    assert novigem(fresh, "doctor").code == 0


@pytest.mark.parametrize(("old", "new"), [('"points":85', '"points":86'), ('["pair",', '["solo",')])
def test_the_doctor_names_a_final_board_of_teams_that_somebody_altered(fresh: Path, old: str, new: str) -> None:
    write_teams(fresh)
    novigem(fresh, "close", "teams")
    engine = create_engine(f"sqlite:///{fresh / 'novigem.db'}")
    with engine.begin() as connection:
        body = connection.exec_driver_sql("SELECT body FROM novigem_closing").scalar_one()
        altered = body.replace(old, new)
        assert altered != body
        connection.exec_driver_sql("DROP TRIGGER novigem_closing_no_update")
        # Whoever can write the rows can write their hash too; the ledger says otherwise.
        columns = (altered, sha256(altered.encode()).hexdigest())
        connection.exec_driver_sql("UPDATE novigem_closing SET body = ?, digest = ?", columns)
    engine.dispose()
    told = novigem(fresh, "doctor", width=120)
    assert (told.code, "board teams program" in told.out) == (1, True)
