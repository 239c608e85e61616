"""One slip of the pen in a season that would run: told with its place, and with a next step that mends it."""

import string
from pathlib import Path
from typing import Any

import pytest

from novigem.model.guesses import advise, closest, guess
from novigem.model.opposites import opposed
from novigem.model.program import Goal, Program, Rule, Within
from novigem.program import Diagnostic, check_program
from novigem.program.load import load_kept_text
from novigem.program.playbooks import list_playbooks, read_playbook
from novigem.program.repair import keys_of
from novigem.program.standard_fields import fields_of, parents_of
from novigem.rules.operators import BUILT_IN

SEASON = """\
program: q1-growth
name: Grow and protect
timezone: Europe/Berlin
starts: 2026-01-05
weeks: 6

participants:
  role: [Customer Success Manager]

rules:
  - id: expansion-signal
    object: Opportunity
    trigger: create
    when:
      - RecordType.Name: {equals: Expansion}
    points: 10
    challenge: expansion-signals

  - id: upsell-follow-up
    object: Task
    trigger: create or update
    when:
      - Type: {equals: Upsell}
      - Status: {isChanged: true, equals: Completed}
    points: 5
    cap: {points: 15, per: day}
    challenge: follow-up-streak

  - id: early-risk
    object: Opportunity
    trigger: create or update
    when:
      - Renewal_Risk__c: {isChanged: true, isNotBlank: true}
      - CloseDate: {within: {from_days: 60}}
    points: 8
    challenge: early-risks

challenges:
  - id: expansion-signals
    name: Expansion signals
    type: timebound
    goal: {count: rules, target: 5}
    completion: {bonus: 25, badge: scout}
  - id: follow-up-streak
    name: Follow-up streak
    type: timebound
    goal: {streak: week, at_least: 3, target: 4}
    completion: {bonus: 20}
  - id: early-risks
    name: Early risks
    type: timebound
    goal: {distinct: AccountId, target: 4}
    completion: {bonus: 25}

badges:
  - {id: scout, name: Scout, color: gold}

leaderboards:
  - {id: team, name: The team, ties: [distinct_accounts, first_to_reach]}
"""
_WITHIN = "{within: {from_days: 60}}"

# ruff: noqa: E501 - a slip a row reads as the table it is

