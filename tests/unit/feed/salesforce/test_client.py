"""A connected org: its pages, its windows, and what happens when requests fail on the way."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from threading import Event
from typing import Any

import pytest
from pydantic import SecretStr

from novigem.errors import LimitReached, NovigemError, OrgError, OrgUnavailable, SessionError
from novigem.feed.salesforce import caller, client
from novigem.feed.salesforce.client import SalesforceOrg, connect
from novigem.feed.salesforce.org import CursorGone, Deleted, FieldGone, Gone, Org, Updated, Usage, WindowRefused
from novigem.feed.salesforce.settings import ClientCredentials, OrgSettings, ReadyToken
from novigem.feed.salesforce.transport import Patience
from novigem.views.terminal.errors import next_step
from tests.unit.feed.salesforce.stub_org import (
    EXPIRED,
    ORG,
    TOKEN,
    VERSIONS,
    WEB_PAGE,
    Asked,
    Reply,
    StubOrg,
    failed,
    page,
)

BASE = "/services/data/v62.0/"
ALL = f"{BASE}queryAll/"
LOGIN = "/services/oauth2/token"
SOQL = "SELECT Id FROM Task"
LIMITS = {"Sforce-Limit-Info": "api-usage=4000/5000"}
QUICK = Patience(first=0)


@pytest.fixture
def stub() -> Iterator[StubOrg]:
    with StubOrg() as stub:
        yield stub


def app(stub: StubOrg, **more: Any) -> OrgSettings:
    return OrgSettings(ClientCredentials(stub.url, "3MVG9", SecretStr("s3cret")), **more)


def ready(stub: StubOrg) -> OrgSettings:
    return OrgSettings(ReadyToken(stub.url, SecretStr(TOKEN)))


@contextmanager
def connected(stub: StubOrg, patience: Patience = QUICK, **more: Any) -> Iterator[SalesforceOrg]:
    with connect(app(stub, **more), patience=patience) as org:
        yield org


def failure(stub: StubOrg, settings: OrgSettings) -> NovigemError:
    with pytest.raises(NovigemError) as caught:
        connect(settings, patience=QUICK)
    return caught.value


# --- connecting


def test_a_connection_knows_its_org(stub: StubOrg) -> None:
    with connected(stub) as org:
        asked: Org = org
        assert (asked.id, asked.calls, asked.usage) == (ORG, 2, None)
        assert repr(org) == f"<SalesforceOrg {ORG} at {org.host}>"
        assert stub.asked[-1].headers["authorization"] == f"Bearer {TOKEN}"
        assert "x-prettyprint" not in stub.asked[-1].headers


def test_the_organisation_id_has_18_characters(stub: StubOrg) -> None:
    stub.on("organisation", page({"Id": ORG[:15]}))
    with connected(stub) as org:
        assert org.id == ORG


def test_a_version_that_the_org_does_not_serve_is_told_with_those_it_does(stub: StubOrg) -> None:
    error = failure(stub, app(stub, api_version="70.0"))
    assert type(error) is OrgError
    assert error.message == "the org does not serve API version 70.0; it serves 31.0 to 63.0"
    assert "NOVIGEM_SF_API_VERSION" in (next_step(error) or "")


@pytest.mark.parametrize("reply", [page(), page({"Name": "x"}), page({"Id": None}), page({"Id": "none"})])
def test_an_org_that_does_not_say_which_it_is_is_refused(stub: StubOrg, reply: Reply) -> None:
    stub.on("organisation", reply)
    assert type(failure(stub, app(stub))) is OrgUnavailable


def test_an_expired_ready_token_names_the_variable_to_renew(stub: StubOrg) -> None:
    stub.on("organisation", EXPIRED)
    error = failure(stub, ready(stub))
    assert type(error) is SessionError
    assert error.message == "query of Organization: Session expired or invalid (INVALID_SESSION_ID)"
    assert "NOVIGEM_SF_ACCESS_TOKEN" in (next_step(error) or "")
    assert stub.count(LOGIN) == 0


# --- queries


def test_a_query_finds_deleted_rows_unless_told_otherwise(stub: StubOrg) -> None:
    stub.on(ALL, page({"Id": "1"}))
    stub.on(f"{BASE}query/", page({"Id": "2"}))
    with connected(stub) as org:
        assert [one["Id"] for one in org.query(SOQL).records] == ["1"]
        assert [one["Id"] for one in org.query(SOQL, deleted=False).records] == ["2"]
        assert stub.asked[-1].query == {"q": SOQL}


def test_pages_follow_the_address_that_the_org_gives(stub: StubOrg) -> None:
    more = f"{BASE}query/0r8xx0000000001AAA-2000"
    stub.on(ALL, page({"Id": "1", "Amount": 1200.5, "NextStep": None}, more=more))
    stub.on(more, page({"Id": "2"}))
    with connected(stub) as org:
        first = org.query(SOQL)
        assert (first.records, first.more, first.total) == ([{"Id": "1", "Amount": 1200.5, "NextStep": None}], more, 1)
        assert (org.query_more(more).records, org.query_more(more).more) == ([{"Id": "2"}], None)
        assert org.query_more(stub.url.replace("http:", "https:") + more).more is None


@pytest.mark.parametrize(
    "more",
    [
        "https://elsewhere.example/services/data/v62.0/query/0r8",
        "//elsewhere.example/services/data/v62.0/query/0r8",
        "/services/apexrest/anything",
        "/services/data/../apexrest/anything",
        "query/0r8",
    ],
)
def test_the_address_of_a_page_never_leaves_the_org(stub: StubOrg, more: str) -> None:
    with connected(stub) as org:
        calls = org.calls
        with pytest.raises(OrgUnavailable, match="lies outside of the org"):
            org.query_more(more)
        assert org.calls == calls


def test_a_dead_cursor_is_a_signal_at_once(stub: StubOrg) -> None:
    more = f"{BASE}query/0r8-2000"
    stub.on(more, failed("INVALID_QUERY_LOCATOR", "invalid query locator"))
    with connected(stub) as org, pytest.raises(CursorGone):
        org.query_more(more)
    assert stub.count(more) == 1


def test_a_missing_field_is_a_signal_with_the_orgs_words(stub: StubOrg) -> None:
    stub.on(ALL, failed("INVALID_FIELD", "\nSELECT x\nERROR at Row:1:Column:8\nNo such column 'X' on entity 'Task'."))
    with connected(stub) as org, pytest.raises(FieldGone, match="query of Task: No such column 'X' on entity 'Task'"):
        org.query(SOQL)


def test_a_query_that_is_too_long_is_not_sent(stub: StubOrg) -> None:
    with connected(stub) as org:
        calls = org.calls
        fields = ", ".join(f"Field_{number}__c" for number in range(900))
        with pytest.raises(OrgError, match=r"query of Task: 1[0-9],[0-9]{3} bytes are more") as caught:
            org.query(f"SELECT {fields} FROM Task")
        assert "fewer fields" in (caught.value.hint or "")
        assert org.calls == calls


# --- describe


def test_a_describe_is_kept_for_a_day(stub: StubOrg, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"{BASE}sobjects/Task/describe"
    stub.on(path, Reply({"name": "Task", "fields": []}))
    with connected(stub) as org:
        assert org.describe("Task") == org.describe("Task") == {"name": "Task", "fields": []}
        assert stub.count(path) == 1
        org.describe("Task", fresh=True)
        assert stub.count(path) == 2
        now = client.monotonic()
        monkeypatch.setattr(client, "monotonic", lambda: now + 86_401)
        org.describe("Task")
        assert stub.count(path) == 3


@pytest.mark.parametrize("name", ["../../x", "Task/../x", "Task?x", "", "1Task", "Täsk", "T" * 81])
def test_what_is_no_name_of_an_object_is_not_asked_for(stub: StubOrg, name: str) -> None:
    with connected(stub) as org:
        calls = org.calls
        for ask in (org.describe, lambda one: org.updated(one, NOON, NOON), lambda one: org.deleted(one, NOON, NOON)):
            with pytest.raises(OrgError, match="is not the name of an object"):
                ask(name)
        assert org.calls == calls


def test_an_object_that_may_not_be_read_is_refused_with_the_permission(stub: StubOrg) -> None:
    with connected(stub) as org, pytest.raises(OrgError, match="describe of Case: The requested resource") as caught:
        org.describe("Case")
    assert "Read and View All" in (caught.value.hint or "")


# --- replication


NOON = datetime(2026, 1, 7, 12, 0, 59, 999, tzinfo=UTC)


def test_the_updated_records_of_a_window(stub: StubOrg) -> None:
    path = f"{BASE}sobjects/Task/updated/"
    stub.on(path, Reply({"ids": ["00Txx000001SwiU"], "latestDateCovered": "2026-01-07T12:00:00.000+0000"}))
    with connected(stub) as org:
        there = timezone(timedelta(hours=-3))
        found = org.updated("Task", datetime(2026, 1, 7, 8, 30, 15, tzinfo=there), NOON)
    assert found == Updated(["00Txx000001SwiUEAS"], datetime(2026, 1, 7, 12, tzinfo=UTC))
    assert stub.asked[-1].query == {"start": "2026-01-07T11:30:00+00:00", "end": "2026-01-07T12:00:00+00:00"}


def test_the_deleted_records_of_a_window(stub: StubOrg) -> None:
    said = {
        "deletedRecords": [{"id": "00Txx000001SwiUAAS", "deletedDate": "2026-01-07T11:07:19.000+0000"}],
        "earliestDateAvailable": "2026-01-03T15:57:00.000+0000",
        "latestDateCovered": "2026-01-07T12:00:00.000+0000",
    }
    stub.on(f"{BASE}sobjects/Task/deleted/", Reply(said))
    with connected(stub) as org:
        found = org.deleted("Task", NOON - timedelta(hours=1), NOON)
    gone = Gone("00Txx000001SwiUAAS", datetime(2026, 1, 7, 11, 7, 19, tzinfo=UTC))
    covered = datetime(2026, 1, 7, 12, tzinfo=UTC)
    assert found == Deleted([gone], datetime(2026, 1, 3, 15, 57, tzinfo=UTC), covered)


@pytest.mark.parametrize("code", ["INVALID_REPLICATION_DATE", "EXCEEDED_ID_LIMIT"])
def test_a_refused_window_is_a_signal(stub: StubOrg, code: str) -> None:
    stub.on(f"{BASE}sobjects/Task/updated/", failed(code, "said"))
    stub.on(f"{BASE}sobjects/Task/deleted/", failed(code, "said"))
    with connected(stub) as org:
        for ask in (org.updated, org.deleted):
            with pytest.raises(WindowRefused):
                ask("Task", NOON, NOON)


def test_a_moment_without_a_zone_is_a_mistake_of_ours(stub: StubOrg) -> None:
    with connected(stub) as org, pytest.raises(ValueError, match="without a zone"):
        org.updated("Task", NOON.replace(tzinfo=None), NOON)


# --- time, calls and limits


def test_the_time_is_the_orgs_own(stub: StubOrg) -> None:
    with connected(stub) as org:
        said = datetime(2026, 1, 7, 15, 4, 5, tzinfo=UTC)
        assert timedelta() <= org.now() - said < timedelta(minutes=5)
        assert abs(org.clock_ahead - (datetime.now(UTC) - said)) < timedelta(minutes=5)


def test_an_org_that_tells_no_time_is_told(stub: StubOrg) -> None:
    no_date = {"Date": ""}
    stub.on("organisation", Reply(page({"Id": ORG}).body, headers=no_date))
    stub.on("/services/data/", Reply(VERSIONS.body, headers=no_date))
    with connect(ready(stub), patience=QUICK) as org, pytest.raises(OrgUnavailable, match="do not tell its time"):
        org.now()
    assert stub.count("/services/data/") == 2


def test_every_attempt_counts_as_a_call(stub: StubOrg) -> None:
    stub.on(ALL, Reply(status=503), Reply(status=503, headers=LIMITS), page())
    with connected(stub, budget_share=1) as org:
        before = org.calls
        org.query(SOQL)
        assert (org.calls - before, org.usage) == (3, Usage(4000, 5000))


def test_a_sync_stops_at_its_share_of_the_orgs_calls(stub: StubOrg, monkeypatch: pytest.MonkeyPatch) -> None:
    stub.on(ALL, Reply(page({"Id": "1"}).body, headers=LIMITS))
    with connected(stub) as org:
        org.query(SOQL)
        with pytest.raises(LimitReached, match=r"4,000 of the org's 5,000 API calls.*stops at 80%") as caught:
            org.query(SOQL)
        assert "last 24 hours" in (caught.value.hint or "")
        assert stub.count(ALL) == 1
        # What the org said is old by then: one call may see whether calls are free again.
        now = client.monotonic()
        monkeypatch.setattr("novigem.feed.salesforce.transport.monotonic", lambda: now + 601)
        org.query(SOQL)
        assert stub.count(ALL) == 2


def test_used_up_calls_are_not_asked_for_again(stub: StubOrg) -> None:
    stub.on(ALL, failed("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", 403))
    with connected(stub) as org, pytest.raises(LimitReached, match="query of Task: TotalRequests Limit exceeded"):
        org.query(SOQL)
    assert stub.count(ALL) == 1


# --- faults on the way


CUT = Reply(page({"Id": "1" * 100}).body, fault="cut")
HALF = Reply('{"totalSize": 1, "done": true, "records": [{"Id": "1')
CHUNKED = Reply(page().body, headers={"Transfer-Encoding": "chunked"})


@pytest.mark.parametrize(
    "fault",
    [
        Reply(fault="reset"),
        CUT,
        HALF,
        WEB_PAGE,
        Reply("<html>log in</html>"),
        Reply(""),
        Reply([]),
        Reply({"done": False, "records": []}),
        Reply({"done": True, "records": [1]}),
        Reply(b"\xff".decode("latin-1")),
        Reply(page().body, headers={"Content-Encoding": "gzip"}),
        *(Reply(status=status) for status in (406, 420, 429, 500, 502, 503, 504)),
        failed("QUERY_TIMEOUT", "Your query request was running for too long."),
        failed("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record"),
        failed("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded.", 403),
    ],
)
def test_what_passes_is_tried_again_and_what_stays_ends(stub: StubOrg, fault: Reply) -> None:
    stub.on(ALL, fault, fault, page({"Id": "1"}))
    with connected(stub) as org:
        assert org.query(SOQL).records == [{"Id": "1"}]
        stub.on(ALL, fault)
        with pytest.raises(OrgUnavailable) as caught:
            org.query(SOQL)
        assert caught.value.message.startswith("query of Task: ")
        assert "<html>" not in caught.value.message
    assert stub.count(ALL) == 3 + 5


@pytest.mark.parametrize("fault", [Reply(fault="hang"), CHUNKED])
def test_an_answer_that_never_ends_ends_in_time(stub: StubOrg, fault: Reply) -> None:
    with connected(stub) as org:
        org._caller.transport._timeouts = (5, 0.1)
        stub.on(ALL, fault)
        with pytest.raises(OrgUnavailable, match="no whole answer from"):
            org.query(SOQL)
    assert stub.count(ALL) == 5


def test_no_attempt_begins_after_the_deadline(stub: StubOrg) -> None:
    stub.on(ALL, WEB_PAGE)
    with connected(stub, QUICK._replace(deadline=0)) as org, pytest.raises(OrgUnavailable):
        org.query(SOQL)
    assert stub.count(ALL) == 1


def test_waiting_grows_and_ends_when_the_process_is_asked_to(stub: StubOrg, monkeypatch: pytest.MonkeyPatch) -> None:
    stop, waited = Event(), []

    def rest(seconds: float, _stop: Event) -> None:
        waited.append(seconds)

    monkeypatch.setattr(caller, "rest", rest)
    stub.on(ALL, WEB_PAGE)
    with connect(app(stub), stop=stop, patience=QUICK._replace(first=1, longest=3)) as org:
        with pytest.raises(OrgUnavailable):
            org.query(SOQL)
        assert [int(2 * one / most) for one, most in zip(waited, (1, 2, 3, 3), strict=True)] in ([1] * 4, [2] * 4)
        assert all(0.5 * most <= one <= most for one, most in zip(waited, (1, 2, 3, 3), strict=True))
        monkeypatch.undo()
        stop.set()
        with pytest.raises(OrgUnavailable, match="stopped while waiting"):
            org.query(SOQL)


def test_a_redirect_is_not_followed(stub: StubOrg) -> None:
    with StubOrg() as other:
        stub.on(ALL, Reply(status=302, headers={"Location": other.url + ALL}))
        with connected(stub) as org, pytest.raises(OrgError, match="sends us to another address") as caught:
            org.query(SOQL)
        assert "My Domain" in (caught.value.hint or "")
        assert other.asked == []


# --- sessions that end


def test_an_ended_session_is_renewed_once_for_a_request(stub: StubOrg) -> None:
    stub.on(LOGIN, stub.token(), stub.token("00D!second"))
    stub.on(ALL, EXPIRED, page({"Id": "1"}))
    with connected(stub) as org:
        assert org.query(SOQL).records == [{"Id": "1"}]
        assert stub.asked[-1].headers["authorization"] == "Bearer 00D!second"
        assert stub.count(LOGIN) == 2


@pytest.mark.parametrize("reply", [EXPIRED, Reply({"error": "x"}, 401), Reply("<html>log in</html>", 401)])
def test_a_session_that_is_refused_for_good_ends_the_sync(stub: StubOrg, reply: Reply) -> None:
    stub.on(ALL, reply)
    with connected(stub) as org, pytest.raises(SessionError, match="in a new session too"):
        org.query(SOQL)
    assert (stub.count(ALL), stub.count(LOGIN)) == (2, 2)


def test_a_session_is_renewed_three_times_an_hour_at_most(stub: StubOrg, monkeypatch: pytest.MonkeyPatch) -> None:
    with connected(stub) as org:
        for _ in range(3):
            stub.on(ALL, EXPIRED, page())
            org.query(SOQL)
        stub.on(ALL, EXPIRED)
        with pytest.raises(SessionError, match="4 times within an hour"):
            org.query(SOQL)
        assert stub.count(LOGIN) == 4
        now = caller.monotonic()
        monkeypatch.setattr(caller, "monotonic", lambda: now + 3601)
        stub.on(ALL, EXPIRED, page())
        org.query(SOQL)
        assert stub.count(LOGIN) == 5


def test_a_refused_renewal_ends_the_session_with_the_orgs_words(stub: StubOrg) -> None:
    stub.on(LOGIN, stub.token(), Reply({"error": "inactive_user", "error_description": "user is inactive"}, 400))
    stub.on(ALL, EXPIRED)
    with connected(stub) as org, pytest.raises(SessionError, match="user is inactive") as caught:
        org.query(SOQL)
    assert isinstance(caught.value.__cause__, OrgError)


def test_two_threads_share_one_renewal(stub: StubOrg) -> None:
    with connected(stub) as org:
        used = org._caller._salesforce
        org._caller._renew(used, SessionError("ended"))
        org._caller._renew(used, SessionError("ended"))
        assert stub.count(LOGIN) == 2


def test_an_org_that_has_moved_is_asked_at_its_new_host(stub: StubOrg) -> None:
    with StubOrg() as moved:
        moved.on(ALL, page({"Id": "1"}))
        stub.on(LOGIN, stub.token(), moved.token("00D!moved"))

        def seen(asked: Asked) -> Reply:
            assert asked.path == ALL
            return EXPIRED

        stub.on(ALL, seen)
        with connected(stub) as org:
            assert org.query(SOQL).records == [{"Id": "1"}]
            assert f"http://{org.host}" == moved.url
            assert moved.asked[0].headers["authorization"] == "Bearer 00D!moved"
