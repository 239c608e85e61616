"""What the cross-checks see, and what they leave alone."""

import pytest

from novigem.program import check_program

HEAD = "program: season\nname: Season\nleaderboards:\n  - {id: team, name: Team}\n"


def codes(text: str) -> list[str]:
    return [one.code for one in check_program(text, name="p.yaml")[1]]


def rule(*conditions: str, trigger: str = "update") -> str:
    rows = "".join(f"      - {condition}\n" for condition in conditions)
    return f"{HEAD}rules:\n  - id: r\n    object: Opportunity\n    trigger: {trigger}\n    points: 5\n    when:\n{rows}"


def challenge(body: str, head: str = "", rule: str = "object: Opportunity, trigger: create, points: 5") -> str:
    return f"{HEAD}{head}rules:\n  - {{id: r, {rule}, challenge: c}}\nchallenges:\n  - {{id: c, name: C, {body}}}\n"


@pytest.mark.parametrize(
    "conditions",
    [
        ["A: {isChanged: true, equals: x}", "A: {equals: w}"],
        ["A: {isChanged: true, equals: x, in: [w, z]}"],
        ["A: {isChanged: true, in: [x]}", "A: {in: [w]}"],
        ["A: {isChanged: true, in: [x, w], notIn: [w, x, z]}"],
        ["A: {isChanged: true, equals: x, notEquals: x}"],
        ["A: {isChanged: true, equals: open, startsWith: closed}"],
        ["A: {isChanged: true, equals: open, contains: X}"],
        ["A: {isChanged: true, equals: open, notContains: pe}"],
        ["A: {isChanged: true, changedTo: x, equals: w}"],
        ["A: {isChanged: true, isBlank: true, isNotBlank: true}"],
        ["A: {isChanged: true, isBlank: true, equals: x}"],
        ["A: {isChanged: true, isBlank: true, greaterThan: 5}"],
        ["A: {isChanged: true, isNotBlank: false, startsWith: x}"],
        ["A: {isChanged: true, greaterThan: 10, lessThan: 5}"],
        ["A: {isChanged: true, greaterThan: 5, lessThan: 5}"],
        ["A: {isChanged: true, greaterThan: 5, lessThanOrEqual: 5}"],
        ["A: {isChanged: true, greaterThan: 2026-01-05, lessThan: 2026-01-01}"],
        ["A: {isChanged: true, greaterThan: 5, lessThan: 2026-01-01}"],
        ["A: {isChanged: true, equals: 3, greaterThan: 5}"],
        ["A: {isChanged: true, equals: 2026-01-05, lessThan: 2026-01-01}"],
        ["A: {isChanged: true, startsWith: ab}", "A: {startsWith: ac}"],
        ["A: {isChanged: true, equals: open, matches: 'c*'}"],
        ["A: {isChanged: true, in: [open, opened], matches: 'open?'}", "A: {equals: open}"],
        ["A: {isChanged: true, matches: 'ab*'}", "A: {matches: 'ac*'}"],
        ["A: {isChanged: true, matches: '*?b'}", "A: {endsWith: c}"],
        ["A: {isChanged: true, isBlank: true, matches: '*?'}"],
        ["A: {isChanged: false, changedTo: x}"],
        ["A: {isChanged: false}", "A: {isChanged: true}"],
        ["A: {changedFrom: x, changedTo: x}"],
        ["A: {changedFrom: x, equals: x}"],
        ["A: {isChanged: true, equals: 5}", 'A: {equals: "5"}'],
    ],
)
def test_conditions_that_exclude_each_other_are_told_once(conditions: list[str]) -> None:
    assert codes(rule(*conditions)) == ["NV402"]