# What is written, what the slip makes of it, the code, and what the hint asks for instead.
SLIPS: dict[str, tuple[str, str, str, str]] = {
    "sixty days past, and all ahead": ("from_days: 60", "from_days: -60", "NV922", "from_days: 60"),
    "up to sixty days, and all past": ("{from_days: 60}", "{to_days: 60}", "NV922", "{from_days: 60}"),
    "the next sixty days": ("{from_days: 60}", "{to_days: 60}", "NV922", "{from_days: 0, to_days: 60}"),
    "the last week, turned round": (
        "{from_days: 60}",
        "{from_days: 7, to_days: 0}",
        "NV406",
        "{from_days: -7, to_days: 0}",
    ),
    "a field of a condition": ("CloseDate", "CloseDat", "NV920", "CloseDate"),
    "a field in another case": ("CloseDate", "Closedate", "NV920", "CloseDate"),
    "a field of another object": ("- Status: {", "- StageName: {", "NV920", "- Status: {"),
    "the field of a goal": ("distinct: AccountId", "distinct: Acount", "NV920", "distinct: AccountId"),
    "a relationship for its lookup": ("distinct: AccountId", "distinct: Account", "NV920", "distinct: AccountId"),
    "a parent": ("RecordType.Name", "RecordTyp.Name", "NV920", "RecordType.Name"),
    "a lookup for its relationship": ("RecordType.Name", "RecordTypeId.Name", "NV920", "RecordType.Name"),
    "a field of a parent": ("RecordType.Name", "RecordType.DeveloperNam", "NV920", "RecordType.DeveloperName"),
    "days of a stage": ("CloseDate: {", "StageName: {", "NV407", "CloseDate: {"),
    "more of a stage": (f"CloseDate: {_WITHIN}", "StageName: {increasedBy: 1}", "NV407", "Amount: {increasedBy: 1}"),
    "true as text": (f"CloseDate: {_WITHIN}", 'IsClosed: {equals: "true"}', "NV921", "IsClosed: {equals: true}"),
    "a number as text": (f"CloseDate: {_WITHIN}", 'Amount: {equals: "5"}', "NV921", "Amount: {equals: 5}"),
    "a stage as a number": (f"CloseDate: {_WITHIN}", "StageName: {equals: 5}", "NV921", 'StageName: {equals: "5"}'),
    "a fraction for a percentage": (
        f"CloseDate: {_WITHIN}",
        "Probability: {greaterThan: 0.5}",
        "NV925",
        "Probability: {greaterThan: 50}",
    ),
    "created in the future": (
        f"CloseDate: {_WITHIN}",
        "CreatedDate: {within: {from_days: 1, to_days: 9}}",
        "NV413",
        "CreatedDate: {within: {from_days: -9, to_days: -1}}",
    ),
    "a streak longer than the season": ("target: 4}\n    completion: {bonus: 20", "target: 7}\n    completion: {bonus: 20", "NV411", "target: 6}\n    completion: {bonus: 20"),
    "a streak of too many working days": ("{streak: week, at_least: 3, target: 4}", "{streak: working day, target: 31}", "NV411", "{streak: working day, target: 30}"),
    "a cap that pays in part": ("{points: 15, per: day}", "{points: 12, per: day}", "NV914", "{points: 15, per: day}"),
    "a sum of stages": ("{distinct: AccountId, target: 4}", "{sum: StageName, target: 4}", "NV409", "{sum: TotalOpportunityQuantity, target: 4}"),
    "a sum of accounts": ("{distinct: AccountId, target: 4}", "{sum: AccountId, target: 4}", "NV409", "{distinct: AccountId, target: 4}"),
    "points for an account": ("    points: 8\n", "    award_points_to: AccountId\n    points: 8\n", "NV408", "    award_points_to: OwnerId\n    points: 8\n"),
    "points for whom nobody knows": ("    points: 8\n", "    award_points_to: Account.OwnrId\n    points: 8\n", "NV920", "    award_points_to: Account.OwnerId\n    points: 8\n"),
    "a pause in minutes": ("    points: 8\n", "    cooldown: {hours: 1440, per: account}\n    points: 8\n", "NV923", "    cooldown: {hours: 24}\n    points: 8\n"),
    "a board of a misspelt role": ("ties: [distinct_accounts, first_to_reach]", "scope: {role: Customer Success Managr}", "NV924", "scope: {role: Customer Success Manager}"),
    "everybody excluded": ("role: [Customer Success Manager]", "{users: [a@b.example], exclude: [A@b.example]}", "NV412", "users: [a@b.example]"),
    "leave of another year": ("\nrules:", "\npeople:\n  - user: ana@acme.example\n    leave: [{from: 2027-01-12, to: 2027-01-16}]\nrules:", "NV924", "\npeople:\n  - user: ana@acme.example\n    leave: [{from: 2026-01-12, to: 2026-01-16}]\nrules:"),
}  # fmt: skip


def found(text: str) -> list[Diagnostic]:
    return check_program(text, name="season.yaml")[1]


def test_the_season_without_a_slip_has_no_finding() -> None:
    assert found(SEASON) == []


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_told_in_its_line_and_its_hint_mends_it(name: str) -> None:
    right, slip, code, mended = SLIPS[name]
    assert SEASON.count(right) >= 1
    text = SEASON.replace(right, slip, 1)
    (finding,) = found(text)
    assert finding.code == code
    assert finding.hint
    changed = [number for number, line in enumerate(text.split("\n"), 1) if line not in SEASON.split("\n")]
    assert finding.line in changed
    assert found(SEASON.replace(right, mended, 1)) == []


def test_a_cap_says_how_many_awards_it_pays_whole_and_in_part() -> None:
    (finding,) = found(SEASON.replace("points: 5\n", "points: 8\n"))
    assert finding.message == "a cap of 15 points pays 1 award of 8, and 7 of the next"
    assert finding.hint is not None
    for cap in ("points: 16", "awards: 2", "points: 8"):
        assert cap in finding.hint
        mended = SEASON.replace("points: 5\n", "points: 8\n").replace("cap: {points: 15,", f"cap: {{{cap},")
        assert found(mended) == []


def test_a_program_that_was_accepted_with_such_a_slip_is_still_read() -> None:
    for right, slip, code, _mended in SLIPS.values():
        if code != "NV406":
            assert load_kept_text(SEASON.replace(right, slip, 1), "season").program == "q1-growth"


@pytest.mark.parametrize("playbook", list_playbooks())
def test_what_ships_has_no_slip(playbook: Any) -> None:
    assert not [one for one in found(read_playbook(playbook.name)) if one.code in {slip[2] for slip in SLIPS.values()}]


