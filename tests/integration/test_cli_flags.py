"""Flags at the keyboard: shown, judged, not shown again; nothing about the points changes."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.golden.cli.world import BOB, CID, novigem

# In so small a season every award is a burst of one.
SET = ("--set", "bulk_awards=1")


def flags(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    answer = novigem(folder, "flags", *SET, *arguments, "--json")
    assert answer.code == 0
    found: list[dict[str, Any]] = json.loads(answer.out)["flags"]
    return found


def test_a_season_without_anything_to_look_at_says_so_and_ends_well(season: Path) -> None:
    answer = novigem(season, "flags")
    assert answer.code == 0
    assert "Nothing here asks for a second look." in answer.out
    assert json.loads(novigem(season, "flags", "--json").out)["flags"] == []


def test_flags_are_no_failure(season: Path) -> None:
    answer = novigem(season, "flags", *SET)
    assert (answer.code, answer.err) == (0, "")
    assert "A flag is a question, not a verdict" in answer.out


def test_the_json_answer_tells_all_that_the_screen_does(season: Path) -> None:
    answer = json.loads(novigem(season, "flags", *SET, "--json").out)
    assert {name: answer[name] for name in ("program", "since", "until", "awards", "people")} == {
        "program": "spring",
        "since": "2024-03-03T23:00:00Z",
        "until": "2024-03-31T22:00:00Z",
        "awards": 11,
        "people": 3,
    }
    assert set(answer["flags"][0]) == {
        "flag", "detector", "user", "name", "severity", "points", "first", "last", "entries", "records", "evidence",
        "innocent", "judgement", "opted_out",
    }  # fmt: skip
    severities = [one["severity"] for one in answer["flags"]]
    assert severities == sorted(severities, reverse=True)


def test_one_person_and_a_stretch_of_time_can_be_chosen(season: Path) -> None:
    assert {one["user"] for one in flags(season, "--user", "bob@example.com")} == {BOB}
    assert {one["first"][:10] for one in flags(season, "--since", "2024-03-12", "--until", "2024-03-13")} <= {
        "2024-03-12",
        "2024-03-13",
    }


def test_a_dismissed_flag_is_not_shown_again_unless_asked_for(season: Path) -> None:
    before = flags(season)
    name = before[0]["flag"]
    board = novigem(season, "board", "--json").out
    answer = novigem(season, "flags", "dismiss", name, *SET, "--reason", "a list view", "--author", "Dana Velasco")
    assert answer.code == 0
    assert "dismissed." in answer.out
    assert [one["flag"] for one in flags(season)] == [one["flag"] for one in before[1:]]
    shown = {one["flag"]: one["judgement"] for one in flags(season, "--all")}
    assert shown[name]["status"] == "dismissed"
    assert (shown[name]["reason"], shown[name]["author"]) == ("a list view", "Dana Velasco")
    assert sum(one is not None for one in shown.values()) == 1
    assert "1 flag judged before: --all shows it too." in novigem(season, "flags", *SET).out
    assert f"{name} dismissed by Dana Velasco: a list view" in novigem(season, "flags", *SET, "--all", width=120).out
    assert novigem(season, "board", "--json").out == board


def test_several_flags_are_confirmed_at_once_and_the_next_step_is_a_correction_by_hand(season: Path) -> None:
    names = [one["flag"] for one in flags(season, "--user", "cid@example.com")]
    answer = novigem(
        season, "flags", "confirm", *names, *SET, "--reason", "talked it over", width=120, NOVIGEM_AUTHOR="Dana"
    )
    assert answer.out.count("confirmed.") == len(names) > 1
    assert "The points stand as they are." in answer.out
    assert "novigem adjust cid@example.com -" in answer.out
    assert flags(season, "--user", "cid@example.com") == []
    kept = [one["judgement"]["author"] for one in flags(season, "--user", CID, "--all")]
    assert kept == ["Dana"] * len(names)


def test_a_later_decision_takes_the_place_of_an_earlier_one(season: Path) -> None:
    name = flags(season)[0]["flag"]
    for word in ("dismiss", "confirm"):
        made = novigem(season, "flags", word, name, *SET, "--reason", word, "--author", "Dana", "--json")
        assert json.loads(made.out)[0]["status"] == {"dismiss": "dismissed", "confirm": "confirmed"}[word]
    assert [one["judgement"]["reason"] for one in flags(season, "--all") if one["judgement"]] == ["confirm"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("flags", "dismiss", "nothing", "--reason", "why", "--author", "Dana"), "there is no flag 'nothing'"),
        (("flags", "dismiss", "a", "--reason", "why"), "needs a reason and who decided it"),
        (("flags", "dismiss", "a"), "missing option '--reason'"),
        (("flags", "--set", "bulk=3"), "there is no threshold 'bulk'"),
        (("flags", "--user", "nobody@example.com"), "nobody is called"),
        (("flags", "--since", "soon"), "neither a day nor a moment"),
    ],
)
def test_a_mistake_is_told_with_a_next_step(arguments: tuple[str, ...], told: str, season: Path) -> None:
    answer = novigem(season, *arguments)
    assert answer.code == 2
    assert told in answer.err
    assert "\n  " in answer.err
