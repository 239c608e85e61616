"""Each playbook that ships, run over a small season that was worked out by hand.

A fixture is a file of changes, each with a `note` that says why it is there, and what it must lead to.
"""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from novigem.engine.engine import Engine
from novigem.engine.report import RunReport
from novigem.feed import JsonLinesSource
from novigem.ledger.memory.store import MemoryStore
from novigem.model.change import from_micros
from novigem.model.entry import GOAL_UNIT, Entry
from novigem.model.program import Program
from novigem.program import check_program
from novigem.program.playbooks import list_playbooks, read_playbook
from novigem.queries.queries import Queries

FIXTURES = Path(__file__).parents[2] / "fixtures" / "playbooks"
NAMES = [playbook.name for playbook in list_playbooks()]


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    """Give the name of each playbook in turn."""
    return str(request.param)


def _load(name: str) -> Program:
    program, findings = check_program(read_playbook(name), f"{name}.yaml")
    assert findings == []
    assert program is not None
    return program


def _run(name: str, page_size: int = 5000) -> tuple[Program, MemoryStore, RunReport]:
    program, store = _load(name), MemoryStore()
    source = JsonLinesSource(FIXTURES / f"{name}.jsonl", page_size=page_size)
    return program, store, Engine(store, [program]).run(source)


def _expected(name: str) -> dict[str, Any]:
    return json.loads((FIXTURES / f"{name}.expected.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def _moment(micros: int | None) -> str | None:
    return None if micros is None else from_micros(micros).strftime("%Y-%m-%dT%H:%M:%SZ")


def _board(queries: Queries, asked: str) -> list[dict[str, Any]]:
    """Give a board; `asked` is its id and, after a space, a period."""
    board_id, _space, period = asked.partition(" ")
    rows = queries.board(board_id, period=period or None).rows
    return [
        {"rank": row.rank, "user": row.name, "points": row.points, "entries": row.entries, "tie": row.tie}
        for row in rows
    ]


def _outcome(store: MemoryStore, report: RunReport, boards: Iterable[str] = ()) -> dict[str, Any]:
    """Give what a run led to, in the words of the expected files."""
    names = {person.id: person.label for person in store.everybody()}

    def entry_row(entry: Entry) -> dict[str, Any]:
        return {
            "at": _moment(entry.occurred),
            "user": names[entry.user],
            "kind": str(entry.kind),
            "points": entry.points,
            "rule": entry.rule,
            "challenge": entry.challenge,
            "period": entry.period,
            "record": entry.record,
        }

    rows = [entry_row(entry) for entry in store.entries()]
    queries = Queries(store, now=datetime(2026, 2, 20, tzinfo=UTC))
    return {
        "entries": sorted(
            rows,
            key=lambda row: (row["at"], row["kind"] != "rule", row["user"], row["rule"] or "", row["challenge"] or ""),
        ),
        "progress": [
            {
                "user": names[row.user],
                "challenge": row.challenge,
                "period": row.period or None,
                "value": row.value // GOAL_UNIT,
                "target": row.target // GOAL_UNIT,
                "completed_at": _moment(row.completed),
            }
            for row in sorted(store.progress_rows(), key=lambda row: (row.challenge, row.period, names[row.user]))
        ],
        "badges": [
            {
                "user": names[row.user],
                "badge": row.badge,
                "challenge": row.challenge,
                "period": row.period or None,
                "awarded_at": _moment(row.awarded),
            }
            for row in sorted(store.badges(), key=lambda row: (row.awarded, row.badge, names[row.user]))
        ],
        "boards": {asked: _board(queries, asked) for asked in boards},
        "blocked": [
            {"rule": rule, "reason": str(reason), "count": count}
            for (_program, rule, reason), count in sorted(report.blocked.items())
        ],
        "unknown": [{"rule": rule, "count": count} for (_program, rule), count in sorted(report.unknown.items())],
    }


def test_the_season_leads_to_what_was_worked_out_by_hand(name: str) -> None:
    _program, store, report = _run(name)
    expected = _expected(name)
    outcome = _outcome(store, report, expected["boards"])
    assert set(outcome) == set(expected)
    for part, rows in expected.items():
        assert outcome[part] == rows, part


def test_the_pages_of_a_season_do_not_matter(name: str) -> None:
    boards = _expected(name)["boards"]
    in_one, in_many = (_outcome(*_run(name, page_size)[1:], boards) for page_size in (5000, 1))
    assert (in_one["boards"], in_one["badges"]) == (in_many["boards"], in_many["badges"])


def test_every_rule_pays_and_every_challenge_is_completed(name: str) -> None:
    program, store, _report = _run(name)
    paid = Counter(entry.rule for entry in store.entries())
    completed = {row.challenge for row in store.progress_rows() if row.completed is not None}
    assert {rule.id for rule in program.rules} <= set(paid)
    assert completed == {challenge.id for challenge in program.challenges}


def test_every_line_of_a_fixture_is_read_and_says_why_it_is_there(name: str) -> None:
    header, *lines = (FIXTURES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    assert set(json.loads(header)) == {"users"}
    assert all(json.loads(line)["note"] for line in lines)
    report = _run(name)[2]
    assert (report.changes, report.rejected) == (len(lines), 0)
