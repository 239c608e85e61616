"""The answers for programs: the JSON that the contract names, CSV and Markdown."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.golden.cli.world import ANN, BOB, CID, RISKY, novigem


def test_a_board_in_json_is_as_the_contract_says(fed_once: Path) -> None:
    board = json.loads(novigem(fed_once, "board", "--json").out)
    assert board == {
        "board": "team",
        "program": "spring",
        "period": {"start": "2024-03-03T23:00:00Z", "end": "2024-03-31T22:00:00Z"},
        "as_of": 12,
        "status": "provisional",
        "final_at": "2024-04-03T22:00:00Z",
        "waits_for": [],
        "closed_at": None,
        "digest": None,
        "rows": [
            {"rank": 1, "user": ANN, "name": "Ann Example", "points": 60, "entries": 5, "tie": None, "pending": 0},
            {
                "rank": 2,
                "user": BOB,
                "name": "=HYPERLINK(1)|Bob",
                "points": 25,
                "entries": 4,
                "tie": None,
                "pending": 0,
            },
            {
                "rank": 3,
                "user": CID,
                "name": "[red]Cid[/red]\x1b[31m",
                "points": 25,
                "entries": 3,
                "tie": "first_to_reach",
                "pending": 0,
            },
        ],
    }


def test_a_board_over_all_time_has_no_bounds(fed_once: Path) -> None:
    board = json.loads(novigem(fed_once, "board", "--json", "--period", "all").out)
    assert board["period"] == {"start": None, "end": None}


def test_a_board_around_somebody_names_the_neighbours(fed_once: Path) -> None:
    board = json.loads(novigem(fed_once, "board", "--json", "--top", "1", "--user", "cid@example.com").out)
    assert [row["user"] for row in board["rows"]] == [ANN]
    assert [row["user"] for row in board["around"]] == [ANN, BOB, CID]


@pytest.mark.parametrize(
    ("position", "points"), [("1", [10]), ("4", [20, 10]), ("2024-03-04", [10]), ("2024-03-05T10:30:01", [10, 10])]
)
def test_a_board_as_of_a_position_a_day_or_a_moment(position: str, points: list[int], fed_once: Path) -> None:
    board = json.loads(novigem(fed_once, "board", "--json", "--as-of", position).out)
    assert [row["points"] for row in board["rows"]] == points


def test_the_ledger_in_json_is_one_object_a_line(fed_once: Path) -> None:
    lines = [json.loads(line) for line in novigem(fed_once, "ledger", "--json").out.splitlines()]
    first, bonus = lines[0], lines[-1]
    assert len(lines) == 12
    assert first.pop("recorded_at").endswith("Z")
    assert len(first.pop("version")) == 12
    assert first | {"period": None, "author": None} == {
        "entry": 1,
        "user": ANN,
        "points": 10,
        "kind": "rule",
        "rule": "signal-logged",
        "challenge": "signals",
        "challenges": ["signals"],
        "object": "Opportunity",
        "record": RISKY,
        "occurred_at": "2024-03-04T09:30:00Z",
        "program": "spring",
        "key": f"spring/signal-logged/{RISKY}",
        "reverses": None,
        "reason": None,
        "period": None,
        "author": None,
    }
    assert (bonus["kind"], bonus["rule"], bonus["record"], bonus["points"]) == ("bonus", None, None, 20)


def test_the_ledger_can_be_narrowed(fed_once: Path) -> None:
    def numbers(*options: str) -> list[int]:
        return [json.loads(line)["entry"] for line in novigem(fed_once, "ledger", "--json", *options).out.splitlines()]

    assert numbers("--user", "ann@example.com") == [1, 5, 6, 7, 12]
    assert numbers("--user", "Ann Example", "--rule", "risk-documented") == [5]
    assert numbers("--challenge", "signals") == [1, 2, 6, 7, 10, 12]
    assert numbers("--since", "2024-03-14") == [9, 10, 11]
    assert numbers("--until", "2024-03-05") == [1, 2, 3]
    assert numbers("--since", "2024-03-05", "--until", "2024-03-05T10:30") == []
    assert numbers("--since", "2024-03-05T09:30Z", "--until", "2024-03-05T12:00+02:00") == [2]
    assert numbers("--last", "2") == [11, 12]
    assert numbers("--last", "0") == list(range(1, 13))


def test_progress_in_json_is_as_the_contract_says(fed_once: Path) -> None:
    rows = json.loads(novigem(fed_once, "progress", "--json", "--challenge", "signals").out)
    assert rows[0] == {
        "user": ANN,
        "challenge": "signals",
        "period": None,
        "value": 3,
        "target": 3,
        "completed_at": "2024-03-13T09:30:00Z",
        "bonus": 20,
        "badge": "scout",
        "status": "provisional",
    }
    assert [(row["value"], row["completed_at"], row["bonus"], row["badge"]) for row in rows[1:]] == [
        (1, None, None, None)
    ] * 2


def test_progress_of_a_recurring_challenge_names_its_period(fed_once: Path) -> None:
    rows = json.loads(novigem(fed_once, "progress", "--json", "--user", "bob@example.com", "--until", "2024-03-10").out)
    weekly = [row for row in rows if row["challenge"] == "weekly-follow-up"]
    assert [(row["period"], row["value"], row["bonus"], row["badge"]) for row in weekly] == [
        ("week:2024-03-04", 2, None, "steady")
    ]


def test_badges_in_json_are_as_the_contract_says(fed_once: Path) -> None:
    assert json.loads(novigem(fed_once, "badges", "--json").out) == [
        {
            "user": BOB,
            "badge": "steady",
            "challenge": "weekly-follow-up",
            "period": "week:2024-03-04",
            "awarded_at": "2024-03-06T16:00:00Z",
        },
        {"user": ANN, "badge": "scout", "challenge": "signals", "period": None, "awarded_at": "2024-03-13T09:30:00Z"},
    ]


def test_explain_in_json_has_every_verdict_and_condition(fed_once: Path) -> None:
    answers = json.loads(novigem(fed_once, "explain", RISKY[:15], "--rule", "risk-documented", "--json").out)
    assert [one["verdict"] for one in answers] == ["no", "paid", "blocked", "unknown"]
    paid = answers[1]
    assert (paid["user"], paid["points"], paid["entry"]) == (ANN, 10, 5)
    assert paid["conditions"][1] == {
        "group": 1,
        "field": "Risk__c",
        "operator": "isChanged",
        "expected": True,
        "old": None,
        "new": "Budget [bold]cut[/bold]",
        "old_known": True,
        "new_known": True,
        "result": True,
    }
    assert answers[2]["reason"].startswith("duplicate")
    # What the stage was is not known, but what it is now rules out `changedTo At risk` all the same.
    assert [one["result"] for one in answers[3]["conditions"]] == [None, None, False]


def test_explain_can_be_limited_to_a_person(fed_once: Path) -> None:
    assert novigem(fed_once, "explain", RISKY, "--user", "bob@example.com").out.startswith("No rule that was asked for")
    assert json.loads(novigem(fed_once, "explain", RISKY, "--user", "bob@example.com", "--json").out) == []


def test_near_misses_in_json_name_the_condition_what_it_found_and_records(season: Path) -> None:
    asked = ("explain", "--near-misses", "--rule", "risk-documented", "--user", "ann@example.com", "--json")
    assert json.loads(novigem(season, *asked).out) == []
    spring = (season / "spring.yaml").read_text(encoding="utf-8")
    (season / "spring.yaml").write_text(
        spring.replace("[Type: {equals: Upsell}]", "[Type: {equals: Upsell}, StageName: {equals: Won}]"),
        encoding="utf-8",
    )
    novigem(season, "apply", "spring.yaml", "--rescore", "--yes")
    (rule,) = json.loads(novigem(season, "explain", "--near-misses", "--rule", "signal-logged", "--json").out)
    assert {name: rule[name] for name in ("program", "rule", "object", "held", "missed", "others")} == {
        "program": "spring",
        "rule": "signal-logged",
        "object": "Opportunity",
        "held": 0,
        "missed": 5,
        "others": 0,
    }
    shown = novigem(season, "explain", "--near-misses").out.splitlines()
    assert shown[3] == "Signal logged  never held, lacked one condition 5 times"
    assert " ".join(shown[4].split()) == f"5 times StageName equals Won is Open {RISKY}"
    (miss,) = rule["misses"]
    assert (miss["field"], miss["operator"], miss["expected"], miss["new"]) == ("StageName", "equals", "Won", "Open")
    assert (miss["count"], len(miss["records"]), miss["records"][0], miss["result"]) == (5, 3, RISKY, False)


@pytest.mark.parametrize(
    "arguments", [(), (RISKY, "--near-misses"), (RISKY, "--since", "2024-03-04"), ("--until", "2024-03-04")]
)
def test_explain_wants_a_record_or_near_misses(arguments: tuple[str, ...], fed_once: Path) -> None:
    answer = novigem(fed_once, "explain", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert "--near-misses" in answer.err


def test_a_run_in_json_reports_everything(fresh: Path) -> None:
    report = json.loads(novigem(fresh, "run", "spring.yaml", "--from", "changes.jsonl", "--json").out)
    assert [(one["place"], one["reason"].split(":")[0]) for one in report.pop("put_aside")] == [
        ("line 18", "not valid JSON"),
        ("line 19", "not valid JSON"),
    ]
    assert report == {
        "changes": 16,
        "new_changes": 16,
        "entries": 11,
        "points": 110,
        "bonuses": 1,
        "badges": 2,
        "corrections": 0,
        "rejected": 2,
        "unknown": [{"program": "spring", "rule": "risk-documented", "count": 1}],
        "blocked": [
            {"program": "spring", "rule": "risk-documented", "reason": "duplicate", "count": 1},
            {"program": "spring", "rule": "signal-logged", "reason": "excluded user", "count": 1},
            {"program": "spring", "rule": "signal-logged", "reason": "queue owner", "count": 1},
        ],
        "closed": [],
        "names": [],
    }


def test_a_check_in_json_lists_the_diagnostics(season: Path) -> None:
    answer = novigem(season, "check", "wrong.yaml", "--json")
    found = json.loads(answer.out)["diagnostics"]
    assert answer.code == 2
    assert {"file", "line", "column", "code", "message", "hint"} <= found[0].keys()
    assert [one["code"] for one in found] == ["NV909", "NV201", "NV207", "NV203"]


@pytest.mark.parametrize("command", ["board", "progress", "badges", "ledger"])
def test_a_csv_is_read_back_by_a_spreadsheet_and_runs_nothing(command: str, fed_once: Path) -> None:
    rows = list(csv.reader(io.StringIO(novigem(fed_once, command, "--csv").out)))
    assert len({len(row) for row in rows}) == 1
    assert any("'=HYPERLINK(1)|Bob" in row for row in rows)
    assert not any(cell.startswith(("=", "@", "+")) for row in rows for cell in row)


@pytest.mark.parametrize("command", ["board", "progress", "badges", "ledger"])
def test_a_markdown_table_keeps_its_columns(command: str, fed_once: Path) -> None:
    lines = novigem(fed_once, command, "--markdown").out.splitlines()
    assert len({line.replace("\\|", "").count("|") for line in lines}) == 1


@pytest.mark.parametrize("pair", [("--json", "--csv"), ("--csv", "--markdown")])
def test_two_formats_at_once_are_refused(pair: tuple[str, str], fed_once: Path) -> None:
    assert novigem(fed_once, "board", *pair).code == 2


def test_machine_formats_have_no_limit_of_their_own(fed_once: Path) -> None:
    assert len(json.loads(novigem(fed_once, "board", "--json", "--top", "2").out)["rows"]) == 2
    assert len(novigem(fed_once, "board", "--csv").out.splitlines()) == 4
