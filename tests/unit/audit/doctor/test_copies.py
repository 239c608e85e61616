"""The change log held against our copies: what a sync keeps agrees with itself, and what was tampered with is found."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from novigem.audit.doctor.copies import unproved_copies
from novigem.audit.doctor.doctor import examine
from novigem.engine.engine import Engine
from novigem.feed.salesforce.cursor import ObjectCursor
from novigem.feed.source import Page
from novigem.ledger.memory.store import MemoryStore
from novigem.model.change import Change
from novigem.model.snapshot import Snapshot, Stream
from novigem.sync import Sync
from novigem.testing import make_id
from tests.golden.orgs import connected_to, served, team_org
from tests.unit.sync.synced import HOUR, PROGRAM, Bed

STREAM = Stream(make_id("00D", 1), "Opportunity")
DEAL = make_id("006", 1)
AT = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def bed() -> Iterator[Bed]:
    with served(team_org()) as running, connected_to(running) as org:
        yield Bed(running, org)


def test_whatever_happens_in_an_org_changes_and_copies_agree(bed: Bed) -> None:
    first, second, third, *_ = bed.deals
    bed.sample.update(first, StageName="Closed Won", Amount=10)
    bed.sync()
    bed.sample.update(first, StageName="Prospecting")
    bed.sample.update(bed.account, Industry="Retail")
    bed.sample.delete(second)
    bed.sample.rename_picklist("Opportunity", "StageName", "Prospecting", "First talk")
    bed.sync()
    bed.sample.undelete(second)
    bed.sample.update(second, StageName="Closed Lost")
    bed.sample.hide_field("Opportunity", "StageName")
    bed.sample.delete(third)
    bed.sample.purge([third])
    bed.sync()
    bed.sample.update(first, StageName="Closed Won")
    bed.sample.show_field("Opportunity", "StageName")
    bed.sample.clock.advance(HOUR)
    with connected_to(bed.running) as org:
        # A connection asks anew what there is.
        assert Sync(bed.engine, org).run().errors == []

    assert {one.kind for _logged, one in bed.store.changes()} >= {"update", "delete", "undelete", "system_update"}
    assert list(unproved_copies(bed.store)) == []


def change(seq: int, object_name: str = "Opportunity", **new: Any) -> Change:
    return Change(object_name, DEAL, "update", AT, new or {"StageName": "Won"}, {}, None, seq)


def kept(
    *changes: Change,
    rev: int,
    values: str = '{"StageName":"Won"}',
    state: Any = "live",
    cursor: ObjectCursor | None = None,
) -> list[tuple[str, str, str]]:
    """Keep a copy and changes as they are told, and give what the proof says of them."""
    store = MemoryStore()
    copy = Snapshot(DEAL, values, rev, 1, 1, state, 1)
    position = (cursor or ObjectCursor(0, 0)).encode()
    page = Page(changes, position=position, snapshots=[copy], stream=STREAM)
    Engine(store, [PROGRAM]).apply(page, feed=STREAM.feed)
    return [one[:3] for one in unproved_copies(store)]


def test_a_change_that_is_not_in_the_log_is_found() -> None:
    what = f"Opportunity {DEAL}"

    assert kept(change(1), change(2), rev=2) == []
    assert kept(change(1), change(3), rev=3) == [(what, "3 changes", "change 2 is not in the log")]
    assert kept(change(2), rev=2) == [(what, "2 changes", "change 1 is not in the log")]
    assert kept(rev=1) == [(what, "1 changes", "change 1 is not in the log")]


def test_a_change_that_the_copy_does_not_know_is_found() -> None:
    what = f"Opportunity {DEAL}"

    assert kept(change(1), change(2), rev=1) == [(what, "1 changes", "change 2 in the log")]
    assert kept(change(1), rev=0) == [(what, "no change", "change 1 in the log")]
    assert kept(rev=0) == []


def test_the_last_change_carries_the_values_of_the_copy() -> None:
    (found,) = kept(change(1), rev=1, values='{"StageName":"Lost"}')
    assert found == (f"Opportunity {DEAL} StageName", "'Lost'", "'Won'")
    (found,) = kept(change(1), change(2, StageName="Lost"), rev=2)
    assert found == (f"Opportunity {DEAL} StageName", "'Won'", "'Lost'")


@pytest.mark.parametrize(
    "told",
    [
        {"values": '{"StageName":"Won","Account.Name":"Acme"}', "new": {"Account.Name": "Globex"}},
        {"values": '{"StageName":"Won","LastActivityDate":"2026-01-05"}', "new": {"LastActivityDate": "2026-01-04"}},
        {"values": '{"StageName":"Won","Amount":5}', "new": {}},
        {"values": '{"StageName":"Won","Amount":5}', "new": {"Amount": 5.0}},
        {"values": '{"StageName":"Lost"}', "new": {}, "state": "deleted"},
        {"values": '{"Amount":5}', "new": {"Amount": 6}, "cursor": ObjectCursor(0, 0, since={"Amount": 4})},
        {"values": '{"Amount":5}', "new": {"Amount": 6}, "cursor": ObjectCursor(0, 0, lost=("Amount",))},
    ],
)
def test_what_moves_without_a_change_is_no_mismatch(told: dict[str, Any]) -> None:
    new = {"StageName": "Won", **told.pop("new")}

    assert kept(change(1, **new), rev=1, **told) == []


def test_changes_out_of_a_file_and_of_other_objects_are_not_counted() -> None:
    assert kept(change(1), change(0, StageName="x"), change(9, "Task"), rev=1) == []
    assert kept(change(0), change(9, "Task"), rev=0) == []


def test_the_doctor_tells_of_it(bed: Bed) -> None:
    deal = bed.deals[6]
    bed.keep(bed.copy(deal), rev=4)
    try:
        checks = dict(examine(bed.store, {PROGRAM.program: PROGRAM}))
    finally:
        bed.keep(bed.copy(deal), rev=0)
    (problem,) = checks["copies"]

    assert (problem.check, problem.what, problem.kept) == ("copies", f"Opportunity {deal}", "4 changes")
    assert all(not problems for name, problems in checks.items() if name != "copies")
