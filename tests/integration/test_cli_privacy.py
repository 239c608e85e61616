"""`novigem privacy`: who is listed, all that is kept about a person, and erasing one for good."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from novigem.testing import make_id
from tests.golden.cli.world import ANN, BOB, novigem

MAIL = "ann@example.com"


def traces(folder: Path, *words: str) -> list[str]:
    """Give which words stand anywhere in the files of the database, in any case."""
    files = b"".join(path.read_bytes() for path in folder.glob("novigem.db*")).lower()
    return [word for word in words if word.lower().encode() in files]


def test_somebody_opts_out_and_in_again(season: Path) -> None:
    assert "Ann Example" in novigem(season, "board").out
    told = novigem(season, "privacy", "opt-out", MAIL)
    assert told.code == 0
    assert told.out.startswith("Ann Example is listed on no board since")
    assert novigem(season, "privacy", "opt-out", "Ann Example").out == told.out
    for command in (["board"], ["board", "--json"], ["badges"], ["progress"], ["ledger"], ["ledger", "--json"]):
        answer = novigem(season, *command)
        assert answer.code == 0
        assert not [one for one in ("Ann Example", ANN) if one in answer.out], command
    assert "somebody" in novigem(season, "ledger", "--csv").out
    for command in ("board", "badges", "progress", "ledger"):
        assert "Ann Example" in novigem(season, command, "--user", MAIL).out
    wishes = json.loads(novigem(season, "privacy", "list", "--json").out)
    assert [one["user"] for one in wishes["opted_out"]] == [ANN]
    assert wishes["erasures"] == []
    assert novigem(season, "privacy", "opt-in", MAIL).out == "Ann Example is listed on every board that ranks them.\n"
    assert json.loads(novigem(season, "privacy", "status", MAIL, "--json").out) == {
        "user": ANN,
        "listed": True,
        "opted_out_at": None,
    }
    assert "Ann Example" in novigem(season, "board").out
    assert novigem(season, "privacy", "list").out == "Everybody who has points is listed.\n"


def test_erasing_shows_first_and_then_leaves_no_trace_in_any_file(season: Path) -> None:
    novigem(season, "adjust", MAIL, "5", "--reason", "Ann Example helped", "--author", "ann@EXAMPLE.com")
    before = json.loads(novigem(season, "board", "--json").out)["rows"]
    shown = novigem(season, "privacy", "erase", MAIL, "--reason", "asked by Ann Example")
    assert shown.code == 0
    assert "Ann Example would be erased from" in shown.out
    assert "Nothing has been done yet." in shown.out
    counts = json.loads(novigem(season, "privacy", "erase", MAIL, "--reason", "left", "--json").out)
    assert (counts["erased"], counts["user"]) == (False, ANN)
    assert traces(season, ANN[:15], "ann example") == [ANN[:15], "ann example"]

    done = json.loads(
        novigem(season, "privacy", "erase", MAIL, "--reason", "asked by Ann Example", "--yes", "--json").out
    )
    assert (done["erased"], done["erasure"], done["rows"]) == (True, 1, counts["rows"])
    assert "Ann" not in done["reason"]
    assert traces(season, ANN[:15], "ann example", MAIL) == []
    after = json.loads(novigem(season, "board", "--json").out)["rows"]
    figures = [(row["rank"], row["points"], row["entries"], row["tie"]) for row in before]
    assert [(row["rank"], row["points"], row["entries"], row["tie"]) for row in after] == figures
    assert [row["user"] for row in after if row["user"] != BOB] != [row["user"] for row in before if row["user"] != BOB]
    assert novigem(season, "doctor").code == 0

    # The same file again, from its beginning: it names Ann, and nothing comes of it.
    assert novigem(season, "run", "spring.yaml", "--from", "changes.jsonl", "--again").code == 0
    assert json.loads(novigem(season, "board", "--json").out)["rows"] == after
    assert traces(season, ANN[:15], "ann example", MAIL) == []
    for command in ("status", "export"):
        gone = novigem(season, "privacy", command, ANN)
        assert gone.code == 2
    assert "1  " in novigem(season, "privacy", "list").out
    database = sqlite3.connect(season / "novigem.db")
    with closing(database), pytest.raises(sqlite3.IntegrityError, match="append-only"):
        database.execute("UPDATE novigem_ledger SET points = 1000")


def test_an_export_holds_every_row_that_an_erasure_would_rewrite(season: Path) -> None:
    counts = json.loads(novigem(season, "privacy", "erase", MAIL, "--reason", "left", "--json").out)["rows"]
    assert "Written: ann.json" in novigem(season, "privacy", "export", MAIL, "-o", "ann.json").out
    document = json.loads((season / "ann.json").read_text(encoding="utf-8"))
    assert (document["user"], document["name"], document["email"]) == (ANN, "Ann Example", MAIL)
    assert [one["board"] for one in document["standings"]] == ["team"]
    sections = {"ledger": "entries", "change": "changes", "badge_award": "badges", "item": "counted", "total": "totals"}
    sections |= {"person": "people", "snapshot": "records", "program": "programs"}
    for table, count in counts.items():
        name = table.removeprefix("novigem_")
        assert len(document[sections.get(name, name)]) == count, table
    assert document["entries"][0]["occurred"].startswith("2024-03-")
    assert document["changes"][0]["body"]["new"]["OwnerId"] == ANN
    assert "Bob" not in json.dumps(document)
    assert json.loads(novigem(season, "privacy", "export", MAIL).out)["entries"] == document["entries"]


def test_a_seal_noted_before_an_erasure_is_explained(season: Path) -> None:
    noted = json.loads(novigem(season, "doctor", "--json").out)["seal"]["digest"]
    done = novigem(season, "privacy", "erase", MAIL, "--reason", "left", "--yes")
    assert done.code == 0
    proved = novigem(season, "doctor")
    answer = json.loads(novigem(season, "doctor", "--json").out)
    (anew,) = answer["written_anew"]
    assert (proved.code, anew["before"]) == (0, noted)
    # What the erasure itself recorded stands behind it.
    goes_on = json.loads(novigem(season, "doctor", "--json", "--seal", anew["after"]).out)
    assert goes_on["goes_on_from"]["digest"] == anew["after"]
    assert goes_on["seal"]["batch"] == goes_on["goes_on_from"]["batch"] + 1
    assert noted != anew["after"]
    assert "Written anew by erasure 1, 20" in proved.out
    assert f"{noted} became\n{anew['after']}" in proved.out
    # What was noted elsewhere is not there any more, and a person has to judge why.
    assert novigem(season, "doctor", "--seal", noted).code == 1
    # Somebody without entries is named there by what was told of them; a stranger is not, and leaves it as it is.
    for person, times in (("dee@example.com", 2), (make_id("005", 900), 2)):
        novigem(season, "privacy", "erase", person, "--reason", "left", "--yes")
        assert len(json.loads(novigem(season, "doctor", "--json").out)["written_anew"]) == times


def test_erasing_does_not_hide_that_somebody_else_changed_the_ledger(season: Path) -> None:
    with closing(sqlite3.connect(season / "novigem.db")) as database, database:
        (guard,) = database.execute("SELECT sql FROM sqlite_master WHERE name = 'novigem_ledger_no_update'").fetchone()
        database.execute("DROP TRIGGER novigem_ledger_no_update")
        database.execute("UPDATE novigem_ledger SET points = 1000 WHERE entry = 2")
        database.execute(guard)
    refused = novigem(season, "privacy", "erase", MAIL, "--reason", "left", "--yes")
    assert refused.code == 1
    assert "the ledger was changed from outside (entry 2: altered)" in refused.err
    assert traces(season, "ann example") == ["ann example"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["erase", MAIL, "--reason", " "], "an erasure needs a reason"),
        (["erase", "005T00000000099", "--reason", "left"], "nothing here names '005T00000000099'"),
        (["export", "nobody@example.com"], "nobody is called 'nobody@example.com'"),
        (["opt-out", "005T00000000099"], "nobody here has the id 005T00000000099"),
    ],
)
def test_a_mistake_is_told_with_the_next_step(arguments: list[str], message: str, season: Path) -> None:
    answer = novigem(season, "privacy", *arguments)
    assert answer.code == 2
    assert answer.err.startswith(f"error: {message}\n  ")


def test_a_former_name_is_erased_too(season: Path) -> None:
    novigem(season, "adjust", BOB, "5", "--reason", "thanks to Ann Miller")
    novigem(season, "privacy", "erase", MAIL, "--reason", "left", "--also", "Ann Miller", "--yes")
    assert traces(season, "ann miller") == []