@pytest.mark.parametrize(
    "field", ["Renewal_Risk__c", "acme__Stage__c", "Account.Tier__c", "Parent__r.Name", "Owner.Name", "Zzqx"]
)
def test_fields_of_the_org_are_left_alone(field: str) -> None:
    assert found(SEASON.replace("CloseDate: {within: {from_days: 60}}", f"{field}: {{isBlank: false}}")) == []


def test_every_object_has_what_all_objects_have() -> None:
    for name in ("Account", "Case", "Contact", "Event", "Lead", "Opportunity", "Task"):
        assert {"Id", "OwnerId", "CreatedDate", "LastModifiedById", "SystemModstamp", "IsDeleted"} <= fields_of(
            name
        ).keys()
        assert parents_of(name)["Owner"] == "User"


_OPPOSITES = (
    ("greaterThan", "lessThan"),
    ("greaterThan", "lessThanOrEqual"),
    ("greaterThanOrEqual", "lessThan"),
    ("greaterThanOrEqual", "lessThanOrEqual"),
    ("isBlank", "isNotBlank"),
    ("equals", "notEquals"),
    ("in", "notIn"),
    ("contains", "notContains"),
    ("changedFrom", "changedTo"),
    ("from_days", "to_days"),
    ("starts", "ends"),
)


def _slips(word: str) -> set[str]:
    """Give every word that is one slip away: a letter left out, doubled, taken for another, or two exchanged."""
    letters = string.ascii_lowercase + "NTE_"
    found_: set[str] = set()
    for at in range(len(word)):
        found_ |= {word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:]}
        found_ |= {word[:at] + one + word[at + 1 :] for one in letters}
        found_.add(word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :])
    return found_ - {word}


def test_no_slip_is_taken_for_the_opposite() -> None:
    operators = [one.name for one in BUILT_IN]
    keys = [*keys_of(Within), *keys_of(Rule), *keys_of(Program), *keys_of(Goal)]
    for one, other in _OPPOSITES:
        known = operators if one in operators else keys
        for word, opposite in ((one, other), (other, one)):
            assert opposed(word, opposite)
            wrong = [slip for slip in _slips(word) - {*known} if guess(slip, known) == opposite]
            # `nin` and `ni` are as near to one as to the other, and no longer words.
            assert [slip for slip in wrong if len(slip) > 4] == []


@pytest.mark.parametrize(
    ("word", "never"),
    [
        ("smallerThan", "greaterThan"),
        ("lowerThan", "greaterThan"),
        ("fewerThan", "greaterThan"),
        ("earlierThan", "greaterThan"),
        ("moreThan", "lessThan"),
        ("decreasedBy", "increasedBy"),
        ("unchanged", "isChanged"),
        ("isNotChanged", "isChanged"),
        ("notStartsWith", "startsWith"),
        ("doesNotEndWith", "endsWith"),
        ("notMatches", "matches"),
        ("notWithin", "within"),
        ("isNotEmpty", "isBlank"),
        ("isnotequal", "equals"),
        ("isnotblank", "isBlank"),
        ("doesNotContain", "contains"),
    ],
)
def test_words_of_others_are_not_taken_for_the_opposite(word: str, never: str) -> None:
    names = [one.name for one in BUILT_IN]
    assert guess(word, names) != never
    assert f"`{never}`" not in advise(word, names)


@pytest.mark.parametrize(
    ("value", "only"),
    [
        ("Closed Won", "Closed Lost"),
        ("Inactive", "Active"),
        ("Unqualified", "Qualified"),
        ("Inbound", "Outbound"),
        ("Not Started", "Started"),
        ("Reopened", "Closed"),
        ("Disapproved", "Approved"),
    ],
)
def test_a_value_is_not_taken_for_its_opposite(value: str, only: str) -> None:
    assert closest(value, [only]) is None
    assert closest(value, [only, value]) == value


def test_a_hint_for_a_turned_range_names_both_sides(tmp_path: Path) -> None:
    for first, last in ((30, 0), (7, 0)):
        (finding,) = found(SEASON.replace("{from_days: 60}", f"{{from_days: {first}, to_days: {last}}}"))
        assert finding.hint is not None
        assert f"{{from_days: -{first}, to_days: 0}}" in finding.hint
        assert f"{{from_days: 0, to_days: {first}}}" in finding.hint
