"""Our copies beside the org: what agrees, what the next sync brings, and what should not be."""

import random
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from novigem.errors import InputError, LimitReached, OrgError
from novigem.feed.salesforce.audit import Audit, Auditor
from novigem.feed.salesforce.intake import Intake, PollOptions, Tally
from novigem.ledger.memory.store import MemoryStore
from novigem.program.load import load_program_text
from novigem.sync.verify import plan_audit, run_audit
from novigem.views.terminal.errors import next_step
from novigem_sandbox.org import faults
from tests.golden.orgs import connected_to, served, team_org
from tests.unit.sync.synced import HOUR, PROGRAM, Bed


@pytest.fixture
def bed() -> Iterator[Bed]:
    with served(team_org()) as running, connected_to(running) as org:
        yield Bed(running, org)


def numbers(audit: Audit) -> dict[str, int]:
    names = ("same", "coming", "missed", "unknown", "hidden", "rejected")
    return {name: getattr(audit, name) for name in names if getattr(audit, name)}


def test_after_a_sync_every_copy_agrees(bed: Bed) -> None:
    audit = bed.audit()

    assert numbers(audit) == {"same": 7}
    assert (audit.checked, audit.findings, audit.examples) == (7, 0, [])


def test_what_changed_since_the_last_sync_will_come(bed: Bed) -> None:
    bed.sample.clock.advance(HOUR)
    bed.sample.update(bed.deals[0], StageName="Closed Won")
    bed.sample.delete(bed.deals[1])
    bed.deal(8)

    assert numbers(bed.audit()) == {"same": 5, "coming": 3}
    bed.sync()
    assert numbers(bed.audit()) == {"same": 8}


def test_a_record_purged_since_the_last_sync_will_come(bed: Bed) -> None:
    bed.sample.clock.advance(HOUR)
    bed.sample.delete(bed.deals[1])
    bed.sample.purge([bed.deals[1]])
    bed.sample.clock.advance(HOUR)

    assert numbers(bed.audit()) == {"same": 6, "coming": 1}


def test_a_record_that_was_deleted_here_and_purged_there_is_as_it_should_be(bed: Bed) -> None:
    bed.sample.delete(bed.deals[1])
    bed.sync()
    bed.sample.purge([bed.deals[1]])

    assert numbers(bed.audit()) == {"same": 7}


def test_what_the_watermark_has_passed_and_still_differs_was_missed(bed: Bed) -> None:
    deal = bed.deals[2]
    bed.keep(bed.copy(deal), values=bed.copy(deal).values.replace("Prospecting", "Closed Lost"))
    audit = bed.audit()

    assert numbers(audit) == {"same": 6, "missed": 1}
    assert audit.examples == [(deal, "missed", "StageName Closed Lost", "StageName Prospecting")]
    assert audit.findings == 1


def test_a_copy_in_another_state_was_missed(bed: Bed) -> None:
    bed.keep(bed.copy(bed.deals[2]), state="deleted")

    assert bed.audit().examples == [(bed.deals[2], "missed", "deleted", "live")]


def test_a_record_that_came_into_sight_without_a_stamp_has_no_copy(bed: Bed) -> None:
    hidden = bed.deal(9)
    bed.sample.hide_records([hidden])
    bed.sync()
    bed.sync()
    bed.sample.show_records([hidden])
    audit = bed.audit()

    assert numbers(audit) == {"same": 7, "unknown": 1}
    assert audit.examples == [(hidden, "unknown", "no copy", "live")]


def test_a_record_out_of_sight_is_told_and_not_taken_for_deleted(bed: Bed) -> None:
    bed.sample.hide_records([bed.deals[3]])
    audit = bed.audit()

    assert numbers(audit) == {"same": 6, "hidden": 1}
    assert audit.examples == [(bed.deals[3], "hidden", "live", "not visible")]


def test_a_parent_that_changed_makes_no_difference(bed: Bed) -> None:
    bed.sample.update(bed.account, Industry="Retail")
    bed.sample.clock.advance(2 * HOUR)

    assert numbers(bed.audit()) == {"same": 7}