@pytest.mark.parametrize(
    "conditions",
    [
        ["A: {isChanged: true, equals: x}", "A: {equals: x}"],
        ["A: {isChanged: true, in: [x, w]}", "A: {in: [w, z]}"],
        ["A: {isChanged: true, in: [x, w], notEquals: x}"],
        ["A: {isChanged: true, equals: x, notIn: [w]}"],
        ["A: {isChanged: true, equals: Closed Won, startsWith: Closed, endsWith: Won, contains: ed}"],
        ["A: {isChanged: true, greaterThan: 5, lessThan: 10}"],
        ["A: {isChanged: true, greaterThanOrEqual: 5, lessThanOrEqual: 5}"],
        ["A: {isChanged: true, greaterThanOrEqual: 2026-01-05, lessThanOrEqual: 2026-01-05}"],
        ["A: {isChanged: true, greaterThan: 2026-01-05, lessThan: 2026-01-05T12:00:00Z}"],
        ["A: {isChanged: true, greaterThan: 2026-01-05T12:00:00, lessThan: 2026-01-05T12:00:00Z}"],
        ["A: {isChanged: true, equals: 2026-01-05, greaterThan: 2026-01-01, within: {to_days: 5}}"],
        ["A: {isChanged: true, equals: 2026-01-05T12:00:00Z, greaterThan: 2026-01-05}"],
        ['A: {isChanged: true, isBlank: true, equals: ""}'],
        ["A: {isChanged: true, isBlank: true, notEquals: x, notContains: w}"],
        ["A: {isChanged: true, isBlank: true, changedFrom: x}"],
        ["A: {isChanged: true, isNotBlank: true, isBlank: false}"],
        ["A: {isChanged: true, startsWith: a}", "A: {startsWith: ab}"],
        ["A: {isChanged: true, startsWith: Call, matches: 'C*', endsWith: renewal}", "A: {matches: '*l renewal'}"],
        ["A: {isChanged: true, isBlank: true, matches: '*'}"],
        ["A: {changedFrom: x, changedTo: w}"],
        ["A: {changedFrom: x, in: [x, w]}"],
        ["A: {increasedBy: 5, greaterThan: 10}"],
        ["A: {isChanged: true, equals: x}", "B: {equals: w}"],
        ["A: {isChanged: true, equals: 1.0, in: [1]}"],
        ["A: {isChanged: true, equals: true}"],
    ],
)
def test_conditions_that_can_hold_together_are_left_alone(conditions: list[str]) -> None:
    assert codes(rule(*conditions)) == []


def test_what_would_take_long_to_try_is_taken_to_agree() -> None:
    """A hostile file may hold a long text and many patterns for it; a missed contradiction costs nobody points."""
    text, pattern = "a" * 100_000, "*" + "a" * 100 + "b"
    assert codes(rule(f"A: {{isChanged: true, equals: {text}, matches: '{pattern}'}}")) == []
    assert codes(rule(f"A: {{isChanged: true, equals: {text[:1000]}, matches: '{pattern}'}}")) == ["NV402"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("''", ["NV206"]),
        ("x" * 199 + "*", []),
        ("x" * 200 + "*", ["NV206"]),
        ("'*x'", []),
        ("x?", []),
        ("x", ["NV912"]),
        ("'[a-z]'", ["NV912"]),
        ("5", ["NV209"]),
        ("*x", ["NV106"]),
    ],
)
def test_a_pattern_is_told_about_once(pattern: str, found: list[str]) -> None:
    assert codes(rule(f"A: {{isChanged: true, matches: {pattern}}}")) == found


@pytest.mark.parametrize("operator", ["isChanged: true", "changedFrom: x", "changedTo: x", "increasedBy: 5"])
def test_a_new_record_has_changed_nothing(operator: str) -> None:
    assert codes(rule(f"A: {{{operator}}}", trigger="create")) == ["NV401"]


def test_leave_outside_the_program_is_no_mistake() -> None:
    people = "people:\n  - {user: ann@acme.example, leave: [{from: 2020-01-01, to: 2020-01-31}]}\n"
    goal = "type: timebound, starts: 2026-01-05, ends: 2026-02-15, goal: {count: rules, target: 5}"
    assert codes(challenge(goal, head=people)) == []


def test_a_new_record_may_be_asked_for_no_change() -> None:
    assert codes(rule("A: {isChanged: false}", trigger="create")) == []


@pytest.mark.parametrize("object_name", ["Account", "Renewal__c", "ns__Renewal__c"])
def test_known_and_custom_objects_are_accepted(object_name: str) -> None:
    assert codes(f"{HEAD}rules:\n  - {{id: r, object: {object_name}, trigger: create, points: 5}}\n") == []


