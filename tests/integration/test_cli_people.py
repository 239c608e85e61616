"""`novigem people`: who is who, and two users that are one person, from the command line."""

import csv
import io
import json
from pathlib import Path

from tests.golden.cli.world import ANN, BOB, novigem

JOIN = ("people", "join", BOB, ANN, "--author", "Sam", "--reason", "a new licence")


def test_people_are_listed_searched_and_filtered(season: Path) -> None:
    shown = novigem(season, "people")
    assert shown.code == 0
    assert "Ann Example" in shown.out
    found = json.loads(novigem(season, "people", "ann exa", "--json").out)
    assert [one["user"] for one in found] == [ANN]
    assert json.loads(novigem(season, "people", "--search", ANN[:15], "--json").out) == found
    rows = list(csv.DictReader(io.StringIO(novigem(season, "people", "--csv").out)))
    assert {ANN, BOB} <= {row["user"] for row in rows}
    assert json.loads(novigem(season, "people", "--role", "none such", "--json").out) == []
    assert "Nobody is known here who fits." in novigem(season, "people", "--inactive", "--role", "none such").out
    refused = novigem(season, "people", "--json", "--csv")
    assert (refused.code, "do not go together" in refused.err) == (2, True)


def test_a_join_is_shown_first_then_done_then_taken_back(season: Path) -> None:
    board = ("board", "--json", "--live")
    before = json.loads(novigem(season, *board).out)["rows"]
    shown = novigem(season, *JOIN)
    assert shown.code == 0
    assert "Nothing was changed; add --yes to make it so." in shown.out
    assert f"novigem people join {BOB} {ANN} --author Sam --reason 'a new licence' --yes" in " ".join(shown.out.split())
    assert json.loads(novigem(season, *board).out)["rows"] == before
    done = json.loads(novigem(season, *JOIN, "--yes", "--json").out)
    assert (done["done"], done["user"], done["person"], done["from"]) == (True, BOB, ANN, None)
    assert json.loads(novigem(season, *JOIN, "--yes", "--json").out)["nothing_to_do"]
    assert BOB not in {row["user"] for row in json.loads(novigem(season, *board).out)["rows"]}
    assert novigem(season, "doctor").code == 0
    told = novigem(season, "statement", BOB, "--json")
    assert json.loads(told.out)["user"] == ANN
    back = novigem(season, "people", "part", BOB, "--author", "Sam", "--reason", "two after all", "--yes")
    assert "No entry was rewritten." in " ".join(back.out.split())
    assert json.loads(novigem(season, *board).out)["rows"] == before
    history = json.loads(novigem(season, "people", "--history", "--json").out)
    assert [(one["number"], one["user"], one["person"]) for one in history] == [(1, BOB, ANN), (2, BOB, None)]
    assert "is a person of their own again" in " ".join(novigem(season, "people", "--history").out.split())
    assert novigem(season, "doctor").code == 0


def test_what_cannot_be_joined_is_one_error(season: Path) -> None:
    for arguments, words in (
        (("join", ANN, ANN, "--author", "A", "--reason", "b"), "are one user"),
        (("join", ANN, BOB, "--reason", "b"), "missing"),
        (("join", ANN, "nobody at all", "--author", "A", "--reason", "b"), "nobody is called"),
        (("join", "00G000000000001", BOB, "--author", "A", "--reason", "b"), "queue"),
        (("join", ANN, BOB, "--from", "soon", "--author", "A", "--reason", "b"), "is not a day"),
        (("part", ANN, "--author", "A", "--reason", "b"), "is not joined"),
    ):
        answer = novigem(season, "people", *arguments, "--yes")
        assert (answer.code, answer.out) == (2, "")
        assert words in answer.err
        assert len(answer.err.splitlines()) == 2