def test_a_moved_stamp_alone_makes_no_difference(bed: Bed) -> None:
    bed.sample.touch(bed.deals)

    assert numbers(bed.audit()) == {"same": 7}


def test_a_copy_that_a_sync_renewed_meanwhile_is_not_held_against_an_older_answer(bed: Bed) -> None:
    copy = bed.copy(bed.deals[0])
    bed.keep(copy, stamp=copy.stamp + 1_000_000, values=copy.values.replace("Prospecting", "Closed Lost"))

    assert numbers(bed.audit()) == {"same": 7}


def test_a_field_that_the_copies_do_not_know_yet_makes_no_difference(bed: Bed) -> None:
    wider = load_program_text(PROGRAM_WITH_AMOUNT)
    plan = plan_audit(bed.org, bed.store, [wider])
    (audit,) = run_audit(bed.org, bed.store, plan)

    assert numbers(audit) == {"same": 7}


PROGRAM_WITH_AMOUNT = """
program: season
name: A season
rules:
  - {id: won, object: Opportunity, trigger: update, points: 10, when: [Amount: {isChanged: true}]}
leaderboards: [{id: team, name: Team}]
"""


def test_small_pages_and_dead_cursors_change_nothing(bed: Bed) -> None:
    bed.keep(bed.copy(bed.deals[4]), values='{"StageName": "x"}')
    bed.sample.faults.add(faults.small_pages(2), "/query")
    bed.sample.faults.add(faults.cursor_gone(), "/query/0r8", at=2)

    assert numbers(bed.audit()) == {"same": 6, "missed": 1}


def test_a_sample_looks_at_so_many_records_of_each_object(bed: Bed) -> None:
    audit = bed.audit(sample=3)

    assert numbers(audit) == {"same": 3}
    assert audit.is_sample
    assert numbers(bed.audit(sample=50)) == {"same": 7}


def test_a_sample_finds_what_differs_and_what_is_out_of_sight(bed: Bed) -> None:
    bed.sample.hide_records([bed.deals[3]])
    bed.keep(bed.copy(bed.deals[4]), values=bed.copy(bed.deals[4]).values.replace("Prospecting", "x"))

    assert numbers(bed.audit(sample=7)) == {"same": 5, "missed": 1, "hidden": 1}


def test_a_sample_is_drawn_from_all_records(bed: Bed) -> None:
    drawn = set()
    for seed in range(60):
        plan = plan_audit(bed.org, bed.store, [PROGRAM], sample=1)
        bed.keep(bed.copy(bed.deals[seed % 7]), values='{"StageName": "x"}')
        (audit,) = run_audit(bed.org, bed.store, plan, chance=random.Random(seed))
        drawn |= {one.record for one in audit.examples}
    assert drawn == set(bed.deals)


def test_the_price_is_known_before(bed: Bed) -> None:
    whole = plan_audit(bed.org, bed.store, [PROGRAM])
    some = plan_audit(bed.org, bed.store, [PROGRAM], sample=3)

    assert (whole.records, whole.calls) == (7, 2)
    assert (some.records, some.calls) == (3, 2)
    before = bed.org.calls
    assert numbers(next(run_audit(bed.org, bed.store, whole))) == {"same": 7}
    assert bed.org.calls - before <= whole.calls


def test_a_comparison_that_the_days_calls_do_not_allow_is_not_begun(bed: Bed) -> None:
    bed.sample.usage.used = bed.sample.usage.allowed // 2
    with pytest.raises(LimitReached, match="about 2 API calls, and 0 may still be used") as caught:
        plan_audit(bed.org, bed.store, [PROGRAM], share=0.5)
    assert "--sample" in (next_step(caught.value) or "")