@pytest.mark.parametrize(
    "name", ["Record Owner", "Last Modified By", "Created By", "OwnerId", "Account.OwnerId", "CSM__c", "Account.CSM__c"]
)
def test_modes_and_lookups_may_receive_points(name: str) -> None:
    text = f"{HEAD}rules:\n  - {{id: r, object: Task, trigger: create, points: 5, award_points_to: {name}}}\n"
    assert codes(text) == []


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("record owner", "Record Owner"),
        ("Owner", "Record Owner"),
        ("LastModifiedBy", "Last Modified By"),
        ("Creator", "Created By"),
    ],
)
def test_a_misspelt_recipient_is_guessed(name: str, meant: str) -> None:
    text = f"{HEAD}rules:\n  - {{id: r, object: Task, trigger: create, points: 5, award_points_to: {name}}}\n"
    (found,) = check_program(text, name="p.yaml")[1]
    assert (found.code, f"did you mean `{meant}`?" in (found.hint or "")) == ("NV306", True)


@pytest.mark.parametrize(
    ("zone", "meant"),
    [
        ("New York", "America/New_York"),
        ("america/new_york", "America/New_York"),
        ("Berlin", "Europe/Berlin"),
        ("Europe/Berln", "Europe/Berlin"),
    ],
)
def test_a_misspelt_time_zone_is_guessed(zone: str, meant: str) -> None:
    text = f"{HEAD}timezone: {zone}\nrules:\n  - {{id: r, object: Task, trigger: create, points: 5}}\n"
    (found,) = check_program(text, name="p.yaml")[1]
    assert (found.code, found.hint) == ("NV304", f"did you mean `{meant}`?")


@pytest.mark.parametrize(
    ("head", "body", "found"),
    [
        ("", "type: one-time, goal: {count: rules, target: 5}", []),
        ("", "type: recurring, cadence: weekly, goal: {count: rules, target: 5}", []),
        ("", "type: recurring, goal: {count: rules, target: 5}", ["NV309"]),
        ("", "type: one-time, cadence: weekly, goal: {count: rules, target: 5}", ["NV309"]),
        ("", "type: timebound, goal: {count: rules, target: 5}", ["NV308"]),
        ("starts: 2026-01-05\n", "type: timebound, goal: {count: rules, target: 5}", ["NV308"]),
        ("starts: 2026-01-05\nweeks: 2\n", "type: timebound, goal: {count: rules, target: 5}", []),
        ("", "type: timebound, starts: 2026-01-05, ends: 2026-01-18, goal: {count: rules, target: 5}", []),
        ("", "type: timebound, starts: 2026-01-18, ends: 2026-01-05, goal: {count: rules, target: 5}", ["NV307"]),
        ("starts: 2026-02-01\n", "type: one-time, starts: 2026-01-05, goal: {count: rules, target: 5}", ["NV310"]),
        ("weeks: 6\n", "type: one-time, goal: {count: rules, target: 5}", ["NV308"]),
        ("", "type: one-time, goal: {count: rules, points: rules, target: 5}", ["NV212"]),
        ("", "type: one-time, goal: {target: 5}", ["NV212"]),
        ("", "type: one-time, goal: {count: Oportunity, target: 5}", ["NV305"]),
        ("", "type: one-time, goal: {count: Task, target: 5}", ["NV404"]),
        ("", "type: one-time, goal: {sum: Seats__c, target: 5}", []),
        ("", "type: one-time, goal: {sum: Amount, object: Opportunity, target: 5}", ["NV905"]),
        ("", "type: one-time, goal: {sum: Expected_ARR__c, target: 5}", ["NV905"]),
        ("", "type: timebound, starts: 2026-01-05, ends: 2026-01-07, goal: {count: rules, target: 5}", ["NV902"]),
        ("", "type: timebound, starts: 2026-01-05, ends: 2026-02-15, goal: {count: rules, target: 5}", []),
        ("", "type: timebound, starts: 2026-01-05, ends: 2026-02-16, goal: {count: rules, target: 5}", ["NV902"]),
    ],
)
def test_challenges_and_their_dates(head: str, body: str, found: list[str]) -> None:
    assert codes(challenge(body, head)) == found


