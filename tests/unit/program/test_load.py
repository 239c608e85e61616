"""A load tells every mistake once, at its place, with what was meant; and advice does not stop it."""

import json
from pathlib import Path
from typing import Any

import pytest

from novigem.errors import InputError, ProgramError
from novigem.program import Diagnostic, check_program, dump_program, load_program, load_program_text
from novigem.program.diagnostics import render_all
from novigem.rules.operators import DEFAULT_REGISTRY

SKETCH = """\
program: account-expansion
name: Drive Account Expansion
timezone: America/New_York
starts: 2026-01-05
weeks: 6
participants: {role: [Customer Success Manager], exclude: [integration@acme.example]}
rules:
  - id: expansion-signal-logged
    object: Opportunity
    trigger: create
    when:
      any:
        - RecordType.DeveloperName: {in: [Expansion, Upsell]}
        - StageName: {startsWith: Expansion}
    award_points_to: Record Owner
    points: 10
    challenge: expansion-signals
  - id: upsell-task-completed
    object: Task
    trigger: "create or update"
    when:
      - Status: {isChanged: true, equals: Completed}
      - Type: {in: [Upsell, Expansion follow-up]}
    points: 5
    challenge: upsell-follow-up
  - id: risk-documented
    object: Opportunity
    trigger: update
    when:
      - Renewal_Risk__c: {isChanged: true, isNotBlank: true}
    points: 8
    challenge: early-risk
challenges:
  - id: expansion-signals
    name: Expansion Signal Logged
    type: timebound
    goal: {count: rules, target: 10}
    completion: {bonus: 50, badge: expansion-scout}
badges:
  - {id: expansion-scout, name: Expansion Scout, color: gold, shape: hexagon, icon: target}
leaderboards:
  - {id: cs-team, name: CS leaderboard, period: program, scope: participants, ties: [first_to_reach, distinct_accounts]}
"""
GOOD = SKETCH.replace("    challenge: upsell-follow-up\n", "").replace("    challenge: early-risk\n", "")

TEN = """\
program: q1-renewals
name: Renewal season
timezone: New York
starts: 2026-01-05
weeks: 6
rules:
  - id: risk-logged
    object: Oportunity
    trigger: update
    when:
      - Renewal_Risk__c: {isChanged: yes, isNotBlank: true}
    pionts: 8
    challenge: early-risk
  - id: stage-forward
    object: Opportunity
    trigger: create
    when:
      - StageName: {isChanged: true}
    points: 5
    challenge: early-risks
  - id: review-done
    object: Task
    trigger: update
    when:
      - Status: {isChanged: true, equal: Completed}
    award_points_to: record owner
    points: 10
    challenge: reviews
challenges:
  - id: early-risk
    name: Early risk
    type: timebound
    goal: {count: Opportunity, target: 10}
    completion: {bonus: 50, badge: scout}
  - id: reviews
    name: Reviews
    type: recurring
    cadence: weekly
    goal: {count: rules, target: 5}
badges:
  - {id: risk-scout, name: Risk Scout, color: golden}
leaderboards:
  - {id: team, name: Team}
"""


def told(text: str, **options: Any) -> list[tuple[str, int]]:
    return [(one.code, one.line) for one in check_program(text, name="p.yaml", **options)[1]]


def edited(*changes: tuple[str, str]) -> str:
    text = GOOD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


def test_the_sketch_of_the_design_has_only_its_dangling_references() -> None:
    assert told(SKETCH) == [("NV301", 25), ("NV301", 32)]


def test_a_good_program_has_no_finding_at_all() -> None:
    assert told(GOOD) == []
    assert load_program_text(GOOD).last_day.isoformat() == "2026-02-15"  # type: ignore[union-attr]


def test_ten_mistakes_are_ten_messages() -> None:
    assert told(TEN) == [
        ("NV304", 3),
        ("NV305", 8),
        ("NV110", 11),
        ("NV201", 12),
        ("NV401", 18),
        ("NV301", 20),
        ("NV208", 25),
        ("NV306", 26),
        ("NV302", 34),
        ("NV204", 41),
    ]


def test_a_raised_error_carries_every_finding_and_reads_on_its_own() -> None:
    with pytest.raises(ProgramError) as caught:
        load_program_text(TEN, "season.yaml")
    assert len(caught.value.diagnostics) == 10
    assert "season.yaml:12:5: error[NV201]: unknown key `pionts` in a rule" in str(caught.value)
    assert str(caught.value).endswith("10 errors in season.yaml")
    assert caught.value.exit_code == 2