def test_another_org_is_refused(bed: Bed) -> None:
    with served(team_org()) as running:
        running.org.id = "00D000000000009EAA"
        running.org.table("Organization").rows.clear()
        running.org.load("Organization", [{"Id": running.org.id, "Name": "Another"}])
        with connected_to(running) as other, pytest.raises(OrgError, match="leads to 00D000000000009EAA"):
            plan_audit(other, bed.store, [PROGRAM])


def test_a_database_that_was_never_synced_is_refused(bed: Bed) -> None:
    with pytest.raises(InputError, match="no copies"):
        plan_audit(bed.org, MemoryStore(), [PROGRAM])


def test_what_cannot_be_compared_is_told(bed: Bed) -> None:
    bed.sample.hide_field("Opportunity", "StageName")
    wider = load_program_text(PROGRAM_WITH_AMOUNT.replace("season", "more").replace("Opportunity", "Lead"))
    with connected_to(bed.running) as org:
        plan = plan_audit(org, bed.store, [PROGRAM, wider])
        (audit,) = run_audit(org, bed.store, plan)

    assert plan.notes == [
        "Lead was not synced yet",
        "Opportunity.StageName does not exist or may not be read; it is not compared",
    ]
    assert numbers(audit) == {"same": 7}


def test_nothing_is_written_anywhere(bed: Bed) -> None:
    bed.sample.hide_records([bed.deals[3]])
    bed.sample.update(bed.deals[0], StageName="Closed Won")
    before = [bed.copy(deal) for deal in bed.deals], bed.store.positions(""), bed.store.reports(), bed.store.leases()
    stamps = [row["SystemModstamp"] for row in bed.sample.query("SELECT SystemModstamp FROM Opportunity")]
    bed.audit()

    after = [bed.copy(deal) for deal in bed.deals], bed.store.positions(""), bed.store.reports(), bed.store.leases()
    assert after == before
    assert [row["SystemModstamp"] for row in bed.sample.query("SELECT SystemModstamp FROM Opportunity")] == stamps


def judged(bed: Bed, **cursor: Any) -> dict[str, int]:
    """Compare as if the feed had come to another place."""
    plan = plan_audit(bed.org, bed.store, [PROGRAM])
    ((schema, reached),) = plan.parts
    intake = Intake(bed.org, bed.store, schema, None, PollOptions(), Tally())
    return numbers(Auditor(intake, bed.store, msgspec.structs.replace(reached, **cursor)).everything())


def test_what_differs_is_missed_only_behind_the_overlap_of_a_finished_fill_in_fields_that_are_known(bed: Bed) -> None:
    copy = bed.copy(bed.deals[2])
    bed.keep(copy, values=copy.values.replace("Prospecting", "Closed Lost"))
    minute = 60_000_000

    assert judged(bed) == {"same": 6, "missed": 1}
    assert judged(bed, covered=copy.stamp + 16 * minute) == {"same": 6, "missed": 1}
    assert judged(bed, covered=copy.stamp + 14 * minute) == {"same": 6, "coming": 1}
    assert judged(bed, is_filled=False) == {"same": 6, "coming": 1}
    assert judged(bed, since={"StageName": copy.read + 1}) == {"same": 7}


def test_a_record_that_a_sync_beside_us_has_just_read_is_not_called_hidden(bed: Bed) -> None:
    copy = bed.copy(bed.deals[2])
    later = copy.stamp + 86_400_000_000
    bed.keep(copy, id="006Nv0000009999AAA", stamp=later)

    assert numbers(bed.audit()) == {"same": 8}


def test_what_became_of_a_deleted_record_is_not_compared(bed: Bed) -> None:
    bed.sample.delete(bed.deals[1])
    bed.sync()
    bed.sync()
    bed.keep(bed.copy(bed.deals[1]), values='{"StageName": "x"}')

    assert numbers(bed.audit()) == {"same": 7}


def test_a_sample_leaves_out_what_is_purged(bed: Bed) -> None:
    for deal in bed.deals[:5]:
        bed.keep(bed.copy(deal), state="purged")

    assert bed.audit(sample=7).checked == 2