@pytest.mark.parametrize(("cadence", "most"), [("weekly", 7), ("monthly", 31), ("quarterly", 92)])
def test_a_rule_that_counts_once_a_day_limits_the_target(cadence: str, most: int) -> None:
    daily = "object: Task, trigger: create, points: 5, once_per: day"
    for target, found in ((most, []), (most + 1, ["NV405"])):
        body = f"type: recurring, cadence: {cadence}, goal: {{count: rules, target: {target}}}"
        assert codes(challenge(body, rule=daily)) == found


def test_points_limit_the_target_by_their_number() -> None:
    daily = "object: Task, trigger: create, points: 5, once_per: day"
    body = "type: recurring, cadence: weekly, goal: {points: rules, target: %d}"
    assert codes(challenge(body % 35, rule=daily)) == []
    assert codes(challenge(body % 36, rule=daily)) == ["NV405"]


def test_an_inactive_rule_feeds_nothing() -> None:
    body = "type: one-time, goal: {count: rules, target: 5}"
    assert codes(challenge(body, rule="object: Task, trigger: create, points: 5, status: inactive")) == ["NV403"]
    assert (
        codes(challenge(f"{body}, status: draft", rule="object: Task, trigger: create, points: 5, status: inactive"))
        == []
    )


def test_one_rule_for_two_challenges_is_no_double_pay() -> None:
    rules = "".join(f"  - {{id: r{n}, object: Task, trigger: create, points: 5, challenge: c{n}}}\n" for n in (1, 2))
    rows = "".join(f"  - {{id: c{n}, name: C, type: one-time, goal: {{count: rules, target: 5}}}}\n" for n in (1, 2))
    assert codes(f"{HEAD}rules:\n{rules}challenges:\n{rows}") == []
    assert codes(f"{HEAD}rules:\n{rules.replace('c2', 'c1')}challenges:\n{rows.replace('c2', 'c3')}") == [
        "NV907",
        "NV403",
    ]


def test_ids_are_unique_in_each_list_only() -> None:
    body = "type: one-time, goal: {count: rules, target: 5}"
    text = challenge(body).replace("id: r,", "id: c,")
    assert codes(text) == []
    assert codes(text.replace("  - {id: team, name: Team}\n", "  - {id: team, name: Team}\n" * 2)) == ["NV303"]


def test_one_group_without_a_change_is_enough_for_any_edit() -> None:
    text = rule("A: {isChanged: true}").replace(
        "      - A: {isChanged: true}\n", "      any:\n        - A: {isChanged: true}\n        - B: {equals: x}\n"
    )
    assert codes(text) == ["NV904"]


FILLED = "Risk__c: {isChanged: true, isNotBlank: true}"


@pytest.mark.parametrize(
    ("condition", "undo", "expected"),
    [
        (FILLED, "reverse", ["NV911"]),
        ("Risk__c: {isChanged: true, isBlank: false}", "reverse", ["NV911"]),
        # The step it names, and the default.
        (FILLED, "{reverse_within_days: 2}", []),
        (FILLED, "keep", []),
        # Other values are lost when the work is undone, and the filled field may be beside what is rewarded.
        ("NextStep: {isChanged: true, equals: Done}", "reverse", []),
        ("Risk__c: {isChanged: true, isBlank: true}", "reverse", []),
        ("any: [{A: {isChanged: true, in: [x]}, AccountId: {isNotBlank: true}}]", "reverse", []),
    ],
)
def test_an_award_for_filling_a_field_is_told_to_outlast_its_clearing(
    condition: str, undo: str, expected: list[str]
) -> None:
    text = rule(condition).replace("    points: 5\n", f"    points: 5\n    on_undo: {undo}\n")
    assert codes(text.replace("      - any:", "      any:")) == expected


def test_an_award_that_is_held_is_told_to_be_reversible_as_long_as_that() -> None:
    text = rule(FILLED).replace("    points: 5\n", "    points: 5\n    on_undo: reverse\n    vest_after: 7\n")
    (one,) = check_program(f"{text}closing: {{grace_days: 7}}\n", name="p.yaml")[1]
    assert (one.code, one.hint) == ("NV911", "write `on_undo: {reverse_within_days: 7}`")