def test_a_misspelt_key_is_one_message_and_its_value_is_still_checked() -> None:
    assert told(edited(("points: 10", "pionts: 10"))) == [("NV201", 16)]
    assert told(edited(("points: 10", "pionts: ten"))) == [("NV201", 16), ("NV203", 16)]
    assert told(edited(("rules:\n", "ruls:\n"))) == [("NV201", 7)]
    assert told(edited(("target: 10", "taget: 10"))) == [("NV201", 35)]


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("Points", "points"),
        ("score", "points"),
        ("award-points-to", "award_points_to"),
        ("oncePer", "once_per"),
    ],
)
def test_a_key_in_another_spelling_is_guessed(wrong: str, meant: str) -> None:
    findings = check_program(edited(("    points: 5\n", f"    {wrong}: x\n")), name="p.yaml")[1]
    hints = [one.hint or "" for one in findings if one.code == "NV201"]
    assert f"did you mean `{meant}`?" in hints[0]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("scope: participants", "scope: everyone", "NV204"),
        ("scope: participants", "scope: {rol: CSM}", "NV201"),
        ("scope: participants", "scope: {role: 5}", "NV203"),
        ("scope: participants", "scope: []", "NV204"),
        ("scope: participants", "scope: {}", "NV213"),
        ("target: 10", "target: ten", "NV203"),
        ("target: 10", "target: 0", "NV205"),
        ("goal: {count: rules, target: 10}", "goal: 10", "NV203"),
        ("ties: [first_to_reach, distinct_accounts]", "ties: first_to_reach", "NV203"),
        ("ties: [first_to_reach, distinct_accounts]", "ties: [first]", "NV204"),
        ("role: [Customer Success Manager]", "role: {a: b}", "NV203"),
        ("role: [Customer Success Manager]", "role: [5]", "NV203"),
        ("trigger: create", "trigger: {}", "NV204"),
        ("points: 10", "points: 1.5", "NV203"),
        ("points: 10", "points: true", "NV203"),
        ("starts: 2026-01-05", "starts: 05/01/2026", "NV203"),
        ("starts: 2026-01-05", "starts: 2026-01-05T00:00:00Z", "NV203"),
        ("name: CS leaderboard", 'name: ""', "NV206"),
        ("name: CS leaderboard", "name: null", "NV203"),
        ("name: CS leaderboard", "name: " + "x" * 201, "NV206"),
    ],
)
def test_one_wrong_value_is_one_message(old: str, new: str, code: str) -> None:
    assert [one for one, _line in told(edited((old, new)))] == [code]


@pytest.mark.parametrize(
    ("when", "code"),
    [
        ("Status: Completed", "NV203"),
        ("- Status", "NV203"),
        ("- Status: {}", "NV207"),
        ("[]", "NV207"),
        ("{any: []}", "NV207"),
        ("{any: {Status: {equals: x}}}", "NV203"),
        ("{any: [{any: [{A: {isBlank: true}}]}]}", "NV203"),
        ("{any: [{A: {isChanged: true}}], B: {isBlank: true}}", "NV203"),
        ("{all: [{A: {isBlank: true}}]}", "NV203"),
        ("- {field: Status, operator: equals, value: x}", "NV203"),
        ("- 2nd Field: {isChanged: true}", "NV206"),
        ("- Status: {equals: [a, b], isChanged: true}", "NV209"),
        ('- Status: {isChanged: "yes"}', "NV209"),
        ("- Status: {contains: 5, isChanged: true}", "NV209"),
        ('- Status: {greaterThan: "high", isChanged: true}', "NV209"),
        ("- Status: {in: [], isChanged: true}", "NV207"),
        ("- Status: {in: [a, null], isChanged: true}", "NV209"),
        ("- Status: {in: [a, 2026-01-05], isChanged: true}", "NV211"),
        ("- Status: {equals: null, isChanged: true}", "NV210"),
        ("- CloseDate: {within: {}, isChanged: true}", "NV207"),
        ("- CloseDate: {within: 60, isChanged: true}", "NV209"),
        ("- CloseDate: {within: {from_day: 60}, isChanged: true}", "NV201"),
        ("- CloseDate: {within: {from_days: x}, isChanged: true}", "NV203"),
        ("- Status: {==: a, isChanged: true}", "NV208"),
    ],
)
def test_one_wrong_condition_is_one_message(when: str, code: str) -> None:
    text = GOOD.replace("      - Renewal_Risk__c: {isChanged: true, isNotBlank: true}\n", f"      {when}\n")
    assert [one for one, _line in told(text)] == [code]


