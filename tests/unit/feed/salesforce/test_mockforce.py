"""An org that neither we nor Salesforce wrote: simple-mockforce, in this process, fed by plain simple-salesforce.

It signs in, creates, updates and deletes, and answers `query` and `queryAll` with conditions, order and lists of ids.
So our log-in, our queries and our reading of rows are held against it. What it does not do is not tried here:

* It has no versions, no describe, no limits, no `/updated`, no `/deleted`, no Bulk API 2.0, and no second page. So the
  connection is made without the calls that `connect` begins with, and the poller cannot be run.
* Its stamps are local times without a zone, to the microsecond. No org writes such a stamp, and we refuse it; rows get
  the zone that is missing, and nothing else, before they are read.
* It finds nothing where OR stands inside of AND, so a query that goes on behind a stamp and an id cannot be tried.
* Deleting moves `LastModifiedDate`, and leaves `SystemModstamp` where it was.
* It knows no schema: a field that nobody wrote is empty, and a wrong query ends in a stack trace of its own.
"""

import warnings
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import wraps
from threading import Event
from typing import Any

import pytest
from pydantic import SecretStr
from simple_salesforce.api import Salesforce

from novigem.feed.salesforce import soql
from novigem.feed.salesforce.caller import Caller
from novigem.feed.salesforce.client import SalesforceOrg
from novigem.feed.salesforce.compare import NOTHING, Comparison, ReadPass, compare
from novigem.feed.salesforce.records import read_record
from novigem.feed.salesforce.settings import ClientCredentials, OrgSettings
from novigem.feed.salesforce.transport import Patience
from novigem.model.change import to_micros
from novigem.model.snapshot import Snapshot
from novigem.testing import make_id
from tests.unit.feed.salesforce.rows import PLAIN

with warnings.catch_warnings():
    # It brings an older parser of SOQL, which Python has something to say about.
    warnings.simplefilter("ignore")
    from simple_mockforce import mock_salesforce

ORG, ANN = make_id("00D"), make_id("005", 1)
STAMPS = ("CreatedDate", "LastModifiedDate", "SystemModstamp")
# Its stamps are in the time of this machine, wherever that is.
WINDOW = [to_micros(datetime.now(UTC) + timedelta(days=days)) for days in (-2, 2)]


def mocked(test: Callable[[SalesforceOrg, Salesforce], None]) -> Callable[[], None]:
    """Let a test talk to the mock: with our connection, and with plain simple-salesforce."""

    @wraps(test)
    def run() -> None:
        way = ClientCredentials("https://acme.my.salesforce.com", "3MVG9", SecretStr("s3cret"))
        with SalesforceOrg(Caller(OrgSettings(way), Patience(attempts=1), Event()), ORG) as org:
            test(org, Salesforce(session_id="of its own", instance_url=f"https://{org.host}"))

    del run.__wrapped__  # pytest would ask for fixtures of its names
    return mock_salesforce(run)  # type: ignore[no-any-return]  # it has no types


def changed(org: SalesforceOrg) -> list[dict[str, Any]]:
    """Ask as a poll does."""
    return [dict(row) for row in org.query(soql.changed_rows(PLAIN, *WINDOW)).records]


def zoned(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, **{name: f"{row[name]}+00:00" for name in STAMPS}}


def make(plain: Salesforce, *stages: str) -> list[str]:
    return [plain.Opportunity.create({"StageName": stage, "Amount": 1200.5, "OwnerId": ANN})["id"] for stage in stages]


@mocked
def test_we_sign_in_and_stay_with_the_host_that_it_names(org: SalesforceOrg, plain: Salesforce) -> None:
    assert (org.host, org.calls) == ("mock.salesforce.com", 0)
    make(plain, "Open")
    changed(org)
    assert org.calls == 1


@mocked
def test_our_queries_find_what_they_ask_for(org: SalesforceOrg, plain: Salesforce) -> None:
    made = make(plain, "One", "Two", "Three")
    assert [row["Id"] for row in changed(org)] == made
    assert org.query(soql.changed_rows(PLAIN, WINDOW[1], WINDOW[1] + 1)).records == []
    every = [row["Id"] for row in org.query(soql.every_row(PLAIN)).records]
    assert every == sorted(made)
    assert [row["Id"] for row in org.query(soql.every_row(PLAIN, every[0])).records] == every[1:]
    assert {row["Id"] for row in org.query(soql.rows_of(PLAIN, made[1:])).records} == set(made[1:])
    plain.Opportunity.delete(made[0])
    assert [row["IsDeleted"] for row in org.query(soql.rows_of(PLAIN, made[:1])).records] == [True]
    assert org.query(soql.rows_of(PLAIN, made[:1]), deleted=False).records == []


@mocked
def test_a_stamp_without_a_zone_is_refused(org: SalesforceOrg, plain: Salesforce) -> None:
    make(plain, "Open")
    with pytest.raises(ValueError, match="has no offset"):
        read_record(changed(org)[0], PLAIN)


@mocked
def test_what_others_write_becomes_changes(org: SalesforceOrg, plain: Salesforce) -> None:
    (deal,) = make(plain, "Open")
    known: Snapshot | None = None

    def look(number: int) -> Comparison:
        nonlocal known
        (row,) = changed(org)
        outcome = compare(read_record(zoned(row), PLAIN), known, ReadPass(number, 0, False, {}), PLAIN)  # noqa: FBT003 - not the first read
        known = outcome.snapshot or known
        return outcome

    (created,) = look(1).changes
    assert (created.id, created.kind, dict(created.new)) == (
        deal,
        "create",
        {"StageName": "Open", "Amount": 1200.5, "OwnerId": ANN},
    )
    assert look(2) == NOTHING
    plain.Opportunity.update(deal, {"StageName": "Won", "Amount": None})
    (updated,) = look(3).changes
    assert (updated.kind, updated.old) == ("update", {"StageName": "Open", "Amount": 1200.5})
    plain.Opportunity.delete(deal)
    (deleted,) = look(4).changes
    assert (deleted.kind, dict(deleted.new)) == ("delete", {"StageName": "Won", "Amount": None, "OwnerId": ANN})
    assert look(5) == NOTHING
