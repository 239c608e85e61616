"""The connection against the sample org, which was written from Salesforce's documentation and not from this client."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from pydantic import SecretStr

from novigem.errors import LimitReached, NovigemError, OrgError, OrgUnavailable, SessionError
from novigem.feed.salesforce.client import SalesforceOrg, connect
from novigem.feed.salesforce.org import CursorGone, FieldGone, WindowRefused
from novigem.feed.salesforce.settings import ClientCredentials, JwtBearer, OrgSettings, ReadyToken, SignIn
from novigem.feed.salesforce.transport import Patience
from novigem.views.terminal.errors import next_step
from novigem_sandbox.org import Clock, Running, SampleOrg, faults, serve
from novigem_sandbox.org.faults import Effect

START = datetime(2026, 1, 5, 12, tzinfo=UTC)
SOQL = "SELECT Id, Subject, Owner.Name FROM Task ORDER BY Id"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC_KEY = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.fixture
def sample() -> SampleOrg:
    org = SampleOrg(Clock.at(START))
    for number in range(25):
        org.create("Task", Subject=f"Call {number}")
    return org


@pytest.fixture
def running(sample: SampleOrg) -> Iterator[Running]:
    with serve(sample) as running:
        yield running
        assert running.failures == []


@pytest.fixture
def org(running: Running) -> Iterator[SalesforceOrg]:
    with connected(credentials(running)) as org:
        yield org


def connected(way: SignIn) -> SalesforceOrg:
    return connect(OrgSettings(way), patience=Patience(first=0))


def credentials(running: Running, secret: str | None = None) -> ClientCredentials:
    sessions = running.org.sessions
    return ClientCredentials(running.url, sessions.client_id, SecretStr(secret or sessions.client_secret))


def bearer(running: Running, folder: Path) -> JwtBearer:
    (folder / "key.pem").write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return JwtBearer(running.url, running.org.sessions.client_id, "admin@example.com", folder / "key.pem")


def refusal(way: SignIn) -> NovigemError:
    with pytest.raises(NovigemError) as caught:
        connected(way)
    return caught.value


def all_rows(org: SalesforceOrg) -> list[str]:
    page = org.query(SOQL)
    found = [row["Subject"] for row in page.records]
    while page.more is not None:
        page = org.query_more(page.more)
        found += [row["Subject"] for row in page.records]
    return found


# --- log-ins


def test_an_app_signs_in_as_itself(org: SalesforceOrg, sample: SampleOrg) -> None:
    assert org.id == sample.id
    assert all_rows(org) == [f"Call {number}" for number in range(25)]


def test_a_user_signs_in_by_jwt_and_by_the_orgs_clock(tmp_path: Path) -> None:
    sample = SampleOrg()
    sample.sessions.public_keys["admin@example.com"] = PUBLIC_KEY
    with serve(sample) as running, connected(bearer(running, tmp_path)) as org:
        assert org.id == sample.id
        assert abs(org.clock_ahead) < timedelta(minutes=1)


def test_a_ready_token_signs_in(running: Running) -> None:
    with connected(ReadyToken(running.url, SecretStr(running.token()))) as org:
        assert org.id == running.org.id


def test_a_wrong_secret_is_told(running: Running) -> None:
    error = refusal(credentials(running, "wrong"))
    assert (type(error), running.org.sessions.logins) == (OrgError, 1)
    assert error.message.endswith("is refused: invalid client credentials (invalid_client)")


def test_a_user_who_is_not_approved_is_told(tmp_path: Path) -> None:
    with serve(SampleOrg()) as running:
        error = refusal(bearer(running, tmp_path))
    assert "approve the app for admin@example.com" in (error.hint or "")


def test_a_clock_that_is_off_is_told(tmp_path: Path) -> None:
    sample = SampleOrg(Clock(timedelta(minutes=4)))
    sample.sessions.public_keys["admin@example.com"] = PUBLIC_KEY
    with serve(sample) as running:
        error = refusal(bearer(running, tmp_path))
    assert "the clock of this machine is 4 minutes behind Salesforce's" in (error.hint or "")


def test_an_expired_token_names_what_to_renew(running: Running) -> None:
    token = running.token()
    running.org.sessions.expire_all()
    error = refusal(ReadyToken(running.url, SecretStr(token)))
    assert type(error) is SessionError
    assert "NOVIGEM_SF_ACCESS_TOKEN" in (next_step(error) or "")


# --- reading


def test_pages_of_any_size_give_every_row_once(org: SalesforceOrg, sample: SampleOrg) -> None:
    sample.faults.add(faults.small_pages(7), "/query", times=None)
    assert all_rows(org) == [f"Call {number}" for number in range(25)]


def test_deleted_rows_are_found_by_default(org: SalesforceOrg, sample: SampleOrg) -> None:
    sample.delete(org.query(SOQL).records[0]["Id"])
    assert len(org.query(SOQL).records) == 25
    assert len(org.query(SOQL, deleted=False).records) == 24


def test_what_may_not_be_read_does_not_exist(org: SalesforceOrg, sample: SampleOrg) -> None:
    sample.hide_field("Task", "Subject")
    with pytest.raises(FieldGone, match="query of Task: No such column 'Subject'") as caught:
        org.query(SOQL)
    assert "field-level security" in (caught.value.hint or "")
    assert "Subject" not in [field["name"] for field in org.describe("Task")["fields"]]
    with pytest.raises(OrgError, match="describe of Nothing__c"):
        org.describe("Nothing__c")


def test_windows_are_answered_and_refused(org: SalesforceOrg, sample: SampleOrg) -> None:
    gone = org.query(SOQL).records[0]["Id"]
    sample.clock.advance(600)
    sample.delete(gone)
    end = sample.clock.advance(600)
    updated = org.updated("Task", START - timedelta(hours=1), end)
    assert (len(updated.ids), updated.covered) == (25 - (gone not in updated.ids), end)
    found = org.deleted("Task", START - timedelta(hours=1), end)
    assert [(one.id, one.at) for one in found.records] == [(gone, START + timedelta(seconds=600))]
    with pytest.raises(WindowRefused):
        org.updated("Task", end, end)
    with pytest.raises(WindowRefused):
        org.deleted("Task", START - timedelta(days=40), end)


def test_bulk_rows_are_those_of_a_query(org: SalesforceOrg, sample: SampleOrg) -> None:
    sample.create("Task", Subject='a "b",\nc', Description="")
    rows = [row for part in org.bulk(SOQL) for row in part]
    assert [(row["Id"], row["Subject"], row["Owner.Name"]) for row in rows] == [
        (row["Id"], row["Subject"], row["Owner"]["Name"]) for row in org.query(SOQL).records
    ]
    assert sample.jobs.all() == []


def test_the_time_and_the_limit_are_the_orgs(org: SalesforceOrg, sample: SampleOrg) -> None:
    sample.usage.used = 70
    all_rows(org)
    assert org.usage == (71, 15_000)
    assert timedelta() <= org.now() - START < timedelta(minutes=5)


# --- faults


@pytest.mark.parametrize(
    "effect",
    [
        faults.unavailable(),
        faults.maintenance(),
        faults.html_instead(),
        faults.query_timeout(500),
        faults.query_timeout(400),
        faults.concurrent_limit(),
        faults.reset(),
        faults.truncated(),
        faults.truncated(closes=True),
    ],
)
def test_what_passes_is_tried_again(org: SalesforceOrg, sample: SampleOrg, effect: Effect) -> None:
    sample.faults.add(faults.small_pages(10), "/query", times=None)
    struck = sample.faults.add(effect, "/query", at=2, times=3)
    assert all_rows(org) == [f"Call {number}" for number in range(25)]
    assert struck.fired == 3
    sample.faults.add(effect, "/query", times=None)
    with pytest.raises(OrgUnavailable, match="query of Task"):
        org.query(SOQL)


def test_a_session_that_ends_on_any_page_is_renewed(org: SalesforceOrg, sample: SampleOrg) -> None:
    sample.faults.add(faults.small_pages(10), "/query", times=None)
    sample.faults.add(faults.calling(sample.sessions.expire_all, after=True), "/queryAll")
    assert all_rows(org) == [f"Call {number}" for number in range(25)]
    assert sample.sessions.logins == 2


def test_a_session_that_is_refused_for_good_makes_no_storm(org: SalesforceOrg, sample: SampleOrg) -> None:
    sample.faults.add(faults.session_expired(), "/query", times=None)
    for _ in range(6):
        with pytest.raises(SessionError):
            org.query(SOQL)
    assert sample.sessions.logins == 1 + 3


def test_threads_share_a_connection_and_its_renewals(org: SalesforceOrg, sample: SampleOrg) -> None:
    for _ in range(3):
        sample.sessions.expire_all()
        with ThreadPoolExecutor(6) as pool:
            found = list(pool.map(lambda _: len(all_rows(org)), range(12)))
        assert found == [25] * 12
    assert sample.sessions.logins == 1 + 3


def test_a_dead_cursor_and_a_used_up_limit_are_told_at_once(org: SalesforceOrg, sample: SampleOrg) -> None:
    sample.faults.add(faults.small_pages(10), "/query", times=None)
    more = org.query(SOQL).more
    assert more is not None
    sample.cursors.expire_all()
    with pytest.raises(CursorGone):
        org.query_more(more)
    sample.usage.used = sample.usage.allowed
    with pytest.raises(LimitReached, match="TotalRequests Limit exceeded"):
        org.query(SOQL)


@pytest.mark.parametrize("send", [faults.redirected, lambda url: faults.redirected(url, 307)])
def test_no_token_follows_a_redirect(org: SalesforceOrg, sample: SampleOrg, send: Callable[[str], Effect]) -> None:
    with serve(SampleOrg()) as other:
        sample.faults.add(send(f"{other.url}/services/data/v62.0/queryAll/"), "/query", times=None)
        with pytest.raises(OrgError, match="sends us to another address"):
            org.query(SOQL)
        assert other.org.usage.used == 0
