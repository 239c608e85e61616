"""A sync after an erasure: the org still names the person, and nothing here does."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from novigem.audit.doctor.doctor import examine
from novigem.engine.engine import Engine
from novigem.engine.erasure import erase_person
from novigem.engine.personal_rows import redactor_of, rows_about
from novigem.feed.salesforce.client import SalesforceOrg
from novigem.feed.salesforce.intake import PollOptions
from novigem.ledger.memory.store import MemoryStore
from novigem.model.ids import id18
from novigem.program.load import load_program_text
from novigem.queries.queries import Queries
from novigem.sync import Sync
from novigem.sync.verify import plan_audit, run_audit
from novigem_sandbox.org import Running
from tests.golden.orgs import connected_to, served, team_org
from tests.unit.sync.synced import HOUR

NOW = datetime(2026, 2, 1, tzinfo=UTC)
NAME, MAIL = "Ann Bell", "ann.bell@acme.example"
PROGRAM = load_program_text(
    """
program: season
name: A season
participants: {users: [ann.bell@acme.example]}
rules:
  - id: won
    object: Opportunity
    trigger: update
    points: 10
    when: [StageName: {changedTo: Closed Won}, Owner.Name: {equals: Ann Bell}, NextStep: {isBlank: false}]
  - {id: moved, object: Opportunity, trigger: update, points: 3, when: [OwnerId: {isChanged: true}]}
leaderboards: [{id: team, name: Team}]
"""
)


class Season:
    """An org whose deals name Ann in many ways, and a store that was synced with it."""

    def __init__(self, running: Running, org: SalesforceOrg) -> None:
        self.sample = running.org
        self.org = org
        self.store = MemoryStore()
        self.engine = Engine(self.store, [PROGRAM])
        users = self.sample.query("SELECT Id, Name FROM User")
        self.ann = id18(next(one["Id"] for one in users if one["Name"] == NAME))
        self.other = id18(next(one["Id"] for one in users if one["Name"] == "Lea Manager"))
        self.sample.update(self.ann, Email=MAIL)
        self.sync()
        self.deals = [self.deal(number) for number in range(3)]
        self.sync()
        self.win(self.deals[0])
        self.sync()

    def deal(self, number: int) -> str:
        return self.sample.create(
            "Opportunity",
            Name=f"Deal {number}",
            StageName="Prospecting",
            CloseDate="2026-06-30",
            OwnerId=self.ann,
            NextStep=f"ask {NAME} <{MAIL.upper()}>, or see /{self.ann[:15]}",
        )

    def win(self, deal: str) -> None:
        self.sample.update(deal, StageName="Closed Won")

    def sync(self, *, engine: Engine | None = None, **options: bool) -> None:
        self.sample.clock.advance(2 * HOUR)
        report = Sync(engine or self.engine, self.org, options=PollOptions(**options)).run()
        assert report.errors == []

    def named(self) -> list[str]:
        """Give where the person is named."""
        return [str(row) for row in rows_about(self.store, redactor_of(self.store, self.ann, (NAME, MAIL)))]


@pytest.fixture
def season() -> Iterator[Season]:
    with served(team_org()) as running, connected_to(running) as org:
        yield Season(running, org)


def test_a_sync_sees_no_change_in_records_that_still_name_somebody_who_was_erased(season: Season) -> None:
    assert season.named()
    erase_person(season.store, season.ann, reason="left")
    before = [one for one, _change in season.store.changes()], list(season.store.entries()), season.store.everybody()
    for deal in season.deals:
        # It comes with the next poll, and holds what it held.
        season.sample.touch([deal])
    season.sync()
    season.sync(reread=True)
    after = [one for one, _change in season.store.changes()], list(season.store.entries()), season.store.everybody()
    assert after == before
    assert season.named() == []


def test_new_changes_of_an_erased_owner_are_credited_under_the_id_that_stands_for_them(season: Season) -> None:
    erased = erase_person(season.store, season.ann, reason="left")
    season.win(season.deals[1])
    # A process that began after the erasure reads the same file, which still names the person.
    season.sync(engine=Engine(season.store, [PROGRAM]))
    season.win(season.deals[2])
    season.sync(with_history=True)
    assert [(one.user, one.points) for one in season.store.entries()] == [(erased.user, 10)] * 3
    assert season.named() == []
    assert len(season.store.programs()) == 1


def test_moving_a_record_away_and_back_is_told_with_the_id_that_stands_for_the_owner(season: Season) -> None:
    season.sync(with_history=True)
    erased = erase_person(season.store, season.ann, reason="left")
    season.sample.update(season.deals[1], OwnerId=season.other)
    season.sample.update(season.deals[1], OwnerId=season.ann)
    season.sync(with_history=True)
    changes = sorted((one for _logged, one in season.store.changes_of([season.deals[1]])), key=lambda one: one.seq)
    owners = [(one.old, one.new["OwnerId"]) for one in changes]
    assert owners[-2:] == [({"OwnerId": erased.user}, season.other), ({"OwnerId": season.other}, erased.user)]
    assert season.named() == []


def test_doctor_and_audit_find_nothing_after_an_erasure(season: Season) -> None:
    erase_person(season.store, season.ann, reason="left")
    season.win(season.deals[1])
    season.sync()
    season.sync()
    programs = Queries(season.store, now=NOW).programs()
    assert [problem for _name, found in examine(season.store, programs) for problem in found] == []
    plan = plan_audit(season.org, season.store, programs.values(), sample=None)
    (audit,) = run_audit(season.org, season.store, plan, chance=random.Random(5))
    assert (audit.same, audit.findings) == (3, 0)
