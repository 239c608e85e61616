"""A program against an org: what fits says nothing, and what does not is told where it stands."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from novigem.errors import OrgError
from novigem.feed.salesforce.facts import Facts
from novigem.feed.salesforce.org import Org, QueryPage
from novigem.program.checks.org import check_against
from novigem.program.load import open_program
from novigem.rules.operators import DEFAULT_REGISTRY, Registry
from novigem.sync.plan import plan_sync
from novigem_sandbox.org import Running, SampleOrg
from tests.golden.gallery import ROOT
from tests.golden.orgs import connected_to, served, team_org

PLAYBOOKS = sorted(ROOT.glob("config/programs/*.yaml"))
HEAD = "program: season\nname: A season\nleaderboards: [{id: team, name: Team}]\n"


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with served(team_org()) as running:
        yield running


@pytest.fixture(scope="module")
def org(running: Running) -> Iterator[Org]:
    with connected_to(running) as org:
        yield org


@pytest.fixture
def sample(running: Running) -> SampleOrg:
    return running.org


def found(org: Org, text: str, registry: Registry = DEFAULT_REGISTRY) -> list[str]:
    """Give the code of each finding, with the text of the file that it points at."""
    opened = open_program(HEAD + text, "season.yaml", registry)
    assert opened.draft is not None
    check_against(opened.draft, Facts(org))
    return [
        f"{one.code} {one.excerpt[one.column - 1 : one.column - 1 + one.length]}"
        for one in opened.findings
        if one.code.startswith("NV5")
    ]


def rule(*conditions: str, name: str = "Opportunity", trigger: str = "update", more: str = "") -> str:
    when = f", when: [{', '.join(conditions)}]" if conditions else ""
    return f"rules: [{{id: a, object: {name}, trigger: {trigger}, points: 1{when}{more}}}]\n"


@pytest.mark.parametrize(
    "conditions",
    [
        ("StageName: {changedTo: Closed Won}", "Amount: {greaterThan: 5}", "CloseDate: {within: {to_days: 5}}"),
        ("Products__c: {contains: Plus}", "Risk__c: {in: [Low, High]}", "IsWon: {equals: true}"),
        ("Products__c: {equals: Base;Pro}", "Products__c: {contains: Base;Plus}", "StageName: {startsWith: Closed}"),
        ("RecordType.DeveloperName: {changedTo: Renewal}", "RecordType.Name: {notEquals: New Business}"),
        ("Owner.Name: {isBlank: false}", "Account.Owner.Name: {equals: Ann}", "Account.Industry: {equals: Energy}"),
        ("CloseDate: {equals: 2026-01-05}", 'CloseDate: {notEquals: "2026-01-05"}', 'StageName: {notEquals: ""}'),
        ('OwnerId: {equals: "005000000000001AAA"}', "Amount: {increasedBy: 5}", "Account.Industry: {isChanged: false}"),
        ("StageName: {changedFrom: Closed Lost}",),
        ("StageName: {matches: 'Closed*'}", "Products__c: {matches: 'Base;*'}", "RecordType.Name: {matches: 'Renew*'}"),
    ],
)
def test_what_fits_the_org_is_not_told(org: Org, conditions: tuple[str, ...]) -> None:
    assert found(org, rule(*conditions)) == []


@pytest.mark.parametrize(
    ("conditions", "told"),
    [
        (("IsWon: {greaterThan: 3}",), ["NV506 greaterThan"]),
        (("StageName: {within: {to_days: 3}}",), ["NV506 within"]),
        (("CloseDate: {contains: May}",), ["NV506 contains"]),
        (("CloseDate: {increasedBy: 3}",), ["NV506 increasedBy"]),
        (("CloseDate: {greaterThan: 5}",), ["NV507 5"]),
        (("Amount: {greaterThan: 2026-01-05}",), ["NV507 2026-01-05"]),
        (("Name: {equals: 5}",), ["NV507 5"]),
        (("IsWon: {in: [Maybe]}",), ["NV507 Maybe"]),
        (("OwnerId: {in: ['005000000000001AAA', '005000000000001']}",), ["NV507 '005000000000001'"]),
        (("Risk__c: {notIn: [Low, Hihg]}", "Risk__c: {changedFrom: x}"), ["NV509 Hihg", "NV509 x"]),
        (("Products__c: {equals: Base;Prem}", "Products__c: {notContains: rem}"), ["NV509 Base;Prem", "NV509 rem"]),
        (("StageName: {endsWith: Win}",), ["NV509 Win"]),
        (("StageName: {matches: 'Closed W?'}",), ["NV509 'Closed W?'"]),
        (("CloseDate: {matches: '2026-*'}",), ["NV506 matches"]),
        (("Account.Tier__c: {notEquals: Gld}",), ["NV508 Gld"]),
        (("RecordType.Name: {in: [Renewal, Renewals]}",), ["NV510 Renewals"]),
        (("LastActivityDate: {isChanged: true}",), ["NV514 isChanged"]),
        (("Account.Owner.Name: {changedFrom: Ann}",), ["NV514 changedFrom"]),
        # One mistake about a field is told once, whatever else is asked of it.
        (("StageNme: {isChanged: true, equals: 5, changedFrom: x}",), ["NV502 StageNme"]),
    ],
)
def test_what_does_not_fit_is_told_where_it_stands(org: Org, conditions: tuple[str, ...], told: list[str]) -> None:
    assert found(org, rule(*conditions)) == told


def test_values_that_were_taken_out_of_a_picklist_are_told(org: Org) -> None:
    class Retired:
        def __getattr__(self, name: str) -> Any:
            return getattr(org, name)

        def describe(self, name: str, *, fresh: bool = False) -> Mapping[str, Any]:
            told = org.describe(name, fresh=fresh)
            fields = [
                {
                    **one,
                    "picklistValues": [{**value, "active": value["value"] != "Low"} for value in one["picklistValues"]],
                }
                for one in told["fields"]
            ]
            return {**told, "fields": fields}

    assert found(Retired(), rule("Risk__c: {in: [Low, High]}")) == ["NV509 Low"]


def test_an_operator_of_ones_own_takes_any_field_and_any_value(org: Org) -> None:
    registry = DEFAULT_REGISTRY.with_operator("soundsLike", "as it sounds", lambda value, expected: value == expected)

    assert found(org, rule("Risk__c: {soundsLike: Loh}", "Amount: {soundsLike: x}"), registry) == []
    assert found(org, rule("Rsk__c: {soundsLike: Loh}"), registry) == ["NV502 Rsk__c"]


@pytest.mark.parametrize("mode", ["Record Owner", "Created By", "Last Modified By", "Account.OwnerId", "CreatedById"])
def test_points_may_go_to_any_lookup_that_leads_to_users(org: Org, mode: str) -> None:
    assert found(org, rule(trigger="create", more=f", award_points_to: {mode}")) == []


@pytest.mark.parametrize(
    ("mode", "told"),
    [
        ("AccountId", "NV511 AccountId"),
        ("CSM__c", "NV502 CSM__c"),
        ("Acount.OwnerId", "NV503 Acount.OwnerId"),
        ("Account.ParentId", "NV511 Account.ParentId"),
        ("Risk__c", "NV511 Risk__c"),
    ],
)
def test_points_cannot_go_anywhere_else(org: Org, mode: str, told: str) -> None:
    assert found(org, rule(trigger="create", more=f", award_points_to: {mode}")) == [told]


def test_a_mode_of_ones_own_reads_what_it_likes(org: Org) -> None:
    registry = DEFAULT_REGISTRY.with_recipient("The Closer", lambda change: change.by)

    assert found(org, rule(trigger="create", more=", award_points_to: The Closer"), registry) == []


def test_a_rule_that_pays_once_per_account_needs_one(org: Org) -> None:
    assert found(org, rule(trigger="create", more=", once_per: account and week")) == []
    assert found(org, rule(name="Lead", trigger="create", more=", once_per: account")) == ["NV502 account"]
    assert found(org, rule(name="Account", trigger="create", more=", once_per: account")) == []


@pytest.mark.parametrize(
    ("goal", "told"),
    [
        ("sum: Amount, object: Opportunity", []),
        ("distinct: AccountId, object: Opportunity", []),
        ("distinct: AccountId", ["NV513 AccountId"]),
        ("distinct: Acount__c", ["NV502 Acount__c"]),
        ("sum: Score__c, object: Opportunity", ["NV504 Score__c"]),
        ("sum: StageName, object: Opportunity", ["NV512 StageName"]),
        ("sum: Amount, object: Lead", ["NV502 Amount"]),
        ("points: rules", []),
    ],
)
def test_a_goal_counts_a_field_that_its_objects_have(org: Org, goal: str, told: list[str]) -> None:
    text = (
        "rules:\n"
        "  - {id: a, object: Opportunity, trigger: create, points: 1, challenge: c}\n"
        "  - {id: b, object: Lead, trigger: create, points: 1, challenge: c}\n"
        f"challenges: [{{id: c, name: C, type: one-time, goal: {{{goal}, target: 5}}}}]\n"
    )
    assert found(org, text) == told


@pytest.mark.parametrize(
    ("people", "told"),
    [
        ("users: [Ann.Bell@Example.com]", []),
        ("users: [ann.bel@example.com]", ["NV516 ann.bel@example.com"]),
        ("manager: [lea.manager@example.com], exclude: [bob.gone@example.com]", ["NV516 bob.gone@example.com"]),
        ("users: [Ann Bell]", ["NV516 Ann Bell"]),
        ("users: ['005000000000001AAA']", ["NV516 '005000000000001AAA'"]),
        ("role: [CS Lead, CS lead]", ["NV517 CS lead"]),
        # Whatever a name holds is a name to the org, and nothing else.
        ("users: [\"x' OR Email != '@example.com\"]", ["NV516 \"x' OR Email != '@example.com\""]),
        ("users: ['back\\slash@example.com']", ["NV516 'back\\slash@example.com'"]),
    ],
)
def test_people_and_roles_are_looked_up(org: Org, people: str, told: list[str]) -> None:
    assert found(org, f"participants: {{{people}}}\n{rule(trigger='create')}") == told


def test_a_user_may_be_named_by_a_short_id(org: Org, sample: SampleOrg) -> None:
    assert found(org, f"participants: {{users: ['{sample.admin[:15]}']}}\n{rule(trigger='create')}") == []


def test_the_people_of_a_leaderboard_are_looked_up_too(org: Org) -> None:
    boards = HEAD.replace("name: Team", "name: Team, scope: {role: Nobody}")
    more = boards.replace("Nobody}}", "Nobody}}, {id: b, name: B, scope: {manager: x@example.com}}")
    opened = open_program(more + rule(trigger="create"), "season.yaml")
    assert opened.draft is not None
    check_against(opened.draft, Facts(org))

    assert [one.code for one in opened.findings] == ["NV517", "NV516"]


def test_one_object_that_cannot_be_read_hides_nothing_else(org: Org) -> None:
    text = (
        "rules:\n"
        "  - {id: a, object: Widget__c, trigger: create, points: 1, when: [X__c: {equals: 1}], award_points_to: Y__c}\n"
        "  - {id: b, object: Lead, trigger: create, points: 1, when: [Satus: {equals: Open}]}\n"
    )
    assert found(org, text) == ["NV501 Widget__c", "NV502 Satus"]


@pytest.mark.parametrize("case", PLAYBOOKS, ids=lambda case: case.stem)
def test_no_playbook_that_ships_asks_for_what_a_sync_refuses(case: Path, org: Org, sample: SampleOrg) -> None:
    opened = open_program(case)
    assert opened.draft is not None
    check_against(opened.draft, Facts(org))
    refused = [one for one in opened.findings if one.code in {"NV501", "NV502", "NV503", "NV504", "NV505"}]
    try:
        assert opened.program is not None
        plan_sync(org, [opened.program], {})
    except OrgError:
        # What the check tells and what a sync refuses is the same.
        assert refused
    else:
        assert refused == []


def test_a_check_asks_the_org_a_handful_of_times(running: Running) -> None:
    text = "participants: {role: [CS Lead], users: [ann.bell@example.com]}\n" + rule(
        "RecordType.DeveloperName: {equals: Renewal}", "StageName: {isChanged: true}", "Account.Name: {equals: x}"
    )
    with connected_to(running) as org:
        before = org.calls
        assert found(org, text) == []
        # Three describes (the object and two parents), record types, users, roles.
        assert org.calls - before == 6


class Telling:
    """An org that answers queries for some objects, and refuses the others."""

    id = "00D000000000001AAA"

    def __init__(self, **rows: list[dict[str, Any]]) -> None:
        self._rows = rows

    def query(self, soql: str, *, deleted: bool = True) -> QueryPage:
        assert not deleted
        name = soql.partition(" FROM ")[2].split()[0]
        if name not in self._rows:
            raise OrgError(f"query of {name}: not supported")
        return QueryPage(self._rows[name], None, len(self._rows[name]))


@pytest.mark.parametrize(
    ("rows", "sees_all"),
    [
        ({"UserPermissionAccess": [{"PermissionsViewAllData": True}]}, True),
        ({"UserPermissionAccess": [{"PermissionsViewAllData": False}]}, False),
        ({"UserPermissionAccess": []}, None),
        ({}, None),
    ],
)
def test_an_org_that_does_not_tell_of_permissions_is_not_taken_for_a_no(rows: Any, sees_all: Any) -> None:
    org: Any = Telling(Organization=[{"Name": "Acme", "IsSandbox": False}], **rows)

    assert Facts(org).organisation() == (org.id, "Acme", False, sees_all)


def test_what_the_org_refuses_to_tell_is_noted_and_nobody_is_called_unknown() -> None:
    org: Any = Telling()
    facts = Facts(org)
    opened = open_program(
        HEAD.replace("Team}", "Team, scope: {role: CSM}}")
        + "participants: {users: [a@example.com], role: [CSM]}\nrules: []\n"
    )
    assert opened.draft is not None
    check_against(opened.draft, facts)

    assert [one.code for one in opened.findings if one.code.startswith("NV5")] == []
    assert facts.notes == [
        f"{name} could not be looked at: query of {name}: not supported" for name in ("User", "UserRole")
    ]
