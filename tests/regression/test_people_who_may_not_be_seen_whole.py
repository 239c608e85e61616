"""A sync's user may not see everything of everybody: what is hidden is unknown, everything else goes on."""

from datetime import UTC, datetime
from typing import Any

import pytest

from novigem.engine.engine import Engine
from novigem.errors import OrgError
from novigem.feed.salesforce.facts import Facts
from novigem.feed.salesforce.people import hidden_fields, read_person
from novigem.ledger.memory.store import MemoryStore
from novigem.model.people import Person
from novigem.program.checks.org import check_against
from novigem.program.load import load_program_text, open_program
from novigem.sync import Sync, SyncReport
from novigem.sync.report import read_report
from novigem_sandbox.org.clock import Clock
from novigem_sandbox.org.org import SampleOrg
from tests.bed.direct_org import DirectOrg
from tests.unit.feed.salesforce.rows import field

NOON = datetime(2026, 1, 7, 12, tzinfo=UTC)
PROGRAM = """
program: season
name: A season
starts: 2026-01-05
rules:
  - {id: done, object: Task, trigger: update, when: [{Status: {changedTo: Completed}}], points: 10, once_per: change}
leaderboards: [{id: team, name: Team}]
"""
BY_ROLE = f"{PROGRAM}participants: {{role: [CSM]}}\n"
HIDDEN = ["UserRoleId", "ManagerId", "Email", "Name", "IsActive"]


class Bed:
    def __init__(self, text: str = PROGRAM) -> None:
        self.org = SampleOrg(Clock.at(NOON))
        self.lea = self.org.add_user("Lea Lane", role="CS Lead")
        self.ann = self.org.add_user("Ann Bell", role="CSM", manager=self.lea)
        self.store = MemoryStore()
        self.direct = DirectOrg(self.org)
        self._sync = Sync(Engine(self.store, [load_program_text(text)]), self.direct)

    def sync(self) -> SyncReport:
        self.org.clock.advance(400)
        report = self._sync.run()
        assert not report.errors
        return report

    def complete_a_task(self, user: str) -> SyncReport:
        task = self.org.create("Task", Subject="Call", Status="Not Started", OwnerId=user, user=user)
        self.sync()
        self.org.update(task, Status="Completed", user=user)
        return self.sync()

    def person(self, user: str) -> Person:
        return self.store.people([user])[user]

    def paid(self) -> int:
        return sum(entry.points for entry in self.store.entries())


@pytest.mark.parametrize("name", HIDDEN)
def test_everything_else_is_read_and_pays(name: str) -> None:
    bed = Bed()
    bed.org.hide_field("User", name)

    report = bed.complete_a_task(bed.ann)

    assert bed.paid() == 10
    assert [one.object for one in report.objects] == ["User", "Task"]
    assert [alarm for alarm in report.alarms if "may not be read" in alarm and "User." in alarm]
    kept = read_report(bed.store.reports()[f"salesforce/{bed.org.id}/User"])
    assert kept.alarms == list(report.alarms)


def test_what_becomes_hidden_in_mid_season_stays_as_it_was_told() -> None:
    bed = Bed(BY_ROLE)
    bed.sync()
    before = bed.person(bed.ann)
    for name in ("UserRoleId", "ManagerId", "Email", "Name"):
        bed.org.hide_field("User", name)
    bed.org.update(bed.ann, Title="Senior")
    new = bed.org.add_user("Bob Cole", role="CSM")

    report = bed.complete_a_task(bed.ann)

    assert (
        bed.person(bed.ann)
        == before
        == Person(
            bed.ann,
            "Ann Bell",
            "ann.bell@example.com",
            role="CSM",
            manager=bed.lea,
            role_id=before.role_id,
            timezone="America/New_York",
        )
    )
    assert bed.person(new) == Person(new, timezone="America/New_York")
    assert bed.paid() == 10
    (alarm,) = [one for one in report.alarms if "UserRole.Name" in one]
    assert "season asks for it" in alarm


def test_what_comes_back_into_sight_is_read_of_everybody() -> None:
    bed = Bed(BY_ROLE)
    bed.org.hide_field("User", "UserRoleId")
    bed.complete_a_task(bed.ann)
    assert (bed.person(bed.ann).role, bed.paid()) == (None, 0)

    bed.org.show_field("User", "UserRoleId")
    assert list(bed.sync().alarms) == []

    assert bed.person(bed.ann).role == "CSM"


def test_roles_whose_names_may_not_be_read_are_unknown() -> None:
    bed = Bed()
    bed.sync()
    bed.org.hide_field("UserRole", "Name")

    report = bed.sync()

    assert bed.person(bed.ann).role == "CSM"
    assert [one for one in report.alarms if "UserRole.Name" in one]


def test_a_role_that_was_taken_away_is_no_hidden_one() -> None:
    bed = Bed(BY_ROLE)
    bed.sync()
    bed.org.hide_field("User", "ManagerId")
    bed.org.update(bed.ann, UserRoleId=None)

    bed.complete_a_task(bed.ann)

    assert (bed.person(bed.ann).role, bed.person(bed.ann).manager, bed.paid()) == (None, bed.lea, 0)


def test_a_row_that_lacks_a_field_leaves_that_one_as_it_was_told() -> None:
    ann = Person("005000000000001AAA", "Ann", "ann@example.com", role="CSM", manager="005000000000002AAA")
    row = {"Id": ann.id, "Name": "Ann B", "IsActive": True, "UserRole": {"attributes": {}}}
    assert read_person(row, {ann.id: ann}) == Person(ann.id, "Ann B", ann.email, role="CSM", manager=ann.manager)


def test_an_object_of_roles_that_may_not_be_read_hides_the_role() -> None:
    described: dict[str, Any] = {
        "fields": [
            *(field(name) for name in ("Name", "Email", "IsActive", "ManagerId", "TimeZoneSidKey")),
            field("UserRoleId", "reference", relationshipName="UserRole"),
        ]
    }

    def describe(name: str) -> Any:
        if name == "UserRole":
            raise OrgError("NOT_FOUND")
        return described

    assert hidden_fields(describe) == {"UserRole.Name"}


@pytest.mark.parametrize(
    ("name", "part", "codes"),
    [
        ("UserRoleId", "participants: {role: [CSM]}\n", ["NV518"]),
        ("ManagerId", "participants: {manager: [lea.lane@example.com]}\n", ["NV518"]),
        ("Email", "participants: {users: [ann.bell@example.com], exclude: [x@example.com]}\n", ["NV518", "NV518"]),
        ("UserRoleId", "participants: {users: [ann.bell@example.com]}\n", []),
        ("UserRoleId", "", []),
        ("UserRoleId", "teams: [{id: north, name: North, role: CSM}, {id: s, name: S, role: X}]\n", ["NV518"] * 2),
    ],
)
def test_a_check_against_the_org_says_what_is_missing(name: str, part: str, codes: list[str]) -> None:
    bed = Bed()
    bed.org.hide_field("User", name)
    opened = open_program(PROGRAM + part, "season.yaml")
    assert opened.draft is not None
    facts = Facts(bed.direct)

    check_against(opened.draft, facts)

    assert [one.code for one in opened.findings if one.code.startswith("NV51")] == codes
    shown = "UserRole.Name" if name == "UserRoleId" else name
    assert f"User.{shown} may not be read: a sync leaves it as last told" in facts.notes