def test_mistakes_of_form_do_not_hide_mistakes_of_meaning() -> None:
    text = edited(
        ("points: 10", "points: many"),
        ("challenge: expansion-signals", "challenge: signals"),
        ("timezone: America", "timezone: Amerika"),
    )
    assert [code for code, _line in told(text)] == ["NV304", "NV203", "NV301"]


def test_registered_operators_and_recipients_are_allowed() -> None:
    registry = DEFAULT_REGISTRY.with_operator(
        "isAbout", "sounds like", lambda _value, _expected: True, values=("text",)
    )
    registry = registry.with_recipient("Account Team", lambda _change: None)
    text = edited(("startsWith: Expansion", "isAbout: growth"), ("Record Owner", "Account Team"))
    assert [code for code, _line in told(text)] == ["NV208", "NV306"]
    assert told(text, registry=registry) == []
    assert load_program_text(dump_program(load_program_text(text, registry=registry)), registry=registry)
    assert [code for code, _ in told(text.replace("isAbout: growth", "isAbout: 5"), registry=registry)] == ["NV209"]


def test_advice_does_not_stop_a_load() -> None:
    text = edited(
        ('trigger: "create or update"', "trigger: update"),
        ("{isChanged: true, equals: Completed}", "{equals: Completed}"),
    )
    program, findings = check_program(text, name="p.yaml")
    assert program is not None
    assert [(one.code, one.severity) for one in findings] == [("NV908", "warning")]
    assert load_program_text(text) == program


def test_a_file_is_read_from_a_path(tmp_path: Path) -> None:
    path = tmp_path / "season.yaml"
    path.write_text(GOOD, encoding="utf-8")
    assert load_program(path) == load_program(str(path)) == load_program_text(GOOD)
    assert check_program(path)[0] == check_program(str(path))[0] == check_program(GOOD)[0]
    path.write_text("program: x", encoding="utf-8")
    assert {one.file for one in check_program(str(path))[1]} == {str(path)}


def test_a_missing_file_is_guessed(tmp_path: Path) -> None:
    (tmp_path / "season.yaml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(InputError, match=r"there is no file .*\n.*did you mean .*season\.yaml\?"):
        load_program(tmp_path / "seasn.yaml")


def test_a_directory_names_the_programs_in_it(tmp_path: Path) -> None:
    (tmp_path / "season.yaml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(ProgramError, match=r"is a directory.*\n.*season\.yaml"):
        load_program(tmp_path)


def test_a_diagnostic_as_data_has_the_keys_of_the_contract() -> None:
    (found,) = check_program(edited(("points: 10", "pionts: 10")), name="p.yaml")[1]
    assert json.loads(json.dumps(found.as_dict())) == {
        "file": "p.yaml",
        "line": 16,
        "column": 5,
        "code": "NV201",
        "severity": "error",
        "message": "unknown key `pionts` in a rule",
        "hint": "did you mean `points`?\na rule also takes: was, name, description, points, once_per, on_undo, "
        "vest_after, cap, per_account, cooldown, share, former_owner, status",
    }


def test_a_long_line_is_cut_around_the_mistake() -> None:
    found = Diagnostic("p.yaml", 7, 500, "NV103", "wrong", excerpt="x" * 499 + "HERE" + "y" * 500, length=4)
    excerpt, carets = found.render().split("\n")[1:]
    assert len(excerpt) < 130
    assert excerpt[carets.index("^") : carets.index("^") + carets.count("^")] == "HERE"


def test_findings_come_in_the_order_of_the_file() -> None:
    findings = check_program(TEN, name="p.yaml")[1]
    assert findings == sorted(findings)
    assert render_all(findings).count("\n\n") == len(findings) - 1


def test_a_link_that_leads_nowhere_is_one_message() -> None:
    assert told(edited(("challenge: expansion-signals", "challenge: reviews"))) == [("NV301", 17)]


@pytest.mark.parametrize("wrong", ["conditions", "where", "if", "When"])
def test_other_words_for_when_are_guessed(wrong: str) -> None:
    findings = check_program(GOOD.replace("    when:\n", f"    {wrong}:\n"), name="p.yaml")[1]
    assert all((one.hint or "").startswith("did you mean `when`?") for one in findings)
    assert [one.code for one in findings] == ["NV201"] * 3
