"""Bulk query jobs: made, waited for, fetched in parts, and deleted however they end."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from novigem.errors import LimitReached, NovigemError, OrgError, OrgUnavailable
from novigem.feed.salesforce.client import SalesforceOrg, connect
from novigem.feed.salesforce.org import FieldGone, QueryTooSlow
from novigem.feed.salesforce.settings import ClientCredentials, OrgSettings
from novigem.feed.salesforce.transport import Patience
from tests.unit.feed.salesforce.stub_org import EXPIRED, WEB_PAGE, Reply, StubOrg, failed, page

JOBS = "/services/data/v62.0/jobs/query"
JOB = f"{JOBS}/750xx000000001"
RESULTS = f"{JOB}/results"
SOQL = "SELECT Id, Subject, Account.OwnerId FROM Task"
HEADER = '"Id","Subject","Account.OwnerId"\n'


def job(state: str, **more: Any) -> Reply:
    return Reply({"id": "750xx000000001", "state": state, "operation": "queryAll"} | more)


def rows(text: str, count: int, locator: str = "null") -> Reply:
    headers = {"Content-Type": "text/csv", "Sforce-NumberOfRecords": str(count), "Sforce-Locator": locator}
    return Reply(HEADER + text, headers=headers)


@pytest.fixture
def stub() -> Iterator[StubOrg]:
    with StubOrg() as stub:
        stub.on(JOBS, job("UploadComplete"))
        stub.on(JOB, job("InProgress"), job("JobComplete"))
        stub.on(RESULTS, rows('"1","a","x"\n', 1))
        yield stub


@pytest.fixture
def org(stub: StubOrg) -> Iterator[SalesforceOrg]:
    settings = OrgSettings(ClientCredentials(stub.url, "3MVG9", SecretStr("s3cret")))
    with connect(settings, patience=Patience(first=0, attempts=3)) as org:
        yield org


def methods(stub: StubOrg) -> list[str]:
    return [one.method for one in stub.asked if one.path == JOB]


def refusal(org: SalesforceOrg) -> NovigemError:
    with pytest.raises(NovigemError) as caught:
        list(org.bulk(SOQL))
    return caught.value


def test_rows_come_in_parts_and_the_job_is_deleted(stub: StubOrg, org: SalesforceOrg) -> None:
    stub.on(RESULTS, rows('"1","a","x"\n"2","b, ""c""\nd",""\n', 2, "MTAw"), rows('"3","",""\n', 1))
    first, second = org.bulk(SOQL)
    assert list(first) == [
        {"Id": "1", "Subject": "a", "Account.OwnerId": "x"},
        {"Id": "2", "Subject": 'b, "c"\nd', "Account.OwnerId": None},
    ]
    assert list(second) == [{"Id": "3", "Subject": None, "Account.OwnerId": None}]
    made = next(one for one in stub.asked if one.path == JOBS)
    assert (made.method, '"queryAll"' in made.body, SOQL in made.body) == ("POST", True, True)
    fetched = [one.query for one in stub.asked if one.path == RESULTS]
    assert fetched == [{"maxRecords": "50000"}, {"maxRecords": "50000", "locator": "MTAw"}]
    assert methods(stub) == ["GET", "GET", "DELETE"]


def test_no_rows_are_no_rows(stub: StubOrg, org: SalesforceOrg) -> None:
    stub.on(RESULTS, rows("", 0))
    assert [list(part) for part in org.bulk(SOQL)] == [[]]


def test_a_nul_is_left_out(stub: StubOrg, org: SalesforceOrg) -> None:
    stub.on(RESULTS, rows('"1","a\0b","\0"\n', 1))
    assert list(next(org.bulk(SOQL))) == [{"Id": "1", "Subject": "ab", "Account.OwnerId": None}]


def test_the_longest_text_that_a_field_holds_is_read(stub: StubOrg, org: SalesforceOrg) -> None:
    stub.on(RESULTS, rows(f'"1","{"x" * 131_072}","a"\n', 1))
    assert len(next(org.bulk(SOQL))[0]["Subject"]) == 131_072


@pytest.mark.parametrize(
    "part",
    [
        rows('"1","a","x"\n', 2),
        rows('"1","a"\n', 1),
        rows('"1","a","x\n', 1),
        Reply(HEADER),
        Reply("", headers={"Sforce-NumberOfRecords": "many"}),
        WEB_PAGE,
        Reply(fault="reset"),
    ],
)
def test_a_part_that_is_not_whole_is_fetched_again(stub: StubOrg, org: SalesforceOrg, part: Reply) -> None:
    stub.on(RESULTS, part, part, rows('"1","a","x"\n', 1))
    assert len(next(org.bulk(SOQL))) == 1
    stub.on(JOB, job("JobComplete"))
    stub.on(RESULTS, part)
    assert type(refusal(org)) is OrgUnavailable
    assert methods(stub)[-1] == "DELETE"


def test_a_session_that_ends_in_the_middle_is_renewed(stub: StubOrg, org: SalesforceOrg) -> None:
    stub.on(JOBS, EXPIRED, job("UploadComplete"))
    stub.on(RESULTS, EXPIRED, rows('"1","a","x"\n', 1))
    assert sum(len(part) for part in org.bulk(SOQL)) == 1
    assert stub.count("/services/oauth2/token") == 3


@pytest.mark.parametrize(
    ("state", "kind", "words"),
    [
        (job("Failed", errorMessage="INVALID_FIELD: No such column 'X'"), FieldGone, "No such column 'X'"),
        (job("Failed", errorMessage="QUERY_TIMEOUT: too long"), QueryTooSlow, "too long"),
        (job("Failed", errorMessage="Something else went wrong"), OrgError, "Something else went wrong"),
        (job("Failed"), OrgError, "without a reason"),
        (job("Aborted"), OrgUnavailable, "aborted the job"),
    ],
)
def test_a_job_that_fails_says_why(
    stub: StubOrg, org: SalesforceOrg, state: Reply, kind: type[NovigemError], words: str
) -> None:
    stub.on(JOB, job("InProgress"), state)
    error = refusal(org)
    assert type(error) is kind
    assert error.message.startswith("bulk query of Task: ")
    assert words in error.message
    assert methods(stub) == ["GET", "GET", "DELETE"]


@pytest.mark.parametrize("answer", [Reply("[]"), job("X", id="../../x"), Reply(fault="reset"), WEB_PAGE])
def test_a_job_that_cannot_be_made_is_not_made_twice(stub: StubOrg, org: SalesforceOrg, answer: Reply) -> None:
    stub.on(JOBS, answer)
    assert type(refusal(org)) is OrgUnavailable
    assert (stub.count(JOBS), methods(stub)) == (1, [])


def test_a_refused_job_is_told(stub: StubOrg, org: SalesforceOrg) -> None:
    stub.on(JOBS, failed("INVALID_FIELD", "No such column 'X' on entity 'Task'"))
    assert type(refusal(org)) is FieldGone


def test_a_job_that_never_ends_is_aborted(stub: StubOrg, org: SalesforceOrg) -> None:
    stub.on(JOB, job("InProgress"))
    org._caller.patience = org._caller.patience._replace(job=0)
    assert "still UploadComplete" in refusal(org).message
    assert methods(stub) == ["PATCH", "DELETE"]


def test_a_caller_that_stops_leaves_no_job_behind(stub: StubOrg, org: SalesforceOrg) -> None:
    stub.on(RESULTS, rows('"1","a","x"\n', 1, "MTAw"))
    parts = org.bulk(SOQL)
    next(parts)
    parts.close()  # type: ignore[attr-defined]  # it is a generator
    assert methods(stub)[-1] == "DELETE"
    assert stub.count(RESULTS) == 1


def test_tidying_up_hides_no_error_and_needs_no_budget(stub: StubOrg, org: SalesforceOrg) -> None:
    used_up = {"Sforce-Limit-Info": "api-usage=4000/5000"}
    stub.on(JOB, Reply(job("InProgress").body, headers=used_up), failed("NOT_FOUND", "gone", 404))
    assert type(refusal(org)) is LimitReached
    assert methods(stub) == ["GET", "PATCH", "DELETE"]


def test_a_query_beside_a_job_goes_on(stub: StubOrg, org: SalesforceOrg) -> None:
    stub.on("/services/data/v62.0/queryAll/", page({"Id": "1"}))
    parts = org.bulk(SOQL)
    next(parts)
    assert org.query("SELECT Id FROM Case").records == [{"Id": "1"}]
    assert list(parts) == []
